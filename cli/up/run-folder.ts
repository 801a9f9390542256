/**
 * The folder of one run: what its proxies read, its certificates and its logs, for the owner only. Two runs of one
 * project at once each have their own; which one is free is said by a file with the process id of its owner.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CommandError, errnoText, EXIT } from "../exit";
import { makeFolder } from "../objects/folder";
import { isAlive } from "./alive";

export interface RunFolder {
    readonly folder: string;
    readonly objects: string;
    readonly mounts: string;
    readonly logs: string;
    readonly caFile: string;
    /** Lets the next run have it. */
    release(): void;
}

const LOCK = "up.pid";
const MOST_RUNS = 100;

function ownerOf(lock: string): number {
    try {
        return Number(readFileSync(lock, "utf8"));
    } catch {
        return 0;
    }
}

/** Takes the lock unless a living process has it. */
function takeLock(lock: string): boolean {
    for (let attempt = 0; attempt < 2; attempt++) {
        try {
            writeFileSync(lock, String(process.pid), { flag: "wx" });
            return true;
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
            const owner = ownerOf(lock);
            if (owner > 0 && owner !== process.pid && isAlive(owner)) return false;
            rmSync(lock, { force: true });
        }
    }
    return false;
}

function openAt(folder: string): RunFolder | undefined {
    makeFolder(folder, true);
    const lock = path.join(folder, LOCK);
    if (!takeLock(lock)) return undefined;
    const logs = path.join(folder, "logs");
    makeFolder(logs, true);
    return {
        folder,
        objects: path.join(folder, "objects"),
        mounts: path.join(folder, "mounts"),
        logs,
        caFile: path.join(folder, "ca.pem"),
        release: () => rmSync(lock, { force: true }),
    };
}

/** The state folder itself, or the first `run-N` below it that nobody uses. */
export function openRunFolder(state: string): RunFolder {
    try {
        makeFolder(state, true);
        // Nothing of it belongs into a repository: there are private keys.
        writeFileSync(path.join(state, ".gitignore"), "*\n");
        for (let run = 1; run <= MOST_RUNS; run++) {
            const opened = openAt(run === 1 ? state : path.join(state, `run-${run}`));
            if (opened) return opened;
        }
    } catch (error) {
        if (error instanceof CommandError) throw error;
        throw new CommandError(EXIT.unable, `cannot write to the state folder ${state}: ${errnoText(error)}`);
    }
    throw new CommandError(EXIT.unable, `${MOST_RUNS} runs use ${state} already; take another folder with --state`);
}
