/**
 * What runs in a program's process before Pulumi's runner does. The functions stand alone: their text is what runs there.
 */
import type Module from "node:module";

/** The parts of the SDK that `leanTraces` changes; they are in no types. */
interface SdkModule {
    debuggablePromise?: (promise: unknown, context: unknown) => unknown;
    Resource?: { callsites?: () => readonly { readonly file?: string; readonly line?: number; readonly column?: number }[]; readonly framePositionRegExp?: RegExp };
}

/** Node's loader, of which only `_load` sees every module that is asked for. */
interface Loader {
    _load(request: string, ...rest: readonly unknown[]): unknown;
    readonly _cache: Readonly<Record<string, unknown>>;
}

/**
 * As one argument of node, not two: Pulumi's runner takes a bare `--import` for a loader of the user's and changes its ways.
 * `keepTraces`: somebody looks for leaked promises, and wants to read where they were made.
 */
export function preload(keepTraces: boolean): string {
    const builtin = (name: string): string => `process.getBuiltinModule(${JSON.stringify(name)})`;
    const traces = keepTraces ? "" : `(${leanTraces.toString()})(${builtin("module")});`;
    return `--import=data:text/javascript,${encodeURIComponent(`${traces}(${reportFiles.toString()})(${builtin("module")}, ${builtin("fs")});`)}`;
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

/**
 * The SDK takes a stack trace for every promise that it makes, for whoever debugs leaks, and one of every frame for each
 * resource; under ts-node each frame of each is looked up in source maps. With hundreds of resources that is half of what
 * a program costs. A promise's is left out, and of a resource's only the frames in files of the program are looked up.
 */
function leanTraces(module: typeof Module): void {
    const loader = module as unknown as Loader;
    const load = loader._load;
    const left = new Set(["promises", "places"]);
    const leanPromise = (original: NonNullable<SdkModule["debuggablePromise"]>) => (promise: unknown, context: unknown): unknown => {
        const limit = Error.stackTraceLimit;
        Error.stackTraceLimit = 0;
        try {
            return original(promise, context);
        } finally {
            Error.stackTraceLimit = limit;
        }
    };
    /** One position a frame, the first for this function itself, as the SDK counts them; none for a library's. */
    const leanCallsites = (position: RegExp) => function callsites(): { file?: string; line?: number; column?: number }[] {
        const prepare = Error.prepareStackTrace;
        const limit = Error.stackTraceLimit;
        const holder: { stack?: NodeJS.CallSite[] } = {};
        try {
            Error.stackTraceLimit = Number.POSITIVE_INFINITY;
            Error.prepareStackTrace = (_error, frames) => frames;
            Error.captureStackTrace(holder);
            const frames = holder.stack ?? [];
            return frames.map((frame) => {
                const file = frame.getFileName() ?? "";
                if (file === "" || file.startsWith("node:") || /[\\/]node_modules[\\/]/.test(file)) return {};
                const text = prepare ? String(prepare(new Error(), [frame])).split("\n").at(-1) ?? "" : `    at ${String(frame)}`;
                const found = position.exec(text)?.groups ?? /^\s*at (?:async )?(?<file>[^()]+):(?<line>\d+):(?<column>\d+)$/.exec(text)?.groups;
                return found?.["file"] ? { file: found["file"], line: Number(found["line"]), column: Number(found["column"]) } : {};
            });
        } finally {
            Error.prepareStackTrace = prepare;
            Error.stackTraceLimit = limit;
        }
    };
    loader._load = function (request, ...rest) {
        const exports = load.call(this, request, ...rest) as SdkModule | undefined;
        if (!request.endsWith("debuggable") && !request.endsWith("resource")) return exports;
        if (!exports) return exports;
        const { debuggablePromise, Resource } = exports;
        if (typeof debuggablePromise === "function" && left.delete("promises")) exports.debuggablePromise = leanPromise(debuggablePromise);
        if (typeof Resource?.callsites === "function" && Resource.framePositionRegExp && left.delete("places")) Resource.callsites = leanCallsites(Resource.framePositionRegExp);
        // The runner loads the SDK before the program, in whose traces nothing of this is to be seen.
        if (left.size === 0) loader._load = load;
        return exports;
    };
}
