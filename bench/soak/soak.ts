/** One soak: a proxy of two workers under mixed load, while all that may happen to it happens. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../../harness/ports";
import { startServer, temporaryFolder } from "../tools";
import { startBackends } from "./backends";
import { SoakClients, type Failure } from "./clients";
import { SoakFolder } from "./objects";

export interface SoakPlan {
    readonly seconds: number;
    /** Between two of each. */
    readonly reloadMs: number;
    readonly rotateMs: number;
    readonly killMs: number;
    /** Clients of each protocol, and how long each waits between two requests. */
    readonly clients: number;
    readonly pauseMs: number;
}

export const TEN_MINUTES: SoakPlan = { seconds: 600, reloadMs: 1_000, rotateMs: 10_000, killMs: 60_000, clients: 2, pauseMs: 10 };

/** What a process holds. */
export interface Held {
    readonly megabytes: number;
    readonly sockets: number;
    readonly descriptors: number;
}

export interface SoakResult {
    readonly answered: Readonly<Record<string, number>>;
    /** Cut off with the worker that was killed. */
    readonly killedOwn: number;
    readonly failed: readonly Failure[];
    readonly reloads: number;
    readonly rotations: number;
    readonly kills: number;
    /** Different certificates that clients were shown. */
    readonly certificates: number;
    /** Of the primary: after it became warm, at the end of the load, and when nobody is there any more. */
    readonly primary: readonly Held[];
    /** Of all workers together, at the same times. */
    readonly workers: readonly Held[];
}

/** So long after a kill its connections may be found to be gone. */
const KILL_WINDOW_MS = 3_000;
const WARM_MS = 5_000;
const SETTLED_MS = 4_000;

export async function soak(plan: SoakPlan): Promise<SoakResult> {
    const backends = await startBackends();
    const [http = 0, https = 0, tcp = 0, admin = 0] = await freePorts(4);
    const ports = { http, https, tcp };
    const folder = new SoakFolder(path.join(temporaryFolder(), "config"), ports, backends);
    const options = ["--namespace", "soak", "--bind", "127.0.0.1", "--concurrency", "2", "--drain-seconds", "0"];
    const addresses = ["--admin", `127.0.0.1:${admin}`, "--status", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    const launcher = path.join(__dirname, "../../cli/gatehouse.js");
    const running = await startServer(
        process.execPath,
        [launcher, "proxy", "--config", folder.dir, ...options, ...addresses],
        [https, tcp],
    );
    const workers = async (): Promise<number[]> => {
        const told = (await (await fetch(`http://127.0.0.1:${admin}/workers`)).json()) as { readonly pid: number }[];
        return told.map(({ pid }) => pid).filter((pid) => pid > 0);
    };
    const all = async (): Promise<Held> => sum((await workers()).map(heldBy));
    const kills: number[] = [];
    let reloads = 0;
    let rotations = 0;
    try {
        const clients = new SoakClients(ports, plan.clients, plan.pauseMs);
        await wait(WARM_MS);
        const primary = [heldBy(running.pid)];
        const together = [await all()];
        const began = performance.now();
        const each = (everyMs: number, run: () => void | Promise<void>): Promise<void> => repeat(everyMs, began, plan.seconds * 1000, run);
        await Promise.all([
            each(plan.reloadMs, () => folder.route(++reloads)),
            each(plan.rotateMs, () => {
                rotations++;
                folder.rotate();
            }),
            each(plan.killMs, async () => {
                const pids = await workers();
                const pid = pids[kills.length % pids.length];
                if (pid === undefined) return;
                kills.push(Date.now());
                process.kill(pid, "SIGKILL");
            }),
        ]);
        await wait(KILL_WINDOW_MS);
        primary.push(heldBy(running.pid));
        together.push(await all());
        await clients.stop();
        await wait(SETTLED_MS);
        primary.push(heldBy(running.pid));
        together.push(await all());
        const isOwn = ({ at, isCut }: Failure): boolean => isCut && kills.some((killed) => at >= killed && at - killed < KILL_WINDOW_MS);
        const { failures } = clients;
        return {
            answered: Object.fromEntries(clients.answered),
            killedOwn: failures.filter(isOwn).length,
            failed: failures.filter((one) => !isOwn(one)),
            reloads,
            rotations,
            kills: kills.length,
            certificates: clients.certificates.size,
            primary,
            workers: together,
        };
    } finally {
        await running.stop();
        backends.close();
    }
}

async function repeat(everyMs: number, began: number, lengthMs: number, run: () => void | Promise<void>): Promise<void> {
    for (let turn = 1; turn * everyMs < lengthMs; turn++) {
        await wait(Math.max(0, began + turn * everyMs - performance.now()));
        await run();
    }
    await wait(Math.max(0, began + lengthMs - performance.now()));
}

function heldBy(pid: number): Held {
    try {
        const [, kilobytes = "0"] = /^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
        const descriptors = readdirSync(`/proc/${pid}/fd`).length;
        return { megabytes: Math.round((Number(kilobytes) * 1024) / 1e6), sockets: socketsOf(pid), descriptors };
    } catch {
        return { megabytes: 0, sockets: 0, descriptors: 0 };
    }
}

/** Of its descriptors those that are sockets: what was never closed stays among them. */
function socketsOf(pid: number): number {
    const table = readFileSync(`/proc/${pid}/net/tcp`, "utf8");
    const inodes = new Set(table.split("\n").map((line) => line.trim().split(/\s+/)[9]));
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => inodes.has(inodeOf(pid, fd))).length;
}

function inodeOf(pid: number, fd: string): string {
    try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? "";
    } catch {
        return "";
    }
}

function sum(all: readonly Held[]): Held {
    const of = (part: keyof Held): number => all.reduce((total, one) => total + one[part], 0);
    return { megabytes: of("megabytes"), sockets: of("sockets"), descriptors: of("descriptors") };
}
