/**
 * What the SDK does in a program's process for nobody here, left out. Each function stands alone: its text is what runs
 * there, before the SDK is loaded.
 */
import type Module from "node:module";

/** The parts of the SDK that are changed; most are in no types. */
interface SdkModule {
    debuggablePromise?: (promise: unknown, context: unknown) => unknown;
    Resource?: {
        callsites?: () => readonly { readonly file?: string; readonly line?: number; readonly column?: number }[];
        readonly framePositionRegExp?: RegExp;
    };
    debug?: () => Promise<void>;
    hasErrors?: unknown;
    isInitializedAsync?: () => Promise<void>;
    getSessionAsync?: () => Promise<unknown>;
    getScriptUrl?: (id: string) => string | undefined;
}

/** Node's loader, of which only `_load` sees every module that is asked for. */
export interface Loader {
    _load(request: string, ...rest: readonly unknown[]): unknown;
    readonly _cache: Readonly<Record<string, unknown>>;
}

/**
 * The SDK sends four debug messages for every resource, each a call to the engine, which throws it away. And it runs
 * every program under a debugger, by which it could say where a function was written that it is asked to serialize:
 * the debugger, under which all promises are slower, is started when that is asked.
 */
export function leanStart(module: typeof Module): void {
    const loader = module as unknown as Loader;
    const load = loader._load;
    const left = new Set(["debug", "debugger"]);
    const laterDebugger = (hooks: SdkModule): void => {
        const urls = new Map<string, string>();
        const connect = async (): Promise<unknown> => {
            const { Session } = process.getBuiltinModule("node:inspector");
            const started = new Session();
            started.connect();
            // Before the debugger is on: it tells then of each script that is there.
            started.on("Debugger.scriptParsed", ({ params }) => void urls.set(params.scriptId, params.url));
            await new Promise<void>((resolve, reject) => started.post("Debugger.enable", (error) => (error ? reject(error) : resolve())));
            return started;
        };
        let session: Promise<unknown> | undefined;
        hooks.isInitializedAsync = () => Promise.resolve();
        hooks.getSessionAsync = () => (session ??= connect());
        hooks.getScriptUrl = (id) => urls.get(id);
    };
    const hooked: Loader["_load"] = function (this: unknown, request, ...rest) {
        const exports = load.call(this, request, ...rest) as SdkModule | undefined;
        if (
            /(?:^|\/)log$/.test(request) &&
            typeof exports?.debug === "function" &&
            typeof exports.hasErrors === "function" &&
            left.delete("debug")
        ) {
            exports.debug = () => Promise.resolve();
        }
        if (
            request.endsWith("/v8Hooks") &&
            typeof exports?.getSessionAsync === "function" &&
            typeof exports.getScriptUrl === "function" &&
            left.delete("debugger")
        )
            laterDebugger(exports);
        // The runner loads both before the program, in whose traces nothing of this is to be seen.
        if (left.size === 0 && loader._load === hooked) loader._load = load;
        return exports;
    };
    loader._load = hooked;
}

/**
 * The SDK loads npm's own installer at its start, a fifth of a small program's time, for who asks which packages a
 * function needs. Who asks for it first, which is the SDK, gets what loads it with the first word that is read of it.
 */
export function laterInstaller(module: typeof Module, sdk: string): void {
    const load = module.createRequire(sdk);
    let file: string;
    try {
        file = load.resolve("@npmcli/arborist");
    } catch {
        return;
    }
    const cache = (module as unknown as Loader)._cache;
    let made: object | undefined;
    const real = (): object => (made ??= load(file) as object);
    const later = new Proxy(
        {},
        {
            // As TypeScript's import helper would hand it on.
            get: (_target, name) => (name === "__esModule" ? true : name === "default" ? real() : (Reflect.get(real(), name) as unknown)),
            has: (_target, name) => Reflect.has(real(), name),
        },
    );
    Object.defineProperty(cache, file, {
        configurable: true,
        enumerable: false,
        get: () => {
            Reflect.deleteProperty(cache, file);
            return { id: file, filename: file, loaded: true, children: [], exports: later };
        },
    });
}

/**
 * The SDK takes a stack trace for every promise that it makes, for whoever debugs leaks, and one of every frame for each
 * resource; under ts-node each frame of each is looked up in source maps. With hundreds of resources that is half of what
 * a program costs. A promise's is left out, and of a resource's only the frames in files of the program are looked up.
 */
export function leanTraces(module: typeof Module): void {
    const loader = module as unknown as Loader;
    const load = loader._load;
    const left = new Set(["promises", "places"]);
    const leanPromise =
        (original: NonNullable<SdkModule["debuggablePromise"]>) =>
        (promise: unknown, context: unknown): unknown => {
            const limit = Error.stackTraceLimit;
            Error.stackTraceLimit = 0;
            try {
                return original(promise, context);
            } finally {
                Error.stackTraceLimit = limit;
            }
        };
    /** In a loop the same places come again and again. */
    const places = new Map<string, { file?: string; line?: number; column?: number }>();
    /** One position a frame, the first for this function itself, as the SDK counts them; none for a library's. */
    const leanCallsites = (position: RegExp) =>
        function callsites(): { file?: string; line?: number; column?: number }[] {
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
                    const place = `${file}:${String(frame.getLineNumber())}:${String(frame.getColumnNumber())}`;
                    const known = places.get(place);
                    if (known) return known;
                    const text = prepare
                        ? (String(prepare(new Error(), [frame]))
                              .split("\n")
                              .at(-1) ?? "")
                        : `    at ${String(frame)}`;
                    const found =
                        position.exec(text)?.groups ?? /^\s*at (?:async )?(?<file>[^()]+):(?<line>\d+):(?<column>\d+)$/.exec(text)?.groups;
                    const mapped = found?.["file"]
                        ? { file: found["file"], line: Number(found["line"]), column: Number(found["column"]) }
                        : {};
                    places.set(place, mapped);
                    return mapped;
                });
            } finally {
                Error.prepareStackTrace = prepare;
                Error.stackTraceLimit = limit;
            }
        };
    const hooked: Loader["_load"] = function (this: unknown, request, ...rest) {
        const exports = load.call(this, request, ...rest) as SdkModule | undefined;
        if (!request.endsWith("debuggable") && !request.endsWith("resource")) return exports;
        if (!exports) return exports;
        const { debuggablePromise, Resource } = exports;
        if (typeof debuggablePromise === "function" && left.delete("promises")) exports.debuggablePromise = leanPromise(debuggablePromise);
        if (typeof Resource?.callsites === "function" && Resource.framePositionRegExp && left.delete("places"))
            Resource.callsites = leanCallsites(Resource.framePositionRegExp);
        // The runner loads the SDK before the program, in whose traces nothing of this is to be seen.
        if (left.size === 0 && loader._load === hooked) loader._load = load;
        return exports;
    };
    loader._load = hooked;
}
