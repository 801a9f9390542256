/**
 * The options of a listener, bound: made when the first connection asks, and once for each version of them. Where they can't be,
 * nobody is served: they may say who is not to be believed.
 */
import type { GatewayOptions } from "../../istio/semantics";
import type { ClientRules, ToleranceRules } from "../http/edge-rules";
import { bindNetworks, isWithin, networkOf } from "../net/networks";
import type { ListenerEntry } from "../tables";
import { attempt, type Changes } from "./changes";
import type { BindFault } from "./snapshot";

export interface ListenerRules {
    /** How whose a connection is, is told; undefined: by nothing before it. With other words it may be taken for another's. */
    readonly presented: string | undefined;
    /** Who may send a header of the PROXY protocol. */
    readonly mayPresent: (address: string) => boolean;
    /** Undefined: requests are taken as by default. */
    readonly edge: ClientRules | undefined;
    readonly tolerance: ToleranceRules | undefined;
    /** Of peek and handshake together, in milliseconds; undefined: as by default. */
    readonly handshakeMs: number | undefined;
    /** Nobody is served: they could not be bound. */
    readonly refusal: { readonly detail: string } | undefined;
}

const everybody = (): boolean => true;
const DEFAULT: ListenerRules = {
    presented: undefined,
    mayPresent: everybody,
    edge: undefined,
    tolerance: undefined,
    handshakeMs: undefined,
    refusal: undefined,
};
const CLOSED: ListenerRules = { ...DEFAULT, refusal: { detail: "listener_not_served" } };

/** All listeners have the same options: workers copy them, listener by listener. */
const bound = new WeakMap<GatewayOptions, ListenerRules>();

export function listenerRules({ options }: Pick<ListenerEntry, "options">): ListenerRules {
    if (options === undefined) return DEFAULT;
    let rules = bound.get(options);
    if (rules === undefined) bound.set(options, (rules = bindOrClose(options)));
    return rules;
}

/** Names those that can't be bound. */
export function checkListeners({ listeners }: Changes, faults: BindFault[]): void {
    for (const entry of listeners.values()) {
        const options = entry?.options;
        if (entry !== undefined && options !== undefined) attempt("listeners", entry, faults, () => void bind(options));
    }
}

function bindOrClose(options: GatewayOptions): ListenerRules {
    try {
        return bind(options);
    } catch {
        return CLOSED;
    }
}

function bind(options: GatewayOptions): ListenerRules {
    const { proxyProtocol = "off", proxyProtocolSources, trustedProxies, forwardClientCertDetails: cert, serverHeader } = options;
    const { mergeSlashes: merge = false, pathWithEscapedSlashes: escaped = "keep" } = options;
    const edge: ClientRules = {
        ...(trustedProxies ? { isTrusted: within(trustedProxies) } : {}),
        ...(cert !== undefined && cert !== "SANITIZE_SET" ? { clientCert: cert } : {}),
        ...(serverHeader ? { server: { mode: serverHeader.mode, value: serverHeader.value ?? "" } } : {}),
        ...(options.stripEnvoyHeaders === true ? { stripsEnvoy: true } : {}),
        ...(options.generateRequestId === false ? { keepsRequestId: true } : {}),
        ...(options.attemptCount === false ? { hidesAttempts: true } : {}),
        ...(options.limits?.maxRequestBodyBytes === undefined ? {} : { maxRequestBodyBytes: options.limits.maxRequestBodyBytes }),
        ...(merge || escaped !== "keep" ? { slashes: { merge, escaped } } : {}),
    };
    return {
        presented: proxyProtocol === "off" ? undefined : `${proxyProtocol} ${proxyProtocolSources?.join() ?? ""}`,
        mayPresent: proxyProtocolSources ? within(proxyProtocolSources) : everybody,
        edge: Object.keys(edge).length > 0 ? edge : undefined,
        tolerance: toleranceOf(options),
        handshakeMs: options.limits?.handshakeTimeout,
        refusal: undefined,
    };
}

function toleranceOf({ acceptHttp10, idleTimeout, limits = {} }: GatewayOptions): ToleranceRules | undefined {
    const all: { readonly [N in keyof Required<ToleranceRules>]: ToleranceRules[N] | undefined } = {
        acceptHttp10,
        keepAliveTimeout: idleTimeout,
        headTimeout: limits.headTimeout,
        bodyIdleTimeout: limits.bodyPause,
        streamIdleTimeout: limits.streamIdleTimeout,
        writeIdleTimeout: limits.writeIdleTimeout,
        tunnelIdleTimeout: limits.tunnelIdleTimeout,
        uploadRate: limits.uploadRate,
        maxHeadBytes: limits.headBytes,
        maxHeaders: limits.headers,
        maxRequests: limits.requestsPerConnection,
        maxDuration: limits.connectionDuration,
        maxOpenStreams: limits.concurrentStreams,
        streamWindow: limits.streamWindow,
        connectionWindow: limits.connectionWindow,
    };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    return given.length > 0 ? (Object.fromEntries(given) as ToleranceRules) : undefined;
}

function within(blocks: readonly string[]): (address: string) => boolean {
    const networks = bindNetworks(blocks.map(networkOf));
    return (address) => isWithin(networks, address);
}
