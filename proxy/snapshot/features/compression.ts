/** Compression as a worker does it. */
import type { Coding } from "../../../istio/semantics";
import type { EdgePart, Origin } from "../../tables";

export interface BoundCompression {
    readonly origin: Origin;
    readonly algorithms: readonly Coding[];
    readonly minLength: number;
    readonly contentTypes: ReadonlySet<string>;
    readonly credentials: boolean;
    readonly removeAcceptEncoding: boolean;
}

/** Undefined: nothing is compressed. */
export function bindCompression({ value, origin }: EdgePart<"compression">): BoundCompression | undefined {
    return value === false ? undefined : { ...value, origin, contentTypes: new Set(value.contentTypes) };
}
