/**
 * What a benchmark has measured, as data: each of them tells its rows here, and a run of `npm run bench` writes them to
 * bench/results/NAME.json, of which docs/performance.md gets its tables and charts. Less is better in every row.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { median } from "./tools";

/** One measure, or those of all rounds, of which the median counts. */
export type Measurements = number | readonly number[];

/** What is wanted: at most so many times the least of these, or at most so much. */
export type Wanted = { readonly times: number; readonly of: readonly string[] } | { readonly atMost: number };

export interface Measure {
    /** What was done, as a reader of the page would say it: "HTTP/1.1, 32 connections, small body". */
    readonly work: string;
    /** What figures are in: "µs a request", "MiB". */
    readonly unit: string;
    readonly gatehouse: Measurements;
    /** By their names: other proxies, or ourselves without what is measured ("without the log"). */
    readonly peers: Readonly<Record<string, Measurements>>;
    /** Absent: nothing is asked of it. */
    readonly targets?: readonly Wanted[];
}

/** One row as it is written: medians, with the rounds that they are of. */
export interface Result {
    readonly work: string;
    readonly unit: string;
    readonly gatehouse: number;
    readonly peers: Readonly<Record<string, number>>;
    readonly targets: readonly Wanted[];
    /** By name, "Gatehouse" among them; absent where there was one measure alone. */
    readonly rounds?: Readonly<Record<string, readonly number[]>>;
}

/** A run of one benchmark. */
export interface Results {
    readonly bench: string;
    /** Where it was measured, and with how much else to do, in words. */
    readonly machine: string;
    readonly rows: readonly Result[];
}

export const OURSELVES = "Gatehouse";
const FOLDER = path.join(__dirname, "results");
/** Of figures that are written: what lies beyond is noise. */
const DIGITS = 3;

let rows: Result[] = [];

/** Adds a row to the results of the benchmark that runs. */
export function report(measure: Measure): void {
    rows.push(resultOf(measure));
}

export function resultOf({ work, unit, gatehouse, peers, targets = [] }: Measure): Result {
    const all = { [OURSELVES]: gatehouse, ...peers };
    const rounds = Object.entries(all).flatMap(([name, figures]) =>
        typeof figures === "number" ? [] : [[name, figures.map(rounded)] as const],
    );
    return {
        work,
        unit,
        gatehouse: middle(gatehouse),
        peers: Object.fromEntries(Object.entries(peers).map(([name, figures]) => [name, middle(figures)])),
        targets,
        ...(rounds.length === 0 ? {} : { rounds: Object.fromEntries(rounds) }),
    };
}

const middle = (figures: Measurements): number => rounded(typeof figures === "number" ? figures : median(figures));
const rounded = (figure: number): number => Number(figure.toPrecision(DIGITS));

/** Runs a benchmark, and writes what it has told: nothing, where it was skipped. */
export async function reporting(bench: string, run: () => Promise<void>): Promise<void> {
    rows = [];
    const machine = describeMachine();
    await run();
    if (rows.length === 0) return;
    mkdirSync(FOLDER, { recursive: true });
    const file = fileOf(bench);
    writeFileSync(file, `${JSON.stringify({ bench, machine, rows } satisfies Results, undefined, 2)}\n`);
    console.log(`  written to ${path.relative(process.cwd(), file)}`);
}

/** The results of the last run of this benchmark; undefined: there was none. */
export function lastResults(bench: string): Results | undefined {
    try {
        return JSON.parse(readFileSync(fileOf(bench), "utf8")) as Results;
    } catch {
        return undefined;
    }
}

const fileOf = (bench: string): string => path.join(FOLDER, `${bench}.json`);

function describeMachine(): string {
    const [load = 0] = os.loadavg();
    return `${os.cpus().length} processors, ${os.type()} ${os.release().split("-")[0]}, Node ${process.versions.node}, load of ${load.toFixed(1)} at the start`;
}
