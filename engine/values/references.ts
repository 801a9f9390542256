/** References to resources inside inputs. Providers take what the reference stands for: an id, or else the URN. */
import type { PropertyMap, PropertyValue } from "../types";
import { isMap, SIGNATURE } from "./envelopes";

const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

export function withoutReferences(map: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, plain(value)]));
}

function plain(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return (value as readonly PropertyValue[]).map(plain);
    if (!isMap(value)) return value;
    if (value[SIGNATURE] === RESOURCE) return value.id ?? value.urn ?? null;
    return withoutReferences(value);
}
