/** The forward proxy over real sockets: what it lets through, how it passes bytes on, and what it refuses. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, afterEach, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { entry, GATEWAY, isWhole, Outside, read, Rig } from "./rig";

const INNER = { "gatehouse.dev/inner-addresses": "127.0.0.1" };
const CONNECTED = "HTTP/1.1 200 OK\r\n";

describe("a forward proxy", () => {
    let echo: Outside;
    let web: Outside;
    let rig: Rig;
    let yaml: string;

    before(async () => {
        echo = await Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end("bye")));
        web = await Outside.open((socket) =>
            socket.on("data", (chunk) => {
                const body = chunk.toString("latin1");
                socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
            }),
        );
        yaml =
            GATEWAY +
            entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${echo.port}`, `http/HTTP/80:${web.port}`], annotations: INNER }) +
            entry({ hosts: ["tls.example.com"], ports: [`https/HTTPS/443:${echo.port}`], annotations: INNER }) +
            entry({ hosts: ["*.wild.example"], ports: [`tcp/TCP/9000:${echo.port}`, `http/HTTP/80:${web.port}`], annotations: INNER }) +
            entry({
                hosts: ["fixed.example.com"],
                ports: ["tcp/TCP/9000"],
                resolution: "STATIC",
                endpoints: [{ address: "127.0.0.1", ports: { tcp: echo.port } }],
            }) +
            entry({ hosts: ["gone.example.com"], ports: [`tcp/TCP/9000:1`], annotations: INNER });
    });
    after(() => {
        echo.close();
        web.close();
    });
    afterEach(() => rig.close());

    async function start(more = ""): Promise<Rig> {
        const here = [["127.0.0.1"]];
        rig = await new Rig(yaml + more, {
            "api.example.com": here,
            "tls.example.com": here,
            "gone.example.com": here,
            "a.wild.example": here,
            "inner.wild.example": [["10.0.0.7"]],
        }).start();
        return rig;
    }

    async function tunnel(target: string, more = ""): Promise<[import("node:net").Socket, string]> {
        const socket = rig.connect();
        socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${more}\r\n`);
        return [socket, await read(socket, isWhole)];
    }

    it("opens a tunnel and tells of it when it ends", async () => {
        await start();
        const [socket, answer] = await tunnel("api.example.com:9000");
        assert.ok(answer.startsWith(CONNECTED), answer);
        assert.doesNotMatch(answer, /content-length|transfer-encoding|connection:/);
        socket.write("hello");
        assert.equal(await read(socket, (text) => text === "hello"), "hello");
        socket.end();
        assert.equal(await read(socket), "bye");
        await eventually(() => assert.equal(rig.requests.length, 1));
        const [record] = rig.requests;
        assert.deepEqual(
            [record!.method, record!.authority, record!.path, record!.status, record!.flags, record!.bytesReceived, record!.bytesSent],
            ["CONNECT", "api.example.com:9000", "", 200, "", 5, 8],
        );
        assert.equal(record!.upstreamHost, `127.0.0.1:${echo.port}`);
        assert.equal(record!.cluster, "tunnel|9000||api.example.com");
    });

    it("passes much both ways, and what came with the CONNECT first", async () => {
        await start();
        const sent = randomBytes(3_000_000);
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\nearly");
        socket.end(sent);
        const answer = await read(socket);
        const body = Buffer.from(answer.slice(answer.indexOf("\r\n\r\n") + 4), "latin1");
        assert.equal(body.subarray(0, 5).toString(), "early");
        assert.equal(createHash("sha256").update(body.subarray(5, -3)).digest("hex"), createHash("sha256").update(sent).digest("hex"));
        assert.equal(body.subarray(-3).toString(), "bye");
    });

    it("keeps the half of a tunnel that the endpoint has not ended, and that it has", async () => {
        const half = await Outside.open((socket) => {
            socket.end("first");
            socket.on("data", (chunk) => received.push(chunk.toString()));
        });
        const received: string[] = [];
        await start(
            entry({
                hosts: ["half.example.com"],
                ports: ["tcp/TCP/9000"],
                resolution: "STATIC",
                endpoints: [{ address: "127.0.0.1", ports: { tcp: half.port } }],
            }),
        );
        const socket = rig.connect();
        socket.write("CONNECT half.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(socket), /\r\n\r\nfirst$/);
        socket.write("still here");
        await eventually(() => assert.equal(received.join(""), "still here"));
        socket.end();
        await eventually(() => assert.equal(rig.requests.length, 1));
        half.close();
    });

    it("shows the client that the endpoint has cut the tunnel", async () => {
        await start();
        const [socket] = await tunnel("api.example.com:9000");
        const reset = once(socket, "error");
        echo.sockets.at(-1)!.resetAndDestroy();
        const [error] = (await reset) as [NodeJS.ErrnoException];
        assert.equal(error.code, "ECONNRESET");
        await eventually(() => assert.equal(rig.requests[0]?.flags, "UC"));
    });

    it("ends the endpoint's side when the client cuts the tunnel", async () => {
        await start();
        const [socket] = await tunnel("fixed.example.com:9000");
        socket.resetAndDestroy();
        await eventually(() => assert.ok(echo.sockets.at(-1)!.destroyed));
        await eventually(() => assert.equal(rig.requests[0]?.flags, "DC"));
    });

    it("takes HTTP/1.0 for a tunnel, as many clients ask", async () => {
        await start();
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.0\r\n\r\n");
        assert.ok((await read(socket, isWhole)).startsWith(CONNECTED));
        socket.write("x");
        assert.equal(await read(socket, (text) => text === "x"), "x");
    });

    it("sends absolute form on in origin form, and nothing of the client with it", async () => {
        await start();
        const answer = await rig.ask(
            "GET http://api.example.com/a?b=c HTTP/1.1\r\nhost: other\r\nproxy-authorization: Basic c2VjcmV0\r\nproxy-connection: keep-alive\r\nx-own: 1\r\n\r\n",
            (text) => isWhole(text),
        );
        assert.match(answer, /^HTTP\/1\.1 200 OK/);
        const seen = answer.slice(answer.indexOf("\r\n\r\n") + 4);
        assert.match(seen, /^GET \/a\?b=c HTTP\/1\.1\r\nhost: api\.example\.com\r\n/);
        assert.match(seen, /x-own: 1/);
        assert.doesNotMatch(seen, /proxy-|secret|x-forwarded|external-address/i);
    });

    it("resolves a name under a wildcard only when it is asked for", async () => {
        await start();
        assert.deepEqual(
            rig.asked.filter((name) => name.endsWith("wild.example")),
            [],
        );
        const [socket, answer] = await tunnel("a.wild.example:9000");
        assert.ok(answer.startsWith(CONNECTED));
        socket.destroy();
        const plain = await rig.ask("GET http://A.Wild.Example./x HTTP/1.1\r\nhost: y\r\n\r\n", isWhole);
        assert.match(plain, /^HTTP\/1\.1 200/);
    });

    it("goes to a listed address without a look-up", async () => {
        await start();
        const [, answer] = await tunnel("fixed.example.com:9000");
        assert.ok(answer.startsWith(CONNECTED));
        assert.ok(!rig.asked.includes("fixed.example.com"));
    });

    it("lets the routes of the gateway's own port come first", async () => {
        await start(`---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: own, namespace: istio-egress }
spec:
  selector: { istio: egress }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["api.example.com"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: own, namespace: istio-egress }
spec:
  hosts: [api.example.com]
  gateways: [istio-egress/own]
  http:
    - match: [{ uri: { prefix: /own } }]
      directResponse: { status: 418 }
    - route: [{ destination: { host: api.example.com, port: { number: 80 } } }]
`);
        assert.match(await rig.ask("GET http://api.example.com/own HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /^HTTP\/1\.1 418/);
        assert.match(await rig.ask("GET http://api.example.com/ HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /^HTTP\/1\.1 200/);
    });

    const refusals: readonly (readonly [name: string, request: string, status: number, reason: string])[] = [
        ["a host that nothing leads to", "CONNECT evil.example:443", 403, "host_not_allowed"],
        ["the same in absolute form", "GET http://evil.example/", 403, "host_not_allowed"],
        ["a port that the entry does not have", "CONNECT api.example.com:22", 403, "port_not_allowed"],
        ["the same in absolute form", "GET http://api.example.com:8080/", 403, "port_not_allowed"],
        ["the suffix of a wildcard itself", "CONNECT wild.example:9000", 403, "host_not_allowed"],
        ["a name that only ends like a host", "CONNECT evilapi.example.com:9000", 403, "host_not_allowed"],
        ["a request for TLS in the clear", "GET http://tls.example.com:443/", 403, "only_connect"],
        ["a path without a host: a proxy never asks itself", "GET /", 400, "not_absolute"],
        ["an inner address behind a wildcard", "CONNECT inner.wild.example:9000", 403, "inner_address"],
        ["the same in absolute form", "GET http://inner.wild.example/", 403, "inner_address"],
    ];
    for (const [name, request, status, reason] of refusals)
        it(`refuses ${name} (${request})`, async () => {
            await start();
            const answer = await rig.ask(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole);
            assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
            assert.match(answer, new RegExp(`x-gatehouse-egress-refused: ${reason}\r\n`));
            assert.match(answer, /\r\n\r\nEgress refused: .+\.\n$/);
            await eventually(() => assert.equal(rig.requests[0]?.details, `egress_refused{${reason}}`));
        });

    it("answers the next request on a connection that was refused one", async () => {
        await start();
        const socket = rig.connect();
        socket.write("CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 403/);
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
    });

    it("says that a name has no address, and that nobody answers there", async () => {
        await start();
        const [, unknown] = await tunnel("b.wild.example:9000");
        assert.match(unknown, /^HTTP\/1\.1 503 /);
        await eventually(() => assert.equal(rig.requests[0]?.flags, "DF"));
        const [, gone] = await tunnel("gone.example.com:9000");
        assert.match(gone, /^HTTP\/1\.1 503 /);
        await eventually(() => assert.equal(rig.requests[1]?.flags, "UF"));
    });

    it("refuses a CONNECT that is none", async () => {
        await start();
        for (const target of [
            "api.example.com",
            "api.example.com:",
            "api.example.com:0",
            "/x",
            "http://api.example.com:80/",
            "api.example.com:65536",
            "u@api.example.com:9000",
        ])
            assert.match(await rig.ask(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole), /^HTTP\/1\.1 400 /, target);
        for (const more of ["content-length: 5\r\n", "transfer-encoding: chunked\r\n"])
            assert.match(
                await rig.ask(`CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n${more}\r\n`, isWhole),
                /^HTTP\/1\.1 400 /,
                more,
            );
        assert.equal(rig.requests.length, 0);
    });
});

describe("a forward proxy that lets every public host through", () => {
    const SIDECAR = `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: egress, namespace: istio-egress }
spec: { workloadSelector: { labels: { istio: egress } }, outboundTrafficPolicy: { mode: ALLOW_ANY } }
`;
    let rig: Rig;
    afterEach(() => rig.close());

    it("asks for the host and the port that the client has named, and refuses what is inside", async () => {
        rig = await new Rig(GATEWAY + SIDECAR, { "inner.example": [["127.0.0.1"]], "gone.example": [] }).start();
        for (const request of [
            "CONNECT inner.example:9000",
            "GET http://inner.example:9000/",
            "CONNECT 127.0.0.1:22",
            "CONNECT [::1]:22",
            "GET http://10.0.0.1/",
        ])
            assert.match(await rig.ask(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole), /^HTTP\/1\.1 403 [^]*inner_address/, request);
        for (const host of ["2130706433", "0x7f.1", "127.1", "017700000001", "[::ffff:127.0.0.1%251]"])
            assert.match(await rig.ask(`CONNECT ${host}:22 HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole), /^HTTP\/1\.1 400 /, host);
        assert.match(await rig.ask("CONNECT unknown.example:443 HTTP/1.1\r\nhost: x\r\n\r\n", isWhole), /^HTTP\/1\.1 503 /);
    });
});
