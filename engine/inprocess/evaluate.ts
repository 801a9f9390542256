/**
 * Evaluates a program that is a function of this process: for tests of components. It speaks to the same monitor over
 * the same protocol as a stack in its own process; only who starts it differs.
 */
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { Finding } from "../../istio/findings";
import { concealed, EngineError, engineFinding } from "../errors";
import { makeEvaluation } from "../evaluation";
import { Deployment } from "../monitor/deployment";
import { DeploymentFailed } from "../monitor/failure";
import { openDoor } from "../monitor/server";
import { leakFinding, thrownFinding } from "../program/outcome";
import { loadRuntime, loadSdk, type Closable, type Runtime } from "../sdk";
import { StackState } from "../state/store";
import type { Evaluation, LogLine, PropertyMap, StackName } from "../types";
import { seal } from "../values/envelopes";
import { examine } from "./examine";
import { collectRejections, type Rejections } from "./rejections";

export interface TestOptions {
    /** Defaults: `organization`, `project`, `dev`. */
    readonly organization?: string;
    readonly project?: string;
    readonly stack?: string;
    /** A key without a namespace belongs to the project. */
    readonly config?: Readonly<Record<string, string>>;
    /** Keys of `config` whose values are secret. */
    readonly secretConfig?: readonly string[];
    /** The stacks that a StackReference finds: evaluations, or just as much of one. */
    readonly stacks?: readonly ReferencedStack[];
    /** How long the program may take to settle. Default 10 s. */
    readonly timeoutMs?: number;
    readonly onLog?: (line: LogLine) => void;
}

export type ReferencedStack = Pick<Evaluation, "project" | "stack" | "outputs"> &
    Partial<Pick<Evaluation, "organization" | "secretOutputs">>;

const AFTER_ERROR_MS = 1_000;

/** What is made inside an apply may be known a few turns after the last call of the SDK: so often, and so far apart, is looked. */
const LAST_LOOKS = 50;
const LOOK_MS = 10;

/** The SDK's error events are the process's: programs run one after another. */
let queue: Promise<unknown> = Promise.resolve();

/** Runs the program to its end, with everything made in it and in its applies, and gives back what it made. */
export function evaluate(program: () => unknown, options: TestOptions = {}): Promise<Evaluation> {
    const run = queue.then(() => evaluateNow(program, options));
    queue = run.catch(() => undefined);
    return run;
}

async function evaluateNow(program: () => unknown, options: TestOptions): Promise<Evaluation> {
    const started = performance.now();
    const { organization = "organization", project = "project", stack = "dev" } = options;
    const name: StackName = { organization, project, stack };
    const full = (key: string): string => (key.includes(":") ? key : `${name.project}:${key}`);
    const config = {
        values: Object.fromEntries(Object.entries(options.config ?? {}).map(([key, value]) => [full(key), value])),
        secretKeys: (options.secretConfig ?? []).map(full),
    };
    const log = (severity: LogLine["severity"], message: string, urn: string): void =>
        options.onLog?.({ severity, message, ...(urn ? { urn } : {}), stack: `${name.project}/${name.stack}` });
    const sdk = loadSdk(__dirname);
    const runtime = loadRuntime(sdk);
    const state = new StackState(undefined, name.project, name.stack);
    const deployment = new Deployment({
        sdk,
        name,
        config,
        state,
        readStack: (reference) => Promise.resolve(referenced(reference, options)),
        warn: (message, urn) => log("warning", message, urn),
    });
    const door = await openDoor();
    door.serve(deployment, sdk, log);
    const rejections = collectRejections(isShutdown);
    try {
        const faulty = Promise.race([rejections.first, deployment.failed]);
        const thrown = await runtime.state.withLocalStorage(() =>
            run(runtime, program, door.address, name, config, rejections, faulty, options),
        );
        const failure = deployment.failure();
        if (failure) throw new EngineError(concealed([failure], deployment.secretTexts()));
        if (thrown.length > 0) throw new EngineError(concealed(thrown.map(findingOf), deployment.secretTexts()));
        const durationMs = performance.now() - started;
        return makeEvaluation({ name, deployment, findings: examine(deployment.evaluated()), referenced: [], files: [], durationMs });
    } finally {
        rejections.stop();
        deployment.close();
        door.close();
    }
}

class LeakError extends Error {}

function findingOf(error: unknown): Finding {
    return error instanceof LeakError ? leakFinding(error.message.split("\n")) : thrownFinding(error);
}

/** Everything that the program threw, in the order it did. */
async function run(
    runtime: Runtime,
    program: () => unknown,
    address: string,
    name: StackName,
    config: { values: Readonly<Record<string, string>>; secretKeys: readonly string[] },
    rejections: Rejections,
    faulty: Promise<unknown>,
    options: TestOptions,
): Promise<unknown[]> {
    runtime.settings.resetOptions(name.project, name.stack, -1, address, address, false, name.organization);
    runtime.config.setAllConfig({ ...config.values }, [...config.secretKeys]);
    const thrown = new Set<unknown>();
    const settled = async (): Promise<void> => {
        try {
            await runtime.stack.runInPulumiStack(async () => program());
        } catch (error) {
            thrown.add(error);
        }
        await runtime.settings.disconnect(thrown.size === 0);
        // Rejections without an owner are told at the end of a turn.
        await nextTurn();
        for (let look = 0; look < LAST_LOOKS && runtime.debuggable.leakedPromises()[0].size > 0; look++) await pause(LOOK_MS);
        const [leaks, message] = runtime.debuggable.leakedPromises();
        if (leaks.size > 0 && thrown.size === 0 && rejections.errors.size === 0) thrown.add(new LeakError(message));
    };
    let timer: NodeJS.Timeout | undefined;
    const timeOut = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
            const [, message] = runtime.debuggable.leakedPromises();
            thrown.add(new LeakError(message));
            resolve();
        }, options.timeoutMs ?? 10_000);
    });
    // After an error the rest may never settle: it has a moment to, and then the program is over.
    await Promise.race([settled(), timeOut, faulty.then(() => pause(AFTER_ERROR_MS, undefined, { ref: false }))]);
    clearTimeout(timer);
    runtime.settings.getMonitor()?.close();
    closeEngine(runtime.settings.getEngine());
    for (const error of rejections.errors) thrown.add(error);
    // A monitor that has shut down is never the first fault: why it did stands in the deployment.
    return [...thrown].filter((error) => !isShutdown(error));
}

/**
 * What is logged after the end is lost. The SDK has one chain of log lines a process, and after one that could not be
 * sent it sends none: a late line must not fail, or the programs that come next say nothing.
 */
function closeEngine(engine: (Closable & { log?: (request: unknown, done: () => void) => void }) | undefined): void {
    if (engine === undefined) return;
    engine.log = (_request, done) => done();
    engine.close();
}

/**
 * gRPC's CANCELLED and UNAVAILABLE, and what is said where a call comes after the end; an earlier program may leave
 * some, and they do not end this one.
 */
function isShutdown(error: unknown): boolean {
    return (
        error instanceof Error &&
        (("code" in error && (error.code === 1 || error.code === 14)) || error.message.endsWith("Channel has been shut down"))
    );
}

function referenced(reference: string, options: TestOptions): PropertyMap {
    const stack = options.stacks?.find((one) => `${one.organization ?? "organization"}/${one.project}/${one.stack}` === reference);
    if (!stack)
        throw new DeploymentFailed(engineFinding("GH0307", `unknown stack "${reference}": it is not among the stacks of this test.`));
    const secrets = stack.secretOutputs ?? [];
    return Object.fromEntries(Object.entries(stack.outputs).map(([key, value]) => [key, secrets.includes(key) ? seal(value) : value]));
}
