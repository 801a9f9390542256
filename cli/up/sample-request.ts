/**
 * Makes up a request that a rule of a VirtualService takes: what `up` prints as a curl line and what `--check` sends.
 * A rule whose conditions cannot be met by construction (a regex) gives none.
 */
import type { HTTPMatchRequest, HTTPRoute, StringMatch } from "../../istio";

export interface RequestShape {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
}

/** A value that the match takes; undefined where none can be made up. `anything` stands for presence. */
function valueFor(match: StringMatch | undefined, anything: string): string | undefined {
    if (match?.exact !== undefined) return match.exact;
    if (match?.prefix !== undefined) return match.prefix;
    return match?.regex === undefined || match.regex === "*" || match.regex === ".*" ? anything : undefined;
}

/** Values for every name, or undefined where one cannot be made up. */
function valuesFor(matches: Readonly<Record<string, StringMatch>> | undefined): Record<string, string> | undefined {
    const values = Object.entries(matches ?? {}).map(([name, match]) => [name, valueFor(match, "1")] as const);
    return values.every((pair): pair is [string, string] => pair[1] !== undefined) ? Object.fromEntries(values) : undefined;
}

/** `known` are paths that the backend has something to show under: the first that a prefix covers is taken. */
function pathFor(uri: StringMatch | undefined, known: readonly string[]): string | undefined {
    const path = uri === undefined ? "/" : valueFor(uri, "/");
    if (path === undefined || uri?.exact !== undefined) return path;
    return known.find((one) => one.startsWith(path)) ?? (path === "" ? "/" : path);
}

/** A request that fulfils one match block; an absent block is fulfilled by any. */
export function requestFor(match: HTTPMatchRequest = {}, known: readonly string[] = []): RequestShape | undefined {
    const path = pathFor(match.uri, known);
    const method = valueFor(match.method, "GET");
    const headers = valuesFor(match.headers);
    const query = valuesFor(match.queryParams);
    if (!path?.startsWith("/") || method === undefined || headers === undefined || query === undefined) return undefined;
    if (match.authority !== undefined || match.scheme !== undefined || Object.keys(headers).some((name) => name.startsWith(":")))
        return undefined;
    const search = new URLSearchParams(query).toString();
    return { method, path: search === "" ? path : `${path}?${search}`, headers };
}

/** What every match of a regex begins with, as far as its plain characters tell: `/v` of `/v[0-9]+`. */
export function literalPrefix(regex: string): string {
    if (regex.includes("|")) return "";
    const [literal = ""] = /^[A-Za-z0-9/_~%-]*/.exec(regex) ?? [];
    // A quantifier belongs to the character before it, which may then be absent.
    return /^[?*{]/.test(regex.slice(literal.length)) ? literal.slice(0, -1) : literal;
}

function mayFit(match: StringMatch | undefined, value: string | undefined): boolean {
    if (match === undefined) return true;
    if (value === undefined) return false;
    if (match.exact !== undefined) return match.exact === value;
    return value.startsWith(match.prefix ?? literalPrefix(match.regex ?? ""));
}

/** Whether a match block might take the request; where only a regex can tell, it might. */
export function mightTake(match: HTTPMatchRequest, request: RequestShape): boolean {
    const [path = "/", search] = request.path.split("?");
    const query = new URLSearchParams(search);
    return (
        mayFit(match.uri, path) &&
        mayFit(match.method, request.method) &&
        Object.entries(match.headers ?? {}).every(([name, one]) => mayFit(one, request.headers[name])) &&
        Object.entries(match.queryParams ?? {}).every(([name, one]) => mayFit(one, query.get(name) ?? undefined))
    );
}

export interface RuleRequest {
    readonly rule: HTTPRoute;
    readonly request: RequestShape;
}

/**
 * One request for each rule that can be reached by a made-up one. `applies` says whether a match block holds on the
 * listener at hand at all (its port, its gateways), `paths` what a rule's backend has to show.
 */
export function ruleRequests(
    rules: readonly HTTPRoute[],
    applies: (match: HTTPMatchRequest) => boolean,
    paths: (rule: HTTPRoute) => readonly string[] = () => [],
): RuleRequest[] {
    const earlier: HTTPMatchRequest[] = [];
    const found: RuleRequest[] = [];
    for (const rule of rules) {
        const blocks = rule.match === undefined || rule.match.length === 0 ? [{}] : rule.match.filter(applies);
        const known = paths(rule);
        const candidates = blocks.flatMap((match) => [requestFor(match, known), requestFor(match)]);
        const request = candidates.find((one) => one !== undefined && !earlier.some((match) => mightTake(match, one)));
        if (request !== undefined) found.push({ rule, request });
        earlier.push(...blocks);
    }
    return found;
}
