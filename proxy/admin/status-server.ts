/**
 * `/healthz/ready` and `/livez`, answered from a thread of their own: the primary may be busy for seconds with a
 * configuration of tens of thousands of objects, and a kubelet must not take that for death.
 */
import type httpModule from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import type * as threadModule from "node:worker_threads";
import { boundConnections, MOST_CONNECTIONS } from "./bounded-connections";
import { respond, type AdminRoute } from "./route";
import { listenFault, parseHostPort, type SideServer } from "./server";
import type { SharedStatus } from "./shared-status";
import { STATUS_ROUTES, type StatusView } from "./status-routes";

/** Without a turn of the primary's event loop for so long it is stuck, not busy. */
const STUCK_MS = 60_000;

interface ThreadData {
    readonly host: string;
    readonly port: number;
    readonly memory: Int32Array;
    readonly stuckMs: number;
    readonly most: number;
}

type ThreadMessage = { readonly address: AddressInfo } | { readonly code: string };

/** `stuckMs` is for tests. Rejects when the address can't be opened. */
export async function startStatusServer(listenOn: string, status: SharedStatus, stuckMs = STUCK_MS): Promise<SideServer> {
    const workerData: ThreadData = { ...parseHostPort(listenOn), memory: status.memory, stuckMs, most: MOST_CONNECTIONS };
    // As text: the command is one file, and loading all of it again for forty lines would take longer than the rest of the start.
    const routes = STATUS_ROUTES.map((route) => `{ ...${JSON.stringify(route)}, answer: ${route.answer.toString()} }`).join();
    const program = `(${serveStatus.toString()})(require("node:worker_threads"), require("node:http"), ${boundConnections.toString()}, ${respond.toString()}, [${routes}])`;
    const thread = new Worker(program, {
        eval: true,
        execArgv: [],
        workerData,
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    const message = await new Promise<ThreadMessage>((resolve, reject) => thread.once("message", resolve).once("error", reject));
    if ("code" in message) {
        await thread.terminate();
        throw listenFault("status", listenOn, message.code);
    }
    thread.unref();
    const { family, address, port } = message.address;
    return {
        address: `${family === "IPv6" ? `[${address}]` : address}:${port}`,
        close: () => void thread.terminate(),
    };
}

/** The thread's program. Stands alone: nothing of this module is there when its text runs. */
function serveStatus(
    { parentPort, workerData }: typeof threadModule,
    http: typeof httpModule,
    bound: typeof boundConnections,
    answer: typeof respond,
    routes: readonly AdminRoute<StatusView>[],
): void {
    const { host, port, memory, stuckMs, most } = workerData as ThreadData;
    let beat = -1;
    let beatAt = 0;
    const isLive = (): boolean => {
        const now = Atomics.load(memory, 1);
        if (now !== beat) {
            beat = now;
            beatAt = performance.now();
        }
        return performance.now() - beatAt < stuckMs;
    };
    setInterval(isLive, Math.min(1_000, stuckMs / 4));
    const view: StatusView = { standing: () => Atomics.load(memory, 0), isLive, silent: () => Atomics.load(memory, 2) };
    const server = http.createServer(
        { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 },
        (request, response) => void answer(request, response, routes, view),
    );
    bound(server, most);
    server.once("error", (error: NodeJS.ErrnoException) => parentPort?.postMessage({ code: error.code ?? error.message }));
    server.listen(port, host, () => {
        server.on("error", () => undefined);
        parentPort?.postMessage({ address: server.address() });
    });
}
