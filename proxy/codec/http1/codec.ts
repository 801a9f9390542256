/** HTTP/1.1 as the registry has it. */
import { PROTOCOLS } from "../../http/protocols";
import type { Codec, HttpService, ServeConnection } from "../codec";
import { Http1ClientConnection } from "./client-connection";
import { Http1ServerConnection } from "./server-connection";
import { HTTP1_SERVER_DEFAULTS, type Http1ServerOptions } from "./server-options";

const { codecError } = PROTOCOLS.http1;

export const http1: Codec = {
    protocol: PROTOCOLS.http1,
    server: serving,
    connect: (socket, owner) => new Http1ClientConnection(socket, owner),
};

function serving({ handler, onRefused }: HttpService): ServeConnection {
    const options: Http1ServerOptions = {
        ...HTTP1_SERVER_DEFAULTS,
        ...(onRefused && {
            onRefused: ({ status, detail }, connection, recorded) => onRefused({ status, detail, codecError }, connection, recorded),
        }),
    };
    return (socket, info) => new Http1ServerConnection(socket, info, handler, options, ignore);
}

function ignore(): void {}
