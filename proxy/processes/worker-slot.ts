/**
 * One worker's place: a child process that is started, watched, and replaced when it is gone. Its siblings never
 * notice. A replacement waits longer each time that its predecessor died young.
 */
import { fork, type ChildProcess } from "node:child_process";
import type { Logger } from "pino";
import type { WorkerProgram } from "./options";
import type { FromWorker, ToWorker } from "./protocol";

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** Who lived so long did not die of starting. */
const HEALTHY_MS = 30_000;
/** Unanswered pings after which a worker is said to be stuck, and after which it is taken for hung. Binding ten thousand certificates takes a few. */
const TIMING = { pingMs: 1_000, stuckPings: 10, silentPings: 20 };

export interface SlotEvents {
    /** A new process is there and knows nothing. */
    started(slot: WorkerSlot): void;
    /** `worker`: the process that says it, known by its identity. One that was taken for gone says `counted` still. */
    message(slot: WorkerSlot, message: FromWorker, worker: object): void;
    /** It will not accept any more, and why; a replacement comes, unless the slot is stopped. */
    gone(slot: WorkerSlot, reason: string): void;
    /** It has not answered for a while, or does so again, or is gone. Who is busy answers in between. */
    stuck(slot: WorkerSlot, isStuck: boolean): void;
    /** The process is no more. */
    ended(worker: object): void;
}

export class WorkerSlot {
    readonly number: number;
    readonly #program: WorkerProgram;
    readonly #log: Logger;
    readonly #events: SlotEvents;
    readonly #timing: typeof TIMING;
    #child: ChildProcess | undefined;
    /** Those that finish what is open after a fault. */
    readonly #leaving = new Set<ChildProcess>();
    #startedAt = 0;
    #backoffMs = FIRST_BACKOFF_MS;
    #restartTimer: NodeJS.Timeout | undefined;
    #pingTimer: NodeJS.Timeout | undefined;
    #silent = 0;
    #stopped = false;
    #restarts = 0;
    #onEmpty: (() => void) | undefined;

    constructor(number: number, program: WorkerProgram, log: Logger, events: SlotEvents, timing: Partial<typeof TIMING> = {}) {
        this.number = number;
        this.#program = program;
        this.#log = log;
        this.#events = events;
        this.#timing = { ...TIMING, ...timing };
    }

    get pid(): number | undefined {
        return this.#child?.pid;
    }

    get restarts(): number {
        return this.#restarts;
    }

    get running(): boolean {
        return this.#child !== undefined;
    }

    start(): void {
        this.#startedAt = performance.now();
        this.#silent = 0;
        this.#pingTimer ??= setInterval(() => this.#ping(), this.#timing.pingMs).unref();
        let child: ChildProcess;
        try {
            const { file, args, execArgv } = this.#program;
            child = fork(file, args, {
                execArgv: [...execArgv],
                serialization: "advanced",
                stdio: ["ignore", "inherit", "inherit", "ipc"],
            });
        } catch (error) {
            this.#neverWas(error as Error);
            return;
        }
        this.#child = child;
        child.on("message", (message) => this.#onMessage(child, message as FromWorker));
        child.on("error", (error) => this.#onError(child, error));
        // After its exit what it said last may still be on its way.
        child.on("close", () => this.#events.ended(child));
        child.on("exit", (code, signal) => this.#onExit(child, code, signal));
        this.#events.started(this);
    }

    /** False: there is nobody to tell; a replacement will get everything anyway. */
    send(message: ToWorker, handle?: unknown): boolean {
        const child = this.#child;
        if (!child?.connected) return false;
        child.send(message, handle as Parameters<ChildProcess["send"]>[1], {}, () => {
            /* A dead worker's exit tells. */
        });
        return true;
    }

    /** No replacements from now on. Resolves when no process is left; `killAfterMs` bounds it. */
    async stop(killAfterMs: number): Promise<void> {
        this.#stopped = true;
        clearTimeout(this.#restartTimer);
        if (!this.#child && this.#leaving.size === 0) return;
        const timer = setTimeout(() => this.kill(), killAfterMs);
        await new Promise<void>((resolve) => {
            this.#onEmpty = resolve;
        });
        clearTimeout(timer);
        clearInterval(this.#pingTimer);
    }

    kill(): void {
        for (const child of [this.#child, ...this.#leaving]) child?.kill("SIGKILL");
    }

    #onMessage(child: ChildProcess, message: FromWorker): void {
        if (child !== this.#child) {
            if (message.type === "counted") this.#events.message(this, message, child);
            return;
        }
        this.#heard();
        if (message.type === "dying") {
            this.#log.error({ worker: this.number, workerPid: child.pid, reason: message.reason }, "worker failed");
            this.#leaving.add(child);
            this.#leave(message.reason);
        } else if (message.type !== "pong") {
            this.#events.message(this, message, child);
        }
    }

    /** A process that could not be made, for want of descriptors or of memory, has no pid and never exits. */
    #onError(child: ChildProcess, error: Error): void {
        if (child.pid === undefined && child === this.#child) this.#neverWas(error);
        else this.#log.error({ worker: this.number, workerPid: child.pid, reason: error.message }, "worker could not be reached");
    }

    #neverWas({ message }: Error): void {
        this.#log.error({ worker: this.number, reason: message }, "worker could not be started");
        this.#leave(`it could not be started: ${message}`);
        this.#finishStop();
    }

    #onExit(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
        if (this.#leaving.delete(child)) {
            this.#finishStop();
            return;
        }
        if (!this.#stopped) this.#log.error({ worker: this.number, workerPid: child.pid, code, signal }, "worker died");
        this.#leave(signal === null ? `exit code ${code}` : `ended by ${signal}`);
        this.#finishStop();
    }

    #finishStop(): void {
        if (this.#stopped && !this.#child && this.#leaving.size === 0) this.#onEmpty?.();
    }

    /** The current process is not to be counted on any more. */
    #leave(reason: string): void {
        this.#child = undefined;
        this.#heard();
        this.#events.gone(this, reason);
        if (this.#stopped) return;
        if (performance.now() - this.#startedAt > HEALTHY_MS) this.#backoffMs = FIRST_BACKOFF_MS;
        this.#restartTimer = setTimeout(() => {
            this.#restarts++;
            this.start();
        }, this.#backoffMs);
        this.#backoffMs = Math.min(2 * this.#backoffMs, LONGEST_BACKOFF_MS);
    }

    #heard(): void {
        if (this.#silent > this.#timing.stuckPings) this.#events.stuck(this, false);
        this.#silent = 0;
    }

    /** Counted in pings, not in time: a machine that slept has not missed any. */
    #ping(): void {
        if (!this.#child) return;
        if (++this.#silent > this.#timing.silentPings) {
            this.#log.error({ worker: this.number, workerPid: this.#child.pid }, "worker does not answer and is killed");
            this.#child.kill("SIGKILL");
            return;
        }
        if (this.#silent === this.#timing.stuckPings + 1) {
            this.#log.error({ worker: this.number, workerPid: this.#child.pid }, "worker does not answer");
            this.#events.stuck(this, true);
        }
        this.send({ type: "ping" });
    }
}
