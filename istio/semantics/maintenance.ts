/**
 * Hosts that are being looked after: everybody is told to come back later, but for those who look. An annotation, as JSON, of a
 * VirtualService for its hosts, and of the Service in front of a gateway's pods for all that they serve: `true`, `false`, or an
 * object. Whoever writes it wants nobody to come to a backend, so one that can't be read lets nobody by.
 */
import { parseDuration } from "../durations";
import { isRange } from "../ip-blocks";
import { isToken } from "../wire-text";
import { ERROR_PAGE_FORMS, pageContent, type ErrorPageForm } from "./error-pages";
import { isProxysOwnHeader } from "./own-headers";
import { fieldsOf, listOf, readSetting, settingOf, unreadable, type ReadSetting } from "./setting-reader";

export const MAINTENANCE_ANNOTATION = "gatehouse.dev/maintenance";

export interface Maintenance {
    /** 500 to 599. */
    readonly status: number;
    /** Of Retry-After: seconds, or a time as HTTP writes it. */
    readonly retryAfter: string;
    /** In each form that there is; none: the error page for the status, else a line of text. */
    readonly page: Readonly<Partial<Record<ErrorPageForm, string>>>;
    /** Whoever meets one of them passes. */
    readonly bypass: {
        readonly header?: NameAndValue;
        readonly cookie?: NameAndValue;
        /** Addresses and CIDR blocks. */
        readonly addresses: readonly string[];
        /** Whole paths, or with a `*` behind them what they begin with. */
        readonly paths: readonly string[];
    };
}

export interface NameAndValue {
    readonly name: string;
    readonly value: string;
}

/** Certificates are renewed meanwhile (RFC 8555 §8.3). */
const ALWAYS = "/.well-known/acme-challenge/*";
const MAX_ENTRIES = 100;
const FIELDS = ["status", "retryAfter", "page", "bypass"];
const BYPASS_FIELDS = ["header", "cookie", "addresses", "paths"];

/** Nobody passes: what one that can't be read is taken for. */
export const CLOSED: Maintenance = { status: 503, retryAfter: "300", page: {}, bypass: { addresses: [], paths: [ALWAYS] } };

/** `false`: it is served. */
export function readMaintenance(text: string): ReadSetting<Maintenance | false> {
    return readSetting(text, valueOf);
}

export function maintenanceOf(value: unknown): ReadSetting<Maintenance | false> {
    return settingOf(value, valueOf);
}

function valueOf(value: unknown): Maintenance | false {
    if (value === false) return false;
    const given = value === true ? {} : fieldsOf(value, "", FIELDS, "true, false or an object");
    const bypass = given.bypass === undefined ? {} : fieldsOf(given.bypass, ".bypass", BYPASS_FIELDS);
    const header = bypass.header === undefined ? undefined : headerOf(bypass.header);
    const cookie = bypass.cookie === undefined ? undefined : pairOf(bypass.cookie, ".bypass.cookie");
    if (cookie !== undefined && !/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.test(cookie.value))
        throw unreadable(".bypass.cookie.value", "wanted what a cookie can hold: no spaces, quotes, commas, semicolons and backslashes");
    return {
        status: statusOf(given.status),
        retryAfter: retryAfterOf(given.retryAfter),
        page: given.page === undefined ? {} : pageOf(given.page),
        bypass: {
            ...(header && { header }),
            ...(cookie && { cookie }),
            addresses: listOf(bypass.addresses, ".bypass.addresses", MAX_ENTRIES).map(addressOf),
            paths: [...new Set([ALWAYS, ...listOf(bypass.paths, ".bypass.paths", MAX_ENTRIES).map(pathOf)])],
        },
    };
}

function statusOf(value: unknown): number {
    if (value === undefined) return CLOSED.status;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 500 || value > 599)
        throw unreadable(".status", `got ${JSON.stringify(value)}, wanted 500 to 599, 503 as a rule`);
    return value;
}

/** RFC 9110 §10.2.3. */
function retryAfterOf(value: unknown): string {
    if (value === undefined) return CLOSED.retryAfter;
    const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
    if (milliseconds !== undefined && milliseconds >= 0) return String(Math.ceil(milliseconds / 1000));
    const isTime = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
    const time = isTime ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time))
        throw unreadable(
            ".retryAfter",
            `got ${JSON.stringify(value)}, wanted a duration as in "10m", or a time as in "2026-01-31T06:00:00Z"`,
        );
    return new Date(time).toUTCString();
}

function pageOf(value: unknown): Maintenance["page"] {
    const given = fieldsOf(value, ".page", ERROR_PAGE_FORMS);
    const forms = ERROR_PAGE_FORMS.filter((form) => given[form] !== undefined);
    if (forms.length === 0) throw unreadable(".page", "has no page, wanted one or more of html, json and text");
    return Object.fromEntries(forms.map((form) => [form, pageContent(given[form], form, `.page.${form}`)]));
}

function pairOf(value: unknown, at: string): NameAndValue {
    const { name, value: text } = fieldsOf(value, at, ["name", "value"]);
    if (typeof name !== "string" || !isToken(name)) throw unreadable(`${at}.name`, "wanted a name: letters, digits and hyphens");
    // One that is empty would be met by whoever sends nothing.
    if (typeof text !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) || text.length > 1024)
        throw unreadable(`${at}.value`, "wanted up to 1024 characters of printable ASCII");
    return { name, value: text };
}

/** What proxies write themselves tells nobody apart. */
function headerOf(value: unknown): NameAndValue {
    const { name, value: text } = pairOf(value, ".bypass.header");
    const lower = name.toLowerCase();
    if (lower === "host" || lower === "cookie" || isProxysOwnHeader(lower))
        throw unreadable(".bypass.header.name", `got ${JSON.stringify(name)}, which tells nobody apart: wanted a header of your own`);
    return { name: lower, value: text };
}

function addressOf(value: unknown, index: number): string {
    if (typeof value !== "string" || !isRange(value))
        throw unreadable(
            `.bypass.addresses[${index}]`,
            `got ${JSON.stringify(value)}, wanted an address or a CIDR block as in "10.0.0.0/8"`,
        );
    return value;
}

function pathOf(value: unknown, index: number): string {
    if (typeof value !== "string" || !/^\/[^?#*\s\u0000-\u001f\u007f-\uffff]*\*?$/.test(value) || value.length > 1024)
        throw unreadable(
            `.bypass.paths[${index}]`,
            `got ${JSON.stringify(value)}, wanted a path as in "/healthz", or with a * at its end what paths begin with`,
        );
    return value;
}
