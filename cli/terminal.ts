/**
 * How the command speaks: results on stdout, progress and findings on stderr, colour only where the stream is a
 * terminal and NO_COLOR does not forbid it (styleText sees to both).
 */
import path from "node:path";
import { styleText } from "node:util";
import { withoutSecrets } from "../istio/secret-texts";
import { findingText, type Finding, type Level } from "../istio/findings";

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
    /** The result. */
    print(text: string): void;
    /** One line about what is going on. */
    progress(text: string): void;
    finding(finding: Finding): void;
    /** A sentence about why a command ends. */
    fault(text: string): void;
    style(style: Style, text: string): string;
    /** Lines on stderr that bring their own style: what happens while a command goes on. */
    readonly aside?: { line(text: string): void; style(style: Style, text: string): string };
    /** What holds for a moment: the next of these, or whatever is said next, takes its place. On a terminal only. */
    passing?(text: string): void;
    /** From here on each of the texts is left out of whatever is said. Longest first. */
    conceal?(texts: readonly string[]): void;
}

/** The line that the cursor stands in, emptied (ECMA-48 EL). */
const CLEARED = "\r\x1b[2K";

const LEVEL_STYLE: Readonly<Record<Level, Style>> = { Error: "red", Warning: "yellow", Info: "dim" };

/** Styled for the stream that it goes to. */
function styled(stream: NodeJS.WriteStream, style: Style, text: string): string {
    return styleText(style, text, { stream });
}

export function processTerminal(): Terminal {
    const { stdout, stderr } = process;
    let secrets: readonly string[] = [];
    const open = (text: string): string => withoutSecrets(text, secrets);
    const isLive = stderr.isTTY && process.env["TERM"] !== "dumb";
    let isPassing = false;
    /** Takes the place of what held for a moment. */
    const say = (text: string): void => {
        stderr.write(`${isPassing ? CLEARED : ""}${text}\n`);
        isPassing = false;
    };
    return {
        conceal: (texts) => {
            secrets = [...new Set([...secrets, ...texts])].sort((a, b) => b.length - a.length);
        },
        print: (text) => {
            if (isPassing) stderr.write(CLEARED);
            isPassing = false;
            stdout.write(`${open(text)}\n`);
        },
        progress: (text) => {
            say(styled(stderr, "dim", open(text)));
        },
        finding: (one) => {
            const text = open(findingText(one.place ? { ...one, place: { ...one.place, file: shortPath(one.place.file) } } : one));
            say(`${styled(stderr, LEVEL_STYLE[one.level], text.slice(0, one.level.length))}${text.slice(one.level.length)}`);
        },
        fault: (text) => {
            say(`${styled(stderr, "red", "gatehouse:")} ${open(text)}`);
        },
        aside: { line: (text) => say(open(text)), style: (style, text) => styled(stderr, style, text) },
        passing: (text) => {
            if (!isLive) return;
            stderr.write(`${CLEARED}${styled(stderr, "dim", open(text).slice(0, (stderr.columns || 80) - 1))}`);
            isPassing = true;
        },
        style: (style, text) => styled(stdout, style, text),
    };
}

/** A path as people type it: relative where it lies below the working folder. */
export function shortPath(file: string): string {
    const relative = path.relative(process.cwd(), file);
    return path.isAbsolute(file) && !relative.startsWith("..") && relative !== "" ? relative : file;
}

/** A text that can't end a line, move the cursor or turn the text round: names come from objects that anybody may write. */
export function inOneLine(text: string): string {
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
}

/** Columns of text, each as wide as its widest cell, two spaces between them; styles do not count. */
export function columns(rows: readonly (readonly string[])[]): string[] {
    const widths: number[] = [];
    for (const row of rows)
        row.forEach((cell, index) => {
            widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
        });
    return rows.map((row) =>
        row
            .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - visibleLength(cell)))
            .join("  ")
            .trimEnd(),
    );
}

function visibleLength(text: string): number {
    return text.replace(/\u001b\[[0-9;]*m/g, "").length;
}
