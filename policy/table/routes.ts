/** Policies over routes, and over what routes lead to. */
import { integer, texts } from "../parameters";
import type { PolicyEntry } from "./entry";

export const ROUTE_POLICIES = {
    "virtual-service-bound": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A VirtualService is bound to gateways that exist and serve its hosts.",
        parameters: { elsewhere: texts([], "Gateways, as namespace/name, that are deployed by others.") },
    },
    "virtual-service-gateway": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A VirtualService names a gateway.",
    },
    "destination-exists": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A route leads to a host that exists, on a port that it has.",
        parameters: { elsewhere: texts([], "Hosts, or wildcards of them, that are deployed by others.") },
    },
    "subset-defined": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A route's subset is defined by a DestinationRule.",
        parameters: { elsewhere: texts([], "Hosts, or wildcards of them, whose DestinationRules are deployed by others.") },
    },
    "route-weights": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "The weights of a route's destinations sum to what was meant.",
        parameters: { total: integer(100, "What weights sum to.") },
    },
    "route-unreachable": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "No rule stands behind one that takes every request.",
    },
    "route-header-unserved": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A header's value has no variable that its gateway does not serve.",
    },
    "regex-cost": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A regular expression costs little to run.",
        parameters: {
            instructions: integer(1000, "The most instructions that RE2 may need."),
            repetitions: integer(100, "The highest count of a counted repetition."),
        },
    },
    "retry-budget": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "Retries are few and fit into the timeout.",
        parameters: { attempts: integer(5, "The most attempts.") },
    },
    "cors-credentials": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "Credentials are not allowed to every origin.",
        remediation: "Sets `allowCredentials` to false.",
    },
    "mirror-loop": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A mirrored request does not come back to the route that mirrors it.",
    },
    "destination-strict-mtls": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A gateway outside the mesh does not route to pods that take mutual TLS only.",
    },
    "egress-allow-any": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "Traffic leaves to registered hosts only.",
    },
    "egress-every-host": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "No ServiceEntry registers every host there is.",
        parameters: { allowed: texts([], "Wildcards that may be registered all the same.") },
    },
    "egress-only-way-out": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "Where sidecars let out registered hosts only, the network lets out no more.",
    },
    "service-entry-resolution": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A ServiceEntry behind a gateway says where its hosts are.",
    },
} as const satisfies Record<string, PolicyEntry>;
