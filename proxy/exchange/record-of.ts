/** The record of an exchange at its end. */
import type { OpenExchange } from "./open-exchange";
import type { ExchangeRecord } from "./record";

export function recordOf(exchange: OpenExchange): ExchangeRecord {
    const { forwarding, route } = exchange;
    return {
        start: exchange.start,
        duration: Math.max(0, Date.now() - exchange.start),
        protocol: exchange.head.protocol,
        method: exchange.method,
        authority: exchange.authority,
        path: exchange.path,
        status: exchange.status,
        flags: exchange.flags,
        details: exchange.details,
        bytesReceived: exchange.bytesReceived,
        bytesSent: exchange.bytesSent,
        requestHeaders: exchange.headers,
        responseHeaders: exchange.responseHeaders,
        requestId: exchange.requestId,
        routeName: route === undefined ? "" : route.name,
        virtualHost: exchange.virtualHost === undefined ? "" : exchange.virtualHost.domain,
        routeOrigin: route?.origin,
        cluster: forwarding === undefined ? "" : forwarding.destination.cluster,
        upstreamHost: forwarding?.endpoint === undefined ? "" : forwarding.endpoint.text,
        upstreamLocalAddress: forwarding === undefined ? "" : forwarding.localAddress,
        upstreamFailure: forwarding === undefined ? "" : forwarding.failure,
        upstreamTime: forwarding === undefined ? -1 : forwarding.upstreamTime,
        attempts: forwarding === undefined ? 0 : forwarding.attempts,
        connection: exchange.connection,
    };
}
