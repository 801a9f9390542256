/** What would be done with one HTTP request: it runs through the exchange that serves requests, and each step is told. */
import { readableText } from "../../istio/wire-text";
import { prepareHead } from "../exchange/forwarded-head";
import { MISDIRECTED, PASSES } from "../exchange";
import { choosePage, pageText } from "../exchange/features/error-pages";
import { edgeOf } from "../exchange/edge-of";
import { MAINTENANCE, maintenanceText } from "../exchange/features/maintenance";
import { redirectOrigin, REDIRECTS } from "../exchange/features/redirects";
import { grpcStatus, isGrpc } from "../http/grpc";
import { headerAt, headerValue } from "../http/header-list";
import { chainFor, type ForwardAction, type Snapshot } from "../snapshot";
import { tunnelDestination } from "../exchange/tunnel";
import type { FilterChainEntry, ListenerEntry, RefusalEntry, RouteEntry, Tables, TunnelRouteEntry, VirtualHostEntry } from "../tables";
import { requestAccess } from "./access/request-access";
import { accessSteps, unverifiedSteps } from "./access/steps";
import { clientSteps } from "./client";
import { judge } from "./conditions";
import { connectionOf, unseenSteps } from "./connection";
import { carriesCalls, destinationSteps, destinationsOf, likeliest, unreachable } from "./destinations";
import type { ExplainOptions } from "./explain-options";
import { ExplainedExchange } from "./explained-exchange";
import type { Explanation, Step } from "./explanation";
import { limitSteps } from "./limits";
import { policyStep } from "./policy-step";
import type { Question } from "./question";
import { headOf } from "./question-head";

export function explainRequest(
    question: Question,
    snapshot: Snapshot,
    { listener, chain }: { readonly listener: ListenerEntry; readonly chain: FilterChainEntry },
    tables: Tables,
    options: ExplainOptions,
    base: Explanation,
): Explanation {
    const head = headOf(question);
    if ("detail" in head)
        return {
            ...base,
            action: "reply",
            status: head.status ?? null,
            steps: [
                ...base.steps,
                {
                    step: "request",
                    text:
                        head.status === undefined
                            ? `the stream is reset: ${head.detail}`
                            : `the gateway answers ${head.status}: ${head.detail}`,
                },
            ],
        };
    const connection = connectionOf(question, chain, listener);
    const exchange = new ExplainedExchange(snapshot, head, connection, options.underscores ?? "forward");
    exchange.proceed();
    const before = [
        ...base.steps,
        ...unseenSteps(question, connection),
        ...requestSteps(question, exchange),
        ...clientSteps(exchange, listener),
        ...limitSteps(exchange),
    ];
    const { virtualHost } = exchange;
    const refusal = refusalOf(exchange);
    const access = requestAccess(exchange, tables);
    const isKeptOut = access?.decision === "denied" || access?.decision === "unauthenticated";
    // The route of a refused request gives its answer headers, and nothing else.
    const route = refusal || isKeptOut ? undefined : exchange.route;
    const found: Explanation = {
        ...base,
        access,
        virtualHost: virtualHost
            ? { domain: virtualHost.domain, routeTable: virtualHost.entry.routeTable, origin: virtualHost.entry.origin }
            : null,
        route: route ? { name: readableText(route.name), origin: route.origin } : null,
    };
    if (refusal)
        return answered(exchange, {
            ...found,
            steps: [...before, policyStep(refusal, "every request is refused")],
        });
    const kept = exchange.details === MAINTENANCE ? edgeOf(exchange)?.maintenance : undefined;
    if (kept !== undefined)
        return answered(exchange, {
            ...found,
            access: null,
            route: null,
            steps: [...before, { step: "maintenance", text: maintenanceText(kept), origin: kept.origin }],
        });
    const judged = [...before, ...unverifiedSteps(exchange.arrived.headers, access), ...(access ? accessSteps(access) : [])];
    if (isKeptOut) return answered(exchange, { ...found, steps: judged });
    if (exchange.details === REDIRECTS) {
        const origin = redirectOrigin(exchange);
        const step: Step = { step: "redirects", text: "a redirect in bulk stands before any rule", ...(origin ? { origin } : {}) };
        return answered(exchange, { ...found, route: null, steps: [...judged, step] });
    }
    const steps = [...judged, ...(virtualHost ? routeSteps(virtualHost.entry, exchange, options) : []), ...featureSteps(exchange)];
    if (exchange.tunnel) return tunnelled(exchange, exchange.tunnel, tables, { ...found, steps });
    if (exchange.forwarded) return forwarded(exchange, exchange.forwarded, tables, options, { ...found, steps });
    return answered(exchange, { ...found, steps });
}

function refusalOf(exchange: ExplainedExchange): RefusalEntry | undefined {
    const { snapshot, connection, virtualHost, access, status, details } = exchange;
    const refusal = snapshot.routeTables.get(connection.routeTable)?.entry?.refusal ?? virtualHost?.refusal ?? access?.refusal;
    return (status === 403 || grpcStatusOf(exchange) !== null) && details === refusal?.detail ? refusal : undefined;
}

/** What an answer of the gateway's own tells a client of gRPC, which reads no other status. */
function grpcStatusOf({ responseHeaders }: ExplainedExchange): number | null {
    const said = headerValue(responseHeaders, "grpc-status");
    return said === undefined ? null : Number(said);
}

/** What the gateway answers by itself. */
function answered(exchange: ExplainedExchange, found: Explanation): Explanation {
    const { status, responseHeaders } = exchange;
    const at = headerAt(responseHeaders, "location");
    const location = at === -1 ? null : readableText(responseHeaders[at + 1]!);
    const own = found.route ? exchange.route?.action : undefined;
    const action =
        location !== null && status >= 300 && status < 400
            ? "redirect"
            : own?.kind === "direct" && exchange.details === "direct_response"
              ? "direct"
              : "reply";
    const why = own?.kind === "refuse" ? `: ${own.why}` : "";
    const code = grpcStatusOf(exchange);
    const told = `${location === null ? "" : ` with location ${location}`}${code === null ? "" : ` with gRPC status ${code}`}`;
    const text = `the gateway answers ${status}${told} (${exchange.details}${why})`;
    return {
        ...found,
        action,
        status,
        grpcStatus: code,
        location,
        steps: [
            ...found.steps,
            { step: "action", text, ...(found.route ? { origin: found.route.origin } : {}) },
            ...pageSteps(exchange, status, exchange.answer?.isWritten !== true),
        ],
    };
}

/** The page that such an answer is given with. */
function pageSteps(exchange: ExplainedExchange, status: number, isOwn: boolean): Step[] {
    const page = choosePage(exchange, status, isOwn);
    return page === undefined ? [] : [{ step: "error-page", text: pageText(page, status), origin: page.pages.origin }];
}

/** Names are looked up when somebody asks; who may be led there, and to which address, is seen then. */
function tunnelled(
    exchange: ExplainedExchange,
    { cluster, tlsOnly, origin }: TunnelRouteEntry,
    tables: Tables,
    found: Explanation,
): Explanation {
    const destinations = destinationsOf([tunnelDestination(cluster)], tables, found.protocol);
    if (!mayReach(exchange, cluster, tables)) {
        const text = "the gateway answers 403 (egress_refused{source_not_allowed})";
        return { ...found, action: "reply", status: 403, steps: [...found.steps, { step: "action", text, origin }] };
    }
    const text = `a tunnel to ${exchange.host}:${exchange.port} by ${cluster}${tlsOnly ? ", for TLS to that host alone" : ""}`;
    return {
        ...found,
        action: "forward",
        destination: likeliest(destinations),
        destinations,
        status: null,
        steps: [...found.steps, { step: "action", text, origin }],
    };
}

/** Whether a client at this address is one of the workloads that may. */
function mayReach({ connection }: ExplainedExchange, cluster: string, { clusters, sources }: Tables): boolean {
    const key = clusters.get(cluster)?.allowFrom;
    return key === undefined || sources.get(key)?.addresses.includes(connection.remoteAddress) === true;
}

/** What a call is told where 503 would be the answer. */
const UNAVAILABLE = grpcStatus(503);

function forwarded(
    exchange: ExplainedExchange,
    action: ForwardAction,
    tables: Tables,
    options: ExplainOptions,
    found: Explanation,
): Explanation {
    const keptOut = action.destinations.find(({ cluster }) => !mayReach(exchange, cluster, tables));
    if (keptOut !== undefined) {
        const text = `the gateway answers 403 where the request goes to ${keptOut.cluster} (egress_refused{source_not_allowed})`;
        return { ...found, action: "reply", status: 403, steps: [...found.steps, { step: "action", text }] };
    }
    // Behind the passes: calls of gRPC-Web have become calls.
    const isCall = isGrpc(exchange.headers);
    const destinations = destinationsOf(action.destinations, tables, found.protocol);
    const destination = likeliest(destinations);
    const chosen = action.destinations[destination ? destinations.indexOf(destination) : 0];
    const steps: Step[] = [];
    if (chosen) {
        const before = exchange.path;
        prepareHead(exchange, chosen);
        if (exchange.head.path !== before) steps.push({ step: "rewrite", text: `path ${before} → ${exchange.head.path}` });
        if (chosen.hostRewrite !== "")
            steps.push({ step: "rewrite", text: `host ${exchange.authority} → ${readableText(exchange.head.authority)}` });
        for (const ops of chosen.request) if (opsText(ops) !== "") steps.push({ step: "headers", text: `request: ${opsText(ops)}` });
        for (const ops of chosen.response) if (opsText(ops) !== "") steps.push({ step: "headers", text: `response: ${opsText(ops)}` });
    }
    // The deadline is known once the head is prepared.
    steps.unshift({ step: "action", text: forwardText(action, exchange), ...(exchange.route ? { origin: exchange.route.origin } : {}) });
    steps.push(...destinationSteps(destinations, tables));
    if (destination && isCall && !carriesCalls(destination))
        steps.push({
            step: "destination",
            text: "gRPC goes over HTTP/2, and its trailers are lost here: call the port `grpc`, or give it appProtocol `grpc`",
        });
    const why = destination ? unreachable(destination, tables) : "the rule has no destination";
    const known = why !== undefined && !(options.endpointsElsewhere && tables.clusters.has(destination?.cluster ?? ""));
    if (why !== undefined)
        steps.push({
            step: "destination",
            text: known
                ? `${why}: the gateway answers ${isCall ? `200 with gRPC status ${UNAVAILABLE}` : "503"}`
                : `${why} in what was read; the cluster knows its endpoints`,
        });
    if (known) steps.push(...pageSteps(exchange, 503, true));
    const answer = known ? { status: isCall ? 200 : 503, grpcStatus: isCall ? UNAVAILABLE : null } : { status: null };
    return { ...found, action: "forward", destination, destinations, ...answer, steps: [...found.steps, ...steps] };
}

function forwardText({ timeoutMs, retry, mirrors }: ForwardAction, exchange: ExplainedExchange): string {
    const mirrored = mirrors.map(({ cluster, percent }) => `, ${percent} % mirrored to ${cluster}`).join("");
    return `forwarded, ${timeText(timeoutMs, exchange)}, at most ${retry.attempts} retries${mirrored}`;
}

/** Of a call the sooner of its own deadline and the route's timeout. */
function timeText(timeoutMs: number, { callTimeoutMs, arrived }: ExplainedExchange): string {
    const own = headerValue(arrived.headers, "grpc-timeout");
    if (callTimeoutMs === -1 || own === undefined) return timeoutMs > 0 ? `timeout ${timeoutMs} ms` : "no timeout";
    const until = callTimeoutMs > 0 ? `deadline ${callTimeoutMs} ms` : "no deadline";
    return `${until}, where the call says ${readableText(own)} and the rule ${timeoutMs > 0 ? `${timeoutMs} ms` : "nothing"}`;
}

function opsText(ops: ForwardAction["destinations"][number]["request"][number]): string {
    const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(", ");
    const parts = [
        ["remove", ops.remove.join(", ")],
        ["set", names(ops.set)],
        ["add", names(ops.add)],
    ] as const;
    return parts
        .filter(([, list]) => list !== "")
        .map(([word, list]) => `${word} ${list}`)
        .join("; ");
}

function requestSteps(question: Question, exchange: ExplainedExchange): Step[] {
    const steps: Step[] = [
        {
            step: "request",
            text: [question.method, readableText(question.path), "for", readableText(question.authority)]
                .filter((part) => part !== "")
                .join(" "),
        },
    ];
    if (exchange.path !== question.path) steps.push({ step: "request", text: `the path is taken as ${exchange.path}` });
    if (exchange.virtualHost)
        steps.push({
            step: "host",
            text: `${exchange.host} is served by ${exchange.virtualHost.domain} of ${exchange.virtualHost.entry.routeTable}`,
            origin: exchange.virtualHost.entry.origin,
        });
    else if (exchange.host !== "") steps.push({ step: "host", text: `no virtual host of this listener has ${exchange.host}` });
    for (const name of exchange.droppedHeaders)
        steps.push({ step: "request", text: `the header ${name} is not passed on: its name has an underscore` });
    if (exchange.details === MISDIRECTED) steps.push(misdirectedStep(exchange));
    return steps;
}

function misdirectedStep({ snapshot, connection, host }: ExplainedExchange): Step {
    const own = snapshot.chains.get(connection.chain)?.entry;
    const owner = own && chainFor(snapshot, own.listener, host)?.entry;
    const text = "the connection was made for another server; the client is told to make one for this host";
    return { step: "host", text, ...(owner ? { origin: owner.origin } : {}) };
}

/** Every rule up to the one that is taken. */
function routeSteps(entry: VirtualHostEntry, exchange: ExplainedExchange, options: ExplainOptions): Step[] {
    if (entry.httpsRedirect && exchange.scheme === "http")
        return [{ step: "route", text: "plain HTTP is redirected before any rule", origin: entry.origin }];
    if (exchange.pathname === "" || exchange.details === MISDIRECTED) return [];
    const steps: Step[] = [];
    for (const route of entry.routes) {
        const step = routeStep(route, exchange, options);
        steps.push(step);
        if (step.matched) break;
    }
    return steps;
}

function routeStep(route: RouteEntry, exchange: ExplainedExchange, { isConcealed = false }: ExplainOptions): Step {
    const name = route.name === "" ? route.origin.field : route.name;
    const { matched, text } = judge(route.match, exchange, isConcealed);
    return { step: "route", matched, text: `${name}: ${matched ? "taken" : "not taken"}, ${text}`, origin: route.origin };
}

/** What the features of the rule that was taken do. */
function featureSteps(exchange: ExplainedExchange): Step[] {
    const { route } = exchange;
    if (!route) return [];
    return PASSES.flatMap(({ name, tell }) => (tell?.(exchange) ?? []).map((text) => ({ step: name, text, origin: route.origin })));
}
