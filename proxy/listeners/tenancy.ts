/**
 * On what terms a connection was let in, so that a change of them reaches it too: a handshake is made once, and what it
 * was asked for then may not be enough for what is served now. Certificates, authorities and lists of revoked ones that
 * change within their Secret or file are no other terms: as at Envoy, who is in stays in.
 */
import type { ConnectionInfo } from "../http/doors";
import { chainFor, isMutual, listenerRules, type Snapshot } from "../snapshot";
import type { FilterChainEntry, ListenerEntry } from "../tables";
import { capturedChoice, type Captured } from "./captured-choice";

export type Fronts = Pick<Snapshot, "chains" | "chainHosts" | "entries">;

/** What requests are told by which server they have come to. A connection that goes may be another server's meanwhile. */
export type Seat = { -readonly [K in "chain" | "routeTable" | "edge" | "trustedProxies"]: ConnectionInfo[K] };

export interface Tenancy {
    /** ListenerEntry key. */
    readonly listener: string;
    readonly serverName: string;
    /** As it was at the handshake. */
    readonly chain: FilterChainEntry;
    /** How whose the connection is was told; absent: not by anything before it. */
    readonly presented?: string;
    /** The client has shown a certificate. */
    readonly hasShown: boolean;
    /** Of HTTP. */
    readonly seat?: Seat;
    /** It was meant for somebody else. */
    readonly captured?: Captured;
}

/**
 * `stays`: a new connection like it would be let in on the same terms. `leaves`: not so. `barred`: nor may anything new be
 * asked on it, as other certificates are asked of clients than its own, or none, was let in by.
 */
export type Standing = "stays" | "leaves" | "barred";

/** Nothing is asked on a connection whose route table this is. */
const NO_TABLE = "";

/** Judges a connection by what is served now, and gives it the seat that is its own from now on. */
export function reviewed(tenancy: Tenancy, fronts: Fronts): Standing {
    const { chain, seat, captured } = tenancy;
    if (captured !== undefined) return reviewedCaptured(captured, seat, fronts);
    const now = chainFor(fronts, tenancy.listener, tenancy.serverName)?.entry;
    const listener = fronts.entries.listeners.get(tenancy.listener);
    const standing = standingOf(tenancy, now, listener);
    if (seat === undefined || now === undefined) return standing;
    if (listener !== undefined) {
        seat.edge = listenerRules(listener).edge;
        seat.trustedProxies = listener.trustedProxies ?? 0;
    }
    // What is served over TLS alone is not served on a connection without it.
    if (standing === "barred") seat.routeTable = NO_TABLE;
    else if (now.target.kind === "http" && (now.tls === undefined) === (chain.tls === undefined)) {
        seat.chain = now.key;
        seat.routeTable = now.target.routeTable;
    }
    return standing;
}

/**
 * Whom captured traffic is for changes with what is defined, and as at Envoy who has a connection keeps it: but not what
 * nothing may have any more, nor what is now taken for something else.
 */
function reviewedCaptured(captured: Captured, seat: Seat | undefined, fronts: Fronts): Standing {
    const now = capturedChoice(fronts, captured)?.chain.entry;
    if (now === undefined || now.refusal !== undefined) return "leaves";
    const { target } = now;
    if (target.kind === "tcp") return seat === undefined && target.route.clusters.length > 0 ? "stays" : "leaves";
    if (seat === undefined) return "leaves";
    seat.chain = now.key;
    seat.routeTable = target.routeTable;
    return "stays";
}

function standingOf(
    { chain, hasShown, presented }: Tenancy,
    now: FilterChainEntry | undefined,
    listener: ListenerEntry | undefined,
): Standing {
    if (now === undefined) return "leaves";
    // Whose it is taken for may not be whose it would be taken for now.
    if (listener !== undefined && listenerRules(listener).presented !== presented) return "leaves";
    if (now === chain) return "stays";
    // Behind one server name there may be several rules of TCP, and their keys are numbers.
    const isSameServer = now.key === chain.key || now.target.kind === "tcp";
    const [was, is] = [termsOf(chain), termsOf(now)];
    if (isSameServer && was.all === is.all) return "stays";
    if (was.ofClients === is.ofClients) return "leaves";
    // Without a certificate a client is nobody, and that is what an optional one lets it be.
    const isUnproven = hasShown ? isMutual(now) || now.key !== chain.key : now.tls?.mode === "MUTUAL";
    return isUnproven ? "barred" : "leaves";
}

interface Terms {
    readonly all: string;
    readonly ofClients: string;
}

/** One text for all connections of a chain. */
const made = new WeakMap<FilterChainEntry, Terms>();

function termsOf(entry: FilterChainEntry): Terms {
    let terms = made.get(entry);
    if (terms === undefined) made.set(entry, (terms = { all: allOf(entry), ofClients: demandsOf(entry) }));
    return terms;
}

function allOf({ tls, target, refusal }: FilterChainEntry): string {
    return JSON.stringify([target.kind, refusal !== undefined, Object.entries(tls ?? {}).sort(byName)]);
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
    return a < b ? -1 : 1;
}

function demandsOf({ tls }: FilterChainEntry): string {
    if (tls === undefined || tls.mode === "PASSTHROUGH" || tls.mode === "SIMPLE") return "";
    const { mode, caSecret, crlSecret, verifyCertificateSpki, verifyCertificateHash, subjectAltNames, insecureSkipVerify } = tls;
    return JSON.stringify([mode, caSecret, crlSecret, verifyCertificateSpki, verifyCertificateHash, subjectAltNames, insecureSkipVerify]);
}
