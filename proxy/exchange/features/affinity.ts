/**
 * Which endpoint a client comes back to: a hash of what its request says or of where it comes from, as it goes to the
 * endpoint. Whoever has no cookie is given one with the response. Written as Envoy writes it
 * (`Http::Utility::makeSetCookieValue`).
 */
import type { ResponseHead } from "../../http/doors";
import { hashText } from "../../net/hash-text";
import type { HashCookieEntry } from "../../tables";
import type { ExchangeState } from "../exchange-state";
import { parameterIn } from "../../http/query-parameter";
import { cookieIn } from "../token-places";

export function hashClient(state: ExchangeState): void {
    const policy = state.forwarding?.cluster.entry.hash?.policy;
    if (policy === undefined) return;
    switch (policy.kind) {
        case "header":
            state.hash = hashOfHeader(state, policy.name);
            break;
        case "cookie":
            state.hash = hashOfCookie(state, policy);
            break;
        case "query":
            state.hash = hashOf(parameterIn(state.head.path, policy.name));
            break;
        case "sourceIp":
            state.hash = hashOf(state.remoteAddress);
            break;
        default:
            policy satisfies never;
    }
}

/** With a backend's response alone: an answer of ours has come from no endpoint. */
export function giveCookie(state: ExchangeState, head: ResponseHead): void {
    if (state.newCookie !== "" && state.answer === undefined) head.headers.push("set-cookie", state.newCookie);
}

function hashOf(text: string | undefined): number | undefined {
    return text === undefined ? undefined : hashText(text);
}

/** Lines of one name in any order are the same. */
function hashOfHeader({ head }: ExchangeState, name: string): number | undefined {
    switch (name) {
        case ":authority":
        case "host":
            return hashOf(head.authority);
        case ":path":
            return hashOf(head.path);
        case ":method":
            return hashOf(head.method);
        case ":scheme":
            return hashOf(head.scheme);
        default:
    }
    const { headers } = head;
    let first: string | undefined;
    let lines: string[] | undefined;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] !== name) continue;
        if (first === undefined) first = headers[at + 1]!;
        else (lines ??= [first]).push(headers[at + 1]!);
    }
    return hashOf(lines === undefined ? first : lines.sort().join(""));
}

/** An empty one is as good as none. */
function hashOfCookie(state: ExchangeState, cookie: HashCookieEntry): number | undefined {
    const value = cookieIn(state.head.headers, cookie.name) ?? "";
    if (value !== "") return hashText(value);
    if (cookie.ttlSeconds === undefined) return undefined;
    const made = valueFor(state);
    state.newCookie = cookieText(cookie, made, cookie.ttlSeconds);
    return hashText(made);
}

/** Of a connection always the same: requests that come side by side get no two endpoints. */
function valueFor({ remoteAddress, connection: { remoteAddress: peer, remotePort, localAddress, localPort } }: ExchangeState): string {
    const client = `${remoteAddress} ${peer} ${remotePort} ${localAddress} ${localPort}`;
    return hex(hashText(client)) + hex(hashText(`${client}#`));
}

function hex(number: number): string {
    return number.toString(16).padStart(8, "0");
}

function cookieText({ name, path, attributes }: HashCookieEntry, value: string, ttlSeconds: number): string {
    let text = `${name}="${value}"`;
    if (ttlSeconds > 0) text += `; Max-Age=${ttlSeconds}`;
    if (path !== "") text += `; Path=${path}`;
    for (const attribute of attributes) text += attribute.value === "" ? `; ${attribute.name}` : `; ${attribute.name}=${attribute.value}`;
    return `${text}; HttpOnly`;
}
