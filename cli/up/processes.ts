/** The processes of a run: started, replaced when what they were started with changed, ended together. */
import path from "node:path";
import { finding, type Finding } from "../../istio";
import type { ReadyReport } from "../../proxy";
import type { ChildMessage } from "../child-messages";
import { CommandError, EXIT } from "../exit";
import { Child } from "./child";
import { deferred } from "../deferred";
import { LOOPBACK } from "./free-ports";
import type { PlannedGateway, PlannedSample, RunPlan } from "./plan";
import type { RunFolder } from "./run-folder";
import type { Workload } from "./workloads";

const READY_WITHIN_MS = 30_000;
/** Open requests of a local proxy that is stopped by a signal of its own. */
const DRAIN_SECONDS = 1;

export interface RunningGateway { readonly pid: number; readonly report: ReadyReport; readonly logFile: string }

interface Running {
    readonly child: Child;
    /** What it was started with: another one is another process. */
    readonly spec: string;
    readonly logFile: string;
    readonly ready: Promise<ChildMessage>;
    findings: readonly Finding[];
}

export interface ProcessesOptions {
    readonly folder: RunFolder;
    /** A process that ended by itself once the run was up. */
    onEnded(fault: Finding, isGateway: boolean): void;
    onFindings(findings: readonly Finding[]): void;
}

/** A workload's key as a folder or file name. */
export function fileSafe(key: string): string {
    return key.replaceAll("/", ".");
}

function gatewayArguments({ workload }: PlannedGateway, folder: RunFolder): string[] {
    return [
        "proxy",
        "--config", folder.objects,
        "--labels", Object.entries(workload.labels).map(([key, value]) => `${key}=${value}`).join(","),
        "--namespace", workload.ref.namespace,
        "--bind", LOOPBACK,
        // The Services of the folder have the local ports already.
        "--port-offset", "0",
        "--concurrency", "1",
        "--admin", `${LOOPBACK}:0`,
        "--status", `${LOOPBACK}:0`,
        "--drain-seconds", String(DRAIN_SECONDS),
        "--file-root", path.join(folder.mounts, fileSafe(workload.key)),
    ];
}

function sampleEnvironment({ workload, environment, port }: PlannedSample, folder: RunFolder): Record<string, string> {
    return { ...environment, HOST: LOOPBACK, PORT: String(port), FILE_ROOT: path.join(folder.mounts, fileSafe(workload.key)) };
}

export class Processes {
    readonly #options: ProcessesOptions;
    readonly #running = new Map<string, Running>();

    constructor(options: ProcessesOptions) {
        this.#options = options;
    }

    /** Starts what the plan has and is not running, ends what it no longer has, and waits until all are ready. */
    async follow(plan: RunPlan): Promise<void> {
        const { folder } = this.#options;
        const wanted = new Map<string, () => Running>();
        for (const gateway of plan.gateways) {
            const args = gatewayArguments(gateway, folder);
            wanted.set(gateway.workload.key, () => this.#start(gateway.workload, args, {}, true));
            await this.#stopIfOther(gateway.workload.key, specOf(args, {}));
        }
        for (const sample of plan.samples) {
            const args = ["sample", sample.workload.sample];
            const environment = sampleEnvironment(sample, folder);
            // A sample reads its files once, when it starts.
            const files = Object.fromEntries(sample.files.map(({ file, content }) => [file, content.toString("base64")]));
            wanted.set(sample.workload.key, () => this.#start(sample.workload, args, environment, false, files));
            await this.#stopIfOther(sample.workload.key, specOf(args, { ...environment, ...files }));
        }
        await Promise.all([...this.#running.keys()].filter((key) => !wanted.has(key)).map((key) => this.#stop(key)));
        for (const [key, start] of wanted) if (!this.#running.has(key)) this.#running.set(key, start());
        await Promise.all([...this.#running.values()].map(({ ready }) => ready));
    }

    async gateway(key: string): Promise<RunningGateway> {
        const { child, logFile, ready } = this.#get(key);
        const message = await ready;
        if (message.type !== "proxy-ready") throw new Error(`${key} said ${message.type} where it should have been ready`);
        return { pid: child.pid, report: message.report, logFile };
    }

    pid(key: string): number {
        return this.#get(key).child.pid;
    }

    /** Everything that the proxies find wrong now. */
    findings(): Finding[] {
        return [...this.#running.values()].flatMap(({ findings }) => findings);
    }

    async stopAll(): Promise<void> {
        await Promise.all([...this.#running.keys()].map((key) => this.#stop(key)));
    }

    #get(key: string): Running {
        const running = this.#running.get(key);
        if (!running) throw new Error(`${key} was not started`);
        return running;
    }

    async #stopIfOther(key: string, spec: string): Promise<void> {
        if (this.#running.has(key) && this.#running.get(key)?.spec !== spec) await this.#stop(key);
    }

    async #stop(key: string): Promise<void> {
        const running = this.#running.get(key);
        this.#running.delete(key);
        await running?.child.stop();
    }

    #start(workload: Workload, args: readonly string[], environment: Readonly<Record<string, string>>, isGateway: boolean, files: Readonly<Record<string, string>> = {}): Running {
        const { folder, onEnded, onFindings } = this.#options;
        const logFile = path.join(folder.logs, `${fileSafe(workload.key)}.log`);
        const { promise: ready, resolve, reject } = deferred<ChildMessage>();
        ready.catch(() => undefined);
        let isReady = false;
        const timer = setTimeout(() => reject(new CommandError(EXIT.failure, `${workload.key} was not ready within ${READY_WITHIN_MS / 1000} s; its log is ${logFile}`)), READY_WITHIN_MS);
        const child = new Child({
            args, environment, logFile,
            onMessage: (message) => {
                if (message.type !== "sample-ready") running.findings = message.findings;
                if (message.type === "proxy-findings") return onFindings(message.findings);
                isReady = true;
                clearTimeout(timer);
                resolve(message);
            },
            onEnded: (how) => {
                clearTimeout(timer);
                const fault = finding("GH0505", { object: workload.ref }, `its process ended by itself (${how}).`, `Its log is ${logFile}.`);
                if (isReady) onEnded(fault, isGateway);
                else reject(new CommandError(EXIT.failure, "", [fault]));
            },
        });
        const running: Running = { child, spec: specOf(args, { ...environment, ...files }), logFile, ready, findings: [] };
        return running;
    }
}

function specOf(args: readonly string[], environment: Readonly<Record<string, string>>): string {
    return JSON.stringify([args, environment]);
}
