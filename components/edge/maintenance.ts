/** Maintenance as an argument: everybody is told to come back later, but for those who look after the host. */
import type * as pulumi from "@pulumi/pulumi";
import type { FieldFor, ObjectFor } from "../schema";

/** What is said, in one form or several: by `Accept` a client has the one that it likes best. Values as in error pages. */
export interface MaintenancePageArgs {
    readonly html?: pulumi.Input<string>;
    readonly json?: pulumi.Input<string>;
    readonly text?: pulumi.Input<string>;
}

/** A header or a cookie that lets somebody pass. */
export interface BypassValueArgs {
    readonly name: string;
    /** Whoever can read the VirtualService can read it. */
    readonly value: pulumi.Input<string>;
}

/** Who passes all the same: whoever meets one of these. Challenges of ACME always do. */
export interface MaintenanceBypassArgs {
    readonly header?: BypassValueArgs;
    readonly cookie?: BypassValueArgs;
    /** Addresses of clients, and CIDR blocks of them; behind trusted proxies as these say them. */
    readonly addresses?: readonly pulumi.Input<string>[];
    /** Whole paths as `/healthz`, or what paths begin with as `/internal/*`. */
    readonly paths?: readonly string[];
}

export interface MaintenanceArgs {
    /** 500 to 599. Default: 503. Calls of gRPC get UNAVAILABLE. */
    readonly status?: number;
    /** A duration as Istio writes them, or a time as `2026-01-31T06:00:00Z`. Default: `5m`. */
    readonly retryAfter?: string;
    /** Default: the error page for the status, else a line of text. */
    readonly page?: MaintenancePageArgs;
    /** Default: nobody passes. */
    readonly bypass?: MaintenanceBypassArgs;
}

const TEXT = { type: "text", input: true, doc: "" } as const;

const PAGE: ObjectFor<MaintenancePageArgs> = {
    type: "object",
    name: "MaintenancePageArgs",
    doc: "What is said, in one form or several: by `Accept` a client has the one that it likes best. Values as in error pages.",
    fields: { html: TEXT, json: TEXT, text: TEXT },
};

const VALUE: ObjectFor<BypassValueArgs> = {
    type: "object",
    name: "BypassValueArgs",
    doc: "A header or a cookie that lets somebody pass.",
    fields: {
        name: { type: "text", required: true, doc: "" },
        value: { type: "text", required: true, input: true, doc: "Whoever can read the VirtualService can read it." },
    },
};

const BYPASS: ObjectFor<MaintenanceBypassArgs> = {
    type: "object",
    name: "MaintenanceBypassArgs",
    doc: "Who passes all the same: whoever meets one of these. Challenges of ACME always do.",
    fields: {
        header: VALUE,
        cookie: VALUE,
        addresses: {
            type: "list",
            doc: "Addresses of clients, and CIDR blocks of them; behind trusted proxies as these say them.",
            of: { type: "text", input: true, doc: "" },
        },
        paths: {
            type: "list",
            doc: "Whole paths as `/healthz`, or what paths begin with as `/internal/*`.",
            of: { type: "text", doc: "" },
        },
    },
};

const TUNED: ObjectFor<MaintenanceArgs> = {
    type: "object",
    name: "MaintenanceArgs",
    doc: "What everybody is told, and who passes all the same.",
    fields: {
        status: { type: "number", least: 500, doc: "500 to 599.", default: "503. Calls of gRPC get UNAVAILABLE." },
        retryAfter: {
            type: "text",
            doc: "A duration as Istio writes them, or a time as `2026-01-31T06:00:00Z`.",
            default: "`5m`.",
        },
        page: { ...PAGE, doc: "", default: "the error page for the status, else a line of text." },
        bypass: { ...BYPASS, doc: "", default: "nobody passes." },
    },
};

export const MAINTENANCE: FieldFor<boolean | MaintenanceArgs> = {
    type: "union",
    name: "MaintenanceChoice",
    doc: "",
    members: {
        flag: { as: "enabled", field: { type: "flag", doc: "Whether everybody is told to come back later." } },
        object: { as: "maintenance", field: TUNED },
    },
};
