/** CPU per request with an access log in Istio's own format in a file, against the same proxy without one. Rounds are interleaved. */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { freePorts } from "../harness/ports";
import { cpuMicroseconds } from "./cpu";
import { missingFor } from "./http2/measure";
import type { Load } from "./load";
import { startGatehouse } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { report } from "./report";
import { measureRounds } from "./rounds";
import { median, temporaryFolder } from "./tools";

const LOAD: Load = { connections: 32, seconds: 3 };
const ROUNDS = 5;

export async function benchLog(): Promise<void> {
    const missing = missingFor(["wrk", "nginx"]);
    if (missing !== undefined) {
        console.log(`Access log: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0, without = 0, withLog = 0] = await freePorts(3);
    const backend = await startBackend(folder, backendPort);
    const mesh = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: JSON.stringify({ accessLogFile: path.join(folder, "access.log") }) },
    };
    const start = async (httpPort: number, objects: readonly object[]): Promise<Awaited<ReturnType<typeof startGatehouse>>> => {
        const own = path.join(folder, String(httpPort));
        mkdirSync(own);
        return startGatehouse({ folder: own, backendPort, httpPort, httpsPort: 0 }, ["*"], objects);
    };
    const rows = [
        { name: "without", port: without, running: await start(without, []), costs: [] as number[] },
        { name: "with", port: withLog, running: await start(withLog, [mesh]), costs: [] as number[] },
    ];
    try {
        await measureRounds(rows, ROUNDS, LOAD, ({ running }) => cpuMicroseconds(running.pid));
        console.log(`Access log, CPU per request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s`);
        const [plain = Number.NaN, logged = Number.NaN] = rows.map(({ costs }) => median(costs));
        for (const { name, costs } of rows)
            console.log(`    ${name.padEnd(8)} ${median(costs).toFixed(1)}   rounds ${costs.map((one) => one.toFixed(1)).join(" ")}`);
        report({
            work: "HTTP/1.1 with an access log in Istio's own format",
            unit: "µs a request",
            gatehouse: rows[1]?.costs ?? [],
            peers: { "without the log": rows[0]?.costs ?? [] },
            targets: [{ times: 1.12, of: ["without the log"] }],
        });
        const lines = readFileSync(path.join(folder, "access.log"), "latin1").split("\n").length - 1;
        console.log(`    with the log ${(logged / plain).toFixed(2)} x; ${lines} lines were written`);
        if (lines === 0) throw new Error("nothing was logged: this measured something else");
    } finally {
        for (const { running } of rows) await running.stop();
        await backend.stop();
    }
}
