/** The schema of `metadata`, which every component that makes objects takes. */
import type { MetadataArgs } from "../arguments";
import type { ObjectFor } from "./types";

export const METADATA: ObjectFor<MetadataArgs> = {
    type: "object",
    name: "MetadataArgs",
    doc: "Name, labels and annotations of what the component makes.",
    fields: {
        name: {
            type: "text",
            input: true,
            doc: "",
            default:
                "the component's own name, so that people and DNS can read it. A rename needs an alias: the object under the old name is deleted.",
        },
        labels: {
            type: "map",
            doc: "Added to every object of the component.",
            of: { type: "text", input: true, doc: "" },
        },
        annotations: {
            type: "map",
            doc: "Added to every object of the component.",
            of: { type: "text", input: true, doc: "" },
        },
    },
};
