/** The definitions as plain data: Istio's own names, groups, versions and columns; schemas of our own making. */
import { GROUP_OF_KIND, kindTable } from "../../istio";
import { recommendedLabels } from "../arguments";
import { fieldSchema, withoutPhrases, type Schema } from "./openapi";
import { crdName, NAMES } from "./plan";
import type { IstioKind } from "./schema";

interface Column {
    readonly name: string;
    readonly type: string;
    readonly jsonPath: string;
}

export interface CrdManifest {
    readonly metadata: { readonly name: string; readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
    readonly spec: {
        readonly group: string;
        readonly scope: "Namespaced";
        readonly names: {
            readonly kind: string;
            readonly listKind: string;
            readonly plural: string;
            readonly singular: string;
            readonly shortNames?: string[];
            readonly categories: string[];
        };
        readonly versions: readonly CrdVersion[];
    };
}

interface CrdVersion {
    readonly name: string;
    readonly served: boolean;
    readonly storage: boolean;
    readonly subresources: { readonly status: Readonly<Record<never, never>> };
    readonly additionalPrinterColumns: Column[];
    readonly schema: { readonly openAPIV3Schema: Schema };
}

/** Kubernetes takes the outline of an object as given: names and types alone may stand there. */
function rootSchema(kind: IstioKind): Schema {
    const { spec, status } = kindTable(kind).root.fields;
    if (!spec || !status) throw new Error(`the table of ${kind} has no spec or status`);
    return {
        type: "object",
        ...(spec.required ? { required: ["spec"] } : {}),
        properties: { spec: fieldSchema(spec), status: { type: "object", ...fieldSchema(status) } },
    };
}

function columnsOf(kind: IstioKind): Column[] {
    return [
        ...NAMES[kind].columns.map(([name, jsonPath]) => ({ name, type: "string", jsonPath })),
        { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];
}

export function buildCrd(component: string, kind: IstioKind): CrdManifest {
    const group = GROUP_OF_KIND[kind];
    const { versions } = kindTable(kind);
    const { plural, shortNames } = NAMES[kind];
    const singular = kind.toLowerCase();
    const schema = rootSchema(kind);
    return {
        metadata: {
            name: crdName(kind),
            labels: recommendedLabels("istio-crds", component),
            // What depends on it starts once the API server takes objects of the kind.
            annotations: { "pulumi.com/waitFor": "condition=Established" },
        },
        spec: {
            group,
            scope: "Namespaced",
            names: {
                kind,
                listKind: `${kind}List`,
                plural,
                singular,
                ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
                categories: ["istio-io", `${group.replaceAll(".", "-").replace(/-io$/, "")}-io`],
            },
            // The newest is stored; every version has the same fields, so that nothing is converted.
            versions: versions.map((name, index) => ({
                name,
                served: true,
                storage: index === 0,
                subresources: { status: {} },
                additionalPrinterColumns: columnsOf(kind),
                schema: { openAPIV3Schema: index === 0 ? schema : withoutPhrases(schema) },
            })),
        },
    };
}
