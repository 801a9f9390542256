/** Limits of a host or a gateway as they are once every value is there, how an object carries them, and what is wrong with them. */
import { MAX_CONCURRENT_ANNOTATION, maxConcurrentOf, RATE_LIMIT_ANNOTATION, rateLimitsOf } from "../../istio/semantics";
import { fault, faultBelow, mentionsUnknown, UNKNOWN, withoutFaulty, type Fault } from "../arguments";
import type { KnownArgs } from "../schema";
import type { LimitArgs, RateLimitArgs, RateLimitKeyArgs } from "./schema";

export type LimitData = KnownArgs<LimitArgs>;

const NAMES = ["rateLimit", "maxConcurrentRequests"] as const;

/** What the bundled proxy reads; none where there are no limits. */
export function limitAnnotations({ rateLimit, maxConcurrentRequests: most }: LimitData): Record<string, string> {
    const rates = Array.isArray(rateLimit) ? (rateLimit as readonly KnownArgs<RateLimitArgs>[]) : undefined;
    return {
        ...(rates === undefined || rates.length === 0
            ? {}
            : { [RATE_LIMIT_ANNOTATION]: mentionsUnknown(rates) ? UNKNOWN : JSON.stringify(rates.map(written)) }),
        ...(most === undefined ? {} : { [MAX_CONCURRENT_ANNOTATION]: mentionsUnknown(most) ? UNKNOWN : String(most) }),
    };
}

/** In one order, whatever that of the program. */
function written(given: KnownArgs<RateLimitArgs>): object {
    const { name, requests, per, burst, key, match, routes, status, headers, shadow } = given;
    return { name, requests, per, burst, key: typeof key === "object" ? keyOf(key) : key, match, routes, status, headers, shadow };
}

function keyOf({ address, ipv4Prefix, ipv6Prefix, header, cookie, claim }: KnownArgs<RateLimitKeyArgs>): object {
    return { address, ipv4Prefix, ipv6Prefix, header, cookie, claim };
}

/** `dataPlane`: of the gateway that is to keep them. `isGateway`: they are for all that it serves. */
export function limitFaults(args: LimitData, dataPlane: string | undefined, isGateway: boolean): Fault[] {
    const given = NAMES.filter((name) => args[name] !== undefined);
    if (dataPlane === "istio")
        return given.map((name) =>
            fault(
                "GH0210",
                name,
                `Istio has no words for it: its proxy ${name === "rateLimit" ? "limits rates by the filter local_ratelimit" : "bounds what is under way by the filter adaptive_concurrency"} of an EnvoyFilter.`,
                'Write an EnvoyFilter for the gateway\'s pods, or give the gateway dataPlane "gatehouse".',
            ),
        );
    return [...rateFaults(args, isGateway), ...concurrencyFaults(args)];
}

function rateFaults({ rateLimit: given }: LimitData, isGateway: boolean): Fault[] {
    if (!Array.isArray(given)) return [];
    if (given.length === 0) return [fault("GH0210", "rateLimit", "there is no limit.", "Give at least one, or leave it out.")];
    if (mentionsUnknown(given)) return [];
    const read = rateLimitsOf(JSON.parse(JSON.stringify(given)));
    if ("fault" in read) return [faultBelow("rateLimit", read.fault)];
    if (!isGateway) return [];
    return read.limits.flatMap(({ routes }, index) =>
        routes.length === 0
            ? []
            : [
                  fault(
                      "GH0210",
                      `rateLimit[${index}].routes`,
                      "a gateway has no routes of its own.",
                      "Give the limit to the VirtualHost that has the routes.",
                  ),
              ],
    );
}

function concurrencyFaults({ maxConcurrentRequests: given }: LimitData): Fault[] {
    if (given === undefined || mentionsUnknown(given)) return [];
    const read = maxConcurrentOf(given);
    return typeof read === "number" ? [] : [fault("GH0210", "maxConcurrentRequests", `${read.fault}.`)];
}

export function withSoundLimits<Args extends LimitData>(args: Args, faults: readonly Fault[]): Args {
    return withoutFaulty(args, NAMES, faults);
}
