/**
 * Files that were moved into their place whole, as tools replace a file: those need no waiting for an end of writing, and no
 * walk through all others. Only what leaves no doubt is taken so; of everything else nothing is known here, and the folder is
 * looked through when it has come to rest.
 */
import { lstatSync } from "node:fs";
import path from "node:path";
import { isResourceName, signatureOf, type FoundFile } from "./walk";

export class MovedFiles {
    readonly #paths = new Set<string>();
    #isDoubtful = false;

    /** What an event of a folder tells; undefined: of one that has no resources. */
    note(folder: string | undefined, name: string | undefined, isNamed: boolean): void {
        if (folder === undefined || name === undefined || name.startsWith("..")) this.#isDoubtful = true;
        // Hidden names are never read: a file is written under one, and then moved.
        else if (name.startsWith(".")) return;
        else if (isNamed && isResourceName(name)) this.#paths.add(path.join(folder, name));
        else this.#isDoubtful = true;
    }

    get isDoubtful(): boolean {
        return this.#isDoubtful;
    }

    get isEmpty(): boolean {
        return this.#paths.size === 0 && !this.#isDoubtful;
    }

    /** What was noted until now, as it is on the disk; undefined: all is to be looked through. */
    take(known: (file: string) => boolean): readonly FoundFile[] | undefined {
        const paths = [...this.#paths];
        const isDoubtful = this.#isDoubtful;
        this.clear();
        if (isDoubtful) return undefined;
        const files: FoundFile[] = [];
        for (const file of paths) {
            const found = known(file) ? wholeFile(file) : undefined;
            if (found === undefined) return undefined;
            files.push(found);
        }
        return files;
    }

    clear(): void {
        this.#paths.clear();
        this.#isDoubtful = false;
    }
}

/** A regular file with something in it. One that was opened to be written has nothing, or is told of as changed. */
function wholeFile(file: string): FoundFile | undefined {
    try {
        if (!lstatSync(file).isFile()) return undefined;
        const { signature, size } = signatureOf(file);
        return size === 0 ? undefined : { path: file, size, signature };
    } catch {
        return undefined;
    }
}
