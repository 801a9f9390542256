/**
 * How a trace is told from one proxy or application to the next: W3C's Trace Context and Zipkin's B3, in one header or several.
 * What is malformed is none, and a new trace begins in its place (Trace Context §3.2.2.4). Pure. Hot path: no regular expression.
 */
import type { HeaderList } from "../http/doors";
import { headerValue, removeHeader, setHeader } from "../http/header-list";

/** Of whoever has sent the request. */
export interface ParentContext {
    /** 32 hex digits, or of B3 also 16. */
    readonly traceId: string;
    /** 16 hex digits; empty: only whether it is sampled is said. */
    readonly spanId: string;
    /** Undefined: that is for us to say. */
    readonly sampled: boolean | undefined;
    readonly state: string;
    /** It was told in one header of B3. */
    readonly isSingle: boolean;
}

/** W3C: a vendor's list; longer ones are dropped whole. */
const MAX_STATE = 512;
const MULTIPLE = ["x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled"] as const;

export function readW3c(headers: HeaderList): ParentContext | undefined {
    let parent: string | undefined;
    let state = "";
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name === "traceparent") {
            // Two of them say nothing.
            if (parent !== undefined) return undefined;
            parent = headers[at + 1]!;
        } else if (name === "tracestate") state = state === "" ? headers[at + 1]! : `${state},${headers[at + 1]!}`;
    }
    if (parent === undefined) return undefined;
    const text = parent.toLowerCase();
    // version-traceid-spanid-flags; later versions may have more behind it.
    if (text.length < 55 || text[2] !== "-" || text[35] !== "-" || text[52] !== "-" || !isHex(text, 0, 2)) return undefined;
    const version = text.slice(0, 2);
    if (version === "ff" || (text.length > 55 && (version === "00" || text[55] !== "-"))) return undefined;
    const traceId = text.slice(3, 35);
    const spanId = text.slice(36, 52);
    if (!isId(traceId) || !isId(spanId) || !isHex(text, 53, 55)) return undefined;
    const sampled = (Number.parseInt(text.slice(53, 55), 16) & 1) === 1;
    return { traceId, spanId, sampled, state: state.length > MAX_STATE ? "" : state, isSingle: false };
}

export function readB3(headers: HeaderList): ParentContext | undefined {
    let traceId = "";
    let spanId = "";
    let sampled = "";
    let single: string | undefined;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name === "b3") single = headers[at + 1]!;
        else if (name.length < 9 || !name.startsWith("x-b3-")) continue;
        else if (name === "x-b3-traceid") traceId = headers[at + 1]!.toLowerCase();
        else if (name === "x-b3-spanid") spanId = headers[at + 1]!.toLowerCase();
        else if (name === "x-b3-sampled") sampled = headers[at + 1]!;
    }
    if (single !== undefined) {
        const [first = "", second, third = ""] = single.toLowerCase().split("-", 4);
        // One that says only whether it is sampled.
        if (second === undefined) return first.length === 1 && isDecision(first) ? context("", "", first, true) : undefined;
        return validB3(first, second, third) ? context(first, second, third, true) : undefined;
    }
    if (traceId === "" && spanId === "") return isDecision(sampled) && sampled !== "" ? context("", "", sampled, false) : undefined;
    return validB3(traceId, spanId, sampled) ? context(traceId, spanId, sampled, false) : undefined;
}

function validB3(traceId: string, spanId: string, sampled: string): boolean {
    return (traceId.length === 32 || traceId.length === 16) && isId(traceId) && spanId.length === 16 && isId(spanId) && isDecision(sampled);
}

function isDecision(text: string): boolean {
    return text === "" || text === "0" || text === "1" || text === "d" || text === "true" || text === "false";
}

function context(traceId: string, spanId: string, sampled: string, isSingle: boolean): ParentContext {
    const decided = sampled === "" ? undefined : sampled === "1" || sampled === "d" || sampled === "true";
    return { traceId, spanId, sampled: decided, state: "", isSingle };
}

/** Of a span whose child the receiver's will be. */
export interface ToldContext {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentId: string;
    readonly sampled: boolean;
    readonly state: string;
    readonly isSingle: boolean;
}

export function writeW3c(headers: HeaderList, { traceId, spanId, sampled, state }: ToldContext): void {
    setHeader(headers, "traceparent", `00-${traceId.padStart(32, "0")}-${spanId}-${sampled ? "01" : "00"}`);
    if (state === "") removeHeader(headers, "tracestate");
    else setHeader(headers, "tracestate", state);
}

/** In the form in which it came; what came in the other, or was malformed, would say something else. */
export function writeB3(headers: HeaderList, { traceId, spanId, parentId, sampled, isSingle }: ToldContext): void {
    const decision = sampled ? "1" : "0";
    // Of who debugs; it says that a trace is sampled too.
    if (isSingle || !sampled || headerValue(headers, "x-b3-flags") !== "1") removeHeader(headers, "x-b3-flags");
    if (isSingle) {
        for (const name of MULTIPLE) removeHeader(headers, name);
        setHeader(headers, "b3", `${traceId}-${spanId}-${decision}${parentId === "" ? "" : `-${parentId}`}`);
        return;
    }
    removeHeader(headers, "b3");
    setHeader(headers, "x-b3-traceid", traceId);
    setHeader(headers, "x-b3-spanid", spanId);
    if (parentId === "") removeHeader(headers, "x-b3-parentspanid");
    else setHeader(headers, "x-b3-parentspanid", parentId);
    setHeader(headers, "x-b3-sampled", decision);
}

function isId(text: string): boolean {
    if (!isHex(text, 0, text.length)) return false;
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== 0x30) return true;
    return false;
}

/** Digits in small letters. */
function isHex(text: string, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
        const code = text.charCodeAt(at);
        if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
    }
    return true;
}
