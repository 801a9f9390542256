/** The record of an exchange at its end. */
import type { RequestRecord } from "../telemetry";
import type { ExchangeState } from "./exchange-state";

export function recordOf(state: ExchangeState): RequestRecord {
    const { destination, forwarding } = state;
    const route = state.route ?? state.toldRoute;
    return {
        start: state.start,
        duration: Math.max(0, Date.now() - state.start),
        protocol: state.head.protocol,
        method: state.method,
        authority: state.authority,
        host: forwarding === undefined ? "" : forwarding.host,
        path: state.path,
        target: state.target,
        status: state.status,
        flags: state.flags,
        details: state.details,
        bytesReceived: state.bytesReceived,
        bytesSent: state.bytesSent,
        requestHeaders: state.headers,
        responseHeaders: state.responseHeaders,
        responseTrailers: state.responseTrailers,
        requestId: state.requestId,
        trace: state.trace,
        routeName: route === undefined ? "" : route.name,
        virtualHost: state.virtualHost === undefined ? "" : state.virtualHost.domain,
        routeOrigin: route?.origin,
        routePath: route === undefined ? "" : route.pathText,
        remoteAddress: state.remoteAddress,
        remotePort: state.remotePort,
        policyMarks: state.policyMarks,
        cluster: destination === undefined ? "" : destination.cluster,
        upstreamHost: forwarding?.endpoint === undefined ? "" : forwarding.endpoint.text,
        upstreamWorkload: forwarding?.endpoint === undefined ? "" : forwarding.endpoint.workload,
        upstreamLocalAddress: forwarding === undefined ? "" : forwarding.localAddress,
        upstreamFailure: forwarding === undefined ? "" : forwarding.failure,
        upstreamTime: forwarding === undefined ? -1 : forwarding.upstreamTime,
        upstreamProtocol: forwarding === undefined ? "" : forwarding.protocol,
        requestTime: state.requestTime === 0 ? -1 : state.requestTime - state.start,
        attempts: forwarding === undefined ? 0 : forwarding.attempts,
        connection: state.connection,
    };
}
