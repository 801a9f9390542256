/** `--watch`: evaluates again whenever a file of the program is saved. A run that fails leaves the last good one in force. */
import { watch, type FSWatcher } from "node:fs";
import path from "node:path";
import { EngineError } from "./errors";
import { evaluateStack } from "./evaluate";
import type { EvaluateOptions, Evaluation } from "./types";

export interface WatchOptions extends Omit<EvaluateOptions, "signal"> {
    /** How long it has to be quiet after a save. Default 150 ms. */
    readonly quietMs?: number;
    /** Called instead where an evaluation fails; the last good one stays in force. */
    readonly onError: (error: EngineError) => void;
}

export interface Watch {
    /** Settles when the first evaluation has ended, well or not. */
    readonly first: Promise<void>;
    close(): void;
}

export function watchStack(options: WatchOptions, onEvaluation: (evaluation: Evaluation) => void | Promise<void>): Watch {
    const folders = new Map<string, FSWatcher>();
    let files = new Set<string>();
    let timer: NodeJS.Timeout | undefined;
    let running: AbortController | undefined;
    let closed = false;

    const follow = (evaluation: Evaluation | undefined): void => {
        const all = evaluation ? [evaluation, ...evaluation.referenced] : [];
        files = new Set([...files, ...all.flatMap((one) => one.files), ...all.map((one) => configFile(one))]);
        for (const folder of new Set([path.resolve(options.dir), ...[...files].map((file) => path.dirname(file))])) {
            if (folders.has(folder) || closed) continue;
            const watcher = watch(folder, (_event, name) => changed(name === null ? folder : path.join(folder, name)));
            // A folder that goes away ends its own watch.
            watcher.on("error", () => {
                watcher.close();
                folders.delete(folder);
            });
            folders.set(folder, watcher);
        }
    };

    const changed = (file: string): void => {
        if (closed || !(files.has(file) || isSource(file, options.dir))) return;
        clearTimeout(timer);
        timer = setTimeout(() => void run(), options.quietMs ?? 150);
    };

    const run = async (): Promise<void> => {
        running?.abort();
        const own = (running = new AbortController());
        try {
            const evaluation = await evaluateStack({ ...options, signal: own.signal });
            if (own.signal.aborted) return;
            follow(evaluation);
            await onEvaluation(evaluation);
        } catch (error) {
            if (own.signal.aborted) return;
            if (!(error instanceof EngineError)) throw error;
            follow(undefined);
            options.onError(error);
        }
    };

    follow(undefined);
    return {
        first: run(),
        close() {
            closed = true;
            clearTimeout(timer);
            running?.abort();
            for (const watcher of folders.values()) watcher.close();
        },
    };
}

/** A new file beside the entry may be what a failed program was missing. */
function isSource(file: string, dir: string): boolean {
    return path.dirname(file) === path.resolve(dir) && /\.([cm]?[jt]sx?|json|ya?ml)$/.test(file);
}

function configFile(evaluation: Evaluation): string {
    const project = evaluation.files.find((file) => /^Pulumi\.ya?ml$/.test(path.basename(file))) ?? "";
    return path.join(path.dirname(project), `Pulumi.${evaluation.stack}.yaml`);
}
