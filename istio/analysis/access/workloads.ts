/** Whether a policy is for gateways and for nobody else: only of such a one can be said what is true of gateways. */
import { isAssumed } from "../default-gateway";
import type { ObjectIndex } from "../object-index";
import { selectedBy } from "../policy-pods";
import type { GatewayGroup, PolicyView } from "./access-index";

export function isForGatewaysAlone({ attachment, object }: PolicyView, groups: readonly GatewayGroup[], index: ObjectIndex): boolean {
    if (attachment.kind === "unreadable") return false;
    if (attachment.kind === "references") return attachment.references.length === 1;
    const { namespace } = object.ref;
    const isRoot = namespace === index.rootNamespace;
    const isLabelled = Object.keys(attachment.labels).length > 0;
    const pods = selectedBy(namespace, attachment.labels, index);
    const own = new Set(groups.flatMap((group) => group.pods));
    // Without pods to see, one that names no labels may be for anybody.
    return pods.every((pod) => own.has(pod) || isAssumed(pod.owner.object)) && (isLabelled || (!isRoot && own.size > 0));
}
