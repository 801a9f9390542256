/** What a new connection over TLS costs, beside nginx, HAProxy and Envoy: its handshake, full and by a ticket. */
import { freePorts } from "../harness/ports";
import { startHandshakeClient, type HandshakeClient } from "./handshakes/programs";
import { ALL, measureAndPrint, missingFor, startProxies, stopProxies, type Measured, type Proxy } from "./http2/measure";
import { startBackend } from "./peers/nginx";
import { temporaryFolder } from "./tools";

const WANTED = { Envoy: 1.1 };
const COUNT = 800;
const AT_ONCE = 8;

function works(client: HandshakeClient): readonly Measured[] {
    return (["TLSv1.3", "TLSv1.2"] as const).flatMap((version) =>
        [false, true].map((resumed) => ({
            name: `${resumed ? "resumed" : "full"} handshakes, ${version}, ECDSA P-256`,
            tls: true,
            unit: "handshake",
            count: COUNT,
            wanted: WANTED,
            load: (port: number) => client.carryOut({ port, version, resumed, handshakes: COUNT, atOnce: AT_ONCE }),
        })),
    );
}

export async function benchHandshakes(): Promise<void> {
    const missing = missingFor(["nginx", "openssl"]);
    if (missing !== undefined) return console.log(`Handshakes: skipped, as there is no ${missing} on the PATH.`);
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort);
    const client = startHandshakeClient();
    let proxies: Proxy[] = [];
    try {
        proxies = await startProxies(ALL, folder, backendPort, undefined);
        console.log("TLS handshakes: CPU of the proxy");
        await measureAndPrint(works(client), proxies);
    } finally {
        await client.stop();
        await stopProxies(proxies);
        await backend.stop();
    }
}
