/** Rules that delegate, and what their delegates may narrow. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { RouteEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, service, virtualService } from "../support";

const WEB = gateway("web", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const TO = "route: [{ destination: { host: app } }]";
const APP = service("app", 80, { namespace: "team" });
const root = (rule: string): string => virtualService("root", `{ hosts: [a.example.com], gateways: [web], http: [${rule}] }`);
const delegate = (http: string, extra = ""): string => virtualService("part", `{ http: [${http}]${extra} }`, { namespace: "team" });
const compiled = (yaml: string): ReturnType<typeof compileYaml> => compileYaml(WEB + yaml + APP);
const routes = (yaml: string): readonly RouteEntry[] => entries(compiled(yaml).tables, "virtualHosts")[0]?.routes ?? [];
const DELEGATE = "delegate: { name: part, namespace: team }";

describe("delegation", () => {
    it("puts the delegate's rules in the place of the rule that delegates", () => {
        const found = routes(
            root(`{ match: [{ uri: { prefix: /team } }], ${DELEGATE} }, { directResponse: { status: 404 } }`) +
                delegate(`{ match: [{ uri: { prefix: /team/x } }], ${TO} }, { ${TO} }`),
        );
        assert.deepEqual(
            found.map(({ match, action, origin }) => [match?.path?.value, action.kind, origin.name]),
            [
                ["/team/x", "forward", "part"],
                ["/team", "forward", "part"],
                [undefined, "direct", "root"],
            ],
        );
    });

    it("resolves short names in the namespace each rule is written in", () => {
        const [route] = routes(root(`{ mirror: { host: app }, ${DELEGATE} }`) + delegate(`{ ${TO} }`));
        assert.ok(route?.action.kind === "forward");
        assert.equal(route.action.clusters[0]?.cluster, "outbound|80||app.team.svc.cluster.local");
        assert.equal(route.action.mirrors[0]?.cluster, "outbound|80||app.istio-system.svc.cluster.local");
    });

    it("takes over what the delegate leaves open, and joins names", () => {
        const [first, second] = routes(
            root(
                `{ name: r, match: [{ name: m, uri: { prefix: / }, headers: { a: { exact: "1" } } }], timeout: 3s, retries: { attempts: 5 }, ${DELEGATE} }`,
            ) + delegate(`{ name: d, match: [{ name: o, uri: { prefix: /x }, headers: { b: {} } }], timeout: 1s, ${TO} }, { ${TO} }`),
        );
        assert.ok(first?.action.kind === "forward" && second?.action.kind === "forward");
        assert.deepEqual([first.name, first.action.timeoutMs, first.action.retry.attempts], ["r-d.m-o", 1000, 5]);
        assert.deepEqual(
            first.match?.headers.map(({ name }) => name),
            ["a", "b"],
        );
        assert.deepEqual([second.name, second.action.timeoutMs], ["r.m", 3000]);
    });

    for (const [title, rootMatch, match] of [
        ["another prefix", "{ uri: { prefix: /a } }", "{ uri: { prefix: /b } }"],
        ["an exact path outside the prefix", "{ uri: { prefix: /a } }", "{ uri: { exact: /b } }"],
        ["another header value", '{ headers: { h: { exact: "1" } } }', '{ headers: { h: { exact: "2" } } }'],
        ["another port", "{ port: 80 }", "{ port: 81 }"],
        ["another method", "{ method: { exact: GET } }", "{ method: { exact: PUT } }"],
    ] as const) {
        it(`drops a rule that lies outside the root's: ${title}`, () => {
            const compilation = compiled(root(`{ match: [${rootMatch}], ${DELEGATE} }`) + delegate(`{ match: [${match}], ${TO} }`));
            assert.equal(compilation.tables.virtualHosts.size, 0);
            assert.ok(codesOf(compilation).includes("GH0435 VirtualService team/part spec.http[0].match"));
        });
    }

    for (const [title, rootMatch, match, path] of [
        ["a prefix below an exact path", "{ uri: { exact: /a } }", "{ uri: { prefix: /a } }", "exact /a"],
        ["a prefix that is wider", "{ uri: { prefix: /a/b } }", "{ uri: { prefix: /a } }", "prefix /a/b"],
        ["presence alone", "{ uri: { prefix: /a } }", "{ uri: {} }", "prefix /a"],
        ["regexes, of which nobody can tell", "{ uri: { regex: /a.* } }", "{ uri: { regex: /b.* } }", "regex /a.*"],
        ["case that counts differently", "{ uri: { prefix: /a }, ignoreUriCase: true }", "{ uri: { prefix: /a/b } }", "prefix /a"],
    ] as const) {
        it(`refuses what a rule may be about that lies within none of the root's matches: ${title}`, () => {
            const compilation = compiled(
                root(`{ match: [${rootMatch}], ${DELEGATE} }, { ${TO} }`) + delegate(`{ match: [${match}], ${TO} }`),
            );
            const [refused, next] = entries(compilation.tables, "virtualHosts")[0]?.routes ?? [];
            assert.deepEqual(
                [refused?.action.kind, `${refused?.match?.path?.kind} ${refused?.match?.path?.value}`, next?.action.kind],
                ["refuse", path, "forward"],
            );
            assert.ok(codesOf(compilation).includes("GH0435 VirtualService team/part spec.http[0].match"));
        });
    }

    it("refuses the matches that a rule shares with the root, where another of its matches is unclear", () => {
        const found = routes(
            root(`{ match: [{ uri: { prefix: /a } }], ${DELEGATE} }`) +
                delegate(`{ match: [{ uri: { prefix: /a/x } }, { uri: { regex: /y.* } }, { uri: { prefix: /z } }], ${TO} }`),
        );
        assert.deepEqual(
            found.map(({ match, action }) => [match?.path?.value, action.kind]),
            [
                ["/a/x", "refuse"],
                ["/a", "refuse"],
            ],
        );
    });

    it("refuses what a delegate's rule is about that delegates on, and only that", () => {
        const compilation = compiled(
            root(`{ ${DELEGATE} }`) + delegate(`{ match: [{ uri: { prefix: /x } }], delegate: { name: other } }, { ${TO} }`),
        );
        assert.deepEqual(
            entries(compilation.tables, "virtualHosts")[0]?.routes.map(({ match, action }) => [match?.path?.value, action.kind]),
            [
                ["/x", "refuse"],
                [undefined, "forward"],
            ],
        );
        assert.ok(codesOf(compilation).includes("GH0435 VirtualService team/part spec.http[0].delegate"));
    });

    for (const [title, yaml] of [
        ["is not there", ""],
        ["has hosts", virtualService("part", `{ hosts: [b.example.com], http: [{ ${TO} }] }`, { namespace: "team" })],
        ["is not exported to the root's namespace", delegate(`{ ${TO} }`, ', exportTo: ["."]')],
    ] as const) {
        it(`names a delegate that ${title}, and refuses what was to be delegated`, () => {
            const compilation = compiled(
                root(`{ match: [{ uri: { prefix: /team } }], ${DELEGATE} }, { directResponse: { status: 200 } }`) + yaml,
            );
            assert.ok(codesOf(compilation).includes("GH0434 VirtualService istio-system/root spec.http[0].delegate"));
            assert.deepEqual(
                entries(compilation.tables, "virtualHosts")[0]?.routes.map(({ match, action }) => [match?.path?.value, action.kind]),
                [
                    ["/team", "refuse"],
                    [undefined, "direct"],
                ],
            );
        });
    }
});
