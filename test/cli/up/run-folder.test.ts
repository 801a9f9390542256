/** Two runs of one project at once do not write into each other's files. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, it } from "mocha";
import { CommandError } from "../../../cli/exit";
import { openRunFolder } from "../../../cli/up/run-folder";

describe("the folder of a run", () => {
    let base: string;
    let state: string;
    beforeEach(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-run-"));
        state = path.join(base, ".gatehouse");
    });
    afterEach(() => rmSync(base, { recursive: true, force: true }));

    it("is the state folder, for the owner only and kept out of repositories", () => {
        const { folder } = openRunFolder(state);
        assert.equal(folder, state);
        assert.equal(statSync(state).mode & 0o777, 0o700);
        assert.equal(readFileSync(path.join(state, ".gitignore"), "utf8"), "*\n");
    });

    it("is another one while a living process has it, and the same again afterwards", () => {
        writeFileSync(path.join(base, "keep"), "");
        const first = openRunFolder(state);
        // The parent of this process lives; the lock is its.
        writeFileSync(path.join(state, "up.pid"), String(process.ppid));
        const second = openRunFolder(state);
        assert.equal(second.folder, path.join(state, "run-2"));
        first.release();
        assert.equal(openRunFolder(state).folder, state);
    });

    it("is taken over from a process that is gone", () => {
        openRunFolder(state);
        const gone = spawnSync(process.execPath, ["--version"]).pid;
        writeFileSync(path.join(state, "up.pid"), String(gone));
        assert.equal(openRunFolder(state).folder, state);
    });

    it("that cannot be made could not run", () => {
        writeFileSync(path.join(base, "plain"), "");
        assert.throws(
            () => openRunFolder(path.join(base, "plain", "below")),
            (error: CommandError) => error.exitCode === 3,
        );
    });
});
