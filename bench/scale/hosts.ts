/** The command over a folder of ten thousand TLS hosts: what the start costs, what is held, how long a change takes. */
import { readdirSync, readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../../harness/ports";
import { report } from "../report";
import { median, startServer, temporaryFolder } from "../tools";
import { hostOf, NAMESPACE } from "./fleet";
import { HostFolder } from "./folder";

const HOSTS = 10_000;
const STARTS = 3;
/** In each of them. */
const CHANGES = 7;
const CHANGED = 7;
const TICK_MS = 10;

interface Figures {
    readonly primary: number[];
    readonly worker: number[];
    readonly memory: number[];
    readonly wire: number[];
}

export async function benchHosts(): Promise<void> {
    const folder = new HostFolder(path.join(temporaryFolder(), "hosts"), HOSTS);
    const figures: Figures = { primary: [], worker: [], memory: [], wire: [] };
    for (let start = 0; start < STARTS; start++) await measure(folder, figures, start);
    const { primary, worker, memory, wire } = figures;
    console.log(`${HOSTS} hosts in a folder, each with its Gateway, Secret and VirtualService: medians of ${STARTS} starts`);
    console.log(`    CPU until ready: primary ${median(primary).toFixed(0)} ms, worker ${median(worker).toFixed(0)} ms`);
    console.log(`    memory ${median(memory).toFixed(0)} MB; a change on the wire after ${median(wire).toFixed(0)} ms`);
    const row = (work: string, unit: string, gatehouse: readonly number[], atMost: number): void =>
        report({ work: `10,000 TLS hosts: ${work}`, unit, gatehouse, peers: {}, targets: [{ atMost }] });
    row("first file to ready, CPU of the primary", "ms", primary, 2_000);
    row("first file to ready, CPU of a worker", "ms", worker, 500);
    row("memory of all processes with one worker", "MB", memory, 200);
    row("a change of one to the wire", "ms", wire, 50);
}

async function measure(folder: HostFolder, { primary, worker, memory, wire }: Figures, start: number): Promise<void> {
    const [offset = 0, status = 0] = await freePorts(2);
    const port = 443 + offset;
    const launcher = path.join(__dirname, "../../cli/gatehouse.js");
    const options = ["--namespace", NAMESPACE, "--bind", "127.0.0.1", "--concurrency", "1", "--drain-seconds", "0"];
    const addresses = ["--port-offset", String(offset), "--admin", "127.0.0.1:0", "--status", `127.0.0.1:${status}`];
    const running = await startServer(process.execPath, [launcher, "proxy", "--config", folder.dir, ...options, ...addresses], [status]);
    try {
        while (!(await isReady(status))) await wait(20);
        const [child = 0] = childrenOf(running.pid);
        primary.push(cpuOf(running.pid));
        worker.push(cpuOf(child));
        // What is done once after a start is over by then.
        await wait(3_000);
        memory.push(megabytes(running.pid) + megabytes(child));
        const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, servername: hostOf(CHANGED) });
        await version(port, agent);
        for (let change = 1; change <= CHANGES; change++) {
            const text = `${start}.${change}`;
            const began = performance.now();
            folder.change(CHANGED, text);
            while ((await version(port, agent)) !== text);
            wire.push(performance.now() - began);
            await wait(300);
        }
        agent.destroy();
    } finally {
        await running.stop();
    }
}

async function isReady(port: number): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${port}/healthz/ready`)).status === 200;
}

function version(port: number, agent: https.Agent): Promise<string> {
    return new Promise((resolve, reject) => {
        https
            .get({ host: "127.0.0.1", port, path: "/version", agent, headers: { host: hostOf(CHANGED) } }, (response) => {
                let text = "";
                response.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text));
            })
            .on("error", reject);
    });
}

/** Of the process itself, user and system, in milliseconds. */
function cpuOf(pid: number): number {
    const fields = statOf(pid);
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function childrenOf(parent: number): number[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => Number(statOf(pid)[1]) === parent);
}

/** What follows the name of the program. */
function statOf(pid: number): string[] {
    try {
        return (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "").split(" ");
    } catch {
        return [];
    }
}

/** With what it shares with others counted in parts. */
function megabytes(pid: number): number {
    const [, kilobytes = "0"] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
    return (Number(kilobytes) * 1024) / 1e6;
}
