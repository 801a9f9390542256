/**
 * The provider passes Kubernetes' own kinds through their Go types, and what is empty there is not written again:
 * empty lists, and empty maps of text. Objects are structs in Go and stay, as do other people's kinds.
 */
import { groupOf } from "../../../istio";
import type { PropertyMap, PropertyValue } from "../../types";
import { isMap, isSecret, seal } from "../../values/envelopes";

/** Fields that Go writes even when they are empty. */
const ALWAYS: ReadonlySet<string> = new Set(["rules", "verbs", "endpoints"]);
/** Fields that are maps of text in Go. */
const MAPS: ReadonlySet<string> = new Set([
    "annotations",
    "binaryData",
    "data",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "requests",
]);

/** True for the kinds of Kubernetes itself: groups without a domain, or below k8s.io. */
export function isBuiltIn(apiVersion: string): boolean {
    const group = groupOf(apiVersion);
    return !group.includes(".") || group.endsWith(".k8s.io");
}

export function withoutEmpty(kind: string, object: PropertyMap): PropertyMap {
    const always = kind === "EndpointSlice" ? new Set([...ALWAYS, "ports"]) : ALWAYS;
    // A label selector is a struct, a Service's selector a map.
    const maps = kind === "Service" ? new Set([...MAPS, "selector"]) : MAPS;
    const clean = (value: PropertyValue): PropertyValue => {
        if (isSecret(value)) return seal(clean(value.value ?? null));
        if (Array.isArray(value)) return (value as readonly PropertyValue[]).map(clean);
        return isMap(value) ? cleanMap(value) : value;
    };
    const cleanMap = (map: PropertyMap): PropertyMap =>
        Object.fromEntries(
            Object.entries(map)
                .filter(([key, value]) => {
                    if (Array.isArray(value)) return value.length > 0 || always.has(key);
                    return !(isMap(value) && Object.keys(value).length === 0 && maps.has(key));
                })
                .map(([key, value]) => [key, clean(value)]),
        );
    return cleanMap(object);
}
