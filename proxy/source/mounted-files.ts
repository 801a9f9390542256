/** Certificate files that resources name, read below a root they can't leave. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import type { FileContent } from "../resources/placed-object";
import { pseudoFileSystem } from "./pseudo-file-systems";
import { reasonOf, signatureOf } from "./walk";

const MAX_BYTES = 1024 * 1024;

export class MountedFiles {
    readonly #root: string | undefined;
    #wanted: readonly string[] = [];
    #contents: ReadonlyMap<string, FileContent> = new Map();

    /** Without a root, absolute paths are what they say. */
    constructor(root: string | undefined) {
        this.#root = root === undefined ? undefined : path.resolve(root);
    }

    want(names: readonly string[]): void {
        this.#wanted = names;
    }

    /** Reads all that is wanted; the same map as before where nothing changed. */
    read(): ReadonlyMap<string, FileContent> {
        const next = new Map(this.#wanted.map((name) => [name, sameOr(this.#contents.get(name), this.#readOne(name))]));
        const isSame = next.size === this.#contents.size && [...next].every(([name, content]) => this.#contents.get(name) === content);
        if (!isSame) this.#contents = next;
        return this.#contents;
    }

    /** Changes when a wanted file may have changed; costs no reading. */
    signature(): string {
        return this.#wanted
            .map((name) => {
                try {
                    const file = this.#locate(name);
                    return "error" in file ? file.error : signatureOf(file.path).signature;
                } catch (error) {
                    return reasonOf(error);
                }
            })
            .join("\n");
    }

    /** Folders in which a change of a wanted file shows: where its name stands, and where its links lead. */
    folders(): string[] {
        const folders = this.#wanted.flatMap((name) => {
            const nominal = this.#nominal(name);
            if (nominal === undefined) return [];
            try {
                return [path.dirname(nominal), path.dirname(realpathSync(nominal))];
            } catch {
                // Not there yet: it appears in its folder, or the folder does in the one above.
                return [nearestFolder(path.dirname(nominal))];
            }
        });
        return [...new Set(folders)];
    }

    #readOne(name: string): FileContent {
        try {
            const file = this.#locate(name);
            if ("error" in file) return file;
            const { size, isFile } = signatureOf(file.path);
            if (!isFile) return { error: "it is not a regular file" };
            const pseudo = pseudoFileSystem(file.path);
            if (pseudo !== undefined) return { error: `it lies on a ${pseudo} file system` };
            if (size > MAX_BYTES) return { error: `it is larger than ${MAX_BYTES} bytes` };
            return { text: readFileSync(file.path, "utf8") };
        } catch (error) {
            const below = this.#root === undefined ? "" : ` (looked for below ${this.#root})`;
            return { error: `${reasonOf(error)}${below}` };
        }
    }

    #nominal(name: string): string | undefined {
        if (this.#root !== undefined) return path.join(this.#root, path.posix.normalize(`/${name}`));
        return path.isAbsolute(name) ? path.normalize(name) : undefined;
    }

    #locate(name: string): { readonly path: string } | { readonly error: string } {
        const nominal = this.#nominal(name);
        if (nominal === undefined) return { error: "the path is not absolute" };
        const real = realpathSync(nominal);
        if (this.#root === undefined) return { path: real };
        const root = realpathSync(this.#root);
        return real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)
            ? { path: real }
            : { error: `its links lead out of ${this.#root}` };
    }
}

function nearestFolder(folder: string): string {
    const above = path.dirname(folder);
    return above === folder || existsSync(folder) ? folder : nearestFolder(above);
}

function sameOr(before: FileContent | undefined, now: FileContent): FileContent {
    if (before === undefined) return now;
    if ("text" in before) return "text" in now && now.text === before.text ? before : now;
    return "error" in now && now.error === before.error ? before : now;
}
