export { Acceptor, type AcceptorCounters, type AcceptorServices, type ServeHttp } from "./acceptor";
export type { ConnectionRecord, ConnectionSink } from "./connection-record";
export { Connections, type ConnectionOwner } from "./connections";
export { Deadlines } from "./deadlines";
export { Listener } from "./listener";
