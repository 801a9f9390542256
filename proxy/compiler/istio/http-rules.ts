/** A VirtualService's HTTP rules in the proxy's words: what they do, and what is to be said of them. */
import { notServed } from "../../../istio/semantics/value-template";
import { refText, type Destination, type HTTPRedirect, type HTTPRoute, type HTTPRouteDestination } from "../../../istio/types";
import type { CompilerSettings } from "../context/context";
import { fieldBelow } from "../context/place";
import type { CompilerRemark } from "../context/report";
import {
    NOTHING_TO_SAY,
    type DirectResponse,
    type Forward,
    type HttpMatch,
    type HttpRule,
    type MirrorRule,
    type Redirect,
    type RuleAction,
    type WeightedDestination,
} from "../routing/model/rules";
import { bodyLimit } from "./host-limits";
import { anyMatch, matchOf } from "./conditions";
import type { EffectiveRoute } from "./effective-routes";
import { operationsOf } from "./header-operations";
import { corsOf, faultOf, milliseconds, percentOf, retryOf } from "./route-policies";

const NO_ACTION: RuleAction = { kind: "refuse", why: "the rule has no route, redirect, directResponse or delegate" };

export function httpRule(effective: EffectiveRoute, settings: CompilerSettings): HttpRule {
    const { owner: subject, field, route } = effective;
    // In a mesh it is the application that asks, and what others take of it is theirs to say.
    const limit = settings.mode === "mesh" ? undefined : bodyLimit(effective);
    const refused = effective.refused ?? (typeof limit === "string" ? limit : undefined);
    const cors = corsOf(route.corsPolicy);
    const fault = faultOf(route.fault);
    const { request, response, host } = operationsOf(route.headers);
    return {
        subject,
        field,
        name: route.name ?? "",
        matches: matchesOf(effective, settings),
        action: actionOf(route, field, host),
        ...(request ? { request } : {}),
        ...(response ? { response } : {}),
        ...(cors ? { cors } : {}),
        ...(fault ? { fault } : {}),
        ...(typeof limit === "number" ? { maxRequestBodyBytes: limit } : {}),
        ...(refused === undefined ? {} : { refused }),
        remarks: remarksOn(effective),
    };
}

function matchesOf({ route, field, merged }: EffectiveRoute, settings: CompilerSettings): readonly HttpMatch[] {
    if (route.match === undefined || route.match.length === 0) return [anyMatch(field)];
    return route.match
        .flatMap((block, index) => matchOf(block, merged ? field : fieldBelow(field, "match", index), settings) ?? [])
        .slice();
}

/** What of it Envoy would put a value in the place of and we do not, and that nothing is done. */
function remarksOn({ owner, field, route }: EffectiveRoute): readonly CompilerRemark[] {
    const levels = [
        { at: `${field}.headers`, headers: route.headers },
        ...(route.route ?? []).map(({ headers }, index) => ({ at: `${field}.route[${index}].headers`, headers })),
    ].filter(({ headers }) => headers !== undefined);
    const remarks = levels.flatMap(({ at, headers }) =>
        notServed(headers).map(({ field: below, message }) => remark(`${at}.${below}`, `${message}.`)),
    );
    if (!route.redirect && !route.directResponse && !route.route?.length)
        remarks.push(
            remark(field, `A rule of ${refText(owner.ref)} has no route, redirect, directResponse or delegate; its requests get 500.`),
        );
    return remarks.length === 0 ? NOTHING_TO_SAY : remarks;
}

function remark(field: string, message: string): CompilerRemark {
    return { code: "GH0447", field, message, fix: "" };
}

function actionOf(route: HTTPRoute, field: string, host: string | undefined): RuleAction {
    if (route.redirect) return redirectOf(route.redirect);
    if (route.directResponse) return responseOf(route.directResponse);
    return route.route?.length ? forwardOf(route, route.route, field, host) : NO_ACTION;
}

function forwardOf(route: HTTPRoute, to: readonly HTTPRouteDestination[], field: string, host: string | undefined): Forward {
    const rewrite = rewriteOf(route);
    const hostRewrite = route.rewrite?.authority || host;
    return {
        kind: "forward",
        to: to.map((one, index) => weighted(one, to.length, fieldBelow(fieldBelow(field, "route", index), "destination"))),
        ...(rewrite ? { rewrite } : {}),
        ...(hostRewrite ? { hostRewrite } : {}),
        timeoutMs: milliseconds(route.timeout) ?? 0,
        retry: retryOf(route.retries),
        mirrors: mirrorsOf(route, field),
    };
}

export function destinationOf({ host, port, subset }: Destination, field: string): Omit<WeightedDestination, "weight"> {
    return { host, ...(port?.number ? { port: port.number } : {}), subset: subset ?? "", field };
}

/** The weight of a single destination means nothing. */
export function weightOf(weight: number | undefined, count: number): number {
    return count === 1 ? 100 : (weight ?? 0);
}

function weighted({ destination, weight, headers }: HTTPRouteDestination, count: number, field: string): WeightedDestination {
    const { request, response, host } = operationsOf(headers);
    return {
        ...destinationOf(destination, field),
        weight: weightOf(weight, count),
        ...(request ? { request } : {}),
        ...(response ? { response } : {}),
        ...(host === undefined ? {} : { hostRewrite: host }),
    };
}

function rewriteOf({ rewrite }: HTTPRoute): Forward["rewrite"] {
    if (rewrite?.uriRegexRewrite?.match) {
        return { kind: "regex", match: rewrite.uriRegexRewrite.match, substitution: rewrite.uriRegexRewrite.rewrite ?? "" };
    }
    return rewrite?.uri ? { kind: "matched", value: rewrite.uri } : undefined;
}

const NO_MIRRORS: readonly MirrorRule[] = [];

function mirrorsOf({ mirror, mirrors, mirrorPercent, mirrorPercentage }: HTTPRoute, field: string): readonly MirrorRule[] {
    if (!mirror && !mirrors) return NO_MIRRORS;
    const single = mirror
        ? [{ ...destinationOf(mirror, fieldBelow(field, "mirror")), percent: percentOf(mirrorPercentage, mirrorPercent ?? 100) }]
        : NO_MIRRORS;
    const several = (mirrors ?? []).map(({ destination, percentage }, index) => ({
        ...destinationOf(destination, fieldBelow(fieldBelow(field, "mirrors", index), "destination")),
        percent: percentOf(percentage, 100),
    }));
    return [...single, ...several];
}

function redirectOf(redirect: HTTPRedirect): Redirect {
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

function responseOf({ status, body }: NonNullable<HTTPRoute["directResponse"]>): DirectResponse {
    const bytes = body?.bytes ?? (body?.string === undefined ? undefined : Buffer.from(body.string, "utf8").toString("base64"));
    return { kind: "direct", status, ...(bytes ? { body: bytes } : {}) };
}
