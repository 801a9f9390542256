/** Where scenarios put their objects: a folder of YAML, or, set by a test that has one, a real cluster. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Setting {
    /** Where the objects lie as files, if they do: what a command that reads a folder can be asked of. */
    readonly folder?: string;
    /** The arguments by which a proxy in a namespace reads what is written here. */
    sourceArgs(namespace: string): Promise<readonly string[]>;
    /** Replaces what the name had before; without text, takes it away. */
    write(name: string, text: string): Promise<void>;
    close(): Promise<void>;
}

export interface Stage {
    /** Where backends of the test's own process listen, as endpoints name them. */
    readonly backendAddress: string;
    /** `base` is a folder for whatever the setting needs. */
    open(base: string): Promise<Setting>;
}

const FOLDER: Stage = {
    backendAddress: "127.0.0.1",
    open: async (base) => {
        const dir = path.join(base, "config");
        mkdirSync(dir);
        return {
            folder: dir,
            sourceArgs: async () => ["--config", dir],
            write: async (name, text) => writeAtomically(path.join(dir, name), text),
            close: async () => undefined,
        };
    },
};

function writeAtomically(target: string, text: string): void {
    if (text === "") return rmSync(target);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(`${target}.part`, text);
    renameSync(`${target}.part`, target);
}

let current = FOLDER;

export function stage(): Stage {
    return current;
}

/** Every scenario from now on plays there; without a stage, in a folder again. */
export function setStage(next: Stage = FOLDER): void {
    current = next;
}
