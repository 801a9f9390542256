/**
 * How often a gateway lets clients ask, for which Istio has no words but an EnvoyFilter: an annotation, as JSON, of a
 * VirtualService, for all its hosts together, and of the Service in front of a gateway's pods, for all that they serve. It
 * restricts, so that an object with one that can't be read is a bad one.
 */
import { parseDuration } from "../durations";
import type { HTTPMatchRequest } from "../types";
import { isRecord } from "../validation/outline";
import { isToken } from "../wire-text";
import { claimPath } from "./claims";
import { jsonOf } from "./json-text";
import { limitMatches } from "./limit-matches";
import { isProxysOwnHeader } from "./own-headers";
import { integerAt, wordAt, type LimitFields } from "./limit-reading";
import { settingOf, Unreadable } from "./setting-reader";

export const RATE_LIMIT_ANNOTATION = "gatehouse.dev/rate-limit";
/** How many requests of it may be under way at the same time: a number. */
export const MAX_CONCURRENT_ANNOTATION = "gatehouse.dev/max-concurrent-requests";

/** Which answers tell of a limit: those that it refuses, all that it counts, or none. */
export const LIMIT_TELLS = ["limited", "always", "never"] as const;
export type LimitTells = (typeof LIMIT_TELLS)[number];

/** A bucket of `burst` tokens, into which `requests` flow evenly within each `perMs`. */
export interface RateLimit {
    readonly name: string;
    readonly requests: number;
    readonly perMs: number;
    readonly burst: number;
    /** What requests must have in common to share a bucket; undefined: nothing, there is one. */
    readonly key?: RateLimitKey;
    /** Istio's own conditions; one of them holds. Empty: for every request. */
    readonly match: readonly HTTPMatchRequest[];
    /** Names of HTTP routes; empty: whatever the route. */
    readonly routes: readonly string[];
    readonly status: number;
    readonly tells: LimitTells;
    /** It counts, and refuses nobody. */
    readonly shadow: boolean;
}

/** All that is said of it must be the same. */
export interface RateLimitKey {
    /** So many bits of the client's address. */
    readonly address?: { readonly ipv4: number; readonly ipv6: number };
    /** In lower case. */
    readonly header?: string;
    readonly cookie?: string;
    /** Of a token that was verified. */
    readonly claim?: readonly string[];
}

/** Limits, or what is wrong with them: `[0].per: got "1", wanted a time as in "1m"`. */
export type ReadRateLimits = { readonly limits: readonly RateLimit[] } | { readonly fault: string };

const MAX_LIMITS = 32;
const MOST = 1_000_000_000;
const LEAST_PER_MS = 100;
const DAY_MS = 86_400_000;
/** Who has an IPv6 address has all of its network's. */
const IPV6_PREFIX = 64;
const IPV4_PREFIX = 32;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const FIELDS = ["name", "requests", "per", "burst", "key", "match", "routes", "status", "headers", "shadow"];
const KEY_FIELDS = ["address", "header", "cookie", "claim", "ipv4Prefix", "ipv6Prefix"];

export function readRateLimits(text: string): ReadRateLimits {
    const read = jsonOf(text);
    return "fault" in read ? read : rateLimitsOf(read.value);
}

export function rateLimitsOf(value: unknown): ReadRateLimits {
    const read = settingOf(value, limitsOf);
    return "fault" in read ? read : { limits: read.value };
}

function limitsOf(value: unknown): readonly RateLimit[] {
    if (!Array.isArray(value) || value.length === 0) throw new Unreadable("wanted a list of limits");
    if (value.length > MAX_LIMITS) throw new Unreadable(`has ${value.length} limits, wanted at most ${MAX_LIMITS}`);
    const limits = (value as readonly unknown[]).map((one, index) => limitOf(one, index));
    const twice = limits.findIndex(({ name }, index) => limits.findIndex((other) => other.name === name) !== index);
    if (twice !== -1) throw new Unreadable(`[${twice}].name: another limit has the name ${JSON.stringify(limits[twice]!.name)}`);
    return limits;
}

/** The number of requests, or what is wrong with it. */
export function readMaxConcurrent(text: string): number | { readonly fault: string } {
    return /^\d{1,10}$/.test(text) ? maxConcurrentOf(Number(text)) : { fault: `got ${JSON.stringify(text)}, wanted 1 to ${MOST}` };
}

export function maxConcurrentOf(value: unknown): number | { readonly fault: string } {
    const isCount = typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MOST;
    return isCount ? value : { fault: `got ${JSON.stringify(value)}, wanted 1 to ${MOST}` };
}

function limitOf(value: unknown, index: number): RateLimit {
    const at = `[${index}]`;
    if (!isRecord(value)) throw new Unreadable(`${at}: wanted an object`);
    const other = Object.keys(value).find((key) => !FIELDS.includes(key));
    if (other !== undefined) throw new Unreadable(`${at}: has no field ${JSON.stringify(other)}`);
    const { name = `limit-${index}`, key, match, routes = [], shadow = false } = value;
    if (typeof name !== "string" || !NAME.test(name))
        throw new Unreadable(`${at}.name: got ${JSON.stringify(name)}, wanted letters, digits and inner -, _ and .`);
    const requests = integerAt(value, "requests", at, undefined, 1, MOST);
    if (typeof shadow !== "boolean") throw new Unreadable(`${at}.shadow: got ${JSON.stringify(shadow)}, wanted true or false`);
    if (!Array.isArray(routes) || routes.some((one) => typeof one !== "string" || one === ""))
        throw new Unreadable(`${at}.routes: wanted a list of names of HTTP routes`);
    return {
        name,
        requests,
        perMs: perAt(value.per, `${at}.per`),
        burst: integerAt(value, "burst", at, requests, 1, MOST),
        ...(key === undefined ? {} : { key: keyOf(key, `${at}.key`) }),
        match: match === undefined ? [] : limitMatches(match, `${at}.match`),
        routes: routes as readonly string[],
        status: integerAt(value, "status", at, 429, 400, 599),
        tells: wordAt(value, "headers", at, LIMIT_TELLS, "limited"),
        shadow,
    };
}

function perAt(value: unknown, at: string): number {
    const ms = typeof value === "string" ? parseDuration(value) : undefined;
    if (ms === undefined || ms < LEAST_PER_MS || ms > DAY_MS)
        throw new Unreadable(`${at}: got ${JSON.stringify(value)}, wanted a time as in "1m", from ${LEAST_PER_MS}ms to a day`);
    return ms;
}

function keyOf(value: unknown, at: string): RateLimitKey {
    if (!isRecord(value)) throw new Unreadable(`${at}: wanted an object as in {"address":true}`);
    const other = Object.keys(value).find((one) => !KEY_FIELDS.includes(one));
    if (other !== undefined) throw new Unreadable(`${at}: has no field ${JSON.stringify(other)}`);
    const { address = false, ipv4Prefix, ipv6Prefix } = value;
    if (typeof address !== "boolean") throw new Unreadable(`${at}.address: got ${JSON.stringify(address)}, wanted true`);
    if (!address && (ipv4Prefix !== undefined || ipv6Prefix !== undefined))
        throw new Unreadable(`${at}: ipv4Prefix and ipv6Prefix go with address`);
    const key = {
        ...(address
            ? {
                  address: {
                      ipv4: integerAt(value, "ipv4Prefix", at, IPV4_PREFIX, 1, 32),
                      ipv6: integerAt(value, "ipv6Prefix", at, IPV6_PREFIX, 1, 128),
                  },
              }
            : {}),
        ...tokenAt(value, "header", at),
        ...tokenAt(value, "cookie", at),
        ...claimAt(value, at),
    };
    if (Object.keys(key).length === 0)
        throw new Unreadable(`${at}: names nothing, wanted one or more of address, header, cookie and claim`);
    return key;
}

function tokenAt(fields: LimitFields, field: "header" | "cookie", at: string): { readonly [K in typeof field]?: string } {
    const value = fields[field];
    if (value === undefined) return {};
    if (typeof value !== "string" || !isToken(value)) throw new Unreadable(`${at}.${field}: got ${JSON.stringify(value)}, wanted a name`);
    const name = field === "header" ? value.toLowerCase() : value;
    // Of these a client has a new one for each request, by saying so or without.
    if (field === "header" && isProxysOwnHeader(name))
        throw new Unreadable(
            `${at}.header: got ${JSON.stringify(value)}, which clients have anew as often as they like: wanted address for the client's, or another header`,
        );
    return { [field]: name };
}

/** As Istio names claims behind `@request.auth.claims`, with that or without: `sub`, `realm.group`, `[https://a.test/group]`. */
function claimAt({ claim }: LimitFields, at: string): { readonly claim?: readonly string[] } {
    if (claim === undefined) return {};
    const text = typeof claim === "string" ? claim : "";
    const path = claimPath(text.startsWith("@") ? text : `@request.auth.claims${text.startsWith("[") ? "" : "."}${text}`);
    if (path === undefined || path.includes(""))
        throw new Unreadable(`${at}.claim: got ${JSON.stringify(claim)}, wanted a claim as in "sub" or "@request.auth.claims.sub"`);
    return { claim: path };
}
