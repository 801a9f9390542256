/** Which rules have a bound of bodies, and what becomes of one that can't be read. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Compiler, type Compilation } from "../../../../proxy/compiler";
import { explain, parseQuestion } from "../../../../proxy/explain";
import { parseDocuments } from "../../../../istio/documents";
import { ResourceStore } from "../../../../proxy/resources";
import { compileYaml, entries, gateway, INGRESS, service } from "../support";

const GATEWAY = gateway("edge", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const APP = service("app", 80, { namespace: "istio-system" });
const TO_APP = "route: [{ destination: { host: app } }]";

function virtualService(name: string, limits: object | string | undefined, spec: string): string {
    const text = typeof limits === "string" ? limits : JSON.stringify(limits);
    const annotations = limits === undefined ? "" : `, annotations: { gatehouse.dev/limits: ${JSON.stringify(text)} }`;
    return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: istio-system${annotations} }
spec: ${spec}
`;
}
const RULES = `http: [{ name: up, match: [{ uri: { prefix: /up } }], ${TO_APP} }, { ${TO_APP} }]`;
const web = (limits: object | string | undefined): string =>
    virtualService("web", limits, `{ hosts: [a.test], gateways: [edge], ${RULES} }`);

const limitsOf = ({ tables }: Compilation): unknown[] =>
    entries(tables, "virtualHosts").flatMap(({ routes }) => routes.map(({ name, maxRequestBodyBytes }) => [name, maxRequestBodyBytes]));

describe("bounds of bodies", () => {
    it("are a VirtualService's for all its rules, and for one by its name", () => {
        const limits = { maxRequestBodyBytes: 1000, routes: { up: { maxRequestBodyBytes: 9000 } } };
        const made = compileYaml(GATEWAY + APP + web(limits));
        assert.deepEqual(limitsOf(made), [
            ["up", 9000],
            ["", 1000],
        ]);
        const told = explain(parseQuestion("http://a.test/x"), made.tables).steps.map(({ text }) => text);
        assert.match(told.join("; "), /a body of more than 1000 bytes is answered 413/);
    });

    it("are not a mesh's, where the application asks", () => {
        const made = compileYaml(GATEWAY + APP + web({ maxRequestBodyBytes: 1 }), { mode: "mesh" });
        assert.doesNotMatch(JSON.stringify(limitsOf(made)), /1/);
    });

    it("of one who delegates and of the delegate are the smaller of both", () => {
        const root = (limits: object | undefined): string =>
            virtualService("root", limits, "{ hosts: [a.test], gateways: [edge], http: [{ name: r, delegate: { name: part } }] }");
        const part = (limits: object | undefined): string => virtualService("part", limits, `{ http: [{ name: p, ${TO_APP} }] }`);
        const limit = (bytes: number): object => ({ maxRequestBodyBytes: bytes });
        const rows: [ofRoot: object | undefined, ofPart: object | undefined, wanted: number | undefined][] = [
            [undefined, undefined, undefined],
            [limit(10), undefined, 10],
            [undefined, limit(20), 20],
            [limit(10), limit(20), 10],
            [limit(20), limit(10), 10],
            [{ ...limit(10), routes: { r: limit(30) } }, limit(20), 20],
            [{ ...limit(10), routes: { r: limit(30) } }, undefined, 30],
            [limit(50), { routes: { p: limit(40) } }, 40],
        ];
        for (const [ofRoot, ofPart, wanted] of rows)
            assert.deepEqual(
                limitsOf(compileYaml(GATEWAY + APP + root(ofRoot) + part(ofPart))),
                [["r-p", wanted]],
                JSON.stringify([ofRoot, ofPart]),
            );
    });

    it("of connections are those of the rules that pass them on, by port and by server name", () => {
        const servers =
            '- { port: { number: 31400, name: tcp, protocol: TCP }, hosts: ["*"] }\n- { port: { number: 443, name: tls, protocol: TLS }, tls: { mode: PASSTHROUGH }, hosts: ["*"] }';
        const rules = `tcp: [{ match: [{ port: 31400 }], ${TO_APP} }], tls: [{ match: [{ port: 443, sniHosts: [a.test] }], ${TO_APP} }]`;
        const db = (limits: object | string): Compilation =>
            compileYaml(gateway("edge", servers) + APP + virtualService("db", limits, `{ hosts: [a.test], gateways: [edge], ${rules} }`));
        const said = ({ tables }: Compilation): unknown[] =>
            entries(tables, "chains").map(({ target }) => target.kind === "tcp" && [target.route.limits, target.route.clusters.length]);
        assert.deepEqual(said(db({ connections: 7, connectionsPerAddress: 2 })), [
            [{ connections: 7, connectionsPerAddress: 2 }, 1],
            [{ connections: 7, connectionsPerAddress: 2 }, 1],
        ]);
        // Nobody knows how many it would be for.
        assert.deepEqual(said(db("{")), [
            [undefined, 0],
            [undefined, 0],
        ]);
    });

    it("that can't be read leave the last good ones in force, and without any the host is refused", () => {
        const store = new ResourceStore();
        const compiler = new Compiler();
        const after = (limits: object | string): Compilation => {
            store.setFile("all.yaml", parseDocuments(GATEWAY + APP + web(limits), "all.yaml"));
            return compiler.compile({ ...INGRESS, objects: store.read().objects });
        };
        const bad = after("{");
        assert.deepEqual(
            entries(bad.tables, "virtualHosts").flatMap(({ routes }) => routes.map(({ action }) => action.kind)),
            ["refuse"],
        );
        assert.deepEqual(limitsOf(after({ maxRequestBodyBytes: 7 })).at(-1), ["", 7]);
        assert.deepEqual(limitsOf(after('{"maxRequestBodyBytes":"8"}')).at(-1), ["", 7]);
    });
});
