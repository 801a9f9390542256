/** Where tests find Istio's own files: its CRDs and istioctl. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const checkout = path.resolve(__dirname, "../..");

/** The path of a tool; undefined where it is not on this machine. */
export function findTool(name: string): string | undefined {
    const folders = [
        process.env.GATEHOUSE_TOOLS ?? "",
        ...(process.env.PATH ?? "").split(path.delimiter),
        path.join(os.homedir(), ".cache/gatehouse-tools"),
    ];
    return folders.filter((folder) => folder !== "").map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}

/** Skips a test for want of a tool, saying so; where the tools are at hand nothing may be skipped. */
export function skipWithout(context: Mocha.Context, name: string, what: string): never {
    if (process.env.CI && fs.existsSync(path.join(checkout, "../shared/tools"))) {
        throw new Error(`${name} is not unpacked, and this machine has it: ${what} may not be skipped here`);
    }
    console.log(`      skipped: ${what} (needs ${name} of an Istio release, in $GATEHOUSE_TOOLS, on PATH or in ~/.cache/gatehouse-tools)`);
    return context.skip();
}
