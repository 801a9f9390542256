/** The texts in a value, each with the path that leads to it. */
import type { PropertyMap, PropertyValue } from "../types";
import { isMap, joinPath } from "./envelopes";

export interface Leaf {
    readonly path: string;
    readonly value: string;
}

export function leaves(map: PropertyMap): Leaf[] {
    const found: Leaf[] = [];
    const walk = (value: PropertyValue, path: string): void => {
        if (typeof value === "string") found.push({ path, value });
        else if (Array.isArray(value)) (value as readonly PropertyValue[]).forEach((item, index) => walk(item, `${path}[${index}]`));
        else if (isMap(value)) for (const [key, item] of Object.entries(value)) walk(item, joinPath(path, key));
    };
    walk(map, "");
    return found;
}
