/** Fenced code blocks of the project's pages, with where they stand. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./checkout";

export interface CodeBlock {
    readonly file: string;
    /** Line of the opening fence, from 1. */
    readonly line: number;
    /** The word after the fence; empty without one. */
    readonly language: string;
    readonly text: string;
}

/** Every page of the project: the ones at its root and those in docs/. */
export function pages(): string[] {
    const top = readdirSync(root).filter((name) => name.endsWith(".md"));
    const below = existsSync(path.join(root, "docs"))
        ? readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
              .filter((name) => name.endsWith(".md"))
              .map((name) => path.join("docs", name))
        : [];
    return [...top, ...below].sort();
}

export function codeBlocks(file: string): CodeBlock[] {
    const blocks: CodeBlock[] = [];
    let open: { line: number; language: string; lines: string[] } | undefined;
    readFileSync(path.join(root, file), "utf8")
        .split("\n")
        .forEach((text, index) => {
            if (open && text.trim() === "```") {
                blocks.push({ file, line: open.line, language: open.language, text: open.lines.join("\n") });
                open = undefined;
            } else if (open) open.lines.push(text);
            else if (text.startsWith("```")) open = { line: index + 1, language: text.slice(3).trim(), lines: [] };
        });
    return blocks;
}
