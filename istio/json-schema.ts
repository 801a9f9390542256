/**
 * JSON Schemas (draft 7, which editors know best) made from the field tables: names, types, words and limits, with the
 * phrase that an editor shows. What only a rule could say (one field because of another) is for the analyzer.
 */
import { kindTable, type Field } from "./fields";
import { exclusive, numberSchema, present, textSchema, type FieldOf, type JsonSchema } from "./schema-keywords";
import { GROUP_OF_KIND, type Kind } from "./types";

export const JSON_SCHEMA_DRAFT = "http://json-schema.org/draft-07/schema#";

/** A pattern with flags has no form in JSON Schema. */
function patternOf({ pattern }: FieldOf<"text">): JsonSchema {
    return pattern && pattern.regex.flags === "" ? { pattern: pattern.regex.source } : {};
}

function objectSchema(field: FieldOf<"object">): JsonSchema {
    const entries = Object.entries(field.fields);
    const required = entries.filter(([, one]) => one.required && !one.orEmpty).map(([name]) => name);
    return {
        type: "object",
        properties: Object.fromEntries(entries.map(([name, one]) => [name, schemaOf(one)])),
        ...(required.length > 0 ? { required } : {}),
        ...exclusive(field),
        ...(field.lenient ? {} : { additionalProperties: false }),
    };
}

function shape(field: Field): JsonSchema {
    switch (field.type) {
        case "text":
            return { ...textSchema(field), ...patternOf(field) };
        case "number":
            return numberSchema(field);
        case "flag":
            return { type: "boolean" };
        case "list":
            return { type: "array", items: schemaOf(field.of), ...present({ minItems: field.min, maxItems: field.max }) };
        case "map":
            return { type: "object", additionalProperties: schemaOf(field.of), ...present({ maxProperties: field.max }) };
        case "object":
            return objectSchema(field);
        case "any":
            return {};
        case "numberOrName":
            return { type: ["integer", "string"] };
        default:
            return field satisfies never;
    }
}

/** Editors strike out what has a `deprecationMessage`, and show it. */
function schemaOf(field: Field): JsonSchema {
    const { doc, notServed, outdated } = field;
    return {
        description: notServed === undefined ? doc : `${doc} (not served by the bundled proxy: ${notServed})`,
        ...(outdated === undefined ? {} : { deprecationMessage: outdated }),
        ...shape(field),
    };
}

function apiVersionsOf(kind: Kind): readonly string[] {
    const group = GROUP_OF_KIND[kind];
    return kindTable(kind).versions.map((version) => (group === "" ? version : `${group}/${version}`));
}

/** Of a whole object of a kind. */
export function kindSchema(kind: Kind): JsonSchema {
    const schema = schemaOf(kindTable(kind).root);
    const outline = { apiVersion: { enum: apiVersionsOf(kind) }, kind: { const: kind } };
    return { title: kind, ...schema, properties: { ...(schema["properties"] as object), ...outline } };
}

/** Of a document of any of these kinds; one of another kind is let pass. */
export function documentSchema(kinds: readonly Kind[]): JsonSchema {
    return {
        $schema: JSON_SCHEMA_DRAFT,
        title: "objects that Gatehouse reads",
        type: "object",
        properties: { kind: { anyOf: [{ enum: kinds }, { type: "string" }] } },
        allOf: kinds.map((kind) => ({
            if: {
                required: ["apiVersion", "kind"],
                properties: { apiVersion: { enum: apiVersionsOf(kind) }, kind: { const: kind } },
            },
            then: { $ref: `#/definitions/${kind}` },
        })),
        definitions: Object.fromEntries(kinds.map((kind) => [kind, kindSchema(kind)])),
    };
}
