/** What Istio has no word for, and the bundled proxy reads on a ServiceEntry: whom it is for, and where it may lead. */
import { ALLOW_FROM_ANNOTATION, FORWARD_PROXY_ANNOTATION, INNER_ADDRESSES_ANNOTATION } from "../../istio";
import { mentionsUnknown, UNKNOWN } from "../arguments";
import type { ExternalServiceData, ExternalServicePlan } from "./plan";

/** JSON would write the stand-in for a value in another way, by which nobody knew it. */
function jsonOf(value: unknown): string {
    return mentionsUnknown(value) ? UNKNOWN : JSON.stringify(value);
}

export function entryAnnotations({ args: { allowFrom, innerAddresses = [] }, via }: ExternalServicePlan): Record<string, string> {
    return {
        ...(via?.forwardProxy ? { [FORWARD_PROXY_ANNOTATION]: via.forwardProxy.gateway } : {}),
        ...(allowFrom ? { [ALLOW_FROM_ANNOTATION]: jsonOf(allowFrom) } : {}),
        ...(innerAddresses.length > 0 ? { [INNER_ADDRESSES_ANNOTATION]: innerAddresses.join(",") } : {}),
    };
}

/** Who need not know of the service does not: where `allowFrom` names the namespaces of all whom it lets through. */
export function exportToOf({ args, namespace, via }: ExternalServicePlan): readonly string[] | undefined {
    if (args.exportTo) return args.exportTo;
    const named = namespacesOf(args);
    return named && via ? [...new Set([via.namespace, namespace, ...named])] : undefined;
}

function namespacesOf({ allowFrom }: ExternalServiceData): readonly string[] | undefined {
    if (!allowFrom || allowFrom.length === 0) return undefined;
    const lists = allowFrom.map(({ namespaces }) => namespaces);
    return lists.every((list) => list !== undefined && list.length > 0) ? lists.flatMap((list) => list ?? []) : undefined;
}
