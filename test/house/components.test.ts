/** Every public component is a folder of one shape, whose files import one way. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { root, sourcesBelow } from "../support/checkout";

/** In this order: a file imports only those before it. */
const FILES = ["schema", "plan", "objects", "component"];

const components = sourcesBelow("components")
    .filter((file) => /^export class \w+.* extends pulumi\.ComponentResource/m.test(readFileSync(path.join(root, file), "utf8")))
    .map((file) => path.dirname(file));

function importsOf(file: string): { readonly specifier: string; readonly types: boolean }[] {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), "utf8"), ts.ScriptTarget.Latest);
    return source.statements.filter(ts.isImportDeclaration).map((one) => ({
        specifier: (one.moduleSpecifier as ts.StringLiteral).text,
        types: one.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    }));
}

describe("a component", () => {
    it("is found wherever one is", () => assert.equal(new Set(components).size, 8));

    it("has a schema, a plan, objects and the component itself", () => {
        const missing = components.flatMap((folder) =>
            FILES.map((name) => path.join(folder, `${name}.ts`)).filter((file) => !existsSync(path.join(root, file))),
        );
        assert.deepEqual(missing, []);
    });

    it("imports one way: the schema knows no plan, the plan no objects, the objects no component", () => {
        const broken = components.flatMap((folder) =>
            FILES.flatMap((name, at) => {
                const file = path.join(folder, `${name}.ts`);
                return importsOf(file)
                    .filter(({ specifier }) => FILES.slice(at).some((later) => specifier === `./${later}`))
                    .map(({ specifier }) => `${file} imports ${specifier}`);
            }),
        );
        assert.deepEqual(broken, []);
    });

    it("meets Pulumi in itself alone: schema, plan and objects are data and pure functions", () => {
        const broken = components.flatMap((folder) =>
            FILES.slice(0, -1)
                .map((name) => path.join(folder, `${name}.ts`))
                .filter((file) => importsOf(file).some(({ specifier, types }) => specifier.startsWith("@pulumi/") && !types)),
        );
        assert.deepEqual(broken, []);
    });
});
