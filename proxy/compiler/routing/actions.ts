/** What a rule does with a request, as a worker is told: destinations are clusters, and operations stand where they are applied. */
import type { HeaderOpsEntry, RouteActionEntry, WeightedClusterEntry } from "../../tables/entries";
import type { RouteMatchEntry } from "../../tables/match-entry";
import type { Destinations, Use } from "./destinations";
import { composeOps } from "./model/header-ops";
import type { Forward, HttpRule, MirrorRule } from "./model/rules";

/** An action, and the header operations that stand with it. */
export interface Action {
    readonly action: RouteActionEntry;
    readonly request?: HeaderOpsEntry;
    readonly response?: HeaderOpsEntry;
}

type ForwardEntry = Extract<RouteActionEntry, { kind: "forward" }>;

export function actionOf(destinations: Destinations, rule: HttpRule, match: RouteMatchEntry | undefined, port: number): Action {
    const { action, request, response } = rule;
    switch (action.kind) {
        case "forward":
            return forwardAction(destinations, rule, action, match, port);
        case "redirect":
        case "direct":
            return { action, ...(request ? { request } : {}), ...(response ? { response } : {}) };
        case "refuse":
            return { action };
        default:
            return action satisfies never;
    }
}

/** What can't be served must not be left to a later rule either. */
export function refusal(why: string): RouteActionEntry {
    return { kind: "refuse", why };
}

function forwardAction(
    destinations: Destinations,
    rule: HttpRule,
    forward: Forward,
    match: RouteMatchEntry | undefined,
    port: number,
): Action {
    const isRenamed = forward.hostRewrite !== undefined || forward.to.some((one) => one.hostRewrite !== undefined);
    const use = { protocol: "http", port, isRenamed } as const;
    const weighted = forward.to
        .filter(({ weight }) => weight > 0)
        .map((one) => ({ ...one, cluster: destinations.cluster(one, rule.subject, use) }));
    // Among several destinations the operations of the route come last. Where zero weights leave one of them, what a
    // worker sees is a single destination, whose operations would come last: then both are made one here.
    const last = forward.to.length > 1 && weighted.length === 1 ? weighted[0] : undefined;
    const hostRewrite = forward.hostRewrite ?? (weighted.length === 1 ? weighted[0]?.hostRewrite : undefined);
    const clusters = weighted.map(
        ({ cluster, weight, request, response, hostRewrite: own }): WeightedClusterEntry => ({
            cluster,
            weight,
            ...(request && !last ? { request } : {}),
            ...(response && !last ? { response } : {}),
            ...(own !== undefined && hostRewrite === undefined ? { hostRewrite: own } : {}),
        }),
    );
    const request = composeOps(last?.request, rule.request);
    const response = composeOps(last?.response, rule.response);
    const rewrite = rewriteOf(forward, match);
    return {
        action: {
            kind: "forward",
            clusters,
            ...(rewrite ? { rewrite } : {}),
            ...(hostRewrite === undefined ? {} : { hostRewrite }),
            timeoutMs: forward.timeoutMs,
            retry: forward.retry,
            mirrors: mirrorsOf(destinations, rule, forward.mirrors, use),
        },
        ...(request ? { request } : {}),
        ...(response ? { response } : {}),
    };
}

/** A prefix match has its prefix replaced, an exact or regex one the whole path; no path match counts as a prefix. */
function rewriteOf({ rewrite }: Forward, match: RouteMatchEntry | undefined): ForwardEntry["rewrite"] {
    if (rewrite === undefined || rewrite.kind === "regex") return rewrite;
    const path = match?.path?.kind ?? "prefix";
    const matched = path === "prefix" || path === "segment" ? "prefix" : "full";
    return { kind: rewrite.kind === "matched" ? matched : rewrite.kind, value: rewrite.value };
}

const NO_MIRRORS: ForwardEntry["mirrors"] = [];

function mirrorsOf(destinations: Destinations, { subject }: HttpRule, mirrors: readonly MirrorRule[], use: Use): ForwardEntry["mirrors"] {
    if (mirrors.length === 0) return NO_MIRRORS;
    return mirrors
        .filter(({ percent }) => percent > 0)
        .map((mirror) => ({ cluster: destinations.cluster(mirror, subject, use), percent: mirror.percent }));
}
