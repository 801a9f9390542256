/** Evaluates a stack: its program in a process of its own, and before it every stack that it refers to. */
import { realpathSync } from "node:fs";
import path from "node:path";
import type { Finding } from "../istio/findings";
import { secretTexts, withoutSecrets } from "../istio/secret-texts";
import { concealed, EngineError, engineFinding } from "./errors";
import { makeEvaluation } from "./evaluation";
import { Deployment } from "./monitor/deployment";
import { DeploymentFailed } from "./monitor/failure";
import { openDoor, type Door } from "./monitor/server";
import { outcomeFindings, startsLeakReport } from "./program/outcome";
import { runProgram, type Ended } from "./program/run";
import { startTypecheck } from "./program/typecheck";
import { cacheFolder } from "./program/cache";
import { findProject, parseStackName } from "./project/neighbours";
import { readProject, type Project } from "./project/project";
import { readStackConfig, secretConfigTexts, type StackConfig } from "./project/config";
import { loadSdk, type Sdk } from "./sdk";
import { prepareFolder, StackState } from "./state/store";
import type { EvaluateOptions, Evaluation, LogLine, PropertyMap, StackName } from "./types";

const DEFAULT_TIMEOUT_MS = 120_000;

export async function evaluateStack(options: EvaluateOptions): Promise<Evaluation> {
    return (await new Session(options).evaluate(options.dir, options.env, [], true)).evaluation;
}

/** An evaluation with its outputs as they are on the wire: a referring stack gets them with their secrets marked. */
interface Sealed {
    readonly evaluation: Evaluation;
    readonly outputs: PropertyMap;
}

/** A stack that is ready to run. */
interface Prepared {
    readonly project: Project;
    readonly name: StackName;
    readonly config: StackConfig;
    readonly sdk: Sdk;
    readonly door: Door;
    readonly deployment: Deployment;
    readonly compileCache: string;
}

/** One call of evaluateStack: a stack that several others refer to is evaluated once. */
class Session {
    readonly #options: EvaluateOptions;
    readonly #done = new Map<string, Promise<Sealed>>();
    #resources = 0;

    constructor(options: EvaluateOptions) {
        this.#options = options;
    }

    async evaluate(dir: string, env: string, chain: readonly string[], isEntry: boolean): Promise<Sealed> {
        const started = performance.now();
        const project = readProject(dir);
        const name: StackName = { organization: this.#options.organization ?? "organization", project: project.name, stack: env };
        const config = readStackConfig(
            project,
            env,
            isEntry ? this.#options.config : namespacedOnly(this.#options.config),
            this.#options.configDefaults,
        );
        const stateDir = path.resolve(this.#options.stateDir ?? path.join(project.dir, ".gatehouse"));
        const state = new StackState(stateDir, project.name, env);
        const sdk = loadSdk(project.programDir);
        const referenced: Evaluation[] = [];
        const deployment = new Deployment({
            sdk,
            name,
            config,
            state,
            programDir: realpathSync(project.programDir),
            readStack: async (reference) => {
                const sealed = await this.#reference(reference, project, name, [...chain, stackText(name)]);
                if (!referenced.includes(sealed.evaluation)) referenced.push(sealed.evaluation);
                return sealed.outputs;
            },
            warn: (message, urn) => this.#log("warning", withoutSecrets(message, deployment.secretTexts()), urn, name),
            onResource: () => this.#options.onResource?.(++this.#resources),
        });
        const cache = cacheFolder() ?? path.join(stateDir, "cache");
        const door = await openDoor();
        const typecheck =
            isEntry && this.#options.typecheck !== false
                ? startTypecheck(project, { waiting: "awaited", cache, signal: this.#options.signal })
                : undefined;
        try {
            prepareFolder(stateDir);
            const { ended, findings } = await this.#run({ project, name, config, sdk, door, deployment, compileCache: cache });
            state.save(findings.length === 0);
            if (findings.length > 0) throw new EngineError([...concealed(findings, deployment.secretTexts()), ...(config.findings ?? [])]);
            const files = [...new Set([project.file, ...ended.files])].sort();
            const durationMs = performance.now() - started;
            const checked = [...(config.findings ?? []), ...state.findings, ...((await typecheck?.findings) ?? [])];
            const evaluation = makeEvaluation({ name, deployment, findings: checked, referenced, files, durationMs });
            return { evaluation, outputs: deployment.stackOutputs() };
        } catch (error) {
            typecheck?.stop();
            throw error;
        } finally {
            deployment.close();
            door.close();
        }
    }

    async #run({ project, name, config, sdk, door, deployment, compileCache }: Prepared): Promise<{ ended: Ended; findings: Finding[] }> {
        // As Pulumi takes the configuration's secrets out of what a program prints.
        const ofConfig = secretTexts([], { more: secretConfigTexts(config) });
        const errors: string[] = [];
        const stderr: string[] = [];
        let quiet = false;
        const run = runProgram({
            project,
            name,
            config,
            runner: sdk.runner,
            address: door.address,
            compileCache,
            onOutput: (stream, line) => {
                if (stream === "stderr") stderr.push(line);
                // What the SDK says of a lost engine or of lost values is a finding already.
                quiet ||= deployment.failure() !== undefined || (stream === "stderr" && startsLeakReport(line));
                if (!quiet) this.#log(stream === "stderr" ? "warning" : "info", withoutSecrets(line, ofConfig), "", name);
            },
        });
        door.serve(deployment, sdk, (severity, message, urn) => {
            if (severity === "error") errors.push(message);
            else this.#log(severity, withoutSecrets(message, ofConfig), urn, name);
        });
        const limit = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
        let timedOut = false;
        const timer = setTimeout(() => {
            timedOut = true;
            run.kill();
        }, limit);
        const stop = (): void => run.kill();
        this.#options.signal?.addEventListener("abort", stop);
        // The real engine cancels its program too: nothing that it could still do would be deployed.
        void deployment.failed.then(stop);
        try {
            const ended = await run.ended;
            this.#options.signal?.throwIfAborted();
            const failure = deployment.failure();
            if (failure) return { ended, findings: [failure] };
            if (timedOut) return { ended, findings: [timeOut(name, limit, deployment)] };
            const findings = outcomeFindings({ name, programDir: project.programDir, ended, errors, stderr });
            // A program may log an error and go on; that is not a failure, under the real engine neither.
            if (findings.length === 0 && errors.length > 0) {
                const secrets = deployment.secretTexts();
                for (const message of errors) this.#log("error", withoutSecrets(message, secrets), "", name);
            }
            return { ended, findings };
        } finally {
            clearTimeout(timer);
            this.#options.signal?.removeEventListener("abort", stop);
        }
    }

    /** The stack that a StackReference names. Its own failure is this stack's failure too, told once. */
    async #reference(reference: string, project: Project, from: StackName, chain: readonly string[]): Promise<Sealed> {
        const name = parseStackName(reference, from);
        if (!name)
            throw stackFailure(
                "GH0307",
                `unknown stack "${reference}": wanted organization/project/stack, or the stack alone where it is one of ${from.project}.`,
            );
        // A laptop has one organization, whatever the reference calls it.
        const text = stackText({ ...name, organization: from.organization });
        if (chain.includes(text)) {
            throw stackFailure(
                "GH0308",
                `Stacks refer to each other in a circle: ${[...chain.slice(chain.indexOf(text)), text].join(" → ")}.`,
            );
        }
        const dir = findProject(name, project.dir, this.#options);
        if (dir === undefined) {
            const fix = `Put its folder there, or correct the reference in ${project.name}.`;
            throw stackFailure("GH0307", `unknown stack "${reference}": no project named ${name.project} lies beside ${project.dir}.`, fix);
        }
        const known = this.#done.get(text) ?? this.evaluate(dir, name.stack, chain, false);
        this.#done.set(text, known);
        try {
            return await known;
        } catch (error) {
            if (error instanceof EngineError && error.findings[0]) throw new DeploymentFailed(error.findings[0]);
            throw error;
        }
    }

    #log(severity: LogLine["severity"], message: string, urn: string, name: StackName): void {
        this.#options.onLog?.({ severity, message, ...(urn ? { urn } : {}), stack: `${name.project}/${name.stack}` });
    }
}

/** Overrides for the entry stack reach a referenced one only where they say its namespace. */
function namespacedOnly(config: Readonly<Record<string, string>> | undefined): Record<string, string> {
    return Object.fromEntries(Object.entries(config ?? {}).filter(([key]) => key.includes(":")));
}

function stackText(name: StackName): string {
    return `${name.organization}/${name.project}/${name.stack}`;
}

function stackFailure(code: "GH0307" | "GH0308", message: string, fix = ""): DeploymentFailed {
    return new DeploymentFailed(engineFinding(code, message, { fix }));
}

function timeOut(name: StackName, limitMs: number, deployment: Deployment): Finding {
    const pending = deployment.pending();
    const waiting =
        pending.length > 0
            ? `still being made: ${pending.join(", ")}`
            : "every resource it had registered was made, so it is the program itself that goes on";
    const message = `The program of ${name.project} had not ended after ${limitMs / 1000} s; ${waiting}.`;
    return engineFinding("GH0302", message, { fix: "Look for an open timer, server or connection." });
}
