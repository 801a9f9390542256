/** The launcher on a Node that is too old: the project's own runs in its place, and ends with it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
    chmodSync,
    chownSync,
    copyFileSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { eventually } from "../../support/eventually";
import { run } from "../../support/gatehouse";

/** Has the launcher believe that it runs on Node 20. */
const OLD_NODE = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } });\n';

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

describe("the launcher on an old Node", function () {
    this.timeout(600_000);
    let folder: string;
    let launcher: readonly string[];
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-launcher-"));
        writeFileSync(path.join(folder, "old.js"), OLD_NODE);
        launcher = ["--require", path.join(folder, "old.js"), path.join(root, "cli", "gatehouse.js")];
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("passes arguments on and the exit code back", async () => {
        const { code, stdout } = await run(process.execPath, [...launcher, "--version"]);
        assert.equal(code, 0);
        assert.match(stdout, /^\d+\.\d+\.\d+/);
        assert.equal((await run(process.execPath, [...launcher, "bogus"])).code, 2);
    });

    it("leaves nothing running when it is killed", async function () {
        if (process.platform !== "linux") this.skip(); // Only /proc tells the children of a process without a tool.
        const log = path.join(folder, "log");
        const child = spawn(process.execPath, [...launcher, "sample", "web"], {
            env: { ...process.env, PORT: "0", HOST: "127.0.0.1" },
            stdio: ["ignore", "pipe", "ignore"],
        });
        child.stdout.setEncoding("utf8").on("data", (text: string) => writeFileSync(log, text));
        await eventually(() => assert.match(readFileSync(log, "utf8"), /"port"/), 20_000);
        const below = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
        assert.ok(below > 0 && isAlive(below));
        child.kill("SIGKILL");
        try {
            await eventually(() => assert.ok(!isAlive(below), `${below} lives on`));
        } finally {
            if (isAlive(below)) process.kill(below, "SIGKILL");
        }
    });
});

describe("what the launcher keeps of compiled code", () => {
    let folder: string;
    /** A package as it is installed: the launcher, and a command that says where compiled code is kept. */
    let launcher: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-cache-"));
        launcher = path.join(folder, "package/cli/gatehouse.js");
        mkdirSync(path.dirname(launcher), { recursive: true });
        mkdirSync(path.join(folder, "package/dist"));
        copyFileSync(path.join(root, "cli/gatehouse.js"), launcher);
        writeFileSync(
            path.join(folder, "package/dist/gatehouse.js"),
            `process.stdout.write(String(require("node:module").getCompileCacheDir()));`,
        );
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function keptIn(cacheHome: string): Promise<string> {
        const { NODE_COMPILE_CACHE: _, ...env } = process.env;
        const child = spawn(process.execPath, [launcher], {
            env: { ...env, XDG_CACHE_HOME: cacheHome, HOME: "" },
            stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.on("data", (part: Buffer) => {
            text += part.toString();
        });
        await once(child, "exit");
        return text;
    }

    it("lies in a folder of the user's own that nobody else may write to", async () => {
        const home = path.join(folder, "own");
        const kept = await keptIn(home);
        assert.ok(kept.startsWith(path.join(home, "gatehouse/compile")), kept);
        assert.equal(statSync(path.join(home, "gatehouse/compile")).mode & 0o777, 0o700);
    });

    const foreign: Readonly<Record<string, (place: string) => void>> = {
        "others may write to": (place) => {
            mkdirSync(place, { recursive: true });
            chmodSync(place, 0o777);
        },
        "is a link": (place) => {
            mkdirSync(path.dirname(place), { recursive: true });
            mkdirSync(`${place}-elsewhere`, { mode: 0o700 });
            symlinkSync(`${place}-elsewhere`, place);
        },
        "is another user's": (place) => {
            mkdirSync(place, { recursive: true, mode: 0o700 });
            chownSync(place, 65534, 65534);
        },
    };
    for (const [what, make] of Object.entries(foreign)) {
        it(`is nothing where the folder ${what}`, async function () {
            if (what === "is another user's" && process.getuid?.() !== 0) this.skip(); // Only root gives files away.
            const home = path.join(folder, what.replaceAll(/\W/g, "-"));
            make(path.join(home, "gatehouse/compile"));
            assert.equal(await keptIn(home), "undefined");
        });
    }
});
