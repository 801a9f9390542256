/** Redirects in bulk as an argument: a list, a file, or ConfigMaps of somebody else's. */
import type { FieldFor, ObjectFor } from "../schema";

export interface RedirectArgs {
    /** A whole path as clients send it, `/old`; with a query, `/old?id=7`, that too is compared, letter by letter. */
    readonly from: string;
    /** A path on the same host, or an http or https URL. */
    readonly to: string;
    /** 301, 302, 303, 307 or 308. Default: 301. */
    readonly status?: number;
}

export interface RedirectsArgs {
    readonly list?: readonly RedirectArgs[];
    /** A table that is read when the program runs, by the end of its name `.csv` or `.tsv` (from, to, status) or `.json`. */
    readonly file?: string;
    /** ConfigMaps of the gateway's namespace with the label `gatehouse.dev/redirects: "true"`, which hold such tables; what changes in them holds at once. */
    readonly configMaps?: readonly string[];
    /** Whether a client's query goes on behind a location that has none. Default: true. */
    readonly keepQuery?: boolean;
}

const ROW: ObjectFor<RedirectArgs> = {
    type: "object",
    name: "RedirectArgs",
    doc: "Where a path has moved.",
    fields: {
        from: {
            type: "text",
            required: true,
            doc: "A whole path as clients send it, `/old`; with a query, `/old?id=7`, that too is compared, letter by letter.",
        },
        to: { type: "text", required: true, doc: "A path on the same host, or an http or https URL." },
        status: { type: "number", least: 301, doc: "301, 302, 303, 307 or 308.", default: "301." },
    },
};

const TUNED: ObjectFor<RedirectsArgs> = {
    type: "object",
    name: "RedirectsArgs",
    doc: "Redirects in bulk, and where they stand.",
    fields: {
        list: { type: "list", doc: "", of: ROW },
        file: {
            type: "text",
            doc: "A table that is read when the program runs, by the end of its name `.csv` or `.tsv` (from, to, status) or `.json`.",
        },
        configMaps: {
            type: "list",
            doc: 'ConfigMaps of the gateway\'s namespace with the label `gatehouse.dev/redirects: "true"`, which hold such tables; what changes in them holds at once.',
            of: { type: "text", doc: "" },
        },
        keepQuery: { type: "flag", doc: "Whether a client's query goes on behind a location that has none.", default: "true." },
    },
};

export const REDIRECTS: FieldFor<readonly RedirectArgs[] | RedirectsArgs> = {
    type: "union",
    name: "RedirectsChoice",
    doc: "",
    members: {
        list: { as: "list", field: { type: "list", doc: "Redirects, each by its path.", of: ROW } },
        object: { as: "redirects", field: TUNED },
    },
};
