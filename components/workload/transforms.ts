/**
 * `extraManifestTransforms`: the way out for what no argument covers. The functions see every object of the workload as
 * plain data, before anything is registered, and give back what is to be deployed instead. What other objects find these
 * by stays as it is; everything else is theirs to change.
 */
import { isDeepStrictEqual } from "node:util";
import { fault, isLater, mentionsUnknown, refuse, valueAt, type Fault, type ObjectMetadata } from "../arguments";
import { buildIngressStatus, type IngressStatusManifests } from "./ingress-status";
import { buildWorkload, type WorkloadManifests } from "./objects";
import type { Manifest, ManifestKind, ManifestTransform } from "./manifest";
import type { WorkloadPlan } from "./plan";

type Key = keyof WorkloadManifests;
/** Objects by their keys; of a workload, or of what stands beside one. */
type Transformable = { readonly [K in Key]?: { readonly metadata: ObjectMetadata } | undefined };
type Plain = Readonly<Record<string, unknown>>;

interface KindRow {
    readonly key: Key;
    readonly apiVersion: string;
    readonly kind: ManifestKind;
    /** What stands beside the metadata. */
    readonly fields: readonly string[];
    /** What others find it by, and it them. */
    readonly fixed: readonly string[];
}

const BINDING = ["roleRef", "subjects"];
const ROWS: readonly KindRow[] = [
    {
        key: "deployment",
        apiVersion: "apps/v1",
        kind: "Deployment",
        fields: ["spec"],
        fixed: ["spec.selector", "spec.template.metadata.labels", "spec.template.spec.serviceAccountName"],
    },
    { key: "service", apiVersion: "v1", kind: "Service", fields: ["spec"], fixed: ["spec.selector"] },
    { key: "autoscaler", apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", fields: ["spec"], fixed: ["spec.scaleTargetRef"] },
    { key: "disruptionBudget", apiVersion: "policy/v1", kind: "PodDisruptionBudget", fields: ["spec"], fixed: ["spec.selector"] },
    { key: "networkPolicy", apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", fields: ["spec"], fixed: ["spec.podSelector"] },
    { key: "serviceAccount", apiVersion: "v1", kind: "ServiceAccount", fields: ["automountServiceAccountToken"], fixed: [] },
    { key: "role", apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", fields: ["rules"], fixed: [] },
    { key: "roleBinding", apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", fields: BINDING, fixed: BINDING },
    { key: "clusterRole", apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", fields: ["rules"], fixed: [] },
    { key: "clusterRoleBinding", apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", fields: BINDING, fixed: BINDING },
    { key: "telemetry", apiVersion: "telemetry.istio.io/v1", kind: "Telemetry", fields: ["spec"], fixed: ["spec.selector"] },
];
const IDENTITY = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
const SELECTED_BY = ["gateway-name", "gateway-namespace", "gateway-type"];

function holdsLater(value: unknown): boolean {
    if (isLater(value) || typeof value === "function") return true;
    return typeof value === "object" && value !== null && Object.values(value).some(holdsLater);
}

/** What a function made of an object, or why that cannot be taken. */
function applied(transform: ManifestTransform, before: Manifest): Manifest | string {
    let first: unknown;
    let second: unknown;
    try {
        [first, second] = [0, 1].map(() => transform(structuredClone(before), before.kind));
    } catch (error) {
        return `it throws: ${error instanceof Error ? error.message : String(error)}.`;
    }
    if (typeof first !== "object" || first === null || Array.isArray(first)) return "it gives back no object.";
    if (holdsLater(first)) return "what it gives back holds an Output, a promise or a function; wanted plain data.";
    if (!isDeepStrictEqual(first, second)) return "it gives different objects for the same one.";
    return first as Manifest;
}

/** What of an object was changed that has to stay. */
function changes({ fields, fixed }: KindRow, before: Manifest, after: Manifest): string[] {
    const kept = [...IDENTITY, ...fixed].map((path) => path.split(".")).concat(SELECTED_BY.map((label) => ["metadata", "labels", label]));
    const changed = kept
        .filter((steps) => !isDeepStrictEqual(valueAt(before, steps), valueAt(after, steps)))
        .map((steps) => steps.join("."));
    const foreign = Object.keys(after).filter((field) => !["apiVersion", "kind", "metadata", ...fields].includes(field));
    return [...changed, ...foreign];
}

interface Transformed<M> {
    readonly manifests: M;
    readonly faults: readonly Fault[];
}

/** The workload's objects as the functions leave them, one after the other. */
export function transformWorkload<M extends Transformable>(manifests: M, transforms: readonly ManifestTransform[]): Transformed<M> {
    const faults: Fault[] = [];
    const entries = ROWS.filter(({ key }) => manifests[key] !== undefined).map((row): [Key, Plain] => {
        const { key, apiVersion, kind } = row;
        const name = `${kind} ${manifests[key]?.metadata.name}`;
        const refused = (index: number, what: string): void =>
            void faults.push(fault("GH0220", `extraManifestTransforms[${index}]`, `${name}: ${what}`));
        let current = { apiVersion, kind, ...manifests[key] } as unknown as Manifest;
        for (const [index, transform] of transforms.entries()) {
            if (typeof transform !== "function") {
                refused(index, "this is no function.");
                continue;
            }
            const after = applied(transform, current);
            if (typeof after === "string") {
                refused(index, after);
                continue;
            }
            const wrong = changes(row, current, after);
            if (wrong.length > 0)
                refused(index, `${wrong.join(", ")} must stay as it is: other objects find this one by it, or nothing of it is deployed.`);
            else current = after;
        }
        const { apiVersion: _apiVersion, kind: _kind, ...rest } = current;
        return [key, rest as unknown as Plain];
    });
    return { manifests: Object.fromEntries(entries) as unknown as M, faults };
}

/** What is wrong with the functions that change the objects; nothing as long as the objects are not known. */
export function transformFaults(plan: WorkloadPlan, transforms: readonly ManifestTransform[] = []): readonly Fault[] {
    return transforms.length === 0 || mentionsUnknown([plan.name, plan.args])
        ? []
        : transformWorkload(buildWorkload(plan), transforms).faults;
}

/** All objects as they are to be deployed. */
export function finishWorkload(owner: string, plan: WorkloadPlan, transforms: readonly ManifestTransform[] = []): WorkloadManifests {
    const { manifests, faults } = transformWorkload(buildWorkload(plan), transforms);
    refuse(owner, faults);
    return manifests;
}

/** As of the workload, of what writes the status of its Ingresses. */
export function ingressStatusFaults(plan: WorkloadPlan, transforms: readonly ManifestTransform[] = []): readonly Fault[] {
    return transforms.length === 0 || mentionsUnknown([plan.name, plan.args])
        ? []
        : transformWorkload(buildIngressStatus(plan), transforms).faults;
}

export function finishIngressStatus(
    owner: string,
    plan: WorkloadPlan,
    transforms: readonly ManifestTransform[] = [],
): IngressStatusManifests {
    const { manifests, faults } = transformWorkload(buildIngressStatus(plan), transforms);
    refuse(owner, faults);
    return manifests;
}
