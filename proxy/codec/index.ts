export { agreedProtocol } from "./agreed-protocol";
export type { ClientConnection, ClientOwner, Codec, HttpService, RefusedRequest, ServeConnection, ServerConnection } from "./codec";
export { Codecs, CODECS, type CodecChoice } from "./registry";
export { serveHttp } from "./serve-http";
