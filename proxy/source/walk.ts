/**
 * Finds the resource files of a folder. Its calls are synchronous: it runs every second, and asynchronous ones would cost
 * ten times that. It stops after each entry, so that whoever has other things to do can go on later.
 */
import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import path from "node:path";
import { pseudoFileSystem } from "./pseudo-file-systems";

export interface FoundFile {
    readonly path: string;
    readonly size: number;
    /** Changes whenever the file does, also when a link comes to lead elsewhere. */
    readonly signature: string;
}

export interface FolderWalk {
    /** By path. */
    readonly files: Map<string, FoundFile>;
    readonly folders: readonly string[];
    /** Files and folders that are there and can't be read, with the reason. What lies below such a folder is unknown. */
    readonly faults: ReadonlyMap<string, string>;
    /** Those among them that lie on a file system of the kernel's own, where nobody keeps resources. */
    readonly pseudo: ReadonlySet<string>;
}

const EXTENSIONS = new Set([".yaml", ".yml", ".json"]);
export function isResourceName(name: string): boolean {
    return EXTENSIONS.has(path.extname(name).toLowerCase());
}

const MAX_FILES = 100_000;
const MAX_DEPTH = 32;
/** Of files that are not ours, too: a link to the root of a disk leads to millions. */
const MAX_ENTRIES = 500_000;

export function walk(root: string): FolderWalk {
    const steps = walkSteps(root);
    for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
    }
}

export function* walkSteps(root: string): Generator<undefined, FolderWalk> {
    const found: Found = { files: new Map(), folders: [], faults: new Map(), pseudo: new Set(), visited: new Set(), entries: 0 };
    try {
        yield* enter(root, statSync(root).dev, -1, 0, found);
    } catch (error) {
        found.faults.set(root, reasonOf(error));
    }
    return found;
}

/** Whether two walks saw the same. */
export function isSameWalk(a: FolderWalk, b: FolderWalk): boolean {
    return (
        a.files.size === b.files.size &&
        a.faults.size === b.faults.size &&
        [...a.files].every(([key, { signature }]) => b.files.get(key)?.signature === signature) &&
        [...a.faults].every(([key, reason]) => b.faults.get(key) === reason)
    );
}

export interface Signature {
    readonly signature: string;
    readonly size: number;
    readonly dev: number;
    readonly isFile: boolean;
    readonly isFolder: boolean;
}

export function signatureOf(file: string): Signature {
    const stat = statSync(file, { bigint: true });
    return {
        signature: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`,
        size: Number(stat.size),
        dev: Number(stat.dev),
        isFile: stat.isFile(),
        isFolder: stat.isDirectory(),
    };
}

/** `no such file`, for people. */
export function reasonOf(error: unknown): string {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    switch (code) {
        case "ENOENT":
            return "there is no such file";
        case "EACCES":
        case "EPERM":
            return "permission is denied";
        case "ELOOP":
            return "its links lead in a circle";
        case "EISDIR":
            return "it is a folder";
        case "ENOTDIR":
            return "a part of its path is no folder";
        default:
            return error instanceof Error ? error.message : String(error);
    }
}

interface Found {
    readonly files: Map<string, FoundFile>;
    readonly folders: string[];
    readonly faults: Map<string, string>;
    readonly pseudo: Set<string>;
    /** Real paths of folders: a link back up, or to a folder that was read already, is not followed. */
    readonly visited: Set<string>;
    /** All that was looked at. */
    entries: number;
}

/** A folder or file on another file system than what led to it may be on one that only looks like files. */
function* enter(folder: string, dev: number, devAbove: number, depth: number, found: Found): Generator<undefined, void> {
    const pseudo = dev === devAbove ? undefined : pseudoFileSystem(folder);
    if (pseudo === undefined) yield* walkFolder(folder, dev, depth, found);
    else addPseudo(folder, pseudo, found);
}

function addPseudo(place: string, pseudo: string, { faults, pseudo: all }: Found): void {
    faults.set(place, `it lies on a ${pseudo} file system`);
    all.add(place);
}

function* walkFolder(folder: string, dev: number, depth: number, found: Found): Generator<undefined, void> {
    let entries: Dirent[];
    try {
        const real = realpathSync(folder);
        if (found.visited.has(real)) return;
        found.visited.add(real);
        entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
        found.faults.set(folder, reasonOf(error));
        return;
    }
    found.folders.push(folder);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
        if (++found.entries > MAX_ENTRIES) {
            found.faults.set(folder, `more than ${MAX_ENTRIES} files and folders lie below where it began`);
            return;
        }
        // Hidden names are editors' own, and the `..data` of a mounted ConfigMap, whose files are linked from beside it.
        if (!entry.name.startsWith(".")) yield* visit(path.join(folder, entry.name), entry, dev, depth, found);
    }
}

function* visit(file: string, entry: Dirent, devAbove: number, depth: number, found: Found): Generator<undefined, void> {
    const isWanted = isResourceName(entry.name);
    if (entry.isFile() && !isWanted) return;
    yield;
    try {
        const { signature, size, dev, isFile, isFolder } = signatureOf(file);
        if (isFolder && depth < MAX_DEPTH) yield* enter(file, dev, devAbove, depth + 1, found);
        else if (isFolder) found.faults.set(file, `it lies deeper than ${MAX_DEPTH} folders`);
        else if (isFile && isWanted)
            takeFile({ path: file, size, signature }, dev === devAbove ? undefined : pseudoFileSystem(file), found);
    } catch (error) {
        // A link to nowhere that does not even look like ours is nobody's business.
        if (isWanted) found.faults.set(file, reasonOf(error));
    }
}

function takeFile(file: FoundFile, pseudo: string | undefined, found: Found): void {
    if (pseudo !== undefined) addPseudo(file.path, pseudo, found);
    else if (found.files.size >= MAX_FILES) found.faults.set(file.path, `there are more than ${MAX_FILES} files`);
    else found.files.set(file.path, file);
}
