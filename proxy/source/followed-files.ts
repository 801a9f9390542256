/** Mounted certificate files that are watched and read again as they change, for a source that has no folder of its own. */
import path from "node:path";
import type { FileContent } from "../resources/placed-object";
import { Debounce } from "./debounce";
import { FolderWatch } from "./folder-watch";
import { MountedFiles } from "./mounted-files";

const QUIET_MS = 100;
const MAX_WAIT_MS = 1_000;
const POLL_MS = 800;

export class FollowedFiles {
    readonly #mounted: MountedFiles;
    readonly #watch: FolderWatch;
    readonly #debounce: Debounce;
    #wanted: readonly string[] = [];
    #contents: ReadonlyMap<string, FileContent> = new Map();
    #isStale = false;
    #signature = "";
    #timer: NodeJS.Timeout | undefined;

    /** `onChange`: something may have changed; `read` says what. */
    constructor(root: string | undefined, onChange: () => void) {
        this.#mounted = new MountedFiles(root);
        this.#debounce = new Debounce(QUIET_MS, MAX_WAIT_MS, () => {
            this.#isStale = true;
            onChange();
        });
        this.#watch = new FolderWatch(() => this.#debounce.poke());
    }

    /** Sorted, each once. */
    want(names: readonly string[]): void {
        if (names.length === this.#wanted.length && names.every((name, index) => name === this.#wanted[index])) return;
        this.#wanted = names;
        this.#mounted.want(names);
        this.#isStale = true;
        clearTimeout(this.#timer);
        if (names.length > 0) this.#poll();
        else this.#watch.follow([]);
    }

    /** The same map as before where nothing changed. */
    read(): ReadonlyMap<string, FileContent> {
        if (!this.#isStale) return this.#contents;
        this.#isStale = false;
        this.#watch.follow(this.#mounted.folders().map((folder) => path.resolve(folder)));
        this.#signature = this.#mounted.signature();
        return (this.#contents = this.#mounted.read());
    }

    stop(): void {
        clearTimeout(this.#timer);
        this.#debounce.cancel();
        this.#watch.stop();
    }

    /** Events are a hint that comes early; this finds what they miss. */
    #poll(): void {
        this.#timer = setTimeout(() => {
            if (!this.#isStale && this.#mounted.signature() !== this.#signature) this.#debounce.poke();
            this.#poll();
        }, POLL_MS).unref();
    }
}
