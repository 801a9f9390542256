/**
 * How often clients may ask, and how many requests may be under way: what Istio has no word for but an EnvoyFilter. Conditions are
 * Istio's own, a bucket's words those of Envoy's local_ratelimit filter where that has them.
 */
import type { HTTPMatchRequest } from "../../istio";
import { istioTable } from "../destination";
import type { FieldFor, IstioField, ObjectFor } from "../schema";

/** What requests have in common that share a bucket: all that is named here. */
export interface RateLimitKeyArgs {
    /** The client's address, as trusted proxies say it. Default: false. */
    readonly address?: boolean;
    /** So many bits of an IPv4 address. Default: 32. */
    readonly ipv4Prefix?: number;
    /** So many bits of an IPv6 address. Default: 64; who has one address has all of its network. */
    readonly ipv6Prefix?: number;
    /** The value of a header; requests without it share one bucket. */
    readonly header?: string;
    /** The value of a cookie; requests without it share one bucket. */
    readonly cookie?: string;
    /** A claim of a verified token, as `sub`, or `@request.auth.claims[realm][group]`; requests without it share one bucket. */
    readonly claim?: string;
}

/** A bucket of tokens, of which each request takes one. */
export interface RateLimitArgs {
    /** As metrics, headers and `explain` call it. Default: `limit-` and its place in the list, from 0. */
    readonly name?: string;
    /** So many tokens flow in within each `per`, evenly. */
    readonly requests: number;
    /** As Istio writes durations: from `100ms` to `24h`. */
    readonly per: string;
    /** So many tokens the bucket holds at most. Default: `requests`. */
    readonly burst?: number;
    /** Default: none; all requests share one bucket. */
    readonly key?: RateLimitKeyArgs;
    /** Istio's conditions on uri, method, headers, query parameters, scheme and authority; one block has to hold. Default: every request. */
    readonly match?: readonly HTTPMatchRequest[];
    /** Names of HTTP routes of the host that it is for. Default: whatever the route. */
    readonly routes?: readonly string[];
    /** What is refused is answered with. Default: 429. */
    readonly status?: number;
    /** Which answers have the headers RateLimit and RateLimit-Policy. Default: `limited`. */
    readonly headers?: "limited" | "always" | "never";
    /** It only counts whom it would refuse. Default: false. */
    readonly shadow?: boolean;
}

const KEY: ObjectFor<RateLimitKeyArgs> = {
    type: "object",
    name: "RateLimitKeyArgs",
    doc: "What requests have in common that share a bucket: all that is named here.",
    fields: {
        address: { type: "flag", doc: "The client's address, as trusted proxies say it.", default: "false." },
        ipv4Prefix: { type: "number", least: 1, doc: "So many bits of an IPv4 address.", default: "32." },
        ipv6Prefix: {
            type: "number",
            least: 1,
            doc: "So many bits of an IPv6 address.",
            default: "64; who has one address has all of its network.",
        },
        header: { type: "text", doc: "The value of a header; requests without it share one bucket." },
        cookie: { type: "text", doc: "The value of a cookie; requests without it share one bucket." },
        claim: {
            type: "text",
            doc: "A claim of a verified token, as `sub`, or `@request.auth.claims[realm][group]`; requests without it share one bucket.",
        },
    },
};

const MATCH: IstioField<HTTPMatchRequest> = {
    type: "istio",
    name: "HTTPMatchRequest",
    table: istioTable("VirtualService", "spec", "http", "match"),
    doc: "",
};

const RATE_LIMIT: ObjectFor<RateLimitArgs> = {
    type: "object",
    name: "RateLimitArgs",
    doc: "A bucket of tokens, of which each request takes one.",
    fields: {
        name: {
            type: "text",
            doc: "As metrics, headers and `explain` call it.",
            default: "`limit-` and its place in the list, from 0.",
        },
        requests: { type: "number", least: 1, required: true, doc: "So many tokens flow in within each `per`, evenly." },
        per: { type: "text", required: true, doc: "As Istio writes durations: from `100ms` to `24h`." },
        burst: { type: "number", least: 1, doc: "So many tokens the bucket holds at most.", default: "`requests`." },
        key: { ...KEY, doc: "", default: "none; all requests share one bucket." },
        match: {
            type: "list",
            doc: "Istio's conditions on uri, method, headers, query parameters, scheme and authority; one block has to hold.",
            default: "every request.",
            of: MATCH,
        },
        routes: {
            type: "list",
            doc: "Names of HTTP routes of the host that it is for.",
            default: "whatever the route.",
            of: { type: "text", doc: "" },
        },
        status: { type: "number", least: 400, doc: "What is refused is answered with.", default: "429." },
        headers: {
            type: "text",
            words: { limited: "Those that it refuses.", always: "All that it counts.", never: "None." },
            doc: "Which answers have the headers RateLimit and RateLimit-Policy.",
            default: "`limited`.",
        },
        shadow: { type: "flag", doc: "It only counts whom it would refuse.", default: "false." },
    },
};

/** Of a host, and of a gateway. */
export interface LimitArgs {
    readonly rateLimit?: readonly RateLimitArgs[];
    readonly maxConcurrentRequests?: number;
}

export const RATE_LIMITS: FieldFor<readonly RateLimitArgs[]> = { type: "list", doc: "", of: RATE_LIMIT };
export const MAX_CONCURRENT: FieldFor<number> = { type: "number", least: 1, doc: "" };
