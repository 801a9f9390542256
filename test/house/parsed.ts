/** The sources of the checkout as the compiler reads them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { root } from "../support/checkout";

/** What was parsed already, as long as there is room for it. */
const kept = new Map<string, WeakRef<ts.SourceFile>>();

export function textOf(file: string): string {
    return readFileSync(path.join(root, file), "utf8");
}

export function parsed(file: string): ts.SourceFile {
    const known = kept.get(file)?.deref();
    if (known) return known;
    const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
    kept.set(file, new WeakRef(source));
    return source;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
    visit(node);
    ts.forEachChild(node, (child) => walk(child, visit));
}
