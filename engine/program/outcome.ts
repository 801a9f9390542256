/**
 * Turns the way a program ended into findings: the user's own message and the place in the user's own file, without
 * the frames of node and the runner.
 */
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Finding, Place } from "../../istio/findings";
import { engineFinding } from "../errors";
import type { StackName } from "../types";
import type { Ended } from "./run";

export interface ProgramOutcome {
    readonly name: StackName;
    /** Paths in the compiler's messages start here. */
    readonly programDir: string;
    readonly ended: Ended;
    /** Errors that the program or its runner logged. */
    readonly errors: readonly string[];
    readonly stderr: readonly string[];
}

/** Nothing where the program ended well. */
export function outcomeFindings(outcome: ProgramOutcome): Finding[] {
    const { ended } = outcome;
    if (ended.code === 0) return [];
    const waiting = neverResolved(outcome.stderr);
    if (waiting) return [waiting];
    const logged = outcome.errors.map((error) => loggedError(error, outcome.programDir));
    if (logged.length > 0) return dedupe(logged);
    const how = ended.signal ? `was ended by ${ended.signal}` : `ended with exit code ${String(ended.code)}`;
    const said = outcome.stderr.map((line) => stripVTControlCharacters(line)).filter((line) => line.trim() !== "");
    return [
        engineFinding(
            "GH0301",
            `The program of ${outcome.name.project} ${how}${said.length > 0 ? `: ${said.slice(0, 5).join(" ").trim()}` : ""}.`,
        ),
    ];
}

const RUNNER_PREFIX = /^Running program '.*' failed with an unhandled exception:\s*/s;

/** One logged error: what the program threw, as a sentence with its place. */
export function loggedError(logged: string, programDir: string): Finding {
    const text = stripVTControlCharacters(logged)
        .replace(RUNNER_PREFIX, "")
        .replace(/^<ref \*\d+> /, "");
    const compiled = /^TSError: .*?\n(.+?)\((\d+),\d+\): error (TS\d+: .*)$/s.exec(text);
    if (compiled) {
        const [, file = "", line = "0", message = ""] = compiled;
        return engineFinding("GH0301", `The program does not compile: ${message.trim()}`, {
            place: { file: path.resolve(programDir, file), line: Number(line) },
        });
    }
    // As swc shows a syntax error: the message, a drawing of the line, and frames of its own.
    const drawn = /^(?:\w*Error:)?\s*[x×] ([^\n]+)\n\s*[,╭][-─]+\[(.+?):(\d+):\d+\]/.exec(text);
    if (drawn) {
        const [, message = "", file = "", line = "0"] = drawn;
        return engineFinding("GH0301", `The program does not compile: ${message.trim()}`, {
            place: { file: path.resolve(programDir, file), line: Number(line) },
        });
    }
    const lines = text.split("\n");
    const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
    const message = (firstFrame < 0 ? lines : lines.slice(0, firstFrame)).join("\n");
    const place = userPlace(lines);
    const about = place ? { place } : {};
    const [, token, threw] = TRANSFORM_FAILED.exec(message) ?? [];
    if (threw !== undefined) return transformFinding(message, token, threw, about);
    return engineFinding("GH0301", sentence(message), about);
}

/** How the SDK wraps what a transform threw, on its way to the engine and back. */
const TRANSFORM_FAILED = /invoke transform(?: of (\S+))?: rpc error: code = Unknown desc = transform failed: (.*)$/s;

/** What threw is the program's own function: its words count, and what it was called for. */
function transformFinding(message: string, token: string | undefined, threw: string, about: { place?: Place }): Finding {
    const resource = /failed to register new resource (.+?) \[([^\]]+)\]/.exec(message);
    const what = resource ? `${resource[2] ?? ""} ${resource[1] ?? ""}` : token;
    return engineFinding("GH0312", `A transform${what === undefined ? "" : ` of ${what}`} threw: ${sentence(threw)}`, {
        ...about,
        fix: "Mend the transform, or give undefined back for what it does not change.",
    });
}

/** The SDK advises what only helps a stack that is deployed. */
const ASK_PULUMI = /\s*please set a value using the command `pulumi config set (?:--secret )?(\S+) <value>`/;

/** The message without the error's class where that says nothing, and without node's list of who required whom. */
function sentence(message: string): string {
    const text = message
        .replace(ASK_PULUMI, ". Give it for this run: -c $1=…, or set it in the stack's Pulumi.<env>.yaml.")
        .replace(/\nRequire stack:\n(?:- .*\n?)*/, "")
        .replace(/^(?:Error|RunError): /, "")
        .trim();
    return text === "" ? "The program failed without a message." : text;
}

/** The first frame in a file that is neither node's nor a library's. */
function userPlace(lines: readonly string[]): Place | undefined {
    for (const line of lines) {
        // A syntax error that node found stands above its message as `file:line`.
        const [, location = "", number = "0"] = /^\s+at (?:.*\()?([^()]+):(\d+):\d+\)?/.exec(line) ?? /^(\/[^:]+):(\d+)$/.exec(line) ?? [];
        const file = location.replace(/^file:\/\//, "");
        if (path.isAbsolute(file) && !file.split(path.sep).includes("node_modules")) return { file, line: Number(number) };
    }
    return undefined;
}

/** True for the first line of what the SDK prints at its end about values that never came. */
export function startsLeakReport(line: string): boolean {
    return line.startsWith("The Pulumi runtime detected that");
}

/** What the SDK prints at the end of a program in which something never came. */
function neverResolved(stderr: readonly string[]): Finding | undefined {
    const text = stderr.map((line) => stripVTControlCharacters(line));
    const start = text.findIndex(startsLeakReport);
    return start < 0 ? undefined : leakFinding(text.slice(start));
}

/** The SDK's report of values that never came, as one sentence. */
export function leakFinding(report: readonly string[]): Finding {
    const waiting = report.filter((line) => /^ +\* .* was waiting /.test(line)).map((line) => line.replace(/^ +\* /, ""));
    const what = waiting.length > 0 ? waiting.join("; ") : "a promise or output was never resolved";
    return engineFinding("GH0303", `The program ended before everything in it was known: ${what}.`, {
        fix: "Look for a promise that never resolves, or for resources that wait for each other.",
    });
}

/** What a program threw in this process. */
export function thrownFinding(error: unknown): Finding {
    if (error instanceof Error && "__pulumiRunError" in error) return engineFinding("GH0301", sentence(error.message));
    if (error instanceof Error)
        return loggedError(error.stack?.includes(error.message) ? error.stack : `${error.message}\n${error.stack ?? ""}`, process.cwd());
    return engineFinding("GH0301", `The program threw ${String(error)}.`);
}

function dedupe(findings: readonly Finding[]): Finding[] {
    return findings.filter((one, index) => findings.findIndex((other) => other.message === one.message) === index);
}
