/**
 * What a proxy costs that reads a cluster: how much it asks of the API server, how long it takes until it serves ten
 * thousand objects, in how much memory, and how soon a change is on the wire. The API server is the real one.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { createInterface } from "node:readline";
import { ControlPlane } from "../harness/control-plane";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { cpuMicroseconds } from "./cpu";
import { exit, median } from "./tools";

const launcher = path.join(__dirname, "..", "cli", "gatehouse.js");
const NAMESPACE = "bench";
/** With a Service and an EndpointSlice for every second route: ten thousand objects. */
const ROUTES = 5_000;
const STARTS = 3;
const CHANGES = 21;
const QUIET_SECONDS = 15;
/** Changes as fast as the API server takes them. */
const BURST_SECONDS = 5;
const BURST_CLIENTS = 16;
const WORKERS = 1;

export async function benchKubernetes(): Promise<void> {
    const missing = ["etcd", "kube-apiserver", "kubectl", "istio-crds.yaml"].filter((tool) => findTool(tool) === undefined);
    if (missing.length > 0) {
        console.log(`Kubernetes: skipped, as there is no ${missing.join(" and no ")} on the PATH or in $GATEHOUSE_TOOLS.`);
        return;
    }
    const plane = new ControlPlane({});
    try {
        await plane.start();
        const [port] = await freePorts(1);
        const api = new Api(plane);
        await fill(api, port!);
        console.log(`A cluster with ${ROUTES * 2} objects, ${WORKERS} worker`);
        const starts: Start[] = [];
        for (let round = 1; round < STARTS; round += 1) {
            const start = await startProxy(plane);
            starts.push(start);
            await start.stop();
        }
        const last = await startProxy(plane);
        starts.push(last);
        try {
            printStarts(starts);
            await measureQuiet(last);
            await measureChanges(last, api, port!);
            await measureBurst(last, api, port!);
            printMemory("after the changes", memoryOf(last));
        } finally {
            await last.stop();
        }
    } finally {
        await plane.stop();
    }
}

// --- the cluster ---------------------------------------------------------------------------------------------------

/** Asks the API server as its administrator, over connections that are kept. */
class Api {
    readonly #plane: ControlPlane;
    readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 16 });

    constructor(plane: ControlPlane) {
        this.#plane = plane;
    }

    request(method: string, at: string, body?: object, type = "application/json"): http.ClientRequest {
        const ca = readFileSync(path.join(this.#plane.folder, "apiserver.crt"));
        const request = https.request(this.#plane.server + at, {
            method,
            ca,
            agent: this.#agent,
            headers: { authorization: `Bearer ${this.#plane.adminToken}`, "content-type": type },
        });
        request.end(body === undefined ? undefined : JSON.stringify(body));
        return request;
    }

    async send(method: string, at: string, body: object, type?: string): Promise<void> {
        await new Promise<void>((resolve, reject) => {
            this.request(method, at, body, type)
                .once("response", (response) => {
                    response.resume();
                    response.once("end", () =>
                        (response.statusCode ?? 0) < 300
                            ? resolve()
                            : reject(new Error(`${method} ${at} was answered ${response.statusCode}`)),
                    );
                })
                .once("error", reject);
        });
    }
}

const ISTIO = "/apis/networking.istio.io/v1";

function route(number: number, text: string): object {
    const toService = number % 2 === 0;
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: `route-${number}`, namespace: NAMESPACE },
        spec: {
            hosts: [`host-${number}.example.com`],
            gateways: ["all"],
            http: [
                toService
                    ? {
                          match: [{ uri: { prefix: "/api" } }, { uri: { exact: "/" } }],
                          timeout: "5s",
                          route: [{ destination: { host: `service-${number / 2}`, port: { number: 80 } } }],
                      }
                    : { directResponse: { status: 200, body: { string: text } } },
            ],
        },
    };
}

async function fill(api: Api, port: number): Promise<void> {
    const metadata = (name: string, more: object = {}): object => ({ name, namespace: NAMESPACE, ...more });
    await api.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const objects: [string, object][] = [
        [
            `${ISTIO}/namespaces/${NAMESPACE}/gateways`,
            {
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: metadata("all"),
                spec: { selector: { istio: "bench" }, servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
            },
        ],
    ];
    for (let number = 0; number < ROUTES; number += 1)
        objects.push([`${ISTIO}/namespaces/${NAMESPACE}/virtualservices`, route(number, "zero")]);
    for (let number = 0; number < ROUTES / 2; number += 1) {
        objects.push(
            [
                `/api/v1/namespaces/${NAMESPACE}/services`,
                {
                    apiVersion: "v1",
                    kind: "Service",
                    metadata: metadata(`service-${number}`),
                    // A cluster's address range may be smaller than the number of Services here.
                    spec: { clusterIP: "None", selector: { app: `a${number}` }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
                },
            ],
            [
                `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
                {
                    apiVersion: "discovery.k8s.io/v1",
                    kind: "EndpointSlice",
                    addressType: "IPv4",
                    metadata: metadata(`service-${number}-1`, { labels: { "kubernetes.io/service-name": `service-${number}` } }),
                    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
                    endpoints: [1, 2, 3].map((one) => ({
                        addresses: [`10.${one}.${number >> 8}.${number & 255}`],
                        conditions: { ready: true },
                    })),
                },
            ],
        );
    }
    let next = 0;
    await Promise.all(
        Array.from({ length: 16 }, async () => {
            for (let at = next++; at < objects.length; at = next++) await api.send("POST", ...objects[at]!);
        }),
    );
}

// --- the proxy -----------------------------------------------------------------------------------------------------

interface Start {
    readonly seconds: number;
    /** Of the primary and its workers. */
    readonly cpuSeconds: number;
    readonly admin: string;
    readonly primary: number;
    readonly memory: Memory;
    stop(): Promise<void>;
}
interface Memory {
    readonly primary: number;
    readonly workers: readonly number[];
}

async function startProxy(plane: ControlPlane): Promise<Start> {
    const kubeconfig = plane.kubeconfigFor({ token: plane.adminToken });
    const args = [
        "proxy",
        "--kubernetes",
        "--kubeconfig",
        kubeconfig,
        "--labels",
        "istio=bench",
        "--namespace",
        NAMESPACE,
        "--bind",
        "127.0.0.1",
        "--concurrency",
        String(WORKERS),
        "--admin",
        "127.0.0.1:0",
        "--status",
        "127.0.0.1:0",
        "--metrics",
        "127.0.0.1:0",
        "--drain-seconds",
        "0",
    ];
    const started = performance.now();
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    const exited = exit(child);
    const admin = await readyLine(child);
    const seconds = (performance.now() - started) / 1000;
    const start = {
        seconds,
        cpuSeconds: cpuMicroseconds(child.pid!) / 1e6,
        admin,
        primary: child.pid!,
        memory: { primary: 0, workers: [] },
        stop: async () => {
            child.kill("SIGTERM");
            await exited;
        },
    };
    return { ...start, memory: memoryOf(start) };
}

function readyLine(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
        let said = "";
        createInterface({ input: child.stderr! }).on("line", (text) => {
            said += `${text}\n`;
            const line = text.startsWith("{") ? (JSON.parse(text) as { msg?: string; admin?: string }) : {};
            if (line.msg === "ready") resolve(line.admin ?? "");
        });
        child.once("exit", () => reject(new Error(`the proxy ended before it was ready:\n${said}`)));
    });
}

/** Resident MB of the primary and of each worker. */
function memoryOf({ primary }: Pick<Start, "primary">): Memory {
    const children = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return { primary: residentMb(primary), workers: children.map(residentMb) };
}

function residentMb(pid: number): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

// --- figures -------------------------------------------------------------------------------------------------------

interface Report {
    readonly asked: { readonly requests: number; readonly lists: number; readonly watches: number; readonly bytes: number };
}

async function reportOf(start: Start): Promise<Report> {
    return (await fetch(`http://${start.admin}/source`)).json() as Promise<Report>;
}

async function measureQuiet(start: Start): Promise<void> {
    const before = await reportOf(start);
    await new Promise((resolve) => setTimeout(resolve, QUIET_SECONDS * 1000));
    const { asked } = await reportOf(start);
    console.log(
        `    API server         ${asked.lists} list requests and ${asked.watches} watches from start on, ${(asked.bytes / 1e6).toFixed(1)} MB; in ${QUIET_SECONDS} quiet seconds ${asked.requests - before.asked.requests} requests`,
    );
}

/** From the moment a watch of our own has the event until the first answer that is new. */
async function measureChanges(start: Start, api: Api, port: number): Promise<void> {
    const events = await watchRoutes(api);
    const agent = new http.Agent({ keepAlive: true });
    const times: number[] = [];
    const costs: number[] = [];
    for (let round = 1; round <= CHANGES; round += 1) {
        const text = `change-${round}`;
        const before = cpuMicroseconds(start.primary);
        const event = events.next(text);
        const wire = answered(agent, port, text);
        await api.send(
            "PUT",
            `${ISTIO}/namespaces/${NAMESPACE}/virtualservices/route-1?fieldManager=bench`,
            await versioned(api, route(1, text)),
        );
        times.push((await wire) - (await event));
        await new Promise((resolve) => setTimeout(resolve, 500));
        costs.push((cpuMicroseconds(start.primary) - before) / 1000);
    }
    events.stop();
    agent.destroy();
    console.log(
        `    change on the wire ${median(times).toFixed(0)} ms after its watch event; at most ${Math.max(...times).toFixed(0)} ms of ${CHANGES}; ${median(costs).toFixed(0)} ms of CPU, with the requests that look for it`,
    );
}

/** A busy cluster: how many changes a second came, into how many changes of what is served they were gathered, and what that cost. */
async function measureBurst(start: Start, api: Api, port: number): Promise<void> {
    const before = { cpu: cpuMicroseconds(start.primary), served: await servedVersion(start) };
    const began = performance.now();
    let sent = 0;
    const type = "application/merge-patch+json";
    await Promise.all(
        Array.from({ length: BURST_CLIENTS }, async (_, client) => {
            for (let round = 0; performance.now() - began < BURST_SECONDS * 1000; round++) {
                const at = client + BURST_CLIENTS * (round % 50);
                const spec = (route(at, `burst-${round}`) as { spec: object }).spec;
                await api.send("PATCH", `${ISTIO}/namespaces/${NAMESPACE}/virtualservices/route-${at}`, { spec }, type);
                sent++;
            }
        }),
    );
    const seconds = (performance.now() - began) / 1000;
    await api.send(
        "PATCH",
        `${ISTIO}/namespaces/${NAMESPACE}/virtualservices/route-1`,
        { spec: (route(1, "burst-end") as { spec: object }).spec },
        type,
    );
    const ended = performance.now();
    const agent = new http.Agent({ keepAlive: true });
    const late = (await answered(agent, port, "burst-end")) - ended;
    agent.destroy();
    const changes = (await servedVersion(start)) - before.served;
    const cpu = (cpuMicroseconds(start.primary) - before.cpu) / 1000;
    console.log(
        `    a burst            ${(sent / seconds).toFixed(0)} changes a second for ${seconds.toFixed(0)} s in ${changes} changes of what is served; ${(cpu / sent).toFixed(1)} ms of CPU a change, ${((cpu / (seconds * 1000)) * 100).toFixed(0)} % of a processor; the last on the wire after ${late.toFixed(0)} ms`,
    );
}

async function servedVersion(start: Start): Promise<number> {
    const { version } = (await (await fetch(`http://${start.admin}/changes`)).json()) as { readonly version: number };
    return version;
}

/** An update names the version that it is of. */
async function versioned(api: Api, object: object): Promise<object> {
    const current = await new Promise<{ metadata: object }>((resolve, reject) => {
        api.request("GET", `${ISTIO}/namespaces/${NAMESPACE}/virtualservices/route-1`)
            .once("error", reject)
            .once("response", (response) => {
                let body = "";
                response
                    .setEncoding("utf8")
                    .on("data", (part: string) => {
                        body += part;
                    })
                    .once("end", () => resolve(JSON.parse(body) as { metadata: object }));
            });
    });
    return { ...object, metadata: current.metadata };
}

async function watchRoutes(api: Api): Promise<{ next(text: string): Promise<number>; stop(): void }> {
    let said = "";
    let waiting: { readonly text: string; readonly resolve: (at: number) => void } | undefined;
    const request = api.request("GET", `${ISTIO}/namespaces/${NAMESPACE}/virtualservices?watch=1&fieldSelector=metadata.name%3Droute-1`);
    request.on("error", () => undefined);
    await new Promise<void>((resolve) =>
        request.once("response", (response) => {
            response
                .setEncoding("utf8")
                .on("error", () => undefined)
                .on("data", (part: string) => {
                    said += part;
                    if (waiting && said.includes(waiting.text)) waiting.resolve(performance.now());
                });
            resolve();
        }),
    );
    return {
        next: (text) =>
            new Promise((resolve) => {
                waiting = { text, resolve };
            }),
        stop: () => request.destroy(),
    };
}

async function answered(agent: http.Agent, port: number, wanted: string): Promise<number> {
    for (;;) {
        const text = await new Promise<string>((resolve, reject) => {
            http.get({ host: "127.0.0.1", port, agent, headers: { host: "host-1.example.com" } }, (response) => {
                let body = "";
                response
                    .setEncoding("utf8")
                    .on("data", (part: string) => {
                        body += part;
                    })
                    .once("end", () => resolve(body));
            }).once("error", reject);
        });
        if (text === wanted) return performance.now();
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
}

function printStarts(starts: readonly Start[]): void {
    console.log(
        `    start to ready     ${median(starts.map(({ seconds }) => seconds)).toFixed(2)} s   rounds ${starts.map(({ seconds }) => seconds.toFixed(2)).join(" ")}; ${median(starts.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} s of CPU`,
    );
    printMemory("at ready", {
        primary: median(starts.map(({ memory }) => memory.primary)),
        workers: starts[0]!.memory.workers.map((_, at) => median(starts.map(({ memory }) => memory.workers[at] ?? 0))),
    });
}

function printMemory(when: string, { primary, workers }: Memory): void {
    console.log(`    memory, MB         ${when}: primary ${primary.toFixed(0)}, worker ${workers.map((one) => one.toFixed(0)).join(", ")}`);
}
