/** Which requests a limit is for: Istio's own match blocks, but for what a gateway does not look at when it counts. */
import type { HTTPMatchRequest } from "../types";
import { isRecord } from "../validation/outline";
import { regexFault } from "../validation/rules/regex";
import { isBrokenClaim } from "./claims";
import { Unreadable } from "./setting-reader";
import { unmetReason, type LineMatch } from "./unmet-matches";

const LINES = ["uri", "scheme", "method", "authority"] as const;
const MAPS = ["headers", "withoutHeaders", "queryParams"];
const KINDS = ["exact", "prefix", "regex"];
const MAX_BLOCKS = 32;

export function limitMatches(value: unknown, at: string): readonly HTTPMatchRequest[] {
    if (!Array.isArray(value) || value.length === 0) throw new Unreadable(`${at}: wanted a list as in [{"uri":{"prefix":"/login"}}]`);
    if (value.length > MAX_BLOCKS) throw new Unreadable(`${at}: has ${value.length} blocks, wanted at most ${MAX_BLOCKS}`);
    (value as readonly unknown[]).forEach((one, index) => checkBlock(one, `${at}[${index}]`));
    return value as readonly HTTPMatchRequest[];
}

function checkBlock(block: unknown, at: string): void {
    if (!isRecord(block)) throw new Unreadable(`${at}: wanted an object`);
    for (const [field, value] of Object.entries(block)) {
        const own = `${at}.${field}`;
        if (isLine(field)) checkLine(field, value, own);
        else if (MAPS.includes(field)) checkMap(value, own);
        else if (field !== "ignoreUriCase") throw new Unreadable(`${at}: has no field ${JSON.stringify(field)} that limits know`);
        else if (typeof value !== "boolean") throw new Unreadable(`${own}: got ${JSON.stringify(value)}, wanted true or false`);
    }
}

function isLine(field: string): field is (typeof LINES)[number] {
    return (LINES as readonly string[]).includes(field);
}

/** A limit that counts nobody keeps nobody out. */
function checkLine(field: (typeof LINES)[number], value: unknown, at: string): void {
    checkText(value, at);
    const match = value as LineMatch;
    const reason = unmetReason(field, match);
    if (reason !== undefined)
        throw new Unreadable(`${at}.${match.exact === undefined ? "prefix" : "exact"}: ${reason}: the limit would count nobody`);
}

function checkMap(value: unknown, at: string): void {
    if (!isRecord(value)) throw new Unreadable(`${at}: wanted an object`);
    for (const [name, match] of Object.entries(value)) {
        if (name === "" || isBrokenClaim(name)) throw new Unreadable(`${at}: ${JSON.stringify(name)} names nothing`);
        checkText(match, `${at}.${name}`, true);
    }
}

/** `mayBeEmpty`: presence is asked. */
function checkText(match: unknown, at: string, mayBeEmpty = false): void {
    const given = isRecord(match) ? Object.entries(match) : undefined;
    const [first, second] = given ?? [];
    if (given !== undefined && first === undefined && mayBeEmpty) return;
    if (first === undefined || second !== undefined || !KINDS.includes(first[0]) || typeof first[1] !== "string")
        throw new Unreadable(`${at}: wanted one of exact, prefix and regex, with a text`);
    const [kind, text] = first;
    const fault = kind === "regex" && text !== "*" ? regexFault(text) : undefined;
    if (fault !== undefined) throw new Unreadable(`${at}.regex: ${fault}`);
}
