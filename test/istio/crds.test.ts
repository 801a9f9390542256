import assert from "node:assert/strict";
import * as fs from "node:fs";
import { parseAllDocuments } from "yaml";
import { GROUP_OF_KIND, KIND_TABLES, kindTable, type Field } from "../../istio";
import { needTools } from "../support/tools";

/** The part of an OpenAPI schema that is compared. */
interface Schema {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly additionalProperties?: Schema;
    readonly enum?: readonly string[];
    readonly required?: readonly string[];
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly maxLength?: number;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
    readonly "x-kubernetes-validations"?: readonly { readonly rule: string }[];
}
interface Crd {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
    };
}

const KINDS = [
    "Gateway",
    "VirtualService",
    "ServiceEntry",
    "DestinationRule",
    "Sidecar",
    "Telemetry",
    "AuthorizationPolicy",
    "RequestAuthentication",
    "WasmPlugin",
    "TrafficExtension",
    "EnvoyFilter",
    "ProxyConfig",
] as const;
const TYPES: Readonly<Record<Field["type"], string>> = {
    text: "string",
    number: "number",
    flag: "boolean",
    list: "array",
    map: "object",
    object: "object",
    any: "any",
    numberOrName: "any",
};

/** Every way in which a table is not its schema. */
function differences(schema: Schema, field: Field, path: string): string[] {
    // What Istio hands on to another program has no fields of its own.
    if (field.type === "any" && schema["x-kubernetes-preserve-unknown-fields"]) {
        return [];
    }
    const type = schema.type === "integer" ? "number" : schema.type;
    if (type !== TYPES[field.type]) {
        return [`${path}: the table has ${field.type}, the CRD ${schema.type}`];
    }
    switch (field.type) {
        case "text":
            return textDifferences(schema, field, path);
        case "number":
            return (schema.type === "integer") === field.whole &&
                field.min >= (schema.minimum ?? -Infinity) &&
                field.max <= (schema.maximum ?? Infinity)
                ? []
                : [`${path}: the table's numbers are wider than the CRD's`];
        case "list":
            return [
                ...(field.max === schema.maxItems ? [] : [`${path}: maxItems ${field.max} and ${schema.maxItems}`]),
                ...differences(schema.items ?? {}, field.of, `${path}[]`),
            ];
        case "map":
            return differences(schema.additionalProperties ?? {}, field.of, `${path}{}`);
        case "object":
            return objectDifferences(schema, field, path);
        default:
            return [];
    }
}

function textDifferences(schema: Schema, field: Extract<Field, { type: "text" }>, path: string): string[] {
    const isSpan = (schema["x-kubernetes-validations"] ?? []).some(({ rule }) => rule.includes("duration(self) >= duration('1ms')"));
    return [
        ...([...(field.words ?? [])].sort().join() === [...(schema.enum ?? [])].sort().join() ? [] : [`${path}: the words differ`]),
        ...(isSpan === (field.format === "span" || field.format === "fineSpan")
            ? []
            : [`${path}: ${isSpan ? "is" : "is not"} a duration of at least 1ms in the CRD`]),
        ...(schema.maxLength === undefined || (field.maxLength ?? Infinity) <= schema.maxLength
            ? []
            : [`${path}: maxLength ${schema.maxLength}`]),
    ];
}

function objectDifferences(schema: Schema, field: Extract<Field, { type: "object" }>, path: string): string[] {
    const ours = Object.keys(field.fields);
    const theirs = Object.keys(schema.properties ?? {});
    return [
        ...theirs.filter((name) => !ours.includes(name)).map((name) => `${path}.${name}: is not in the table`),
        ...ours.filter((name) => !theirs.includes(name)).map((name) => `${path}.${name}: is not in the CRD`),
        ...(schema.required ?? []).filter((name) => !field.fields[name]?.required).map((name) => `${path}.${name}: is required in the CRD`),
        ...ours.flatMap((name) => {
            const own = field.fields[name];
            const other = schema.properties?.[name];
            return own && other ? differences(other, own, `${path}.${name}`) : [];
        }),
    ];
}

describe("field tables", () => {
    it("have the fields of Istio's CRDs, their types, words and limits, and no other", function () {
        const { "istio-crds.yaml": file } = needTools(this, "the comparison of the field tables with Istio's CRDs", "istio-crds.yaml");
        const crds = parseAllDocuments(fs.readFileSync(file, "utf8"), { maxAliasCount: -1 } as object).map(
            (document) => document.toJS({ maxAliasCount: -1 }) as Crd | null,
        );
        for (const kind of KINDS) {
            const table = kindTable(kind);
            const crd = crds.find((one) => one?.spec?.names.kind === kind && one.spec.group === GROUP_OF_KIND[kind]);
            assert.ok(crd, `there is no CRD of ${kind}`);
            assert.deepEqual(crd.spec.versions.map(({ name }) => name).sort(), [...table.versions].sort(), `versions of ${kind}`);
            const spec = table.root.fields.spec;
            for (const version of crd.spec.versions) {
                assert.deepEqual(
                    differences(version.schema.openAPIV3Schema.properties?.spec ?? {}, spec as Field, `${kind} ${version.name} spec`),
                    [],
                );
            }
        }
    });

    it("say of every field what it is for", () => {
        const undocumented: string[] = [];
        const visit = (field: Field, path: string): void => {
            if (field.doc.length < 2 || field.doc.endsWith(".")) {
                undocumented.push(path);
            }
            if (field.type === "object") {
                Object.entries(field.fields).forEach(([name, own]) => visit(own, `${path}.${name}`));
            } else if (field.type === "list" || field.type === "map") {
                visit(field.of, `${path}[]`);
            }
        };
        Object.entries(KIND_TABLES).forEach(([kind, table]) => visit(table.root, kind));
        assert.deepEqual(undocumented, []);
    });
});
