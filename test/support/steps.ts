/**
 * How much work a piece of code does, as a number that is the same on every machine: how often each of its blocks ran,
 * as V8 counts it for coverage, and what it asked of the runtime's own loops over text and bytes. A test of linearity
 * compares two such numbers and waits for no clock.
 */
import { Session, type Profiler } from "node:inspector";
import v8 from "node:v8";

type Charged = (target: unknown, args: readonly unknown[], result: unknown) => number;

const sizeOf = (value: unknown): number => (typeof value === "string" || Array.isArray(value) || Buffer.isBuffer(value) ? value.length : 1);
const ofTarget: Charged = (target) => sizeOf(target);
const ofArgument: Charged = (_target, [first]) => sizeOf(first);
const ofResult: Charged = (_target, _args, result) => (typeof result === "number" ? result : sizeOf(result));
/** As far as was looked. */
const ofSearch: Charged = (target, [, from = 0], result) =>
    ((result as number) < 0 ? sizeOf(target) : (result as number) + 1) - (from as number);
const ofRange: Charged = (target, [, start = 0, end = sizeOf(target)]) => (end as number) - (start as number);

/** What of the runtime loops over what it is given. To slice text is none: V8 keeps a place in the whole. */
const CHARGED: readonly (readonly [owner: object, names: readonly string[], charge: Charged])[] = [
    [String.prototype, ["lastIndexOf", "includes", "split", "toLowerCase", "toUpperCase", "replace", "replaceAll", "trim"], ofTarget],
    [String.prototype, ["startsWith", "endsWith"], ofArgument],
    [String.prototype, ["indexOf"], ofSearch],
    [Array.prototype, ["includes", "indexOf", "shift", "splice", "join", "concat", "slice"], ofTarget],
    [Map.prototype, ["get", "has", "set", "delete"], ofArgument],
    [Set.prototype, ["has", "add", "delete"], ofArgument],
    [RegExp.prototype, ["test", "exec"], ofArgument],
    [Buffer.prototype, ["toString", "copy"], ofResult],
    [Buffer.prototype, ["indexOf"], ofSearch],
    [Buffer.prototype, ["copyWithin"], ofRange],
    [Buffer, ["concat"], ofResult],
];

/** Compiled code counts some blocks and not others, as it was compiled before or while they were counted. */
const COMPILERS = ["sparkplug", "maglev", "opt"];

function compile(on: boolean): void {
    for (const name of COMPILERS) v8.setFlagsFromString(on ? `--${name}` : `--no-${name}`);
}

/** Of `work`, which must not wait for anything. */
export function stepsOf(work: () => void): number {
    return stepsOfEach([work])[0]!;
}

/** Of each, one after the other: to begin to count costs more, the more code is loaded, and is done once for all. */
export function stepsOfEach(works: readonly (() => void)[]): number[] {
    const session = new Session();
    session.connect();
    let charged = 0;
    const restore = CHARGED.flatMap(([owner, names, charge]) =>
        names.map((name) => {
            const methods = owner as Record<string, (...args: unknown[]) => unknown>;
            const original = methods[name]!;
            methods[name] = function counted(this: unknown, ...args: unknown[]): unknown {
                const result = Reflect.apply(original, this, args);
                charged += charge(this, args, result);
                return result;
            };
            return () => {
                methods[name] = original;
            };
        }),
    );
    compile(false);
    try {
        session.post("Profiler.enable");
        session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
        return works.map((work) => {
            charged = 0;
            work();
            const own = charged;
            return own + taken(session);
        });
    } finally {
        for (const one of restore) one();
        session.post("Profiler.stopPreciseCoverage");
        session.disconnect();
        compile(true);
    }
}

function taken(session: Session): number {
    let blocks = 0;
    session.post("Profiler.takePreciseCoverage", (error: Error | null, { result }: Profiler.TakePreciseCoverageReturnType) => {
        if (error) throw error;
        for (const { url, functions } of result) {
            if (url.startsWith("node:") || url.endsWith("/steps.ts")) continue;
            for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
        }
    });
    return blocks;
}
