/** A load balancer without source ranges is open to all of the internet, whether that was meant or not. */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { fault, isKind, type Thing } from "../thing";
import { at, entries, items, text, texts, UNKNOWN } from "../values";

const EVERYBODY: readonly string[] = ["0.0.0.0/0", "::/0"];
/** The older way to say it, still read by the clouds. */
const ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** Undefined where it is not known. */
function rangesOf(thing: Thing): readonly string[] | undefined {
    const ranges = at(thing.value, "spec", "loadBalancerSourceRanges");
    const annotation = at(thing.value, "metadata", "annotations", ANNOTATION);
    if ([ranges, annotation, ...items(ranges)].includes(UNKNOWN)) return undefined;
    const said = texts(ranges);
    return said.length > 0
        ? said
        : (text(annotation) ?? "")
              .split(",")
              .map((one) => one.trim())
              .filter((one) => one !== "");
}

function isInternal(thing: Thing, annotations: readonly string[]): boolean {
    const own = at(thing.value, "metadata", "annotations");
    return (
        own === UNKNOWN ||
        entries(own).some(([key, value]) =>
            value === UNKNOWN ? annotations.some((one) => one.startsWith(`${key}=`)) : annotations.includes(`${key}=${String(value)}`),
        )
    );
}

/** `::/0`, however many zeros it is written with. */
const isEverybody = (range: string): boolean => EVERYBODY.includes(range) || /^[0.]+\/0+$|^[0:]+\/0+$/.test(range);

export const loadBalancerSourceRanges: Checks<"load-balancer-source-ranges"> = {
    resource: (thing, { internalAnnotations }) => {
        if (!isKind(thing, "", "Service") || at(thing.value, "spec", "type") !== "LoadBalancer" || isInternal(thing, internalAnnotations))
            return [];
        const ranges = rangesOf(thing);
        if (ranges === undefined) return [];
        const open = ranges.find(isEverybody);
        const fix = "Name the addresses that may reach it.";
        if (open !== undefined)
            return [fault(thing, "spec.loadBalancerSourceRanges", `has ${shownText(open)}, which is everybody. ${fix}`)];
        return ranges.length === 0 ? [fault(thing, "spec.loadBalancerSourceRanges", `is empty: everybody may reach it. ${fix}`)] : [];
    },
};
