/**
 * Annotations in our name that nobody reads: misspelt, or on a kind that has none. What they were to restrict is not restricted, so
 * that they are named, whatever the object.
 */
import { didYouMean } from "../../did-you-mean";
import { EDGE_SETTING_NAMES, EDGE_SETTINGS } from "../../semantics/edge-settings";
import { ERROR_PAGES_ANNOTATION } from "../../semantics/error-pages";
import { ALLOW_FROM_ANNOTATION, FORWARD_PROXY_ANNOTATION, INNER_ADDRESSES_ANNOTATION } from "../../semantics/forward-proxy";
import { GATEWAY_OPTIONS_ANNOTATION } from "../../semantics/gateway-options";
import { HEALTH_CHECK_ANNOTATION } from "../../semantics/health-check";
import { LIMITS_ANNOTATION } from "../../semantics/host-limits";
import { MAX_CONCURRENT_ANNOTATION, RATE_LIMIT_ANNOTATION } from "../../semantics/rate-limits";
import { shownText } from "../../shown";
import type { Report } from "../report";

const OURS = "gatehouse.dev/";

/** Of Istio's own kinds, whose rules say for which of them each is. */
const OF_ISTIO = [LIMITS_ANNOTATION, HEALTH_CHECK_ANNOTATION, FORWARD_PROXY_ANNOTATION, ALLOW_FROM_ANNOTATION, INNER_ADDRESSES_ANNOTATION];
const OF_ANY = [
    ERROR_PAGES_ANNOTATION,
    GATEWAY_OPTIONS_ANNOTATION,
    RATE_LIMIT_ANNOTATION,
    MAX_CONCURRENT_ANNOTATION,
    ...EDGE_SETTING_NAMES.map((name) => EDGE_SETTINGS[name].annotation),
    // Of pods, which local runs read, and of Gateways, which a policy does.
    `${OURS}run`,
    `${OURS}plain-http`,
];

export function ownAnnotationRules(kind: string, isIstio: boolean, annotations: Readonly<Record<string, string>>, report: Report): void {
    for (const key of Object.keys(annotations)) {
        if (!key.toLowerCase().startsWith(OURS) || OF_ANY.includes(key)) continue;
        const field = `metadata.annotations["${key}"]`;
        if (!OF_ISTIO.includes(key)) {
            const meant = didYouMean(key, [...OF_ANY, ...OF_ISTIO]);
            const fix = meant === undefined ? "Take it away." : `Did you mean \`${meant}\`?`;
            report("GH0111", field, `there is no annotation ${shownText(key)}, and nothing comes of it`, fix);
        } else if (!isIstio)
            report("GH0111", field, `a ${kind} has no such annotation`, `Put it on ${PLACES[key] ?? "the object that it is for"}.`);
    }
}

const PLACES: Readonly<Record<string, string>> = {
    [LIMITS_ANNOTATION]: "the VirtualService of the hosts; those of a gateway as a whole are `limits` of its options",
    [HEALTH_CHECK_ANNOTATION]: "the DestinationRule of the host",
    [FORWARD_PROXY_ANNOTATION]: "the Gateway, or on the ServiceEntry",
    [ALLOW_FROM_ANNOTATION]: "the ServiceEntry",
    [INNER_ADDRESSES_ANNOTATION]: "the ServiceEntry",
};
