/** What a request costs on HTTP/2, and what open streams hold, beside Envoy, HAProxy and nginx in front of an HTTP/1.1 backend. */
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { sendH2Load } from "./http2/h2load";
import { ALL, measureAndPrint, missingFor, startProxies, stopProxies, type Measured } from "./http2/measure";
import { benchMemory } from "./http2/memory";
import { startBackend } from "./peers/nginx";
import { temporaryFolder } from "./tools";

const REQUESTS = 25_000;

function works(h2load: string): readonly Measured[] {
    const work = (tls: boolean, connections: number, streams: number, wanted: Measured["wanted"]): Measured => ({
        name: `${tls ? "HTTPS/2" : "h2c"}, ${connections} x ${streams} streams`,
        tls,
        unit: "request",
        count: REQUESTS,
        wanted,
        load: (port) => sendH2Load(h2load, port, tls, { requests: REQUESTS, connections, streams }),
    });
    return [
        work(true, 8, 16, { Envoy: 0.5, HAProxy: 1.1 }),
        work(true, 1, 100, { Envoy: 0.6 }),
        work(true, 100, 1, { Envoy: 0.7 }),
        work(false, 8, 16, { Envoy: 0.5 }),
    ];
}

export async function benchHttp2(): Promise<void> {
    const missing = missingFor(["h2load", "nginx", "openssl"]);
    if (missing !== undefined) {
        console.log(`HTTP/2: skipped, as there is no ${missing} on the PATH (Debian packages: nghttp2-client, nginx-light, openssl).`);
        return;
    }
    console.log("HTTP/2, small bodies from an HTTP/1.1 backend");
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort);
    const proxies = await startProxies(ALL, folder, backendPort, "to http1");
    try {
        await measureAndPrint(works(findTool("h2load")!), proxies);
    } finally {
        await stopProxies(proxies);
        await backend.stop();
    }
    await benchMemory(folder);
}
