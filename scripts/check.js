// `npm test`: lint, types and tests side by side, for the machine's second core. Their output is printed whole, one
// after the other, the tests' as it comes; any failure fails the run.
"use strict";
const { spawn } = require("node:child_process");
const path = require("node:path");

const root = path.resolve(__dirname, "..");

/** Runs an npm script; resolves with its exit code and, unless it is shown live, what it printed. */
function run(script, live, args = []) {
    return new Promise((resolve) => {
        const child = spawn("npm", ["run", "--silent", script, ...args], { cwd: root, stdio: live ? "inherit" : ["ignore", "pipe", "pipe"] });
        let printed = "";
        for (const stream of live ? [] : [child.stdout, child.stderr]) stream.on("data", (chunk) => { printed += chunk; });
        child.on("close", (code) => resolve({ script, code: code ?? 1, printed }));
    });
}

async function main() {
    // Whoever asks for them by this name gets the files of the tests that failed.
    const report = process.env.FAILED_FILES ? ["--", "--reporter", "./.ci/failed-files.js"] : [];
    const results = await Promise.all([run("lint", false), run("typecheck", false), run("test:unit", true, report)]);
    for (const { script, code, printed } of results) {
        if (printed.trim() !== "") process.stdout.write(`\n${script}:\n${printed}`);
        if (code !== 0) process.stdout.write(`\n${script} failed.\n`);
    }
    process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
}

void main();
