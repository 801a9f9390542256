/**
 * Stands in for the outside: HTTP and HTTPS on one port, told apart by the first byte, with the certificate mounted into it. It tells how
 * it was reached: by which name, over TLS or not, and with which certificate of the caller's.
 */
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { mountedFile, podIdentity, type Sample, type SampleEnvironment } from "./sample";

const DEFAULT_CERTIFICATE = "/etc/tls/tls.crt";
const DEFAULT_KEY = "/etc/tls/tls.key";
/** A TLS record that begins a handshake (RFC 8446 §5.1). */
const HANDSHAKE = 22;

function answer(request: IncomingMessage, response: ServerResponse, pod: string): void {
    const socket = request.socket as Partial<TLSSocket> & { readonly servername?: string };
    const tls = socket.encrypted === true;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
        `${JSON.stringify({
            sample: "external",
            pod,
            host: request.headers.host,
            path: request.url,
            tls,
            ...(tls ? { serverName: socket.servername ?? "", caller: socket.getPeerCertificate?.().subject?.CN ?? "" } : {}),
        })}\n`,
    );
}

export const external: Sample = {
    summary: "HTTP and HTTPS on one port, as the outside (TLS_CERT_FILE, TLS_KEY_FILE; /etc/tls/tls.crt and .key without them)",
    paths: ["/"],
    create(environment: SampleEnvironment) {
        const { pod } = podIdentity(environment);
        const cert = readFileSync(mountedFile(environment, environment["TLS_CERT_FILE"] ?? DEFAULT_CERTIFICATE));
        const key = readFileSync(mountedFile(environment, environment["TLS_KEY_FILE"] ?? DEFAULT_KEY));
        const listener = (request: IncomingMessage, response: ServerResponse): void => answer(request, response, pod);
        const clear = createHttpServer(listener);
        // Whoever shows a certificate is told back by its name; nothing hangs on it.
        const secure = createHttpsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, listener);
        return createServer((socket: Socket) => {
            socket.on("error", () => socket.destroy());
            socket.once("data", (first: Buffer) => {
                socket.pause();
                socket.unshift(first);
                if (first[0] !== HANDSHAKE) {
                    clear.emit("connection", socket);
                    socket.resume();
                    // TLS reads from a paused socket what has come, and from below it what comes.
                } else secure.emit("connection", socket);
            });
        });
    },
};
