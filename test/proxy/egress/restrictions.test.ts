/** Who may not reach a host does not reach it by another way: routes, copies, server names, other objects, other ports, other spellings. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import tls from "node:tls";
import { after, afterEach, before, describe, it } from "mocha";
import { isRange } from "../../../istio/ip-blocks";
import { isOwnDoor, setOwnDoors } from "../../../proxy/net/own-doors";
import { AddressGuard } from "../../../proxy/upstream/address-guard";
import { Cluster, createUpstreamServices } from "../../../proxy/upstream";
import { eventually } from "../../support/eventually";
import { makeSelfSigned } from "../../support/certificates";
import { cluster } from "../snapshot/entries";
import { document, entry, GATEWAY, isWhole, Outside, read, Rig, SECURE_PORT, secureGateway } from "./rig";

const INNER = { "gatehouse.dev/inner-addresses": "127.0.0.0/8" };
const NOBODY = { ...INNER, "gatehouse.dev/allow-from": "[]" };
const ALLOW_ANY = `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: egress, namespace: istio-egress }
spec: { workloadSelector: { labels: { istio: egress } }, outboundTrafficPolicy: { mode: ALLOW_ANY } }
`;

let rig: Rig | undefined;
afterEach(() => rig?.close());

function gateway(name: string, port: object, more: object = {}): string {
    return document({
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name, namespace: "istio-egress" },
        spec: { selector: { istio: "egress" }, servers: [{ port, hosts: ["*"], ...more }] },
    });
}

function service(name: string, gatewayName: string, spec: object): string {
    return document({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name, namespace: "istio-egress" },
        spec: { gateways: [`istio-egress/${gatewayName}`], ...spec },
    });
}

async function connects(target: string): Promise<string> {
    return rig!.ask(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, (text) => isWhole(text));
}

describe("allow-from", () => {
    let web: Outside;

    before(async () => {
        web = await Outside.open((socket) => socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")));
    });
    after(() => web.close());

    const HERE = { "own.example.com": [["127.0.0.1"]], "all.example.com": [["127.0.0.1"]] };

    it("holds for routes, and for copies of requests", async () => {
        const to = (host: string): object => ({ destination: { host, port: { number: 80 } } });
        rig = await new Rig(
            gateway("plain", { number: 80, name: "http", protocol: "HTTP" }) +
                service("own", "plain", { hosts: ["own.example.com"], http: [{ route: [to("own.example.com")] }] }) +
                service("all", "plain", {
                    hosts: ["all.example.com"],
                    http: [{ route: [to("all.example.com")], mirrors: [to("own.example.com")] }],
                }) +
                entry({ hosts: ["own.example.com"], ports: [`http/HTTP/80:${web.port}`], annotations: NOBODY }) +
                entry({ hosts: ["all.example.com"], ports: [`http/HTTP/80:${web.port}`], annotations: INNER }),
            HERE,
        ).start();
        const ask = async (host: string): Promise<string> => rig!.ask(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`, isWhole, 80);
        assert.match(await ask("own.example.com"), /^HTTP\/1\.1 403 [^]*source_not_allowed/);
        assert.equal(web.connections, 0);
        assert.match(await ask("all.example.com"), /^HTTP\/1\.1 200/);
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal(web.connections, 1);
    });

    it("holds for server names", async () => {
        const pair = await makeSelfSigned({ dns: ["own.example.com"], commonName: "own.example.com" });
        const server = tls.createServer({ cert: pair.cert, key: pair.key }, (socket) => socket.on("error", () => {}).end("secret"));
        server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as import("node:net").AddressInfo;
        const answers: string[] = [];
        for (const annotations of [INNER, NOBODY]) {
            rig?.close();
            rig = await new Rig(
                gateway("tls", { number: 443, name: "tls", protocol: "TLS" }, { tls: { mode: "PASSTHROUGH" } }) +
                    service("own", "tls", {
                        hosts: ["own.example.com"],
                        tls: [
                            {
                                match: [{ port: 443, sniHosts: ["own.example.com"] }],
                                route: [{ destination: { host: "own.example.com", port: { number: 443 } } }],
                            },
                        ],
                    }) +
                    entry({ hosts: ["own.example.com"], ports: [`tls/TLS/443:${port}`], annotations }),
                HERE,
            ).start();
            const client = tls.connect({
                port: rig.port(443),
                host: "127.0.0.1",
                servername: "own.example.com",
                rejectUnauthorized: false,
            });
            client.on("error", () => {});
            answers.push(await read(client));
        }
        server.close();
        assert.deepEqual(answers, ["secret", ""]);
        await eventually(() => assert.equal(rig!.connections.at(-1)?.details, "egress_refused{source_not_allowed}"));
    });

    it("of one of the objects that define a host holds for all of its ports", async () => {
        rig = await new Rig(
            GATEWAY +
                entry({ name: "a", hosts: ["own.example.com"], ports: [`tcp/TCP/9000:${web.port}`], annotations: INNER }) +
                entry({ name: "b", hosts: ["own.example.com"], ports: [`other/TCP/9001:${web.port}`], annotations: NOBODY }),
            HERE,
        ).start();
        for (const port of [9000, 9001]) assert.match(await connects(`own.example.com:${port}`), /source_not_allowed/, String(port));
    });

    it("keeps a host from what lets every host through on every port", async () => {
        const broken = entry({
            name: "broken",
            hosts: ["broken.example.com"],
            ports: ["tcp/TCP/9000"],
            annotations: { "gatehouse.dev/allow-from": "nobody" },
        });
        rig = await new Rig(
            GATEWAY + ALLOW_ANY + entry({ hosts: ["own.example.com"], ports: [`tcp/TCP/9000:${web.port}`], annotations: NOBODY }) + broken,
            { ...HERE, "broken.example.com": [["127.0.0.1"]], "free.example.com": [["127.0.0.1"]] },
        ).start();
        assert.match(await connects("own.example.com:9000"), /source_not_allowed/);
        for (const request of ["CONNECT own.example.com:22", "GET http://own.example.com:8080/"] as const)
            assert.match(await rig.ask(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole), /port_not_allowed/, request);
        // What can't be read lets nobody in.
        assert.match(await connects("broken.example.com:9000"), /^HTTP\/1\.1 403 [^]*(source|port)_not_allowed/);
        assert.match(await connects("free.example.com:9000"), /inner_address/);
    });
});

describe("a host that another object defines", () => {
    it("is not let through by one that is not in force", async () => {
        const web = await Outside.open((socket) => socket.end("inside"));
        const elsewhere = {
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: { name: "first", namespace: "a" },
            spec: {
                hosts: ["api.example.com"],
                resolution: "DNS",
                ports: [{ name: "tcp", protocol: "TCP", number: 9000, targetPort: web.port }],
            },
        };
        rig = await new Rig(GATEWAY + document(elsewhere) + entry({ hosts: ["api.example.com"], ports: ["tcp/TCP/9000"] }), {
            "api.example.com": [["127.0.0.1"]],
        }).start();
        assert.match(await connects("api.example.com:9000"), /^HTTP\/1\.1 403 [^]*host_not_allowed/);
        assert.match(rig.findings, /GH0453/);
        assert.equal(web.connections, 0);
        web.close();
    });
});

describe("a VirtualService that is bound to a forward proxy", () => {
    it("is said to have no effect there, and is served by the Gateway's other servers", () => {
        const rules = service("routes", "proxy", { hosts: ["api.example.com"], http: [{ directResponse: { status: 418 } }] });
        assert.match(new Rig(GATEWAY + rules).findings, /GH0478.*istio-egress\/routes.*spec\.gateways\[0\]/s);
        const plain = gateway("plain", { number: 80, name: "http", protocol: "HTTP" });
        assert.doesNotMatch(new Rig(GATEWAY + plain + rules.replace("istio-egress/proxy", "istio-egress/plain")).findings, /GH0478/);
    });
});

describe("what is asked for by https", () => {
    it("is not sent on in the clear, however the proxy is asked", async () => {
        const web = await Outside.open((socket) => socket.end());
        rig = await new Rig(
            (await secureGateway({ plain: true })) +
                entry({ hosts: ["api.example.com"], ports: [`http/HTTP/80:${web.port}`], annotations: INNER }),
            { "api.example.com": [["127.0.0.1"]] },
        ).start();
        const client = tls.connect({ port: rig.port(SECURE_PORT), host: "127.0.0.1", rejectUnauthorized: false });
        client.on("error", () => {});
        client.write("GET https://api.example.com/secret HTTP/1.1\r\nhost: api.example.com\r\n\r\n");
        assert.match(await read(client, isWhole), /^HTTP\/1\.1 403/);
        client.destroy();
        for (const port of [3128, SECURE_PORT]) {
            const session = http2.connect(`http${port === SECURE_PORT ? "s" : ""}://127.0.0.1:${rig.port(port)}`, {
                rejectUnauthorized: false,
            });
            const stream = session.request({ ":scheme": "https", ":authority": "api.example.com", ":path": "/secret" });
            const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
            assert.equal(head[":status"], 403, String(port));
            session.destroy();
        }
        assert.equal(web.connections, 0);
        web.close();
    });
});

describe("what a client says to a proxy", () => {
    it("does not leave with its request", async () => {
        const web = await Outside.open((socket) =>
            socket.on("data", (chunk) => {
                const body = chunk.toString("latin1");
                socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
            }),
        );
        rig = await new Rig(GATEWAY + entry({ hosts: ["api.example.com"], ports: [`http/HTTP/80:${web.port}`], annotations: INNER }), {
            "api.example.com": [["127.0.0.1"]],
        }).start();
        const said = [
            "x-forwarded-host",
            "X-Forwarded-Port",
            "x-forwarded-for",
            "x-forwarded-proto",
            "proxy-authorization",
            "proxy-connection",
        ];
        const answer = await rig.ask(
            `GET http://api.example.com/ HTTP/1.1\r\nhost: x\r\n${said.map((name) => `${name}: secret\r\n`).join("")}\r\n`,
            isWhole,
        );
        assert.match(answer, /^HTTP\/1\.1 200/);
        assert.doesNotMatch(answer, /secret|x-forwarded/i);
        web.close();
    });
});

describe("a name that was public", () => {
    it("leads nowhere as soon as it has an inner address, and to the outside again when it has none", async () => {
        const answers = [["93.184.216.34"], ["93.184.216.34", "10.0.0.1"], ["93.184.216.35"]];
        let turn = 0;
        const services = createUpstreamServices({
            resolve: async () => Promise.resolve({ addresses: answers[Math.min(turn++, 2)]!, ttl: 60 }),
        });
        const made = new Cluster(
            services,
            cluster("c", { discovery: "dns", innerAddresses: [] }),
            { key: "c", endpoints: [{ address: "api.example.com", port: 443, weight: 1 }] },
            new Map(),
        );
        const addresses = (): readonly string[] => made.members.map(({ address }) => address);
        await eventually(() => assert.deepEqual(addresses(), ["93.184.216.34"]));
        const [old] = made.members;
        made.names.get("api.example.com")!.ask();
        await eventually(() => assert.deepEqual(addresses(), []));
        assert.match(made.resolutionFault, /10\.0\.0\.1, an inner address \(private\)/);
        assert.ok(made.isRefused && old !== undefined);
        made.names.get("api.example.com")!.ask();
        await eventually(() => assert.deepEqual(addresses(), ["93.184.216.35"]));
        assert.ok(!made.isRefused);
        made.drain();
    });
});

describe("addresses in other spellings", () => {
    it("are the proxy's own doors too", () => {
        try {
            setOwnDoors([{ address: "127.0.0.1", port: 15001 }]);
            for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"])
                assert.ok(isOwnDoor(address, 15001), address);
            assert.ok(!isOwnDoor("127.0.0.2", 15001));
            setOwnDoors([{ address: "0.0.0.0", port: 15001 }]);
            for (const address of ["127.9.9.9", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"]) assert.ok(isOwnDoor(address, 15001), address);
        } finally {
            setOwnDoors([]);
        }
    });

    it("make no range that can't be held to", () => {
        for (const text of ["::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "fd00::/8", "::/0", "0.0.0.0/0"]) {
            assert.ok(isRange(text), text);
            new AddressGuard([text]);
        }
        for (const text of ["::ffff:10.0.0.0/95", "::ffff:10.0.0.0/8", "fe80::1%eth0/64", "10.0.0.0/33"]) assert.ok(!isRange(text), text);
    });

    it("of a thousand are judged in a moment", () => {
        const guard = new AddressGuard([]);
        const many = Array.from({ length: 4_000 }, (_, at) => `93.184.${at >> 8}.${at & 255}`);
        const since = performance.now();
        assert.equal(guard.fault("many.example", many), "");
        assert.ok(performance.now() - since < 100);
    });
});
