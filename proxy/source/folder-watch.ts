/** Follows a changing set of folders. Events are a hint that comes early; polling finds what they miss. */
import { statSync, watch, type FSWatcher } from "node:fs";

/** Systems bound the number of watches; beyond this many folders polling has to do. */
const MAX_WATCHES = 2048;

export class FolderWatch {
    readonly #onEvent: (folder: string, name: string | undefined, isNamed: boolean) => void;
    readonly #watches = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();

    /** `isNamed`: a name came, went or leads elsewhere; otherwise what it leads to has changed. */
    constructor(onEvent: (folder: string, name: string | undefined, isNamed: boolean) => void) {
        this.#onEvent = onEvent;
    }

    follow(folders: readonly string[]): void {
        const wanted = new Set(folders.slice(0, MAX_WATCHES));
        // A folder that was deleted and made anew has its name, and none of its events come here.
        for (const [folder, { inode }] of [...this.#watches]) if (!wanted.has(folder) || inodeOf(folder) !== inode) this.#forget(folder);
        for (const folder of wanted) if (!this.#watches.has(folder)) this.#start(folder);
    }

    stop(): void {
        this.follow([]);
    }

    #start(folder: string): void {
        try {
            const watcher = watch(folder, { persistent: false }, (event, name) =>
                this.#onEvent(folder, name ?? undefined, event === "rename"),
            );
            watcher.on("error", () => this.#forget(folder));
            this.#watches.set(folder, { watcher, inode: inodeOf(folder) });
        } catch {
            // It went away, or the system's bound is reached.
        }
    }

    #forget(folder: string): void {
        this.#watches.get(folder)?.watcher.close();
        this.#watches.delete(folder);
    }
}

function inodeOf(folder: string): number {
    return statSync(folder, { throwIfNoEntry: false })?.ino ?? -1;
}
