/**
 * OpenAPI schemas made from our field tables, as the API server wants them: structural, so that it can tell a field that
 * is not there from one that is. The tables know every field of Istio's kinds and their types, words and limits; what
 * only a rule could say (a duration's size, one field because of another) is for the analyzer and the policies.
 */
import type { Field } from "../../istio";
import { exclusive, numberSchema, present, textSchema, type FieldOf } from "../../istio/schema-keywords";

/** A JSONSchemaProps of apiextensions.k8s.io/v1. */
export interface Schema {
    readonly type?: string;
    readonly description?: string;
    readonly [keyword: string]: unknown;
}

function listSchema({ of, min, max }: FieldOf<"list">): Schema {
    return { type: "array", items: fieldSchema(of), ...present({ minItems: min, maxItems: max }) };
}

function objectSchema(field: FieldOf<"object">): Schema {
    const entries = Object.entries(field.fields);
    const required = entries.filter(([, one]) => one.required).map(([name]) => name);
    return {
        type: "object",
        properties: Object.fromEntries(entries.map(([name, one]) => [name, fieldSchema(one)])),
        ...(required.length > 0 ? { required } : {}),
        ...exclusive(field),
        ...(field.lenient ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    };
}

function shape(field: Field): Schema {
    switch (field.type) {
        case "text":
            return textSchema(field);
        case "number":
            return numberSchema(field);
        case "flag":
            return { type: "boolean" };
        case "list":
            return listSchema(field);
        case "map":
            return { type: "object", additionalProperties: fieldSchema(field.of), ...present({ maxProperties: field.max }) };
        case "object":
            return objectSchema(field);
        case "any":
            return { "x-kubernetes-preserve-unknown-fields": true };
        case "numberOrName":
            return { "x-kubernetes-int-or-string": true };
        default:
            return field satisfies never;
    }
}

/** What the table says of a field, with its phrase for `kubectl explain`. */
export function fieldSchema(field: Field): Schema {
    return { description: field.doc, ...shape(field) };
}

/** The same without phrases: `kubectl explain` shows the newest version, and the others need not be twice as long for it. */
export function withoutPhrases(schema: Schema): Schema {
    const {
        description: _,
        properties,
        items,
        additionalProperties,
        ...rest
    } = schema as Schema & { properties?: Record<string, Schema>; items?: Schema; additionalProperties?: Schema };
    return {
        ...rest,
        ...(properties
            ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, withoutPhrases(one)])) }
            : {}),
        ...(items ? { items: withoutPhrases(items) } : {}),
        ...(additionalProperties ? { additionalProperties: withoutPhrases(additionalProperties) } : {}),
    };
}
