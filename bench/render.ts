/** What `render` costs of many hosts in a loop, beside the same resources written by hand. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { exit, median, temporaryFolder } from "./tools";

const root = path.join(__dirname, "..");
const COUNTS = [10, 100, 500];
const RUNS = 3;
const KEPT_TYPES = path.join(root, "node_modules", ".cache", "gatehouse", "compile", "types");
const PROGRAMS = ["components", "raw"] as const;

/** Runs a command below a node that does nothing else, and says what its descendants cost in seconds: the system counts those that ended. */
const MEASURE = `
const [command, ...args] = process.argv.slice(1);
const { status } = require("node:child_process").spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
const stat = require("node:fs").readFileSync("/proc/self/stat", "utf8");
const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(13, 15).map(Number);
process.stdout.write(JSON.stringify({ status, cpu: (user + system) / 100 }));`;

async function cost(program: string, hosts: number): Promise<number> {
    const render = [path.join("cli", "gatehouse.js"), "render", path.join("bench", "render", program), "--out", temporaryFolder()];
    // Keys are made too, as on a first run.
    rmSync(path.join(root, "bench", "render", program, ".gatehouse"), { recursive: true, force: true });
    const child = spawn(process.execPath, ["--eval", MEASURE, "--", process.execPath, ...render], {
        cwd: root,
        env: { ...process.env, HOSTS: String(hosts) },
        stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
        text += part.toString();
    });
    await exit(child);
    const { status, cpu } = JSON.parse(text) as { status: number; cpu: number };
    if (status !== 0) throw new Error(`render of ${program} with ${hosts} hosts ended with ${status}`);
    return cpu;
}

export async function benchRender(): Promise<void> {
    console.log(`CPU of gatehouse render, hosts in a loop with a certificate each, s (median of ${RUNS} interleaved)`);
    for (const hosts of COUNTS) {
        const costs = new Map(PROGRAMS.map((program) => [program, [] as number[]]));
        const first: number[] = [];
        // Types are checked by the first run; while nothing changes, the next ones are told again what it found.
        rmSync(KEPT_TYPES, { recursive: true, force: true });
        for (const program of PROGRAMS) first.push(await cost(program, hosts));
        for (let run = 0; run < RUNS; run++) for (const [program, list] of costs) list.push(await cost(program, hosts));
        const [ours = 0, raw = 0] = PROGRAMS.map((program) => median(costs.get(program) ?? []));
        console.log(
            `    ${String(hosts).padStart(4)} hosts   components ${ours.toFixed(2)}   by hand ${raw.toFixed(2)}   ${(ours / raw).toFixed(2)} x   with types checked ${first.map((one) => one.toFixed(2)).join(" and ")}`,
        );
    }
}
