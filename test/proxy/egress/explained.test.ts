/** What is said of a request that a forward proxy is asked for, and that nothing is asked of anybody for it; SNI under a wildcard. */
import assert from "node:assert/strict";
import { once } from "node:events";
import tls from "node:tls";
import { afterEach, describe, it } from "mocha";
import { explain, parseQuestion } from "../../../proxy/explain";
import { boundedResolve } from "../../../proxy/upstream/questions";
import { nameCount, NamedClusters, type NamedPart } from "../../../proxy/upstream/named-clusters";
import { makeSelfSigned } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { entry, GATEWAY, isWhole, read, Rig } from "./rig";

let rig: Rig | undefined;
afterEach(() => rig?.close());

describe("what is said of a forward proxy", () => {
    it("is what it would do", async () => {
        rig = new Rig(
            GATEWAY +
                entry({ hosts: ["api.example.com"], ports: ["https/HTTPS/443", "http/HTTP/80"] }) +
                entry({ hosts: ["own.example.com"], ports: ["https/HTTPS/443"], annotations: { "gatehouse.dev/allow-from": "[]" } }),
        );
        const asked = rig.asked.length;
        const said = (url: string): string => {
            const { action, status, steps } = explain(parseQuestion(url, { proxyPort: 3128 }), rig!.tables);
            return `${action} ${status ?? ""} ${steps.at(-1)?.text}`;
        };
        assert.match(
            said("https://api.example.com/x"),
            /^forward {2}a tunnel to api\.example\.com:443 by tunnel\|443\|\|api\.example\.com, for TLS/,
        );
        assert.match(said("http://api.example.com/x"), /^forward /);
        assert.match(said("https://evil.example/"), /^reply 403 .*egress_refused\{host_not_allowed\}/);
        assert.match(said("https://api.example.com:22/"), /^reply 403 .*egress_refused\{port_not_allowed\}/);
        assert.match(said("https://own.example.com/"), /^reply 403 .*egress_refused\{source_not_allowed\}/);
        assert.equal(rig.asked.length, asked);
        await rig.start();
    });
});

const ALLOW_ANY = `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: egress, namespace: istio-egress }
spec: { workloadSelector: { labels: { istio: egress } }, outboundTrafficPolicy: { mode: ALLOW_ANY } }
`;

describe("what is said of a forward proxy that lets every host through", () => {
    it("is that a host which has ports of its own is kept to them, as the proxy keeps it", async () => {
        rig = await new Rig(
            GATEWAY +
                ALLOW_ANY +
                entry({ hosts: ["api.example.com"], ports: ["https/HTTPS/443", "http/HTTP/80"] }) +
                entry({ hosts: ["*.wild.example"], ports: ["https/HTTPS/443"] }) +
                entry({ hosts: ["own.example.com"], ports: ["https/HTTPS/443"], annotations: { "gatehouse.dev/allow-from": "[]" } }),
        ).start();
        const cases: readonly (readonly [url: string, allowed: boolean, reason?: string])[] = [
            ["https://api.example.com/", true],
            ["http://api.example.com/", true],
            ["https://api.example.com:22/", false, "port_not_allowed"],
            ["http://api.example.com:8080/", false, "port_not_allowed"],
            ["https://API.example.com:22/", false, "port_not_allowed"],
            ["https://a.wild.example/", true],
            ["https://a.wild.example:8443/", false, "port_not_allowed"],
            ["http://a.wild.example/", false, "port_not_allowed"],
            ["https://own.example.com:8443/", false, "port_not_allowed"],
            ["https://own.example.com/", false, "source_not_allowed"],
            ["https://free.example:8443/", true],
            ["http://free.example:8080/", true],
        ];
        for (const [url, allowed, reason = ""] of cases) {
            const { action, status, steps } = explain(parseQuestion(url, { proxyPort: 3128 }), rig.tables);
            const told = `${url}: ${action} ${String(status)} ${steps.at(-1)?.text ?? ""}`;
            assert.deepEqual([action, status], allowed ? ["forward", null] : ["reply", 403], told);
            if (allowed) continue;
            assert.ok(told.includes(`egress_refused{${reason}}`), told);
            const { hostname, port, protocol } = new URL(url);
            const asked = protocol === "https:" ? `CONNECT ${hostname}:${port === "" ? 443 : port} HTTP/1.1` : `GET ${url} HTTP/1.1`;
            assert.ok((await rig.ask(`${asked}\r\nhost: x\r\n\r\n`, isWhole)).includes(`egress-refused: ${reason}`), url);
        }
    });
});

describe("an entry for every host there is", () => {
    it("is refused with its object, and takes the reason from nobody else", () => {
        rig = new Rig(
            GATEWAY + entry({ hosts: ["*"], ports: ["http/HTTP/80"] }) + entry({ hosts: ["api.example.com"], ports: ["http/HTTP/80"] }),
        );
        const said = explain(parseQuestion("http://evil.example/", { proxyPort: 3128 }), rig.tables);
        assert.match(said.steps.at(-1)?.text ?? "", /egress_refused\{host_not_allowed\}/);
    });
});

describe("a server name under a wildcard", () => {
    const ROUTE = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: tls, namespace: istio-egress }
spec:
  selector: { istio: egress }
  servers: [{ port: { number: 443, name: tls, protocol: TLS }, hosts: ["*.wild.example"], tls: { mode: PASSTHROUGH } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: tls, namespace: istio-egress }
spec:
  hosts: ["*.wild.example"]
  gateways: [istio-egress/tls]
  tls:
    - match: [{ port: 443, sniHosts: ["*.wild.example"] }]
      route: [{ destination: { host: "*.wild.example", port: { number: 443 } } }]
`;

    it("is resolved when it is asked for, and leads nowhere inside", async () => {
        const pair = await makeSelfSigned({ dns: ["a.wild.example"], commonName: "a.wild.example" });
        const server = tls.createServer({ cert: pair.cert, key: pair.key }, (socket) => socket.on("error", () => {}).end("secret"));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as import("node:net").AddressInfo;
        const wild = {
            hosts: ["*.wild.example"],
            ports: [`tls/TLS/443:${port}`],
            annotations: { "gatehouse.dev/inner-addresses": "127.0.0.1" },
        };
        rig = await new Rig(ROUTE + entry(wild), { "a.wild.example": [["127.0.0.1"]], "b.wild.example": [["10.0.0.1"]] }).start();
        const ask = async (servername: string): Promise<string> => {
            const client = tls.connect({ port: rig!.port(443), host: "127.0.0.1", servername, rejectUnauthorized: false });
            client.on("error", () => {});
            return read(client);
        };
        assert.equal(await ask("a.wild.example"), "secret");
        assert.equal(await ask("b.wild.example"), "");
        await eventually(() => assert.ok(rig!.connections.some(({ details }) => details === "egress_refused{inner_address}")));
        assert.deepEqual(rig.asked, ["a.wild.example", "b.wild.example"]);
        server.close();
    });
});

describe("names that clients choose", () => {
    it("are asked for a few at a time, and the rest is told that there are too many", async () => {
        let answer: (() => void) | undefined;
        let asked = 0;
        const resolve = boundedResolve(
            async () => {
                asked++;
                await new Promise<void>((go) => (answer = go));
                return { addresses: ["192.0.2.1"], ttl: 1 };
            },
            1,
            1,
            10_000,
        );
        const first = resolve("a");
        const second = resolve("b");
        await assert.rejects(resolve("c"), { code: "EBUSY" });
        assert.equal(asked, 1);
        answer!();
        await first;
        await eventually(() => assert.equal(asked, 2));
        answer!();
        await second;
    });

    it("are given up that nobody answers for in time", async () => {
        await assert.rejects(boundedResolve(async () => new Promise(() => {}), 1, 1, 5)("a"), { code: "ETIMEOUT" });
    });

    it("are kept within their bound: those that nobody uses go first, and none that is in use", () => {
        const drained: string[] = [];
        const count = nameCount(2);
        const part = (name: string, isInUse: boolean): NamedPart => ({
            isInUse,
            update: () => {},
            drain: () => void drained.push(name),
        });
        const clusters = new NamedClusters<NamedPart>(count, (name) => part(name, name === "busy.x"));
        const hosts = { hosts: ["*.x"], port: 443 };
        const busy = clusters.find("busy.x", 0, hosts);
        assert.equal(clusters.find("busy.x", 0, hosts), busy);
        clusters.find("a.x", 0, hosts);
        clusters.find("b.x", 0, hosts);
        assert.deepEqual([drained, clusters.size, count.names], [["a.x"], 2, 2]);
        assert.equal(clusters.find("x", 0, hosts), undefined);
        assert.equal(clusters.find("1.2.3.x", 0, { hosts: ["*"], port: 443 }) === undefined, false);
        clusters.drain();
        assert.equal(count.names, 0);
    });
});
