/** What a metric is called outside: Istio's and the process's standard ones as they are, all others with our name before them. */
import type { MetricShape } from "./metric";

const STANDARD = /^(?:istio|process|gatehouse)_/;

export function exposedName({ name, kind }: Pick<MetricShape, "name" | "kind">): string {
    const own = STANDARD.test(name) ? name : `gatehouse_${name}`;
    return kind !== "counter" || own.endsWith("_total") ? own : `${own}_total`;
}
