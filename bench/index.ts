/** `npm run bench [-- http1 | hosts | http2 | log | metrics | grpc | access | outlier | hash | forward | egress | entries | tcp | handshakes | websocket | bodies | idle | latency | startup | render | kubernetes | scale]`: the figures that this project holds itself to. They are printed, and written to bench/results/. */
import { benchAccess } from "./access/access";
import { benchBodies } from "./bodies";
import { benchEgress } from "./egress";
import { benchEntries } from "./entries";
import { benchForward } from "./forward";
import { benchGrpc } from "./grpc";
import { benchHandshakes } from "./handshakes";
import { benchHash } from "./hash";
import { benchHosts } from "./hosts";
import { benchHttp1 } from "./http1";
import { benchHttp2 } from "./http2";
import { benchIdle } from "./idle";
import { benchKubernetes } from "./kubernetes";
import { benchLatency } from "./latency";
import { benchLog } from "./log";
import { benchMetrics } from "./metrics";
import { benchOutlier } from "./outlier";
import { benchRender } from "./render";
import { reporting } from "./report";
import { benchScale } from "./scale";
import { benchStartup } from "./startup";
import { benchTcp } from "./tcp";
import { benchWebSocket } from "./websocket";

const BENCHES = {
    http1: benchHttp1,
    hosts: benchHosts,
    http2: benchHttp2,
    log: benchLog,
    metrics: benchMetrics,
    grpc: benchGrpc,
    access: benchAccess,
    outlier: benchOutlier,
    hash: benchHash,
    forward: benchForward,
    egress: benchEgress,
    entries: benchEntries,
    tcp: benchTcp,
    handshakes: benchHandshakes,
    websocket: benchWebSocket,
    bodies: benchBodies,
    idle: benchIdle,
    latency: benchLatency,
    startup: benchStartup,
    render: benchRender,
    kubernetes: benchKubernetes,
    scale: benchScale,
};

async function main(wanted: readonly string[]): Promise<void> {
    const unknown = wanted.filter((name) => !Object.hasOwn(BENCHES, name));
    if (unknown.length > 0) {
        console.error(`There is no benchmark ${unknown.join(", ")}; there are: ${Object.keys(BENCHES).join(", ")}.`);
        process.exitCode = 2;
        return;
    }
    for (const [name, bench] of Object.entries(BENCHES)) {
        if (wanted.length === 0 || wanted.includes(name)) await reporting(name, bench);
    }
}

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
