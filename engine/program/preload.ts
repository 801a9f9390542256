/**
 * What runs in a program's process before Pulumi's runner does. The functions stand alone: their text is what runs there.
 */
import { laterInstaller, leanStart, leanTraces, type Loader } from "./lean-sdk";

/**
 * As one argument of node, not two: Pulumi's runner takes a bare `--import` for a loader of the user's and changes its ways.
 * `sdk` is a file of the program's SDK. `keepTraces`: somebody looks for leaked promises, and wants to read where they were made.
 */
export function preload(sdk: string, keepTraces: boolean): string {
    const builtin = (name: string): string => `process.getBuiltinModule(${JSON.stringify(name)})`;
    const called = (one: (module: never, sdk: string) => void): string =>
        `(${one.toString()})(${builtin("module")}, ${JSON.stringify(sdk)});`;
    const lean = [laterInstaller, leanStart, ...(keepTraces ? [] : [leanTraces])].map(called).join("");
    return `--import=data:text/javascript,${encodeURIComponent(`${lean}(${reportFiles.toString()})(${builtin("module")}, ${builtin("fs")});`)}`;
}

/** Says at the end which files the program loaded, on a pipe of their own: `--watch` follows them. */
function reportFiles(module: unknown, fs: typeof import("node:fs")): void {
    process.on("exit", () => {
        const files = Object.keys((module as Loader)._cache).filter((file) => !/[\\/]node_modules[\\/]/.test(file));
        try {
            fs.writeSync(3, JSON.stringify(files));
        } catch {
            // Nobody reads them.
        }
    });
}
