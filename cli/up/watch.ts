/**
 * `--watch`: evaluates again when a file of a program is saved. One evaluation at a time; what was saved meanwhile
 * starts the next one. An evaluation that fails says why and changes nothing: what was good last goes on.
 */
import { watch, type FSWatcher } from "node:fs";
import path from "node:path";
import { CommandError } from "../exit";
import type { PlayedObjects } from "../stack/evaluate";
import type { Terminal } from "../terminal";

export interface WatchContext {
    readonly signal: AbortSignal;
    readonly terminal: Terminal;
    evaluate(): Promise<PlayedObjects>;
    apply(stack: PlayedObjects): Promise<void>;
}

/** Editors write in several steps. */
const SETTLE_MS = 100;

/** Every file whose change means another evaluation: sources and the projects' own. */
export function watchedFiles(stack: PlayedObjects): Set<string> {
    const evaluations = stack.stacks.flatMap(({ evaluation }) => [evaluation, ...evaluation.referenced]);
    return new Set(evaluations.flatMap(({ files }) => files));
}

/** Whether a change of this file concerns the run: a known file, or a new one in a project's own folder. */
export function concerns(file: string, known: ReadonlySet<string>, projects: readonly string[]): boolean {
    return known.has(file) || (projects.includes(path.dirname(file)) && /\.([cm]?[jt]sx?|json|ya?ml)$/.test(file));
}

class Watcher {
    readonly #context: WatchContext;
    #watchers = new Map<string, FSWatcher>();
    #files: ReadonlySet<string> = new Set();
    #projects: readonly string[] = [];
    #timer: NodeJS.Timeout | undefined;
    #busy = false;
    #again = false;

    constructor(context: WatchContext) {
        this.#context = context;
        context.signal.addEventListener("abort", () => this.#stop());
    }

    /** Folders are watched, not files: an editor that saves by renaming gives the file a new inode. */
    follow(stack: PlayedObjects): void {
        this.#files = watchedFiles(stack);
        this.#projects = stack.stacks.map(({ dir }) => dir);
        const folders = new Set([...[...this.#files].map((file) => path.dirname(file)), ...this.#projects]);
        for (const [folder, watcher] of this.#watchers) {
            if (folders.has(folder)) continue;
            watcher.close();
            this.#watchers.delete(folder);
        }
        for (const folder of folders) if (!this.#watchers.has(folder)) this.#open(folder);
    }

    #open(folder: string): void {
        try {
            const watcher = watch(folder, (_event, name) => {
                if (name !== null && concerns(path.join(folder, name), this.#files, this.#projects)) this.#changed();
            });
            watcher.on("error", () => watcher.close());
            this.#watchers.set(folder, watcher);
        } catch {
            // A folder that went away between the evaluation and now has nothing to tell.
        }
    }

    #changed(): void {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#reload(), SETTLE_MS);
    }

    async #reload(): Promise<void> {
        if (this.#busy) {
            this.#again = true;
            return;
        }
        this.#busy = true;
        try {
            const stack = await this.#context.evaluate();
            this.follow(stack);
            await this.#context.apply(stack);
        } catch (error) {
            if (!this.#context.signal.aborted) this.#report(error);
        } finally {
            this.#busy = false;
            if (this.#again) {
                this.#again = false;
                this.#changed();
            }
        }
    }

    #report(error: unknown): void {
        const { terminal } = this.#context;
        if (error instanceof CommandError) for (const one of error.findings) terminal.finding(one);
        const message = (error as Error).message;
        if (message !== "") terminal.fault(message);
        terminal.progress("What was good last goes on.");
    }

    #stop(): void {
        clearTimeout(this.#timer);
        for (const watcher of this.#watchers.values()) watcher.close();
        this.#watchers = new Map();
    }
}

/** Watches until the signal aborts. */
export function watchPrograms(first: PlayedObjects, context: WatchContext): void {
    new Watcher(context).follow(first);
}
