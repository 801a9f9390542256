/** The processes of a run: started, replaced when what they were started with changed, ended together. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { finding, type Finding, type ObjectRef } from "../../istio";
import type { ReadyReport } from "../../proxy";
import type { ChildMessage } from "../child-messages";
import { deferred } from "../deferred";
import { CommandError, EXIT } from "../exit";
import { Child } from "./child";
import { LOOPBACK } from "./free-ports";
import { gatewayArguments } from "./gateway-arguments";
import type { PlannedGateway, PlannedOutbound, PlannedSample, RunPlan } from "./plan";
import type { RunFolder } from "./run-folder";
import type { LocalWorkload } from "./workloads";

const READY_WITHIN_MS = 30_000;
/** Open requests of a local proxy that is stopped by a signal of its own. */
const DRAIN_SECONDS = 1;

export interface RunningGateway {
    readonly pid: number;
    readonly report: ReadyReport;
    readonly logFile: string;
}

/** How a process is started. Another one of these is another process. */
interface Start {
    readonly ref: ObjectRef;
    readonly isGateway: boolean;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    /** What it reads once, when it starts. */
    readonly files: Readonly<Record<string, string>>;
}

type Started = { readonly message: ChildMessage } | { readonly fault: Finding };

interface Running {
    readonly child: Child;
    readonly start: string;
    readonly logFile: string;
    readonly started: Promise<Started>;
    findings: readonly Finding[];
}

export interface ProcessesOptions {
    readonly folder: RunFolder;
    /** What every gateway's proxy gets besides. */
    readonly gatewayArgs: readonly string[];
    /** A process that ended by itself once it had been ready. */
    onEnded(fault: Finding, isGateway: boolean): void;
    onFindings(findings: readonly Finding[]): void;
}

/** A workload's key as a folder or file name. */
export function fileSafe(key: string): string {
    return key.replaceAll(/[/ ]/g, ".");
}

function gatewayStart({ workload }: PlannedGateway, options: ProcessesOptions): Start {
    const mounts = ["--file-root", path.join(options.folder.mounts, fileSafe(workload.key))];
    return proxyStart(workload, options, ["--bind", LOOPBACK, ...mounts, ...gatewayArguments(workload)]);
}

function outboundStart({ workload, port }: PlannedOutbound, options: ProcessesOptions): Start {
    return proxyStart(workload, options, ["--mode", "mesh", "--http-proxy", `${LOOPBACK}:${port}`]);
}

function proxyStart(workload: LocalWorkload, { folder, gatewayArgs }: ProcessesOptions, own: readonly string[]): Start {
    const args = [
        "proxy",
        "--config",
        folder.objects,
        "--labels",
        Object.entries(workload.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(","),
        "--namespace",
        workload.ref.namespace,
        // The Services of the folder have the local ports already.
        "--port-offset",
        "0",
        "--concurrency",
        "1",
        "--admin",
        `${LOOPBACK}:0`,
        "--status",
        `${LOOPBACK}:0`,
        "--metrics",
        `${LOOPBACK}:0`,
        "--drain-seconds",
        String(DRAIN_SECONDS),
        ...own,
        ...gatewayArgs,
    ];
    return { ref: workload.ref, isGateway: true, args, environment: {}, files: {} };
}

function sampleStart({ workload, environment, files, port }: PlannedSample, folder: RunFolder): Start {
    return {
        ref: workload.ref,
        isGateway: false,
        args: ["sample", workload.sample],
        environment: { ...environment, HOST: LOOPBACK, PORT: String(port), FILE_ROOT: path.join(folder.mounts, fileSafe(workload.key)) },
        files: Object.fromEntries(files.map(({ file, content }) => [file, content.toString("base64")])),
    };
}

/** What a process said last: mostly why it ended. */
function lastWords(logFile: string): string {
    try {
        return readFileSync(logFile, "utf8").trimEnd().split("\n").at(-1)?.slice(0, 500) ?? "";
    } catch {
        return "";
    }
}

export class Processes {
    readonly #options: ProcessesOptions;
    readonly #running = new Map<string, Running>();
    #ended = false;

    constructor(options: ProcessesOptions) {
        this.#options = options;
    }

    /**
     * Starts what the plan has and is not running, ends what it no longer has, and waits until all are ready. A backend
     * that does not start is a finding: what leads elsewhere is served all the same.
     */
    async follow(plan: RunPlan): Promise<Finding[]> {
        const { folder } = this.#options;
        const wanted = new Map<string, Start>();
        for (const one of plan.gateways) wanted.set(one.workload.key, gatewayStart(one, this.#options));
        for (const one of plan.outbounds) wanted.set(one.workload.key, outboundStart(one, this.#options));
        for (const one of plan.samples) wanted.set(one.workload.key, sampleStart(one, folder));
        const obsolete = [...this.#running].filter(([key, { start }]) => JSON.stringify(wanted.get(key)) !== start);
        await Promise.all(obsolete.map(([key]) => this.#stop(key)));
        for (const [key, start] of wanted) if (!this.#ended && !this.#running.has(key)) this.#running.set(key, this.#start(key, start));
        const results = await Promise.all(
            [...wanted].map(async ([key, { isGateway }]) => ({ key, isGateway, started: await this.#running.get(key)?.started })),
        );
        return results.flatMap(({ key, isGateway, started }) => {
            if (started === undefined || "message" in started) return [];
            this.#running.delete(key);
            if (isGateway) throw new CommandError(EXIT.failure, "", [started.fault]);
            return [started.fault];
        });
    }

    /** Of a gateway that is ready. */
    async gateway(key: string): Promise<RunningGateway> {
        const running = this.#running.get(key);
        const started = await running?.started;
        if (!running || !started || !("message" in started) || started.message.type !== "proxy-ready")
            throw new CommandError(EXIT.failure, `${key} does not run`);
        return { pid: running.child.pid, report: started.message.report, logFile: running.logFile };
    }

    /** Undefined where it does not run. */
    pid(key: string): number | undefined {
        return this.#running.get(key)?.child.pid;
    }

    /** Everything that the proxies find wrong now. */
    findings(): Finding[] {
        return [...this.#running.values()].flatMap(({ findings }) => findings);
    }

    /** Ends all of them, and lets none start any more. */
    async stopAll(): Promise<void> {
        this.#ended = true;
        await Promise.all([...this.#running.keys()].map((key) => this.#stop(key)));
    }

    async #stop(key: string): Promise<void> {
        const running = this.#running.get(key);
        this.#running.delete(key);
        await running?.child.stop();
    }

    #start(key: string, start: Start): Running {
        const { folder, onEnded, onFindings } = this.#options;
        const logFile = path.join(folder.logs, `${fileSafe(key)}.log`);
        const { promise, resolve } = deferred<Started>();
        const fault = (what: string): Finding => finding("GH0505", { object: start.ref }, what, `Its log is ${logFile}.`);
        const timer = setTimeout(
            () => resolve({ fault: fault(`its process was not ready within ${READY_WITHIN_MS / 1000} s.`) }),
            READY_WITHIN_MS,
        );
        let isReady = false;
        const child = new Child({
            args: start.args,
            environment: start.environment,
            logFile,
            onMessage: (message) => {
                if (message.type !== "sample-ready") running.findings = message.findings;
                if (message.type === "proxy-findings") return onFindings(message.findings);
                isReady = true;
                clearTimeout(timer);
                resolve({ message });
            },
            onEnded: (how) => {
                clearTimeout(timer);
                const words = lastWords(logFile);
                const ended = fault(`its process ended by itself (${how})${words === "" ? "" : `; it said: ${words}`}.`);
                if (!isReady) return resolve({ fault: ended });
                this.#running.delete(key);
                onEnded(ended, start.isGateway);
            },
        });
        const running: Running = { child, start: JSON.stringify(start), logFile, started: promise, findings: [] };
        return running;
    }
}
