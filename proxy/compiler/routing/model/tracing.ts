/** What is traced, as Telemetry objects and the mesh's configuration have it. The collector's host is not looked up yet. */
import type { CollectorSettings } from "../../../../istio/extension-providers";
import type { TracingEntry } from "../../../tables/tracing";
import type { ObjectPlace } from "../../context/place";

export interface TracingRule
    extends ObjectPlace,
        Pick<TracingEntry, "randomPercent" | "usesRequestId" | "noPropagation" | "tags" | "maxPathLength"> {
    readonly provider: ObjectPlace & { readonly name: string; readonly settings: CollectorSettings };
    readonly serviceName: string;
}

export type TraceTag = TracingEntry["tags"][number];
