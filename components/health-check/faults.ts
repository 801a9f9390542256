/** What is wrong with a health check by itself. */
import { durationFaults, fault, isAtOrBelow, type Fault } from "../arguments";

import type { HealthCheckArgs } from "./schema";

const KINDS = ["http", "tcp", "grpc"] as const;

function statusFaults(path: string, expected: unknown): Fault[] {
    if (!Array.isArray(expected)) return [];
    return (expected as readonly unknown[]).flatMap((text, index): Fault[] => {
        const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(text)) ?? [];
        if (from !== undefined && to !== undefined && Number(from) <= Number(to)) return [];
        return [fault("GH0210", `${path}[${index}]`, `${JSON.stringify(text)} is neither a status nor a range, as 200-299 is.`)];
    });
}

/** `dataPlane`: of the gateway that is to ask. */
export function healthCheckFaults(path: string, check: HealthCheckArgs | undefined, dataPlane: string | undefined): Fault[] {
    if (typeof check !== "object") return [];
    const given = KINDS.filter((kind) => check[kind] !== undefined);
    const one =
        given.length === 1
            ? []
            : [
                  fault(
                      "GH0210",
                      path,
                      given.length === 0
                          ? "nothing says how an endpoint is asked."
                          : `${given.join(" and ")} are two ways of asking an endpoint.`,
                      "Give one of http, tcp and grpc.",
                  ),
              ];
    const istio =
        dataPlane === "istio"
            ? [
                  fault(
                      "GH0210",
                      path,
                      "Istio has no words for active health checks, and its proxy makes none.",
                      'Leave it out and give the rule outlierDetection, or give the gateway dataPlane "gatehouse".',
                  ),
              ]
            : [];
    const uri = check.http?.path;
    const relative =
        typeof uri === "string" && !/^\/[\x21-\x7e]*$/.test(uri)
            ? [fault("GH0210", `${path}.http.path`, `${JSON.stringify(uri)} is not a path, as /healthz is.`)]
            : [];
    const durations = (["interval", "timeout"] as const).flatMap((field) => durationFaults(`${path}.${field}`, check[field]));
    return [...one, ...istio, ...relative, ...statusFaults(`${path}.http.expectedStatuses`, check.http?.expectedStatuses), ...durations];
}

/** Held in place of one that has been found fault with, so that the annotation made of it does not tell the same again. */
const STAND_IN: HealthCheckArgs = { tcp: {} };

export function withSoundHealthCheck<Args extends { readonly healthCheck?: HealthCheckArgs }>(args: Args, faults: readonly Fault[]): Args {
    return faults.some(({ path }) => isAtOrBelow(path, "healthCheck")) ? { ...args, healthCheck: STAND_IN } : args;
}
