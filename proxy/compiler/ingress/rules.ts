/** The rules of a host, of all Ingresses that name it: the longest path first, of equal ones that of the oldest Ingress. */
import {
    compareIngressPaths,
    ingressPathMatch,
    isWildcard,
    serviceHost,
    underMoreLabels,
    underOneLabel,
    type IngressPathMatch,
} from "../../../istio/semantics";
import type { IngressBackend } from "../../../istio/types";
import type { CompilerSettings } from "../context/context";
import { fieldBelow, type ObjectPlace } from "../context/place";
import type { CompilerRemark } from "../context/report";
import { DEFAULT_RETRY } from "../routing/model/retry";
import { NOTHING_TO_SAY, type Conditions, type HttpMatch, type HttpRule, type RuleAction } from "../routing/model/rules";
import type { HostShare } from "./hosts";

const NONE: readonly never[] = [];

/** A path of a rule, or the default backend, with its place in the order. */
interface Candidate extends ObjectPlace {
    readonly share: HostShare;
    readonly match: IngressPathMatch;
    readonly backend: IngressBackend;
    readonly backendField: string;
}

/** `wider`: of the host above it, for what a star of one label leaves over. */
export function hostRules(
    host: string,
    shares: readonly HostShare[],
    wider: readonly HttpRule[],
    settings: CompilerSettings,
): readonly HttpRule[] {
    const isStarred = isWildcard(host) && host !== "*";
    const candidates = shares.flatMap(pathsOf).sort((a, b) => compareIngressPaths(a.match, b.match));
    const taken = new Set<string>();
    const own = [...candidates, ...shares.flatMap(defaultOf)].flatMap((one) => {
        const authority = isStarred && one.share.served.starIsOneLabel ? underOneLabel(host) : undefined;
        const key = JSON.stringify([keyOf(one.match), authority ?? ""]);
        if (taken.has(key)) return [];
        taken.add(key);
        return [ruleOf(one, authority, settings)];
    });
    // Where a star is any number of labels, nothing is left over.
    const leavesSome = isStarred && shares.every(({ served }) => served.starIsOneLabel);
    return leavesSome ? [...own, ...wider.flatMap((rule) => furtherBelow(rule, host))] : own;
}

/** A path that another one of the same host hides. */
export interface HiddenPath {
    readonly place: ObjectPlace;
    readonly text: string;
    readonly winner: ObjectPlace;
}

/** What leads to the same place is hidden by nothing. */
export function hiddenPaths(shares: readonly HostShare[]): readonly HiddenPath[] {
    const taken = new Map<string, Candidate>();
    return shares.flatMap(pathsOf).flatMap((one) => {
        const key = keyOf(one.match);
        const winner = taken.get(key);
        if (winner === undefined) taken.set(key, one);
        return winner === undefined || isSameBackend(winner, one) ? [] : [{ place: one, text: pathText(one.match), winner }];
    });
}

function pathsOf(share: HostShare): readonly Candidate[] {
    const { ingress } = share.served;
    return share.rules.flatMap((index) => {
        const field = fieldBelow(fieldBelow("spec", "rules", index), "http");
        return (ingress.object.spec.rules?.[index]?.http?.paths ?? NONE).map((path, at) => {
            const own = fieldBelow(field, "paths", at);
            return {
                share,
                subject: ingress,
                field: own,
                match: ingressPathMatch(path),
                backend: path.backend,
                backendField: fieldBelow(own, "backend"),
            };
        });
    });
}

function defaultOf(share: HostShare): readonly Candidate[] {
    const { ingress } = share.served;
    const backend = ingress.object.spec.defaultBackend;
    const field = "spec.defaultBackend";
    return backend ? [{ share, subject: ingress, field, match: undefined, backend, backendField: field }] : NONE;
}

function ruleOf(
    { subject, field, match, backend, backendField }: Candidate,
    authority: string | undefined,
    settings: CompilerSettings,
): HttpRule {
    const conditions = conditionsOf(match, authority);
    return {
        subject,
        field,
        name: "",
        matches: [{ field, name: "", ...(conditions ? { conditions } : {}), isNever: false, remarks: NOTHING_TO_SAY }],
        action: actionOf(backend, backendField, subject.ref.namespace, settings.domain),
        remarks: backend.service === undefined ? [resourceRemark(backendField)] : NOTHING_TO_SAY,
    };
}

function conditionsOf(match: IngressPathMatch, authority: string | undefined): Conditions | undefined {
    if (match === undefined && authority === undefined) return undefined;
    return {
        ...(match ? { path: { ...match, ignoreCase: false } } : {}),
        ...(authority === undefined ? {} : { authority: { kind: "regex", value: authority } }),
        headers: NONE,
        queryParams: NONE,
        claims: NONE,
    };
}

/** A Service that is not there has a cluster that is not there: its requests get 503. */
function actionOf({ service }: IngressBackend, field: string, namespace: string, domain: string): RuleAction {
    if (service === undefined) return { kind: "refuse", why: "the backend is no Service" };
    const { number, name } = service.port ?? {};
    const own = {
        host: serviceHost(service.name.toLowerCase(), namespace, domain),
        ...(number ? { port: number } : name ? { portName: name } : {}),
        subset: "",
        field: fieldBelow(field, "service"),
        hostField: "name",
        weight: 100,
    };
    return { kind: "forward", to: [own], timeoutMs: 0, retry: DEFAULT_RETRY, mirrors: NONE };
}

function resourceRemark(field: string): CompilerRemark {
    return {
        code: "GH0470",
        field: `${field}.resource`,
        message: "The backend is an object that is no Service, which is not served; its requests get 500.",
        fix: "Lead to a Service.",
    };
}

/** A rule of a wider host, for the names that are too deep for a star of one label. One that asks for a star of its own has none of them. */
function furtherBelow(rule: HttpRule, host: string): readonly HttpRule[] {
    const [match] = rule.matches;
    if (match === undefined || match.conditions?.authority !== undefined) return NONE;
    const authority = { kind: "regex", value: underMoreLabels(host) } as const;
    const conditions = { headers: NONE, queryParams: NONE, claims: NONE, ...match.conditions, authority };
    const below: HttpMatch = { ...match, conditions };
    return [{ ...rule, matches: [below] }];
}

function keyOf(match: IngressPathMatch): string {
    if (match === undefined) return "";
    const { kind, value } = match;
    return `${kind} ${kind === "segment" && value.endsWith("/") ? value.slice(0, -1) : value}`;
}

function isSameBackend(one: Candidate, other: Candidate): boolean {
    return (
        one.subject.ref.namespace === other.subject.ref.namespace &&
        JSON.stringify(one.backend.service ?? "") === JSON.stringify(other.backend.service ?? "-")
    );
}

function pathText(match: IngressPathMatch): string {
    if (match === undefined) return "Every path";
    return `${match.kind === "exact" ? "The path" : "The prefix"} ${match.value}`;
}
