/**
 * What it costs to ask who may pass, beside Envoy: CPU per request with the rules, less that without them, in the same
 * rounds. Ratios are of what is added, within one run.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import path from "node:path";
import { findEnvoy } from "../../harness/envoy";
import { freePorts } from "../../harness/ports";
import { findTool } from "../../harness/tools";
import { tokenScript } from "./tokens";
import { works, type Work } from "./works";
import { cpuMicroseconds } from "../cpu";
import type { Load } from "../load";
import { startEnvoy } from "../peers/envoy";
import { serviceOf, startGatehouse } from "../peers/gatehouse";
import { startBackend } from "../peers/nginx";
import { measureRounds } from "../rounds";
import { median, temporaryFolder, type Running } from "../tools";

const LOAD: Load = { connections: 32, seconds: 2 };
const ROUNDS = 5;
const WANTED = 0.8;

type Side = "Envoy" | "Gatehouse";
const SIDES: readonly Side[] = ["Envoy", "Gatehouse"];

/** A proxy, and what it costs a request. */
interface Row {
    readonly side: Side;
    readonly hasRules: boolean;
    readonly running: Running;
    readonly port: number;
    readonly costs: number[];
}

export async function benchAccess(): Promise<void> {
    const missing = ["wrk", "nginx"].filter((tool) => findTool(tool) === undefined);
    if (findEnvoy() === undefined) missing.push("Envoy");
    if (missing.length > 0) {
        console.log(`Access: skipped, as there is no ${missing.join(" and no ")} (CONTRIBUTING.md says where they are looked for).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0, checkPort = 0] = await freePorts(2);
    const servers = [await startBackend(path.join(folder, "one"), backendPort), await startBackend(path.join(folder, "other"), checkPort)];
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    console.log(
        `CPU that rules add to a request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s with ${LOAD.connections} connections; wanted: ${WANTED} x Envoy's`,
    );
    try {
        for (const work of works(publicKey)) await benchWork(work, { folder, backendPort, checkPort, key: privateKey });
    } finally {
        for (const server of servers) await server.stop();
    }
}

interface Setting {
    readonly folder: string;
    readonly backendPort: number;
    readonly checkPort: number;
    readonly key: KeyObject;
}

async function benchWork(work: Work, setting: Setting): Promise<void> {
    const rows: Row[] = [];
    try {
        for (const side of SIDES) for (const hasRules of [false, true]) rows.push(await startRow(side, hasRules, work, setting));
        await measure(rows, work, setting);
        print(work, rows);
    } finally {
        for (const { running } of rows) await running.stop();
    }
}

async function startRow(side: Side, hasRules: boolean, work: Work, setting: Setting): Promise<Row> {
    const [port = 0, unused = 0] = await freePorts(2);
    const folder = path.join(setting.folder, `${port}`);
    const { backendPort, checkPort } = setting;
    const running =
        side === "Envoy"
            ? await startEnvoy({
                  folder,
                  port,
                  backendPort,
                  hosts: work.hosts,
                  filters: hasRules ? work.filters : [],
                  clusters: work.isExternal ? [{ name: "check", port: checkPort }] : [],
              })
            : await startGatehouse({ folder, backendPort, httpPort: port, httpsPort: unused }, work.hosts, [
                  ...(hasRules ? work.objects : []),
                  ...(work.isExternal ? serviceOf("check", checkPort) : []),
              ]);
    return { side, hasRules, running, port, costs: [] };
}

async function measure(rows: readonly Row[], work: Work, { folder, key }: Setting): Promise<void> {
    const load: Load = {
        ...LOAD,
        host: work.host,
        ...(work.token === "none" ? {} : { script: tokenScript(folder, key, work.token) }),
    };
    await measureRounds(rows, ROUNDS, load, ({ running }) => cpuMicroseconds(running.pid));
}

function print(work: Work, rows: readonly Row[]): void {
    console.log(`  ${work.name}`);
    const added = SIDES.map((side) => {
        const [without, withRules] = [false, true].map((has) =>
            median(rows.find((row) => row.side === side && row.hasRules === has)!.costs),
        ) as [number, number];
        console.log(
            `    ${side.padEnd(10)} ${without.toFixed(1).padStart(6)} -> ${withRules.toFixed(1).padStart(6)}   + ${(withRules - without).toFixed(1)}`,
        );
        return withRules - without;
    });
    const [envoy = 0, ours = 0] = added;
    console.log(`    ${(ours / envoy).toFixed(2)} x what Envoy adds`);
}
