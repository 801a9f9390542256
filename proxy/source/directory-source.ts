/**
 * Reads resources from a folder and follows its changes: saved files, atomic `..data` swaps of mounted ConfigMaps and
 * Secrets, files half written. All that changed together is read together and handed on at once.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parsingSteps } from "../../istio/documents";
import { finding } from "../../istio/findings";
import { NamedFiles } from "../resources/files";
import { Debounce } from "./debounce";
import { FolderWatch } from "./folder-watch";
import { Pacer } from "./kubernetes/pacer";
import { MountedFiles } from "./mounted-files";
import { MovedFiles } from "./moved-files";
import { ResourceStore } from "../resources";
import type { RunningSource, SourceState } from "./source";
import { inTurns } from "./turns";
import { isSameWalk, reasonOf, signatureOf, walkSteps, type FoundFile, type FolderWalk } from "./walk";

export interface DirectorySourceOptions {
    /** Absolute paths of certificates are read below it; absent: as they are. */
    readonly fileRoot?: string;
    /** Nothing is read before the folder was quiet for so long; default 100. */
    readonly quietMs?: number;
    /** But no later than this after the first change; default 1000. */
    readonly maxWaitMs?: number;
    /** How often the folder is looked through when no event came; default 800. */
    readonly pollMs?: number;
    /** A larger file is not read; default 32 MiB. */
    readonly maxFileBytes?: number;
    /** A fault of `onChange` itself; reading goes on. */
    readonly onError?: (error: unknown) => void;
}

/** Resolves after the first reading, which has called `onChange` once, whatever it found. */
export async function startDirectorySource(
    dir: string,
    options: DirectorySourceOptions,
    onChange: (state: SourceState) => void,
): Promise<RunningSource> {
    const source = new DirectorySource(dir, options, onChange);
    await source.refresh();
    source.pollLater();
    return source;
}

const MAX_FILE_BYTES = 32 * 1024 * 1024;
const POLL_MS = 800;
/** A folder that keeps changing while it is read is taken as it is after so many tries. */
const MAX_TRIES = 4;
/** As with a cluster of which something could not be read yet. */
const NOTHING_YET = " Nobody knows what it forbids: nothing is served before it can be read, or is gone.";
/** Behind a file that was moved into its place whole nobody is waited for but those that come with it. */
const MOVED_QUIET_MS = 10;
const MOVED_MAX_WAIT_MS = 40;
/** A slow walk makes polling rarer, so that it never takes more than this share of the process. */
const POLL_SHARE = 0.02;

class DirectorySource implements RunningSource {
    readonly #dir: string;
    readonly #options: DirectorySourceOptions;
    readonly #onChange: (state: SourceState) => void;
    readonly #store = new ResourceStore();
    readonly #mounted: MountedFiles;
    readonly #named = new NamedFiles();
    readonly #debounce: Debounce;
    readonly #watch: FolderWatch;
    readonly #moved = new MovedFiles();
    readonly #pacer = new Pacer(() => this.#refreshMoved());
    /** What is moved one after the other is one change. */
    readonly #settling = new Debounce(MOVED_QUIET_MS, MOVED_MAX_WAIT_MS, () => this.#pacer.poke());
    /** As they are named here, by what they are watched as. */
    #folders: ReadonlyMap<string, string> = new Map();
    #seen: FolderWalk = { files: new Map(), folders: [], faults: new Map(), pseudo: new Set() };
    /** Signatures of the files whose objects the store has. */
    readonly #known = new Map<string, string>();
    /** What could not be read though it is there, and why: tried again at every poll. */
    readonly #failed = new Map<string, string>();
    #seenMounted = "";
    state: SourceState = { objects: [], files: new Map(), findings: [] };
    #isFirst = true;
    /** Whether all that is there was read once. Before that nobody knows what it forbids, and nothing is served. */
    #everWhole = false;
    #reading: Promise<void> = Promise.resolve();
    #pollTimer: NodeJS.Timeout | undefined;
    /** How long it took to look through the folder the last time. */
    #walkMs = 0;
    #stopped = false;

    constructor(dir: string, options: DirectorySourceOptions, onChange: (state: SourceState) => void) {
        this.#dir = dir;
        this.#options = options;
        this.#onChange = onChange;
        this.#mounted = new MountedFiles(options.fileRoot);
        this.#debounce = new Debounce(options.quietMs ?? 100, options.maxWaitMs ?? 1000, () => this.#refreshQuietly());
        this.#watch = new FolderWatch((folder, name, isNamed) => {
            this.#moved.note(this.#folders.get(folder), name, isNamed);
            if (this.#moved.isDoubtful) this.#debounce.poke();
            else if (!this.#moved.isEmpty) this.#settling.poke();
        });
    }

    get #maxFileBytes(): number {
        return this.#options.maxFileBytes ?? MAX_FILE_BYTES;
    }

    refresh(): Promise<void> {
        const reading = this.#reading.then(() => this.#readAll());
        this.#reading = reading.catch(() => undefined);
        return reading;
    }

    report(): unknown {
        return {
            kind: "directory",
            dir: this.#dir,
            files: this.#known.size,
            unreadable: this.#failed.size,
            objects: this.state.objects.length,
        };
    }

    stop(): void {
        this.#stopped = true;
        clearTimeout(this.#pollTimer);
        this.#debounce.cancel();
        this.#settling.cancel();
        this.#pacer.stop();
        this.#watch.stop();
    }

    /** What was read a moment ago need not be looked at again at once. */
    pollLater(): void {
        if (this.#stopped) return;
        this.#pollTimer = setTimeout(() => this.poll(), Math.max(this.#options.pollMs ?? POLL_MS, this.#walkMs / POLL_SHARE)).unref();
    }

    poll(): void {
        if (!this.#stopped) this.#look().catch((error: unknown) => this.#options.onError?.(error));
    }

    async #look(): Promise<void> {
        const started = performance.now();
        // An event may have been missed: what is seen only starts the same wait for quiet as an event does.
        const isQuiet =
            this.#failed.size === 0 &&
            isSameWalk(this.#seen, await inTurns(walkSteps(this.#dir))) &&
            this.#mounted.signature() === this.#seenMounted;
        if (this.#stopped) return;
        if (!isQuiet) this.#debounce.poke();
        this.#walkMs = performance.now() - started;
        this.pollLater();
    }

    #refreshQuietly(): void {
        this.refresh().catch((error: unknown) => this.#options.onError?.(error));
    }

    #refreshMoved(): Promise<void> {
        const reading = this.#reading.then(() => this.#readMoved());
        this.#reading = reading.catch((error: unknown) => this.#options.onError?.(error));
        return this.#reading;
    }

    /** Of what was moved into its place whole, without a walk through all. */
    async #readMoved(): Promise<void> {
        if (this.#stopped || this.#moved.isDoubtful || this.#moved.isEmpty) return;
        const files = this.#moved.take((file) => this.#seen.files.has(file) && !this.#failed.has(file));
        const texts = files?.map((file) => (file.size > this.#maxFileBytes ? undefined : textOf(file.path)));
        // Who still writes one of them is told of by then.
        await nextTurn();
        if (this.#stopped) return;
        if (!files || !texts || this.#moved.isDoubtful || !files.every(isStill)) return this.#debounce.poke();
        let isChanged = false;
        for (const [at, file] of files.entries()) {
            this.#seen.files.set(file.path, file);
            if (this.#known.get(file.path) === file.signature) continue;
            isChanged = (await this.#readFile(file, texts[at])) || isChanged;
        }
        this.#handOn(isChanged);
    }

    async #readAll(): Promise<void> {
        if (this.#stopped) return;
        this.#moved.clear();
        let isChanged = this.#isFirst;
        for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
            const started = performance.now();
            const found = await inTurns(walkSteps(this.#dir));
            this.#walkMs = performance.now() - started;
            // Watches are there before the reading, so that no change falls between the two.
            this.#follow(found);
            isChanged = (await this.#readChanged(found)) || isChanged;
            if (isSameWalk(found, await inTurns(walkSteps(this.#dir)))) break;
            if (attempt === MAX_TRIES) this.#debounce.poke();
        }
        this.#handOn(isChanged);
    }

    #handOn(isChanged: boolean): void {
        const state = isChanged ? this.#store.read() : this.state;
        this.#mounted.want(this.#named.of(state.objects));
        this.#follow(this.#seen);
        this.#seenMounted = this.#mounted.signature();
        const files = this.#mounted.read();
        // What is no file of resources by its nature holds nothing back.
        const wasPartial = this.state.isPartial ?? false;
        this.#everWhole ||= [...this.#failed.keys()].every((place) => this.#seen.pseudo.has(place));
        if (this.#stopped || (!isChanged && files === this.state.files && wasPartial === !this.#everWhole)) return;
        this.#isFirst = false;
        this.state = { objects: state.objects, files, findings: state.findings, ...(this.#everWhole ? {} : { isPartial: true }) };
        this.#onChange(this.state);
    }

    #follow({ folders }: FolderWalk): void {
        this.#folders = new Map(folders.map((one) => [path.resolve(one), one]));
        this.#watch.follow([path.resolve(this.#dir), ...this.#folders.keys(), ...this.#mounted.folders()]);
    }

    /** Whether anything differs from what was read before. */
    async #readChanged(found: FolderWalk): Promise<boolean> {
        let isChanged = false;
        for (const file of found.files.values()) {
            if (this.#known.get(file.path) === file.signature && !this.#failed.has(file.path)) continue;
            isChanged = (await this.#readFile(file)) || isChanged;
        }
        for (const [place, reason] of found.faults) isChanged = this.#fail(place, reason, found.pseudo.has(place)) || isChanged;
        for (const file of [...this.#known.keys(), ...this.#failed.keys()]) {
            if (!found.files.has(file) && !isUnknown(file, found)) isChanged = this.#forget(file) || isChanged;
        }
        this.#seen = found;
        return isChanged;
    }

    /** `read`: what stands in it, where that has just been read. */
    async #readFile({ path: file, size, signature }: FoundFile, read?: string): Promise<boolean> {
        const bound = this.#maxFileBytes;
        if (size > bound) return this.#fail(file, `it has ${size} bytes, more than ${bound}`);
        try {
            const text = read ?? readFileSync(file, "utf8");
            // Between truncating a file and writing it, an editor leaves it empty: that is no wish to have nothing.
            if (text.trim() === "" && this.#store.hasObjects(file))
                return this.#fail(file, "it is empty now; delete it to take its objects away");
            this.#store.setFile(file, await inTurns(parsingSteps(text, file)));
        } catch (error) {
            return this.#fail(file, reasonOf(error));
        }
        this.#failed.delete(file);
        this.#known.set(file, signature);
        return true;
    }

    #fail(file: string, reason: string, isPseudo = false): boolean {
        if (this.#failed.get(file) === reason) return false;
        this.#failed.set(file, reason);
        this.#store.failFile(
            file,
            finding(
                "GH0401",
                { place: { file, line: 1 } },
                `${file} can't be read: ${reason}.${this.#everWhole || isPseudo ? "" : NOTHING_YET}`,
            ),
            isPseudo,
        );
        return true;
    }

    #forget(file: string): boolean {
        this.#known.delete(file);
        this.#failed.delete(file);
        this.#store.removeFile(file);
        return true;
    }
}

/** Undefined: it is left to a reading that says what is wrong. */
function textOf(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

function isStill({ path: file, signature }: FoundFile): boolean {
    try {
        return signatureOf(file).signature === signature;
    } catch {
        return false;
    }
}

/** Whether a file lies at or below something that can't be read now: then nobody knows that it is gone. */
function isUnknown(file: string, { faults }: FolderWalk): boolean {
    for (let at = file; ; at = path.dirname(at)) {
        if (faults.has(at)) return true;
        if (path.dirname(at) === at) return false;
    }
}
