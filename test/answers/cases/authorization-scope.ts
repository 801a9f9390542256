/** Which policies are for a gateway, and what several of them come to. */
import type { KubeObject } from "../../../istio";
import { access, allows, deniedHere, denies, from, get, GATEWAY_PODS, paths, policy, to, UNREADABLE, when } from "../support/access";
import { GATEWAY_SELECTOR, istioObject, type Topic } from "../support/case";

const DENY_A = { action: "DENY", rules: [to({ paths: ["/a"] })] };
const ALLOW_B = { rules: [to({ paths: ["/b"] })] };
const ABC = paths("/a", "/b", "/c");
const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
const NAMED = { istio: "named", [GATEWAY_NAME]: "gw" };

const rulesOf = (spec: object): readonly KubeObject[] => [policy("one", spec)];

export const authorizationScope: Topic = {
    name: "authorization-scope",
    cases: [
        access("a selector", rulesOf({ ...GATEWAY_PODS, ...DENY_A }), ABC),
        access("no selector", rulesOf(DENY_A), ABC),
        access("an empty selector", rulesOf({ selector: {}, ...DENY_A }), ABC),
        access("a selector without labels", rulesOf({ selector: { matchLabels: {} }, ...DENY_A }), ABC),
        access(
            "a selector of more labels than the pods have",
            rulesOf({ selector: { matchLabels: { ...GATEWAY_SELECTOR, app: "x" } }, ...DENY_A }),
            ABC,
        ),
        access("a selector in another namespace", [policy("one", { ...GATEWAY_PODS, ...DENY_A }, { namespace: "elsewhere" })], ABC),
        access("no selector in another namespace", [policy("one", DENY_A, { namespace: "elsewhere" })], ABC),
        access("nothing in the spec", rulesOf({}), ABC),
        access("nothing but DENY", rulesOf({ ...GATEWAY_PODS, action: "DENY" }), ABC, {
            differences: deniedHere(UNREADABLE, "/a", "/b", "/c"),
        }),
        access("nothing but a selector", rulesOf({ ...GATEWAY_PODS }), ABC),
        access("no rules", rulesOf({ ...GATEWAY_PODS, rules: [] }), ABC),
        access("an empty rule that allows", rulesOf({ ...GATEWAY_PODS, rules: [{}] }), ABC),
        access("an empty rule that denies", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [{}] }), ABC),
        access("empty lists in a rule", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [{ from: [], to: [], when: [] }] }), ABC),
        access("an empty source", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [{ from: [{ source: {} }] }] }), ABC),
        access("an empty operation", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [{ to: [{ operation: {} }] }] }), ABC),
        access("a source that is not said", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [{ from: [{}] }] }), ABC),
        access(
            "an empty list in an operation",
            rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [to({ paths: [], methods: ["GET"] })] }),
            ABC,
        ),
        access("an empty value in an operation", rulesOf({ ...GATEWAY_PODS, action: "DENY", rules: [to({ paths: ["", "/a"] })] }), ABC, {
            differences: deniedHere(UNREADABLE, "/b", "/c"),
        }),
        access("an action that is none", rulesOf({ ...GATEWAY_PODS, action: "REFUSE", rules: [{}] }), ABC),
        access("what is denied and allowed", [denies(to({ paths: ["/a"] })), allows(to({ paths: ["/a", "/b"] }))], ABC),
        access(
            "two policies that allow",
            [policy("one", { ...GATEWAY_PODS, rules: [to({ paths: ["/a"] })] }), policy("two", { ...GATEWAY_PODS, ...ALLOW_B })],
            ABC,
        ),
        access(
            "two policies that deny",
            [policy("one", { ...GATEWAY_PODS, ...DENY_A }), policy("two", { action: "DENY", ...ALLOW_B })],
            ABC,
        ),
        access(
            "one that allows nothing beside one that allows",
            [policy("nothing", {}), policy("two", { ...GATEWAY_PODS, ...ALLOW_B })],
            ABC,
        ),
        access(
            "one that allows everything beside one that allows",
            [policy("everything", { rules: [{}] }), policy("two", { ...GATEWAY_PODS, ...ALLOW_B })],
            ABC,
        ),
        access(
            "one that audits what another denies",
            [policy("audit", { ...GATEWAY_PODS, action: "AUDIT", rules: [{}] }), policy("deny", { ...GATEWAY_PODS, ...DENY_A })],
            ABC,
        ),
        access(
            "one that audits beside one that allows",
            [policy("audit", { ...GATEWAY_PODS, action: "AUDIT", rules: [{}] }), policy("allow", { ...GATEWAY_PODS, ...ALLOW_B })],
            ABC,
        ),
        access(
            "a dry run of DENY beside DENY",
            [
                policy("dry", { ...GATEWAY_PODS, action: "DENY", rules: [{}] }, { annotations: { "istio.io/dry-run": "true" } }),
                policy("deny", { ...GATEWAY_PODS, ...DENY_A }),
            ],
            ABC,
        ),
        access(
            "a dry run of ALLOW alone",
            [policy("dry", { ...GATEWAY_PODS, ...ALLOW_B }, { annotations: { "istio.io/dry-run": "true" } })],
            ABC,
        ),
        access(
            "a dry run of ALLOW beside ALLOW",
            [
                policy("dry", { ...GATEWAY_PODS, rules: [{}] }, { annotations: { "istio.io/dry-run": "true" } }),
                policy("allow", { ...GATEWAY_PODS, ...ALLOW_B }),
            ],
            ABC,
        ),
        ...["false", "no", "1", "TRUE", "True", "t", ""].map((text) =>
            access(
                `a dry run that says ${JSON.stringify(text)}`,
                [policy("dry", { ...GATEWAY_PODS, ...DENY_A }, { annotations: { "istio.io/dry-run": text } })],
                ABC,
                { differences: text === "no" || text === "" ? deniedHere(UNREADABLE, "/b", "/c") : {} },
            ),
        ),
        access(
            "an older version of the API",
            [istioObject("AuthorizationPolicy", "old", { ...GATEWAY_PODS, ...DENY_A }, { apiVersion: "security.istio.io/v1beta1" })],
            ABC,
        ),
        ...(
            [
                ["a Gateway of the Gateway API", { kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" }],
                ["a Gateway of the Gateway API of another name", { kind: "Gateway", group: "gateway.networking.k8s.io", name: "other" }],
                ["a Gateway of Istio", { kind: "Gateway", group: "networking.istio.io", name: "gw" }],
                ["a GatewayClass", { kind: "GatewayClass", group: "gateway.networking.k8s.io", name: "istio" }],
                ["a Service", { kind: "Service", group: "", name: "gw" }],
                ["a ServiceEntry", { kind: "ServiceEntry", group: "networking.istio.io", name: "gw" }],
            ] as const
        ).map(([title, reference]) => ({
            ...access(`a reference to ${title}`, [policy("one", { targetRefs: [reference], ...DENY_A })], ABC, {
                differences:
                    title === "a Gateway of Istio"
                        ? deniedHere(
                              "it names the Gateway that it is to keep out of; Istio passes over it in silence, and its later releases bind it",
                              "/a",
                          )
                        : {},
            }),
        })),
        ...["source", "to"].map((part) =>
            access(
                `rules that hold in part: ${part}`,
                [
                    denies({
                        ...from({ ipBlocks: [part === "source" ? "10.0.0.0/8" : "127.0.0.0/8"] }),
                        ...to({ paths: ["/a"] }),
                        ...when("request.headers[x-a]", ["1"]),
                    }),
                ],
                {
                    "without the header": get("/a"),
                    all: get("/a", ["x-a: 1"]),
                    "another path": get("/c", ["x-a: 1"]),
                },
            ),
        ),
        ...[
            [
                "references where the pods bear the Gateway's name",
                { targetRefs: [{ kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" }] },
            ],
            [
                "references to another name where the pods bear one",
                { targetRefs: [{ kind: "Gateway", group: "gateway.networking.k8s.io", name: "other" }] },
            ],
            [
                "several references",
                {
                    targetRefs: [
                        { kind: "Gateway", group: "gateway.networking.k8s.io", name: "other" },
                        { kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" },
                    ],
                },
            ],
            ["a single reference of old", { targetRef: { kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" } }],
            ["a selector where the pods bear a Gateway's name", { selector: { matchLabels: { istio: "named" } } }],
            ["no selector where the pods bear a Gateway's name", {}],
            [
                "a class of the Gateway API where the pods bear a Gateway's name",
                { targetRefs: [{ kind: "GatewayClass", group: "gateway.networking.k8s.io", name: "istio" }] },
            ],
        ].map(([title, scope]) => ({
            title: title as string,
            labels: NAMED,
            make: (setting: Parameters<Topic["cases"][number]["make"]>[0]) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: { istio: "named" },
                        servers: [{ port: { number: setting.ports.http, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
                    }),
                    istioObject("VirtualService", "vs", {
                        hosts: ["*"],
                        gateways: ["gw"],
                        http: [{ directResponse: { status: 200, body: { string: "in" } } }],
                    }),
                    policy("one", { ...(scope as object), ...DENY_A }),
                ],
                asks: ABC,
            }),
        })),
    ],
};
