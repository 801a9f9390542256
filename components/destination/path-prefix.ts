/**
 * A prefix that is compared by segment, as Kubernetes' Ingress and HTTPRoute compare theirs, in Istio's words. Istio's own `prefix`
 * compares characters: `/foo` takes `/foobar` too, and rewritten to `/` makes `//bar` of `/foo/bar`.
 */
import { quotedPattern, shown, type HTTPMatchRequest, type HTTPRoute } from "../../istio";
import { isRecord } from "../../istio/validation/outline";
import { fault, mentionsUnknown, UNKNOWN, type Fault } from "../arguments";

type Matched = Pick<HTTPRoute, "match" | "rewrite"> & { readonly pathPrefix?: string };

const LATER = UNKNOWN as never;

/** What a route's conditions and its rewrite are, with `pathPrefix` among them. */
export function matchesOfRoute({ pathPrefix, match, rewrite }: Matched): Pick<HTTPRoute, "match" | "rewrite"> {
    const as = {
        ...(match === undefined ? {} : { match }),
        ...(rewrite === undefined ? {} : { rewrite }),
    };
    if (typeof pathPrefix !== "string" || (match !== undefined && !Array.isArray(match))) return as;
    // What it will be decides on how many conditions there are.
    if (mentionsUnknown(pathPrefix)) return { match: LATER, ...(rewrite === undefined ? {} : { rewrite: LATER }) };
    const whole = pathPrefix.replace(/\/+$/, "");
    const uris = whole === "" ? [{ prefix: "/" }] : [{ exact: whole }, { prefix: `${whole}/` }];
    const others = match === undefined || match.length === 0 ? [{}] : match;
    return {
        match: others.flatMap((one): HTTPMatchRequest[] => uris.map((uri) => (isRecord(one) ? { uri, ...one } : one))),
        ...(rewrite === undefined ? {} : { rewrite: rewriteBySegment(rewrite, whole, others) }),
    };
}

/**
 * What stands behind the prefix stays behind what takes its place. Istio puts `uri` in the place of the prefix with its slash; where
 * `uri` ends in none, an expression leaves the slash alone.
 */
function rewriteBySegment(
    rewrite: NonNullable<HTTPRoute["rewrite"]>,
    prefix: string,
    matches: readonly HTTPMatchRequest[],
): NonNullable<HTTPRoute["rewrite"]> {
    if (!isRecord(rewrite) || typeof rewrite.uri !== "string" || rewrite.uri.endsWith("/")) return rewrite;
    const { uri, ...others } = rewrite;
    if (mentionsUnknown(uri)) return LATER;
    if (prefix === "") return { ...others, uri: `${uri}/` };
    const anyCase = matches.some((one) => isRecord(one) && one.ignoreUriCase === true) ? "(?i)" : "";
    const match = `${anyCase}^${quotedPattern(prefix)}`;
    return { ...others, uriRegexRewrite: { match, rewrite: uri.replaceAll("\\", "\\\\") } };
}

/** Which argument each part of a rule comes from that a prefix has made. */
export function pathPrefixPlaces(route: Matched, rule: string, argument: string): (readonly [from: string, to: string])[] {
    const given = isRecord(route) && typeof route.pathPrefix === "string" ? matchesOfRoute(route).match : undefined;
    if (!Array.isArray(given)) return [];
    const each = Math.max(1, given.length / Math.max(1, route.match?.length ?? 0));
    return [
        ...given.flatMap((_match, at) => [
            [`${rule}.match[${at}].uri`, `${argument}.pathPrefix`] as const,
            [
                `${rule}.match[${at}]`,
                route.match?.length ? `${argument}.match[${Math.floor(at / each)}]` : `${argument}.pathPrefix`,
            ] as const,
        ]),
        [`${rule}.rewrite.uriRegexRewrite`, `${argument}.rewrite.uri`],
    ];
}

/** A path is one, and is said once. */
export function pathPrefixFaults({ pathPrefix, match }: Matched, path: string): Fault[] {
    if (pathPrefix === undefined) return [];
    const isPath = typeof pathPrefix === "string" && /^\/[^?#\s]*$/.test(pathPrefix);
    if (!isPath && !mentionsUnknown(pathPrefix))
        return [
            fault(
                "GH0210",
                `${path}.pathPrefix`,
                `got ${shown(pathPrefix)}, wanted a path that begins with /, without a query.`,
                'Write it as "/shop".',
            ),
        ];
    if (!Array.isArray(match)) return [];
    return match.flatMap((one, index) =>
        isRecord(one) && one.uri !== undefined
            ? [fault("GH0210", `${path}.match[${index}].uri`, `${path}.pathPrefix says the path too.`, "Keep one of the two.")]
            : [],
    );
}
