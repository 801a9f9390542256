/** Compression as an argument: bodies of backends' responses go out smaller to clients that like that. */
import type { FieldFor, ObjectFor } from "../schema";

export interface CompressionArgs {
    /** In the order in which one is taken that a client likes as well as another. Default: `["zstd", "br", "gzip"]`. */
    readonly algorithms?: readonly ("zstd" | "br" | "gzip")[];
    /** In bytes, of bodies whose length is known. Default: 1024; of less little would be saved. */
    readonly minLength?: number;
    /** Media types without parameters. Default: text, JSON, XML, JavaScript, SVG and WebAssembly. */
    readonly contentTypes?: readonly string[];
    /** Whether that goes too for what may be one person's own: where the request has a cookie or credentials and the response does not say `public`, or where it sets a cookie. Default: false; beside what a stranger can put in, a body's length tells secrets (BREACH). */
    readonly credentials?: boolean;
    /** Whether backends are not told what clients take, so that they leave it to the gateway. Default: false; a backend that compresses itself does. */
    readonly removeAcceptEncoding?: boolean;
}

const TUNED: ObjectFor<CompressionArgs> = {
    type: "object",
    name: "CompressionArgs",
    doc: "Which bodies go out smaller, and how.",
    fields: {
        algorithms: {
            type: "list",
            doc: "In the order in which one is taken that a client likes as well as another.",
            default: '`["zstd", "br", "gzip"]`.',
            of: {
                type: "text",
                words: { zstd: "RFC 8878.", br: "Brotli, RFC 7932.", gzip: "RFC 1952." },
                doc: "",
            },
        },
        minLength: {
            type: "number",
            least: 30,
            doc: "In bytes, of bodies whose length is known.",
            default: "1024; of less little would be saved.",
        },
        contentTypes: {
            type: "list",
            doc: "Media types without parameters.",
            default: "text, JSON, XML, JavaScript, SVG and WebAssembly.",
            of: { type: "text", doc: "" },
        },
        credentials: {
            type: "flag",
            doc: "Whether that goes too for what may be one person's own: where the request has a cookie or credentials and the response does not say `public`, or where it sets a cookie.",
            default: "false; beside what a stranger can put in, a body's length tells secrets (BREACH).",
        },
        removeAcceptEncoding: {
            type: "flag",
            doc: "Whether backends are not told what clients take, so that they leave it to the gateway.",
            default: "false; a backend that compresses itself does.",
        },
    },
};

export const COMPRESSION: FieldFor<boolean | CompressionArgs> = {
    type: "union",
    name: "CompressionChoice",
    doc: "",
    members: {
        flag: { as: "enabled", field: { type: "flag", doc: "Whether bodies go out smaller, as it is by default." } },
        object: { as: "compression", field: TUNED },
    },
};
