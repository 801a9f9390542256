/**
 * What a worker leaves undone when it runs out of something, in Envoy's words (overload manager), and from where on. New work goes
 * first and what is under way last. Data: the machine, the figures and the page read it.
 */

/** Each as a part of what there is, 0 to 1 and beyond. */
export const RESOURCES = {
    memory: "memory that the proxy's processes hold, of what they could: the container's limit, else the machine's",
    heap: "JavaScript's heap of a worker, of what `--max-old-space-size` or V8 lets it grow to",
    loop: "how late the event loop of a worker is by its own work, all the time for a second, of a second",
} as const;

export type ResourceName = keyof typeof RESOURCES;
export type Pressures = Readonly<Record<ResourceName, number>>;

/** `from` to `to`: it grows from nothing to the whole. As one number: it is on from there, until the pressure is below `until` for a while. */
type Trigger =
    | { readonly kind: "scaled"; readonly from: number; readonly to: number }
    | { readonly kind: "threshold"; readonly from: number; readonly until: number };

export interface OverloadAction {
    readonly what: string;
    /** What it costs, by this name in `limits_reached`. */
    readonly counter: string;
    /** Those of a resource that is not named have nothing to do with it. */
    readonly triggers: Readonly<Partial<Record<ResourceName, Trigger>>>;
}

function threshold(from: number, until: number): Trigger {
    return { kind: "threshold", from, until };
}

/**
 * V8 gives up on a heap that is four fifths full where collecting it no longer pays: bounds of the heap lie below that.
 * A connection that is closed for a loop that is late would come back with a handshake, which costs more than it did.
 */
export const ACTIONS = {
    disable_http_keepalive: {
        what: "idle connections close, a tenth of them at each look; responses over HTTP/1.1 say `connection: close`",
        counter: "overload_idle_closed",
        triggers: { memory: threshold(0.9, 0.85), heap: threshold(0.7, 0.65) },
    },
    stop_accepting_requests: {
        what: "new requests get 503, first some, then all",
        counter: "overload",
        triggers: {
            memory: { kind: "scaled", from: 0.92, to: 0.96 },
            heap: { kind: "scaled", from: 0.72, to: 0.78 },
            loop: { kind: "scaled", from: 0.5, to: 1 },
        },
    },
    reject_incoming_connections: {
        what: "new connections are closed at once",
        counter: "downstream_cx_overload_reject",
        triggers: { memory: threshold(0.96, 0.92), heap: threshold(0.78, 0.72), loop: threshold(1, 0.7) },
    },
    reset_high_memory_stream: {
        what: "the connections that most waits for to be sent are cut, ten at each look",
        counter: "overload_reset_high_memory",
        triggers: { memory: threshold(0.98, 0.95), heap: threshold(0.84, 0.78) },
    },
} as const satisfies Readonly<Record<string, OverloadAction>>;

/** Below all of these nothing is left undone; what looks used from there on may be garbage. */
export const COLLECT_FROM = { memory: 0.87, heap: 0.66 } as const;

/** Where a worker stays above one of these although it refuses what is new, its memory does not come back. */
export const FULL_FROM = { memory: 0.92, heap: 0.74 } as const;

export type ActionName = keyof typeof ACTIONS;
export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

/** Of each action how much of it is done: 0 to 1. */
export type ActionValues = Readonly<Record<ActionName, number>>;
