/** The schema of gRPC routes: what is Istio's is read of its field tables, without what only HTTP has. */
import type { Field as IstioTable } from "../../istio";
import { DESTINATION_FIELD, istioTable, weightedWire } from "../destination";
import type { IstioField, ObjectFor } from "../schema";
import type { GRPCMatch, GRPCRetry, GRPCRetryCondition, GRPCRouteArgs } from "./types";

const table = (...path: readonly string[]): IstioTable => istioTable("VirtualService", "spec", "http", ...path);

/** Names are those that HTTPRoute's own parts have: they are the same types. */
const part = <Name extends string>(name: string, path: Name, doc: string): IstioField<never> & { readonly doc: string } => ({
    type: "istio",
    name,
    table: table(...path.split(".")),
    doc,
});

/** What is in a list of backends or of mirrors. */
const weighted = (name: string, path: "route" | "mirrors") => ({
    ...part(name, path, ""),
    travel: weightedWire,
    instead: { destination: { ...DESTINATION_FIELD, doc: "Where the requests go." } },
});

function without(of: IstioTable, ...names: readonly string[]): IstioTable {
    if (of.type !== "object") throw new Error("only an object can be without a field of it");
    const { atMostOne: _groups, ...rest } = of;
    return { ...rest, fields: Object.fromEntries(Object.entries(of.fields).filter(([name]) => !names.includes(name))) };
}

function faultTable(): IstioTable {
    const fault = table("fault");
    if (fault.type !== "object") throw new Error("the table of VirtualService has another fault");
    return { ...fault, fields: { ...fault.fields, abort: without(table("fault", "abort"), "httpStatus", "http2Error") } };
}

const MATCH: ObjectFor<GRPCMatch> = {
    type: "object",
    name: "GRPCMatch",
    doc: "Conditions that all hold. Without `service` only requests of gRPC's content type are meant.",
    fields: {
        service: { type: "text", input: true, doc: "With its package: `echo.v1.Echo`.", default: "every service." },
        method: { type: "text", input: true, doc: "`Say`.", default: "every method." },
        headers: part(
            "HTTPRouteMatchHeaders",
            "match.headers",
            "Metadata, by name; Istio's StringMatch, `{}` where it only has to be there.",
        ),
        withoutHeaders: part("HTTPRouteMatchWithoutHeaders", "match.withoutHeaders", "Metadata that must not be so, by name."),
    },
};

export const RETRY_WORDS: Readonly<Record<GRPCRetryCondition, string>> = {
    cancelled: "The status is CANCELLED.",
    "deadline-exceeded": "The status is DEADLINE_EXCEEDED.",
    internal: "The status is INTERNAL.",
    "resource-exhausted": "The status is RESOURCE_EXHAUSTED.",
    unavailable: "The status is UNAVAILABLE.",
    "connect-failure": "No connection was made.",
    "refused-stream": "The backend says that it has not looked at the call.",
    reset: "The connection or the stream was cut before an answer.",
    "reset-before-request": "It was cut before anything of the call had been sent.",
};

const RETRY: ObjectFor<GRPCRetry> = {
    type: "object",
    name: "GRPCRetry",
    doc: "When to try again.",
    fields: {
        attempts: { type: "number", least: 0, known: true, doc: "How often to try again; 0: never.", default: "2." },
        perTryTimeout: { type: "text", input: true, doc: "How long one try may take.", default: "the route's timeout." },
        retryOn: {
            type: "list",
            doc: "When to try again. A stream is tried again only while none of its answer has come.",
            default: "`connect-failure`, `refused-stream`, `unavailable` and `cancelled`, as Istio has it.",
            of: { type: "text", words: RETRY_WORDS, doc: "" },
        },
    },
};

export const GRPC_ROUTE: ObjectFor<GRPCRouteArgs> = {
    type: "object",
    name: "GRPCRouteArgs",
    doc: "Calls by service and method, and where they go.",
    fields: {
        name: { type: "text", input: true, doc: "For access logs." },
        match: {
            type: "list",
            doc: "Blocks of conditions, one of which must hold.",
            default: "every request of gRPC.",
            of: MATCH,
        },
        route: {
            type: "list",
            required: true,
            doc: "Backends, by weight. The port of a Service has to say that it speaks HTTP/2.",
            of: weighted("HTTPRouteRoute", "route"),
        },
        timeout: {
            type: "text",
            input: true,
            doc: "How long a call may take, a stream as a whole, whatever its client's deadline is.",
            default: "as long as the client's deadline lets it.",
        },
        retries: {
            ...RETRY,
            doc: "",
            default:
                "Istio's: two more tries where no connection was made, the stream was refused, or the status is UNAVAILABLE or CANCELLED.",
        },
        fault: {
            type: "istio",
            name: "GRPCFault",
            table: faultTable(),
            doc: "Faults for tests: `{ delay, abort: { grpcStatus, percentage } }`.",
        },
        mirrors: {
            type: "list",
            doc: "Where copies of the calls go.",
            of: weighted("HTTPRouteMirrors", "mirrors"),
        },
        corsPolicy: {
            ...part(
                "HTTPRouteCorsPolicy",
                "corsPolicy",
                "For gRPC-Web from pages of other origins. Needs a `service` in every block of conditions.",
            ),
            default: "none; of one that is given methods and headers are those of gRPC-Web unless it says others.",
        },
        headers: part("HTTPRouteHeaders", "headers", "Changes to the metadata of requests and responses."),
    },
};
