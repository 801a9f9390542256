/** One word for one thing: what one file exports under a name, no other file exports under it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import ts from "typescript";
import { sourcesBelow } from "../support/checkout";
import { parsed, textOf, walk } from "./parsed";

const ROOMS = ["bench", "cli", "components", "engine", "harness", "istio", "page", "policy", "proxy", "samples"];

/** Names that the field has for both things. */
const BOTH: Readonly<Record<string, string>> = {
    AuthorizationPolicy: "Istio's kind, and the resource of it",
    DestinationRule: "Istio's kind, and the resource of it",
    Gateway: "Istio's kind, and the resource of it",
    GatewayPort: "of a component, and of Istio's kind",
    Protocol: "what a user may declare, and what Istio knows",
    RequestAuthentication: "Istio's kind, and the resource of it",
    ServiceEntry: "Istio's kind, and the resource of it",
    Sidecar: "Istio's kind, and the resource of it",
    Telemetry: "Istio's kind, and the resource of it",
    VirtualHost: "the component, and Envoy's word for the routes of a host",
    VirtualService: "Istio's kind, and the resource of it",
};

/** The sources in which a word stands at all: to parse is what costs. */
function sourcesWith(word: RegExp, rooms: readonly string[]): string[] {
    return rooms.flatMap(sourcesBelow).filter((file) => word.test(textOf(file)));
}

function exportedTypes(file: string): string[] {
    return parsed(file)
        .statements.filter((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one) || ts.isClassDeclaration(one))
        .filter((one) => ts.getModifiers(one)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
        .map((one) => one.name?.text ?? "");
}

describe("a name", () => {
    const files = new Map<string, string[]>();
    for (const file of ROOMS.flatMap(sourcesBelow)) {
        for (const name of exportedTypes(file)) files.set(name, [...(files.get(name) ?? []), file]);
    }
    const several = [...files].filter(([, where]) => where.length > 1);

    it("of a type that is exported is one file's alone", () => {
        assert.deepEqual(
            several.filter(([name]) => !Object.hasOwn(BOTH, name)).map(([name, where]) => `${name}: ${where.join(", ")}`),
            [],
        );
    });

    it("stands for two things only where the list says so", () => {
        const names = new Set(several.map(([name]) => name));
        assert.deepEqual(
            Object.keys(BOTH).filter((name) => !names.has(name)),
            [],
        );
    });

    it("of one of several values is a union of literals, never an enum", () => {
        const enums = sourcesWith(/\benum\b/, [...ROOMS, "test", "stacks"]).filter((file) => {
            return parsed(file).statements.some((one) => ts.isEnumDeclaration(one));
        });
        assert.deepEqual(enums, []);
    });

    it("is private in one way: `#name`, which nothing outside can read", () => {
        const marked = sourcesWith(/\bprivate\b/, [...ROOMS, "test"]).flatMap((file) => {
            const found: string[] = [];
            walk(parsed(file), (node) => {
                const isPrivate =
                    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
                if (isPrivate && !ts.isConstructorDeclaration(node)) found.push(`${file}: ${node.getText().split("\n")[0]}`);
            });
            return found;
        });
        assert.deepEqual(marked, []);
    });
});
