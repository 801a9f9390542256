/**
 * Names that a client may not write in another way. A backend in the tradition of CGI reads `x_user` and `x-user` as one
 * (RFC 3875 §4.1.18), and some merge trailers into the head. What is decided over a header here, by us or by the rules of
 * its host, must not be undone by its double.
 *
 * Not on the hot path: only heads with underscores, and trailers, are looked at.
 */
import type { HeaderOps, RouteMatch, VirtualHost } from "../snapshot";
import { isOurs } from "./edge-headers";

/** With hyphens: what frames a message, says who sent it, or means a connection only. */
const DECISIVE = new Set(["http2-settings", "keep-alive", "transfer-encoding", "x-real-ip"]);
const DECISIVE_BEGINNINGS = ["content-", "proxy-", "x-forwarded-"];

/** Of each host, what its rules look at in requests and what they change there. */
const named = new WeakMap<VirtualHost, ReadonlySet<string>>();

export function hyphened(name: string): string {
    return name.replaceAll("_", "-");
}

/** Whether the name, with hyphens, is one over which something is decided. */
export function isClaimed(name: string, host: VirtualHost | undefined): boolean {
    return isOurs(name) || DECISIVE.has(name) || DECISIVE_BEGINNINGS.some((beginning) => name.startsWith(beginning)) || (host !== undefined && namesOf(host).has(name));
}

/** Whether these operations set, add or remove it. */
export function isTouched(name: string, levels: readonly HeaderOps[]): boolean {
    return levels.some((ops) => ops.remove.includes(name) || ops.set.some((one) => one.name === name) || ops.add.some((one) => one.name === name));
}

function namesOf(host: VirtualHost): ReadonlySet<string> {
    const known = named.get(host);
    if (known !== undefined) return known;
    const names = new Set<string>();
    for (const { match, action } of host.routes) {
        for (const name of matched(match)) names.add(hyphened(name));
        if (action.kind !== "forward") continue;
        for (const { request } of action.destinations) {
            for (const ops of request) for (const name of [...ops.remove, ...ops.set.map((one) => one.name), ...ops.add.map((one) => one.name)]) names.add(hyphened(name));
        }
    }
    named.set(host, names);
    return names;
}

function matched(match: RouteMatch | undefined): string[] {
    return match === undefined ? [] : match.headers.map(({ name }) => name);
}
