/** Whoever takes over a gateway has the rights of its ServiceAccount. */
import { shownText } from "../../istio";
import { MESH_CONFIG_MAP } from "../../istio/semantics/root-namespace";
import type { Checks } from "../check";
import { boundRoles, type BoundRole } from "../objects/roles";
import { fault, type PolicyFault } from "../thing";
import { at, items, texts } from "../values";

const READ: readonly string[] = ["get", "list", "watch"];
const SECRETS = "/secrets";
/** What a gateway of ours watches, as group/resource. Secrets it reads in its own namespace alone. */
export const WATCHED: readonly string[] = [
    "/namespaces",
    "/nodes",
    "/pods",
    "/services",
    "discovery.k8s.io/endpointslices",
    "networking.k8s.io/ingressclasses",
    "networking.k8s.io/ingresses",
    "networking.istio.io/destinationrules",
    "networking.istio.io/envoyfilters",
    "networking.istio.io/gateways",
    "networking.istio.io/proxyconfigs",
    "networking.istio.io/serviceentries",
    "networking.istio.io/sidecars",
    "networking.istio.io/virtualservices",
    "networking.istio.io/workloadentries",
    "security.istio.io/authorizationpolicies",
    "security.istio.io/requestauthentications",
    "extensions.istio.io/trafficextensions",
    "extensions.istio.io/wasmplugins",
    "telemetry.istio.io/telemetries",
];

/** Where the root namespace stands: of the whole cluster by its name, and no other ConfigMap; in its own namespace what configures it alone. */
export const MESH_CONFIG = "/configmaps";

function isMeshConfigAlone(rule: unknown): boolean {
    const names = items(at(rule, "resourceNames"));
    return names.length > 0 && names.every((name) => name === MESH_CONFIG_MAP.name);
}

function ofRole({ role, owner, namespaced }: BoundRole, more: readonly string[]): PolicyFault[] {
    const always = [...WATCHED, ...more, ...(namespaced ? [SECRETS, MESH_CONFIG] : [])];
    return items(at(role.value, "rules")).flatMap((rule, index) => {
        const allowed = isMeshConfigAlone(rule) ? [...always, MESH_CONFIG] : always;
        const field = `rules[${index}]`;
        const verbs = texts(at(rule, "verbs")).filter((verb) => !READ.includes(verb));
        const reached = texts(at(rule, "apiGroups")).flatMap((group) =>
            texts(at(rule, "resources")).map((resource) => `${group}/${resource}`),
        );
        const wide = reached.filter((one) => !allowed.includes(one));
        const urls = texts(at(rule, "nonResourceURLs"));
        return [
            ...(verbs.length > 0
                ? [
                      fault(
                          role,
                          `${field}.verbs`,
                          `lets ${owner.title} ${verbs.map(shownText).join(", ")}. A gateway gets, lists and watches.`,
                      ),
                  ]
                : []),
            ...(wide.length > 0
                ? [
                      fault(
                          role,
                          `${field}.resources`,
                          `lets ${owner.title} reach ${wide.slice(0, 5).map(shownText).join(", ")}${wide.includes(SECRETS) ? ", the Secrets of every namespace" : ""}, which a gateway does not read.`,
                      ),
                  ]
                : []),
            ...(urls.length > 0
                ? [
                      fault(
                          role,
                          `${field}.nonResourceURLs`,
                          `lets ${owner.title} reach ${urls.slice(0, 5).map(shownText).join(", ")}, which a gateway does not read.`,
                      ),
                  ]
                : []),
        ];
    });
}

export const workloadRbac: Checks<"workload-rbac"> = {
    stack: (world, { resources }) =>
        boundRoles(world).flatMap((bound) => {
            if (bound.role) return ofRole({ ...bound, role: bound.role }, resources);
            return bound.builtIn
                ? [
                      fault(
                          bound.binding,
                          "roleRef",
                          `binds ${bound.owner.title} to ${shownText(bound.roleName)}, which may do far more than a gateway needs.`,
                      ),
                  ]
                : [];
        }),
};
