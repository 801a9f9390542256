/** Error pages of annotations: which objects have them, whom they are for, and what becomes of one that can't be read. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { explain, parseQuestion } from "../../../../proxy/explain";
import { Compiler, type Compilation } from "../../../../proxy/compiler";
import { diffTables } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, INGRESS, messagesOf, objectsOf, service } from "../support";

const GATEWAY = gateway("edge", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const TEXT = (text: string, of = "gateway"): string => JSON.stringify([{ statuses: ["404", "5xx"], of, text }]);

function annotated(kind: string, name: string, text: string, spec: string, created = "2026-01-01T00:00:00Z"): string {
    const version = kind === "Service" ? "v1" : "networking.istio.io/v1";
    return `
---
apiVersion: ${version}
kind: ${kind}
metadata: { name: ${name}, namespace: istio-system, creationTimestamp: "${created}", annotations: { gatehouse.dev/error-pages: ${JSON.stringify(text)} } }
spec: ${spec}
`;
}
const routed = (name: string, host: string, text: string, created?: string): string =>
    annotated(
        "VirtualService",
        name,
        text,
        `{ hosts: [${host}], gateways: [edge], http: [{ match: [{ uri: { prefix: /${name} } }], route: [{ destination: { host: app } }] }] }`,
        created,
    );
const front = (name: string, text: string, created?: string): string =>
    annotated(
        "Service",
        name,
        text,
        "{ selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 8080 }] }",
        created,
    );
const APP = service("app", 80, { namespace: "istio-system" });

const pagesOf = ({ tables }: Compilation): Record<string, unknown> =>
    Object.fromEntries(entries(tables, "errorPages").map(({ key, pages }) => [key, pages[0]?.text]));
const keysOf = ({ tables }: Compilation): Record<string, unknown> =>
    Object.fromEntries(entries(tables, "virtualHosts").map(({ domain, errorPages }) => [domain, errorPages]));

describe("error pages", () => {
    it("are a VirtualService's for its hosts, and a Service's before the gateway for all", () => {
        const made = compileYaml(GATEWAY + APP + routed("web", "a.test", TEXT("host")) + front("edge", TEXT("all")));
        assert.deepEqual(codesOf(made), []);
        assert.deepEqual(pagesOf(made), { "*": "all", "VirtualService istio-system/web": "host" });
        assert.deepEqual(keysOf(made), { "a.test": "VirtualService istio-system/web" });
        assert.equal(entries(made.tables, "errorPages")[0]?.origin.field, 'metadata.annotations["gatehouse.dev/error-pages"]');
    });

    it("of several VirtualServices for a host, and of several Services, are the oldest's that has some", () => {
        const made = compileYaml(
            GATEWAY +
                APP +
                routed("b", "a.test", TEXT("second"), "2026-02-01T00:00:00Z") +
                routed("a", "a.test", TEXT("first"), "2026-01-01T00:00:00Z") +
                front("late", TEXT("late"), "2026-03-01T00:00:00Z") +
                front("early", TEXT("early"), "2026-02-01T00:00:00Z"),
        );
        assert.deepEqual(keysOf(made), { "a.test": "VirtualService istio-system/a" });
        assert.equal(pagesOf(made)["*"], "early");
        assert.match(messagesOf(made), /GH0418 .*Service istio-system\/early has error pages for the same gateway and is older/);
    });

    it("that can't be read are named, and nothing else is missing", () => {
        const made = compileYaml(GATEWAY + APP + routed("web", "a.test", "[{]") + front("edge", "{}"));
        assert.deepEqual(pagesOf(made), {});
        assert.deepEqual(keysOf(made), { "a.test": undefined });
        assert.equal(entries(made.tables, "virtualHosts")[0]?.routes.length, 1);
    });

    it("are not a mesh's, nor another gateway's", () => {
        const yaml = GATEWAY + APP + routed("web", "a.test", TEXT("host")) + front("edge", TEXT("all"));
        assert.deepEqual(pagesOf(compileYaml(yaml, { labels: { istio: "other" } })), {});
        assert.deepEqual(pagesOf(compileYaml(yaml, { mode: "mesh" })), {});
    });

    it("come, change and go in a running compiler as in a new one, and touch no other host", () => {
        const compiler = new Compiler();
        const others = Array.from({ length: 20 }, (_none, at) =>
            routed(`other-${at}`, `o${at}.test`, at % 2 === 0 ? TEXT("other") : "[]"),
        ).join("");
        let before: Compilation | undefined;
        for (const text of [TEXT("one"), TEXT("two"), "[]", TEXT("three", "all"), "[]"]) {
            const yaml = GATEWAY + APP + others + routed("web", "a.test", text);
            const after = compiler.compile({ ...INGRESS, objects: objectsOf(yaml) });
            const fresh = compileYaml(yaml);
            assert.deepEqual([pagesOf(after), keysOf(after)], [pagesOf(fresh), keysOf(fresh)], text);
            const changed = before && diffTables(before.tables, after.tables, 2);
            assert.deepEqual(changed?.set.virtualHosts?.filter(({ domain }) => domain !== "a.test") ?? [], []);
            before = after;
        }
    });

    it("are told by explain, for what the gateway would answer", () => {
        const { tables } = compileYaml(
            GATEWAY +
                routed("web", "a.test", TEXT("host")) +
                front("edge", JSON.stringify([{ statuses: ["4xx"], html: "<p>", json: "{}" }])) +
                service("app", 80, { namespace: "istio-system" }).split("---\napiVersion: discovery")[0]!,
        );
        const told = (url: string, ...headers: string[]): string[] =>
            explain(parseQuestion(url, { headers }), tables).steps.flatMap(({ step, text }) => (step === "error-page" ? [text] : []));
        assert.deepEqual(told("http://a.test/off"), [
            "404 is given with the text page of VirtualService istio-system/web, as text/plain; charset=utf-8",
        ]);
        assert.deepEqual(told("http://a.test/web"), [
            "503 is given with the text page of VirtualService istio-system/web, as text/plain; charset=utf-8",
        ]);
        assert.deepEqual(told("http://b.test/off"), ["404 is given with the json page of Service istio-system/edge, as application/json"]);
        assert.deepEqual(told("http://b.test/off", "accept: text/html"), [
            "404 is given with the html page of Service istio-system/edge, as text/html; charset=utf-8",
        ]);
        assert.deepEqual(told("http://b.test/off", "accept: image/png"), []);
    });
});
