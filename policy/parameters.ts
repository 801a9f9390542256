/** Parameters of policies: a JSON schema each, of the few forms that they need, and the values that fit it. */

interface Described {
    readonly description: string;
}
export interface IntegerParameter extends Described {
    readonly type: "integer";
    readonly minimum: number;
    readonly default: number;
}
export interface ChoiceParameter extends Described {
    readonly type: "string";
    readonly enum: readonly string[];
    readonly default: string;
}
export interface TextsParameter extends Described {
    readonly type: "array";
    readonly items: { readonly type: "string" };
    readonly default: readonly string[];
}
/** A list of texts for each key. */
export interface TextsByKeyParameter extends Described {
    readonly type: "object";
    readonly additionalProperties: { readonly type: "array"; readonly items: { readonly type: "string" } };
    readonly default: Readonly<Record<string, readonly string[]>>;
}
export type ParameterSchema = IntegerParameter | ChoiceParameter | TextsParameter | TextsByKeyParameter;
export type ParameterSchemas = Readonly<Record<string, ParameterSchema>>;

type ValueOf<S extends ParameterSchema> = S extends IntegerParameter
    ? number
    : S extends ChoiceParameter
      ? S["enum"][number]
      : S extends TextsParameter
        ? readonly string[]
        : Readonly<Record<string, readonly string[]>>;

/** The values of a policy's parameters, each given or its default. */
export type ParameterValues<P> = P extends ParameterSchemas ? { readonly [K in keyof P]: ValueOf<P[K]> } : Record<never, never>;

export function integer(value: number, description: string, minimum = 1): IntegerParameter & { readonly default: number } {
    return { type: "integer", minimum, default: value, description };
}

export function choice<const E extends readonly string[]>(
    words: E,
    value: E[number],
    description: string,
): ChoiceParameter & { readonly enum: E } {
    return { type: "string", enum: words, default: value, description };
}

export function texts(value: readonly string[], description: string): TextsParameter {
    return { type: "array", items: { type: "string" }, default: value, description };
}

export function textsByKey(description: string): TextsByKeyParameter {
    return { type: "object", additionalProperties: { type: "array", items: { type: "string" } }, default: {}, description };
}

/** How messages and the page write what is wanted. */
export function wanted(schema: ParameterSchema): string {
    switch (schema.type) {
        case "integer":
            return `a whole number, ${schema.minimum} or more`;
        case "string":
            return `one of ${schema.enum.join(", ")}`;
        case "array":
            return "a list of texts";
        case "object":
            return "a mapping whose values are lists of texts";
        default:
            return schema satisfies never;
    }
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === "string");

export function fits(schema: ParameterSchema, value: unknown): boolean {
    switch (schema.type) {
        case "integer":
            return typeof value === "number" && Number.isInteger(value) && value >= schema.minimum;
        case "string":
            return typeof value === "string" && schema.enum.includes(value);
        case "array":
            return isTexts(value);
        case "object":
            return typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isTexts);
        default:
            return schema satisfies never;
    }
}
