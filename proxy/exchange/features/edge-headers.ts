/**
 * What a gateway says of clients to backends (Istio's gateway topology): nothing that a client says about itself is believed, but
 * what trusted proxies in front say of it.
 */
import type { ConnectionInfo } from "../../http/doors";
import type { ClientRules } from "../../http/edge-rules";
import { readAddress, writtenAddress } from "../../net/ip-address";
import { randomUuid } from "../../net/uuid";
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";
import { refuseEgress } from "./egress";

const X = 0x78;
const DASH = 0x2d;

export function takeEdgeHeaders(state: ExchangeState): Verdict {
    if (state.connection.outbound === true) return keepOwnWords(state) > MAX_HOPS ? loop(state) : ON;
    if (state.connection.edge?.keepsRequestId !== true) state.requestId = randomUuid();
    return replaceEdgeHeaders(state) > MAX_FORWARDED ? loop(state) : ON;
}

/**
 * Proxies that lead to each other would pass a request on for ever. At an application's proxy one that comes from a proxy already
 * says how often; each gateway adds an entry to X-Forwarded-For.
 */
const HOPS = "x-gatehouse-hops";
/** Each of our proxies says it to the next. */
const ATTEMPTS = "x-envoy-attempt-count";
const MAX_HOPS = 16;
const MAX_FORWARDED = 100;

function loop({ authority }: ExchangeState): Verdict {
    return refuseEgress("loop", `${authority} leads from proxy to proxy without an end`, 508);
}

/**
 * An application speaks for itself and for those it passes on (Istio's sidecars: no use_remote_address): its id, its scheme
 * and X-Forwarded-For stay, and its own address is nobody's business outside.
 */
function keepOwnWords(state: ExchangeState): number {
    const { headers } = state;
    let hops = 0;
    let isPassedOn = false;
    let requestId = "";
    let saysScheme = false;
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name === "x-request-id") requestId = headers[at + 1]!;
        else if (name === "x-forwarded-proto") saysScheme = true;
        else if (name.charCodeAt(0) === X && name.charCodeAt(1) === DASH && name !== "x-forwarded-for") {
            if (name === HOPS) {
                hops = Math.max(hops, Number(headers[at + 1]!) || 0);
                continue;
            }
            if (name === ATTEMPTS) isPassedOn = true;
            if (isOurs(name)) continue;
        }
        headers[kept] = name;
        headers[kept + 1] = headers[at + 1]!;
        kept += 2;
    }
    if (kept !== headers.length) headers.length = kept;
    if (!saysScheme) headers.push("x-forwarded-proto", state.scheme);
    if (requestId === "" && state.connection.edge?.keepsRequestId !== true) {
        requestId = randomUuid();
        headers.push("x-request-id", requestId);
    }
    state.requestId = requestId;
    if (hops > 0 || isPassedOn) headers.push(HOPS, String(++hops));
    return hops;
}

/**
 * The client's own words about itself are dropped from the headers, and ours are put there. Of trusted proxies in front those
 * are believed that they added: as many entries of X-Forwarded-For as there are of them, and the scheme (Envoy's
 * use_remote_address with xff_num_trusted_hops).
 */
function replaceEdgeHeaders(state: ExchangeState): number {
    const { headers, connection } = state;
    const { edge } = connection;
    let forwardedFor = "";
    let forwardedProto = "";
    let clientCert = "";
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name.charCodeAt(0) === X && name.charCodeAt(1) === DASH && isOurs(name)) {
            if (name === "x-forwarded-for") forwardedFor += forwardedFor === "" ? headers[at + 1]! : `,${headers[at + 1]!}`;
            // Two of them are one that says nothing.
            else if (name === "x-forwarded-proto") forwardedProto += forwardedProto === "" ? headers[at + 1]! : `,${headers[at + 1]!}`;
            else if (name === "x-forwarded-client-cert") clientCert += clientCert === "" ? headers[at + 1]! : `,${headers[at + 1]!}`;
            else if (name === "x-request-id" && edge?.keepsRequestId === true)
                state.requestId += state.requestId === "" ? headers[at + 1]! : `,${headers[at + 1]!}`;
            continue;
        }
        if (kept !== at) {
            headers[kept] = name;
            headers[kept + 1] = headers[at + 1]!;
        }
        kept += 2;
    }
    // To set a length is a call into the runtime, also where nothing changes.
    if (kept !== headers.length) headers.length = kept;
    if (edge?.isTrusted !== undefined) believeTrusted(state, edge.isTrusted, forwardedFor, forwardedProto);
    else if (connection.trustedProxies !== undefined && connection.trustedProxies > 0)
        believeHops(state, connection.trustedProxies, forwardedFor, forwardedProto);
    const { remoteAddress } = connection;
    headers.push(
        "x-forwarded-for",
        forwardedFor === "" ? remoteAddress : `${forwardedFor},${remoteAddress}`,
        "x-forwarded-proto",
        state.scheme,
        "x-envoy-external-address",
        state.remoteAddress,
        "x-request-id",
        state.requestId,
    );
    // The client has said none, and none is made.
    if (state.requestId === "") headers.length -= 2;
    const cert = edge?.clientCert === undefined ? connection.forwardedClientCert : certFor(edge.clientCert, connection, clientCert);
    if (cert !== "") headers.push("x-forwarded-client-cert", cert);
    // Most have a few entries, and need no counting.
    return forwardedFor.length < MAX_FORWARDED ? 0 : entriesIn(forwardedFor);
}

/** Envoy's forward_client_cert_details. What a client says of certificates counts as far as it has shown one itself. */
function certFor(mode: NonNullable<ClientRules["clientCert"]>, { forwardedClientCert: own }: ConnectionInfo, said: string): string {
    switch (mode) {
        case "ALWAYS_FORWARD_ONLY":
            return said;
        case "SANITIZE":
            return "";
        case "FORWARD_ONLY":
            return own === "" ? "" : said;
        case "APPEND_FORWARD":
            return own === "" || said === "" ? own : `${said},${own}`;
        default:
            return mode satisfies never;
    }
}

function entriesIn(list: string): number {
    let count = 1;
    for (let at = list.indexOf(","); at !== -1; at = list.indexOf(",", at + 1)) count++;
    return count;
}

function believeHops(state: ExchangeState, hops: number, forwardedFor: string, forwardedProto: string): void {
    const client = clientBehind(hops, forwardedFor);
    believe(state, client, forwardedProto);
}

/**
 * Of proxies that are known by their addresses: the peer has to be one, and what it and those before it have added counts up
 * to the first that is none (Envoy's xff_trusted_cidrs).
 */
function believeTrusted(state: ExchangeState, isTrusted: (address: string) => boolean, forwardedFor: string, forwardedProto: string): void {
    if (isTrusted(state.connection.remoteAddress)) believe(state, clientBeyond(isTrusted, forwardedFor), forwardedProto);
}

function believe(state: ExchangeState, client: string, forwardedProto: string): void {
    if (client !== "") {
        state.remoteAddress = client;
        state.remotePort = 0;
    }
    const scheme = forwardedProto.toLowerCase();
    if (scheme === "http" || scheme === "https") state.scheme = scheme;
}

/** The address that the first of the hops has seen. Empty: they have said too little, or no address. */
export function clientBehind(hops: number, forwardedFor: string): string {
    let end = forwardedFor.length;
    let start = forwardedFor.lastIndexOf(",") + 1;
    for (let skipped = 1; skipped < hops; skipped++) {
        if (start === 0) return "";
        end = start - 1;
        start = end === 0 ? 0 : forwardedFor.lastIndexOf(",", end - 1) + 1;
    }
    const address = forwardedFor.slice(start, end).trim();
    const read = readAddress(address);
    if (read === undefined || address.includes("%")) return "";
    return writtenAddress(read);
}

/** The last address that is none of the trusted ones; where all are, the first. Empty: there is none, or one of them is no address. */
export function clientBeyond(isTrusted: (address: string) => boolean, forwardedFor: string): string {
    let client = "";
    for (let end = forwardedFor.length; end >= 0; ) {
        const start = end === 0 ? 0 : forwardedFor.lastIndexOf(",", end - 1) + 1;
        const address = forwardedFor.slice(start, end).trim();
        const read = readAddress(address);
        if (read === undefined || address.includes("%")) return "";
        client = writtenAddress(read);
        if (!isTrusted(client)) return client;
        end = start - 1;
    }
    return client;
}

/** What a client says in its place is not believed. */
export function isOurs(name: string): boolean {
    switch (name) {
        case "x-forwarded-for":
        case "x-forwarded-proto":
        case "x-forwarded-client-cert":
        case "x-request-id":
            return true;
        default:
            return name.startsWith("x-envoy-");
    }
}
