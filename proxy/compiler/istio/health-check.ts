/** How the endpoints of a host are asked whether they are well, as an annotation of its DestinationRule has it. */
import { HEALTH_CHECK_ANNOTATION, readHealthCheck, type HealthCheck } from "../../../istio/semantics";
import type { Health } from "../routing/model/backends";
import type { HostRule } from "./destination-rules";

/** Of several rules for the host the oldest that says something. */
export function healthCheckOf(rule: HostRule | undefined, host: string): Pick<Health, "healthCheck"> {
    for (const { object } of rule?.objects ?? []) {
        const text = object.metadata.annotations?.[HEALTH_CHECK_ANNOTATION];
        const read = text === undefined ? undefined : readHealthCheck(text);
        if (read !== undefined && !("fault" in read)) return { healthCheck: entryOf(read, host) };
    }
    return {};
}

function entryOf({ ask, ...how }: HealthCheck, host: string): NonNullable<Health["healthCheck"]> {
    switch (ask.kind) {
        case "tcp":
            return { ask, ...how };
        case "http":
            return { ask: { ...ask, host: ask.host ?? host }, ...how };
        case "grpc":
            return { ask: { ...ask, host }, ...how };
        default:
            return ask satisfies never;
    }
}
