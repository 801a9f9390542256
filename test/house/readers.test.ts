/**
 * Every option of the command and every argument of a component has a reader: what is accepted and does nothing is worse
 * than what is refused. To hand a value on under its own name is not to read it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { kindTable, type Field } from "../../istio/fields";
import { root, sourcesBelow } from "../support/checkout";
import { parsed, walk } from "./parsed";

/** The properties of the interfaces of a file, as `Interface.property`. */
function propertiesOf(file: string, isAsked: (name: string) => boolean): (readonly [owner: string, property: string])[] {
    return parsed(file)
        .statements.filter(ts.isInterfaceDeclaration)
        .filter(({ name }) => isAsked(name.text))
        .flatMap(({ name, members }) =>
            members.flatMap((member) =>
                ts.isPropertySignature(member) && ts.isIdentifier(member.name) ? [[name.text, member.name.text] as const] : [],
            ),
        );
}

/** Whether `mode: options.mode`, or `{ mode }`. */
function isHandedOn(node: ts.Node, name: string): boolean {
    const { parent } = node;
    return (
        ts.isShorthandPropertyAssignment(parent) ||
        (ts.isPropertyAssignment(parent) && parent.initializer === node && parent.name.getText() === name)
    );
}

/** Whether a variable that was taken out of an object is used for more than to be put into another one. */
function isUsed(variable: ts.Identifier, name: string, isHandOver: (node: ts.Node, name: string) => boolean): boolean {
    let scope: ts.Node = variable;
    while (!ts.isFunctionLike(scope) && !ts.isSourceFile(scope)) scope = scope.parent;
    let used = false;
    walk(scope, (node) => {
        if (
            ts.isIdentifier(node) &&
            node !== variable &&
            node.text === variable.text &&
            !ts.isBindingElement(node.parent) &&
            !ts.isPropertySignature(node.parent) &&
            !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
            !isHandOver(node, name)
        )
            used = true;
    });
    return used;
}

interface Reading {
    /** Whether an expression is, or a pattern takes apart, what is asked about. */
    readonly isObject: (text: string) => boolean;
    readonly isHandOver: (node: ts.Node, name: string) => boolean;
    /** Whether a name in a list of names is read by who goes through the list. */
    readonly byName: boolean;
}

function namesRead(files: readonly string[], { isObject, isHandOver, byName }: Reading): ReadonlySet<string> {
    const read = new Set<string>();
    for (const file of files) {
        walk(parsed(file), (node) => {
            if (ts.isPropertyAccessExpression(node) && isObject(node.expression.getText()) && !isHandOver(node, node.name.text))
                read.add(node.name.text);
            if (ts.isBindingElement(node) && ts.isIdentifier(node.name)) {
                const name = node.propertyName?.getText() ?? node.name.text;
                const owner = node.parent.parent;
                const from = ts.isParameter(owner)
                    ? (owner.type?.getText() ?? "")
                    : ts.isVariableDeclaration(owner)
                      ? (owner.initializer?.getText() ?? "")
                      : "";
                if (isObject(from) && isUsed(node.name, name, isHandOver)) read.add(name);
            }
            if (byName && ts.isStringLiteral(node)) read.add(node.text);
        });
    }
    return read;
}

/** The last names of what is taken apart with `...rest`: whatever is in it goes on as it is. */
function takenWhole(files: readonly string[]): ReadonlySet<string> {
    const taken = new Set<string>();
    for (const file of files) {
        walk(parsed(file), (node) => {
            if (ts.isBindingElement(node) && node.dotDotDotToken && ts.isVariableDeclaration(node.parent.parent)) {
                taken.add(/(\w+)(?: \?\? \{\})?$/.exec(node.parent.parent.initializer?.getText() ?? "")?.[1] ?? "");
            }
        });
    }
    return taken;
}

/** The types of properties of these names. */
function typesOf(files: readonly string[], names: ReadonlySet<string>): ReadonlySet<string> {
    const types = new Set<string>();
    for (const file of files) {
        walk(parsed(file), (node) => {
            if (ts.isPropertySignature(node) && names.has(node.name.getText())) types.add(node.type?.getText() ?? "");
        });
    }
    return types;
}

/** What these interfaces extend: who takes one whole takes that whole too. */
function basesOf(files: readonly string[], names: ReadonlySet<string>): string[] {
    return files.flatMap((file) =>
        parsed(file)
            .statements.filter(ts.isInterfaceDeclaration)
            .filter(({ name }) => names.has(name.text))
            .flatMap(({ heritageClauses = [] }) =>
                heritageClauses.flatMap(({ types }) => types.map(({ expression }) => expression.getText())),
            ),
    );
}

const unread = (asked: readonly (readonly [owner: string, property: string])[], read: ReadonlySet<string>): string[] =>
    asked.filter(([, property]) => !read.has(property)).map(([owner, property]) => `${owner}.${property}`);

describe("what is accepted", () => {
    const commands = sourcesBelow("cli/commands");
    const options: Reading = { isObject: (text) => /options(\(\))?$/i.test(text), isHandOver: isHandedOn, byName: false };

    // What one file of the command hands on is read in another.
    let known: ReadonlySet<string> | undefined;
    const readAnywhere = (): ReadonlySet<string> =>
        (known ??= namesRead(["cli", "proxy", "engine", "istio"].flatMap(sourcesBelow), {
            ...options,
            isObject: (text) => options.isObject(text) || /Request$|request$/.test(text),
        }));

    for (const file of commands) {
        it(`as an option in ${file} has a reader`, () => {
            const asked = propertiesOf(file, (name) => name === "Options");
            const flags = [...readFileSync(path.join(root, file), "utf8").matchAll(/ption\("(?:-\w, )?--(?:no-)?([a-z][a-z0-9-]*)/g)].map(
                ([, flag = ""]) => flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
            );
            assert.deepEqual(
                flags.filter((flag) => !asked.some(([, property]) => property === flag)),
                [],
            );
            assert.deepEqual(unread(asked, readAnywhere()), []);
        });
    }

    it("as an option of the proxy has a reader", () => {
        assert.deepEqual(
            unread(
                propertiesOf("proxy/processes/options.ts", (name) => name === "ProxyOptions"),
                namesRead(sourcesBelow("proxy"), options),
            ),
            [],
        );
    });

    it("as an argument of a component has a reader", () => {
        const files = sourcesBelow("components");
        // What a component records of its inputs is there for Pulumi, which does nothing with it.
        const isWire = (node: ts.Node, name: string): boolean =>
            isHandedOn(node, name) && /\bwire\b|Wire\b/.test(node.parent.parent.parent.getText().slice(0, 80));
        // Nor does a schema, which names every one of them.
        const readers = files.filter((file) => !/\/(schema|args)\.ts$/.test(file));
        const read = namesRead(readers, { isObject: () => true, isHandOver: isWire, byName: true });
        const taken = typesOf(files, takenWhole(files));
        const whole = new Set([...taken, ...basesOf(files, taken)]);
        assert.deepEqual(
            unread(
                files.flatMap((file) => propertiesOf(file, (name) => name.endsWith("Args") && !whole.has(name))),
                read,
            ),
            [],
        );
    });

    it("as a field of a kind has a reader, or is said not to be served", () => {
        const read = namesIn(["proxy/compiler", "istio/semantics"].flatMap(sourcesBelow));
        const asked = SERVED_KINDS.flatMap((kind) => fieldsOf(kindTable(kind).root.fields["spec"], kind));
        assert.deepEqual(
            asked.filter(([path, name]) => !read.has(name) && !NEEDS_NO_READER.includes(path)).map(([path]) => path),
            [],
        );
    });
});

/** Those whose settings the proxy acts on; the others restrict or extend it, and are refused or named whole. */
const SERVED_KINDS = ["Gateway", "VirtualService", "ServiceEntry", "DestinationRule", "Telemetry", "Sidecar"] as const;
/** A gateway outside the mesh speaks to both sides of it alike. */
const NEEDS_NO_READER: readonly string[] = ["ServiceEntry.location"];

/** Every field that is served and still to be written, by its path, with its name. */
function fieldsOf(field: Field | undefined, path: string): (readonly [path: string, name: string])[] {
    if (field === undefined || field.notServed !== undefined) return [];
    if (field.type === "list" || field.type === "map") return fieldsOf(field.of, path);
    if (field.type !== "object") return [];
    return Object.entries(field.fields)
        .filter(([, one]) => one.notServed === undefined && one.outdated === undefined)
        .flatMap(([name, one]) => [[`${path}.${name}`, name] as const, ...fieldsOf(one, `${path}.${name}`)]);
}

/** Every name that is read of something, taken out of it, or written as a text. */
function namesIn(files: readonly string[]): ReadonlySet<string> {
    const names = new Set<string>();
    for (const file of files) {
        walk(parsed(file), (node) => {
            if (ts.isPropertyAccessExpression(node)) names.add(node.name.text);
            if (ts.isBindingElement(node)) names.add((node.propertyName ?? node.name).getText());
            if (ts.isStringLiteral(node)) names.add(node.text);
        });
    }
    return names;
}
