/**
 * What the proxy would do with one request, and why. Nothing is decided here: the compiled tables are bound as a worker
 * binds them, and the request runs through the exchange that serves requests.
 */
import { refText } from "../../istio/types";
import { readableText } from "../../istio/wire-text";
import { prepareHead } from "../exchange/forwarded-head";
import type { CodecFault } from "../codec/http1";
import { Http1Parser } from "../codec/http1/parser";
import { PASSES, type UnderscorePolicy } from "../exchange";
import type { RequestHead } from "../http/doors";
import { headerAt } from "../http/header-list";
import { bindSnapshot, type ForwardAction, type Snapshot } from "../snapshot";
import { hostOf, type RefusalEntry, type RouteEntry, type Tables, type TablesDelta, type VirtualHostEntry } from "../tables";
import { createUpstreamServices } from "../upstream";
import { judge } from "./conditions";
import { destinationSteps, destinationsOf, likeliest, unreachable } from "./destinations";
import { ExplainedExchange } from "./explained-exchange";
import type { Explanation, Step } from "./explanation";
import { frontOf, listenerAnswer, type Front, type OpenPorts } from "./front";
import type { Question } from "./question";

export interface ExplainOptions {
    /** Of a running proxy: which ports it has open. */
    readonly open?: OpenPorts;
    /** Endpoints are not part of the configuration that is asked about: a backend without any is none the less taken to be there. */
    readonly endpointsElsewhere?: boolean;
    /** The gateway's own, of header names with underscores. */
    readonly underscores?: UnderscorePolicy;
}

export function explain(question: Question, tables: Tables, options: ExplainOptions = {}): Explanation {
    return answer(question, bound(tables, relevantHosts(question, tables)), tables, options);
}

/** For many questions about the same tables, which are bound once. */
export function explainer(tables: Tables, options: ExplainOptions = {}): (question: Question) => Explanation {
    const snapshot = bound(tables, [...tables.virtualHosts.values()]);
    return (question) => answer(question, snapshot, tables, options);
}

function answer(question: Question, snapshot: Snapshot, tables: Tables, options: ExplainOptions): Explanation {
    const front = frontOf(question, snapshot, options.open);
    const base: Explanation = {
        listener: listenerAnswer(front.listener),
        certificate: front.certificate,
        virtualHost: null,
        route: null,
        action: "refuse",
        destination: null,
        destinations: [],
        status: null,
        location: null,
        steps: front.steps,
    };
    const { chain } = front;
    if (!front.isOpen || !chain) return base;
    if (chain.refusal) return { ...base, steps: [...base.steps, policyStep(chain.refusal, "the connection is closed")] };
    if (chain.target.kind === "tcp") {
        if (chain.target.route.clusters.length === 0)
            return {
                ...base,
                steps: [
                    ...base.steps,
                    { step: "action", text: "the connection is closed: its rule can't be served", origin: chain.target.route.origin },
                ],
            };
        const destinations = destinationsOf(chain.target.route.clusters, tables);
        const action = chain.tls?.mode === "PASSTHROUGH" ? "passthrough" : "tcp";
        const origin = chain.target.route.origin;
        return {
            ...base,
            action,
            route: { name: "", origin },
            destinations,
            destination: likeliest(destinations),
            steps: [...base.steps, { step: "action", text: "bytes are passed both ways", origin }, ...destinationSteps(destinations)],
        };
    }
    if (question.scheme === "tcp" || question.scheme === "tls")
        return {
            ...base,
            action: "reply",
            steps: [...base.steps, { step: "request", text: "the server speaks HTTP: ask for an http or https URL" }],
        };
    return explainRequest(question, snapshot, front, tables, options, base);
}

/** All that chooses. Clusters are not asked for anything. */
function bound(tables: Tables, virtualHosts: readonly VirtualHostEntry[]): Snapshot {
    const set: TablesDelta["set"] = {
        listeners: [...tables.listeners.values()],
        chains: [...tables.chains.values()],
        secrets: [...tables.secrets.values()],
        routeTables: [...tables.routeTables.values()],
        virtualHosts,
    };
    return bindSnapshot(undefined, { version: 1, full: true, remove: {}, set }, createUpstreamServices());
}

/** Those that the request's host can come to: patterns are compiled for no other. */
function relevantHosts({ authority }: Question, tables: Tables): VirtualHostEntry[] {
    const host = hostOf(authority);
    const fits = ({ domain }: VirtualHostEntry): boolean =>
        domain === "*" || domain === host || (domain.startsWith("*.") && host.endsWith(domain.slice(1)));
    return [...tables.virtualHosts.values()].filter(fits);
}

/** As a client would send it, through the codec that reads requests. */
function headOf({ method, scheme, authority, path, headers }: Question): RequestHead | CodecFault {
    let text = `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\n`;
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    const parser = new Http1Parser({ scheme: scheme === "https" ? "https" : "http", acceptHttp10: false });
    parser.feed(Buffer.from(`${text}\r\n`, "latin1"));
    parser.next();
    return parser.requestHead ?? parser.fault!;
}

function explainRequest(
    question: Question,
    snapshot: Snapshot,
    { listener, chain }: Front,
    tables: Tables,
    options: ExplainOptions,
    base: Explanation,
): Explanation {
    const target = chain?.target;
    const head = headOf(question);
    if ("detail" in head)
        return {
            ...base,
            action: "reply",
            status: head.status,
            steps: [...base.steps, { step: "request", text: `the gateway answers ${head.status}: ${head.detail}` }],
        };
    const exchange = new ExplainedExchange(
        snapshot,
        head,
        {
            remoteAddress: question.clientAddress ?? "192.0.2.1",
            remotePort: 50_000,
            localAddress: "192.0.2.2",
            localPort: listener?.targetPort ?? 0,
            port: listener?.port ?? 0,
            scheme: question.scheme === "https" ? "https" : "http",
            serverName: question.scheme === "https" ? question.serverName : "",
            routeTable: target?.kind === "http" ? target.routeTable : "",
            chain: chain?.key ?? "",
            forwardedClientCert: "",
        },
        options.underscores ?? "forward",
    );
    exchange.proceed();
    const { virtualHost } = exchange;
    const refusal = refusalOf(exchange);
    // The route of a refused request gives its answer headers, and nothing else.
    const route = refusal ? undefined : exchange.route;
    const found: Explanation = {
        ...base,
        virtualHost: virtualHost
            ? { domain: virtualHost.domain, routeTable: virtualHost.entry.routeTable, origin: virtualHost.entry.origin }
            : null,
        route: route ? { name: readableText(route.name), origin: route.origin } : null,
    };
    if (refusal)
        return answered(exchange, {
            ...found,
            steps: [...base.steps, ...requestSteps(question, exchange), policyStep(refusal, "every request is refused")],
        });
    const steps = [
        ...base.steps,
        ...requestSteps(question, exchange),
        ...(virtualHost ? routeSteps(virtualHost.entry, exchange) : []),
        ...featureSteps(exchange),
    ];
    if (exchange.forwarded) return forwarded(exchange, exchange.forwarded, tables, options, { ...found, steps });
    return answered(exchange, { ...found, steps });
}

function refusalOf({ snapshot, connection, virtualHost, status, details }: ExplainedExchange): RefusalEntry | undefined {
    const refusal = snapshot.routeTables.get(connection.routeTable)?.entry?.refusal ?? virtualHost?.refusal;
    return status === 403 && details === refusal?.detail ? refusal : undefined;
}

function policyStep({ origin }: RefusalEntry, what: string): Step {
    return {
        step: "policy",
        text: `${refText(origin)} is for this gateway and is not evaluated here: ${what}`,
        origin,
    };
}

/** What the gateway answers by itself. */
function answered(exchange: ExplainedExchange, found: Explanation): Explanation {
    const { status, responseHeaders } = exchange;
    const at = headerAt(responseHeaders, "location");
    const location = at === -1 ? null : readableText(responseHeaders[at + 1]!);
    const own = exchange.route?.action;
    const action =
        location !== null && status >= 300 && status < 400
            ? "redirect"
            : own?.kind === "direct" && exchange.details === "direct_response"
              ? "direct"
              : "reply";
    const why = own?.kind === "refuse" ? `: ${own.why}` : "";
    const text = `the gateway answers ${status}${location === null ? "" : ` with location ${location}`} (${exchange.details}${why})`;
    return {
        ...found,
        action,
        status,
        location,
        steps: [...found.steps, { step: "action", text, ...(found.route ? { origin: found.route.origin } : {}) }],
    };
}

function forwarded(
    exchange: ExplainedExchange,
    action: ForwardAction,
    tables: Tables,
    options: ExplainOptions,
    found: Explanation,
): Explanation {
    const destinations = destinationsOf(action.destinations, tables);
    const destination = likeliest(destinations);
    const chosen = action.destinations[destination ? destinations.indexOf(destination) : 0];
    const steps: Step[] = [{ step: "action", text: forwardText(action), ...(exchange.route ? { origin: exchange.route.origin } : {}) }];
    if (chosen) {
        const before = exchange.path;
        prepareHead(exchange, chosen);
        if (exchange.head.path !== before) steps.push({ step: "rewrite", text: `path ${before} → ${exchange.head.path}` });
        if (chosen.hostRewrite !== "")
            steps.push({ step: "rewrite", text: `host ${exchange.authority} → ${readableText(exchange.head.authority)}` });
        for (const ops of chosen.request) if (opsText(ops) !== "") steps.push({ step: "headers", text: `request: ${opsText(ops)}` });
        for (const ops of chosen.response) if (opsText(ops) !== "") steps.push({ step: "headers", text: `response: ${opsText(ops)}` });
    }
    steps.push(...destinationSteps(destinations));
    const why = destination ? unreachable(destination, tables) : "the rule has no destination";
    const known = why !== undefined && !(options.endpointsElsewhere && tables.clusters.has(destination?.cluster ?? ""));
    if (why !== undefined)
        steps.push({
            step: "destination",
            text: known ? `${why}: the gateway answers 503` : `${why} in what was read; the cluster knows its endpoints`,
        });
    return { ...found, action: "forward", destination, destinations, status: known ? 503 : null, steps: [...found.steps, ...steps] };
}

function forwardText({ timeoutMs, retry, mirrors }: ForwardAction): string {
    const timeout = timeoutMs > 0 ? `timeout ${timeoutMs} ms` : "no timeout";
    const mirrored = mirrors.map(({ cluster, percent }) => `, ${percent} % mirrored to ${cluster}`).join("");
    return `forwarded, ${timeout}, at most ${retry.attempts} retries${mirrored}`;
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
        { step: "request", text: `${question.method} ${readableText(question.path)} for ${readableText(question.authority)}` },
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
    if (exchange.status === 421)
        steps.push({ step: "host", text: "the connection was made for another server; the client is told to make one for this host" });
    return steps;
}

/** Every rule up to the one that is taken. */
function routeSteps(entry: VirtualHostEntry, exchange: ExplainedExchange): Step[] {
    if (entry.httpsRedirect && exchange.scheme === "http")
        return [{ step: "route", text: "plain HTTP is redirected before any rule", origin: entry.origin }];
    if (exchange.pathname === "" || exchange.status === 421) return [];
    const steps: Step[] = [];
    for (const route of entry.routes) {
        const step = routeStep(route, exchange);
        steps.push(step);
        if (step.matched) break;
    }
    return steps;
}

function routeStep(route: RouteEntry, exchange: ExplainedExchange): Step {
    const name = route.name === "" ? route.origin.field : route.name;
    const { matched, text } = judge(route.match, exchange);
    return { step: "route", matched, text: `${name}: ${matched ? "taken" : "not taken"}, ${text}`, origin: route.origin };
}

/** What the features of the rule that was taken do. */
function featureSteps(exchange: ExplainedExchange): Step[] {
    const { route } = exchange;
    if (!route) return [];
    return PASSES.flatMap(({ name, tell }) => (tell?.(exchange) ?? []).map((text) => ({ step: name, text, origin: route.origin })));
}
