/**
 * Redirects in bulk: from whole paths to where they have moved, as many as somebody has collected over the years, at the cost of one
 * look-up. An annotation of a VirtualService has a few of them, or names ConfigMaps beside the gateway's pods that hold them, each
 * key a table by the end of its name: `.csv`, `.tsv` or `.json`.
 */
import { normalisePath } from "./path";
import { fieldsOf, flagOf, listOf, readSetting, settingOf, unreadable, type ReadSetting } from "./setting-reader";

export const REDIRECTS_ANNOTATION = "gatehouse.dev/redirects";

export interface BulkRedirect {
    /** A path from `/` on, as clients send it; with `?` also the query, letter by letter. */
    readonly from: string;
    /** A path on the same host, or an http or https URL. */
    readonly to: string;
    readonly status: number;
}

export interface Redirects {
    /** The query that a client sends goes on behind the location; one that is in `from` does not. */
    readonly keepQuery: boolean;
    readonly list: readonly BulkRedirect[];
    /** Names of ConfigMaps, looked into in this order. */
    readonly configMaps: readonly string[];
}

export const REDIRECT_STATUSES = [301, 302, 303, 307, 308] as const;
const MAX_PATH = 4096;
const MAX_MAPS = 64;
const MAX_LIST = 2000;
const FIELDS = ["keepQuery", "list", "configMaps"];

export function readRedirects(text: string): ReadSetting<Redirects> {
    return readSetting(text, valueOf);
}

export function redirectsOf(value: unknown): ReadSetting<Redirects> {
    return settingOf(value, valueOf);
}

function valueOf(value: unknown): Redirects {
    const given = Array.isArray(value) ? { list: value as unknown } : fieldsOf(value, "", FIELDS, "a list of redirects, or an object");
    const list = listOf(given.list, ".list", MAX_LIST).map((one, index) => redirectOf(one, `.list[${index}]`));
    const configMaps = listOf(given.configMaps, ".configMaps", MAX_MAPS).map((name, index) => {
        if (typeof name !== "string" || !isRedirectMapName(name))
            throw unreadable(`.configMaps[${index}]`, `got ${JSON.stringify(name)}, wanted a ConfigMap's name`);
        return name;
    });
    if (list.length + configMaps.length === 0) throw unreadable("", "has no redirects, wanted list or configMaps");
    const [fault] = redirectFaults(list, []);
    if (fault !== undefined) throw unreadable(`.list[${fault.index}]`, fault.message);
    return { keepQuery: flagOf(given.keepQuery, ".keepQuery", true), list, configMaps };
}

export function isRedirectMapName(name: string): boolean {
    return /^[a-z0-9][-a-z0-9.]{0,252}$/.test(name);
}

/** Throws Unreadable. */
export function redirectOf(value: unknown, at: string): BulkRedirect {
    const { from, to, status } = fieldsOf(value, at, ["from", "to", "status"]);
    return { from: fromOf(from, `${at}.from`), to: toOf(to, `${at}.to`), status: statusOf(status, `${at}.status`) };
}

function fromOf(value: unknown, at: string): string {
    const text = written(value, at);
    if (!text.startsWith("/") || text.includes("#") || /%(?:00|(?![0-9a-f]{2}))/i.test(text))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted a path from / on, as in "/old" or "/old?id=7"`);
    // It would stand for itself, and nobody writes it who means that.
    if (text.endsWith("*"))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted a whole path: what begins with one is led on by a route of http`);
    return text;
}

/** Browsers read `//x` and `/\x` as another host, and whoever wrote a path meant none. */
function toOf(value: unknown, at: string): string {
    const text = written(value, at);
    const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
    const isPath = text.startsWith("/") && !text.startsWith("//");
    if (!text.includes("\\") && (isPath || (authority !== undefined && isAuthority(authority)))) return text;
    throw unreadable(at, `got ${JSON.stringify(value)}, wanted a path from / on, or a URL as in "https://shop.example.com/new"`);
}

/** Without anybody's name before the host, which only misleads. */
function isAuthority(text: string): boolean {
    const [whole, port = "443"] = /^(?:[a-z0-9](?:[-a-z0-9_.]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? [];
    return whole !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** As it goes over the wire: what is not ASCII is encoded; what ends a header or is no character is refused. */
function written(value: unknown, at: string): string {
    if (typeof value !== "string" || value === "" || /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u.test(value))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted text without line breaks and control characters`);
    const text = value.replaceAll(/[^\x21-\x7e]+/gu, encodeURIComponent);
    if (text.length > MAX_PATH) throw unreadable(at, `has ${text.length} characters, wanted at most ${MAX_PATH}`);
    return text;
}

function statusOf(value: unknown, at: string): number {
    const status =
        value === undefined || value === ""
            ? 301
            : typeof value === "number"
              ? value
              : REDIRECT_STATUSES.find((one) => String(one) === value);
    if (status === undefined || !REDIRECT_STATUSES.some((one) => one === status))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted one of ${REDIRECT_STATUSES.join(", ")}`);
    return status;
}

export interface RedirectFault {
    readonly index: number;
    readonly message: string;
}

/** By which one is found: the form that requests are routed by, so that `/%7Eme` and `/x/../~me` are `/~me`. */
export function redirectKey(path: string): string {
    return normalisePath(path) ?? path;
}

/** Those that are said twice, and those that lead back to themselves, however spelled. `hosts`: exact names that the redirects are of. */
export function redirectFaults(list: readonly BulkRedirect[], hosts: readonly string[]): RedirectFault[] {
    const places = new Map<string, number>();
    const faults: RedirectFault[] = [];
    for (const [index, { from }] of list.entries()) {
        const key = redirectKey(from);
        const first = places.get(key);
        if (first === undefined) places.set(key, index);
        else faults.push({ index, message: `${from} is led elsewhere by entry ${first} already` });
    }
    return [...faults, ...loopFaults(list, places, new Set(hosts))];
}

/** Each loop once, at its first entry. */
function loopFaults(list: readonly BulkRedirect[], places: ReadonlyMap<string, number>, hosts: ReadonlySet<string>): RedirectFault[] {
    const faults: RedirectFault[] = [];
    /** 0: not seen; else the walk that it was seen on. */
    const seen = new Uint32Array(list.length);
    for (const start of list.keys()) {
        let at: number | undefined = start;
        while (at !== undefined && seen[at] === 0) {
            seen[at] = start + 1;
            at = nextOf(list[at]!, places, hosts);
        }
        if (at !== undefined && seen[at] === start + 1) faults.push(loopFault(list, at, places, hosts));
    }
    return faults;
}

function loopFault(
    list: readonly BulkRedirect[],
    first: number,
    places: ReadonlyMap<string, number>,
    hosts: ReadonlySet<string>,
): RedirectFault {
    const way: string[] = [];
    let at: number | undefined = first;
    do {
        way.push(redirectKey(list[at]!.from));
        at = nextOf(list[at]!, places, hosts);
    } while (at !== undefined && at !== first && way.length < 10);
    return { index: first, message: `leads back to itself: ${[...way, at === first ? redirectKey(list[first]!.from) : "…"].join(" → ")}` };
}

function nextOf({ to }: BulkRedirect, places: ReadonlyMap<string, number>, hosts: ReadonlySet<string>): number | undefined {
    const [, host] = /^https?:\/\/([^/?#:]*)(?::\d+)?/i.exec(to) ?? [];
    if (host !== undefined && !hosts.has(host.toLowerCase())) return undefined;
    const path = (host === undefined ? to : to.replace(/^https?:\/\/[^/?#]*/i, "")).replace(/#.*$/, "");
    const target = redirectKey(path.startsWith("/") ? path : `/${path}`);
    return places.get(target) ?? places.get(target.replace(/\?.*$/, ""));
}
