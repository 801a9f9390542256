/** What becomes of endpoints, for whoever counts and tells it. */

/** What an endpoint was ejected for, in the words of Envoy's figures. */
export type EjectionCause = "consecutive_5xx" | "consecutive_gateway_failure" | "consecutive_local_origin_failure";

/** What speaks against sending requests to an endpoint. */
export interface EndpointHealth {
    /** Outlier detection has put it aside for a time. */
    ejected: boolean;
    /** It does not answer active health checks as it should. */
    failing: boolean;
}

export interface UpstreamEvents {
    /** For so many milliseconds at least. */
    ejected(cluster: string, endpoint: string, cause: EjectionCause, milliseconds: number): void;
    returned(cluster: string, endpoint: string): void;
    /** It was left out for what is said here, and is not listed any more. */
    left(cluster: string, endpoint: string, health: EndpointHealth): void;
    /** It would be ejected, but enough are. */
    ejectionSpared(cluster: string, endpoint: string, cause: EjectionCause): void;
    /** By active checks. `detail`: what was got in the place of what was wanted. */
    checkedUnhealthy(cluster: string, endpoint: string, detail: string): void;
    checkedHealthy(cluster: string, endpoint: string): void;
    /** A request was not sent again, since too many are already. */
    retrySpared(cluster: string): void;
}

export const NO_EVENTS: UpstreamEvents = {
    ejected() {},
    returned() {},
    left() {},
    ejectionSpared() {},
    checkedUnhealthy() {},
    checkedHealthy() {},
    retrySpared() {},
};
