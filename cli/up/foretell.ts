/**
 * The requests that try what a gateway serves, and what is to come of each. Requests are made up from the compiled routes'
 * own conditions, and `explain` says what the proxy does with them: nothing about routing is decided here.
 */
import { isIP } from "node:net";
import { addTo, isSameRef, refKey, refText, type Finding } from "../../istio";
import { moreSpecific } from "../../istio/semantics";
import { readableText } from "../../istio/wire-text";
import { exampleFor, targetOf, type DestinationAnswer, type ExampleRequest, type Explanation, type Question } from "../../proxy/explain";
import type { FilterChainEntry, Origin, RouteEntry, Tables, VirtualHostEntry } from "../../proxy/tables";
import { admittedInstead } from "./admitted";
import { dnsNames } from "./certificates";
import { LOOPBACK } from "./free-ports";
import { CALL_HEADERS } from "./grpc-call";
import type { CallForm, Expectation, RequestShape, Trial } from "./trial";

/** One gateway's configuration, which can be asked. */
export interface Oracle {
    readonly tables: Tables;
    /** What the compiler has to say of it. */
    readonly findings: readonly Finding[];
    ask(question: Question): Explanation;
    /** Paths that the backend at a local port has something to show under. */
    pathsAt(port: number): readonly string[];
    /** Methods of gRPC that the backend at a local port answers with OK. */
    callsAt(port: number): readonly string[];
}

/** Where connections are made, and what takes them there. */
export interface TriedFront {
    readonly address: string;
    readonly port: number;
    readonly chain: FilterChainEntry;
    /** The names in the certificate that TLS is ended with. */
    readonly certificateNames: readonly string[];
    /** The form in which calls of gRPC are made there. */
    readonly call: CallForm;
    /** Connections have to begin with a PROXY protocol's header. */
    readonly presents: boolean;
}

/** Whether whoever comes to a chain has to say first whose the connection is. */
export function wantsHeader({ listener }: FilterChainEntry, { listeners }: Tables): boolean {
    return listeners.get(listener)?.options?.proxyProtocol === "required";
}

const UNPRESENTED = "its connections begin with a PROXY protocol's header, as of a load balancer in front";

/** What TLS is ended with on a chain. */
export function certificateNames({ tls }: FilterChainEntry, { secrets }: Tables): string[] {
    return tls && tls.mode !== "PASSTHROUGH" ? dnsNames(secrets.get(tls.secrets[0] ?? "")?.certificate) : [];
}

/** The rules of a virtual host, one request for each; of a host that redirects to https one for all. */
export function hostTrials(oracle: Oracle, front: TriedFront, host: VirtualHostEntry): Trial[] {
    if (host.httpsRedirect && front.chain.tls === undefined) return [ruleTrial(oracle, front, host, [])];
    return rulesOf(host.routes).map((rule) => ruleTrial(oracle, front, host, rule));
}

/** A name of a chain that serves no HTTP. */
export function connectionTrial(oracle: Oracle, front: TriedFront, serverName: string): Trial {
    const { address, port, chain, certificateNames } = front;
    const protocol = chain.tls === undefined ? "tcp" : chain.tls.mode === "PASSTHROUGH" ? "https" : "tls";
    const [host = address] = protocol === "tcp" ? [] : namesUnder(serverName, certificateNames);
    const authority = `${host}:${port}`;
    const explanation = oracle.ask({
        scheme: protocol,
        port,
        authority,
        path: "/",
        method: "GET",
        headers: [],
        serverName: sniOf(host),
        clientAddress: LOOPBACK,
    });
    return {
        protocol,
        host,
        port,
        shape: { method: "GET", path: "/", headers: {} },
        expect: { kind: isKeptOut(explanation) ? "closed" : protocol === "https" ? "answer" : "bytes" },
        ...(front.presents ? { presents: true } : {}),
        untried: wantsCertificate(chain) || unreachable(explanation.destinations, oracle) || (front.presents ? UNPRESENTED : ""),
        foretold: failureOf(explanation),
    };
}

/**
 * Names to ask for under a host: itself, or for a wildcard those of the certificate that it covers, then any. For `*` the
 * loopback address, which needs no resolving.
 */
export function namesUnder(host: string, certificateNames: readonly string[]): string[] {
    if (!host.startsWith("*")) return [host];
    const covered = certificateNames.flatMap((name) => moreSpecific(host, name) ?? []);
    return [...new Set([...covered, host].map((name) => (name === "*" ? "127.0.0.1" : name.replace(/^\*/, "any"))))];
}

/** A rule's match blocks, each a route. Where all are answered alike, there are none. */
type Rule = readonly RouteEntry[];

function rulesOf(routes: readonly RouteEntry[]): Rule[] {
    const rules = new Map<string, RouteEntry[]>();
    for (const route of routes) {
        const { origin } = route;
        addTo(rules, `${refKey(origin)}\n${origin.field.replace(/\.match\[\d+\]$/, "")}`, route);
    }
    return [...rules.values()];
}

interface Asked {
    readonly name: string;
    readonly request: ExampleRequest;
    readonly explanation: Explanation;
    /** As in Trial. */
    readonly call?: CallForm;
}

/** The first request that reaches the rule; where none does, the first that is kept out, then the first of all, with what happens to it. */
function ruleTrial(oracle: Oracle, front: TriedFront, host: VirtualHostEntry, rule: Rule): Trial {
    let first: Asked | undefined;
    let keptOut: Asked | undefined;
    for (const asked of attempts(oracle, front, host, rule)) {
        first ??= asked;
        if (isKeptOut(asked.explanation)) keptOut ??= asked;
        const route = routeTaken(asked, rule);
        if (route) return trialOf(front, asked, untriedOf(asked, route, oracle));
    }
    return keptOut ? trialOf(front, keptOut, "") : trialOf(front, first!, whyNot(first!, host, rule));
}

/** By a policy that was asked, which is as somebody wants it. */
function isKeptOut({ access }: Explanation): boolean {
    return access?.decision === "denied" || access?.decision === "unauthenticated";
}

function untriedOf({ explanation: { access, destinations } }: Asked, { fault }: RouteEntry, oracle: Oracle): string {
    if (fault) return "it injects faults";
    return access?.decision === "asked"
        ? `${access.providers.map(({ name }) => name).join(" and ")} decides whether it is let in`
        : unreachable(destinations, oracle);
}

/** Every name with every request: what the backend has to show where the rule lets it, then what the rule itself asks for. */
function* attempts(oracle: Oracle, front: TriedFront, host: VirtualHostEntry, rule: Rule): Generator<Asked> {
    const { port, chain, certificateNames } = front;
    const scheme = chain.tls === undefined ? "http" : "https";
    for (const name of namesUnder(host.domain, certificateNames)) {
        const plain: ExampleRequest = {
            method: "GET",
            scheme,
            authority: `${name}:${port}`,
            pathname: "/",
            query: "",
            headers: new Map(),
        };
        const calls = rule.flatMap((route) => callExamples(oracle, route, plain, front.call));
        const ask = (request: ExampleRequest, call?: CallForm): Asked => {
            const { method, authority } = request;
            const explanation = oracle.ask({
                scheme,
                port,
                authority,
                path: targetOf(request),
                method,
                ...(call === "grpc" ? { http2: true } : {}),
                headers: [...new Map([["user-agent", "gatehouse-check"], ...request.headers])].flat(),
                serverName: scheme === "https" ? sniOf(name) : "",
                clientAddress: LOOPBACK,
            });
            return { name, request, explanation, ...(call === undefined ? {} : { call }) };
        };
        const asCall = (request: ExampleRequest): Asked => ask(request, front.call);
        for (const request of calls)
            for (const asked of untilAdmitted(asCall(request), asCall, oracle.tables)) if (asked.request.method === "POST") yield asked;
        // A backend of calls has nothing to say to any other request.
        if (calls.length > 0) continue;
        const made = rule.length === 0 ? [plain] : rule.flatMap((route) => examples(oracle, route, plain));
        for (const request of made) yield* untilAdmitted(ask(request), (other) => ask(other), oracle.tables);
    }
}

/** It, and where a policy keeps it out what may be asked in its place: as many as a few policies take. */
function* untilAdmitted(asked: Asked, ask: (request: ExampleRequest) => Asked, tables: Tables, depth = 0): Generator<Asked> {
    yield asked;
    if (depth === MOST_CHANGES) return;
    let left = MOST_CHOICES;
    for (const other of admittedInstead(asked.request, asked.explanation, tables)) {
        if (left-- === 0) return;
        yield* untilAdmitted(ask(other), ask, tables, depth + 1);
    }
}

const MOST_CHANGES = 3;
const MOST_CHOICES = 4;

/** A rewrite changes what the backend is asked for. */
function examples(oracle: Oracle, route: RouteEntry, plain: ExampleRequest): ExampleRequest[] {
    const from = (pathname: string): ExampleRequest => exampleFor(route.match, { ...plain, pathname });
    const known = backendPorts(oracle, route)
        .flatMap((port) => oracle.pathsAt(port))
        .map((pathname) => ({ pathname, made: from(pathname) }));
    return [...known.filter(({ pathname, made }) => made.pathname === pathname).map(({ made }) => made), from(plain.pathname)];
}

/** Calls of gRPC that the backend answers, where the rule lets them. */
function callExamples(oracle: Oracle, route: RouteEntry, plain: ExampleRequest, form: CallForm): ExampleRequest[] {
    const start = { ...plain, method: "POST", headers: new Map(Object.entries(CALL_HEADERS[form])) };
    return backendPorts(oracle, route)
        .flatMap((port) => oracle.callsAt(port))
        .map((pathname) => ({ pathname, made: exampleFor(route.match, { ...start, pathname }) }))
        .filter(({ pathname, made }) => made.pathname === pathname && made.method === "POST")
        .map(({ made }) => made);
}

/** Of the first backend, while the path that arrives there is the one that is asked for. */
function backendPorts({ tables }: Oracle, { action }: RouteEntry): number[] {
    const [first] = action.kind === "forward" && action.rewrite === undefined ? action.clusters : [];
    return (tables.endpoints.get(first?.cluster ?? "")?.endpoints ?? []).map(({ port }) => port);
}

function routeTaken({ explanation: { route } }: Asked, rule: Rule): RouteEntry | undefined {
    return rule.find(({ origin }) => origin === route?.origin);
}

/** Why no request reaches the rule; empty: one would, were it not refused, which is for the check to find. */
function whyNot({ name, explanation: { virtualHost, route, action, steps } }: Asked, host: VirtualHostEntry, rule: Rule): string {
    if (virtualHost && (virtualHost.domain !== host.domain || virtualHost.routeTable !== host.routeTable))
        return `${name} is served as ${virtualHost.domain}`;
    if (!virtualHost && action === "reply") return steps.at(-1)?.text ?? "";
    const unmet = steps.find(({ origin, matched }) => matched === false && rule.some((one) => one.origin === origin));
    if (unmet?.origin)
        return `no request could be made up for ${placeOf(unmet.origin)}: ${unmet.text.slice(unmet.text.indexOf("wanted:"))}`;
    const [own] = rule;
    return route && own ? `${placeOf(route.origin)} takes what ${placeOf(own.origin)} is for` : "";
}

function placeOf(origin: Origin): string {
    return `${refText(origin)} ${origin.field}`;
}

function trialOf({ port, chain, presents }: TriedFront, { name, request, explanation, call }: Asked, reason: string): Trial {
    const headers: Record<string, string> = request.authority === `${name}:${port}` ? {} : { host: readableText(request.authority) };
    for (const [field, value] of request.headers) headers[field] = readableText(value);
    const shape: RequestShape = { method: request.method, path: targetOf(request), headers };
    return {
        protocol: chain.tls === undefined ? "http" : "https",
        host: name,
        port,
        shape,
        ...(call === undefined ? {} : { call }),
        expect: expectationOf(explanation),
        ...(presents ? { presents } : {}),
        untried: wantsCertificate(chain) || reason || (presents ? UNPRESENTED : ""),
        foretold: failureOf(explanation),
    };
}

/** What a rule or a policy says itself is wanted; any other answer of the gateway's own is none that anybody wants. */
function expectationOf(explanation: Explanation): Expectation {
    const { action, status, grpcStatus, location } = explanation;
    if (status !== null && isKeptOut(explanation)) return { kind: "status", status, ...(grpcStatus === null ? {} : { grpcStatus }) };
    if (status === null || (action !== "redirect" && action !== "direct")) return { kind: "answer" };
    return { kind: "status", status, ...(location === null ? {} : { location }) };
}

/** What is said of a connection that is not served, of an answer that nobody wants, and of a backend that is not there. */
function failureOf(explanation: Explanation): string {
    const { action, status, steps } = explanation;
    if (isKeptOut(explanation)) return "";
    const isFailure = action === "refuse" || action === "reply" || (action === "forward" && status !== null);
    return isFailure ? ((steps.find(({ step }) => step === "policy") ?? steps.at(-1))?.text ?? "") : "";
}

function wantsCertificate({ tls }: FilterChainEntry): string {
    return tls?.mode === "MUTUAL" ? "it wants a client certificate" : "";
}

/**
 * A Service without a running backend and a host outside are not tried: their silence would say nothing about the
 * gateway. A destination that nothing declares is tried, and found wanting.
 */
function unreachable(destinations: readonly DestinationAnswer[], { tables, findings }: Oracle): string {
    for (const { cluster, host, percent } of destinations) {
        const entry = percent > 0 ? tables.clusters.get(cluster) : undefined;
        if (entry === undefined) continue;
        const { origin } = entry;
        const looked = entry.discovery === "dns" || entry.discovery === "logicalDns";
        if (looked || (origin.kind === "ServiceEntry" && !isHere(cluster, tables))) return `${host} is outside`;
        const isEmpty = findings.some(({ code, object }) => code === NO_ENDPOINTS && object && isSameRef(object, origin));
        if (isEmpty) return `${refText(origin)} has no backend that runs here`;
    }
    return "";
}

/** Whether what a ServiceEntry leads to is on this machine alone, as backends that run here are. */
function isHere(cluster: string, { endpoints }: Tables): boolean {
    const found = endpoints.get(cluster)?.endpoints ?? [];
    return found.length > 0 && found.every(({ address }) => address === LOOPBACK);
}

/** The compiler's word for a Service that nothing is behind. */
const NO_ENDPOINTS = "GH0454";

function sniOf(name: string): string {
    return isIP(name) === 0 ? name : "";
}
