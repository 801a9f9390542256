/** Matches: on what of a server they depend, and what of them is left to compare of a request. */
import type { RouteEntry } from "../../tables/entries";
import type { HttpRule } from "./model/rules";

/** Whether a rule may come to something else on another port: a destination without a port takes the listener's. */
export function dependsOnPort({ action, matches }: HttpRule): boolean {
    return (
        (action.kind === "forward" && (action.to.some(takesPort) || action.mirrors.some(takesPort))) ||
        matches.some(({ port }) => port !== undefined)
    );
}

function takesPort({ port, portName }: { readonly port?: number; readonly portName?: string }): boolean {
    return port === undefined && portName === undefined;
}

export function dependsOnGateway({ matches }: HttpRule): boolean {
    return matches.some(({ gateways }) => gateways !== undefined);
}

/** Whether a route matches every request: what stands after it in one object is never reached. */
export function isCatchAll({ match }: RouteEntry): boolean {
    if (match === undefined) return true;
    const { path } = match;
    const isEveryPath =
        path === undefined || (path.kind === "prefix" && path.value === "/") || (path.kind === "regex" && path.value === ".*");
    return isEveryPath && Object.entries(match).every(([key, asked]) => key === "path" || isNothing(asked));
}

/** What is asked under a key of a match, whichever keys there are. */
function isNothing(asked: unknown): boolean {
    return asked === undefined || (Array.isArray(asked) && asked.length === 0);
}
