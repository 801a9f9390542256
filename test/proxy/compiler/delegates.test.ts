/** Rules that delegate, and what their delegates may narrow. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { RouteEntry } from "../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, service, virtualService } from "./support";

const WEB = gateway("web", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [\"*\"] }");
const TO = "route: [{ destination: { host: app } }]";
const APP = service("app", 80, { namespace: "team" });
const root = (rule: string): string => virtualService("root", `{ hosts: [a.example.com], gateways: [web], http: [${rule}] }`);
const delegate = (http: string, extra = ""): string => virtualService("part", `{ http: [${http}]${extra} }`, { namespace: "team" });
const compiled = (yaml: string): ReturnType<typeof compileYaml> => compileYaml(WEB + yaml + APP);
const routes = (yaml: string): readonly RouteEntry[] => entries(compiled(yaml).tables, "virtualHosts")[0]?.routes ?? [];
const DELEGATE = "delegate: { name: part, namespace: team }";

describe("delegation", () => {
    it("puts the delegate's rules in the place of the rule that delegates", () => {
        const found = routes(root(`{ match: [{ uri: { prefix: /team } }], ${DELEGATE} }, { directResponse: { status: 404 } }`)
            + delegate(`{ match: [{ uri: { prefix: /team/x } }], ${TO} }, { ${TO} }`));
        assert.deepEqual(found.map(({ match, action, origin }) => [match?.path?.value, action.kind, origin.name]),
            [["/team/x", "forward", "part"], ["/team", "forward", "part"], [undefined, "direct", "root"]]);
    });

    it("resolves short names in the namespace each rule is written in", () => {
        const [route] = routes(root(`{ mirror: { host: app }, ${DELEGATE} }`) + delegate(`{ ${TO} }`));
        assert.ok(route?.action.kind === "forward");
        assert.equal(route.action.clusters[0]?.cluster, "outbound|80||app.team.svc.cluster.local");
        assert.equal(route.action.mirrors[0]?.cluster, "outbound|80||app.istio-system.svc.cluster.local");
    });

    it("takes over what the delegate leaves open, and joins names", () => {
        const [first, second] = routes(root(`{ name: r, match: [{ name: m, uri: { prefix: / }, headers: { a: { exact: "1" } } }], timeout: 3s, retries: { attempts: 5 }, ${DELEGATE} }`)
            + delegate(`{ name: d, match: [{ name: n, uri: { prefix: /x }, headers: { b: {} } }], timeout: 1s, ${TO} }, { ${TO} }`));
        assert.ok(first?.action.kind === "forward" && second?.action.kind === "forward");
        assert.deepEqual([first.name, first.action.timeoutMs, first.action.retry.attempts], ["r-d.m-n", 1000, 5]);
        assert.deepEqual(first.match?.headers.map(({ name }) => name), ["a", "b"]);
        assert.deepEqual([second.name, second.action.timeoutMs], ["r.m", 3000]);
    });

    for (const [title, rootMatch, match] of [
        ["another prefix", "{ uri: { prefix: /a } }", "{ uri: { prefix: /b } }"],
        ["an exact path outside the prefix", "{ uri: { prefix: /a } }", "{ uri: { exact: /b } }"],
        ["a prefix below an exact path", "{ uri: { exact: /a } }", "{ uri: { prefix: /a } }"],
        ["regexes, of which nobody can tell", "{ uri: { regex: /a.* } }", "{ uri: { regex: /a.* } }"],
        ["another header value", "{ headers: { h: { exact: \"1\" } } }", "{ headers: { h: { exact: \"2\" } } }"],
        ["another port", "{ port: 80 }", "{ port: 81 }"],
        ["another method", "{ method: { exact: GET } }", "{ method: { exact: PUT } }"],
        ["case that counts differently", "{ uri: { prefix: /a }, ignoreUriCase: true }", "{ uri: { prefix: /a/b } }"],
    ] as const) {
        it(`drops a rule that lies outside the root's: ${title}`, () => {
            const compilation = compiled(root(`{ match: [${rootMatch}], ${DELEGATE} }`) + delegate(`{ match: [${match}], ${TO} }`));
            assert.equal(compilation.tables.virtualHosts.size, 0);
            assert.ok(codesOf(compilation).includes("GH0435 VirtualService team/part spec.http[0].match"));
        });
    }

    it("drops a delegate's rule that delegates on, and only that", () => {
        const compilation = compiled(root(`{ ${DELEGATE} }`) + delegate(`{ match: [{ uri: { prefix: /x } }], delegate: { name: other } }, { ${TO} }`));
        assert.equal(entries(compilation.tables, "virtualHosts")[0]?.routes.length, 1);
        assert.ok(codesOf(compilation).includes("GH0435 VirtualService team/part spec.http[0].delegate"));
    });

    for (const [title, yaml] of [
        ["is not there", ""], ["has hosts", virtualService("part", `{ hosts: [b.example.com], http: [{ ${TO} }] }`, { namespace: "team" })],
        ["is not exported to the root's namespace", delegate(`{ ${TO} }`, ", exportTo: [\".\"]")],
    ] as const) {
        it(`names a delegate that ${title}`, () => {
            const compilation = compiled(root(`{ ${DELEGATE} }, { directResponse: { status: 200 } }`) + yaml);
            assert.ok(codesOf(compilation).includes("GH0434 VirtualService istio-system/root spec.http[0].delegate"));
            assert.equal(entries(compilation.tables, "virtualHosts")[0]?.routes.length, 1);
        });
    }
});
