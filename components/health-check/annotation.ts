/** How a DestinationRule carries a health check. */
import type { HealthCheckArgs } from "./schema";

export const HEALTH_CHECK_ANNOTATION = "gatehouse.dev/health-check";

/** None where none is asked for. */
export function healthCheckAnnotations(check: HealthCheckArgs | undefined): Record<string, string> {
    if (!check) return {};
    const { http, tcp, grpc, port, interval, timeout, unhealthyThreshold, healthyThreshold } = check;
    return {
        [HEALTH_CHECK_ANNOTATION]: JSON.stringify({ http, tcp, grpc, port, interval, timeout, unhealthyThreshold, healthyThreshold }),
    };
}
