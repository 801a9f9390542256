/**
 * Hosts that are being looked after: requests are answered before anybody is asked who they are, and connections stay as they are.
 * Who looks after them passes, by a header, a cookie, an address or a path. How it is bound: snapshot/features/maintenance.ts.
 */
import { timingSafeEqual } from "node:crypto";
import { isGrpc } from "../../http/grpc";
import { firstValue, removeHeader } from "../../http/header-list";
import { normalisePath, unescapeSlashes } from "../../../istio/semantics/path";
import { isWithin } from "../../net/networks";
import type { BoundMaintenance } from "../../snapshot";
import { edgeOf } from "../edge-of";
import type { ExchangeState } from "../exchange-state";
import { cookieIn, removeCookie } from "../token-places";
import { answer, ON, type Verdict } from "../verdict";
import { allowRefused } from "./cors";
import { chosenForm, pageBytes } from "./error-pages";
import { routeOf } from "./route";

/** As logs call it. */
export const MAINTENANCE = "maintenance";

const UNAVAILABLE = "14";
const PLAIN = "down for maintenance, please try again later";

export function keepForMaintenance(state: ExchangeState): Verdict {
    if (state.snapshot.edge === undefined) return ON;
    const kept = edgeOf(state)?.maintenance;
    if (kept === undefined) return ON;
    const by = passesBy(state, kept);
    if (by !== undefined) {
        state.passesBy = by;
        hideBypass(state, kept);
        return ON;
    }
    // What leads on to HTTPS asks no backend, and words that let somebody pass are not to be said in the clear.
    if (state.virtualHost?.entry.httpsRedirect === true && state.scheme === "http") return ON;
    return allowRefused(state, state.virtualHost && routeOf(state, state.virtualHost)?.cors) ?? refuse(state, kept);
}

/** It is between who looks after the host and the gateway: no backend, provider or log is told half a password. */
function hideBypass({ headers }: ExchangeState, { header, cookie }: BoundMaintenance): void {
    if (header !== undefined) removeHeader(headers, header.name);
    if (cookie !== undefined) removeCookie(headers, cookie.name);
}

function refuse(state: ExchangeState, kept: BoundMaintenance): Verdict {
    const { status, retryAfter, forms } = kept;
    const headers = ["retry-after", retryAfter, "cache-control", "no-store"];
    if (isGrpc(state.headers)) return answer(status, PLAIN, "", MAINTENANCE, [...headers, "grpc-status", UNAVAILABLE]);
    const chosen = forms.length === 0 ? undefined : chosenForm(state.headers, forms);
    if (chosen === undefined) return answer(status, PLAIN, "", MAINTENANCE, headers);
    if (forms.length > 1) headers.push("vary", "Accept");
    headers.push("content-type", chosen.type);
    return answer(status, pageBytes(state, status, chosen.form), "", MAINTENANCE, headers, false, true);
}

/** By what; undefined: it does not. */
function passesBy(state: ExchangeState, { paths, prefixes, networks, header, cookie }: BoundMaintenance): string | undefined {
    const { pathname } = state;
    if (paths.has(pathname) || prefixes.some((prefix) => isBelow(pathname, prefix))) return "path";
    if (networks !== undefined && isWithin(networks, state.remoteAddress)) return "address";
    if (header !== undefined && isSame(firstValue(state.headers, header.name), header.value)) return "header";
    return cookie !== undefined && isSame(cookieIn(state.headers, cookie.name), cookie.value) ? "cookie" : undefined;
}

/** Also as backends read it that take `%2F` for a slash: `..%2f` leads none of them out of where people pass. */
function isBelow(pathname: string, prefix: string): boolean {
    if (!pathname.startsWith(prefix)) return false;
    const unescaped = unescapeSlashes(pathname);
    return unescaped === pathname || normalisePath(unescaped)?.startsWith(prefix) === true;
}

/** In the same time, wherever two differ: it is half a password. */
function isSame(text: string | undefined, wanted: Buffer): boolean {
    if (text === undefined || text.length !== wanted.length) return false;
    return timingSafeEqual(Buffer.from(text, "latin1"), wanted);
}

/** What is said of a request that is answered so; undefined: it is not. */
export function maintenanceText(kept: BoundMaintenance): string {
    const { kind, namespace, name } = kept.origin;
    return `${kind} ${namespace}/${name} keeps everybody out but who passes by its bypass`;
}

export function tellMaintenance(state: ExchangeState): readonly string[] {
    const kept = edgeOf(state)?.maintenance;
    const { passesBy: by } = state;
    return kept === undefined || by === "" ? [] : [`${maintenanceText(kept)}; this request does, by its ${by}`];
}
