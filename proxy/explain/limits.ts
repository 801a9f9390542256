/** Limits that a request would count for, and by what. Nothing is taken from any bucket. */
import { durationText } from "../../istio/durations";
import { networkText, readAddress, writtenAddress } from "../net/ip-address";
import { isFor } from "../exchange/features/rate-limit";
import type { BoundLimits, BoundRate } from "../snapshot";
import type { RateLimitEntry } from "../tables";
import type { ExplainedExchange } from "./explained-exchange";
import type { Step } from "./explanation";

export function limitSteps(exchange: ExplainedExchange): Step[] {
    const { gatewayLimits, limits } = exchange.snapshot;
    const own = (exchange.virtualHost?.entry.limits ?? []).flatMap((key) => limits.get(key) ?? []);
    return [...gatewayLimits, ...own].flatMap((limit) => stepsOf(limit, exchange));
}

function stepsOf({ entry, isRefused, early, late, origin }: BoundLimits, exchange: ExplainedExchange): Step[] {
    if (isRefused) return [{ step: "rate-limit", text: `every request gets 500: ${entry.refused ?? "the limit can't be kept"}`, origin }];
    const rates = [...early, ...late].filter((rate) => isFor(exchange, rate));
    const most = entry.maxConcurrent;
    return [
        ...rates.map((rate): Step => ({ step: "rate-limit", text: rateText(rate, exchange), origin })),
        ...(most === undefined
            ? []
            : [{ step: "rate-limit", text: `at most ${most} requests are under way; more get 503`, origin } as const]),
    ];
}

function rateText({ entry }: BoundRate, exchange: ExplainedExchange): string {
    const { name, requests, perMs, burst, status, shadow } = entry;
    const size = burst === requests ? "" : `, ${burst} at once`;
    const more = shadow ? "more are only counted" : `more get ${status}`;
    return `${name}: ${requests} requests in ${durationText(perMs)}${size}, ${keyText(entry, exchange)}; ${more}`;
}

/** What headers and cookies say may be secret. */
function keyText({ key }: RateLimitEntry, { remoteAddress }: ExplainedExchange): string {
    if (key === undefined) return "for all together";
    const parts = [
        key.address && `address ${keyAddressText(remoteAddress, key.address)}`,
        key.header && `header ${key.header}`,
        key.cookie && `cookie ${key.cookie}`,
        key.claim && `claim ${key.claim.join(" > ")}`,
    ].filter((part) => part !== undefined);
    return `by ${parts.join(" and ")}`;
}

function keyAddressText(address: string, { ipv4, ipv6 }: NonNullable<NonNullable<RateLimitEntry["key"]>["address"]>): string {
    const read = readAddress(address);
    if (read === undefined) return address;
    const [bits, all] = read.family === 4 ? [ipv4, 32] : [ipv6, 128];
    return bits === all ? writtenAddress(read) : networkText(address, bits)!;
}
