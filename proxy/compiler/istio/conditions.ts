/** Match blocks in the proxy's words: what of them is decided here, and what is left to compare of a request. */
import { claimPath, isBrokenClaim, neverMet, notUnderstood, selects } from "../../../istio/semantics";
import type { HTTPMatchRequest, StringMatch } from "../../../istio/types";
import { compareText } from "../../resources/text-order";
import type { CompilerSettings } from "../context/context";
import { listText, type CompilerRemark } from "../context/report";
import { NOTHING_TO_SAY, type ValueCondition, type Conditions, type HttpMatch } from "../routing/model/rules";

/** One list for all that have none: ten thousand routes share it. */
const NONE: readonly never[] = [];

/** A match block as it is understood. */
interface ReadMatch {
    readonly conditions?: Conditions;
    /** Conditions that are not understood. Nobody can say that they are met, nor that they are not. */
    readonly unknown: readonly string[];
    /** A condition that no request meets; empty: none is known. */
    readonly never: string;
}

const FIELDS: Readonly<Record<keyof HTTPMatchRequest, true>> = {
    name: true,
    uri: true,
    scheme: true,
    method: true,
    authority: true,
    headers: true,
    withoutHeaders: true,
    queryParams: true,
    port: true,
    sourceLabels: true,
    sourceNamespace: true,
    gateways: true,
    ignoreUriCase: true,
    statPrefix: true,
};

/** Every request, on every server. */
export function anyMatch(field: string): HttpMatch {
    return { field, name: "", isNever: false, remarks: NOTHING_TO_SAY };
}

/** Gateway names are resolved to `ns/name`. Undefined: it holds on no server of this proxy. */
export function matchOf(block: HTTPMatchRequest, field: string, settings: CompilerSettings): HttpMatch | undefined {
    if (!comesFromHere(block, settings)) return undefined;
    const { conditions, unknown, never } = readMatch(block);
    const remark = remarkOn(unknown, never, field);
    return {
        field,
        name: block.name ?? "",
        ...(block.port ? { port: block.port } : {}),
        ...(block.gateways?.length ? { gateways: block.gateways } : {}),
        ...(conditions ? { conditions } : {}),
        isNever: never !== "",
        ...(unknown.length > 0 ? { refused: `the match has conditions that are not understood: ${listText(unknown)}` } : {}),
        remarks: remark ? [remark] : NOTHING_TO_SAY,
    };
}

/**
 * At a gateway the source is the gateway itself, so that labels and namespace are compared with the pod's own; where
 * gateways are named, only they count (Istio sourceMatchHTTP). Of an application's own traffic both are asked, unlike there: who
 * names a source does not mean every application.
 */
function comesFromHere(match: HTTPMatchRequest, settings: CompilerSettings): boolean {
    return (settings.mode === "gateway" && (match.gateways?.length ?? 0) > 0) || namesUs(match, settings);
}

/** Whether the source that a match names, as far as it names one, is this proxy's pod. */
export function namesUs(
    { sourceLabels, sourceNamespace }: Pick<HTTPMatchRequest, "sourceLabels" | "sourceNamespace">,
    { labels, namespace }: CompilerSettings,
): boolean {
    return selects(sourceLabels ?? {}, labels) && (!sourceNamespace || sourceNamespace === namespace);
}

function remarkOn(unknown: readonly string[], never: string, field: string): CompilerRemark | undefined {
    if (never !== "") return { code: "GH0447", field: `${field}.headers`, message: neverMet(never), fix: "" };
    if (unknown.length === 0) return undefined;
    return { code: "GH0448", field, message: notUnderstood(listText(unknown), unknown.length), fix: "" };
}

/** `conditions` holds all that are understood: at least the requests that all of them together are about. */
function readMatch(block: HTTPMatchRequest): ReadMatch {
    const unknown = Object.entries(block)
        .filter(([field, value]) => value !== undefined && !Object.hasOwn(FIELDS, field))
        .map(([field]) => field);
    const read = (match: StringMatch | undefined, field: string): ValueCondition | undefined => {
        const entry = match === undefined ? undefined : conditionOf(match);
        if (match !== undefined && entry === undefined) unknown.push(field);
        return entry;
    };
    const named = (list: Readonly<Record<string, StringMatch>> | undefined, field: string): [name: string, match: ValueCondition][] =>
        Object.entries(list ?? {}).flatMap(([name, match]): [string, ValueCondition][] => {
            const entry = read(match ?? {}, `${field}.${name}`);
            return entry ? [[name, entry]] : [];
        });
    const wanted = named(block.headers, "headers");
    const unwanted = named(block.withoutHeaders, "withoutHeaders");
    // Nobody can say what its absence would be.
    for (const [name] of unwanted) if (isBrokenClaim(name)) unknown.push(`withoutHeaders.${name}`);
    const conditions = conditionsOf({
        path: pathEntry(read(block.uri, "uri"), block.ignoreUriCase ?? false),
        scheme: read(block.scheme, "scheme"),
        method: read(block.method, "method"),
        authority: read(block.authority, "authority"),
        headers: [...headerEntries(wanted, false), ...headerEntries(unwanted, true)],
        queryParams: named(block.queryParams, "queryParams")
            .sort(([one], [other]) => compareText(one, other))
            .map(([name, match]) => ({ name, match })),
        claims: [...claimEntries(wanted, false), ...claimEntries(unwanted, true)],
    });
    return { ...(conditions ? { conditions } : {}), unknown, never: wanted.find(([name]) => isBrokenClaim(name))?.[0] ?? "" };
}

/** Every condition that there is, whether it is asked for or not: a new one can't be left out. */
type Asked = { readonly [K in keyof Required<Conditions>]: Conditions[K] | undefined };

/** Undefined: nothing is asked. */
function conditionsOf(asked: Asked): Conditions | undefined {
    const isAsked = Object.values<Asked[keyof Asked]>(asked).some((one) => (Array.isArray(one) ? one.length > 0 : one !== undefined));
    if (!isAsked) return undefined;
    const { headers, queryParams, claims, ...others } = asked;
    return {
        ...Object.fromEntries(Object.entries(others).filter(([, one]) => one !== undefined)),
        headers: headers?.length ? headers : NONE,
        queryParams: queryParams?.length ? queryParams : NONE,
        claims: claims?.length ? claims : NONE,
    };
}

function pathEntry(match: ValueCondition | undefined, ignoreCase: boolean): Conditions["path"] {
    // A regex compares case whatever ignoreUriCase says: it has `(?i)` of its own.
    return match === undefined || match.kind === "present" ? undefined : { ...match, ignoreCase: ignoreCase && match.kind !== "regex" };
}

/** `regex: "*"` is no regex but Istio's old word for presence. */
function headerEntries(matches: readonly (readonly [string, ValueCondition])[], invert: boolean): Conditions["headers"] {
    return matches
        .filter(([name]) => !name.startsWith("@"))
        .map(([name, match]) => ({ name: name.toLowerCase(), match: presenceOr(match), invert }))
        .sort((a, b) => compareText(a.name, b.name));
}

/** Without a kind it asks whether the claim is there, which makes Envoy refuse all that istiod sends. */
function claimEntries(matches: readonly (readonly [string, ValueCondition])[], invert: boolean): Conditions["claims"] {
    return matches
        .flatMap(([name, match]) => {
            const path = claimPath(name);
            return path ? [{ path, match: presenceOr(match), invert }] : [];
        })
        .sort((a, b) => compareText(a.path.join("."), b.path.join(".")));
}

function presenceOr(match: ValueCondition): ValueCondition {
    return match.kind === "regex" && match.value === "*" ? { kind: "present" } : match;
}

/** Undefined: it is none of the kinds there are. Without a kind it asks for presence. */
export function conditionOf(match: StringMatch): ValueCondition | undefined {
    if (typeof match !== "object" || match === null) return undefined;
    const given = Object.entries(match).filter(([, value]) => value !== undefined);
    const [first, second] = given;
    if (first === undefined) return { kind: "present" };
    const [kind, value] = first;
    const isKnown = kind === "exact" || kind === "prefix" || kind === "regex";
    return second === undefined && isKnown && typeof value === "string" ? { kind, value } : undefined;
}
