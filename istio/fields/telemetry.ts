import type { AccessLogging, Telemetry } from "../types";
import { podSelector } from "./common";
import { decimal, flag, list, map, notServed, object, required, text, words, type ListField, type ObjectField } from "./field";

const mode = (): ObjectField =>
    object("which side", { mode: words("a gateway is the client of its backends", ["CLIENT_AND_SERVER", "CLIENT", "SERVER"]) });
const providers = (): ListField =>
    list("who takes it", object("a provider", { name: required(text("its name in the mesh configuration", { minLength: 1 })) }));

const target = object("an object the Telemetry is for", {
    group: text("its API group", { maxLength: 253 }),
    kind: required(text("its kind", { minLength: 1, maxLength: 63 })),
    name: required(text("its name", { minLength: 1, maxLength: 253 })),
    namespace: text("must be absent", { maxLength: 0 }),
});

const metrics = list(
    "metrics",
    object("settings", {
        providers: providers(),
        overrides: list(
            "changes",
            object("a change", {
                match: object(
                    "which metrics",
                    {
                        metric: words("one of Istio's", [
                            "ALL_METRICS",
                            "REQUEST_COUNT",
                            "REQUEST_DURATION",
                            "REQUEST_SIZE",
                            "RESPONSE_SIZE",
                            "TCP_OPENED_CONNECTIONS",
                            "TCP_CLOSED_CONNECTIONS",
                            "TCP_SENT_BYTES",
                            "TCP_RECEIVED_BYTES",
                            "GRPC_REQUEST_MESSAGES",
                            "GRPC_RESPONSE_MESSAGES",
                        ]),
                        customMetric: text("another", { minLength: 1 }),
                        mode: words("which side", ["CLIENT_AND_SERVER", "CLIENT", "SERVER"]),
                    },
                    { atMostOne: [["metric", "customMetric"]] },
                ),
                disabled: flag("leave the metric out"),
                tagOverrides: map(
                    "tags, by name",
                    object("what happens to a tag", { operation: words("what", ["UPSERT", "REMOVE"]), value: text("a CEL expression") }),
                ),
            }),
        ),
        reportingInterval: text("how often values are reported", { format: "fineSpan" }),
    }),
);

const named = (doc: string, value: "value" | "name"): ObjectField =>
    object(doc, {
        [value]: required(text("which", { minLength: 1 })),
        ...(value === "name" ? { defaultValue: text("where it is absent") } : {}),
    });
const tracing = list(
    "tracing",
    object("settings", {
        match: mode(),
        providers: providers(),
        randomSamplingPercentage: decimal("the share of requests", 0, 100),
        disableSpanReporting: flag("report no spans"),
        disableContextPropagation: flag("leave trace headers alone"),
        customTags: map(
            "tags, by name",
            object(
                "a tag's value",
                {
                    literal: named("a text", "value"),
                    environment: named("an environment variable", "name"),
                    header: named("a request header", "name"),
                    formatter: named("a log format", "value"),
                },
                { atMostOne: [["literal", "environment", "header", "formatter"]] },
            ),
        ),
        enableIstioTags: flag("add Istio's own tags"),
        useRequestIdForTraceSampling: flag("let x-request-id decide"),
    }),
);

/** telemetry.istio.io Telemetry: access logs and metrics. */
export const telemetryFields = object<Telemetry>(
    "what is observed",
    {
        selector: podSelector("pods it is for", "matchLabels", 4096),
        targetRef: notServed("the bundled proxy is selected by labels: use `selector`", target),
        targetRefs: notServed("the bundled proxy is selected by labels: use `selector`", list("objects it is for", target, { max: 16 })),
        accessLogging: list(
            "access logs",
            object<AccessLogging>("settings", {
                match: mode(),
                providers: providers(),
                disabled: flag("log nothing"),
                filter: object("which requests", { expression: text("a CEL expression; a request is logged where it is true") }),
            }),
        ),
        metrics,
        tracing,
    },
    { atMostOne: [["selector", "targetRef", "targetRefs"]] },
);
