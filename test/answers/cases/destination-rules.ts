/** Which DestinationRule is in force: each issues a cookie by its own name. */
import type { KubeObject } from "../../../istio";
import { ask, httpGateway, istioObject, nameOf, type Case, type Setting, type Topic } from "../support/case";
import { destined, entryOf, meshed, REGISTRY_ONLY, routed, side, sidecar } from "../support/meshed";

const GET = ask("a.test", "GET /", [], { anyReason: true });

const issuing = (name: string, namespace: string, host: string, more: object = {}): KubeObject =>
    istioObject(
        "DestinationRule",
        nameOf(name),
        { host, trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name, ttl: "60s" } } } }, ...more },
        { namespace },
    );

/** An application of `apps` asks `a.test`, an entry of `other`. */
function inForce(title: string, rules: (setting: Setting) => readonly KubeObject[], more: Partial<Case> = {}): Case {
    return side(
        title,
        (setting) => [
            meshed(setting, REGISTRY_ONLY),
            sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
            entryOf(setting, "a", ["a.test"], {}, 0, "other"),
            ...rules(setting),
        ],
        () => ({ GET }),
        more,
    );
}

/** A gateway of `istio-system` asks it. */
function atGateway(title: string, rules: (setting: Setting) => readonly KubeObject[], more: Partial<Case> = {}, host = "out.test"): Case {
    return {
        title: `at a gateway: ${title}`,
        make: (setting) => ({
            objects: [
                entryOf(setting, "out", [host], {}, 0, "other"),
                ...httpGateway(setting, ["a.test"], [{ route: [destined(host, setting.ports.http)] }]),
                ...rules(setting),
            ],
            asks: { GET },
        }),
        ...more,
    };
}

const web = { matchLabels: { app: "web" } };
const api = { matchLabels: { app: "api" } };

export const destinationRules: Topic = {
    name: "destination-rules",
    cases: [
        inForce("the application's namespace", () => [issuing("own", "apps", "a.test")]),
        inForce("the service's namespace", () => [issuing("its", "other", "a.test")]),
        inForce("the root namespace", () => [issuing("root", "istio-system", "a.test")]),
        inForce("a namespace that has nothing to do with either", () => [issuing("third", "third", "a.test")]),
        inForce("the application's before the service's and the root's", () => [
            issuing("root", "istio-system", "a.test"),
            issuing("its", "other", "a.test"),
            issuing("own", "apps", "a.test"),
        ]),
        inForce("the service's before the root's", () => [issuing("root", "istio-system", "a.test"), issuing("its", "other", "a.test")]),
        inForce("the service's, for its own namespace only", () => [issuing("its", "other", "a.test", { exportTo: ["."] })]),
        inForce("the service's, for the application's namespace", () => [issuing("its", "other", "a.test", { exportTo: ["apps"] })]),
        inForce("a host before a wildcard", () => [issuing("wild", "apps", "*.test"), issuing("exact", "apps", "a.test")]),
        inForce("a wildcard", () => [issuing("wild", "apps", "*.test")]),
        inForce("every host", () => [issuing("all", "apps", "*")]),
        inForce(
            "the longer of two wildcards",
            (setting) => [
                entryOf(setting, "b", ["x.b.test"], {}, 0, "other"),
                issuing("wild", "apps", "*.test"),
                issuing("longer", "apps", "*.b.test"),
            ],
            {},
        ),
        inForce("a wildcard of the application's before the service's exact one", () => [
            issuing("wild", "apps", "*.test"),
            issuing("exact", "other", "a.test"),
        ]),
        inForce("pods that the application is", () => [issuing("mine", "apps", "a.test", { workloadSelector: web })]),
        inForce("pods that the application is not", () => [issuing("not-mine", "apps", "a.test", { workloadSelector: api })]),
        inForce("pods before all", () => [issuing("all", "apps", "a.test"), issuing("mine", "apps", "a.test", { workloadSelector: web })]),
        inForce("other pods beside all", () => [
            issuing("not-mine", "apps", "a.test", { workloadSelector: api }),
            issuing("all", "apps", "a.test"),
        ]),
        inForce("two of one host", () => [issuing("first", "apps", "a.test"), issuing("second", "apps", "a.test")]),
        inForce("two of one host, of which one has subsets only", (setting) => [
            issuing("policy", "apps", "a.test"),
            istioObject("DestinationRule", "subsets", { host: "a.test", subsets: [{ name: "all" }] }, { namespace: "apps" }),
            routed("a", ["a.test"], [{ route: [destined("a.test", setting.ports.http, { subset: "all" })] }]),
        ]),
        atGateway("its own namespace", () => [issuing("own", "istio-system", "out.test")]),
        atGateway("the service's namespace", () => [issuing("its", "other", "out.test")]),
        atGateway("its own before the service's", () => [issuing("its", "other", "out.test"), issuing("own", "istio-system", "out.test")]),
        atGateway("another namespace", () => [issuing("third", "third", "out.test")]),
        atGateway("pods that it is", () => [
            issuing("mine", "istio-system", "out.test", { workloadSelector: { matchLabels: { istio: "ingressgateway" } } }),
        ]),
        atGateway("pods that it is not", () => [issuing("not-mine", "istio-system", "out.test", { workloadSelector: api })]),
        atGateway("a short name", () => [issuing("short", "other", "svc")], {}, "svc.other.svc.cluster.local"),
        atGateway("a short name of another namespace", () => [issuing("short", "istio-system", "svc")], {}, "svc.other.svc.cluster.local"),
        atGateway("a host in capitals", () => [issuing("capitals", "istio-system", "OUT.test")], {
            differences: {
                GET: {
                    ours: ({ headers }) => ({ headers: { ...headers, "set-cookie": "capitals=<sticky>; Max-Age=60; HttpOnly" } }),
                    why: "RFC 4343: names have no case",
                },
            },
        }),
    ],
};
