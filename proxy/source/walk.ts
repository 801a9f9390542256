/** Finds the resource files of a folder. Synchronous: it runs every second, and a call each would cost ten times that. */
import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import path from "node:path";

export interface FoundFile {
    readonly path: string;
    readonly size: number;
    /** Changes whenever the file does, also when a link comes to lead elsewhere. */
    readonly signature: string;
}

export interface Walk {
    /** By path. */
    readonly files: ReadonlyMap<string, FoundFile>;
    readonly folders: readonly string[];
    /** Files and folders that are there and can't be read, with the reason. What lies below such a folder is unknown. */
    readonly faults: ReadonlyMap<string, string>;
}

const EXTENSIONS = new Set([".yaml", ".yml", ".json"]);
const MAX_FILES = 100_000;
const MAX_DEPTH = 32;

export function walk(root: string): Walk {
    const found = { files: new Map<string, FoundFile>(), folders: [] as string[], faults: new Map<string, string>(), visited: new Set<string>() };
    walkFolder(root, 0, found);
    return found;
}

/** Whether two walks saw the same. */
export function isSameWalk(a: Walk, b: Walk): boolean {
    return a.files.size === b.files.size && a.faults.size === b.faults.size
        && [...a.files].every(([key, { signature }]) => b.files.get(key)?.signature === signature)
        && [...a.faults].every(([key, reason]) => b.faults.get(key) === reason);
}

export function signatureOf(file: string): { readonly signature: string; readonly size: number; readonly isFile: boolean; readonly isFolder: boolean } {
    const stat = statSync(file, { bigint: true });
    return {
        signature: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`,
        size: Number(stat.size), isFile: stat.isFile(), isFolder: stat.isDirectory(),
    };
}

/** `no such file`, for people. */
export function reasonOf(error: unknown): string {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    switch (code) {
        case "ENOENT": return "there is no such file";
        case "EACCES": case "EPERM": return "permission is denied";
        case "ELOOP": return "its links lead in a circle";
        case "EISDIR": return "it is a folder";
        case "ENOTDIR": return "a part of its path is no folder";
        default: return error instanceof Error ? error.message : String(error);
    }
}

interface Found {
    readonly files: Map<string, FoundFile>;
    readonly folders: string[];
    readonly faults: Map<string, string>;
    /** Real paths of folders: a link back up, or to a folder that was read already, is not followed. */
    readonly visited: Set<string>;
}

function walkFolder(folder: string, depth: number, found: Found): void {
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
        // Hidden names are editors' own, and the `..data` of a mounted ConfigMap, whose files are linked from beside it.
        if (!entry.name.startsWith(".")) visit(path.join(folder, entry.name), entry, depth, found);
    }
}

function visit(file: string, entry: Dirent, depth: number, found: Found): void {
    const isWanted = EXTENSIONS.has(path.extname(entry.name).toLowerCase());
    if (entry.isFile() && !isWanted) return;
    try {
        const { signature, size, isFile, isFolder } = signatureOf(file);
        if (isFolder && depth < MAX_DEPTH) walkFolder(file, depth + 1, found);
        else if (isFolder) found.faults.set(file, `it lies deeper than ${MAX_DEPTH} folders`);
        else if (isFile && isWanted && found.files.size >= MAX_FILES) found.faults.set(file, `there are more than ${MAX_FILES} files`);
        else if (isFile && isWanted) found.files.set(file, { path: file, size, signature });
    } catch (error) {
        // A link to nowhere that does not even look like ours is nobody's business.
        if (isWanted) found.faults.set(file, reasonOf(error));
    }
}
