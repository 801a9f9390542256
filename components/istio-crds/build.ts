/** The definitions as plain data: Istio's own names, groups, versions and columns; schemas of our own making. */
import { KIND_TABLES } from "../../istio";
import { fault, mentionsUnknown, recommendedLabels, type Fault } from "../arguments";
import type { IstioCrdsArgs, IstioKind } from "./args";
import { fieldSchema, withoutPhrases, type Schema } from "./schema";

interface Column {
    readonly name: string;
    readonly type: string;
    readonly jsonPath: string;
}

interface KindNames {
    readonly plural: string;
    readonly shortNames: readonly string[];
    /** Beside the age. */
    readonly columns: readonly (readonly [name: string, jsonPath: string])[];
}

const NAMES: Readonly<Record<IstioKind, KindNames>> = {
    Gateway: { plural: "gateways", shortNames: ["gw"], columns: [] },
    VirtualService: {
        plural: "virtualservices",
        shortNames: ["vs"],
        columns: [
            ["Gateways", ".spec.gateways"],
            ["Hosts", ".spec.hosts"],
        ],
    },
    ServiceEntry: {
        plural: "serviceentries",
        shortNames: ["se"],
        columns: [
            ["Hosts", ".spec.hosts"],
            ["Location", ".spec.location"],
            ["Resolution", ".spec.resolution"],
        ],
    },
    DestinationRule: { plural: "destinationrules", shortNames: ["dr"], columns: [["Host", ".spec.host"]] },
    Sidecar: { plural: "sidecars", shortNames: [], columns: [] },
    Telemetry: { plural: "telemetries", shortNames: ["telemetry"], columns: [] },
};
export const ISTIO_KINDS = Object.keys(NAMES) as readonly IstioKind[];

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
    const { spec, status } = KIND_TABLES[kind].root.fields;
    if (!spec || !status) throw new Error(`the table of ${kind} has no spec or status`);
    return {
        type: "object",
        required: ["spec"],
        properties: { spec: fieldSchema(spec), status: { type: "object", ...fieldSchema(status) } },
    };
}

function columnsOf(kind: IstioKind): Column[] {
    return [
        ...NAMES[kind].columns.map(([name, jsonPath]) => ({ name, type: "string", jsonPath })),
        { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];
}

export function crdName(kind: IstioKind): string {
    return `${NAMES[kind].plural}.${KIND_TABLES[kind].group}`;
}

export function buildCrd(component: string, kind: IstioKind): CrdManifest {
    const { group, versions } = KIND_TABLES[kind];
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

export function crdsFaults({ kinds, adopt }: IstioCrdsArgs): Fault[] {
    const known = ISTIO_KINDS as readonly string[];
    const wrong = (kinds ?? []).flatMap((kind, index) => {
        if (mentionsUnknown(kind))
            return [fault("GH0210", `kinds[${index}]`, "this says which resources there are, and is not known yet.", "Give it as it is.")];
        if (!known.includes(kind))
            return [fault("GH0210", `kinds[${index}]`, `${JSON.stringify(kind)} is not one of ${known.join(", ")}.`)];
        return kinds?.indexOf(kind) === index ? [] : [fault("GH0210", `kinds[${index}]`, `${kind} is named twice.`)];
    });
    return [
        ...wrong,
        ...(adopt === undefined || typeof adopt === "boolean"
            ? []
            : [fault("GH0210", "adopt", `${JSON.stringify(adopt)} is neither true nor false.`)]),
    ];
}
