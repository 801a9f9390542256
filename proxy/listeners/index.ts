export { Acceptor } from "./acceptor";
export { ConnectionLimiter } from "./connection-limiter";
export { SharedCounts, type CountChanges } from "./shared-counts";
export type { AcceptorServices, ServeHttp } from "./acceptor-services";
export { originalDestinationFault, setAskOriginal, type AskOriginal } from "./original-destination";
export { BLACK_HOLE } from "./serving";
export { Connections, type ConnectionOwner } from "./connections";
export { Deadlines } from "./deadlines";
export { Listener } from "./listener";
