/** Which VirtualService applies where, under which name, and in which order routes of several are merged. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { meetingHost, parseServerHost } from "../../../../istio";
import { codesOf, compileYaml, gateway, messagesOf, routesOf, virtualService } from "../support";

const web = (hosts: string): string => gateway("web", `- { port: { number: 80, name: http, protocol: HTTP }, hosts: [${hosts}] }`);
/** Rules that answer by themselves: nothing but binding is at stake. */
const answer = (match = ""): string => `{ ${match}directResponse: { status: 200 } }`;
const path = (value: string): string => `match: [{ uri: { prefix: ${value} } }], `;
const vs = (
    name: string,
    hosts: string,
    options: {
        readonly gateways?: string;
        readonly namespace?: string;
        readonly http?: string;
        readonly extra?: string;
        readonly created?: string;
    } = {},
): string =>
    virtualService(
        name,
        `{ hosts: [${hosts}], gateways: [${options.gateways ?? "istio-system/web"}], http: [${options.http ?? answer(path(`/${name}`))}]${options.extra ?? ""} }`,
        options,
    );
const domains = (yaml: string): string[] => Object.keys(routesOf(compileYaml(yaml).tables, "http.80"));

describe("binding VirtualServices to servers", () => {
    for (const [title, server, host, expected] of [
        ["the same name", "a.example.com", "a.example.com", ["a.example.com"]],
        ["a name below the server's wildcard", '"*.example.com"', "a.b.example.com", ["a.b.example.com"]],
        ["a wildcard above the server's name", "a.example.com", '"*.example.com"', ["a.example.com"]],
        ["any name", '"*"', '"*.example.com"', ["*.example.com"]],
        ["names in any case", "A.Example.com", "a.eXample.com", ["a.example.com"]],
        ["not the wildcard's own suffix", '"*.example.com"', "example.com", []],
        ["not a sibling", "a.example.com", "b.example.com", []],
    ] as const) {
        it(`meets ${title}`, () => assert.deepEqual(domains(web(server) + vs("v", host)), expected));
    }

    it("reads a name without a dot as a Service's of the VirtualService's namespace", () => {
        assert.deepEqual(domains(web('"*"') + vs("v", "Web", { namespace: "team" })), ["web.team.svc.cluster.local"]);
    });

    it("meets where the rules say, however many hosts there are", () => {
        const label = fc.constantFrom("a", "b", "C", "x-y");
        const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
        const host = fc.oneof(
            name,
            name.map((one) => `*.${one}`),
            fc.constant("*"),
        );
        const scoped = fc.tuple(fc.constantFrom("", "./", "*/", "team/", "istio-system/"), host).map(([scope, one]) => `${scope}${one}`);
        const quoted = (hosts: readonly string[]): string => hosts.map((one) => JSON.stringify(one)).join(", ");
        fc.assert(
            fc.property(
                fc.uniqueArray(scoped, { minLength: 1, maxLength: 6 }),
                fc.uniqueArray(host, { minLength: 1, maxLength: 12 }),
                fc.constantFrom("team", "istio-system"),
                (servers, hosts, namespace) => {
                    // Beyond a few VirtualServices a Gateway's hosts are found by an index.
                    const found = domains(
                        web(quoted(servers)) + hosts.map((one, at) => vs(`v${at}`, JSON.stringify(one), { namespace })).join(""),
                    );
                    const wanted = hosts.flatMap((one) =>
                        servers.flatMap((server) => meetingHost(one, namespace, parseServerHost(server), "istio-system") ?? []),
                    );
                    assert.deepEqual([...found].sort(), [...new Set(wanted)].sort());
                },
            ),
            { numRuns: 60 },
        );
    });

    it("keeps the more specific of each pair of hosts", () => {
        assert.deepEqual(domains(web('"*.example.com", x.example.com, y.test') + vs("v", '"*"')), [
            "*.example.com",
            "x.example.com",
            "y.test",
        ]);
    });

    for (const [title, host, namespace, isBound] of [
        ["any namespace", '"*/a.example.com"', "team", true],
        ["its own for a dot", '"./a.example.com"', "istio-system", true],
        ["no other for a dot", '"./a.example.com"', "team", false],
        ["the one it names", "team/a.example.com", "team", true],
        ["no other than the one it names", "team/a.example.com", "other", false],
    ] as const) {
        it(`lets in ${title}`, () =>
            assert.deepEqual(domains(web(host) + vs("v", "a.example.com", { namespace })), isBound ? ["a.example.com"] : []));
    }

    for (const [title, gateways, namespace, isBound] of [
        ["a bare name in its own namespace", "web", "istio-system", true],
        ["not a bare name in another", "web", "team", false],
        ["namespace and name", "istio-system/web", "team", true],
        ["a dot for its own namespace", "./web", "istio-system", true],
        ["the old DNS form", "web.istio-system.svc.cluster.local", "team", true],
        ["the short old form", "web.istio-system", "team", true],
        ["not the mesh", "mesh", "istio-system", false],
    ] as const) {
        it(`finds the Gateway by ${title}`, () =>
            assert.deepEqual(domains(web('"*"') + vs("v", "a.example.com", { gateways, namespace })), isBound ? ["a.example.com"] : []));
    }

    it("does not bind what is not exported to the gateway's namespace", () => {
        const yaml =
            web('"*"') +
            vs("a", "a.example.com", { namespace: "team", extra: ', exportTo: ["."]' }) +
            vs("b", "b.example.com", { namespace: "team", extra: ", exportTo: [istio-system]" });
        assert.deepEqual(domains(yaml), ["b.example.com"]);
    });

    it("names a Gateway that is not there, and the one that was meant", () => {
        const compilation = compileYaml(web('"*"') + vs("v", "a.example.com", { gateways: "web", namespace: "team" }));
        assert.match(
            messagesOf(compilation),
            /GH0431 VirtualService team\/v spec\.gateways\[0\]: There is no Gateway team\/web.*istio-system\/web/,
        );
    });

    it("names a host that no server has", () => {
        assert.ok(
            codesOf(compileYaml(web("a.example.com") + vs("v", "a.example.com, b.example.com"))).includes(
                "GH0432 VirtualService istio-system/v spec.hosts[1]",
            ),
        );
    });
});

describe("merging VirtualServices on one virtual host", () => {
    const merged = (yaml: string): string[] => routesOf(compileYaml(web('"*"') + yaml).tables, "http.80")["a.example.com"] ?? [];

    it("appends them by age, then name, then namespace, never by how specific they are", () => {
        assert.deepEqual(
            merged(
                vs("c", "a.example.com") +
                    vs("b", "a.example.com", { created: "2026-01-02T00:00:00Z" }) +
                    vs("z", "a.example.com", { created: "2026-01-01T00:00:00Z" }) +
                    vs("c", "a.example.com", { namespace: "alpha", http: answer(path("/c/alpha")) }),
            ),
            ["prefix /c/alpha → direct", "prefix /c → direct", "prefix /z → direct", "prefix /b → direct"],
        );
    });

    it("puts private ones before exported ones before public ones", () => {
        assert.deepEqual(
            merged(
                vs("a", "a.example.com") +
                    vs("b", "a.example.com", { namespace: "team", extra: ", exportTo: [istio-system]" }) +
                    vs("c", "a.example.com", { extra: ', exportTo: ["."]' }),
            ),
            ["prefix /c → direct", "prefix /b → direct", "prefix /a → direct"],
        );
    });

    it("moves what matches everything to the end, in order", () => {
        assert.deepEqual(
            merged(
                vs("a", "a.example.com", { http: `${answer(path("/a1"))}, ${answer("match: [{ uri: { prefix: / } }], ")}` }) +
                    vs("b", "a.example.com", {
                        http: `${answer("match: [{ uri: { prefix: / }, method: { exact: GET } }], ")}, ${answer('match: [{ uri: { regex: ".*" } }], ')}`,
                    }) +
                    vs("c", "a.example.com"),
            ),
            ["prefix /a1 → direct", "prefix / → direct", "prefix /c → direct", "prefix / → direct", "regex .* → direct"],
        );
    });

    it("stops at the first rule that matches everything, and names those that are lost", () => {
        const compilation = compileYaml(
            web('"*"') + vs("v", "a.example.com", { http: `${answer(path("/x"))}, ${answer()}, ${answer(path("/y"))}, ${answer()}` }),
        );
        assert.deepEqual(routesOf(compilation.tables, "http.80"), { "a.example.com": ["prefix /x → direct", "any → direct"] });
        assert.match(
            messagesOf(compilation),
            /Warning GH0433 VirtualService istio-system\/v spec\.http\[2\]: This rule and 1 after it are never reached/,
        );
    });

    it("names none behind a redirect to HTTPS, which are for those who come by that", () => {
        const redirect = (scheme: string): string =>
            messagesOf(
                compileYaml(
                    web('"*"') +
                        vs("v", "a.example.com", {
                            http: `{ match: [{ port: 80 }], redirect: { scheme: ${scheme}, port: 8443 } }, ${answer()}`,
                        }),
                ),
            );
        assert.doesNotMatch(redirect("https"), /GH0433/);
        assert.match(redirect("http"), /GH0433/);
    });

    it("has a VirtualService once where it meets a host on two servers", () => {
        const yaml =
            gateway(
                "web",
                '- { port: { number: 80, name: one, protocol: HTTP }, hosts: ["*"] }\n- { port: { number: 80, name: two, protocol: HTTP2 }, hosts: [a.example.com] }',
            ) + vs("v", "a.example.com");
        assert.deepEqual(routesOf(compileYaml(yaml).tables, "http.80"), { "a.example.com": ["prefix /v → direct"] });
    });

    it("lets any of several servers redirect a host they share", () => {
        const yaml =
            web("a.example.com") +
            gateway(
                "other",
                "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com], tls: { httpsRedirect: true } }",
            ) +
            vs("v", "a.example.com");
        assert.deepEqual(routesOf(compileYaml(yaml).tables, "http.80"), { "a.example.com": ["redirect to https", "prefix /v → direct"] });
    });
});
