/** Takes from an object what nobody here reads, before it is held: most of an API object's memory is bookkeeping. */

type Fields = Readonly<Record<string, unknown>>;

/** `kubectl apply` keeps the whole object once more in here. */
const DROPPED_ANNOTATIONS = new Set([
    "kubectl.kubernetes.io/last-applied-configuration",
    "endpoints.kubernetes.io/last-change-trigger-time",
]);

/**
 * The object with apiVersion and kind, which the items of a list lack. Of metadata what orders, names and selects stays,
 * so that an object whose bookkeeping alone changed says the same as before. `status` is the cluster's, not the user's.
 */
export function slim(object: Fields, apiVersion: string, kind: string, metadataOnly: boolean): Fields {
    const metadata = slimMetadata(asFields(object["metadata"]), metadataOnly);
    if (metadataOnly) return { apiVersion, kind, metadata };
    const { status: _status, ...rest } = object;
    return { ...rest, apiVersion, kind, metadata };
}

function slimMetadata(metadata: Fields, labelsOnly: boolean): Fields {
    const { name, namespace, labels, annotations, creationTimestamp } = metadata;
    const kept = slimAnnotations(annotations);
    return {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        ...(labelsOnly || kept === undefined ? {} : { annotations: kept }),
        ...(labelsOnly || creationTimestamp === undefined ? {} : { creationTimestamp }),
    };
}

function slimAnnotations(annotations: unknown): Fields | undefined {
    const kept = Object.entries(asFields(annotations)).filter(([name]) => !DROPPED_ANNOTATIONS.has(name));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function asFields(value: unknown): Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
