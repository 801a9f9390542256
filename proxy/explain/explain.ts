/**
 * What the proxy would do with one request, and why. Nothing is decided here: the compiled tables are bound as a worker
 * binds them, and the request runs through the exchange that serves requests.
 */
import { refText } from "../../istio/types";
import { accessNamed, bindSnapshot, type Snapshot } from "../snapshot";
import {
    hostOf,
    type FilterChainEntry,
    type ListenerEntry,
    type Tables,
    type TablesDelta,
    type TcpRouteEntry,
    type VirtualHostEntry,
} from "../tables";
import { createUpstreamServices } from "../upstream";
import { connectionAccess } from "./access/connection-access";
import { accessSteps } from "./access/steps";
import { headerSteps } from "./client";
import { connectionOf, unseenSteps } from "./connection";
import { destinationSteps, destinationsOf, likeliest } from "./destinations";
import type { ExplainOptions } from "./explain-options";
import { explainRequest } from "./explained-request";
import type { Explanation } from "./explanation";
import { frontOf, listenerAnswer } from "./front";
import { policyStep } from "./policy-step";
import { protocolOf } from "./protocol";
import type { Question } from "./question";

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
        protocol: null,
        virtualHost: null,
        route: null,
        action: "refuse",
        destination: null,
        destinations: [],
        status: null,
        grpcStatus: null,
        location: null,
        access: null,
        steps: front.steps,
    };
    const { chain, listener } = front;
    if (!front.isOpen || !chain || !listener) return base;
    if (listener.refusal)
        return {
            ...base,
            steps: [
                ...base.steps,
                {
                    step: "policy",
                    text: `${refText(listener.refusal.origin)} has options that can't be read: every connection is closed`,
                    origin: listener.refusal.origin,
                },
            ],
        };
    if (chain.refusal) return { ...base, steps: [...base.steps, policyStep(chain.refusal, "the connection is closed")] };
    if (chain.target.kind === "tcp") return passedOn(question, snapshot, { chain, listener }, chain.target.route, tables, base);
    if (question.scheme === "tcp" || question.scheme === "tls")
        return {
            ...base,
            action: "reply",
            steps: [...base.steps, { step: "request", text: "the server speaks HTTP: ask for an http or https URL" }],
        };
    const spoken = protocolOf(question, listener);
    const met = { ...base, steps: [...base.steps, ...spoken.steps] };
    return explainRequest(question, snapshot, { chain, listener }, tables, options, { ...met, protocol: spoken.protocol });
}

/** A connection that is passed on as it is, or closed. */
function passedOn(
    question: Question,
    { access: bound }: Snapshot,
    { chain, listener }: { readonly chain: FilterChainEntry; readonly listener: ListenerEntry },
    { clusters, origin }: TcpRouteEntry,
    tables: Tables,
    base: Explanation,
): Explanation {
    const asked = accessNamed(chain.access, bound);
    if (asked?.refusal) return { ...base, steps: [...base.steps, policyStep(asked.refusal, "the connection is closed")] };
    const connection = connectionOf(question, chain, listener);
    const access = asked ? connectionAccess(asked, connection, tables) : null;
    const steps = [...base.steps, ...headerSteps(listener), ...unseenSteps(question, connection), ...(access ? accessSteps(access) : [])];
    if (access?.decision === "denied") return { ...base, access, steps: [...steps, { step: "action", text: "the connection is closed" }] };
    if (clusters.length === 0)
        return {
            ...base,
            access,
            steps: [...steps, { step: "action", text: `the connection is closed: ${whyClosed(listener)}`, origin }],
        };
    const destinations = destinationsOf(clusters, tables, null);
    return {
        ...base,
        access,
        action: chain.tls?.mode === "PASSTHROUGH" ? "passthrough" : "tcp",
        route: { name: "", origin },
        destinations,
        destination: likeliest(destinations),
        steps: [...steps, { step: "action", text: "bytes are passed both ways", origin }, ...destinationSteps(destinations, tables)],
    };
}

function whyClosed({ capture, port }: ListenerEntry): string {
    return capture === "virtual" && port === 0
        ? "nothing defines whom it is for, and outboundTrafficPolicy is REGISTRY_ONLY"
        : "its rule can't be served";
}

/** All that chooses. Clusters are not asked for anything. */
function bound(tables: Tables, virtualHosts: readonly VirtualHostEntry[]): Snapshot {
    const set: TablesDelta["set"] = {
        listeners: [...tables.listeners.values()],
        chains: [...tables.chains.values()],
        secrets: [...tables.secrets.values()],
        routeTables: [...tables.routeTables.values()],
        virtualHosts,
        access: [...tables.access.values()],
        authorizations: [...tables.authorizations.values()],
        authentications: [...tables.authentications.values()],
        keySets: [...tables.keySets.values()],
        providers: [...tables.providers.values()],
        errorPages: [...tables.errorPages.values()],
        edges: [...tables.edges.values()],
        redirectMaps: [...tables.redirectMaps.values()],
        limits: [...tables.limits.values()],
    };
    return bindSnapshot(undefined, { version: 1, full: true, remove: {}, set }, createUpstreamServices());
}

/** Those that the request's host can come to: patterns are compiled for no other. */
function relevantHosts({ authority, target }: Question, tables: Tables): VirtualHostEntry[] {
    const host = hostOf(target === undefined ? authority : target.replace(/^http:\/\//, "").replace(/[/?].*$/, ""));
    const fits = ({ domain }: VirtualHostEntry): boolean => {
        // Those of a proxy's table have their port behind them.
        const name = domain.replace(/:\d+$/, "");
        return name === "*" || name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
    };
    return [...tables.virtualHosts.values()].filter(fits);
}
