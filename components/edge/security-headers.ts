/** Security headers as one argument: the set that a gateway adds to responses, tuned or switched off. */
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectFor, FieldFor } from "../schema";

/** Strict-Transport-Security (RFC 6797); over plain HTTP it is never said. */
export interface HstsArgs {
    /** For how long browsers come over HTTPS alone, as Istio writes durations. Default: `8760h`, a year. */
    readonly maxAge?: string;
    /** Whether names below the host are meant too. Default: false; those may be somebody else's, and not served over HTTPS. */
    readonly includeSubDomains?: boolean;
    /** Whether browsers may be shipped with the name; wants a year and `includeSubDomains`. Default: false; it is not taken back within months. */
    readonly preload?: boolean;
}

/** Headers that tell browsers what not to do with a site. Of each text `off` leaves the header out. */
export interface SecurityHeadersArgs {
    /** Whether what a backend says of the same is replaced. Default: false; what it says stays. */
    readonly override?: boolean;
    /** Default: `{ maxAge: "8760h" }`. */
    readonly hsts?: boolean | HstsArgs;
    /** `X-Content-Type-Options: nosniff`. Default: true. */
    readonly contentTypeOptions?: boolean;
    /** Default: `strict-origin-when-cross-origin`. */
    readonly referrerPolicy?: string;
    /** Who may frame pages, as sources of CSP's frame-ancestors; older browsers are told by X-Frame-Options where that has a word for it. Default: `'self'`. */
    readonly frameAncestors?: pulumi.Input<string>;
    /** More of Content-Security-Policy, without frame-ancestors. Default: `off`; what a site loads only the site knows. */
    readonly contentSecurityPolicy?: pulumi.Input<string>;
    /** Default: `camera=(), geolocation=(), microphone=()`. */
    readonly permissionsPolicy?: pulumi.Input<string>;
    /** Default: `same-origin-allow-popups`; `same-origin` breaks sign-in that opens a window. */
    readonly crossOriginOpenerPolicy?: string;
    /** Default: `off`; with it, other sites could not show images of this one. */
    readonly crossOriginResourcePolicy?: string;
    /** Default: `off`; with it, a page loads from others only what they allow. */
    readonly crossOriginEmbedderPolicy?: string;
}

const HSTS: ObjectFor<HstsArgs> = {
    type: "object",
    name: "HstsArgs",
    doc: "Strict-Transport-Security (RFC 6797); over plain HTTP it is never said.",
    fields: {
        maxAge: {
            type: "text",
            doc: "For how long browsers come over HTTPS alone, as Istio writes durations.",
            default: "`8760h`, a year.",
        },
        includeSubDomains: {
            type: "flag",
            doc: "Whether names below the host are meant too.",
            default: "false; those may be somebody else's, and not served over HTTPS.",
        },
        preload: {
            type: "flag",
            doc: "Whether browsers may be shipped with the name; wants a year and `includeSubDomains`.",
            default: "false; it is not taken back within months.",
        },
    },
};

const TUNED: ObjectFor<SecurityHeadersArgs> = {
    type: "object",
    name: "SecurityHeadersArgs",
    doc: "Headers that tell browsers what not to do with a site. Of each text `off` leaves the header out.",
    fields: {
        override: { type: "flag", doc: "Whether what a backend says of the same is replaced.", default: "false; what it says stays." },
        hsts: {
            type: "union",
            name: "HstsChoice",
            doc: "",
            default: '`{ maxAge: "8760h" }`.',
            members: {
                flag: { as: "enabled", field: { type: "flag", doc: "Whether it is said." } },
                object: { as: "hsts", field: HSTS },
            },
        },
        contentTypeOptions: { type: "flag", doc: "`X-Content-Type-Options: nosniff`.", default: "true." },
        referrerPolicy: { type: "text", doc: "", default: "`strict-origin-when-cross-origin`." },
        frameAncestors: {
            type: "text",
            input: true,
            doc: "Who may frame pages, as sources of CSP's frame-ancestors; older browsers are told by X-Frame-Options where that has a word for it.",
            default: "`'self'`.",
        },
        contentSecurityPolicy: {
            type: "text",
            input: true,
            doc: "More of Content-Security-Policy, without frame-ancestors.",
            default: "`off`; what a site loads only the site knows.",
        },
        permissionsPolicy: { type: "text", input: true, doc: "", default: "`camera=(), geolocation=(), microphone=()`." },
        crossOriginOpenerPolicy: {
            type: "text",
            doc: "",
            default: "`same-origin-allow-popups`; `same-origin` breaks sign-in that opens a window.",
        },
        crossOriginResourcePolicy: { type: "text", doc: "", default: "`off`; with it, other sites could not show images of this one." },
        crossOriginEmbedderPolicy: { type: "text", doc: "", default: "`off`; with it, a page loads from others only what they allow." },
    },
};

export const SECURITY_HEADERS: FieldFor<boolean | SecurityHeadersArgs> = {
    type: "union",
    name: "SecurityHeadersChoice",
    doc: "",
    members: {
        flag: { as: "enabled", field: { type: "flag", doc: "Whether the set as it is by default is added." } },
        object: { as: "headers", field: TUNED },
    },
};
