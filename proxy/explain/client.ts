/** Whom a request is taken to be of, and why: told where somebody in front has said something of it, or is to. */
import { headerAt } from "../http/header-list";
import type { HeaderList } from "../http/doors";
import type { ListenerEntry } from "../tables";
import type { ExplainedExchange } from "./explained-exchange";
import type { Step } from "./explanation";

export function clientSteps({ connection, remoteAddress, arrived }: ExplainedExchange, listener: ListenerEntry): Step[] {
    return [...headerSteps(listener), ...forwardedSteps(connection, remoteAddress, arrived.headers)];
}

/** A question has no bytes before the request: its client is whom they would name. */
export function headerSteps({ options }: ListenerEntry): Step[] {
    const { proxyProtocol: mode = "off", proxyProtocolSources: sources } = options ?? {};
    if (mode === "off") return [];
    const whose = sources === undefined ? "" : ` of ${sources.join(", ")}`;
    const text =
        mode === "required"
            ? `connections begin with a PROXY protocol's header${whose}, or are closed: taken is that it names this client`
            : `connections may begin with a PROXY protocol's header${whose}: taken is that this client's has none, or that it names it`;
    return [{ step: "client", text }];
}

function forwardedSteps(
    { edge, trustedProxies = 0, remoteAddress: peer, outbound }: ExplainedExchange["connection"],
    client: string,
    headers: HeaderList,
): Step[] {
    if (outbound === true || headerAt(headers, "x-forwarded-for") === -1) return [];
    return [{ step: "client", text: forwardedText(edge?.isTrusted, trustedProxies, peer, client) }];
}

function forwardedText(isTrusted: ((address: string) => boolean) | undefined, hops: number, peer: string, client: string): string {
    if (isTrusted !== undefined) {
        if (!isTrusted(peer)) return `the client is ${peer}: it is none of the trusted proxies, and its X-Forwarded-For is not believed`;
        if (client === peer) return `the client is ${peer}, a trusted proxy: an entry of X-Forwarded-For before it is no address`;
        const which = isTrusted(client)
            ? "the first entry of X-Forwarded-For, all of which are"
            : "the last entry of X-Forwarded-For that is none";
        return `the client is ${client}: ${peer} is a trusted proxy, and that is ${which}`;
    }
    if (hops === 0) return `the client is ${peer}: no proxy in front is trusted, and X-Forwarded-For is not believed`;
    const behind = hops === 1 ? "one trusted proxy" : `${hops} trusted proxies`;
    if (client === peer) return `the client is ${peer}: X-Forwarded-For has fewer entries than ${behind} would add, or what is no address`;
    return `the client is ${client}: behind ${behind} it is entry ${hops} of X-Forwarded-For from its end`;
}
