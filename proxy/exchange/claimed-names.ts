/**
 * Names that a client may not write in another way. A backend in the tradition of CGI reads `x_user` and `x-user` as one
 * (RFC 3875 §4.1.18), and some merge trailers into the head. What is decided over a header here, by us or by the rules of
 * its host, must not be undone by its double.
 *
 * Not on the hot path: only heads with underscores, and trailers, are looked at.
 */
import { matchedHeaders, type BoundAccess, type HeaderOps, type VirtualHost } from "../snapshot";
import { isOurs } from "./features/edge-headers";

/** With hyphens: what frames a message, says who sent it, or means a connection only. */
const DECISIVE = new Set(["http2-settings", "keep-alive", "transfer-encoding", "x-real-ip"]);
const DECISIVE_BEGINNINGS = ["content-", "proxy-", "x-forwarded-"];

/** Whose rules a request is judged by. */
interface Deciding {
    readonly virtualHost: VirtualHost | undefined;
    readonly access: BoundAccess | undefined;
}

/** Of each host, what its rules look at in requests and what they change there: by the name with hyphens, as they spell it. */
type Spellings = ReadonlyMap<string, ReadonlySet<string>>;
const named = new WeakMap<VirtualHost, Spellings>();

export function hyphened(name: string): string {
    return name.replaceAll("_", "-");
}

/** Whether it is a header in which the backend is told what a token says. */
export function isTold(name: string, access: BoundAccess | undefined): boolean {
    return access?.authentication?.spellings.has(hyphened(name)) === true;
}

/** Whether something is decided over the header of this name, however that is spelled. */
export function isClaimed(name: string, { virtualHost, access }: Deciding): boolean {
    const spelling = hyphened(name);
    if (isDecisive(spelling) || (virtualHost !== undefined && spellingsOf(virtualHost).has(spelling))) return true;
    return judgedAs(spelling, access).length > 0;
}

/** Whether a name with underscores can be read as another one, over which something is decided. */
export function isDouble(name: string, { virtualHost, access }: Deciding): boolean {
    const spelling = hyphened(name);
    if (isDecisive(spelling)) return true;
    const spelled = virtualHost && spellingsOf(virtualHost).get(spelling);
    if (spelled !== undefined && !spelled.has(name)) return true;
    const judged = judgedAs(spelling, access);
    return judged.length > 0 && !judged.includes(name);
}

/** How policies spell it that look at it, and providers that say it to backends. */
function judgedAs(spelling: string, access: BoundAccess | undefined): readonly string[] {
    return [...(access?.authorization?.headers ?? []), ...(access?.external?.headers ?? [])].filter((name) => hyphened(name) === spelling);
}

function isDecisive(name: string): boolean {
    return isOurs(name) || DECISIVE.has(name) || DECISIVE_BEGINNINGS.some((beginning) => name.startsWith(beginning));
}

/** Whether these operations set, add or remove it. */
export function isTouched(name: string, levels: readonly HeaderOps[]): boolean {
    return levels.some(
        (ops) => ops.remove.includes(name) || ops.set.some((one) => one.name === name) || ops.add.some((one) => one.name === name),
    );
}

function spellingsOf(host: VirtualHost): Spellings {
    const known = named.get(host);
    if (known !== undefined) return known;
    const spellings = new Map<string, Set<string>>();
    const add = (name: string): void => {
        const spelling = hyphened(name);
        const all = spellings.get(spelling);
        if (all === undefined) spellings.set(spelling, new Set([name]));
        else all.add(name);
    };
    for (const { match, action } of host.routes) {
        matchedHeaders(match).forEach(add);
        if (action.kind !== "forward") continue;
        for (const { request } of action.destinations) {
            for (const ops of request) [...ops.remove, ...ops.set.map(({ name }) => name), ...ops.add.map(({ name }) => name)].forEach(add);
        }
    }
    named.set(host, spellings);
    return spellings;
}
