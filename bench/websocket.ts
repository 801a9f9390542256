/** What messages of WebSockets cost, beside nginx, HAProxy and Envoy: small ones to and fro over connections that stay open. */
import { ALL, measureAndPrint, missingFor, startProxies, stopProxies, type Measured, type Proxy } from "./http2/measure";
import { startStreamBackend, startStreamClient, type StreamClient } from "./streams/programs";
import { temporaryFolder } from "./tools";

const WANTED = { Envoy: 0.8 };
const SOCKETS = 32;
/** So many that opening the sockets, a handshake each, weighs next to nothing. */
const MESSAGES = 2_000;

function works(client: StreamClient): readonly Measured[] {
    const messages = { connections: SOCKETS, atOnce: SOCKETS, exchange: "echo", exchanges: MESSAGES, bytes: 64 } as const;
    return [false, true].map((tls) => ({
        name: `messages of 64 bytes there and back in ${SOCKETS} WebSockets, ${tls ? "TLS" : "plain"}`,
        tls,
        unit: "round trip",
        count: SOCKETS * MESSAGES,
        wanted: WANTED,
        load: (port: number) => client.carryOut({ ...messages, port, tls, websocket: true }),
    }));
}

export async function benchWebSocket(): Promise<void> {
    const missing = missingFor(["openssl"]);
    if (missing !== undefined) return console.log(`WebSocket: skipped, as there is no ${missing} on the PATH.`);
    const folder = temporaryFolder();
    const backend = await startStreamBackend();
    const client = startStreamClient();
    let proxies: Proxy[] = [];
    try {
        proxies = await startProxies(ALL, folder, backend.port, undefined, { websocket: true });
        console.log("WebSocket: CPU of the proxy");
        await measureAndPrint(works(client), proxies);
    } finally {
        await client.stop();
        await stopProxies(proxies);
        await backend.stop();
    }
}
