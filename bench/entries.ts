/**
 * What 10,000 ServiceEntries cost an application's proxy, beside Envoy with the clusters and routes that istiod makes of them: until
 * it serves, and until a change of one is on the wire. Envoy is told what has been compiled, and here that is part of the work.
 */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { cpuMicroseconds } from "./cpu";
import { CHANGED, COUNT, envoy, gatehouse, LAST, type EntriesSide } from "./entries/sides";
import { median, temporaryFolder } from "./tools";

const STARTS = 3;
/** In each of them. */
const CHANGES = 7;
/** Between two looks at what is on the wire. */
const LOOK_MS = 3;

/** Milliseconds until it is seen, and of the proxy's processor time. */
interface Figures {
    readonly start: { readonly wall: number[]; readonly cpu: number[] };
    readonly change: { readonly wall: number[]; readonly cpu: number[] };
}

export async function benchEntries(): Promise<void> {
    const isAlone = findEnvoy() === undefined;
    if (isAlone) console.log("Envoy: skipped, as it is not there (npm run e2e:tools fetches it).");
    const sides = isAlone ? [gatehouse] : [envoy, gatehouse];
    const servers = [await answering("0"), await answering("1")];
    const endpoints = servers.map((server) => (server.address() as AddressInfo).port);
    const figures = new Map(sides.map((side) => [side, { start: { wall: [], cpu: [] }, change: { wall: [], cpu: [] } } as Figures]));
    const folder = temporaryFolder();
    try {
        for (let round = 0; round < STARTS; round++) {
            for (const [side, of] of figures) await measure(side, of, path.join(folder, `${side.name}-${round}`), endpoints);
        }
        print(figures);
    } finally {
        for (const server of servers) server.close();
    }
}

async function answering(text: string): Promise<http.Server> {
    const server = http.createServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
}

async function measure(side: EntriesSide, { start, change }: Figures, folder: string, endpoints: readonly number[]): Promise<void> {
    const [port = 0] = await freePorts(1);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const started = performance.now();
    const running = await side.start(folder, port, endpoints[0]!);
    const cpu = (): number => cpuMicroseconds(running.pid) / 1000;
    try {
        await seen(agent, port, LAST, "0");
        start.wall.push(performance.now() - started);
        start.cpu.push(cpu());
        await seen(agent, port, CHANGED, "0");
        // What is done once after a start is over by then.
        await wait(2_000);
        const before = cpu();
        for (let at = 1; at <= CHANGES; at++) {
            const changed = performance.now();
            side.change(folder, endpoints[at % 2]!);
            await seen(agent, port, CHANGED, String(at % 2));
            change.wall.push(performance.now() - changed);
        }
        change.cpu.push((cpu() - before) / CHANGES);
    } finally {
        agent.destroy();
        await running.stop();
    }
}

async function seen(agent: http.Agent, port: number, host: string, text: string): Promise<void> {
    while ((await ask(agent, port, host)) !== text) await wait(LOOK_MS);
}

/** In absolute form, as applications ask a proxy. */
function ask(agent: http.Agent, port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host: "127.0.0.1", port, path: `http://${host}/`, agent, headers: { host } }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text));
        }).on("error", reject);
    });
}

function print(figures: ReadonlyMap<EntriesSide, Figures>): void {
    console.log(`${COUNT} ServiceEntries: medians of ${STARTS} starts and ${STARTS * CHANGES} changes of one endpoint`);
    const ms = (values: readonly number[]): string => `${median(values).toFixed(0).padStart(6)} ms`;
    for (const [{ name }, { start, change }] of figures)
        console.log(
            `    ${name.padEnd(10)} serves after ${ms(start.wall)}, CPU ${ms(start.cpu)}   a change on the wire after ${ms(change.wall)}, CPU ${ms(change.cpu)}`,
        );
}
