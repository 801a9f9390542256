/** How a DestinationRule carries a health check. */
import { HEALTH_CHECK_ANNOTATION } from "../../istio/semantics";
import type { HealthCheckArgs } from "./schema";

/** None where none is asked for. */
export function healthCheckAnnotations(check: HealthCheckArgs | undefined): Record<string, string> {
    if (!check) return {};
    const { http, tcp, grpc, port, interval, timeout, unhealthyThreshold, healthyThreshold } = check;
    return {
        [HEALTH_CHECK_ANNOTATION]: JSON.stringify({ http, tcp, grpc, port, interval, timeout, unhealthyThreshold, healthyThreshold }),
    };
}
