/** The schema of what a gateway is asked to tell of its requests: the access log and traces. */
import type { CustomTag } from "../../istio";
import type { Inputs } from "../arguments";
import { istioTable } from "../destination";
import type { FieldFor, FlagArgument, IstioField, ObjectFor, TextArgument } from "../schema";
import type { TracingArgs, WorkloadArgs } from "./args";
import type { Ports } from "../ports";

const TEXT = { type: "text", input: true, doc: "" } as const satisfies TextArgument;
const FLAG = { type: "flag", input: true, doc: "" } as const satisfies FlagArgument;

export const ACCESS_LOG: FieldFor<NonNullable<WorkloadArgs<Ports>["accessLog"]>> = {
    type: "union",
    name: "AccessLogChoice",
    decides: true,
    doc: "",
    default: "nothing is logged.",
    members: {
        flag: { as: "all", field: { type: "flag", doc: "Whether every request is logged." } },
        object: {
            as: "some",
            field: {
                type: "object",
                name: "AccessLogArgs",
                doc: "Which requests are logged.",
                fields: {
                    filter: {
                        ...TEXT,
                        doc: "CEL over the request's attributes: `response.code >= 400`.",
                        default: "every request.",
                    },
                    provider: {
                        ...TEXT,
                        doc: "Istio's log provider.",
                        default: "`envoy`, which writes to standard output.",
                    },
                    providers: {
                        type: "list",
                        doc: "Several of them in place of `provider`. What each writes, in which format and to which file, its definition in the mesh says.",
                        of: TEXT,
                    },
                },
            },
        },
    },
};

const PERCENTAGE: IstioField<number> = {
    type: "istio",
    name: "SamplingPercentage",
    table: istioTable("Telemetry", "spec", "tracing", "randomSamplingPercentage"),
    doc: "How many of 100 requests, `0.5` as well.",
    default: "what the mesh's configuration says, else 1.",
};

const TAGS: IstioField<Readonly<Record<string, Inputs<CustomTag>>>> = {
    type: "istio",
    name: "TracingCustomTags",
    table: istioTable("Telemetry", "spec", "tracing", "customTags"),
    doc: "Tags of every span by name: `{ literal }`, `{ environment }`, `{ header }` or `{ formatter }`.",
};

export const TRACING: ObjectFor<TracingArgs> = {
    type: "object",
    name: "TracingArgs",
    doc: "Which requests are traced, and what their spans say. Names are those of Istio's Telemetry.",
    fields: {
        provider: {
            ...TEXT,
            doc: "Istio's trace provider.",
            default: "that of the mesh's configuration; without one nothing is traced.",
        },
        samplingPercentage: PERCENTAGE,
        customTags: TAGS,
        enableIstioTags: { ...FLAG, doc: "Istio's own tags: `istio.canonical_service` and the like.", default: "true." },
        disableSpanReporting: { ...FLAG, doc: "Report no spans, whatever is said for the whole mesh.", default: "false." },
        disableContextPropagation: { ...FLAG, doc: "Leave the headers of traces as they come.", default: "false." },
        useRequestIdForTraceSampling: { ...FLAG, doc: "`x-request-id` says whether a request is sampled.", default: "true." },
    },
};
