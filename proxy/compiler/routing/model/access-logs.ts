/** Access logs, as Telemetry objects and the mesh's configuration have them. The host of a collector is not looked up yet. */
import type { OtelLogSettings } from "../../../../istio/extension-providers";
import type { FileLogEntry } from "../../../tables/access-logs";
import type { ObjectPlace } from "../../context/place";

export interface OtelLogRule {
    readonly kind: "otlp";
    readonly provider: ObjectPlace & { readonly name: string; readonly settings: OtelLogSettings };
    readonly serviceName: string;
}

/** One access log, as objects ask for it. */
export interface AccessLogRule extends ObjectPlace {
    /** Of the provider, in lower case. */
    readonly key: string;
    readonly to: FileLogEntry | OtelLogRule;
    /** CEL; empty: every request. */
    readonly filter: string;
    readonly filterPlace?: ObjectPlace;
}
