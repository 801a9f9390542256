/** What shells make of the scripts: each is asked, where it is there. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Argument, Command, Option } from "commander";
import { after, before, describe, it } from "mocha";
import { bashCompletion, completedCommands, fishCompletion, zshCompletion } from "../../../cli/completion";
import { run } from "../../support/gatehouse";

function program(): Command {
    const made = new Command("gatehouse");
    made.addCommand(
        new Command("up")
            .description("it's [served]: here")
            .argument("[stacks...]", "folders")
            .option("--check", "ask everything")
            .option("--env <name>", "the environment's name")
            .addOption(new Option("-o, --output <format>", "how").choices(["table", "json"]))
            .addOption(new Option("--hidden-one", "not for people").hideHelp()),
    );
    made.addCommand(new Command("pick").aliases(["p"]).addArgument(new Argument("<what>", "which").choices(["red", "blue"])));
    made.addCommand(new Command("inner"), { hidden: true });
    const show = new Command("show").aliases(["s"]).description("a part of it");
    show.addCommand(new Command("routes").aliases(["route", "r"]).description("ways").option("--port <port>", "of this port"));
    show.addCommand(new Command("log").description("words").addOption(new Option("--level <level>", "how").choices(["debug", "info"])));
    show.addCommand(new Command("secret"), { hidden: true });
    made.addCommand(show);
    made.addCommand(new Command("read").addArgument(new Argument("<file>", "what")));
    return made;
}

describe("completion", () => {
    const commands = completedCommands(program());
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "gatehouse-completion-"));
        writeFileSync(path.join(folder, "bash"), bashCompletion(commands));
        writeFileSync(path.join(folder, "zsh"), zshCompletion(commands));
        writeFileSync(path.join(folder, "fish"), fishCompletion(commands));
        writeFileSync(path.join(folder, "a file.yaml"), "");
    });
    after(() => rmSync(folder, { recursive: true }));

    async function inBash(...line: readonly string[]): Promise<string[]> {
        const script = 'source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gatehouse; printf "%s\\n" "${COMPREPLY[@]}"';
        const { stdout, stderr } = await run("bash", ["-c", script, "bash", "gatehouse", ...line], { cwd: folder });
        assert.equal(stderr, "");
        return stdout.split("\n").filter((one) => one !== "");
    }

    it("of commands has those that the help lists, by all their names", async () => {
        assert.deepEqual(await inBash(""), ["up", "pick", "p", "show", "s", "read", "--help", "--version"]);
        assert.deepEqual(await inBash("u"), ["up"]);
    });

    it("of options has those that the help lists, and their values", async () => {
        assert.deepEqual(await inBash("up", "--"), ["--check", "--env", "--output", "--help"]);
        assert.deepEqual(await inBash("up", "-o", "j"), ["json"]);
        assert.deepEqual(await inBash("up", "--env", ""), []);
    });

    it("of arguments has their words, by their place", async () => {
        assert.deepEqual(await inBash("pick", ""), ["red", "blue"]);
        assert.deepEqual(await inBash("p", "b"), ["blue"]);
        assert.deepEqual(await inBash("pick", "red", ""), []);
    });

    it("of a command that has commands has those, and of each its own options", async () => {
        for (const name of ["show", "s"]) {
            assert.deepEqual(await inBash(name, ""), ["routes", "log"]);
            assert.deepEqual(await inBash(name, "lo"), ["log"]);
            assert.deepEqual(await inBash(name, "-"), ["--help"]);
            for (const inner of ["routes", "route", "r"]) assert.deepEqual(await inBash(name, inner, "--p"), ["--port"]);
            assert.deepEqual(await inBash(name, "log", "--level", ""), ["debug", "info"]);
            assert.deepEqual(await inBash(name, "routes", "--port", "80", ""), []);
        }
    });

    it("of a value behind = has the same, and of files those with blanks in their names", async () => {
        assert.deepEqual(await inBash("up", "--output", "="), ["table", "json"]);
        assert.deepEqual(await inBash("up", "--output", "=", "j"), ["json"]);
        assert.deepEqual(await inBash("up", "--env", "=", "dev", "-o", "t"), ["table"]);
        assert.deepEqual(await inBash("read", "a"), ["a file.yaml"]);
    });

    it("is a script that each shell reads", async function () {
        for (const shell of ["bash", "zsh", "fish"]) {
            const { code, stderr } = await run(shell, ["-n", path.join(folder, shell)]).catch(() => ({ code: 0, stderr: "" }));
            assert.deepEqual([code, stderr], [0, ""], shell);
        }
    });

    it("in fish has the same words", async function () {
        const ask = (line: string): Promise<string> =>
            run("fish", ["-c", `source ${folder}/fish; complete -C ${JSON.stringify(line)}`]).then(({ stdout }) => stdout);
        const known = await ask("gatehouse ").catch(() => undefined);
        if (known === undefined || known === "") return this.skip();
        assert.deepEqual(
            known.split("\n").map((one) => one.split("\t")[0]),
            ["p", "pick", "read", "s", "show", "up", ""],
        );
        assert.match(await ask("gatehouse up -o "), /^json/m);
        assert.match(await ask("gatehouse pick "), /^blue\nred$/m);
        assert.match(await ask("gatehouse s "), /^log\twords\nroutes\tways$/m);
        assert.match(await ask("gatehouse show log --level "), /^debug\thow\ninfo\thow$/m);
        assert.match(await ask("gatehouse show r --p"), /^--port\t/m);
        assert.doesNotMatch(await ask("gatehouse show log "), /routes/);
    });
});
