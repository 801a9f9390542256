/** docs/fields.md: of every field of every kind that is read, whether the bundled proxy acts on it, from the tables that validate them. */
import { KIND_TABLES, type Field, type ObjectField } from "../../istio/fields";
import { FIELD_DIFFERENCES } from "./field-differences";
import { table } from "./markdown-tables";

const INTRO = `# Fields

Of every field of every kind that Gatehouse reads: what it is for, and what the bundled proxy does with it. \`gatehouse analyze\`
tells of each field that is *not served* as [GH0110](messages.md) where an object has it; with \`dataPlane: "istio"\` they are
Istio's to serve. *differs* says where the proxy acts otherwise than Istio's; the [whole list](proxy.md#where-it-differs-from-istios-envoy) has every case.

\`[]\` stands for each entry of a list, \`{}\` for each value of a mapping.
`;

interface Row {
    readonly path: string;
    readonly doc: string;
    readonly here: string;
}

export function fieldsPage(): string {
    const [first] = Object.values(KIND_TABLES);
    const kinds = Object.entries(KIND_TABLES).map(([name, { versions, root }]) => {
        const [group = "", kind = ""] = name.split("/");
        const rest = root.lenient ? "\nOther fields are valid and not read.\n" : "";
        return `\n## ${kind}\n\n${group === "" ? "" : `${group}/`}${versions.join(", ")}\n\n${tableOf(rowsOfKind(kind, root))}\n${rest}`;
    });
    const metadata = first?.root.fields["metadata"];
    const common = metadata ? tableOf(rowsOf("metadata", metadata, { known: new Map(), differences: {} })) : "";
    return `${INTRO}\n## Every object\n\n${common}\n${kinds.join("")}`;
}

/** Of a kind that says so: by path, how a field differs. */
export function rowsOfKind(kind: string, root: ObjectField): readonly Row[] {
    const told = { known: new Map<string, string>(), differences: FIELD_DIFFERENCES[kind] ?? {} };
    return Object.entries(root.fields)
        .filter(([field]) => !["apiVersion", "kind", "metadata"].includes(field))
        .flatMap(([field, of]) => rowsOf(field, of, told));
}

interface Told {
    /** Paths of what stands in the table, by its shape. */
    readonly known: Map<string, string>;
    readonly differences: Readonly<Record<string, string>>;
}

const tableOf = (rows: readonly Row[]): string =>
    table(
        ["field", "what it is for", "here"],
        rows.map(({ path, doc, here }) => [`\`${path}\``, cell(doc), cell(here)]),
    );

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** What is said of a field that is not served holds for all below it. What stands a second time refers to the first. */
function rowsOf(path: string, field: Field, told: Told): readonly Row[] {
    if (field.notServed !== undefined) return [{ path, doc: field.doc, here: `not served: ${field.notServed}` }];
    const { at, inner } = unwrapped(path, field);
    if (inner?.type !== "object" || Object.keys(inner.fields).length === 0)
        return [{ path, doc: field.doc, here: hereOf(field, inner, told.differences[path]) }];
    const shape = shapeOf(inner);
    const first = told.known.get(shape);
    if (first !== undefined && Object.keys(inner.fields).length > 1) return [{ path, doc: field.doc, here: `as \`${first}\`` }];
    told.known.set(shape, at);
    return [
        { path, doc: field.doc, here: hereOf(field, inner, told.differences[path]) },
        ...Object.entries(inner.fields).flatMap(([name, of]) => rowsOf(`${at}.${name}`, of, told)),
    ];
}

/** What lies in lists and mappings. */
function unwrapped(path: string, field: Field): { readonly at: string; readonly inner: Field | undefined } {
    switch (field.type) {
        case "list":
            return unwrapped(`${path}[]`, field.of);
        case "map":
            return unwrapped(`${path}{}`, field.of);
        default:
            return { at: path, inner: field };
    }
}

function hereOf(field: Field, inner: Field | undefined, differs?: string): string {
    if (inner?.type === "any") return "not read";
    const unserved = inner?.type === "text" ? Object.entries(inner.wordsNotServed ?? {}) : [];
    return [
        differs === undefined ? "served" : `differs: ${differs}`,
        ...unserved.map(([word, why]) => `\`${word}\` is not served: ${why}`),
        ...(field.outdated === undefined ? [] : [`old: ${field.outdated}`]),
        ...(inner?.type === "object" && inner.lenient ? ["what is not named here is not read"] : []),
    ].join("; ");
}

function shapeOf(field: ObjectField): string {
    return JSON.stringify(field.fields, (_key, value: unknown) => (value instanceof RegExp ? value.source : value));
}
