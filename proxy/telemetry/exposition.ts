/**
 * All metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0, which has exemplars too. Written piece by
 * piece, so that whoever reads slowly holds no more than one. What a series is called is written once and kept with it.
 */
import type { ShownRequest } from "./instruments";
import type { LedgerFamily, LedgerSeries } from "./ledger";
import { exposedName } from "./names";

export type ExpositionFormat = "text" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
    text: "text/plain; version=0.0.4; charset=utf-8",
    openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Characters of a piece, roughly. */
const PIECE = 64 * 1024;
/** Lines of a histogram: `+Inf`, `_sum`, `_count`. */
const BESIDES_BOUNDS = 3;

export function* exposition(families: readonly LedgerFamily[], format: ExpositionFormat): Generator<string, void, undefined> {
    let piece = "";
    for (const [name, all] of byName(families)) {
        piece += heading(name, all[0]!, format);
        for (const family of all) {
            const write = writerOf(family, name, format);
            for (const series of family.series.values()) {
                piece += write(series);
                if (piece.length < PIECE) continue;
                yield piece;
                piece = "";
            }
        }
    }
    yield format === "openmetrics" ? `${piece}# EOF\n` : piece;
}

/** How many lines all of it has, roughly. */
export function expositionLines(families: readonly LedgerFamily[]): number {
    let lines = 0;
    for (const { definition, series } of families)
        lines += series.size * (definition.kind === "histogram" ? definition.bounds.length + BESIDES_BOUNDS : 1);
    return lines;
}

/** Versions of one metric stand together, whatever labels each has. */
function byName(families: readonly LedgerFamily[]): Map<string, LedgerFamily[]> {
    const all = new Map<string, LedgerFamily[]>();
    for (const family of families) {
        if (family.series.size === 0) continue;
        const name = exposedName(family.definition);
        const same = all.get(name);
        if (same) same.push(family);
        else all.set(name, [family]);
    }
    return all;
}

function heading(name: string, { definition: { kind, help } }: LedgerFamily, format: ExpositionFormat): string {
    const family = format === "openmetrics" && kind === "counter" ? name.slice(0, -"_total".length) : name;
    const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `# HELP ${family} ${format === "openmetrics" ? text.replaceAll('"', '\\"') : text}\n# TYPE ${family} ${kind}\n`;
}

function writerOf({ definition }: LedgerFamily, name: string, format: ExpositionFormat): (series: LedgerSeries) => string {
    const { kind, labels, bounds } = definition;
    const textOf = (series: LedgerSeries): string => (series.text ??= labelText(labels, series.labels));
    if (kind !== "histogram")
        return (series) => {
            const text = textOf(series);
            return text === "" ? `${name} ${numberText(series.numbers[0]!)}\n` : `${name}{${text}} ${numberText(series.numbers[0]!)}\n`;
        };
    const ends = [...bounds.map(String), "+Inf"].map((bound) => `le="${bound}"} `);
    return (series) => {
        const text = textOf(series);
        const begin = text === "" ? `${name}_bucket{` : `${name}_bucket{${text},`;
        const behind = text === "" ? " " : `{${text}} `;
        const { numbers } = series;
        const exemplars = format === "openmetrics" ? series.exemplars : undefined;
        let lines = "";
        let count = 0;
        for (let bucket = 0; bucket < ends.length; bucket++) {
            count += numbers[bucket]!;
            const shown = exemplars?.[bucket];
            lines += begin + ends[bucket]! + count + (shown ? exemplarText(shown) : "") + "\n";
        }
        return `${lines}${name}_sum${behind}${numberText(numbers[ends.length]!)}\n${name}_count${behind}${count}\n`;
    };
}

function exemplarText({ traceId, value, time }: ShownRequest): string {
    return ` # {trace_id="${traceId}"} ${numberText(value)} ${(time / 1000).toFixed(3)}`;
}

function labelText(names: readonly string[], values: readonly string[]): string {
    return names.map((name, at) => `${name}="${escaped(values[at] ?? "")}"`).join(",");
}

/** Of what a worker tells no control character is left (label-value.ts). */
function escaped(value: string): string {
    if (!/[\x00-\x1f\x7f"\\]/.test(value)) return value;
    return value
        .replaceAll("\\", "\\\\")
        .replaceAll('"', '\\"')
        .replaceAll("\n", "\\n")
        .replace(/[\x00-\x1f\x7f]/g, " ");
}

function numberText(value: number): string {
    if (Number.isFinite(value)) return String(value);
    return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
