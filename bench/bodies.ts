/** What bodies cost on HTTP/1.1, beside nginx, HAProxy and Envoy: of 1 KiB, 64 KiB and 1 MiB, down and up, plain and over TLS. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { findTool } from "../harness/tools";
import { ALL, measureAndPrint, missingFor, startProxies, stopProxies, type Measured, type Proxy } from "./http2/measure";
import { startServer } from "./programs";
import { temporaryFolder } from "./tools";

const run = promisify(execFile);
const KIB = 1_024;
const WANTED = { Envoy: 1 };
const CONNECTIONS = 8;
/** By size, so that a round takes about a quarter of a second of a proxy's time. */
const SIZES = [
    { name: "1 KiB", bytes: KIB, count: 6_000 },
    { name: "64 KiB", bytes: 64 * KIB, count: 2_400 },
    { name: "1 MiB", bytes: KIB * KIB, count: 240 },
] as const;

interface Order {
    readonly port: number;
    readonly tls: boolean;
    readonly bytes: number;
    readonly count: number;
    /** A file that is sent; absent: as much is asked for. */
    readonly file?: string;
}

async function send({ port, tls, bytes, count, file }: Order): Promise<void> {
    const amount = ["--h1", `-n${count}`, `-c${CONNECTIONS}`, "-t1"];
    const url = `${tls ? "https" : "http"}://127.0.0.1:${port}/${bytes}`;
    const { stdout } = await run(findTool("h2load")!, [...amount, ...(file === undefined ? [] : ["-d", file]), url]);
    const good = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0);
    const whole = Number(/(\d+) succeeded/.exec(stdout)?.[1] ?? 0);
    if (good !== count || whole !== count) throw new Error(`${url}: ${whole} of ${count} requests were answered whole, ${good} with 2xx`);
}

function works(folder: string): readonly Measured[] {
    return [false, true].flatMap((tls) =>
        SIZES.flatMap(({ name, bytes, count }) => {
            const file = path.join(folder, `body-${bytes}`);
            writeFileSync(file, Buffer.alloc(bytes, "x"));
            const work = (way: string, more: object): Measured => ({
                name: `${name} ${way}, ${tls ? "HTTPS/1.1" : "HTTP/1.1"}`,
                tls,
                unit: "request",
                count,
                wanted: WANTED,
                load: (port) => send({ port, tls, bytes, count, ...more }),
            });
            return [work("down", {}), work("up", { file })];
        }),
    );
}

export async function benchBodies(): Promise<void> {
    const missing = missingFor(["h2load", "openssl"]);
    if (missing !== undefined)
        return console.log(`Bodies: skipped, as there is no ${missing} on the PATH (Debian package: nghttp2-client).`);
    const folder = temporaryFolder();
    const backend = await startServer(path.join(__dirname, "bodies", "backend.ts"));
    let proxies: Proxy[] = [];
    try {
        proxies = await startProxies(ALL, folder, backend.port, undefined);
        console.log(`Bodies, ${CONNECTIONS} connections: CPU of the proxy`);
        await measureAndPrint(works(folder), proxies);
    } finally {
        await stopProxies(proxies);
        await backend.stop();
    }
}
