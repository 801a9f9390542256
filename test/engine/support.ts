/** What tests of the engine share: folders that go away, and the text of a failure. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { EngineError } from "../../engine";
import { root } from "../support/checkout";

const made: string[] = [];
// Files of tests that share a process load this once: a hook would be the first one's alone.
process.once("exit", () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

// One cache of compiled code for all tests: most of a program's start is loading the SDK.
process.env.NODE_COMPILE_CACHE ??= path.join(root, "node_modules", ".cache", "gatehouse", "compile");

export function tempFolder(): string {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-engine-"));
    made.push(folder);
    return folder;
}

/** Writes files below a folder and gives back the folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
    for (const [name, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), content);
    }
    return folder;
}

/** A folder in which programs find the checkout's packages. */
export function programFolder(files: Readonly<Record<string, string>>): string {
    const folder = writeFiles(tempFolder(), { "package.json": "{}\n", ...files });
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    return folder;
}

/** Pulumi.yaml for a program in index.ts. */
export function projectYaml(name: string, more = ""): string {
    return `name: ${name}\nruntime: nodejs\nmain: index.ts\n${more}`;
}

/** The EngineError that the call ends by. */
export async function engineFailure(call: () => unknown): Promise<EngineError> {
    try {
        await call();
    } catch (error) {
        assert.ok(error instanceof EngineError, String((error as Error).stack));
        return error;
    }
    return assert.fail("did not fail");
}
