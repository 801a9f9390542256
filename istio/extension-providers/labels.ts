/** `labels` of a provider's format of logs. */
import { isJsonFormat, type JsonFormat } from "../log-format";
import type { Settings } from "../provider-settings";

/** Undefined: they are no mapping. */
export function readLabels(format: Settings): { readonly [key: string]: JsonFormat } | undefined {
    const labels = format.raw("labels");
    if (typeof labels === "object" && labels !== null && !Array.isArray(labels) && isJsonFormat(labels))
        return labels as { readonly [key: string]: JsonFormat };
    format.fault("labels", "is no mapping of names to formats");
    return undefined;
}
