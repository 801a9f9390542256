/** Every public component is a folder of one shape, whose files import one way. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { COMPONENTS } from "../../components/package-schema";
import type { ArgumentField, ObjectArgument } from "../../components/schema";
import { pageOf } from "../support/arguments-page";
import { root, sourcesBelow } from "../support/checkout";
import { parsed } from "./parsed";

/** In this order: a file imports only those before it. */
const FILES = ["schema", "plan", "objects", "component"];

const found = sourcesBelow("components").flatMap((file) =>
    [...readFileSync(path.join(root, file), "utf8").matchAll(/^export class (\w+).* extends pulumi\.ComponentResource/gm)].map(
        ([, name = ""]) => ({ name, folder: path.dirname(file) }),
    ),
);
const components = found.map(({ folder }) => folder);

function importsOf(file: string): { readonly specifier: string; readonly types: boolean }[] {
    return parsed(file)
        .statements.filter(ts.isImportDeclaration)
        .map((one) => ({
            specifier: (one.moduleSpecifier as ts.StringLiteral).text,
            types: one.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
        }));
}

interface Told {
    /** By the name of the member. */
    readonly docs: ReadonlyMap<string, string>;
    readonly bases: readonly string[];
}

/** What an editor shows of the members of the types of arguments. */
function toldInTypes(): ReadonlyMap<string, Told> {
    const told = new Map<string, Told>();
    for (const file of sourcesBelow("components")) {
        for (const one of parsed(file).statements) {
            if (ts.isInterfaceDeclaration(one)) {
                const bases = (one.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => expression.getText()));
                told.set(one.name.text, {
                    docs: new Map(one.members.map((member) => [member.name?.getText() ?? "", docOf(member)])),
                    bases,
                });
            } else if (ts.isTypeAliasDeclaration(one) && ts.isUnionTypeNode(one.type)) {
                told.set(one.name.text, { docs: new Map(), bases: one.type.types.map((type) => type.getText()) });
            }
        }
    }
    return told;
}

function docOf(member: ts.TypeElement): string {
    const [comment] = ts.getJSDocCommentsAndTags(member);
    return ts.getTextOfJSDocComment(comment?.comment)?.replaceAll(/\s+/g, " ").trim() ?? "";
}

function docIn(told: ReadonlyMap<string, Told>, type: string, member: string): string {
    const one = told.get(type);
    if (!one) return "";
    return one.docs.get(member) || (one.bases.map((base) => docIn(told, base, member)).find((text) => text !== "") ?? "");
}

/** Every object among the arguments. */
function objectsIn(field: ArgumentField): ObjectArgument[] {
    switch (field.type) {
        case "object":
            return [field, ...Object.values(field.fields).flatMap(objectsIn)];
        case "list":
        case "map":
            return objectsIn(field.of);
        case "union":
            return Object.values(field.members).flatMap(({ field: one }) => objectsIn(one));
        case "variants":
            return Object.values(field.variants).flatMap(objectsIn);
        default:
            return [];
    }
}

describe("a component", () => {
    it("stands in the one list of them, and has a folder of its own", () => {
        assert.deepEqual(found.map(({ name }) => name).sort(), Object.keys(COMPONENTS).sort());
        assert.equal(new Set(components).size, found.length);
    });

    it("has a page, and is exported by the package", () => {
        const entries = ["components/index.ts", "components/image/index.ts"].map((file) => readFileSync(path.join(root, file), "utf8"));
        for (const { name } of found) {
            const page = `docs/components/${pageOf(name)}`;
            assert.ok(existsSync(path.join(root, page)), `${name} has no page ${page}`);
            assert.ok(
                entries.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
                `${name} is exported nowhere`,
            );
        }
    });

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

    it("says the same of an argument in its schema as in the type that an editor shows", () => {
        const told = toldInTypes();
        const objects = Object.values(COMPONENTS).flatMap(({ args }) => objectsIn(args));
        const compared = objects.flatMap(({ name, fields }) =>
            Object.entries(fields).map(([member, { doc, default: otherwise }]) => ({
                at: `${name}.${member}`,
                type: docIn(told, name, member),
                schema: [doc, otherwise === undefined ? "" : `Default: ${otherwise}`].filter((text) => text !== "").join(" "),
            })),
        );
        assert.ok(compared.filter(({ type }) => type !== "").length > 80, "docstrings are found at all");
        const differing = compared.filter(({ type, schema }) => type !== "" && type !== schema);
        assert.deepEqual([...new Set(differing.map(({ at, type, schema }) => `${at}: ${type} | ${schema}`))], []);
    });
});
