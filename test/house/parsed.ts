/** The sources of the checkout as the compiler reads them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { root } from "../support/checkout";

export function parsed(file: string): ts.SourceFile {
    return ts.createSourceFile(file, readFileSync(path.join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
    visit(node);
    ts.forEachChild(node, (child) => walk(child, visit));
}
