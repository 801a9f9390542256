/** Adds up what several processes counted, as if one had counted all of it. */
import { seriesKey, shapeKey, type MetricFamily, type MetricShape, type Series, type Counts } from "./metric";
import { OTHER } from "./registry";

interface Adding {
    readonly shape: MetricShape;
    readonly series: Map<string, { readonly labels: readonly string[]; readonly numbers: number[] }>;
}

/** Families and series stand in the order in which they are met. `maxSeries`: as the registry's, of each family. */
export function sumOf(all: Iterable<Counts>, maxSeries = Infinity): Counts {
    const families = new Map<string, Adding>();
    for (const counts of all) {
        for (const family of counts) {
            const { name, kind, labels, bounds } = family;
            const key = shapeKey(family);
            const adding = families.get(key) ?? { shape: { name, kind, labels, bounds }, series: new Map() };
            families.set(key, adding);
            for (const one of family.series) add(adding, one, maxSeries);
        }
    }
    return [...families.values()].map(({ shape, series }): MetricFamily => {
        return { ...shape, series: [...series.values()].map(({ labels, numbers }): Series => [labels, numbers]) };
    });
}

function add({ shape, series }: Adding, [labels, numbers]: Series, maxSeries: number): void {
    const own = seriesKey(labels);
    const isKept = series.has(own) || series.size < maxSeries;
    const kept = isKept ? labels : shape.labels.map(() => OTHER);
    const key = isKept ? own : seriesKey(kept);
    const sum = series.get(key);
    if (!sum) series.set(key, { labels: kept, numbers: [...numbers] });
    else for (let at = 0; at < numbers.length; at++) sum.numbers[at]! += numbers[at]!;
}
