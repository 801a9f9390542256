/**
 * A folder whose files this command made. A list of them is kept in it, so that the next run removes what it no longer
 * makes and touches nothing else. Files appear whole (written beside, then renamed), and one that did not change is
 * not written: a proxy that watches the folder reads only what is new.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CommandError, errnoText, EXIT } from "../exit";

export interface FolderFile {
    /** Relative; may lie in folders of its own. */
    readonly name: string;
    readonly content: string | Buffer;
    readonly secret: boolean;
}

export interface Written {
    readonly written: readonly string[];
    readonly removed: readonly string[];
}

const LIST = ".gatehouse-files";
const MODE = { secret: 0o600, plain: 0o644, secretFolder: 0o700 } as const;

function readIfThere(file: string): Buffer | undefined {
    try {
        return readFileSync(file);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}

/** What an earlier run made here; nothing where there was none, or where the list is not ours to read. */
function madeBefore(folder: string): string[] {
    try {
        const list: unknown = JSON.parse(readFileSync(path.join(folder, LIST), "utf8"));
        return Array.isArray(list)
            ? list.filter((one): one is string => typeof one === "string" && !one.split("/").includes("..") && !path.isAbsolute(one))
            : [];
    } catch {
        return [];
    }
}

/** The new file is there whole or not at all. Its temporary name begins with a dot: no source of objects reads it. */
function replaceFile(file: string, content: string | Buffer, mode: number): void {
    const beside = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
    writeFileSync(beside, content, { mode, flag: "w" });
    chmodSync(beside, mode);
    renameSync(beside, file);
}

/** Writes a file unless it is there as it should be; tells whether it wrote. */
function putFile(folder: string, { name, content, secret }: FolderFile): boolean {
    const file = path.join(folder, name);
    const mode = secret ? MODE.secret : MODE.plain;
    const before = readIfThere(file);
    if (before?.equals(Buffer.from(content)) && (statSync(file).mode & 0o777) === mode) return false;
    mkdirSync(path.dirname(file), { recursive: true, ...(secret ? { mode: MODE.secretFolder } : {}) });
    replaceFile(file, content, mode);
    return true;
}

/** One folder after the other: `recursive` never returns where a file system lets nobody make any, as /proc. */
function makeFolders(folder: string, mode: number | undefined): void {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    if (path.dirname(folder) !== folder) makeFolders(path.dirname(folder), mode);
    try {
        mkdirSync(folder, { ...(mode === undefined ? {} : { mode }) });
    } catch (error) {
        // Another run may have been faster.
        if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
}

/** Makes a folder, for the owner only where it is to hold secrets. */
export function makeFolder(folder: string, secret: boolean): void {
    try {
        makeFolders(folder, secret ? MODE.secretFolder : undefined);
        if (secret) chmodSync(folder, MODE.secretFolder);
    } catch (error) {
        throw new CommandError(EXIT.unable, `cannot make the folder ${folder}: ${errnoText(error)}`);
    }
}

/** Refuses to write over a file that an earlier run did not make. */
function refuseForeign(folder: string, files: readonly FolderFile[], before: readonly string[]): void {
    const ours = new Set(before);
    const foreign = files.filter(
        ({ name, content }) => !ours.has(name) && !(readIfThere(path.join(folder, name))?.equals(Buffer.from(content)) ?? true),
    );
    if (foreign.length === 0) return;
    throw new CommandError(
        EXIT.unable,
        `${foreign.map(({ name }) => path.join(folder, name)).join(", ")}: there already, and not made by an earlier run; remove it or take another folder`,
    );
}

/** Makes the folder hold these files, and no file that an earlier run made besides. */
export function layOut(folder: string, files: readonly FolderFile[], options: { readonly secret: boolean }): Written {
    makeFolder(folder, options.secret);
    try {
        const before = madeBefore(folder);
        refuseForeign(folder, files, before);
        const names = new Set(files.map(({ name }) => name));
        // The list first: what is made and then not listed would be nobody's.
        const list = `${JSON.stringify([...new Set([...before, ...names])].sort(), null, 1)}\n`;
        if (before.some((name) => !names.has(name)) || names.size !== before.length) replaceFile(path.join(folder, LIST), list, MODE.plain);
        const written = files.filter((file) => putFile(folder, file)).map(({ name }) => name);
        const removed = before.filter((name) => !names.has(name));
        for (const name of removed) rmSync(path.join(folder, name), { force: true });
        if (removed.length > 0) replaceFile(path.join(folder, LIST), `${JSON.stringify([...names].sort(), null, 1)}\n`, MODE.plain);
        return { written, removed };
    } catch (error) {
        if (error instanceof CommandError) throw error;
        throw new CommandError(EXIT.unable, `cannot write below ${folder}: ${errnoText(error)}`);
    }
}
