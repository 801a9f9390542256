/** How often clients may ask, and how many requests may be under way. */
import type { RouteMatchEntry } from "./match-entry";
import type { Origin } from "./origin";

/** Of one object. Key: `VirtualService shop/web`. */
export interface LimitsEntry {
    readonly key: string;
    /** It is for whatever the gateway serves. */
    readonly isOfGateway: boolean;
    readonly rates: readonly RateLimitEntry[];
    /** Undefined: as many as there are. */
    readonly maxConcurrent?: number;
    /** What it says can't be read and may be anything: whom it is for is refused. */
    readonly refused?: string;
    readonly origin: Origin;
}

export interface RateLimitEntry {
    readonly name: string;
    readonly requests: number;
    readonly perMs: number;
    readonly burst: number;
    /** Undefined: all requests share one bucket. */
    readonly key?: {
        readonly address?: { readonly ipv4: number; readonly ipv6: number };
        readonly header?: string;
        readonly cookie?: string;
        readonly claim?: readonly string[];
    };
    /** One of them holds; empty: for every request. */
    readonly matches: readonly (RouteMatchEntry | undefined)[];
    /** Empty: whatever the route. */
    readonly routes: readonly string[];
    readonly status: number;
    /** Which answers tell of it. */
    readonly tells: "limited" | "always" | "never";
    readonly shadow: boolean;
}
