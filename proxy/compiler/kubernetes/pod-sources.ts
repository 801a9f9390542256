/** Who asks, by the address of the pod that does. */
import { isIP } from "node:net";
import { selects, type SourceSelector } from "../../../istio/semantics";
import { compareText } from "../../resources/text-order";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { WorkloadSource } from "../routing/model/egress";

type Pod = Placed<"Pod">;

/** Its address may be another's by now. */
const OVER: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

export class PodSources implements WorkloadSource {
    readonly #context: ObjectContext;

    constructor(context: ObjectContext) {
        this.#context = context;
    }

    addressesOf(terms: readonly SourceSelector[]): readonly string[] {
        if (terms.length === 0) return [];
        const selected = new Set<string>();
        const others = new Set<string>();
        for (const pod of this.#context.objects.pods.get()) {
            const list = terms.some((one) => isOf(pod, one)) ? selected : others;
            for (const address of addressesOf(pod)) list.add(address);
        }
        return [...selected].filter((address) => !others.has(address)).sort(compareText);
    }
}

/** On the network of its node a pod has no address of its own, and is nobody in particular. */
function addressesOf({ object: { spec, status } }: Pod): string[] {
    if (spec?.hostNetwork === true || OVER.has(status?.phase ?? "")) return [];
    const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
    return [...new Set(all.filter((one) => one !== undefined && isIP(one) !== 0))] as string[];
}

function isOf({ object, ref }: Pod, { namespaces, labels }: SourceSelector): boolean {
    return (namespaces?.includes(ref.namespace) ?? true) && selects(labels ?? {}, object.metadata.labels ?? {});
}
