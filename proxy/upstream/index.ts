export { Cluster } from "./cluster";
export { MAX_MIRRORS } from "./cluster-bounds";
export type {
    ConnectionFailure,
    ConnectionWaiter,
    ConnectionWish,
    EndpointOutcomes,
    UpstreamConnection,
    UpstreamHost,
    WaitingRequest,
} from "./connection";
export { NO_EVENTS, type EjectionCause, type EndpointHealth, type UpstreamEvents } from "./events";
export type { Resolve, NameResolution } from "./dns";
export { LOOP } from "./dial";
export { Endpoint } from "./endpoint";
export { createUpstreamServices, type UpstreamServices } from "./services";
export { secretsOfUpstream } from "./upstream-tls";
export { TunnelSocket } from "./tunnel-socket";
export { connectTcp, type TcpConnectOptions, type TcpConnectOutcome } from "./tcp";
export { mayBeUnread } from "./unread";
export { WholeCall, type CallOutcome } from "./whole-call";
