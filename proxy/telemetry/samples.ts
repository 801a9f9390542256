/** Each number with the name that Prometheus' text format gives it. */
import type { MetricFamily, Counts } from "./metric";

export type MetricSample = readonly [name: string, value: number];

/** A histogram is told by `_bucket`, each with all that is at most its bound, `_sum` and `_count`. */
export function samplesOf(counts: Counts): MetricSample[] {
    return counts.flatMap((family) =>
        family.series.flatMap(([values, numbers]): MetricSample[] => {
            const labels = family.labels.map((name, at): Label => [name, values[at] ?? ""]);
            return family.kind === "histogram" ? histogram(family, labels, numbers) : [[named(family.name, labels), numbers[0] ?? 0]];
        }),
    );
}

type Label = readonly [name: string, value: string];

function histogram({ name, bounds }: MetricFamily, labels: readonly Label[], numbers: readonly number[]): MetricSample[] {
    let count = 0;
    const buckets = [...bounds.map(String), "+Inf"].map((bound, at): MetricSample => {
        count += numbers[at] ?? 0;
        return [named(`${name}_bucket`, [...labels, ["le", bound]]), count];
    });
    return [...buckets, [named(`${name}_sum`, labels), numbers[bounds.length + 1] ?? 0], [named(`${name}_count`, labels), count]];
}

function named(name: string, labels: readonly Label[]): string {
    return labels.length === 0 ? name : `${name}{${labels.map(([label, value]) => `${label}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
    return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
