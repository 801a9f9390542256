/**
 * What routes and their destinations do to the headers of requests that are sent on, and of all responses. How it is bound:
 * snapshot/features/header-ops.ts.
 */
import type { HeaderList, ResponseHead } from "../../http/doors";
import { headerAt, removeHeader, setHeader } from "../../http/header-list";
import type { BoundDestination, HeaderOps, HeaderValue } from "../../snapshot";
import { destinationOf } from "../destination";
import type { ExchangeState } from "../exchange-state";
import { templateValue } from "../variables";

const NO_OPS: readonly HeaderOps[] = [];
const NO_VALUES: readonly string[] = [];

export function changeRequestHeaders(state: ExchangeState, { request }: BoundDestination): void {
    if (request.length > 0) applyToHead(request, state.head, state);
}

export function changeResponseHeaders(state: ExchangeState, head: ResponseHead): void {
    if (state.answer?.bare === true) return;
    const levels = responseOps(state);
    if (levels.length > 0) applyToHead(levels, head, state);
}

/** What they take away is in no 1xx either. */
export function changeInformationalHeaders({ destination }: ExchangeState, headers: HeaderList): void {
    if (destination === undefined) return;
    for (const { remove } of destination.response) for (const name of remove) removeHeader(headers, name);
}

/** Of the destination that was chosen; an answer that comes before bears those of one that could have been. */
function responseOps({ destination, route, runtime }: ExchangeState): readonly HeaderOps[] {
    if (destination !== undefined) return destination.response;
    if (route === undefined) return NO_OPS;
    const { action } = route;
    return action.kind === "forward" ? destinationOf(action, runtime.random).response : action.response;
}

/** A length that an operation removes is not said: the body goes out without (Envoy). */
function applyToHead(
    levels: readonly HeaderOps[],
    head: { readonly headers: HeaderList; contentLength: number },
    state: ExchangeState,
): void {
    const said = headerAt(head.headers, "content-length") !== -1;
    for (let at = 0; at < levels.length; at++) applyLevel(levels[at]!, head.headers, state);
    if (said && head.contentLength > 0 && headerAt(head.headers, "content-length") === -1) head.contentLength = -1;
}

/**
 * Values are made first, from what was there before the level; then remove, set, add (Envoy's HeaderParser). A value that
 * comes out empty makes no header.
 */
function applyLevel({ remove, set, add }: HeaderOps, headers: HeaderList, state: ExchangeState): void {
    const setValues = valuesOf(set, state);
    const addValues = valuesOf(add, state);
    for (let at = 0; at < remove.length; at++) removeHeader(headers, remove[at]!);
    for (let at = 0; at < set.length; at++) if (setValues[at] !== "") setHeader(headers, set[at]!.name, setValues[at]!);
    for (let at = 0; at < add.length; at++) if (addValues[at] !== "") headers.push(add[at]!.name, addValues[at]!);
}

function valuesOf(wanted: readonly HeaderValue[], state: ExchangeState): readonly string[] {
    if (wanted.length === 0) return NO_VALUES;
    const values: string[] = [];
    for (let at = 0; at < wanted.length; at++) values.push(templateValue(wanted[at]!.value, state));
    return values;
}
