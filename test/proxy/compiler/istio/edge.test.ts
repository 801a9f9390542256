/** Settings of whole hosts by annotations: which objects have them, whom they are for, and what becomes of one that can't be read. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { explain, parseQuestion } from "../../../../proxy/explain";
import { Compiler, type Compilation } from "../../../../proxy/compiler";
import { CLOSED } from "../../../../istio/semantics";
import { configDump } from "../../../../proxy/admin/config-dump";
import { readVersion } from "../../../../proxy/resources/object-version";
import { diffTables } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, messagesOf, objectsOf, service } from "../support";
import { INGRESS } from "../support";

const GATEWAY = gateway("edge", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const APP = service("app", 80, { namespace: "istio-system" });
const FRAMED = (by: string): string => JSON.stringify({ frameAncestors: by });

type Annotations = Readonly<Record<string, string>>;

function annotated(kind: string, name: string, annotations: Annotations, spec: string, created = "2026-01-01T00:00:00Z"): string {
    const version = kind === "Service" ? "v1" : "networking.istio.io/v1";
    const written = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [`gatehouse.dev/${key}`, text]));
    return `
---
apiVersion: ${version}
kind: ${kind}
metadata: { name: ${name}, namespace: istio-system, creationTimestamp: "${created}", annotations: ${JSON.stringify(written)} }
spec: ${spec}
`;
}
const routed = (name: string, host: string, annotations: Annotations, created?: string): string =>
    annotated(
        "VirtualService",
        name,
        annotations,
        `{ hosts: [${host}], gateways: [edge], http: [{ match: [{ uri: { prefix: /${name} } }], route: [{ destination: { host: app } }] }] }`,
        created,
    );
const front = (name: string, annotations: Annotations, created?: string): string =>
    annotated(
        "Service",
        name,
        annotations,
        "{ selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 8080 }] }",
        created,
    );

const framedOf = ({ tables }: Compilation): Record<string, unknown> =>
    Object.fromEntries(entries(tables, "edges").map(({ key, securityHeaders }) => [key, securityHeaders?.value.frameAncestors]));
const keysOf = ({ tables }: Compilation): Record<string, unknown> =>
    Object.fromEntries(entries(tables, "virtualHosts").map(({ domain, edge }) => [domain, edge]));
const headers = (by: string): Annotations => ({ "security-headers": FRAMED(by) });

describe("settings of whole hosts", () => {
    it("are a VirtualService's for its hosts, and a Service's before the gateway for all", () => {
        const made = compileYaml(GATEWAY + APP + routed("web", "a.test", headers("'none'")) + front("edge", headers("'self'")));
        assert.deepEqual(codesOf(made), []);
        assert.deepEqual(framedOf(made), { "*": "'self'", "VirtualService istio-system/web": "'none'" });
        assert.deepEqual(keysOf(made), { "a.test": ["VirtualService istio-system/web"] });
        assert.equal(
            entries(made.tables, "edges")[0]?.securityHeaders?.origin.field,
            'metadata.annotations["gatehouse.dev/security-headers"]',
        );
    });

    it("of several VirtualServices for a host hold in their order, of several Services each is the oldest's", () => {
        const made = compileYaml(
            GATEWAY +
                APP +
                routed("b", "a.test", headers("b.test"), "2026-02-01T00:00:00Z") +
                routed("a", "a.test", headers("a.test"), "2026-01-01T00:00:00Z") +
                front("late", headers("late.test"), "2026-03-01T00:00:00Z") +
                front("early", headers("early.test"), "2026-02-01T00:00:00Z"),
        );
        assert.deepEqual(keysOf(made), { "a.test": ["VirtualService istio-system/a", "VirtualService istio-system/b"] });
        assert.equal(framedOf(made)["*"], "early.test");
        assert.match(messagesOf(made), /GH0421 .*Service istio-system\/early says the same for the gateway and is older/);
    });

    it("that only decorate are left out where they can't be read, and nothing else is missing", () => {
        const made = compileYaml(
            GATEWAY + APP + routed("web", "a.test", { "security-headers": "{" }) + front("edge", { "security-headers": "7" }),
        );
        assert.deepEqual(framedOf(made), {});
        assert.deepEqual(keysOf(made), { "a.test": undefined });
        assert.equal(entries(made.tables, "virtualHosts")[0]?.routes.length, 1);
    });

    it("that keep everybody out do so where they can't be read, and nobody passes", () => {
        const made = compileYaml(
            GATEWAY + APP + routed("web", "a.test", { maintenance: '{"bypass":{"paths":["/x"' }) + routed("ok", "b.test", {}),
        );
        const values = entries(made.tables, "edges").map(({ key, maintenance }) => [key, maintenance?.value]);
        assert.deepEqual(values, [["VirtualService istio-system/web", CLOSED]]);
    });

    describe("redirects in bulk", () => {
        const moved = (
            name: string,
            data: Readonly<Record<string, string>>,
            more = 'labels: { gatehouse.dev/redirects: "true" }',
        ): string =>
            `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: istio-system, ${more} }\ndata: ${JSON.stringify(data)}\n`;
        const named = (...configMaps: string[]): string => routed("web", "a.test", { redirects: JSON.stringify({ configMaps }) });
        const mapsOf = ({ tables }: Compilation): Record<string, unknown> =>
            Object.fromEntries(entries(tables, "redirectMaps").map(({ key, redirects }) => [key, redirects]));

        it("are of ConfigMaps beside the gateway that somebody names, each by itself", () => {
            const yaml = GATEWAY + APP + named("one", "two") + moved("one", { "a.csv": "/a,/b" }) + moved("other", { "a.csv": "/c,/d" });
            const made = compileYaml(yaml + moved("two", { "a.csv": "/x,/y" }, "labels: {}"));
            assert.deepEqual(mapsOf(made), { one: [["/a", "/b", 301]] });
            assert.match(
                messagesOf(made),
                /GH0422 .*VirtualService istio-system\/web.*There is no ConfigMap two of redirects in istio-system.*label gatehouse\.dev\/redirects/s,
            );
            assert.deepEqual(mapsOf(compileYaml(yaml, { namespace: "elsewhere" })), {});
        });

        it("that are none are named, twenty of a ConfigMap, and the others are made", () => {
            const lines = Array.from({ length: 30 }, (_none, at) => `/x${at},//evil.test`).join("\n");
            const made = compileYaml(GATEWAY + APP + named("one") + moved("one", { "a.csv": `/a,/b\n${lines}` }));
            assert.deepEqual(mapsOf(made), { one: [["/a", "/b", 301]] });
            const told = messagesOf(made)
                .split("\n")
                .filter((line) => line.includes("GH0423"));
            assert.equal(told.length, 21);
            assert.match(told.join("\n"), /10 more are left out for the like/);
        });

        it("change by themselves, and keep their last good version", () => {
            const compiler = new Compiler();
            const at = (text: string): Compilation => {
                const yaml = GATEWAY + APP + named("one", "two") + moved("one", { "a.json": text }) + moved("two", { "a.csv": "/x,/y" });
                return compiler.compile({ ...INGRESS, objects: objectsOf(yaml) });
            };
            const before = at('{"/a":"/b"}').tables;
            const { set, remove } = diffTables(before, at('{"/a":"/c"}').tables, 2);
            assert.deepEqual([Object.keys(set), remove], [["redirectMaps"], {}]);
            assert.deepEqual(
                set.redirectMaps?.map(({ key }) => key),
                ["one"],
            );
            const [broken] = objectsOf(moved("one", { "a.json": "{" }));
            const { version, findings } = readVersion(broken!.object, undefined);
            assert.deepEqual([version?.good, findings.map(({ code }) => code)], [undefined, ["GH0424"]]);
        });

        it("are told by explain, with the ConfigMap that says it", () => {
            const { tables } = compileYaml(GATEWAY + APP + named("one") + moved("one", { "a.csv": "/web,/b" }));
            const told = explain(parseQuestion("http://a.test/web"), tables);
            assert.deepEqual([told.action, told.status, told.location, told.route], ["redirect", 301, "http://a.test/b", null]);
            assert.equal(told.steps.find(({ step }) => step === "redirects")?.origin?.kind, "ConfigMap");
            assert.equal(explain(parseQuestion("http://a.test/web/x"), tables).action, "forward");
        });
    });

    it("are not a mesh's, nor another gateway's", () => {
        const yaml = GATEWAY + APP + routed("web", "a.test", headers("'none'")) + front("edge", headers("'self'"));
        assert.deepEqual(framedOf(compileYaml(yaml, { labels: { istio: "other" } })), {});
        assert.deepEqual(framedOf(compileYaml(yaml, { mode: "mesh" })), {});
    });

    it("change by themselves, and send one entry", () => {
        const compiler = new Compiler();
        const at = (by: string): Compilation => {
            const yaml = GATEWAY + APP + routed("web", "a.test", headers(by)) + routed("other", "b.test", headers("b.test"));
            return compiler.compile({ ...INGRESS, objects: objectsOf(yaml) });
        };
        const before = at("'none'").tables;
        const { set, remove } = diffTables(before, at("'self'").tables, 2);
        assert.deepEqual(remove, {});
        assert.deepEqual(Object.keys(set), ["edges"]);
        assert.deepEqual(
            set.edges?.map(({ key }) => key),
            ["VirtualService istio-system/web"],
        );
    });

    it("tell of maintenance by explain, of who is kept out and who passes", () => {
        const value = JSON.stringify({ bypass: { header: { name: "x-team", value: "s3cret" } } });
        const { tables } = compileYaml(GATEWAY + APP + routed("web", "a.test", { maintenance: value }));
        const kept = explain(parseQuestion("http://a.test/web"), tables);
        assert.deepEqual([kept.status, kept.route, kept.access], [503, null, null]);
        const told = ({ steps }: typeof kept): string[] => steps.flatMap(({ step, text }) => (step === "maintenance" ? [text] : []));
        const text = "VirtualService istio-system/web keeps everybody out but who passes by its bypass";
        assert.deepEqual(told(kept), [text]);
        const passed = explain(parseQuestion("http://a.test/web", { headers: ["x-team: s3cret"] }), tables);
        assert.deepEqual(told(passed), [`${text}; this request does, by its header`]);
        assert.doesNotMatch(JSON.stringify([kept, configDump(tables)]), /s3cret/);
    });

    it("are told by explain", () => {
        const { tables } = compileYaml(GATEWAY + APP + routed("web", "a.test", headers("'none'")));
        const { steps } = explain(parseQuestion("http://a.test/web"), tables);
        const told = steps.filter(({ step }) => step === "security-headers").map(({ text }) => text);
        assert.deepEqual(told, [
            "x-content-type-options, referrer-policy, permissions-policy, cross-origin-opener-policy, x-frame-options, content-security-policy by VirtualService istio-system/web",
        ]);
    });
});
