/**
 * One `up`: evaluates, plans, lays out, starts, and answers for all of it until it is told to end. A reload goes the
 * same way again and changes only what differs.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { finding, type Finding } from "../../istio";
import { SAMPLES } from "../../samples";
import { deferred } from "../deferred";
import { CommandError, EXIT, type ExitCode } from "../exit";
import { examineEach } from "../objects/examine";
import { objectFiles } from "../objects/files";
import { layOut, type Written } from "../objects/folder";
import { evaluatePlayed, typecheckStacks, type PlayedObjects } from "../stack/evaluate";
import { shortPath, type Terminal } from "../terminal";
import { checkAll, type CheckResult } from "./check";
import type { LineOptions } from "./curl";
import { LOOPBACK, machinePorts } from "./free-ports";
import { showLivePages } from "./live-pages";
import { planRun, type RunPlan } from "./plan";
import { LocalPorts } from "./ports";
import { fileSafe, Processes } from "./processes";
import { RequestLog } from "./request-log";
import { jsonReport, tableReport, type UpReport } from "./report";
import { RunFindings } from "./run-findings";
import { openRunFolder, type RunFolder } from "./run-folder";
import { forgetRun, writeRun } from "./run-record";
import { reportOf } from "./run-report";
import type { ServedServer } from "./trial";
import { watchPrograms } from "./watch";

export interface SessionOptions {
    /** Folders with a Pulumi.yaml. */
    readonly dirs: readonly string[];
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    /** Which of the program's clusters. Default: the first. */
    readonly cluster?: string;
    readonly portOffset: number | "auto";
    readonly watch: boolean;
    /** The state folder, absolute, if the user named one. */
    readonly state?: string;
    readonly check: boolean;
    /** Shows the live page of the first gateway in a browser. */
    readonly open: boolean;
    readonly rootNamespace?: string;
    readonly ignoreSecurityPolicies: boolean;
    readonly output: "table" | "json";
}

const CHECK_TIMEOUT_MS = 10_000;

interface Ending {
    readonly code: ExitCode;
}

export class Session {
    readonly #options: SessionOptions;
    readonly #terminal: Terminal;
    readonly #folder: RunFolder;
    readonly #ports: LocalPorts;
    readonly #processes: Processes;
    readonly #ending = deferred<Ending>();
    readonly #aborted = new AbortController();
    readonly #timings: Record<string, number> = {};
    readonly #requests: RequestLog | undefined;
    #typechecking = new AbortController();
    readonly #findings: RunFindings;
    /** What each gateway workload serves, by its key. */
    #served: ReadonlyMap<string, readonly ServedServer[]> = new Map();

    constructor(options: SessionOptions, terminal: Terminal) {
        this.#options = options;
        this.#terminal = terminal;
        this.#findings = new RunFindings((one) => terminal.finding(one));
        const { aside } = terminal;
        // Of a document that a program reads, and of a run that judges, nobody watches the requests.
        this.#requests =
            aside && options.output === "table" && !options.check
                ? new RequestLog(aside.line, aside.style, this.#aborted.signal)
                : undefined;
        this.#folder = openRunFolder(options.state ?? path.join(options.dirs[0] ?? ".", ".gatehouse"));
        this.#ports = new LocalPorts(options.portOffset, machinePorts);
        this.#processes = new Processes({
            folder: this.#folder,
            gatewayArgs: [
                ...(options.ignoreSecurityPolicies ? ["--ignore-security-policies"] : []),
                ...(options.rootNamespace === undefined ? [] : ["--root-namespace", options.rootNamespace]),
            ],
            onFindings: (findings) => this.#findings.say(findings),
            onEnded: (fault, isGateway) => {
                terminal.finding(fault);
                if (isGateway) this.#ending.resolve({ code: EXIT.failure });
            },
        });
    }

    /** Asks the run to end, as Ctrl-C does. */
    end(): void {
        this.#aborted.abort(new Error("interrupted"));
        this.#ending.resolve({ code: EXIT.ok });
    }

    async run(): Promise<ExitCode> {
        try {
            const started = this.#serve();
            started.catch(() => undefined);
            return await Promise.race([started, this.#ending.promise.then(({ code }) => code)]);
        } finally {
            this.#aborted.abort(new Error("ended"));
            forgetRun(this.#folder.folder);
            await this.#processes.stopAll();
            this.#folder.release();
        }
    }

    async #serve(): Promise<ExitCode> {
        if (this.#options.ignoreSecurityPolicies) this.#terminal.progress("--ignore-security-policies: what policies keep out is let in");
        const stack = await this.#evaluate();
        const { plan, findings } = await this.#apply(stack);
        this.#timings["ready"] = Math.round(performance.now());
        this.#findings.say(findings);
        const check = this.#options.check ? await this.#check(plan) : undefined;
        const report = await this.#report(stack, plan, findings, check);
        this.#print(report);
        if (this.#options.check) return this.#verdict(findings, check ?? []);
        void showLivePages(report, this.#options.open, this.#terminal);
        this.#terminal.progress("Ctrl-C ends it.");
        this.#follow(report);
        this.#typecheck();
        await this.#analyze(plan);
        if (this.#options.watch) this.#watch(stack);
        return (await this.#ending.promise).code;
    }

    #evaluate(): Promise<PlayedObjects> {
        const { dirs, env, config, state, cluster, check } = this.#options;
        this.#terminal.progress(`Evaluating ${dirs.map((dir) => shortPath(dir)).join(", ")} (${env})`);
        return this.#timed(
            "evaluate",
            evaluatePlayed(
                {
                    dirs,
                    env,
                    config,
                    ...(state === undefined ? {} : { state }),
                    ...(cluster === undefined ? {} : { cluster }),
                    // A run that is to be tried out starts at once; one that judges waits for the compiler.
                    typecheck: check,
                    signal: this.#aborted.signal,
                },
                this.#terminal,
            ),
        );
    }

    #follow({ gateways }: UpReport): void {
        this.#requests?.follow(gateways.map(({ namespace, name, admin }) => ({ name: `${namespace}/${name}`, admin })));
    }

    /** What is wrong between the objects, which the proxies do not mind. Once everything is served: nothing waits for it. */
    async #analyze({ sound }: RunPlan): Promise<void> {
        await setImmediate();
        const { analyze } = require("../../istio/analysis") as typeof import("../../istio/analysis"); // oxlint-disable-line typescript/no-require-imports -- loaded once everything is served
        const inputs = sound.map((object) => ({ object }));
        this.#findings.say(analyze(inputs, { now: Date.now() }).filter(({ level }) => level !== "Info"));
    }

    /** What a run that started at once is told a little later. */
    #typecheck(): void {
        this.#typechecking.abort();
        this.#typechecking = new AbortController();
        const signal = AbortSignal.any([this.#aborted.signal, this.#typechecking.signal]);
        typecheckStacks(this.#options.dirs, signal).then(
            (findings) => {
                if (!signal.aborted) this.#findings.say(findings);
            },
            () => undefined,
        );
    }

    /** Makes the run be what the objects say. */
    async #apply(stack: PlayedObjects): Promise<{ readonly plan: RunPlan; readonly findings: Finding[]; readonly written: Written }> {
        const { sound, findings } = examineEach(stack.objects);
        const authorities = stack.stacks
            .flatMap(({ evaluation }) => evaluation.resources)
            .map(({ outputs }) => outputs["certPem"])
            .filter((pem) => typeof pem === "string");
        this.#findings.evaluated(stack);
        const plan = await planRun({ objects: stack.objects, sound, authorities, samples: SAMPLES }, this.#ports);
        const known = [...stack.findings, ...findings, ...plan.findings];
        if (plan.gateways.length === 0) throw new CommandError(EXIT.failure, "", this.#findings.presentable(known));
        const written = this.#layOut(plan);
        if (this.#timings["start"] === undefined)
            this.#terminal.progress(`Starting ${plan.gateways.length} gateway(s) and ${plan.samples.length} backend(s)`);
        const started = this.#timed("start", this.#processes.follow(plan));
        // While the processes start: nothing waits for it.
        const [notStarted] = await Promise.all([started, this.#foretell(plan)]);
        return { plan, findings: this.#findings.presentable([...known, ...notStarted, ...this.#processes.findings()]), written };
    }

    async #foretell(plan: RunPlan): Promise<void> {
        await setImmediate();
        const { servedBy } = require("./served") as typeof import("./served"); // oxlint-disable-line typescript/no-require-imports -- loaded once the processes are started
        const { outboundServer } = require("./proxy-trials") as typeof import("./proxy-trials"); // oxlint-disable-line typescript/no-require-imports -- likewise
        this.#served = new Map<string, readonly ServedServer[]>([
            ...servedBy(plan, this.#options, this.#findings.elsewhere),
            ...plan.outbounds.map((one) => [one.workload.key, [outboundServer(one, plan.sound, this.#options.rootNamespace)]] as const),
        ]);
    }

    #layOut(plan: RunPlan): Written {
        const folder = this.#folder;
        for (const { workload, files } of [...plan.gateways, ...plan.samples]) {
            layOut(
                path.join(folder.mounts, fileSafe(workload.key)),
                files.map(({ file, content }) => ({ name: file, content, secret: true })),
                { secret: true },
            );
        }
        writeFileSync(folder.caFile, plan.ca, { mode: 0o600 });
        return layOut(
            folder.objects,
            objectFiles(plan.objects).map(({ name, text, secret }) => ({ name, content: text, secret })),
            { secret: true },
        );
    }

    async #check(plan: RunPlan): Promise<CheckResult[]> {
        const trials = [...this.#served.values()].flat().flatMap((server) => server.trials);
        this.#terminal.progress(`Checking ${trials.length} request(s)`);
        return this.#timed("check", checkAll(trials, { address: LOOPBACK, ca: plan.ca, timeoutMs: CHECK_TIMEOUT_MS }));
    }

    #verdict(findings: readonly Finding[], check: readonly CheckResult[]): ExitCode {
        const failed = check.filter(({ outcome }) => outcome === "failed");
        for (const { url, detail } of failed) this.#terminal.finding(finding("GH0504", {}, `${url}: ${detail}.`));
        return failed.length > 0 || findings.some(({ level }) => level === "Error") ? EXIT.failure : EXIT.ok;
    }

    async #report(
        stack: PlayedObjects,
        plan: RunPlan,
        findings: readonly Finding[],
        check: readonly CheckResult[] | undefined,
    ): Promise<UpReport> {
        const run = { stack, plan, findings, check, served: this.#served, processes: this.#processes, folder: this.#folder };
        const report = await reportOf(run, this.#timings);
        writeRun(this.#folder.folder, report.gateways);
        return report;
    }

    #print(report: UpReport): void {
        const lines: LineOptions = {
            address: LOOPBACK,
            caFile: report.ca,
            behindProxy: ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].some((name) => process.env[name]),
        };
        this.#terminal.print(this.#options.output === "json" ? jsonReport(report, lines) : tableReport(report, lines, this.#terminal));
    }

    #watch(first: PlayedObjects): void {
        watchPrograms(first, {
            signal: this.#aborted.signal,
            terminal: this.#terminal,
            evaluate: () => this.#evaluate(),
            apply: async (stack) => {
                this.#findings.sayAnew();
                const { plan, findings, written } = await this.#apply(stack);
                this.#findings.say(findings);
                this.#terminal.progress(`Reloaded: ${written.written.length} file(s) changed, ${written.removed.length} removed`);
                this.#typecheck();
                const report = await this.#report(stack, plan, findings, undefined);
                if (this.#options.output === "table") this.#print(report);
                this.#follow(report);
                await this.#analyze(plan);
            },
        });
    }

    async #timed<T>(phase: string, work: Promise<T>): Promise<T> {
        const before = performance.now();
        const result = await work;
        this.#timings[phase] = Math.round(performance.now() - before);
        return result;
    }
}
