/**
 * What metrics cost: CPU per request with them and an access log against neither, in interleaved rounds; and what a scrape of
 * 10,000 hosts costs and how long it delays traffic. A scrape under load must lose nothing.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { cpuMicroseconds } from "./cpu";
import { missingFor } from "./http2/measure";
import { eachHostInTurn, type Load } from "./load";
import { serviceOf, startGatehouse, startGatehouseOver } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { report } from "./report";
import { measureRounds } from "./rounds";
import { median, temporaryFolder, type Running } from "./tools";

const run = promisify(execFile);
const LOAD: Load = { connections: 32, seconds: 2 };
const ROUNDS = 5;
const HOSTS = 10_000;
/** As many as Istio's histograms tell apart. */
const SERVICES = 1_000;
const SECONDS = 5;
const SCRAPES = 5;
const IN_FLIGHT = 32;
const PAUSE_MS = 1_000;
const istio = (kind: string, apiVersion: string, name: string, more: object): object => ({
    apiVersion,
    kind,
    metadata: { name, namespace: "istio-system" },
    ...more,
});
const WITHOUT = istio("Telemetry", "telemetry.istio.io/v1", "none", {
    spec: { metrics: [{ providers: [{ name: "prometheus" }], overrides: [{ match: { metric: "ALL_METRICS" }, disabled: true }] }] },
});

export async function benchMetrics(): Promise<void> {
    const missing = missingFor(["wrk", "nginx", "curl"]);
    if (missing !== undefined) {
        console.log(`Metrics: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light, curl).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort, ["127.0.0.1"], 4 * SERVICES);
    try {
        await benchRequests(folder, backendPort);
        await benchScrapes(folder, backendPort);
    } finally {
        await backend.stop();
    }
}

async function benchRequests(folder: string, backendPort: number): Promise<void> {
    const [without = 0, withThem = 0] = await freePorts(2);
    const log = path.join(folder, "access.log");
    const mesh = istio("ConfigMap", "v1", "istio", { data: { mesh: JSON.stringify({ accessLogFile: log }) } });
    const rows: { name: string; port: number; running: Running; costs: number[] }[] = [];
    try {
        for (const [name, port, objects] of [
            ["without", without, [WITHOUT]],
            ["with", withThem, [mesh]],
        ] as const) {
            const own = path.join(folder, name);
            mkdirSync(own);
            const running = await startGatehouse({ folder: own, backendPort, httpPort: port, httpsPort: 0 }, ["*"], objects);
            rows.push({ name, port, running, costs: [] });
        }
        await measureRounds(rows, ROUNDS, LOAD, ({ running }) => cpuMicroseconds(running.pid));
    } finally {
        for (const { running } of rows) await running.stop();
    }
    const lines = readFileSync(log, "latin1").split("\n").length - 1;
    console.log(`Metrics and access log, CPU per request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s`);
    for (const { name, costs } of rows)
        console.log(`    ${name.padEnd(8)} ${median(costs).toFixed(1)}   rounds ${costs.map((one) => one.toFixed(1)).join(" ")}`);
    const [plain = Number.NaN, told = Number.NaN] = rows.map(({ costs }) => median(costs));
    console.log(`    with them ${(told / plain).toFixed(2)} x; ${lines} lines were written`);
    report({
        work: "HTTP/1.1 with all metrics and an access log",
        unit: "µs a request",
        gatehouse: rows[1]?.costs ?? [],
        peers: { "without both": rows[0]?.costs ?? [] },
        targets: [{ times: 1.12, of: ["without both"] }],
    });
    if (lines === 0) throw new Error("nothing was logged: this measured something else");
}

const hostOf = (at: number): string => `h${at}.example`;

function fleet(port: number, backendPort: number): object[] {
    const meta = (name: string): object => ({ name, namespace: "bench" });
    const api = "networking.istio.io/v1";
    const servers = [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }];
    return [
        { apiVersion: api, kind: "Gateway", metadata: meta("bench"), spec: { selector: { istio: "bench" }, servers } },
        ...Array.from({ length: SERVICES }, (_, at) => serviceOf(`s${at}`, backendPort)).flat(),
        ...Array.from({ length: HOSTS }, (_, at) => ({
            apiVersion: api,
            kind: "VirtualService",
            metadata: meta(`h${at}`),
            spec: {
                hosts: [hostOf(at)],
                gateways: ["bench"],
                http: [{ route: [{ destination: { host: `s${at % SERVICES}`, port: { number: 80 } } }] }],
            },
        })),
    ];
}

async function benchScrapes(folder: string, backendPort: number): Promise<void> {
    const [port = 0, metrics = 0] = await freePorts(2);
    const own = path.join(folder, "fleet");
    mkdirSync(own);
    const scraped = path.join(folder, "scraped");
    const scrape = async (): Promise<void> =>
        void (await run("curl", ["-s", "-f", "--compressed", "-o", scraped, `http://127.0.0.1:${metrics}/stats/prometheus`]));
    const running = await startGatehouseOver(own, fleet(port, backendPort), [port, metrics], ["--metrics", `127.0.0.1:${metrics}`]);
    try {
        await visitAll(port, scrape);
        await scrape();
        checkCounts(readFileSync(scraped, "latin1"));
        const script = path.join(folder, "hosts.lua");
        writeFileSync(script, eachHostInTurn(Array.from({ length: HOSTS }, (_, at) => hostOf(at))));
        const p99 = { quiet: [] as number[], scraped: [] as number[] };
        for (let round = 0; round < ROUNDS; round++)
            for (const kind of ["quiet", "scraped"] as const)
                p99[kind].push(await delayOf(port, script, kind === "scraped" ? scrape : undefined));
        const costs: number[] = [];
        for (let at = 0; at < SCRAPES; at++) {
            const idle = await cpuOf(running, () => pause(PAUSE_MS));
            costs.push((await cpuOf(running, async () => void (await Promise.all([scrape(), pause(PAUSE_MS)])))) - idle);
        }
        const text = readFileSync(scraped, "latin1");
        console.log(
            `A scrape of ${HOSTS} hosts with ${SERVICES} Services: ${(text.length / 1e6).toFixed(1)} MB; each of ${HOSTS} requests was counted once`,
        );
        console.log(`    CPU of all processes, ms: ${median(costs).toFixed(0)}   each ${costs.map((one) => one.toFixed(0)).join(" ")}`);
        report({
            work: `a scrape of ${HOSTS.toLocaleString("en")} hosts that lead to ${SERVICES.toLocaleString("en")} Services`,
            unit: "ms of CPU",
            gatehouse: costs,
            peers: {},
            targets: [{ atMost: 200 }],
        });
        report({
            work: "p99 of 4 connections while all is scraped each second",
            unit: "ms",
            gatehouse: p99.scraped,
            peers: { "not scraped": p99.quiet },
            targets: [{ atMost: median(p99.quiet) + 5 }],
        });
        for (const [kind, each] of Object.entries(p99))
            console.log(
                `    p99 of 4 connections, ms, ${kind.padEnd(8)} ${median(each).toFixed(2)}   rounds ${each.map((one) => one.toFixed(2)).join(" ")}`,
            );
    } finally {
        await running.stop();
    }
}

/** Each host is asked once, while all is scraped over and over. */
async function visitAll(port: number, scrape: () => Promise<void>): Promise<void> {
    const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
    let next = 0;
    const visit = async (): Promise<void> => {
        while (next < HOSTS) await ask(port, hostOf(next++), agent);
    };
    let isDone = false;
    const visits = Promise.all(Array.from({ length: IN_FLIGHT }, visit)).finally(() => (isDone = true));
    while (!isDone) await scrape();
    await visits;
    agent.destroy();
}

function ask(port: number, host: string, agent: http.Agent): Promise<void> {
    return new Promise((resolve, reject) => {
        http.get({ port, host: "127.0.0.1", headers: { host }, agent }, (response) => {
            if (response.statusCode !== 200) reject(new Error(`${host}: ${response.statusCode}`));
            response.resume().on("end", resolve);
        }).on("error", reject);
    });
}

/** Throws where a request is missing, or was counted twice. */
function checkCounts(text: string): void {
    const byRoute = [...text.matchAll(/^gatehouse_route_requests_total\{[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count));
    const once = byRoute.filter((count) => count === 1).length;
    const istios = [...text.matchAll(/^istio_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    const durations = [...text.matchAll(/^istio_request_duration_milliseconds_count\{.*\} (\d+)$/gm)];
    const observed = durations.reduce((sum, [, count]) => sum + Number(count), 0);
    const figures = [byRoute.length, once, istios, observed];
    if (figures.some((one) => one !== HOSTS))
        throw new Error(`of ${HOSTS} requests were told: ${figures.join(", ")} (routes, each once, requests, durations)`);
}

/** The 99th percentile, in milliseconds, of requests to one host after the other, while `scrape` runs once a second. */
async function delayOf(port: number, script: string, scrape?: () => Promise<void>): Promise<number> {
    const args = ["-t1", "-c4", `-d${SECONDS}s`, "--latency", "-s", script, `http://127.0.0.1:${port}/`];
    const load = run(findTool("wrk")!, args);
    if (scrape)
        for (let second = 1; second < SECONDS; second++) {
            await pause(PAUSE_MS);
            await scrape();
        }
    const { stdout } = await load;
    const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: .*/.exec(stdout);
    if (failed) throw new Error(failed[0]);
    const [, number = "", unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
    return Number(number) * (unit === "us" ? 0.001 : unit === "s" ? 1_000 : 1);
}

/** Milliseconds of all processes of the proxy meanwhile. */
async function cpuOf({ pid }: Running, work: () => Promise<void>): Promise<number> {
    const before = cpuMicroseconds(pid);
    await work();
    return (cpuMicroseconds(pid) - before) / 1_000;
}
