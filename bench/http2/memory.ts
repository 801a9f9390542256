/** What connections with open streams hold: resident memory of a proxy before and after, to a backend that never answers. */
import { readFileSync } from "node:fs";
import { family } from "../cpu";
import { envoy } from "../peers/envoy";
import { gatehouse } from "../peers/gatehouse";
import { haproxy } from "../peers/haproxy";
import { STREAMS } from "../peers/peer";
import { startProxies, stopProxies, type Proxy } from "./measure";
import { startClient, startHttp2Backend, type Backend } from "./programs";

const CONNECTIONS = 1_000;
const MOST_MS = 120_000;

/** Each proxy with a backend and a client of its own, one after the other. nginx has a connection for each request. */
export async function benchMemory(folder: string): Promise<void> {
    console.log(`  memory of ${CONNECTIONS} connections with ${STREAMS} open streams each`);
    for (const peer of [haproxy, envoy, gatehouse]) {
        const backend = await startHttp2Backend("silent");
        const client = startClient();
        const proxies = await startProxies([peer], folder, backend.port, "to http2");
        try {
            for (const proxy of proxies) {
                const before = residentMebibytes(proxy);
                const order = { what: "hold", port: proxy.setting.httpsPort, tls: true, connections: CONNECTIONS } as const;
                await client.carryOut({ ...order, streams: STREAMS, messages: 0, bytes: 0 });
                const arrived = await allOpen(backend);
                const after = residentMebibytes(proxy);
                const each = ((after - before) * 1_024) / arrived;
                console.log(
                    `    ${peer.name.padEnd(10)} ${before.toFixed(0)} MiB -> ${after.toFixed(0)} MiB   ${each.toFixed(1)} KiB a stream   (${arrived} open)`,
                );
            }
        } catch (error) {
            console.log(`    ${peer.name} fails: ${error instanceof Error ? error.message : String(error)}`);
            process.exitCode = 1;
        } finally {
            await client.stop();
            await stopProxies(proxies);
            await backend.stop();
        }
    }
}

/** How many of the streams have reached the backend: all, or as many as came until nothing more did. */
async function allOpen(backend: Backend): Promise<number> {
    const deadline = Date.now() + MOST_MS;
    let arrived = -1;
    for (;;) {
        const now = await backend.requests();
        if (now >= CONNECTIONS * STREAMS || now === arrived || Date.now() > deadline) return now;
        arrived = now;
        await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
}

function residentMebibytes({ running }: Proxy): number {
    const of = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    return family(running.pid).reduce((sum, pid) => sum + of(pid), 0) / 1_024;
}
