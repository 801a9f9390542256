/** What leads back to where it comes from ends at once, is named, and is counted by its reason. */
import assert from "node:assert/strict";
import tls from "node:tls";
import { afterEach, describe, it } from "mocha";
import { setOwnDoors } from "../../../proxy/net/own-doors";
import { eventually } from "../../support/eventually";
import { codesOf, compileYaml, entries, routesOf } from "../compiler/support";
import { isWhole, Rig } from "./rig";

const PODS = { labels: { istio: "egress" }, namespace: "istio-egress" } as const;
const OWN = `
apiVersion: v1
kind: Service
metadata: { name: egress, namespace: istio-egress }
spec: { selector: { istio: egress }, ports: [{ name: http, port: 80, targetPort: 8080 }, { name: tls, port: 443 }, { name: tcp, port: 9000 }, { name: other, port: 8081 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: egress, namespace: istio-egress }
spec:
  selector: { istio: egress }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }
    - { port: { number: 443, name: tls, protocol: TLS }, hosts: ["*"], tls: { mode: PASSTHROUGH } }
    - { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }
`;
const rules = (spec: string): string => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: out, namespace: istio-egress }
spec: { hosts: [a.example.com], gateways: [egress, mesh], ${spec} }
`;
const to = (port: number): string => `route: [{ destination: { host: egress, port: { number: ${port} } } }]`;

describe("a rule that leads what comes to a gateway back to it", () => {
    const back: Readonly<Record<string, string>> = {
        HTTP: `http: [{ ${to(80)} }]`,
        TLS: `tls: [{ match: [{ port: 443, sniHosts: [a.example.com] }], ${to(443)} }]`,
        TCP: `tcp: [{ match: [{ port: 9000 }], ${to(9000)} }]`,
    };
    for (const [what, spec] of Object.entries(back))
        it(`leads nowhere, and is named: ${what}`, () => {
            const compiled = compileYaml(OWN + rules(spec), PODS);
            assert.match(codesOf(compiled).join("\n"), /GH0477 VirtualService istio-egress\/out/);
            assert.deepEqual(
                entries(compiled.tables, "clusters").filter(({ key }) => key.includes("egress.istio-egress")),
                [],
            );
        });

    const onward: Readonly<Record<string, string>> = {
        "the mesh's part of it": `http: [{ match: [{ gateways: [mesh] }], ${to(80)} }]`,
        "to another of its ports": `http: [{ ${to(8081)} }]`,
        "under another host": `http: [{ rewrite: { authority: b.example.com }, ${to(80)} }]`,
    };
    for (const [what, spec] of Object.entries(onward))
        it(`is left alone: ${what}`, () => assert.doesNotMatch(codesOf(compileYaml(OWN + rules(spec), PODS)).join("\n"), /GH0477/));

    it("is no loop for the application's proxy", () => {
        const client = { mode: "mesh", namespace: "shop", labels: { app: "web" } } as const;
        const { tables } = compileYaml(OWN + rules(back.HTTP!), client);
        assert.deepEqual(routesOf(tables, "80")["a.example.com"], ["any → outbound|80||egress.istio-egress.svc.cluster.local"]);
    });
});

describe("proxies that lead to each other", () => {
    const closing: (() => void)[] = [];
    afterEach(() => {
        for (const close of closing.splice(0)) close();
        setOwnDoors([]);
    });

    async function opened(yaml: string, pods?: object): Promise<Rig> {
        const rig = await new Rig(yaml, {}, pods).start();
        closing.push(() => rig.close());
        return rig;
    }
    const external = (ports: string, port: number): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: round, namespace: istio-egress }
spec: { hosts: [a.example.com], ports: [${ports}], resolution: STATIC, endpoints: [{ address: 127.0.0.1, ports: { p: ${port} } }] }
`;
    const HTTP = "{ number: 80, name: p, protocol: HTTP }";
    const CLIENT = { mode: "mesh", namespace: "shop", labels: { app: "web" }, httpProxy: { address: "127.0.0.1", port: 15080 } } as const;
    const ASKED = "GET http://a.example.com/ HTTP/1.1\r\nhost: a.example.com\r\n\r\n";

    it("end a request after some hops, in a mesh", async () => {
        const [a, b] = [await opened(external(HTTP, 1), CLIENT), await opened(external(HTTP, 1), CLIENT)];
        a.change(external(HTTP, b.port(15080)), 0);
        b.change(external(HTTP, a.port(15080)), 0);
        const answer = await a.ask(ASKED, isWhole, 15080);
        assert.match(answer, /^HTTP\/1\.1 508[^]*x-gatehouse-egress-refused: loop[^]*a\.example\.com leads from proxy to proxy/);
        assert.equal([...a.requests, ...b.requests].filter(({ details }) => details === "egress_refused{loop}").length, 1);
        assert.ok(a.requests.length + b.requests.length < 20, "no hop asks twice");
    });

    const gateway = (server: string, spec: string): string =>
        `${OWN.slice(OWN.indexOf("---") + 4, OWN.indexOf("  servers:"))}  servers: [${server}]${rules(spec)}`;

    it("end a request after some hops, at gateways that try again", async () => {
        const out = gateway(
            '{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }',
            "http: [{ retries: { attempts: 3, retryOn: 5xx }, route: [{ destination: { host: a.example.com, port: { number: 80 } } }] }]",
        );
        const rig = await opened(out + external(HTTP, 1));
        rig.change(out + external(HTTP, rig.port(80)), 0);
        assert.match(await rig.ask(ASKED, isWhole, 80), /^HTTP\/1\.1 508/);
        assert.ok(rig.requests.length < 120, String(rig.requests.length));
    });

    it("end TLS that is passed on as soon as it is here again", async () => {
        const out = gateway(
            '{ port: { number: 443, name: tls, protocol: TLS }, hosts: ["*"], tls: { mode: PASSTHROUGH } }',
            "tls: [{ match: [{ port: 443, sniHosts: [a.example.com] }], route: [{ destination: { host: a.example.com, port: { number: 443 } } }] }]",
        );
        const entry = (port: number): string => external("{ number: 443, name: p, protocol: TLS }", port);
        const rig = await opened(out + entry(1));
        rig.change(out + entry(rig.port(443)), 0);
        const client = tls.connect({ socket: rig.connect(443), servername: "a.example.com", rejectUnauthorized: false });
        await new Promise((resolve) => client.on("error", () => {}).once("close", resolve));
        await eventually(() => assert.equal(rig.connections.length, 4));
        assert.ok(rig.connections.some(({ details }) => details === "egress_refused{loop}"));
    });

    it("are not asked by themselves for a tunnel, nor for a page", async () => {
        const rig = await opened(external(HTTP, 1), CLIENT);
        const port = rig.port(15080);
        setOwnDoors([{ address: "127.0.0.1", port }]);
        const tunnel = await rig.ask(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole, 15080);
        assert.match(tunnel, /^HTTP\/1\.1 403[^]*x-gatehouse-egress-refused: loop/);
        assert.match(await rig.ask(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole, 15080), /^HTTP\/1\.1 508/);
    });
});
