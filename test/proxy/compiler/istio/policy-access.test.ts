/** Policies that are for served Gateways: which listeners, route tables and hosts they are asked or refused for, and what is said. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import { compile, Compiler, type Compilation, type CompileInput } from "../../../../proxy/compiler";
import type { PlacedObject } from "../../../../proxy/resources/placed-object";
import type { Tables } from "../../../../proxy/tables";
import { compileYaml, entries, gateway, messagesOf, NOW, objectsOf, service } from "../support";

const WEB = gateway(
    "web",
    `
- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }
- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.example.com], tls: { mode: SIMPLE, credentialName: a } }
- { port: { number: 31400, name: tcp, protocol: TCP }, hosts: ["*"] }
- { port: { number: 8443, name: through, protocol: TLS }, hosts: [b.example.com], tls: { mode: PASSTHROUGH } }
- { port: { number: 9443, name: ended, protocol: TLS }, hosts: [c.example.com], tls: { mode: SIMPLE, credentialName: a } }
`.trim(),
);
const ROUTES = `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: istio-system }
spec:
  hosts: [a.example.com, b.example.com, c.example.com]
  gateways: [web]
  http: [{ route: [{ destination: { host: web.default.svc.cluster.local } }] }]
  tcp: [{ route: [{ destination: { host: web.default.svc.cluster.local } }] }]
  tls: [{ match: [{ sniHosts: [b.example.com] }], route: [{ destination: { host: web.default.svc.cluster.local } }] }]
`;
const BASE = WEB + ROUTES + service("web", 80);
const APIS: Readonly<Record<string, string>> = {
    AuthorizationPolicy: "security.istio.io/v1",
    RequestAuthentication: "security.istio.io/v1beta1",
    WasmPlugin: "extensions.istio.io/v1alpha1",
    TrafficExtension: "extensions.istio.io/v1alpha1",
    EnvoyFilter: "networking.istio.io/v1alpha3",
    ProxyConfig: "networking.istio.io/v1beta1",
};
const SPECS: Readonly<Record<string, string>> = {
    AuthorizationPolicy: "action: DENY, rules: [{}]",
    RequestAuthentication: 'jwtRules: [{ issuer: me, jwksUri: "https://me" }]',
    WasmPlugin: 'url: "oci://x", phase: AUTHN',
    TrafficExtension: "lua: { inlineCode: x }, phase: AUTHZ",
};
const policy = (kind: string, namespace: string, attached: string, spec = SPECS[kind] ?? ""): string =>
    `\n---\napiVersion: ${APIS[kind]}\nkind: ${kind}\nmetadata: { name: p, namespace: ${namespace} }\nspec: { ${[attached, spec].filter((part) => part !== "").join(", ")} }\n`;

const meshConfig = (mesh: string): string =>
    `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: "${mesh}" }\n`;

/** What is refused, or asks who may pass: chains, route tables and virtual hosts by key. */
function touched(tables: Tables): string[] {
    return (["chains", "routeTables", "virtualHosts"] as const)
        .flatMap((name) =>
            entries(tables, name)
                .filter(({ refusal, access }) => refusal ?? access)
                .map(({ key }) => key),
        )
        .sort();
}
const ALL = [
    "0.0.0.0:31400 tcp",
    "0.0.0.0:8443 istio-system/web through istio-system/web spec.tls[0].match[0]",
    "0.0.0.0:9443 istio-system/web ended",
    "http.80",
    "https.443.https.web.istio-system",
];
const OWN: Partial<CompileInput> = {
    labels: { istio: "ingressgateway", "gateway.networking.k8s.io/gateway-name": "front" },
    namespace: "edge",
};
const of = (text: string, options: Partial<CompileInput> = OWN): string[] => touched(compileYaml(BASE + text, options).tables);

describe("a policy", () => {
    for (const kind of Object.keys(SPECS)) {
        it(`is for all of a gateway that a ${kind} selects, and nothing of another`, () => {
            const attached: readonly (readonly [attached: string, namespaces: readonly string[]])[] = [
                ["", ["edge", "istio-system"]],
                ["selector: { matchLabels: { istio: ingressgateway } }", ["edge", "istio-system"]],
                ["selector: { matchLabels: { istio: other } }", []],
                ["targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: front }]", ["edge"]],
                ["targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: back }]", []],
                ["targetRefs: [{ group: networking.istio.io, kind: Gateway, name: web }]", ["istio-system"]],
                ["targetRefs: [{ kind: Service, name: web }]", []],
                ...(kind === "TrafficExtension"
                    ? []
                    : [["targetRef: { group: gateway.networking.k8s.io, kind: Gateway, name: front }", ["edge"]] as const]),
            ];
            for (const [how, closed] of attached) {
                for (const namespace of ["edge", "istio-system", "apps"]) {
                    assert.deepEqual(of(policy(kind, namespace, how)), closed.includes(namespace) ? ALL : [], `${how} in ${namespace}`);
                }
            }
        });
    }

    it("is to the ports and the side that a plugin's `match` says", () => {
        const https = ["https.443.https.web.istio-system"];
        for (const kind of ["WasmPlugin", "TrafficExtension"]) {
            for (const [match, closed] of [
                ["[]", ALL],
                ["[{ ports: [{ number: 443 }] }]", https],
                ["[{ mode: CLIENT, ports: [{ number: 443 }, { number: 5 }] }]", https],
                ["[{ mode: CLIENT_AND_SERVER }]", ALL],
                ["[{ mode: SERVER }]", []],
                ["[{ mode: SERVER }, { mode: CLIENT, ports: [{ number: 80 }] }]", ["http.80"]],
                ["[{ ports: [{ number: 5 }] }]", []],
                ["[{ ports: [{ number: 31400 }] }, { ports: [{ number: 80 }] }]", ["0.0.0.0:31400 tcp", "http.80"]],
                // Bad ones are for every port.
                ["[{ mode: OTHER, ports: [{ number: 5 }] }]", ALL],
                ['[{ ports: [{ number: "5" }] }]', ALL],
            ] as const)
                assert.deepEqual(of(policy(kind, "edge", `match: ${match}`)), closed, `${kind} ${match}`);
            assert.match(
                messagesOf(compileYaml(BASE + policy(kind, "edge", "match: [{ mode: SERVER }]"), OWN)),
                /^Info GH0464 .* restricts nothing there, because its `match` is for servers \(`mode: SERVER`\), and a gateway is a client/m,
            );
            assert.doesNotMatch(messagesOf(compileYaml(BASE + policy(kind, "edge", "match: [{ ports: [{ number: 5 }] }]"), OWN)), /GH046/);
        }
        const inFront =
            "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: edge, namespace: edge }\nspec: { selector: { istio: ingressgateway }, ports: [{ port: 443, targetPort: 8443 }] }\n";
        const plugin = policy("WasmPlugin", "edge", "match: [{ ports: [{ number: 8443 }] }]");
        assert.ok(of(inFront + plugin).includes(https[0] ?? ""), "by the port of the pod");
        assert.deepEqual(of(policy("AuthorizationPolicy", "edge", "") + plugin.replace("name: p", "name: q")), ALL);
    });

    it("is named with its Gateways, as an error, where it is not evaluated, and names itself in the entries", () => {
        const made = compileYaml(BASE + policy("WasmPlugin", "edge", ""), OWN);
        assert.match(
            messagesOf(made),
            /^Error GH0460 WasmPlugin edge\/p: WasmPlugin edge\/p is for Gateway istio-system\/web, and the bundled proxy does not evaluate it: HTTP requests there get 403, and TCP connections are closed \(all\.yaml:\d+\)\. /m,
        );
        const refusal = ({ tables }: Compilation): unknown => {
            const [table] = entries(tables, "routeTables");
            assert.equal(table?.access, undefined);
            return [table?.refusal?.detail, table?.refusal?.origin.kind, table?.refusal?.origin.name];
        };
        assert.deepEqual(refusal(made), ["rbac_access_denied_matched_policy[ns[edge]-wasmplugin[p]]", "WasmPlugin", "p"]);
    });

    it("closes whom it is for where its rules can't be read, whatever its action, and says which", () => {
        const bad = 'rules: [{ from: [{ source: { ipBlocks: ["10.0.0.0/8", "10.0.0.0/33"] } }] }]';
        for (const action of ["ALLOW", "DENY", "AUDIT"]) {
            const made = compileYaml(BASE + policy("AuthorizationPolicy", "edge", "", `action: ${action}, ${bad}`), OWN);
            assert.deepEqual(touched(made.tables), ALL);
            for (const name of ["routeTables", "chains"] as const)
                for (const { refusal, access } of entries(made.tables, name))
                    assert.deepEqual(
                        [refusal?.detail ?? "", access],
                        [refusal ? "rbac_access_denied_matched_policy[ns[edge]-policy[p]]" : "", undefined],
                    );
            assert.match(
                messagesOf(made),
                /^Error GH0460 AuthorizationPolicy edge\/p: .* can't be evaluated \(spec\.rules\[0\]\.from\[0\]\.source\.ipBlocks\[1\]: nothing can be compared with it\): HTTP requests there get 403/m,
            );
            assert.equal(made.tables.authorizations.size, 0);
        }
    });

    it("is said and refuses nobody where it restricts nothing", () => {
        for (const [spec, why] of [
            ["action: AUDIT, rules: [{}]", "AUDIT only marks requests"],
            ["rules: [{}]", "it allows every request"],
        ] as const) {
            const made = compileYaml(BASE + policy("AuthorizationPolicy", "edge", "", spec), OWN);
            assert.ok(entries(made.tables, "routeTables").every(({ refusal }) => refusal === undefined));
            assert.ok(
                messagesOf(made).includes(
                    `Info GH0464 AuthorizationPolicy edge/p: AuthorizationPolicy edge/p is for Gateway istio-system/web and restricts nothing there, because ${why}`,
                ),
                messagesOf(made),
            );
        }
    });

    it("is said and closes nothing where it extends the proxy", () => {
        const said = (kind: string, spec: string): string => {
            const made = compileYaml(BASE + policy(kind, "edge", "", spec), OWN);
            assert.deepEqual(touched(made.tables), []);
            return messagesOf(made);
        };
        assert.match(
            said(
                "EnvoyFilter",
                "configPatches: [{ applyTo: HTTP_FILTER, patch: { operation: INSERT_FIRST, value: { name: envoy.filters.http.fault } } }]",
            ),
            /Error GH0462 EnvoyFilter edge\/p.*Write a VirtualService's `fault`\./,
        );
        assert.match(said("WasmPlugin", 'url: "oci://x"'), /Error GH0462 WasmPlugin/);
        assert.match(said("TrafficExtension", "lua: { inlineCode: x }, phase: STATS"), /Error GH0462 TrafficExtension/);
        assert.match(said("ProxyConfig", "concurrency: 2"), /Warning GH0463 ProxyConfig edge\/p/);
    });

    it("is ignored where that is asked for, and each one that is ignored is named", () => {
        const made = compileYaml(BASE + policy("AuthorizationPolicy", "edge", ""), { ...OWN, ignoreSecurityPolicies: true });
        assert.deepEqual(touched(made.tables), []);
        assert.match(
            messagesOf(made),
            /Warning GH0461 AuthorizationPolicy edge\/p: .* is for Gateway istio-system\/web; nothing of it is enforced, because --ignore-security-policies is given/,
        );
    });

    it("counts from another root namespace where that is the mesh's", () => {
        assert.deepEqual(of(policy("AuthorizationPolicy", "mesh", ""), { ...OWN, rootNamespace: "mesh" }), ALL);
        assert.deepEqual(of(policy("AuthorizationPolicy", "istio-system", ""), { ...OWN, rootNamespace: "mesh" }), []);
    });

    it("counts from the root namespace that the mesh's ConfigMap among the objects says, before and after it changes", () => {
        const compiler = new Compiler();
        const touchedWith = (mesh: string, where: string): string[] =>
            touched(
                compiler.compile({
                    objects: objectsOf(`${BASE}${meshConfig(mesh)}${policy("AuthorizationPolicy", where, "")}`),
                    now: NOW,
                    namespace: "edge",
                    ...OWN,
                }).tables,
            );
        assert.deepEqual(touchedWith("rootNamespace: mesh-config", "mesh-config"), ALL);
        assert.deepEqual(touchedWith("rootNamespace: mesh-config", "istio-system"), []);
        assert.deepEqual(touchedWith("{}", "istio-system"), ALL);
    });
});

describe("policies that come, change and go", () => {
    it("make of what was compiled before what a compilation of its own makes", () => {
        const more = gateway("more", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [z.example.com] }", {
            selector: "{ istio: egress }",
        });
        const parts: readonly (readonly PlacedObject[])[] = [
            policy("AuthorizationPolicy", "edge", ""),
            policy("RequestAuthentication", "istio-system", "selector: { matchLabels: { istio: egress } }"),
            policy("WasmPlugin", "apps", "", "url: x"),
            policy("AuthorizationPolicy", "anywhere", "selector: { matchLabels: { istio: ingressgateway } }"),
            more,
            service("gateway", 80, { namespace: "anywhere" }).replace("app: gateway", "istio: ingressgateway, tier: a"),
            policy("TrafficExtension", "anywhere", "selector: { matchLabels: { tier: a } }"),
        ].map((text) => objectsOf(text));
        const base = objectsOf(BASE);
        const settings: readonly Partial<CompileInput>[] = [
            OWN,
            { labels: {}, namespace: "default", isNamespaceGuessed: true },
            { labels: {}, namespace: "anywhere" },
        ];
        fc.assert(
            fc.property(
                fc.constantFrom(...settings),
                fc.array(fc.integer({ min: 0, max: parts.length - 1 }), { minLength: 1, maxLength: 8 }),
                (options, toggles) => {
                    const compiler = new Compiler();
                    const there = new Set<number>();
                    for (const at of toggles) {
                        if (!there.delete(at)) there.add(at);
                        const input = {
                            objects: [...base, ...[...there].flatMap((one) => parts[one] ?? [])],
                            namespace: "",
                            now: NOW,
                            ...options,
                        };
                        const made = compiler.compile(input);
                        const fresh = compile(input);
                        assert.deepEqual(made.tables, fresh.tables);
                        assert.deepEqual(made.findings, fresh.findings);
                    }
                },
            ),
            { numRuns: 60 },
        );
    });
});

describe("a policy, where a proxy serves every Gateway", () => {
    const OTHER =
        gateway("other", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [z.example.com, a.example.com] }", {
            selector: "{ istio: egress }",
        }) +
        ROUTES.replace("name: web", "name: other")
            .replace("gateways: [web]", "gateways: [other]")
            .replace("[a.example.com, b.example.com, c.example.com]", "[z.example.com]")
            .replace(/ {2}tcp.*\n {2}tls.*\n/, "");
    const everything = { labels: {}, namespace: "default", isNamespaceGuessed: true } as const;

    it("closes the Gateways whose selector fits it, and of a port that others share their hosts alone", () => {
        const text = OTHER + policy("AuthorizationPolicy", "anywhere", "selector: { matchLabels: { istio: ingressgateway } }");
        assert.deepEqual(of(text, everything), [...ALL.filter((key) => key !== "http.80"), "http.80 a.example.com"].sort());
        assert.deepEqual(
            of(OTHER + policy("AuthorizationPolicy", "anywhere", "selector: { matchLabels: { istio: egress } }"), everything),
            ["http.80 z.example.com"],
        );
        assert.deepEqual(of(OTHER + policy("AuthorizationPolicy", "istio-system", ""), everything), ALL);
        assert.deepEqual(of(OTHER + policy("AuthorizationPolicy", "apps", "selector: { matchLabels: { app: web } }"), everything), []);
    });

    it("keeps to the namespace that is given", () => {
        const known = { labels: {}, namespace: "edge" } as const;
        assert.deepEqual(of(policy("AuthorizationPolicy", "apps", "selector: { matchLabels: { istio: ingressgateway } }"), known), []);
        assert.deepEqual(of(policy("AuthorizationPolicy", "edge", "selector: { matchLabels: { istio: ingressgateway } }"), known), ALL);
    });
});
