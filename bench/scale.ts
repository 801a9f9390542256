/**
 * What a large cluster costs: compiling all of it, and again after a change of one object; the time until the change is
 * on the wire; the time to be ready; memory. Each figure comes from a process of its own. The aims, for 10,000 objects:
 * a change on the wire within 100 ms, ready within 5 s, 200 MB.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { buildSync } from "esbuild";
import { makeCertificate } from "./certificate";
import { CHANGED_KINDS } from "./scale/changes";
import { SIZES } from "./scale/fleet";
import { benchHosts } from "./scale/hosts";
import type { CompilerFigures, ProxyFigures } from "./scale/program";
import { findTool } from "../harness/tools";
import { temporaryFolder } from "./tools";

const root = path.join(__dirname, "..");

export async function benchScale(): Promise<void> {
    if (findTool("openssl") === undefined) {
        console.log("Scale: skipped, as there is no openssl on the PATH.");
        return;
    }
    const folder = temporaryFolder();
    const [certificate, key, program] = ["tls.crt", "tls.key", "program.js"].map((name) => path.join(folder, name)) as [
        string,
        string,
        string,
    ];
    makeCertificate({ certificate, key, host: "*.example.com", days: 90 });
    buildSync({
        absWorkingDir: root,
        entryPoints: ["bench/scale/program.ts"],
        outfile: program,
        bundle: true,
        platform: "node",
        target: "node22.12",
        format: "cjs",
        conditions: ["development", "node"],
        logLevel: "error",
    });
    for (const size of Object.keys(SIZES)) {
        const run = <T>(what: string): T =>
            JSON.parse(execFileSync(process.execPath, [program, what, size, certificate, key], { encoding: "utf8", maxBuffer: 1e8 })) as T;
        printCompiler(size, run<CompilerFigures>("compiler"));
        printProxy(run<ProxyFigures>("proxy"));
    }
    await benchHosts();
}

function printCompiler(size: string, { objects, full, again }: CompilerFigures): void {
    console.log(`${size} (${objects} objects)`);
    console.log(`    compiled for the first time       ${ms(full.wall)}   CPU ${ms(full.cpu)}`);
    for (const kind of CHANGED_KINDS) {
        const { wall, cpu, diff, entries } = again[kind];
        console.log(
            `    and after a change of one ${kind.padEnd(15)}${ms(wall).padStart(4)}   CPU ${ms(cpu)}, diff ${ms(diff)}, ${entries} entries sent`,
        );
    }
}

function printProxy(figures: ProxyFigures): void {
    const { ready, readyCpu, wire, wireMost, wireCpu, primary, worker, together, primaryAfter, workerAfter } = figures;
    console.log(
        `    ready after ${(ready / 1000).toFixed(2)} s, CPU ${(readyCpu / 1000).toFixed(2)} s; a change of one host on the wire after ${ms(wire)}, at most ${ms(wireMost)}, CPU with the client's ${ms(wireCpu)}`,
    );
    console.log(
        `    memory, MB: primary ${primary.toFixed(0)}, worker ${worker.toFixed(0)}, what they share counted once ${together.toFixed(0)}; after the changes ${primaryAfter.toFixed(0)} and ${workerAfter.toFixed(0)}`,
    );
}

function ms(value: number): string {
    return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
