/** AuthorizationPolicies as tables have them: which are asked where, in which order, and what travels when one changes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { KubeObject } from "../../../../istio";
import { compile, Compiler, type Compilation, type CompileInput } from "../../../../proxy/compiler";
import type { PlacedObject } from "../../../../proxy/resources/placed-object";
import { deltaSize, diffTables, type AccessEntry, type Tables } from "../../../../proxy/tables";
import { fleet } from "../fleet";
import { compileYaml, entries, gateway, messagesOf, NOW, objectsOf, service, virtualService } from "../support";

const SERVERS = `
- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.test] }
- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.test], tls: { mode: SIMPLE, credentialName: a } }
- { port: { number: 31400, name: tcp, protocol: TCP }, hosts: ["*"] }
- { port: { number: 8443, name: through, protocol: TLS }, hosts: [b.test], tls: { mode: PASSTHROUGH } }
- { port: { number: 9443, name: ended, protocol: TLS }, hosts: [c.test], tls: { mode: SIMPLE, credentialName: a } }`.trim();
const to = "route: [{ destination: { host: web.default.svc.cluster.local } }]";
const BASE =
    gateway("web", SERVERS) +
    virtualService(
        "web",
        `{ hosts: [a.test, b.test, c.test], gateways: [web], http: [{ ${to} }], tcp: [{ ${to} }], tls: [{ match: [{ sniHosts: [b.test] }], ${to} }] }`,
    ) +
    service("web", 80);
const OWN: Partial<CompileInput> = { labels: { istio: "ingressgateway" }, namespace: "edge" };

const policy = (name: string, spec: string, namespace = "edge", annotations = "{}"): string =>
    `\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: ${name}, namespace: ${namespace}, annotations: ${annotations} }\nspec: { ${spec} }\n`;
const DENY = "action: DENY, rules: [{}]";
const ALLOW = "rules: [{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }]";
const DRY = '{ istio.io/dry-run: "true" }';
const forGateway = (name: string): string => `targetRefs: [{ group: networking.istio.io, kind: Gateway, name: ${name} }], `;

const lists = ({ key: _key, ...rest }: AccessEntry): object => rest;
const NOTHING = { authentications: [], custom: [], audit: [], deny: [], allow: [] };
/** The only entry there is. */
function only(tables: Tables): AccessEntry {
    const [entry, ...others] = entries(tables, "access");
    assert.ok(entry);
    assert.deepEqual(others, []);
    return entry;
}
/** By which key of access each chain, table and host is asked. */
function asked(tables: Tables): Record<string, string> {
    return Object.fromEntries(
        (["chains", "routeTables", "virtualHosts"] as const).flatMap((name) =>
            entries(tables, name).flatMap(({ key, access }) => (access === undefined ? [] : [[key, access]])),
        ),
    );
}

describe("policies that are asked", () => {
    it("are named by every chain and route table through one entry, and stand there once", () => {
        const { tables } = compileYaml(BASE + policy("a", DENY) + policy("elsewhere", DENY, "apps"), OWN);
        const entry = only(tables);
        assert.deepEqual(lists(entry), { ...NOTHING, deny: ["edge/a"] });
        assert.deepEqual(asked(tables), {
            "0.0.0.0:31400 tcp": entry.key,
            "0.0.0.0:8443 istio-system/web through istio-system/web spec.tls[0].match[0]": entry.key,
            "0.0.0.0:9443 istio-system/web ended": entry.key,
            "http.80": entry.key,
            "https.443.https.web.istio-system": entry.key,
        });
        assert.deepEqual([...tables.authorizations.keys()], ["edge/a"]);
        const [made] = entries(tables, "authorizations");
        assert.deepEqual(
            [made?.namespace, made?.name, made?.action, made?.dryRun, made?.rules.length, made?.connectionRules.length],
            ["edge", "a", "DENY", false, 1, 1],
        );
        assert.deepEqual(
            [made?.origin.kind, made?.origin.name, made?.origin.field, made?.origin.file],
            ["AuthorizationPolicy", "a", "spec", "all.yaml"],
        );
        assert.deepEqual(
            [...tables.routeTables.values(), ...tables.chains.values()].map(({ refusal }) => refusal),
            Array.from({ length: 7 }, () => undefined),
        );
    });

    it("add up from the root namespace and the pods' own, by action, in the order of Envoy's names for them", () => {
        const { tables } = compileYaml(
            BASE +
                policy("z", DENY, "istio-system") +
                policy("b", DENY) +
                policy("b-c", DENY) +
                policy("allow", ALLOW, "istio-system") +
                policy("allow", ALLOW) +
                policy("any", "rules: [{}]") +
                policy("told", "action: AUDIT, rules: [{}]") +
                policy("never", "action: DENY"),
            OWN,
        );
        assert.deepEqual(lists(only(tables)), {
            ...NOTHING,
            audit: ["edge/told"],
            deny: ["edge/b-c", "edge/b", "edge/never", "istio-system/z"],
            allow: [["edge/allow", "edge/any", "istio-system/allow"]],
        });
        assert.deepEqual(
            entries(tables, "authorizations").map(({ key }) => key),
            ["edge/allow", "edge/any", "edge/b", "edge/b-c", "edge/never", "edge/told", "istio-system/allow", "istio-system/z"],
        );
    });

    it("have lists of their own as dry runs, where they could let somebody in", () => {
        const of = (...texts: string[]): object => lists(only(compileYaml(BASE + texts.join(""), OWN).tables));
        assert.deepEqual(of(policy("dry", ALLOW, "edge", DRY)), { ...NOTHING, allow: [["edge/dry"]] });
        assert.deepEqual(of(policy("dry", ALLOW, "edge", DRY), policy("real", ALLOW), policy("not", DENY, "edge", DRY)), {
            ...NOTHING,
            deny: ["edge/not"],
            allow: [["edge/real"], ["edge/dry"]],
        });
        const { tables } = compileYaml(BASE + policy("dry", ALLOW, "edge", DRY), OWN);
        assert.equal(tables.authorizations.get("edge/dry")?.dryRun, true);
    });

    it("are none where that is asked for, and where there are none", () => {
        for (const options of [
            { ...OWN, ignoreSecurityPolicies: true },
            { ...OWN, namespace: "far" },
        ]) {
            const { tables } = compileYaml(BASE + policy("a", DENY), options);
            assert.deepEqual([tables.access.size, tables.authorizations.size, asked(tables)], [0, 0, {}]);
        }
    });

    it("are not asked where another one lets nobody in, by what it says of ports", () => {
        const plugin = (match: string): string =>
            `\n---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: { name: w, namespace: edge }\nspec: { url: "oci://x", phase: AUTHN, match: [{ ports: [{ number: ${match} }] }] }\n`;
        const { tables } = compileYaml(BASE + policy("a", DENY) + plugin("443"), OWN);
        const table = tables.routeTables.get("https.443.https.web.istio-system");
        assert.deepEqual([table?.access, table?.refusal?.origin.name], [undefined, "w"]);
        assert.deepEqual(
            [tables.routeTables.get("http.80")?.access, tables.routeTables.get("http.80")?.refusal],
            [only(tables).key, undefined],
        );
    });

    it("say which conditions nothing here can meet", () => {
        const text = policy("a", 'action: DENY, rules: [{ when: [{ key: "experimental.envoy.filters.a.b[c]", values: [x] }] }]');
        assert.match(
            messagesOf(compileYaml(BASE + text, OWN)),
            /^Warning GH0466 AuthorizationPolicy edge\/a spec\.rules\[0\]\.when\[0\]: .* so that DENY is for more/m,
        );
        assert.match(messagesOf(compileYaml(BASE + text.replace("DENY", "ALLOW"), OWN)), /GH0466 .* the rule allows nobody/);
        assert.doesNotMatch(messagesOf(compileYaml(BASE + text, { ...OWN, namespace: "far" })), /GH0466/);
        assert.doesNotMatch(
            messagesOf(compileYaml(BASE + policy("a", DENY) + policy("b", ALLOW), OWN)),
            /GH046/,
            "nothing else is said of one that is evaluated",
        );
    });
});

describe("Gateways that share a port", () => {
    const http = (hosts: string): string => `- { port: { number: 80, name: http, protocol: HTTP }, hosts: [${hosts}] }`;
    const rule = (name: string, hosts: string): string =>
        virtualService(name, `{ hosts: [${hosts}], gateways: [${name}], http: [{ ${to} }] }`);
    const TWO =
        gateway("one", http("a.test, both.test")) +
        gateway("two", http("b.test, both.test")) +
        rule("one", "a.test, both.test") +
        rule("two", "b.test, both.test") +
        service("web", 80);
    const HERE: Partial<CompileInput> = { labels: { istio: "ingressgateway" }, namespace: "istio-system" };
    const hostsOf = ({ tables }: Compilation): Record<string, object | undefined> => {
        assert.equal(tables.routeTables.get("http.80")?.access, undefined);
        return Object.fromEntries(
            entries(tables, "virtualHosts").map(({ domain, access }) => [
                domain,
                access === undefined ? undefined : lists(tables.access.get(access)!),
            ]),
        );
    };

    it("say it in their table where they have the same, and by host where they differ", () => {
        const same = compileYaml(TWO + policy("all", DENY, "istio-system"), HERE).tables;
        assert.deepEqual(asked(same), { "http.80": only(same).key });
        const one = { ...NOTHING, deny: ["istio-system/p"] };
        assert.deepEqual(hostsOf(compileYaml(TWO + policy("p", forGateway("one") + DENY, "istio-system"), HERE)), {
            "a.test": one,
            "b.test": undefined,
            "both.test": one,
        });
    });

    it("deny on a host that they share what either denies, and let in what both let in", () => {
        const texts = ["one", "two"].flatMap((name) => [
            policy(`deny-${name}`, forGateway(name) + DENY, "istio-system"),
            policy(`allow-${name}`, forGateway(name) + ALLOW, "istio-system"),
        ]);
        const of = (...names: string[]): object => ({
            ...NOTHING,
            deny: names.map((name) => `istio-system/deny-${name}`),
            allow: names.map((name) => [`istio-system/allow-${name}`]),
        });
        assert.deepEqual(hostsOf(compileYaml(TWO + texts.join(""), HERE)), {
            "a.test": of("one"),
            "b.test": of("two"),
            "both.test": of("one", "two"),
        });
    });

    it("refuse on a host that they share where one of them is refused", () => {
        const plugin = (name: string): string =>
            `\n---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: { name: w, namespace: istio-system }\nspec: { ${forGateway(name)}url: "oci://x", phase: AUTHN }\n`;
        for (const [refused, asks] of [
            ["one", "two"],
            ["two", "one"],
        ] as const) {
            const { tables } = compileYaml(TWO + plugin(refused) + policy("p", forGateway(asks) + DENY, "istio-system"), HERE);
            assert.deepEqual(
                entries(tables, "virtualHosts").map(({ domain, refusal, access }) => [domain, refusal !== undefined, access !== undefined]),
                [
                    ["a.test", refused === "one", asks === "one"],
                    ["b.test", refused === "two", asks === "two"],
                    ["both.test", true, true],
                ],
            );
        }
    });
});

describe("pods that may be behind a Gateway", () => {
    const pod = (name: string, namespace: string, labels: string): string =>
        `\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: ${namespace}, labels: { istio: ingressgateway${labels} } }\nspec: {}\n`;
    const allow = (
        text: string,
        options: Partial<CompileInput> = { labels: {}, namespace: "default", isNamespaceGuessed: true },
    ): unknown => entries(compileYaml(BASE + text, options).tables, "access").map(({ allow: made }) => made);

    it("each have their own ALLOW policies, and must all let in", () => {
        const pods = pod("a", "one", "") + pod("b", "two", ", zone: b") + pod("c", "three", "");
        assert.deepEqual(allow(pods + policy("p", ALLOW, "one") + policy("q", ALLOW, "two") + policy("r", ALLOW, "istio-system")), [
            [["istio-system/r", "one/p"], ["istio-system/r", "two/q"], ["istio-system/r"]],
        ]);
        assert.deepEqual(allow(pods + policy("p", ALLOW, "one")), [[["one/p"]]], "a pod without one lets everybody in");
        assert.deepEqual(allow(pods + policy("z", `selector: { matchLabels: { zone: b } }, ${ALLOW}`, "two")), [[["two/z"]]]);
    });

    it("have what is for their labels where nobody knows where they are", () => {
        const labelled = `selector: { matchLabels: { istio: ingressgateway } }, ${ALLOW}`;
        assert.deepEqual(allow(policy("p", labelled, "far") + policy("q", labelled, "far") + policy("r", labelled, "farther")), [
            [["far/p", "far/q"], ["farther/r"]],
        ]);
        assert.deepEqual(allow(policy("p", labelled, "far"), { labels: {}, namespace: "edge" }), []);
    });
});

describe("a policy that changes", () => {
    const many = (count: number, changed = -1): KubeObject[] =>
        Array.from({ length: count }, (_, index) => ({
            apiVersion: "security.istio.io/v1",
            kind: "AuthorizationPolicy",
            metadata: { name: `p-${index}`, namespace: "istio-ingress" },
            spec: {
                action: "DENY",
                rules: [
                    { to: [{ operation: { hosts: [`host-${index}.example.com`], paths: [index === changed ? "/changed" : "/admin*"] } }] },
                ],
            },
        })) as unknown as KubeObject[];
    const FLEET = fleet(200, { shared: true });
    const HOME = { namespace: "istio-ingress", now: NOW, labels: { istio: "ingress", app: "gateway" } } as const;
    const labels = (
        FLEET.map(({ object }) => object).find(({ kind }) => kind === "Gateway") as unknown as {
            spec: { selector: Record<string, string> };
        }
    ).spec.selector;

    it("of a thousand travels alone, and what it is for stays the same object", () => {
        const compiler = new Compiler();
        const before = many(1_000).map((object): PlacedObject => ({ object }));
        const [changed] = many(1_000, 500)
            .slice(500)
            .map((object): PlacedObject => ({ object }));
        const input = (policies: readonly PlacedObject[]): CompileInput => ({ ...HOME, labels, objects: [...FLEET, ...policies] });
        const first = compiler.compile(input(before)).tables;
        assert.equal(entries(first, "access").length, 1);
        assert.equal(only(first).deny.length, 1_000);
        assert.ok(
            entries(first, "virtualHosts").every(({ access }) => access === undefined),
            "hosts have nothing to say",
        );
        const second = compiler.compile(input(before.with(500, changed!))).tables;
        const delta = diffTables(first, second, 2);
        assert.equal(deltaSize(delta), 1);
        assert.deepEqual(
            delta.set.authorizations?.map(({ key }) => key),
            ["istio-ingress/p-500"],
        );
        for (const name of ["access", "chains", "routeTables", "virtualHosts"] as const) assert.equal(second[name], first[name]);
        const third = compiler.compile(input(before.toSpliced(500, 1))).tables;
        const gone = diffTables(second, third, 3);
        assert.deepEqual(gone.remove, { authorizations: ["istio-ingress/p-500"], access: [only(second).key] });
        assert.deepEqual(Object.keys(gone.set).sort(), ["access", "routeTables"]);
        assert.deepEqual(third, compile(input(before.toSpliced(500, 1))).tables);
    });

    it("costs a Gateway nothing that another has paid: many that have the same policies name one entry", () => {
        const gateways = fleet(300);
        const policies = many(300).map((object): PlacedObject => ({ object }));
        const compiler = new Compiler();
        const input = (list: readonly PlacedObject[]): CompileInput => ({ ...HOME, labels, objects: [...gateways, ...list] });
        const first = compiler.compile(input(policies)).tables;
        assert.deepEqual([only(first).deny.length, Object.keys(asked(first))], [300, ["http.80"]]);
        const spec = { ...many(1)[0]!, metadata: { name: "mine", namespace: "istio-ingress" } };
        const mine = {
            ...spec,
            spec: { action: "DENY", rules: [{}], targetRefs: [{ group: "networking.istio.io", kind: "Gateway", name: "gateway-7" }] },
        };
        const second = compiler.compile(input([...policies, { object: mine }])).tables;
        const denied = entries(second, "virtualHosts").map(({ domain, access }) => [domain, second.access.get(access ?? "")?.deny.length]);
        assert.deepEqual(
            [second.access.size, denied.filter(([, count]) => count === 301), denied.filter(([, count]) => count === 300).length],
            [2, [["host-7.example.com", 301]], 299],
        );
    });

    it("comes out the same whatever was compiled before, and in whatever order objects come", () => {
        const texts = [
            policy("a", DENY),
            policy("a", ALLOW),
            policy("b", ALLOW, "istio-system"),
            policy("c", forGateway("web") + DENY, "istio-system"),
            policy("d", ALLOW, "edge", DRY),
            policy("e", 'action: CUSTOM, provider: { name: x }, rules: [{ to: [{ operation: { ports: ["1"] } }] }]'),
            policy("f", 'action: DENY, rules: [{ from: [{ source: { principals: ["cluster.local/ns/a/sa/b"] } }] }]'),
        ].map((text) => objectsOf(text));
        const base = objectsOf(
            BASE +
                gateway("more", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.test, d.test] }") +
                virtualService("more", `{ hosts: [d.test], gateways: [more], http: [{ ${to} }] }`),
        );
        const mesh = objectsOf(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: 'trustDomain: td' }\n",
        );
        fc.assert(
            fc.property(
                fc.array(fc.tuple(fc.subarray([2, 3, 4, 5, 6]), fc.constantFrom(-1, 0, 1), fc.boolean(), fc.boolean()), {
                    minLength: 1,
                    maxLength: 5,
                }),
                (steps) => {
                    const compiler = new Compiler();
                    for (const [there, a, isMesh, isReversed] of steps) {
                        const objects = [
                            ...base,
                            ...[...there, ...(a < 0 ? [] : [a])].flatMap((at) => texts[at] ?? []),
                            ...(isMesh ? mesh : []),
                        ];
                        const input = { namespace: "edge", now: NOW, ...OWN };
                        const made = compiler.compile({ ...input, objects: isReversed ? objects.toReversed() : objects });
                        assert.deepEqual(made, compile({ ...input, objects }));
                        assert.deepEqual(
                            new Set(entries(made.tables, "access").map(({ key }) => key)),
                            new Set(Object.values(asked(made.tables))),
                        );
                        const named = entries(made.tables, "access").flatMap(({ custom, audit, deny, allow }) => [
                            ...custom,
                            ...audit,
                            ...deny,
                            ...allow.flat(),
                        ]);
                        assert.deepEqual([...made.tables.authorizations.keys()].sort(), [...new Set(named)].sort());
                    }
                },
            ),
            { numRuns: 60 },
        );
    });
});
