export { Acceptor } from "./acceptor";
export type { AcceptorServices, ServeHttp } from "./acceptor-services";
export { originalDestinationFault, setAskOriginal, type AskOriginal } from "./original-destination";
export { BLACK_HOLE } from "./serving";
export { Connections, type ConnectionOwner } from "./connections";
export { Deadlines } from "./deadlines";
export { Listener } from "./listener";
