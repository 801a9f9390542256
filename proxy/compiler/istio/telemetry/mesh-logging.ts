/**
 * What a mesh's configuration says of access logs: `accessLogFile` with its format, which counts where no Telemetry says
 * anything, and `defaultProviders.accessLogging`. The gateway's own configuration comes first, field by field.
 */
import { isJsonFormat, jsonFormat, textFormat, type JsonFormat, type LogFormatSettings } from "../../../../istio/log-format";
import { field } from "../../../../istio/semantics/root-namespace";
import type { ObjectContext } from "../../context/objects";
import type { Subject } from "../../context/place";
import { meshConfigsInOrder, sayNoNames } from "../mesh-providers";

export interface MeshLogging {
    /** Empty: nothing is logged where nobody asks. */
    readonly file: string;
    readonly fileSubject: Subject | undefined;
    readonly format: LogFormatSettings;
    readonly defaults: readonly string[];
    readonly defaultsSubject: Subject | undefined;
}

interface Said {
    readonly subject: Subject;
    readonly value: unknown;
}

export function meshLoggingOf(context: ObjectContext): MeshLogging {
    const configs = meshConfigsInOrder(context);
    const said = (read: (mesh: unknown) => unknown): Said | undefined => {
        for (const { subject, mesh } of configs) {
            const value = read(mesh);
            if (value !== undefined && value !== null) return { subject, value };
        }
        return undefined;
    };
    const file = said((mesh) => field(mesh, "accessLogFile"));
    const defaults = said((mesh) => field(field(mesh, "defaultProviders"), "accessLogging"));
    const encoding = said((mesh) => field(mesh, "accessLogEncoding"));
    const format = said((mesh) => field(mesh, "accessLogFormat"));
    reportKinds(context, { accessLogFile: file, accessLogFormat: format, accessLogEncoding: encoding });
    const text = typeof format?.value === "string" ? format.value : "";
    const isJson = encoding?.value === "JSON" || encoding?.value === 1;
    const json = isJson && text !== "" ? jsonOf(text) : undefined;
    if (isJson && text !== "" && json === undefined && format)
        context.report.add(
            "GH0479",
            format.subject,
            "data.mesh.accessLogFormat",
            "accessLogFormat is no JSON object of names and formats, as accessLogEncoding wants it; Istio's own format is written.",
            'Write it as in {"status": "%RESPONSE_CODE%"}, or take accessLogEncoding away.',
        );
    const names = Array.isArray(defaults?.value) ? (defaults.value as readonly unknown[]).filter((one) => typeof one === "string") : [];
    sayNoNames(context, "accessLogging");
    return {
        file: typeof file?.value === "string" ? file.value : "",
        fileSubject: file?.subject,
        format: isJson ? jsonFormat(json, false) : textFormat(text, false),
        defaults: names,
        defaultsSubject: defaults?.subject,
    };
}

const ENCODINGS: readonly unknown[] = ["TEXT", "JSON", 0, 1];

/** Istiod takes no configuration with such a value; here all else of it holds. */
function reportKinds({ report }: ObjectContext, said: Readonly<Record<string, Said | undefined>>): void {
    for (const [name, one] of Object.entries(said)) {
        if (one === undefined) continue;
        const isEncoding = name === "accessLogEncoding";
        if (isEncoding ? ENCODINGS.includes(one.value) : typeof one.value === "string") continue;
        const [message, fix] = isEncoding
            ? ["It is neither TEXT nor JSON; lines are text.", "Write TEXT or JSON, in capitals."]
            : ["It is no text and is not read.", "Write it in quotes."];
        report.add("GH0479", one.subject, `data.mesh.${name}`, message, fix);
    }
}

function jsonOf(text: string): { readonly [key: string]: JsonFormat } | undefined {
    try {
        const value: unknown = JSON.parse(text);
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        return isObject && isJsonFormat(value) ? (value as { readonly [key: string]: JsonFormat }) : undefined;
    } catch {
        return undefined;
    }
}
