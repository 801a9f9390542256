/**
 * Passwords against their bcrypt hashes, in a thread of their own: one takes a tenth of a second and more, and no request is
 * to wait for another's. What was found out is remembered by a keyed digest of hash and password together, so that a changed
 * hash finds nothing. Who waits is bounded, in all and for each client: a flood of wrong passwords is refused, and does not
 * keep others out.
 */
import { createHmac, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import type * as threadModule from "node:worker_threads";
import { makeBcrypt } from "./bcrypt";

/** Why a password is not looked at now: this client, or all of them, have too many waiting. */
export type Overload = "client" | "all";

/** Undefined: the thread is gone, and nobody knows. */
type Done = (fits: boolean | undefined) => void;

interface Job {
    readonly key: string;
    readonly hash: string;
    readonly password: Uint8Array;
    readonly client: string;
    readonly waiting: Set<Done>;
}

const MAX_WAITING = 256;
const MAX_OF_CLIENT = 8;
/** Of those that fit and of those that do not, each. */
const MAX_REMEMBERED = 10_000;

export class Passwords {
    /** Jobs by their keys: the first is in the thread, the others wait. */
    readonly #jobs = new Map<string, Job>();
    readonly #clients = new Map<string, number>();
    readonly #good = new Set<string>();
    readonly #bad = new Set<string>();
    #secret: Buffer | undefined;
    #thread: Worker | undefined;
    #current: Job | undefined;

    /** By which a password is remembered. */
    keyOf(hash: string, password: Uint8Array): string {
        this.#secret ??= randomBytes(32);
        return createHmac("sha256", this.#secret).update(hash).update("\0").update(password).digest("base64");
    }

    /** Undefined: it is not known. */
    known(key: string): boolean | undefined {
        if (this.#good.has(key)) {
            // Used last: forgotten last.
            this.#good.delete(key);
            this.#good.add(key);
            return true;
        }
        return this.#bad.has(key) ? false : undefined;
    }

    /** What is given back gives it up. `done` is not called from within. */
    verify(key: string, hash: string, password: Uint8Array, client: string, done: Done): (() => void) | Overload {
        let job = this.#jobs.get(key);
        if (job === undefined) {
            const own = this.#clients.get(client) ?? 0;
            if (own >= MAX_OF_CLIENT) return "client";
            if (this.#jobs.size >= MAX_WAITING) return "all";
            this.#clients.set(client, own + 1);
            job = { key, hash, password: Uint8Array.from(password), client, waiting: new Set() };
            this.#jobs.set(key, job);
        }
        job.waiting.add(done);
        this.#advance();
        return () => this.#giveUp(job, done);
    }

    #giveUp(job: Job, done: Done): void {
        // What is in the thread already is worth knowing.
        if (job.waiting.delete(done) && job.waiting.size === 0 && job !== this.#current) this.#remove(job);
    }

    #remove(job: Job): void {
        this.#jobs.delete(job.key);
        const left = (this.#clients.get(job.client) ?? 1) - 1;
        if (left > 0) this.#clients.set(job.client, left);
        else this.#clients.delete(job.client);
    }

    #advance(): void {
        if (this.#current !== undefined) return;
        const [job] = this.#jobs.values();
        if (job === undefined) return;
        this.#current = job;
        this.#thread ??= this.#start();
        this.#thread.ref();
        this.#thread.postMessage({ password: job.password, hash: job.hash });
    }

    #start(): Worker {
        const program = `(${serve.toString()})(require("node:worker_threads"), ${makeBcrypt.toString()})`;
        const thread = new Worker(program, {
            eval: true,
            execArgv: [],
            resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
        });
        thread.on("message", (fits: boolean) => this.#settle(fits));
        thread.on("error", () => this.#lost(thread));
        thread.on("exit", () => this.#lost(thread));
        return thread;
    }

    #settle(fits: boolean): void {
        const job = this.#current;
        this.#current = undefined;
        this.#thread?.unref();
        if (job === undefined) return;
        this.#remove(job);
        remember(fits ? this.#good : this.#bad, job.key);
        this.#advance();
        for (const done of job.waiting) done(fits);
    }

    /** Nobody is kept waiting for it; the next password starts another. */
    #lost(thread: Worker): void {
        if (this.#thread !== thread) return;
        this.#thread = undefined;
        this.#current = undefined;
        const jobs = [...this.#jobs.values()];
        this.#jobs.clear();
        this.#clients.clear();
        for (const { waiting } of jobs) for (const done of waiting) done(undefined);
    }
}

function remember(known: Set<string>, key: string): void {
    known.add(key);
    if (known.size <= MAX_REMEMBERED) return;
    const [oldest] = known;
    if (oldest !== undefined) known.delete(oldest);
}

/** The thread's program. Stands alone: nothing of this module is there when its text runs. */
function serve({ parentPort }: typeof threadModule, make: typeof makeBcrypt): void {
    const bcrypt = make();
    parentPort?.on("message", ({ password, hash }: { readonly password: Uint8Array; readonly hash: string }) =>
        parentPort.postMessage(bcrypt.fits(password, hash)),
    );
}
