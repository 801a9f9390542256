export { Acceptor, type AcceptorServices, type ServeHttp } from "./acceptor";
export { Connections, type ConnectionOwner } from "./connections";
export { Deadlines } from "./deadlines";
export { Listener } from "./listener";
