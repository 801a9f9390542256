export { agreedProtocol } from "./agreed-protocol";
export type {
    ClientConnection,
    ClientOwner,
    Codec,
    HttpService,
    KeepAlive,
    RefusedRequest,
    ServeConnection,
    ServerConnection,
} from "./codec";
export { HTTP2_FIGURES as CODEC_FIGURES } from "./http2/counts";
export { Codecs, CODECS, type CodecChoice } from "./registry";
export { serveHttp } from "./serve-http";
