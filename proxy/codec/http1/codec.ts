/** HTTP/1.1 as the registry has it. */
import { PROTOCOLS } from "../../http/protocols";
import type { Codec, HttpService, ServeConnection } from "../codec";
import { optionsByTolerance } from "../tolerance";
import { Http1ClientConnection } from "./client-connection";
import { refusalBody } from "./serializer";
import { Http1ServerConnection } from "./server-connection";
import { HTTP1_SERVER_DEFAULTS, type Http1ServerOptions } from "./server-options";

const { codecError } = PROTOCOLS.http1;

export const http1: Codec = {
    protocol: PROTOCOLS.http1,
    server: serving,
    connect: (socket, owner) => new Http1ClientConnection(socket, owner),
};

function serving({ handler, onRefused, onLimit }: HttpService): ServeConnection {
    const optionsBy = optionsByTolerance<Http1ServerOptions>({
        ...HTTP1_SERVER_DEFAULTS,
        ...(onLimit && { onLimit }),
        ...(onRefused && {
            onRefused: ({ status, detail }, connection, recorded) =>
                onRefused({ status, detail, codecError, bodyBytes: refusalBody(status).length }, connection, recorded),
        }),
    });
    return (socket, info) => new Http1ServerConnection(socket, info, handler, optionsBy(info.tolerance), ignore);
}

function ignore(): void {}
