/** Ways to write a policy by which it could be lost: none of them lets in what it keeps out. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import { compile } from "../../../proxy/compiler";
import { ResourceStore } from "../../../proxy/resources";
import type { RouteTableEntry } from "../../../proxy/tables";

const BASE = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: g, namespace: istio-system }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: istio-system }
spec: { hosts: [a.test], gateways: [g], http: [{ directResponse: { status: 200 } }] }
`;
const DENY = "{ action: DENY, rules: [{}] }";
const policy = (
    spec = DENY,
    { apiVersion = "security.istio.io/v1", kind = "AuthorizationPolicy", name = "p", namespace = "istio-system" } = {},
): string => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const indented = (text: string): string =>
    text
        .trimEnd()
        .split("\n")
        .map((line, at) => `${at === 0 ? "- " : "  "}${line}`)
        .join("\n");

/** What a gateway of these files has, and what is said; a text is one file. */
function served(...files: readonly string[]): { readonly tables: ReturnType<typeof compile>["tables"]; readonly said: string } {
    const store = new ResourceStore();
    [BASE, ...files].forEach((text, at) => store.setFile(`${at}.yaml`, parseDocuments(text, `${at}.yaml`)));
    const { objects, findings } = store.read();
    const { tables, findings: compiled } = compile({
        objects,
        namespace: "istio-system",
        labels: { istio: "ingressgateway" },
        now: Date.now(),
    });
    return { tables, said: [...findings, ...compiled].map(findingText).join("\n") };
}

/** Whether it lets nobody in, and what is said. A policy that is in force as it stands says nothing, and denies everybody. */
function played(...files: readonly string[]): { readonly isClosed: boolean; readonly said: string } {
    const { tables, said } = served(...files);
    const denies = ({ refusal, access }: RouteTableEntry): boolean =>
        refusal !== undefined || (tables.access.get(access ?? "")?.deny.length ?? 0) > 0;
    return { isClosed: [...tables.routeTables.values()].some(denies), said };
}

/** Of these the policy is read as it stands. */
const IN_FORCE: readonly string[] = ["a List", "a List in a List", "a typed list"];

/** Each keeps everybody out, and an Error names it. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
    "another version": [policy(DENY, { apiVersion: "security.istio.io/v2" })],
    "another group of Istio's": [policy(DENY, { apiVersion: "networking.istio.io/v1" })],
    "a kind in other letters": [policy(DENY, { kind: "authorizationpolicy" })],
    "no group": [policy().replace(/^.*\n/, "")],
    "no name": [policy().replace("name: p, ", "")],
    "a generated name": [policy().replace("name: p,", "generateName: p-,")],
    "a List": [`apiVersion: v1\nkind: List\nitems:\n${indented(policy())}\n`],
    "a List in a List": [`apiVersion: v1\nkind: List\nitems:\n${indented(`apiVersion: v1\nkind: List\nitems:\n${indented(policy())}`)}\n`],
    "a typed list": [
        `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicyList\nitems:\n- metadata: { name: p, namespace: istio-system }\n  spec: ${DENY}\n`,
    ],
    "a sequence at the top": [`${indented(policy())}\n`],
    "a selector by expressions": [
        policy("{ selector: { matchExpressions: [{ key: istio, operator: In, values: [ingressgateway] }] }, action: DENY, rules: [{}] }"),
    ],
    "a selector with a wildcard": [policy("{ selector: { matchLabels: { istio: 'ingress*' } }, action: DENY, rules: [{}] }")],
    "an action in other letters": [policy("{ action: deny, rules: [{}] }")],
    "a document that is too large": [`${policy()}#${"x".repeat(8 * 1024 * 1024)}\n`],
    "a copy that allows everything before it, in a document": [`${policy("{ rules: [{}] }")}---\n${policy()}`],
    "a copy that allows everything before it, in a file": [policy("{ rules: [{}] }"), policy()],
    "a copy that is for others before it": [policy("{ selector: { matchLabels: { app: other } }, action: DENY, rules: [{}] }"), policy()],
    "a copy for others behind it": [policy(), policy("{ selector: { matchLabels: { app: other } }, action: DENY, rules: [{}] }")],
    "a bad copy behind one that allows everything": [policy("{ rules: [{}] }"), policy("{ action: DENY, rulez: [{}] }")],
    ...Object.fromEntries(
        Object.entries({
            "as it is": "kind: AuthorizationPolicy",
            "on a line of its own": "kind:\n  AuthorizationPolicy",
            "in a block": "kind: >-\n  AuthorizationPolicy",
            "of a list": "kind: AuthorizationPolicyList",
            "with an anchor": "kind: &k AuthorizationPolicy",
            "with a tag": "kind: !!str AuthorizationPolicy",
            "by an alias": "x: &k AuthorizationPolicy\nkind: *k",
            "with escapes": '"kind": "Authorization\\u0050olicy"',
        }).map(([how, kind]) => [
            `a document that is no YAML, its kind ${how}`,
            [`apiVersion: security.istio.io/v1\n${kind}\nmetadata: { name: p, namespace: istio-system\nspec: ${DENY}\n`],
        ]),
    ),
};

/** None of these is for the gateway. */
const OPEN: Readonly<Record<string, readonly string[]>> = {
    "one of another product": [policy(DENY, { apiVersion: "policy.linkerd.io/v1alpha1" })],
    "two copies that say the same of others": Array.from({ length: 2 }, () =>
        policy("{ selector: { matchLabels: { app: other } }, action: DENY, rules: [{}] }"),
    ),
    "two copies that both allow everything": [policy("{ rules: [{}] }"), policy("{ rules: [{}, {}] }")],
    "one of a waypoint": [policy("{ targetRefs: [{ kind: Service, name: edge }], action: DENY, rules: [{}] }")],
    "a document that is no YAML and of another kind": [
        "apiVersion: networking.istio.io/v1\nkind: VirtualService # instead of an AuthorizationPolicy\nmetadata: { name: p\n",
    ],
};

describe("other objects that restrict, and could be lost", () => {
    const HOST = "web.istio-system.svc.cluster.local";
    const SERVICE =
        "apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: istio-system }\nspec: { ports: [{ name: http, port: 80 }] }\n";
    const route = (hosts: string, action: string, name: string, more: Parameters<typeof policy>[1] = {}): string =>
        policy(`{ hosts: [${hosts}], gateways: [g], http: [${action}] }`, {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            name,
            ...more,
        });
    const rule = (more: string, how: Parameters<typeof policy>[1] = {}): string =>
        policy(`{ host: ${HOST}${more} }`, { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", ...how });
    const TLS = ", trafficPolicy: { tls: { mode: SIMPLE } }";

    for (const [how, more] of Object.entries({
        "of another version": { apiVersion: "networking.istio.io/v9" },
        "of another group of Istio's": { apiVersion: "security.istio.io/v1" },
        "in other letters": { kind: "virtualservice" },
    })) {
        it(`do not leave the hosts of a VirtualService ${how} to a wildcard`, () => {
            const {
                tables: { virtualHosts },
            } = served(
                SERVICE,
                route('"*.b.test"', "{ directResponse: { status: 200 } }", "wide"),
                route("a.b.test", "{ directResponse: { status: 403 } }", "narrow", more),
            );
            assert.deepEqual(
                [...virtualHosts.values()]
                    .map(({ domain, routes }) => [domain, routes[0]?.action.kind])
                    .filter(([domain]) => domain !== "a.test")
                    .sort(),
                [
                    ["*.b.test", "direct"],
                    ["a.b.test", "refuse"],
                ],
            );
        });
    }

    it("send nothing in the clear that one of a DestinationRule's copies encrypts", () => {
        const clusters = (...files: readonly string[]): string[] => {
            const to = route("c.test", `{ route: [{ destination: { host: ${HOST} } }] }`, "c");
            return [...served(SERVICE, to, ...files).tables.clusters.values()].map(({ tls }) => (tls === undefined ? "plain" : "tls"));
        };
        assert.deepEqual([clusters(), clusters(rule(TLS)), clusters(rule(""))], [["plain"], ["tls"], ["plain"]]);
        assert.deepEqual(
            [clusters(rule(""), rule(TLS)), clusters(rule(TLS), rule("")), clusters(rule(TLS), rule(`${TLS}, exportTo: ["*"]`))],
            [[], ["tls"], ["tls"]],
        );
        assert.deepEqual(
            [clusters(rule(""), rule("")), clusters(rule(""), rule(", trafficPolicy: { loadBalancer: { simple: RANDOM } }"))],
            [["plain"], ["plain"]],
        );
        assert.deepEqual(
            [clusters(rule(TLS, { kind: "destinationRule" })), clusters(rule(TLS, { apiVersion: "security.istio.io/v1" }))],
            [[], []],
        );
    });
});

describe("a policy that could be lost", () => {
    for (const [how, files] of Object.entries(CLOSED)) {
        it(`keeps out what it forbids: ${how}`, () => {
            const { isClosed, said } = played(...files);
            assert.ok(isClosed, said);
            if (!IN_FORCE.includes(how)) assert.match(said, /^Error .*(p|generated|unreadable)/m);
        });
    }

    for (const [how, files] of Object.entries(OPEN)) {
        it(`keeps nobody out whom it is not for: ${how}`, () => {
            const { isClosed, said } = played(...files);
            assert.ok(!isClosed, said);
        });
    }

    it("denies what any of its copies denies, and nothing else, where all of them deny", () => {
        const deny = (path: string, more = ""): string =>
            policy(`{ ${more}action: DENY, rules: [{ to: [{ operation: { paths: [${path}] } }] }] }`);
        const rulesOf = (...files: readonly string[]): unknown => {
            const store = new ResourceStore();
            for (const [at, text] of files.entries()) store.setFile(`${at}.yaml`, parseDocuments(text, `${at}.yaml`));
            const { objects, findings } = store.read();
            assert.match(findings.map(findingText).join(), /GH0402 .*nobody knows, so that/);
            const [{ object, isClosed } = { object: undefined, isClosed: undefined }] = objects;
            const { spec } = object as unknown as { readonly spec: { readonly rules: { readonly to: object }[] } };
            return isClosed ? "closed" : JSON.stringify(spec.rules).match(/\/\w+/g);
        };
        assert.deepEqual(rulesOf(deny("/a"), deny("/b"), deny("/c")), ["/a", "/b", "/c"]);
        assert.deepEqual(rulesOf(deny("/a"), deny("/b", "selector: { matchLabels: { app: other } }, ")), "closed");
        assert.deepEqual(rulesOf(deny("/a"), policy("{ action: ALLOW, rules: [{ to: [{ operation: { paths: [/b] } }] }] }")), "closed");
        assert.deepEqual(rulesOf(deny("/a"), policy("{ action: DENY, rulez: [{}] }")), "closed");
    });

    it("is open again once its copies say the same", () => {
        const store = new ResourceStore();
        const isClosed = (): boolean => store.read().objects.some(({ isClosed: closed }) => closed === true);
        store.setFile("a.yaml", parseDocuments(policy("{ rules: [{}] }"), "a.yaml"));
        store.setFile("b.yaml", parseDocuments(policy(), "b.yaml"));
        assert.equal(isClosed(), true);
        assert.match(
            store.read().findings.map(findingText).join(),
            /GH0402 .* which is meant nobody knows, so that whom they could be for refuses everything/,
        );
        store.setFile("b.yaml", parseDocuments(policy("{ rules: [{}] }"), "b.yaml"));
        assert.equal(isClosed(), false);
        store.setFile("b.yaml", parseDocuments(policy(), "b.yaml"));
        store.removeFile("a.yaml");
        assert.equal(isClosed(), false, "it is a good one now");
    });
});
