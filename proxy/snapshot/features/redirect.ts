/** Redirects of routes, bound; what their locations become stands in exchange/features/redirect.ts. */
import type { RouteActionEntry, RouteMatchEntry } from "../../tables";
import { authorityText, type HeaderOps } from "./header-ops";
import { bindRewrite, type PathRewrite } from "./rewrite";

export interface RedirectAction {
    readonly kind: "redirect";
    readonly status: number;
    readonly scheme: string;
    readonly authority: string;
    /** 0: as the request's host says; -1: the listener's port. */
    readonly port: number;
    readonly path: PathRewrite | undefined;
    readonly response: readonly HeaderOps[];
}

/** Throws on an authority or a path that can't stand in a location. */
export function bindRedirect(
    action: Extract<RouteActionEntry, { kind: "redirect" }>,
    match: RouteMatchEntry["path"],
    response: readonly HeaderOps[],
): RedirectAction {
    return {
        kind: "redirect",
        status: action.status,
        scheme: action.scheme ?? "",
        authority: authorityText(action.authority ?? ""),
        port: action.port === "request" ? -1 : (action.port ?? 0),
        path: action.path && bindRewrite(action.path, match, "location"),
        response,
    };
}
