/** Takes from an object what nobody here reads, before it is held: most of an API object's memory is bookkeeping. */

type Fields = Readonly<Record<string, unknown>>;

/** `kubectl apply` keeps the whole object once more in here. */
const DROPPED_ANNOTATIONS = new Set([
    "kubectl.kubernetes.io/last-applied-configuration",
    "endpoints.kubernetes.io/last-change-trigger-time",
]);

/** What of annotations somebody reads where nothing else of the object is. */
const READ_ANNOTATIONS = "networking.istio.io/";

/** What is read of kinds of which most is not: a Pod is the largest object there is many of. `status` is otherwise dropped. */
const PARTS: Readonly<Record<string, (object: Fields) => Fields>> = {
    Pod: ({ spec, status }) => ({
        spec: some(spec, ["nodeName", "hostNetwork", "serviceAccountName"]),
        status: { ...some(status, ["phase", "podIP", "podIPs"]), conditions: conditionsOf(status, "Ready") },
    }),
    WorkloadEntry: ({ spec, status }) => ({ spec, status: { conditions: conditionsOf(status, "Healthy") } }),
};

/**
 * The object with apiVersion and kind, which the items of a list lack. Of metadata what orders, names and selects stays,
 * so that an object whose bookkeeping alone changed says the same as before. `status` is the cluster's, not the user's.
 */
export function slim(object: Fields, apiVersion: string, kind: string, metadataOnly: boolean): Fields {
    const metadata = slimMetadata(asFields(object["metadata"]), metadataOnly);
    if (metadataOnly) return { apiVersion, kind, metadata };
    const parts = PARTS[kind];
    if (parts) return { apiVersion, kind, metadata, ...parts(object) };
    const { status: _status, ...rest } = object;
    return { ...rest, apiVersion, kind, metadata };
}

function slimMetadata(metadata: Fields, labelsOnly: boolean): Fields {
    const { name, namespace, labels, annotations, creationTimestamp, deletionTimestamp } = metadata;
    const kept = slimAnnotations(annotations, labelsOnly ? READ_ANNOTATIONS : "");
    return {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        ...(kept === undefined ? {} : { annotations: kept }),
        ...(labelsOnly || creationTimestamp === undefined ? {} : { creationTimestamp }),
        ...(labelsOnly || deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    };
}

function slimAnnotations(annotations: unknown, prefix: string): Fields | undefined {
    const kept = Object.entries(asFields(annotations)).filter(([name]) => name.startsWith(prefix) && !DROPPED_ANNOTATIONS.has(name));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function some(value: unknown, names: readonly string[]): Fields {
    const fields = asFields(value);
    return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}

/** Of one type, without the times at which it was looked at. */
function conditionsOf(status: unknown, type: string): Fields[] {
    const conditions = asFields(status)["conditions"];
    return (Array.isArray(conditions) ? conditions.map(asFields) : [])
        .filter((one) => one["type"] === type)
        .map((one) => some(one, ["type", "status"]));
}

function asFields(value: unknown): Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
