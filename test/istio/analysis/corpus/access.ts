/** Who may pass, by its pods, namespaces, tokens and providers, and routes by the claims of tokens. */
import type { KubeObject } from "../../../../istio";
import {
    authorizationPolicy,
    gateway,
    meshConfig,
    pod,
    requestAuthentication,
    SELECTOR,
    server,
    to,
    virtualService,
    WEB,
    workload,
    type Configuration,
} from "./objects";

type Objects = Configuration["objects"];
const one = (title: string, ...objects: Objects): Configuration => ({ title, objects });
const PROXY = { containers: [{ name: "istio-proxy", image: "proxy:1" }] };
const meshed = (name = "web-1"): KubeObject => pod(name, { app: "web" }, PROXY);
const SELECT = { selector: { matchLabels: { app: "web" } } };
const from = (...sources: readonly object[]): object => ({ rules: [{ from: sources.map((source) => ({ source })) }] });
const older = (object: KubeObject): KubeObject => ({ ...object, apiVersion: "security.istio.io/v1beta1" });
const KEYED = { issuer: "https://id.example.com", jwksUri: "https://id.example.com/keys" };
const CLAIMED = (gateways: readonly string[]): KubeObject =>
    virtualService("web", {
        hosts: ["a.com"],
        gateways,
        http: [{ match: [{ headers: { "@request.auth.claims.group": { exact: "a" } } }], route: [to("web")] }],
    });
const EDGE = [...WEB, ...workload(), gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] })];

export const ACCESS: readonly Configuration[] = [
    one("a policy of an older version for no pod", older(authorizationPolicy("p", SELECT))),
    one("a policy with an empty selector and no pod", authorizationPolicy("p", { selector: {} })),
    one("a policy with an empty selector and a pod", meshed(), authorizationPolicy("p", { selector: {} })),
    one(
        "a policy of the root namespace with an empty selector",
        meshConfig("rootNamespace: istio-system"),
        authorizationPolicy("istio-system/p", { selector: {} }),
    ),
    one(
        "a policy of a root namespace of another name",
        meshConfig("rootNamespace: roots"),
        meshed(),
        authorizationPolicy("roots/p", SELECT),
        authorizationPolicy("istio-system/p", SELECT),
    ),
    one(
        "a policy by the condition of a namespace that is not there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, rules: [{ when: [{ key: "source.namespace", values: ["nobodys"] }] }] }),
    ),
    one(
        "a policy from a service account of a namespace that is not there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ serviceAccounts: ["nobodys/a"] }) }),
    ),
    one(
        "a policy from a namespace with a star within",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["s*p"] }) }),
    ),
    one(
        "a policy from a namespace with stars at both ends",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["*ho*"] }) }),
    ),
    one(
        "a policy from several sources of which one is not there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["shop"] }, { namespaces: ["nobodys"], notNamespaces: ["others"] }) }),
    ),
    one("a policy of DENY without rules", meshed(), authorizationPolicy("p", { ...SELECT, action: "DENY" })),
    one(
        "a policy of CUSTOM by a provider that nobody defines",
        meshed(),
        authorizationPolicy("p", { ...SELECT, action: "CUSTOM", provider: { name: "x" }, rules: [{}] }),
    ),
    one(
        "a policy of CUSTOM by a trust domain",
        meshed(),
        authorizationPolicy("p", {
            ...SELECT,
            action: "CUSTOM",
            provider: { name: "x" },
            rules: [{ when: [{ key: "source.trustDomain", values: ["a"] }] }],
        }),
    ),
    one("a policy with an address that is none", meshed(), authorizationPolicy("p", { ...SELECT, ...from({ ipBlocks: ["10.0.0.0/33"] }) })),
    one(
        "a policy with the rest of a path in its middle",
        meshed(),
        authorizationPolicy("p", { ...SELECT, rules: [{ to: [{ operation: { paths: ["/a/{**}/b"] } }] }] }),
    ),
    one("tokens for no pod", requestAuthentication("a", { ...SELECT, jwtRules: [KEYED] })),
    one(
        "tokens with an empty set of keys",
        meshed(),
        requestAuthentication("a", { ...SELECT, jwtRules: [{ issuer: "x", jwks: '{"keys":[]}' }] }),
    ),
    one("tokens with keys that are none", meshed(), requestAuthentication("a", { ...SELECT, jwtRules: [{ issuer: "x", jwks: "x" }] })),
    one(
        "a route by a claim where tokens are verified",
        ...EDGE,
        CLAIMED(["site"]),
        requestAuthentication("ingress/a", { selector: { matchLabels: SELECTOR }, jwtRules: [KEYED] }),
    ),
    one(
        "a route by a claim where tokens are verified by a reference",
        ...EDGE,
        CLAIMED(["site"]),
        requestAuthentication("ingress/a", {
            targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "x" }],
            jwtRules: [KEYED],
        }),
    ),
    one(
        "a route by a claim where other pods' tokens are verified",
        ...EDGE,
        CLAIMED(["site"]),
        requestAuthentication("ingress/a", { selector: { matchLabels: { app: "other" } }, jwtRules: [KEYED] }),
    ),
    one(
        "a route by a claim where a whole namespace's tokens are verified",
        ...EDGE,
        CLAIMED(["site"]),
        requestAuthentication("shop/a", { jwtRules: [KEYED] }),
    ),
];
