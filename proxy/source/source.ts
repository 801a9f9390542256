/** What every source of resources gives the primary, wherever it reads them. */
import type { Finding } from "../../istio/findings";
import type { FileContent, PlacedObject } from "../resources/placed-object";

/** All that is known at one moment. An object or file that did not change is the same object as before. */
export interface SourceState {
    /** The version in force of each object: its last good one. */
    readonly objects: readonly PlacedObject[];
    /** Mounted certificate files, by the path that a resource names. */
    readonly files: ReadonlyMap<string, FileContent>;
    /** What is wrong with files, documents and objects by themselves; sorted. */
    readonly findings: readonly Finding[];
    /** Not everything was read once yet: nothing is to be served from it, and only the findings mean anything. */
    readonly isPartial?: true;
}

export interface RunningSource {
    /** What was read last. */
    readonly state: SourceState;
    /** Reads now instead of at the next change; resolves when `onChange` has been called, if anything had changed. */
    refresh(): Promise<void>;
    /** How it stands, for people: plain data without secrets. */
    report?(): unknown;
    stop(): void;
}
