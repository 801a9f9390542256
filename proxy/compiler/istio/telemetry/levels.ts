/**
 * Which Telemetry objects count for this proxy, the wider first: one of the mesh, one of its namespace, one that selects it
 * (Istio pilot/pkg/model/telemetry.go, applicableTelemetries). Access logs, metrics and tracing read the same ones.
 */
import { selects } from "../../../../istio/semantics";
import { refText } from "../../../../istio/types";
import type { Placed } from "../../../resources/model";
import type { ObjectContext } from "../../context/objects";
import type { Value } from "../../graph/graph";
import { sameList } from "../../graph/lists";

export type PlacedTelemetry = Placed<"Telemetry">;

/** At each level the oldest counts alone; of the others it is said once. */
export function telemetryLevels(context: ObjectContext): Value<readonly PlacedTelemetry[]> {
    return context.graph.value(() => levelsOf(context), sameList);
}

function levelsOf(context: ObjectContext): readonly PlacedTelemetry[] {
    const { objects, settings } = context;
    const isWide = ({ object }: PlacedTelemetry): boolean => Object.keys(object.spec.selector?.matchLabels ?? {}).length === 0;
    const candidates = objects.telemetries
        .get()
        .filter(({ object }) => object.spec.targetRef === undefined && !object.spec.targetRefs?.length);
    const mesh = candidates.filter((one) => one.ref.namespace === settings.rootNamespace && isWide(one));
    const own = candidates.filter((one) => one.ref.namespace === settings.namespace);
    const namespace = settings.namespace === settings.rootNamespace ? [] : own.filter(isWide);
    const workload = own.filter((one) => !isWide(one) && selects(one.object.spec.selector?.matchLabels ?? {}, settings.labels));
    return [mesh, namespace, workload].flatMap((level) => {
        const [oldest, ...others] = level;
        if (oldest === undefined) return [];
        for (const other of others)
            context.report.add(
                "GH0456",
                other,
                "",
                `${refText(oldest.ref)} applies at the same level and is older; this one has no effect on this gateway.`,
            );
        return [oldest];
    });
}
