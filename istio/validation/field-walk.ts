/** What a walk by field tables is done with, and how it says that a value is of another type. */
import type { Field } from "../fields";
import { shown } from "../shown";
import type { Report } from "./report";

export interface FieldWalk {
    readonly report: Report;
    /** Values are not shown: the object is a Secret. */
    readonly secret: boolean;
    readonly writtenOf?: (field: string) => string | undefined;
    /** Called for every field that is there and known. */
    readonly visit?: (field: Field, value: unknown, path: string) => void;
}

export function wrongType(
    value: unknown,
    wanted: string,
    path: string,
    walking: FieldWalk,
    fix = "",
    what = got(value, walking),
): undefined {
    walking.report("GH0102", path, `got ${what}, wanted ${wanted}`, fix);
    return undefined;
}

function got(value: unknown, walking: FieldWalk): string {
    return walking.secret && (typeof value === "string" || typeof value === "number")
        ? `a ${typeof value === "string" ? "text" : "number"} (not shown)`
        : shown(value);
}
