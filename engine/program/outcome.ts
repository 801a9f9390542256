/**
 * Turns the way a program ended into findings: the user's own message and the place in the user's own file, without
 * the frames of node and the runner.
 */
import { stripVTControlCharacters } from "node:util";
import type { Finding, Place } from "../../istio";
import { engineFinding } from "../errors";
import type { StackName } from "../types";
import type { Ended } from "./run";

export interface Outcome {
    readonly name: StackName;
    readonly ended: Ended;
    /** Errors that the program or its runner logged. */
    readonly errors: readonly string[];
    readonly stderr: readonly string[];
}

/** Nothing where the program ended well. */
export function outcomeFindings(outcome: Outcome): Finding[] {
    const { ended } = outcome;
    if (ended.code === 0) return [];
    const waiting = neverResolved(outcome.stderr);
    if (waiting) return [waiting];
    const logged = outcome.errors.map(loggedError);
    if (logged.length > 0) return dedupe(logged);
    const how = ended.signal ? `was ended by ${ended.signal}` : `ended with exit code ${String(ended.code)}`;
    const said = outcome.stderr.map((line) => stripVTControlCharacters(line)).filter((line) => line.trim() !== "");
    return [engineFinding("GH0301", `The program of ${outcome.name.project} ${how}${said.length > 0 ? `: ${said.slice(0, 5).join(" ").trim()}` : ""}.`)];
}

const RUNNER_PREFIX = /^Running program '.*' failed with an unhandled exception:\s*/s;

/** One logged error: what the program threw, as a sentence with its place. */
export function loggedError(logged: string): Finding {
    const text = stripVTControlCharacters(logged).replace(RUNNER_PREFIX, "").replace(/^<ref \*\d+> /, "");
    const compiled = /^TSError: .*?\n(.+?)\((\d+),\d+\): error (TS\d+: .*)$/s.exec(text);
    if (compiled) {
        const [, file = "", line = "0", message = ""] = compiled;
        return engineFinding("GH0301", `The program does not compile: ${message.trim()}`, { place: { file, line: Number(line) } });
    }
    const lines = text.split("\n");
    const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
    const message = (firstFrame < 0 ? lines : lines.slice(0, firstFrame)).join("\n");
    const place = userPlace(lines);
    return engineFinding("GH0301", sentence(message), place ? { place } : {});
}

/** The message without the error's class where that says nothing, and without node's list of who required whom. */
function sentence(message: string): string {
    const text = message.replace(/\nRequire stack:\n(?:- .*\n?)*/, "").replace(/^(?:Error|RunError): /, "").trim();
    return text === "" ? "The program failed without a message." : text;
}

/** The first frame in a file that is neither node's nor a library's. */
function userPlace(lines: readonly string[]): Place | undefined {
    for (const line of lines) {
        // A syntax error stands above its message as `file:line`.
        const match = /^\s+at .*?\(?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?/.exec(line) ?? /^(\/[^:]+):(\d+)$/.exec(line);
        const [, file = "", number = "0"] = match ?? [];
        if (file !== "" && !file.includes("node_modules") && !file.includes("node:")) return { file: file.replace(/^file:\/\//, ""), line: Number(number) };
    }
    return undefined;
}

/** What the SDK prints at the end of a program in which something never came. */
function neverResolved(stderr: readonly string[]): Finding | undefined {
    const text = stderr.map((line) => stripVTControlCharacters(line));
    const start = text.findIndex((line) => line.startsWith("The Pulumi runtime detected that"));
    if (start < 0) return undefined;
    const waiting = text.slice(start).filter((line) => /^\s+\* /.test(line)).map((line) => line.replace(/^\s+\* /, ""));
    const what = waiting.length > 0 ? waiting.join("; ") : "a promise or output was never resolved";
    return engineFinding("GH0303", `The program ended before everything in it was known: ${what}.`, {
        fix: "Look for a promise that never resolves, or for resources that wait for each other.",
    });
}

function dedupe(findings: readonly Finding[]): Finding[] {
    return findings.filter((one, index) => findings.findIndex((other) => other.message === one.message) === index);
}
