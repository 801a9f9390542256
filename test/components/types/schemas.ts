/** What holds the schemas and the types of arguments equal. Each `@ts-expect-error` is a schema that must not compile. */
import type * as pulumi from "@pulumi/pulumi";
import type { FieldFor, ObjectFor } from "../../../components/schema";

interface Args {
    readonly host: pulumi.Input<string>;
    readonly mode?: "A" | "B";
    readonly size?: number | string;
    readonly tags?: readonly pulumi.Input<string>[];
    readonly source?: { readonly kind: "a"; readonly path: string } | { readonly kind: "b" };
}
const host = { type: "text", input: true, required: true, doc: "" } as const;
const mode = { type: "text", words: { A: "", B: "" }, doc: "" } as const;
const size = { type: "union", name: "Size", doc: "", members: { number: { as: "pods", field: { type: "number", least: 1, doc: "" } }, text: { as: "share", field: { type: "text", doc: "" } } } } as const;
const tags = { type: "list", doc: "", of: { type: "text", input: true, doc: "" } } as const;
const path = { type: "text", required: true, doc: "" } as const;
const a = { type: "object", name: "A", doc: "", fields: { path } } as const;
const b = { type: "object", name: "B", doc: "", fields: {} } as const;
const source = { type: "variants", name: "Source", doc: "", variants: { a, b } } as const;
const outline = { type: "object", name: "Args", doc: "" } as const;

export const whole: ObjectFor<Args> = { ...outline, fields: { host, mode, size, tags, source } };
// @ts-expect-error an argument that the schema lacks
export const lacking: ObjectFor<Args> = { ...outline, fields: { host, mode, size, tags } };
// @ts-expect-error an argument that the type lacks
export const foreign: ObjectFor<Args> = { ...outline, fields: { host, mode, size, tags, source, more: mode } };
// @ts-expect-error a value that may come later, and a schema that does not say so
export const early: ObjectFor<Args>["fields"]["host"] = { type: "text", required: true, doc: "" };
// @ts-expect-error a schema that says of a plain value that it may come later
export const late: ObjectFor<Args>["fields"]["mode"] = { ...mode, input: true };
// @ts-expect-error an argument that has to be there, and a schema that does not say so
export const optional: ObjectFor<Args>["fields"]["host"] = { type: "text", input: true, doc: "" };
// @ts-expect-error an argument that may be left out, and a schema that does not say so
export const required: ObjectFor<Args>["fields"]["mode"] = { ...mode, required: true };
// @ts-expect-error another type
export const typed: ObjectFor<Args>["fields"]["tags"] = { type: "map", doc: "", of: { type: "text", input: true, doc: "" } };
// @ts-expect-error a word that the schema lacks
export const worded: ObjectFor<Args>["fields"]["mode"] = { type: "text", words: { A: "" }, doc: "" };
// @ts-expect-error a member of a union that the schema lacks
export const member: FieldFor<number | string> = { type: "union", name: "Size", doc: "", members: { text: { as: "share", field: { type: "text", doc: "" } } } };
// @ts-expect-error a kind that the schema lacks
export const kind: ObjectFor<Args>["fields"]["source"] = { type: "variants", name: "Source", doc: "", variants: { a } };
