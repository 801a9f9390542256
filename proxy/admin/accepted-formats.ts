/** What a reader of metrics takes, as its `accept` and `accept-encoding` say (RFC 9110, §12.5). */
import type { ExpositionFormat } from "../telemetry";

const OPENMETRICS = "application/openmetrics-text";
const OPENMETRICS_VERSION = "1.0.0";

interface Offer {
    readonly name: string;
    readonly parameters: ReadonlyMap<string, string>;
    readonly quality: number;
}

/** OpenMetrics only for those who ask for it, in its version, and like nothing better: Prometheus' text is what everybody reads. */
export function wantedFormat(accept = ""): ExpositionFormat {
    const offers = offersOf(accept);
    const best = (names: readonly string[]): number =>
        Math.max(0, ...offers.flatMap((one) => (names.includes(one.name) ? [one.quality] : [])));
    const open = Math.max(
        0,
        ...offers.flatMap(({ name, parameters, quality }) =>
            name === OPENMETRICS && (parameters.get("version") ?? OPENMETRICS_VERSION) === OPENMETRICS_VERSION ? [quality] : [],
        ),
    );
    return open > 0 && open >= best(["text/plain", "text/*"]) ? "openmetrics" : "text";
}

export function acceptsGzip(acceptEncoding: string | readonly string[] = ""): boolean {
    const offers = offersOf(String(acceptEncoding));
    const own = offers.find(({ name }) => name === "gzip" || name === "x-gzip") ?? offers.find(({ name }) => name === "*");
    return own !== undefined && own.quality > 0;
}

function offersOf(text: string): Offer[] {
    return text.split(",").map((one) => {
        const [name = "", ...rest] = one.split(";").map((part) => part.trim().toLowerCase());
        const parameters = new Map(
            rest.map((part) => {
                const [key = "", value = ""] = part.split("=", 2);
                return [key, value.replace(/^"(.*)"$/, "$1")] as const;
            }),
        );
        const quality = Number(parameters.get("q") ?? 1);
        return { name, parameters, quality: Number.isFinite(quality) ? quality : 0 };
    });
}
