export { Http1ClientConnection } from "./client-connection";
export type { CodecFault } from "./fault";
export { Http1ServerConnection } from "./server-connection";
export { HTTP1_SERVER_DEFAULTS, type Http1ServerOptions } from "./server-options";
