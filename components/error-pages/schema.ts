/** What clients are given in the place of a plain answer that says what went wrong: what Istio has no word for. */
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectFor } from "../schema";

/** A page for some statuses, in one form or several: by `Accept` a client has the one that it likes best. */
export interface ErrorPageArgs {
    /** `404`, `5xx`, or a range as `500-504`. Of several pages the one for the fewest statuses is given. */
    readonly statuses: readonly string[];
    /** Answers that the gateway makes itself, or the backends' too. Default: `gateway`; what a backend says is its own. */
    readonly of?: "gateway" | "all";
    /** Of each form: `{{status}}`, `{{reason}}`, `{{requestId}}` and `{{host}}` are put in. At most 64 KiB. */
    readonly html?: pulumi.Input<string>;
    readonly json?: pulumi.Input<string>;
    readonly text?: pulumi.Input<string>;
}

const PAGE = { type: "text", input: true } as const;

export const ERROR_PAGE: ObjectFor<ErrorPageArgs> = {
    type: "object",
    name: "ErrorPageArgs",
    doc: "A page for some statuses, in one form or several: by `Accept` a client has the one that it likes best.",
    fields: {
        statuses: {
            type: "list",
            required: true,
            doc: "`404`, `5xx`, or a range as `500-504`. Of several pages the one for the fewest statuses is given.",
            of: { type: "text", doc: "" },
        },
        of: {
            type: "text",
            words: { gateway: "What the gateway answers itself.", all: "What backends answer too." },
            doc: "Answers that the gateway makes itself, or the backends' too.",
            default: "`gateway`; what a backend says is its own.",
        },
        html: { ...PAGE, doc: "Of each form: `{{status}}`, `{{reason}}`, `{{requestId}}` and `{{host}}` are put in. At most 64 KiB." },
        json: { ...PAGE, doc: "" },
        text: { ...PAGE, doc: "" },
    },
};
