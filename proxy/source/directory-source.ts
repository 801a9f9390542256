/** Reads resources from a folder and follows its changes. */
import type { RunningSource, SourceState } from "./source";

export interface DirectorySourceOptions {
    /** Absolute paths of certificates are read below it; absent: as they are. */
    readonly fileRoot?: string;
    /** Nothing is read before the folder was quiet for so long. */
    readonly quietMs?: number;
    /** But no later than this after the first change. */
    readonly maxWaitMs?: number;
    /** How often the folder is looked through when no event came. */
    readonly pollMs?: number;
    /** A larger file is not read. */
    readonly maxFileBytes?: number;
}

/** Resolves after the first reading, which has called `onChange` once, whatever it found. */
export async function startDirectorySource(
    _dir: string, _options: DirectorySourceOptions, _onChange: (state: SourceState) => void,
): Promise<RunningSource> {
    throw new Error("not there yet");
}
