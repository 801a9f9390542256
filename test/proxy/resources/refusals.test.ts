/** What the compiler can't serve it refuses: no request that a broken rule may be about is left to a later rule. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { refusedObject } from "../../../proxy/resources/refused-object";
import { compile } from "../../../proxy/compiler";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { explain, parseQuestion } from "../../../proxy/explain";
import type { Tables } from "../../../proxy/tables";
import { codesOf, gateway, INGRESS, objectsOf, service } from "../compiler/support";

const WEB = gateway("web", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const TO_APP = { route: [{ destination: { host: "app" } }] };

/** Not by validation: what comes here is what a gap in it would let through. */
function virtualService(name: string, spec: object, more: Partial<PlacedObject> = {}): PlacedObject {
    return {
        object: {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name, namespace: "istio-system" },
            spec,
        } as never,
        ...more,
    };
}

function compiled(...services: readonly PlacedObject[]): ReturnType<typeof compile> {
    return compile({ ...INGRESS, objects: [...objectsOf(WEB + service("app", 80, { namespace: "istio-system" })), ...services] });
}

function answer(tables: Tables, url: string, headers: readonly string[] = []): string {
    const { action, status, steps } = explain(parseQuestion(url, { headers }), tables, { endpointsElsewhere: true });
    return action === "forward" ? "forwarded" : `${status}${status === 500 ? ` ${/rule_not_served/.test(steps.at(-1)?.text ?? "")}` : ""}`;
}

const REFUSED = "500 true";

describe("a match that the compiler does not understand", () => {
    const path = { uri: { prefix: "/admin" } };
    const broken: readonly (readonly [string, object])[] = [
        ["a field that nobody knows", { uriTemplate: "/{x}" }],
        ["a uri by a kind that nobody knows", { uri: { suffix: "/admin" } }],
        ["a uri that is no mapping", { uri: "/admin" }],
        ["a uri by two kinds", { uri: { exact: "/admin/a", prefix: "/b" } }],
        ["a number where a text should be", { uri: { exact: 5 } }],
        ...(["scheme", "method", "authority"] as const).map(
            (field) => [`a ${field} by a kind that nobody knows`, { ...path, [field]: { suffix: "x" } }] as const,
        ),
        ["a header by a kind that nobody knows", { ...path, headers: { x: { suffix: "y" } } }],
        ["a header that is unwanted by a kind that nobody knows", { ...path, withoutHeaders: { x: { suffix: "y" } } }],
        ["a query parameter by a kind that nobody knows", { ...path, queryParams: { q: { contains: "y" } } }],
        [
            "the absence of what is no claim, though it begins so",
            { ...path, withoutHeaders: { "@request.auth.claims-group": { exact: "admin" } } },
        ],
        ["a regular expression that does not compile", { ...path, headers: { x: { regex: "(" } } }],
    ];
    for (const [title, match] of broken) {
        it(`is neither met nor left to the next rule: ${title}`, () => {
            for (const action of [{ directResponse: { status: 403 } }, TO_APP]) {
                const { tables } = compiled(
                    virtualService("v", { hosts: ["a.test"], gateways: ["web"], http: [{ match: [match], ...action }, TO_APP] }),
                );
                assert.equal(answer(tables, "http://a.test/admin/a"), REFUSED);
                // What is understood of it holds.
                assert.equal(
                    answer(tables, "http://a.test/other"),
                    match === broken[0]?.[1] ||
                        typeof (match as { uri?: unknown }).uri !== "object" ||
                        !("prefix" in (match as typeof path).uri) ||
                        "exact" in (match as typeof path).uri
                        ? REFUSED
                        : "forwarded",
                );
            }
        });
    }

    it("is named", () => {
        const found = codesOf(
            compiled(
                virtualService("v", {
                    hosts: ["a.test"],
                    gateways: ["web"],
                    http: [{ match: [path, { ...path, uriTemplate: "x" }], ...TO_APP }],
                }),
            ),
        );
        assert.deepEqual(found, ["GH0448 VirtualService istio-system/v spec.http[0].match[1]"]);
    });

    it("on a claim that a token would have to bring is not met without one", () => {
        const { tables } = compiled(
            virtualService("v", {
                hosts: ["a.test"],
                gateways: ["web"],
                http: [
                    { match: [{ headers: { "@request.auth.claims.group": { exact: "admin" } } }], directResponse: { status: 299 } },
                    TO_APP,
                ],
            }),
        );
        assert.equal(answer(tables, "http://a.test/"), "forwarded");
    });

    it("refuses everything behind the rules of others where nothing of it is understood", () => {
        const { tables } = compiled(
            virtualService("a", { hosts: ["a.test"], gateways: ["web"], http: [{ match: [{ uriTemplate: "x" }], ...TO_APP }] }),
            virtualService("b", { hosts: ["a.test"], gateways: ["web"], http: [{ match: [{ uri: { prefix: "/b" } }], ...TO_APP }] }),
        );
        assert.equal(answer(tables, "http://a.test/b"), "forwarded");
        assert.equal(answer(tables, "http://a.test/c"), REFUSED);
    });
});

describe("a rule that can't be compiled", () => {
    it("without an action is refused", () => {
        const { tables } = compiled(
            virtualService("v", { hosts: ["a.test"], gateways: ["web"], http: [{ match: [{ uri: { prefix: "/x" } }] }, TO_APP] }),
        );
        assert.deepEqual(
            ["/x", "/y"].map((path) => answer(tables, `http://a.test${path}`)),
            [REFUSED, "forwarded"],
        );
    });

    it("on which the compiler fails is refused with its hosts, and not left to a wildcard", () => {
        const { tables } = compiled(
            virtualService("v", { hosts: ["a.test"], gateways: ["web"], http: [{ match: 5 }] }),
            virtualService("w", { hosts: ["*.test"], gateways: ["web"], http: [TO_APP] }),
        );
        assert.deepEqual(
            ["a", "b"].map((host) => answer(tables, `http://${host}.test/`)),
            [REFUSED, "forwarded"],
        );
    });
});

describe("a VirtualService that has never been good", () => {
    const bad = (spec: unknown, name = "bad"): PlacedObject => {
        const refused = refusedObject({
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name, namespace: "istio-system" },
            spec,
        } as never);
        assert.ok(refused);
        return refused;
    };
    const wildcard = virtualService("w", { hosts: ["*.test"], gateways: ["web"], http: [TO_APP] });

    it("has its hosts refused, which are not left to a wildcard", () => {
        const { tables } = compiled(bad({ hosts: ["a.test", "x..y", 5], gateways: ["web"], http: [{ matches: 1 }] }), wildcard);
        assert.deepEqual(
            ["a", "b"].map((host) => answer(tables, `http://${host}.test/`)),
            [REFUSED, "forwarded"],
        );
    });

    it("has its hosts refused, whatever it is called", () => {
        for (const name of ["a b", "a\nb", 'a"b', "a/b", ""]) {
            const { tables } = compiled(bad({ hosts: ["a.test"], gateways: ["web"] }, name), wildcard);
            assert.equal(answer(tables, "http://a.test/"), REFUSED, JSON.stringify(name));
        }
    });

    it("takes no host from another that serves it", () => {
        const { tables } = compiled(
            bad({ hosts: ["a.test"], gateways: ["web"] }),
            virtualService("z", { hosts: ["a.test"], gateways: ["web"], http: [TO_APP] }),
        );
        assert.equal(answer(tables, "http://a.test/"), "forwarded");
    });

    it("can't be read at all, and refuses nobody", () => {
        for (const spec of [undefined, null, [], { hosts: {} }, { hosts: "" }])
            assert.equal(answer(compiled(bad(spec), wildcard).tables, "http://a.test/"), "forwarded");
    });

    it("refuses what was delegated to it", () => {
        const root = virtualService("v", {
            hosts: ["a.test"],
            gateways: ["web"],
            http: [{ match: [{ uri: { prefix: "/x" } }], delegate: { name: "part" } }, TO_APP],
        });
        const { tables } = compiled(root, bad({ http: [{ matches: 1 }] }, "part"));
        assert.deepEqual(
            ["/x", "/y"].map((path) => answer(tables, `http://a.test${path}`)),
            [REFUSED, "forwarded"],
        );
    });

    it("has its server names closed behind a passthrough", () => {
        const tls = gateway("pass", '- { port: { number: 443, name: tls, protocol: TLS }, tls: { mode: PASSTHROUGH }, hosts: ["*"] }');
        const any = virtualService("w", { hosts: ["*.test"], gateways: ["pass"], tls: [{ match: [{ sniHosts: ["*.test"] }], ...TO_APP }] });
        const { tables } = compile({
            ...INGRESS,
            objects: [
                ...objectsOf(tls + service("app", 443, { namespace: "istio-system", portName: "tls" })),
                any,
                bad({ hosts: ["a.test"], gateways: ["pass"] }),
            ],
        });
        const actions = ["a", "b"].map((host) => explain(parseQuestion(`https://${host}.test/`), tables).action);
        assert.deepEqual(actions, ["refuse", "passthrough"]);
    });
});

describe("a DestinationRule that has never been good", () => {
    const HOST = "app.istio-system.svc.cluster.local";
    const rule = (spec: object, name = "r"): PlacedObject => ({
        object: {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name, namespace: "istio-system" },
            spec,
        } as never,
    });
    const stand = (spec: object): PlacedObject[] => [refusedObject(rule(spec).object) ?? []].flat();
    const to = virtualService("v", { hosts: ["a.test"], gateways: ["web"], http: [TO_APP] });
    const clusters = (...objects: readonly PlacedObject[]): number => compiled(to, ...objects).tables.clusters.size;

    it("and asks for TLS has nothing sent to its host in the clear", () => {
        assert.equal(clusters(), 1);
        for (const spec of [
            { trafficPolicy: { tls: { mode: "NONSENSE" } } },
            { trafficPolicy: { portLevelSettings: [{ tls: {} }] } },
            { subsets: [{ trafficPolicy: { tls: 5 } }] },
        ])
            assert.equal(clusters(...stand({ host: HOST, ...spec })), 0);
        assert.equal(clusters(...stand({ host: "*.svc.cluster.local", trafficPolicy: { tls: {} } })), 0);
    });

    it("and asks for none is simply absent", () => {
        for (const spec of [{}, { trafficPolicy: { loadBalancer: 5 } }, { host: 5, trafficPolicy: { tls: {} } }])
            assert.deepEqual(stand({ host: HOST, ...spec }), []);
    });

    it("does not take the place of an older one that holds", () => {
        const holds = rule({ host: HOST, trafficPolicy: { loadBalancer: { simple: "RANDOM" } } }, "a");
        assert.equal(clusters(holds, ...stand({ host: HOST, trafficPolicy: { tls: {} } })), 1);
    });
});

describe("a TLS or TCP match that the compiler does not understand", () => {
    it("closes the connections that may meet it", () => {
        const servers = gateway(
            "raw",
            '- { port: { number: 443, name: tls, protocol: TLS }, tls: { mode: PASSTHROUGH }, hosts: ["*"] }\n- { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }',
        );
        const rules = virtualService("v", {
            hosts: ["*"],
            gateways: ["raw"],
            tls: [
                { match: [{ sniHosts: ["a.test"], clientSubnet: "x" }], ...TO_APP },
                { match: [{ sniHosts: ["*.test"] }], ...TO_APP },
            ],
            tcp: [{ match: [{ port: 9000, clientSubnet: "x" }], ...TO_APP }, TO_APP],
        });
        const compilation = compile({
            ...INGRESS,
            objects: [...objectsOf(servers + service("app", 443, { namespace: "istio-system", portName: "tls" })), rules],
        });
        const actions = ["https://a.test", "https://b.test", "tcp://a.test:9000"].map(
            (url) => explain(parseQuestion(url), compilation.tables).action,
        );
        assert.deepEqual(actions, ["refuse", "passthrough", "refuse"]);
        assert.equal(codesOf(compilation).filter((one) => one.startsWith("GH0448")).length, 2);
    });
});
