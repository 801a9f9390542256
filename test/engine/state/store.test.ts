/** The state folder: for its owner only, steady, and never a reason to stop. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { StackState } from "../../../engine/state/store";
import { tempFolder } from "../support";

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const key = { type: "tls:index/privateKey:PrivateKey", inputsHash: "h", id: "i", outputs: { privateKeyPem: "PEM" } };

describe("the state of a stack", () => {
    it("is readable by its owner only and keeps itself out of repositories", () => {
        const folder = path.join(tempFolder(), ".gatehouse");
        const state = new StackState(folder, "p", "dev");
        state.keep("urn:a", key);
        state.save(true);
        const file = path.join(folder, "stacks", "p.dev.json");
        assert.deepEqual(
            [mode(folder), mode(path.dirname(file)), mode(file), readFileSync(path.join(folder, ".gitignore"), "utf8")],
            ["700", "700", "600", "*\n"],
        );
    });

    it("does not change a folder that somebody else made", () => {
        const folder = path.join(tempFolder(), "mine");
        mkdirSync(folder, { mode: 0o755 });
        const state = new StackState(folder, "p", "dev");
        state.name(["urn:a"], () => "a-1");
        state.save(true);
        assert.deepEqual(
            [mode(folder), existsSync(path.join(folder, ".gitignore")), mode(path.join(folder, "stacks"))],
            ["755", false, "700"],
        );
    });

    it("gives a resource its name and key again, under its URN or an alias of it", () => {
        const folder = tempFolder();
        const first = new StackState(folder, "p", "dev");
        first.name(["urn:a"], () => "a-1");
        first.keep("urn:a", key);
        first.save(true);
        const second = new StackState(folder, "p", "dev");
        assert.deepEqual(
            [second.name(["urn:b", "urn:a"], () => "new"), second.resource(["urn:b", "urn:a"]), second.resource(["urn:b"])],
            ["a-1", key, undefined],
        );
    });

    it("forgets what a whole run did not use, and nothing of a run that broke off", () => {
        const folder = tempFolder();
        const names = (complete: boolean, urn: string): string => {
            const state = new StackState(folder, "p", "dev");
            const name = state.name([urn], () => `${urn}-new`);
            state.save(complete);
            return name;
        };
        names(true, "a");
        names(false, "b");
        assert.deepEqual(
            new StackState(folder, "p", "dev").name(["a"], () => "lost"),
            "a-new",
        );
        names(true, "b");
        assert.deepEqual(
            new StackState(folder, "p", "dev").name(["a"], () => "lost"),
            "lost",
        );
    });

    for (const [what, content] of [
        ["half a file", '{"version":1,"names":{"a"'],
        ["another shape", '{"version":1,"names":[],"resources":{}}'],
        ["a wrong version", '{"version":7}'],
    ] as const) {
        it(`is made anew with a notice where it holds ${what}, which is put aside`, () => {
            const folder = tempFolder();
            const file = path.join(folder, "stacks", "p.dev.json");
            mkdirSync(path.dirname(file));
            writeFileSync(file, content);
            const state = new StackState(folder, "p", "dev");
            assert.deepEqual(
                state.findings.map(({ code, level }) => [code, level]),
                [["GH0316", "Warning"]],
            );
            assert.equal(
                state.name(["a"], () => "made"),
                "made",
            );
            assert.equal(readFileSync(`${file}.damaged`, "utf8"), content);
        });
    }
});
