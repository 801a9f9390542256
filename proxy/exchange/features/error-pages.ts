/**
 * Pages in the place of plain answers that say what went wrong: which one, in which form, and what stands in it. Asked for
 * answers from 400 on alone, and where there are pages at all. What reads no page keeps its answer: gRPC, CONNECT, and clients
 * of a forward proxy, which are told why they are refused.
 */
import { isGrpc } from "../../http/grpc";
import type { HeaderList, ResponseHead } from "../../http/doors";
import { headerValue, removeHeader, setHeader } from "../../http/header-list";
import type { ErrorPageForm } from "../../../istio/semantics";
import { REASONS } from "../../http/reasons";
import { FIRST_ERROR, type BoundErrorPage, type BoundErrorPages, type PageForm } from "../../snapshot";
import { EVERY_HOST, hostOf } from "../../tables";
import { acceptedType, type OfferedType } from "../accepted-type";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer } from "../verdict";

export interface ChosenPage {
    readonly pages: BoundErrorPages;
    readonly page: BoundErrorPage;
    readonly form: PageForm;
    readonly type: string;
}

/** The form that it says something in, with what clients call it. In the order in which of equals one is taken. */
const TYPES: readonly (OfferedType & { readonly form: ErrorPageForm; readonly says: string })[] = [
    { form: "json", type: "application", subtype: "json", says: "application/json" },
    { form: "json", type: "application", subtype: "problem+json", says: "application/problem+json" },
    { form: "text", type: "text", subtype: "plain", says: "text/plain; charset=utf-8" },
    { form: "html", type: "text", subtype: "html", says: "text/html; charset=utf-8" },
];

/** Those of the host before those of the gateway. `isOwn`: it would be an answer of our own. */
export function choosePage(state: ExchangeState, status: number, isOwn: boolean): ChosenPage | undefined {
    const { snapshot, headers } = state;
    if (status < FIRST_ERROR || snapshot.errorPages.size === 0 || state.method === "CONNECT") return undefined;
    if (state.proxy !== undefined || state.connection.isProxy === true || state.grpcWeb !== undefined || isGrpc(headers)) return undefined;
    const accept = headerValue(headers, "accept");
    const { routeTable } = state.connection;
    // What is wrong with a request may have been found before its host was.
    const host = state.virtualHost ?? snapshot.routeTables.get(routeTable)?.hosts.find(hostOf(state.authority));
    const key = host?.entry.errorPages;
    return (
        (key === undefined ? undefined : within(snapshot.errorPages.get(key), status, isOwn, accept)) ??
        within(snapshot.errorPages.get(EVERY_HOST), status, isOwn, accept)
    );
}

function within(pages: BoundErrorPages | undefined, status: number, isOwn: boolean, accept: string | undefined): ChosenPage | undefined {
    const page = (isOwn ? pages?.own : pages?.backends)?.[status - FIRST_ERROR];
    if (pages === undefined || page === undefined) return undefined;
    const chosen = formFor(accept, page.forms);
    return chosen && { pages, page, ...chosen };
}

interface ChosenForm {
    readonly form: PageForm;
    readonly type: string;
}

function formFor(accept: string | undefined, forms: readonly PageForm[]): ChosenForm | undefined {
    const offered = TYPES.filter(({ form }) => forms.some((one) => one.form === form));
    const taken = acceptedType(accept, offered);
    const form = taken && forms.find((one) => one.form === taken.form);
    return form && { form, type: taken.says };
}

/** Of a page that is no error's. Undefined: the client likes none of its forms. */
export function chosenForm(headers: HeaderList, forms: readonly PageForm[]): ChosenForm | undefined {
    return formFor(headerValue(headers, "accept"), forms);
}

/** An answer of our own, or what a rule or a provider says. */
export function withPage(state: ExchangeState, given: Answer): Answer {
    const chosen = choosePage(state, given.status, !given.isWritten);
    if (chosen === undefined) return given;
    const { status, flag, details, headers, bare, isWritten } = given;
    if (isWritten) for (const name of OF_THE_BODY) removeHeader(headers, name);
    describePage(headers, chosen);
    return answer(status, pageBytes(state, status, chosen.form), flag, details, headers, bare, isWritten);
}

/** What a backend says of its own body; the rest of its head stays: `retry-after`, `www-authenticate`, cookies. */
const OF_THE_BODY: readonly string[] = [
    "content-length",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "content-disposition",
    "content-md5",
    "content-digest",
    "repr-digest",
    "digest",
    "accept-ranges",
    "etag",
    "last-modified",
    "trailer",
];

/** Makes a backend's head the page's; its bytes are given back. */
export function replaceHead(state: ExchangeState, head: ResponseHead, chosen: ChosenPage): Buffer {
    for (const name of OF_THE_BODY) removeHeader(head.headers, name);
    describePage(head.headers, chosen);
    const bytes = pageBytes(state, head.status, chosen.form);
    head.contentLength = bytes.length;
    return bytes;
}

function describePage(headers: string[], { type, page }: ChosenPage): void {
    setHeader(headers, "content-type", type);
    // Whoever keeps it for others must know what it was chosen by (RFC 9110 §12.5.5).
    if (page.forms.length < 2) return;
    if (!/(?:^|,)\s*(?:accept|\*)\s*(?:,|$)/i.test(headerValue(headers, "vary") ?? "")) headers.push("vary", "Accept");
}

export function pageBytes(state: ExchangeState, status: number, { form, parts }: PageForm): Buffer {
    if (parts.length === 1) return Buffer.from(parts[0]!);
    return Buffer.from(parts.map((part, index) => (index % 2 === 0 ? part : escaped(form, valueOf(part, state, status)))).join(""));
}

function valueOf(name: string, state: ExchangeState, status: number): string {
    switch (name) {
        case "status":
            return String(status);
        case "reason":
            return REASONS[status] ?? "";
        case "requestId":
            return onlyOf(state.requestId, /^[\w.:-]{1,128}$/);
        default:
            return onlyOf(hostOf(state.authority), /^[a-z0-9.:[\]_-]{1,255}$/);
    }
}

/** What somebody else has written is put in where nothing of it means anything in any form, else nothing is. */
function onlyOf(text: string, harmless: RegExp): string {
    return harmless.test(text) ? text : "";
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(form: ErrorPageForm, text: string): string {
    switch (form) {
        case "html":
            return text.replace(/[&<>"']/g, (one) => ENTITIES[one]!);
        case "json":
            return JSON.stringify(text).slice(1, -1);
        case "text":
            return text;
        default:
            return form satisfies never;
    }
}

/** How it is said to people. */
export function pageText({ pages, form, type }: ChosenPage, status: number): string {
    const { kind, namespace, name } = pages.origin;
    return `${status} is given with the ${form.form} page of ${kind} ${namespace}/${name}, as ${type}`;
}
