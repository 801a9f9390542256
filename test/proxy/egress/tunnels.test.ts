/** Tunnels to ports of TLS, over HTTP/2, over TLS to the proxy itself; and who may ask for one. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import tls from "node:tls";
import { after, afterEach, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { makeSelfSigned } from "../../support/certificates";
import { entry, GATEWAY, isWhole, Outside, read, Rig, SECURE_PORT, secureGateway } from "./rig";

const INNER = { "gatehouse.dev/inner-addresses": "127.0.0.0/8,::1" };

/** Node's types have it for plain sockets alone. */
const HALF_OPEN: object = { allowHalfOpen: true };

describe("a tunnel to a port of TLS", () => {
    let secure: tls.Server;
    let port: number;
    let rig: Rig;

    before(async () => {
        const pair = await makeSelfSigned({ dns: ["tls.example.com"], commonName: "tls.example.com" });
        secure = tls.createServer({ cert: pair.cert, key: pair.key }, (socket) => socket.on("error", () => {}).end("secret"));
        secure.on("tlsClientError", () => {});
        secure.listen(0, "127.0.0.1");
        await once(secure, "listening");
        port = (secure.address() as import("node:net").AddressInfo).port;
        rig = await new Rig(GATEWAY + entry({ hosts: ["tls.example.com"], ports: [`https/HTTPS/443:${port}`], annotations: INNER }), {
            "tls.example.com": [["127.0.0.1"]],
        }).start();
    });
    after(() => {
        rig.close();
        secure.close();
    });

    async function through(servername: string | undefined): Promise<string> {
        const socket = rig.connect();
        socket.write("CONNECT tls.example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
        const client = tls.connect({ socket, rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }) });
        client.on("error", () => {});
        return read(client);
    }

    it("passes a ClientHello for the host that was asked for, and one that names none", async () => {
        assert.equal(await through("tls.example.com"), "secret");
        assert.equal(await through(undefined), "secret");
    });

    it("ends one that names another host", async () => {
        assert.equal(await through("evil.example"), "");
        await eventually(() => assert.equal(rig.requests.at(-1)?.details, "egress_refused{server_name_mismatch}"));
    });

    it("ends one that is no TLS, before a byte of it is passed on", async () => {
        const socket = rig.connect();
        socket.write("CONNECT tls.example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n");
        await read(socket, isWhole);
        socket.write("SSH-2.0-OpenSSH\r\n");
        assert.equal(await read(socket), "");
        await eventually(() => assert.equal(rig.requests.at(-1)?.details, "egress_refused{not_tls}"));
    });
});

describe("a tunnel to an endpoint that is told whose it is", () => {
    it("begins with its client's own connection", async () => {
        const told = await Outside.open((socket) => socket.once("data", (data: Buffer) => socket.end(data)));
        const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: told, namespace: shop }
spec:
  host: api.example.com
  trafficPolicy: { proxyProtocol: { version: V1 } }
`;
        const objects = GATEWAY + entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${told.port}`], annotations: INNER }) + rule;
        const rig = await new Rig(objects, { "api.example.com": [["127.0.0.1"]] }).start();
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        const answer = await read(socket);
        assert.match(answer, /^HTTP\/1\.1 200/);
        assert.ok(answer.includes(`PROXY TCP4 127.0.0.1 127.0.0.1 ${socket.localPort} ${rig.port(3128)}\r\n`), answer);
        rig.close();
        told.close();
    });
});

describe("a tunnel over HTTP/2", () => {
    let echo: Outside;
    let rig: Rig;
    let session: http2.ClientHttp2Session;

    before(async () => {
        echo = await Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end("bye")));
        rig = await new Rig(GATEWAY + entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${echo.port}`], annotations: INNER }), {
            "api.example.com": [["127.0.0.1"]],
        }).start();
        session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
    });
    after(() => {
        session.destroy();
        rig.close();
        echo.close();
    });

    async function connect(authority: string): Promise<[http2.ClientHttp2Stream, number]> {
        const stream = session.request({ ":method": "CONNECT", ":authority": authority });
        stream.on("error", () => {});
        const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
        return [stream, headers[":status"] ?? 0];
    }

    it("passes bytes both ways, and each way ends by itself", async () => {
        const [stream, status] = await connect("api.example.com:9000");
        assert.equal(status, 200);
        const sent = Buffer.alloc(300_000, "x");
        stream.end(sent);
        let length = 0;
        let last = "";
        for await (const chunk of stream) {
            length += (chunk as Buffer).length;
            last = (chunk as Buffer).toString("latin1").slice(-3);
        }
        assert.equal(length, sent.length + 3);
        assert.equal(last, "bye");
        await eventually(() => assert.equal(rig.requests[0]?.protocol, "HTTP/2"));
        assert.deepEqual([rig.requests[0]?.bytesReceived, rig.requests[0]?.bytesSent], [sent.length, sent.length + 3]);
    });

    it("is refused as on HTTP/1.1", async () => {
        const [, status] = await connect("evil.example:443");
        assert.equal(status, 403);
        const [, malformed] = await connect("api.example.com");
        assert.equal(malformed, 400);
    });
});

describe("a tunnel asked for over TLS", () => {
    it("passes bytes both ways, and each way ends by itself", async () => {
        const echo = await Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end("bye")));
        const target = entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${echo.port}`], annotations: INNER });
        const rig = await new Rig((await secureGateway()) + target, {
            "api.example.com": [["127.0.0.1"]],
        }).start();
        const client = tls.connect({ port: rig.port(SECURE_PORT), host: "127.0.0.1", rejectUnauthorized: false, ...HALF_OPEN });
        client.on("error", () => {});
        client.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(client, isWhole), /^HTTP\/1\.1 200/);
        client.end(Buffer.alloc(300_000, "x"));
        const answer = await read(client);
        assert.deepEqual([answer.length, answer.slice(-3)], [300_003, "bye"]);
        await eventually(() => assert.deepEqual([rig.requests[0]?.bytesReceived, rig.requests[0]?.bytesSent], [300_000, 300_003]));
        rig.close();
        echo.close();
    });
});

describe("who may ask a forward proxy", () => {
    let echo: Outside;
    let rig: Rig;

    before(async () => {
        echo = await Outside.open((socket) => socket.end("hello"));
    });
    after(() => echo.close());
    afterEach(() => rig.close());

    const pod = (name: string, namespace: string, app: string, ip: string, more = ""): string => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { app: ${app} } }
spec: { ${more} }
status: { phase: Running, podIP: "${ip}", podIPs: [{ ip: "${ip}" }] }
`;

    async function answers(allowFrom: string, pods: string): Promise<string> {
        const annotations = { ...INNER, "gatehouse.dev/allow-from": allowFrom };
        rig = await new Rig(GATEWAY + entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${echo.port}`], annotations }) + pods, {
            "api.example.com": [["127.0.0.1"]],
        }).start();
        return rig.ask(
            "CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n",
            (text) => text.startsWith("HTTP/1.1 403") && isWhole(text),
        );
    }

    const WEB = pod("web", "shop", "web", "127.0.0.1");
    const cases: readonly (readonly [name: string, allowFrom: string, pods: string, allowed: boolean])[] = [
        ["a pod by its namespace", '[{"namespaces":["shop"]}]', WEB, true],
        ["a pod by its labels", '[{"labels":{"app":"web"}}]', WEB, true],
        ["a pod by both", '[{"namespaces":["other"]},{"namespaces":["shop"],"labels":{"app":"web"}}]', WEB, true],
        ["no pod of another namespace", '[{"namespaces":["other"]}]', WEB, false],
        ["no pod with other labels", '[{"namespaces":["shop"],"labels":{"app":"api"}}]', WEB, false],
        ["nobody where nobody is listed", "[]", WEB, false],
        ["nobody whom no pod stands for", '[{"namespaces":["shop"]}]', "", false],
        ["no pod on its node's network", '[{"namespaces":["shop"]}]', pod("web", "shop", "web", "127.0.0.1", "hostNetwork: true"), false],
        ["no address that another pod claims", '[{"namespaces":["shop"]}]', WEB + pod("evil", "other", "x", "127.0.0.1"), false],
    ];
    for (const [name, allowFrom, pods, allowed] of cases)
        it(`lets in ${name}`, async () => {
            const answer = await answers(allowFrom, pods);
            assert.match(answer, allowed ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 403 [^]*x-gatehouse-egress-refused: source_not_allowed\r\n/);
        });
});

describe("a tunnel whose host is not let through any more", () => {
    let echo: Outside;
    let rig: Rig;
    before(async () => {
        echo = await Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end()));
        rig = await new Rig(objects(["a.example.com", "b.example.com"]), {}).start();
    });
    after(() => {
        rig.close();
        echo.close();
    });

    function objects(hosts: readonly string[]): string {
        const endpoints = [{ address: "127.0.0.1" }];
        const entries = hosts.map((host) =>
            entry({ hosts: [host], ports: [`tcp/TCP/9000:${echo.port}`], resolution: "STATIC", endpoints, annotations: INNER }),
        );
        return GATEWAY + entries.join("");
    }

    it("ends within the time of a drain, over HTTP/1.1 and HTTP/2, and the others stay", async () => {
        const tunnel = async (host: string): Promise<net.Socket> => {
            const socket = rig.connect();
            socket.write(`CONNECT ${host}:9000 HTTP/1.1\r\nhost: x\r\n\r\n`);
            assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
            return socket;
        };
        const [a, b] = [await tunnel("a.example.com"), await tunnel("b.example.com")];
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        const stream = session.request({ ":method": "CONNECT", ":authority": "a.example.com:9000" });
        await once(stream, "response");
        const ended = Promise.all(
            [a, stream].map(
                async (one) =>
                    new Promise((resolve) =>
                        one
                            .on("error", () => {})
                            .once("close", resolve)
                            .resume(),
                    ),
            ),
        );
        rig.change(objects(["b.example.com"]), 50);
        await ended;
        b.write("still here");
        assert.equal(await read(b, (text) => text.length > 0), "still here");
        session.destroy();
    });
});
