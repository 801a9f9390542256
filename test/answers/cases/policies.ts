/** What policies that let nobody pass answer, and which ones are for a gateway. */
import type { KubeObject } from "../../../istio";
import { ask, GATEWAY_SELECTOR, httpGateway, istioObject, to, type Case, type Setting, type Topic } from "../support/case";

const SECURITY = "security.istio.io/v1";
/** By whose answer it is seen that Envoy has a change; what is asked for here is never for this host. */
const MARKER = ["marker.test", "marker.test:*"];
const DENY = { action: "DENY", rules: [{ to: [{ operation: { notHosts: MARKER } }] }] };
const mine = { selector: { matchLabels: GATEWAY_SELECTOR } };
const policy = (
    spec: object,
    more: { readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> } = {},
): KubeObject => istioObject("AuthorizationPolicy", "policy", spec, { apiVersion: SECURITY, ...more });

/** One route, and one policy. */
const one = (title: string, spec: object, more: Parameters<typeof policy>[1] = {}, differences: Case["differences"] = {}): Case => ({
    title,
    make: (setting) => ({
        objects: [...httpGateway(setting, ["a.test"], [to(setting.backends[0])]), policy(spec, more)],
        asks: { "a route": ask("a.test", "GET /") },
    }),
    differences,
});

const everywhere = (setting: Setting): KubeObject[] => [
    ...httpGateway(
        setting,
        ["a.test"],
        [
            { match: [{ uri: { prefix: "/moved" } }], redirect: { uri: "/new" } },
            { match: [{ uri: { prefix: "/direct" } }], directResponse: { status: 200 } },
            {
                match: [{ uri: { prefix: "/broken" } }],
                fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
                ...to(setting.backends[0]),
            },
            to(setting.backends[0], {
                headers: { response: { set: { "x-route": "yes" } } },
                corsPolicy: { allowOrigins: [{ exact: "https://other.test" }], allowMethods: ["GET"] },
            }),
        ],
    ),
    istioObject("Gateway", "bytes", {
        selector: GATEWAY_SELECTOR,
        servers: [{ port: { number: setting.ports.tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] }],
    }),
    istioObject("VirtualService", "bytes", { hosts: ["*"], gateways: ["bytes"], tcp: [to(setting.backends[0])] }),
];

export const policies: Topic = {
    name: "policies",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "a policy that denies everything comes first",
            make: (setting) => ({
                objects: [...everywhere(setting), policy({ ...mine, ...DENY })],
                asks: {
                    "a route": ask("a.test", "GET /"),
                    HEAD: ask("a.test", "HEAD /"),
                    "a body": ask("a.test", "POST /", [], { body: "hello" }),
                    "a preflight": ask("a.test", "OPTIONS /", ["origin: https://other.test", "access-control-request-method: GET"]),
                    "a request with an origin": ask("a.test", "GET /", ["origin: https://other.test"]),
                    "a redirect": ask("a.test", "GET /moved"),
                    "an own answer": ask("a.test", "GET /direct"),
                    "a fault": ask("a.test", "GET /broken"),
                    "no host": ask("other.test", "GET /"),
                    gRPC: ask("a.test", "POST /a.B/C", ["content-type: application/grpc", "te: trailers"]),
                    bytes: ask("a.test", "GET /", [], { port: "tcp" }),
                },
            }),
        },
        one("a policy that allows nobody here, of the whole namespace", { rules: [{ to: [{ operation: { hosts: MARKER } }] }] }),
        one("a policy that allows everybody", { ...mine, rules: [{}] }),
        one("a policy that audits", { ...mine, action: "AUDIT", rules: [{}] }),
        one("a policy that is a dry run", { ...mine, ...DENY }, { annotations: { "istio.io/dry-run": "true" } }),
        one("a policy of another namespace", { ...mine, ...DENY }, { namespace: "elsewhere" }),
        one("a policy for other pods", { selector: { matchLabels: { istio: "other" } }, ...DENY }),
        one("a policy by reference to a Service", { targetRefs: [{ kind: "Service", group: "", name: "gw" }], ...DENY }),
        one("a policy by reference to a Gateway of the Gateway API that the pods are not of", {
            targetRefs: [{ kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" }],
            ...DENY,
        }),
        one(
            "a policy by reference to the Gateway itself",
            { targetRefs: [{ kind: "Gateway", group: "networking.istio.io", name: "gw" }], ...DENY },
            {},
            {
                "a route": {
                    ours: {
                        status: 403,
                        headers: { "content-length": "19", "content-type": "text/plain" },
                        body: "RBAC: access denied",
                        backend: undefined as never,
                    },
                    why: "it names the Gateway that it is to keep out of; Istio passes over it in silence, and its later releases bind it",
                },
            },
        ),
    ],
};
