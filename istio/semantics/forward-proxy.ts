/**
 * What Istio has no word for at an egress gateway stands in annotations: which servers of a Gateway are forward proxies, which
 * ServiceEntries lead through them, who may reach those, and which inner addresses their names may have.
 */
import { isRange } from "../ip-blocks";
import { isRecord } from "../validation/outline";

/** On a Gateway: names of its servers' ports, comma separated. On a ServiceEntry: Gateways with such servers, `ns/name`. */
export const FORWARD_PROXY_ANNOTATION = "gatehouse.dev/forward-proxy";
/** On a ServiceEntry: who may reach its hosts, as JSON. */
export const ALLOW_FROM_ANNOTATION = "gatehouse.dev/allow-from";
/** On a ServiceEntry: CIDRs. */
export const INNER_ADDRESSES_ANNOTATION = "gatehouse.dev/inner-addresses";

type Annotations = Readonly<Record<string, string>> | undefined;

/** Workloads by their namespace and their labels; what is absent is any. */
export interface SourceSelector {
    readonly namespaces?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
}

/** Names of ports. */
export function forwardProxyPorts(annotations: Annotations): readonly string[] {
    return listOf(annotations?.[FORWARD_PROXY_ANNOTATION]);
}

/** Gateways as `ns/name`. */
export function forwardProxyGateways(annotations: Annotations): readonly string[] {
    return listOf(annotations?.[FORWARD_PROXY_ANNOTATION]);
}

/** Ranges of addresses; of what can't be read nothing is allowed. */
export function allowedInnerAddresses(annotations: Annotations): readonly string[] {
    return listOf(annotations?.[INNER_ADDRESSES_ANNOTATION]).filter(isRange);
}

/** Undefined: everybody. An empty list: nobody, as where the annotation can't be read. */
export function allowedSources(annotations: Annotations): readonly SourceSelector[] | undefined {
    const text = annotations?.[ALLOW_FROM_ANNOTATION];
    return text === undefined ? undefined : (readSources(text) ?? []);
}

/** Undefined: it can't be read. */
export function readSources(text: string): readonly SourceSelector[] | undefined {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return undefined;
    }
    if (!Array.isArray(value)) return undefined;
    return value.every(isSelector) ? value : undefined;
}

function isSelector(value: unknown): value is SourceSelector {
    if (!isRecord(value) || Object.keys(value).some((key) => key !== "namespaces" && key !== "labels")) return false;
    const { namespaces, labels } = value;
    const isNamespaces = namespaces === undefined || (Array.isArray(namespaces) && namespaces.every(isText) && namespaces.length > 0);
    const isLabels = labels === undefined || (isRecord(labels) && Object.values(labels).every((one) => typeof one === "string"));
    return isNamespaces && isLabels;
}

function isText(value: unknown): boolean {
    return typeof value === "string" && value !== "";
}

function listOf(text: string | undefined): readonly string[] {
    return (text ?? "")
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "");
}
