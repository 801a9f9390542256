/** How a DestinationRule says that an endpoint is chosen, in the proxy's words. */
import type { ConsistentHashSettings, LoadBalancerSettings, WarmupSettings } from "../../../istio/types";
import type { Balancing, ClientHash, SlowStart } from "../routing/model/backends";
import { milliseconds } from "./route-policies";

const CONTROLS = /[\0-\x1f\x7f]/g;

const NEAREST: Balancing = { balancer: "LEAST_REQUEST" };

export function balancingOf(settings: LoadBalancerSettings | undefined): Balancing {
    if (settings === undefined) return NEAREST;
    const hash = settings.consistentHash;
    return { ...(hash ? hashedBy(hash) : simply(settings)), ...(isSaid(settings) ? { isStated: true } : {}) };
}

function isSaid({ simple = "UNSPECIFIED", consistentHash }: LoadBalancerSettings): boolean {
    return consistentHash !== undefined || simple !== "UNSPECIFIED";
}

function simply({ simple, warmup, warmupDurationSecs }: LoadBalancerSettings): Balancing {
    const slow = warmupOf(warmup, warmupDurationSecs);
    switch (simple) {
        case "ROUND_ROBIN":
            return { balancer: "ROUND_ROBIN", ...slow };
        case "RANDOM":
            return { balancer: "RANDOM" };
        case "PASSTHROUGH":
            return { balancer: "LEAST_REQUEST", isPassthrough: true };
        // Least request over two choices is Istio's default, and the nearest to what the other words ask for.
        default:
            return { balancer: "LEAST_REQUEST", ...slow };
    }
}

/** Where nothing is hashed, Envoy draws a place on the ring for each request. */
function hashedBy(settings: ConsistentHashSettings): Balancing {
    const policy = policyOf(settings);
    if (policy === undefined) return { balancer: "RANDOM" };
    const { maglev, ringHash, minimumRingSize } = settings;
    const size = maglev ? maglev.tableSize : ringHash?.minimumRingSize || minimumRingSize;
    return { balancer: maglev ? "MAGLEV" : "RING_HASH", hash: { policy, ...(size ? { size } : {}) } };
}

function policyOf({
    httpHeaderName,
    httpCookie,
    httpQueryParameterName,
    useSourceIp,
}: ConsistentHashSettings): ClientHash["policy"] | undefined {
    if (httpHeaderName) return { kind: "header", name: httpHeaderName.toLowerCase() };
    if (httpQueryParameterName) return { kind: "query", name: httpQueryParameterName };
    if (useSourceIp) return { kind: "sourceIp" };
    if (httpCookie === undefined) return undefined;
    const { name, path = "", attributes = [] } = httpCookie;
    // Envoy cuts to whole seconds, and less than one is none.
    const ttlMs = milliseconds(httpCookie.ttl);
    return {
        kind: "cookie",
        name: inLine(name),
        ...(ttlMs === undefined ? {} : { ttlSeconds: Math.floor(ttlMs / 1000) }),
        path: inLine(path),
        attributes: attributes.map((one) => ({ name: inLine(one.name), value: inLine(one.value ?? "") })),
    };
}

/** As a header can have it: in bytes, and without what would end its line, which Envoy refuses. */
function inLine(text: string): string {
    return Buffer.from(text.replace(CONTROLS, "")).toString("latin1");
}

/** Envoy's defaults for what is left out. */
function warmupOf(warmup: WarmupSettings | undefined, outdated: string | undefined): { readonly warmup?: SlowStart } {
    const windowMs = milliseconds(warmup?.duration ?? outdated);
    return windowMs ? { warmup: { windowMs, minPercent: warmup?.minimumPercent ?? 10, aggression: warmup?.aggression ?? 1 } } : {};
}
