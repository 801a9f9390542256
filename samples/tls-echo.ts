/**
 * A backend that ends TLS itself, with the certificate mounted into it, and answers HTTP with the name it was asked
 * for. Behind an SNI passthrough a client sees this certificate, not the gateway's.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { type SampleEnvironment, mountedFile, podIdentity, type Sample } from "./sample";

const DEFAULT_CERTIFICATE = "/etc/tls/tls.crt";
const DEFAULT_KEY = "/etc/tls/tls.key";

export const tlsEcho: Sample = {
    summary: "HTTPS with its own certificate (TLS_CERT_FILE, TLS_KEY_FILE; /etc/tls/tls.crt and .key without them)",
    create(environment: SampleEnvironment) {
        const { pod } = podIdentity(environment);
        const cert = readFileSync(mountedFile(environment, environment["TLS_CERT_FILE"] ?? DEFAULT_CERTIFICATE));
        const key = readFileSync(mountedFile(environment, environment["TLS_KEY_FILE"] ?? DEFAULT_KEY));
        return createServer({ cert, key }, (request, response) => {
            const { servername } = request.socket as TLSSocket & { servername?: string };
            response.writeHead(200, { "content-type": "application/json" });
            response.end(
                `${JSON.stringify({ sample: "tls-echo", pod, serverName: servername ?? "", method: request.method, path: request.url })}\n`,
            );
        });
    },
};
