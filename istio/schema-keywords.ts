/** The keywords that JSON Schema and Kubernetes' OpenAPI share, made from the field tables. */
import type { Field } from "./fields";

export type FieldOf<T extends Field["type"]> = Extract<Field, { type: T }>;

/** Of either of the two. */
export interface JsonSchema {
    readonly description?: string;
    readonly [keyword: string]: unknown;
}

/** Beyond this a number of a table means "as large as it can be written". */
const LIMITLESS = Number.MAX_SAFE_INTEGER;

export const present = (keywords: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));

export function textSchema({ words, minLength, maxLength }: FieldOf<"text">): JsonSchema {
    return { type: "string", ...present({ enum: words, minLength, maxLength }) };
}

export function numberSchema({ whole, min, max }: FieldOf<"number">): JsonSchema {
    return {
        type: whole ? "integer" : "number",
        ...present({ minimum: min > -LIMITLESS ? min : undefined, maximum: max < LIMITLESS ? max : undefined }),
    };
}

/** No two fields of a group: said as pairs, since a structural schema takes no types inside of `not`. */
export function exclusive({ atMostOne = [] }: FieldOf<"object">): JsonSchema {
    const pairs = atMostOne.flatMap((group) =>
        group.flatMap((one, index) => group.slice(index + 1).map((other) => ({ required: [one, other] }))),
    );
    return pairs.length === 0 ? {} : { not: { anyOf: pairs } };
}
