/**
 * Pages in the place of a gateway's plain answers, for which Istio has no words: an annotation, as JSON, of a VirtualService, for
 * its hosts, and of the Service in front of a gateway's pods, for all that they serve. A page that can't be read makes the
 * plain answers stay, and says so: it never keeps a host from being served.
 */
import { isRecord } from "../validation/outline";
import { jsonOf } from "./json-text";
import { settingOf, Unreadable } from "./setting-reader";

export const ERROR_PAGES_ANNOTATION = "gatehouse.dev/error-pages";

/** Whose answers get the page: those that the gateway makes itself, or the backends' too. */
export type ErrorPageOf = "gateway" | "all";

/** What a page is written in; in the order in which one is taken that the client likes as well as another. */
export const ERROR_PAGE_FORMS = ["json", "text", "html"] as const;
export type ErrorPageForm = (typeof ERROR_PAGE_FORMS)[number];

/** What is put in the place of `{{name}}`. */
export const ERROR_PAGE_VALUES = ["status", "reason", "requestId", "host"] as const;
export type ErrorPageValue = (typeof ERROR_PAGE_VALUES)[number];

export interface ErrorPage {
    /** From and to, both included. */
    readonly statuses: readonly (readonly [from: number, to: number])[];
    readonly of: ErrorPageOf;
    readonly json?: string;
    readonly text?: string;
    readonly html?: string;
}

/** Pages, or what is wrong with them: `[0].html: has 70000 bytes, wanted at most 65536`. */
export type ReadErrorPages = { readonly pages: readonly ErrorPage[] } | { readonly fault: string };

export const MAX_PAGE_BYTES = 64 * 1024;
/** An object's annotations are 256 KiB in all. */
export const MAX_PAGES_BYTES = 192 * 1024;
const MAX_PAGES = 100;
/** Each becomes up to some hundred bytes. */
const MAX_VALUES = 64;

export function readErrorPages(text: string): ReadErrorPages {
    const read = jsonOf(text);
    return "fault" in read ? read : errorPagesOf(read.value);
}

export function errorPagesOf(value: unknown): ReadErrorPages {
    const read = settingOf(value, pagesOf);
    return "fault" in read ? read : { pages: read.value };
}

function pagesOf(value: unknown): readonly ErrorPage[] {
    if (!Array.isArray(value) || value.length === 0) throw new Unreadable("wanted a list of pages");
    if (value.length > MAX_PAGES) throw new Unreadable(`has ${value.length} pages, wanted at most ${MAX_PAGES}`);
    const pages = (value as readonly unknown[]).map((one, index) => pageOf(one, `[${index}]`));
    const bytes = pages.reduce((sum, page) => sum + ERROR_PAGE_FORMS.reduce((own, form) => own + bytesOf(page[form]), 0), 0);
    if (bytes > MAX_PAGES_BYTES) throw new Unreadable(`its pages have ${bytes} bytes in all, wanted at most ${MAX_PAGES_BYTES}`);
    return pages;
}

const FIELDS: readonly string[] = ["statuses", "of", ...ERROR_PAGE_FORMS];

function pageOf(value: unknown, at: string): ErrorPage {
    if (!isRecord(value)) throw new Unreadable(`${at}: wanted an object`);
    const other = Object.keys(value).find((key) => !FIELDS.includes(key));
    if (other !== undefined) throw new Unreadable(`${at}: has no field ${JSON.stringify(other)}`);
    const { statuses, of = "gateway" } = value;
    if (of !== "gateway" && of !== "all") throw new Unreadable(`${at}.of: got ${JSON.stringify(of)}, wanted "gateway" or "all"`);
    if (!Array.isArray(statuses) || statuses.length === 0)
        throw new Unreadable(`${at}.statuses: wanted a list as in ["404", "5xx", "500-504"]`);
    const forms = ERROR_PAGE_FORMS.filter((form) => value[form] !== undefined);
    if (forms.length === 0) throw new Unreadable(`${at}: has no page, wanted one or more of html, json and text`);
    const written = forms.map((form) => [form, pageContent(value[form], form, `${at}.${form}`)] as const);
    const ranges = (statuses as readonly unknown[]).map((one, index) => statusesOf(one, `${at}.statuses[${index}]`));
    return { statuses: ranges, of, ...Object.fromEntries(written) };
}

function statusesOf(value: unknown, at: string): readonly [number, number] {
    const text = String(value);
    const [, from, to = from] = /^([45]\d\d)(?:-([45]\d\d))?$/.exec(text) ?? [];
    if (from !== undefined && Number(from) <= Number(to)) return [Number(from), Number(to)];
    const [, first] = /^([45])xx$/i.exec(text) ?? [];
    if (first === undefined)
        throw new Unreadable(`${at}: got ${JSON.stringify(value)}, wanted a status of 400 to 599, or a range as in "5xx" or "500-504"`);
    return [Number(first) * 100, Number(first) * 100 + 99];
}

/** The text of a page in a form; what is wrong with it is thrown as Unreadable. */
export function pageContent(value: unknown, form: ErrorPageForm, at: string): string {
    if (typeof value !== "string" || value === "") throw new Unreadable(`${at}: wanted the page's text`);
    const bytes = bytesOf(value);
    if (bytes > MAX_PAGE_BYTES) throw new Unreadable(`${at}: has ${bytes} bytes, wanted at most ${MAX_PAGE_BYTES}`);
    const parts = pageParts(value);
    const names = parts.filter((_, index) => index % 2 === 1);
    const unknown = names.find((name) => !(ERROR_PAGE_VALUES as readonly string[]).includes(name));
    if (unknown !== undefined)
        throw new Unreadable(
            `${at}: there is no {{${unknown}}}, wanted one of ${ERROR_PAGE_VALUES.map((name) => `{{${name}}}`).join(", ")}`,
        );
    if (names.length > MAX_VALUES) throw new Unreadable(`${at}: has ${names.length} values to put in, wanted at most ${MAX_VALUES}`);
    if (form === "json" && !isJson(parts)) throw new Unreadable(`${at}: is no JSON; values but {{status}} stand within quotes`);
    return value;
}

/** Text and names by turns: `a {{status}} b` is `["a ", "status", " b"]`. */
export function pageParts(text: string): readonly string[] {
    return text.split(/\{\{\s*([A-Za-z][\w.-]*)\s*\}\}/);
}

function isJson(parts: readonly string[]): boolean {
    try {
        // A number stands for itself, also within quotes; a word does within quotes alone.
        JSON.parse(parts.map((part, index) => (index % 2 === 0 ? part : part === "status" ? "404" : "x")).join(""));
        return true;
    } catch {
        return false;
    }
}

function bytesOf(text: string | undefined): number {
    return text === undefined ? 0 : Buffer.byteLength(text);
}
