/** Where an entry came from. */
import type { Kind } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { Origin } from "../../tables/entries";

export function originOf(placed: Placed<Kind>, field: string): Origin {
    const place = placed.source.placeOf?.(field) ?? placed.source.place;
    return { ...placed.ref, field, ...(place ? { file: place.file, line: place.line } : {}) };
}
