export { Acceptor } from "./acceptor";
export type { AcceptorServices, ServeHttp } from "./acceptor-services";
export { Connections, type ConnectionOwner } from "./connections";
export { Deadlines } from "./deadlines";
export { Listener } from "./listener";
