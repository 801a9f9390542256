/**
 * The process that is measured: the compiler alone, or a whole proxy whose objects come from memory. It runs as one
 * bundle, as the published command does, and prints one line of JSON.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import { createProcessLog } from "../../proxy/log";
import { Compiler, type Compilation } from "../../proxy/compiler";
import { runProxy } from "../../proxy/processes/run-proxy";
import { runWorker } from "../../proxy/processes/worker";
import { keepYoungSpace } from "../../proxy/processes/young-space";
import type { SourceState } from "../../proxy/source";
import { deltaSize, diffTables } from "../../proxy/tables";
import { cpuMicroseconds } from "../cpu";
import { median } from "../tools";
import { CHANGED_KINDS, Changing, type ChangedKind } from "./changes";
import { hostOf, NAMESPACE, SIZES, type FleetCertificate, type FleetSize, type SizeName } from "./fleet";

const ROUNDS = 25;
const SETTINGS = { labels: { "gateway-name": "public" }, namespace: NAMESPACE } as const;
const NO_FILES = new Map<string, never>();

export interface ScaleStep {
    readonly wall: number;
    readonly cpu: number;
}
export interface CompilerFigures {
    readonly objects: number;
    readonly full: ScaleStep;
    readonly again: { readonly [K in ChangedKind]: ScaleStep & { readonly diff: number; readonly entries: number } };
}
export interface ProxyFigures {
    readonly ready: number;
    /** CPU time of both processes until then, and for each change. */
    readonly readyCpu: number;
    readonly wireCpu: number;
    readonly primary: number;
    readonly worker: number;
    /** Of both, with what they share counted once. */
    readonly together: number;
    readonly wire: number;
    readonly wireMost: number;
    /** After the changes. */
    readonly primaryAfter: number;
    readonly workerAfter: number;
}

function timed<T>(work: () => T): { readonly value: T } & ScaleStep {
    const before = process.cpuUsage();
    const started = performance.now();
    const value = work();
    const wall = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    return { value, wall, cpu: (user + system) / 1000 };
}

function measureCompiler(size: FleetSize, certificate: FleetCertificate): CompilerFigures {
    const changing = new Changing(size, certificate);
    const compiler = new Compiler();
    let last: Compilation | undefined;
    const next = (): Compilation =>
        compiler.compile({
            ...SETTINGS,
            objects: changing.objects,
            now: Date.now(),
            ...(last ? { previousSecrets: last.tables.secrets } : {}),
        });
    const full = timed(next);
    last = full.value;
    const again = Object.fromEntries(
        CHANGED_KINDS.map((kind) => {
            const rounds = Array.from({ length: ROUNDS }, (_, round) => {
                changing.change(kind, round + 1);
                const compiled = timed(next);
                const diff = timed(() => diffTables(last?.tables, compiled.value.tables, 1));
                last = compiled.value;
                return { wall: compiled.wall, cpu: compiled.cpu, diff: diff.wall, entries: deltaSize(diff.value) };
            });
            const of = (part: "wall" | "cpu" | "diff" | "entries"): number => median(rounds.map((one) => one[part]));
            return [kind, { wall: of("wall"), cpu: of("cpu"), diff: of("diff"), entries: of("entries") }];
        }),
    ) as unknown as CompilerFigures["again"];
    return { objects: changing.objects.length, full: { wall: full.wall, cpu: full.cpu }, again };
}

async function measureProxy(size: FleetSize, certificate: FleetCertificate): Promise<ProxyFigures> {
    keepYoungSpace();
    const changing = new Changing(size, certificate);
    const started = performance.now();
    const compiler = new Compiler();
    let tell = (): void => {};
    const log = createProcessLog();
    log.level = "silent";
    const proxy = await runProxy(
        {
            source: { kind: "directory", dir: "unused" },
            ...SETTINGS,
            bind: "127.0.0.1",
            portOffset: 20_000 + (process.pid % 20_000),
            concurrency: 1,
            admin: "127.0.0.1:0",
            status: "",
            drainSeconds: 0,
            signals: false,
            worker: { file: __filename, args: ["worker"], execArgv: [] },
            log,
        },
        {
            compile: (input) => compiler.compile(input),
            startSource: async (_options, onChange) => {
                const state = (): SourceState => ({ objects: changing.objects, files: NO_FILES, findings: [] });
                tell = () => onChange(state());
                tell();
                return { state: state(), refresh: async () => {}, stop: () => {} };
            },
        },
    );
    await proxy.ready;
    const ready = performance.now() - started;
    const readyCpu = cpuMicroseconds(process.pid) / 1000;
    await settled();
    const workers = (await (await fetch(`http://${proxy.adminAddress}/workers`)).json()) as { readonly pid: number }[];
    const sizes = (): [number, number] => [megabytes(process.pid), megabytes(workers[0]?.pid ?? 0)];
    const [primary, worker] = sizes();
    const together = megabytes(process.pid, "Pss") + megabytes(workers[0]?.pid ?? 0, "Pss");
    const port = proxy.listeners().find(({ declaredPort }) => declaredPort === 80)?.port ?? 0;
    const waits: number[] = [];
    const before = cpuMicroseconds(process.pid) / 1000;
    for (let round = 1; round <= ROUNDS; round++) {
        const index = (round * 13) % size.hosts;
        changing.route(index, `wire ${round}`);
        const told = performance.now();
        tell();
        while ((await version(port, hostOf(index))) !== `wire ${round}`);
        waits.push(performance.now() - told);
    }
    const wireCpu = (cpuMicroseconds(process.pid) / 1000 - before) / ROUNDS;
    await settled();
    const [primaryAfter, workerAfter] = sizes();
    await proxy.drain({ delayMs: 0, drainMs: 0 });
    return {
        ready,
        readyCpu,
        wireCpu,
        primary,
        worker,
        together,
        wire: median(waits),
        wireMost: Math.max(...waits),
        primaryAfter,
        workerAfter,
    };
}

/** What is done once after a start is over by then. */
async function settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 3000));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function version(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host: "127.0.0.1", port, path: "/version", agent, headers: { host } }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text));
        }).on("error", reject);
    });
}

/** What a process holds of the machine's memory. */
function megabytes(pid: number, what: "Rss" | "Pss" = "Rss"): number {
    const line =
        readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
            .split("\n")
            .find((one) => one.startsWith(`${what}:`)) ?? "";
    return (Number(line.replace(/\D/g, "")) * 1024) / 1e6;
}

async function main([what, size, certificate, key]: readonly string[]): Promise<void> {
    if (what === "worker") return runWorker();
    const pair = { certificate: readFileSync(certificate ?? "", "utf8"), key: readFileSync(key ?? "", "utf8") };
    const figures =
        what === "compiler" ? measureCompiler(SIZES[size as SizeName], pair) : await measureProxy(SIZES[size as SizeName], pair);
    console.log(JSON.stringify(figures));
    if (what === "proxy") process.exit(0);
}

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
