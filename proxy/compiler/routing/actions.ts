/** What a rule does with a request: forward, redirect, answer itself. */
import { refText, type HTTPRedirect, type HTTPRoute, type HTTPRouteDestination } from "../../../istio/types";
import { notServed } from "../../../istio/semantics/value-template";
import type { HeaderOpsEntry, RouteActionEntry, RouteMatchEntry, WeightedClusterEntry } from "../../tables/entries";
import type { Context } from "../context/context";
import type { Destinations, Use } from "./destinations";
import type { EffectiveRoute } from "../istio/effective-routes";
import { composeOps, headerOps } from "./headers";
import { milliseconds, percentOf, retryEntry } from "./policies";

/** An action, and the header operations that stand with it. */
export interface Action {
    readonly action: RouteActionEntry;
    readonly request?: HeaderOpsEntry;
    readonly response?: HeaderOpsEntry;
}

export function actionOf(
    context: Context,
    destinations: Destinations,
    effective: EffectiveRoute,
    match: RouteMatchEntry | undefined,
    port: number,
): Action {
    const { route } = effective;
    reportVariables(context, effective);
    const own = headerOps(route.headers);
    const ops = { ...(own.request ? { request: own.request } : {}), ...(own.response ? { response: own.response } : {}) };
    if (route.redirect) return { action: redirectAction(route.redirect), ...ops };
    if (route.directResponse) return { action: directAction(route.directResponse), ...ops };
    if (!route.route || route.route.length === 0) {
        context.report.add(
            "GH0447",
            effective.owner,
            effective.field,
            `A rule of ${refText(effective.owner.ref)} has no route, redirect, directResponse or delegate; its requests get 500.`,
        );
        return refusal("the rule has no route, redirect, directResponse or delegate");
    }
    return forwardAction(destinations, effective, route.route, match, port);
}

/** What can't be served must not be left to a later rule either. */
export function refusal(why: string): Action {
    return { action: { kind: "refuse", why } };
}

/** Names what Envoy would put a value in the place of, and we do not. */
function reportVariables({ report }: Context, { owner, field, route }: EffectiveRoute): void {
    const levels = [
        { at: `${field}.headers`, headers: route.headers },
        ...(route.route ?? []).map(({ headers }, index) => ({ at: `${field}.route[${index}].headers`, headers })),
    ];
    for (const { at, headers } of levels) {
        for (const { field: below, message } of notServed(headers)) report.add("GH0447", owner, `${at}.${below}`, `${message}.`);
    }
}

function forwardAction(
    destinations: Destinations,
    effective: EffectiveRoute,
    route: readonly HTTPRouteDestination[],
    match: RouteMatchEntry | undefined,
    port: number,
): Action {
    const { owner, field, route: rule } = effective;
    const own = headerOps(rule.headers);
    const use = { protocol: "http", port } as const;
    const weighted = route
        .map((one, index) => ({ one, index }))
        .filter(({ one }) => route.length === 1 || (one.weight ?? 0) > 0)
        .map(({ one, index }) => {
            const ops = headerOps(one.headers);
            const cluster = destinations.cluster(one.destination, owner, `${field}.route[${index}].destination`, use);
            return { cluster, weight: route.length === 1 ? 100 : (one.weight ?? 0), ops };
        });
    // Among several destinations the operations of the route come last. Where zero weights leave one of them, what a
    // worker sees is a single destination, whose operations would come last: then both are made one here.
    const last = route.length > 1 && weighted.length === 1 ? weighted[0] : undefined;
    const hostRewrite = rule.rewrite?.authority || own.host || (weighted.length === 1 ? weighted[0]?.ops.host : undefined);
    const clusters = weighted.map(
        ({ cluster, weight, ops }): WeightedClusterEntry => ({
            cluster,
            weight,
            ...(ops.request && !last ? { request: ops.request } : {}),
            ...(ops.response && !last ? { response: ops.response } : {}),
            ...(ops.host !== undefined && hostRewrite === undefined ? { hostRewrite: ops.host } : {}),
        }),
    );
    const request = composeOps(last?.ops.request, own.request);
    const response = composeOps(last?.ops.response, own.response);
    const rewrite = rewriteOf(rule, match);
    return {
        action: {
            kind: "forward",
            clusters,
            ...(rewrite ? { rewrite } : {}),
            ...(hostRewrite === undefined ? {} : { hostRewrite }),
            timeoutMs: milliseconds(rule.timeout, 0),
            retry: retryEntry(rule.retries),
            mirrors: mirrorsOf(destinations, effective, use),
        },
        ...(request ? { request } : {}),
        ...(response ? { response } : {}),
    };
}

const NO_MIRRORS: Forward["mirrors"] = [];

type Forward = Extract<RouteActionEntry, { kind: "forward" }>;

/** A prefix match has its prefix replaced, an exact or regex one the whole path; no uri match counts as a prefix. */
function rewriteOf({ rewrite }: HTTPRoute, match: RouteMatchEntry | undefined): Forward["rewrite"] {
    if (rewrite?.uriRegexRewrite?.match) {
        return { kind: "regex", match: rewrite.uriRegexRewrite.match, substitution: rewrite.uriRegexRewrite.rewrite ?? "" };
    }
    if (!rewrite?.uri) return undefined;
    const kind = match?.path?.kind ?? "prefix";
    return { kind: kind === "prefix" ? "prefix" : "full", value: rewrite.uri };
}

function mirrorsOf(destinations: Destinations, { owner, field, route }: EffectiveRoute, use: Use): Forward["mirrors"] {
    if (!route.mirror && !route.mirrors) return NO_MIRRORS;
    const single = route.mirror
        ? [{ destination: route.mirror, percent: percentOf(route.mirrorPercentage, route.mirrorPercent ?? 100), field: `${field}.mirror` }]
        : [];
    const several = (route.mirrors ?? []).map(({ destination, percentage }, index) => ({
        destination,
        percent: percentOf(percentage, 100),
        field: `${field}.mirrors[${index}].destination`,
    }));
    return [...single, ...several]
        .filter(({ percent }) => percent > 0)
        .map((one) => ({ cluster: destinations.cluster(one.destination, owner, one.field, use), percent: one.percent }));
}

function redirectAction(redirect: HTTPRedirect): RouteActionEntry {
    const port = redirect.port || (redirect.derivePort === "FROM_REQUEST_PORT" ? ("request" as const) : undefined);
    return {
        kind: "redirect",
        status: redirect.redirectCode || 301,
        ...(redirect.scheme ? { scheme: redirect.scheme.toLowerCase() } : {}),
        ...(redirect.authority ? { authority: redirect.authority } : {}),
        ...(port === undefined ? {} : { port }),
        ...(redirect.prefixRewrite
            ? { path: { kind: "prefix", value: redirect.prefixRewrite } as const }
            : redirect.uri
              ? { path: { kind: "full", value: redirect.uri } as const }
              : {}),
    };
}

function directAction({ status, body }: NonNullable<HTTPRoute["directResponse"]>): RouteActionEntry {
    const bytes = body?.bytes ?? (body?.string === undefined ? undefined : Buffer.from(body.string, "utf8").toString("base64"));
    return { kind: "direct", status, ...(bytes ? { body: bytes } : {}) };
}
