/** An answer of the compiler is kept and given again, and never where anything that it was made from is not as it was. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "mocha";
import { startTypecheck } from "../../../engine/program/typecheck";
import { readProject } from "../../../engine/project/project";
import { projectYaml, tempFolder, writeFiles } from "../support";

/** The real compiler, which says when it was loaded. */
const COMPILER = `
require("node:fs").appendFileSync(require("node:path").join(__dirname, "loaded"), "1");
module.exports = require(${JSON.stringify(require.resolve("typescript"))});
`;

/** What the compiler wants to be there; its own library takes it longer than all else. */
const GLOBALS = [
    "Array<T>",
    "Boolean",
    "CallableFunction",
    "Function",
    "IArguments",
    "NewableFunction",
    "Number",
    "Object",
    "RegExp",
    "String",
]
    .map((name) => `interface ${name} {}\n`)
    .join("");

const FILES = {
    "package.json": "{}\n",
    "Pulumi.yaml": projectYaml("p"),
    "tsconfig.json": '{ "extends": "./base.json", "include": ["nothing"] }\n',
    "base.json": '{ "compilerOptions": { "strict": true, "noLib": true, "types": [], "module": "nodenext" } }\n',
    "globals.d.ts": GLOBALS,
    "index.ts":
        '/// <reference path="./globals.d.ts" />\nimport { size } from "dep";\nimport { own } from "./own";\nexport const sum: number[] = [size, own];\n',
    "own.ts": "const unused = 1;\nexport const own = 1;\n",
    "node_modules/dep/package.json": '{ "name": "dep", "types": "index.d.ts" }\n',
    "node_modules/dep/index.d.ts": "export declare const size: number;\n",
    "node_modules/dep/other.d.ts": "export declare const size: string;\n",
    "node_modules/typescript/package.json": '{ "name": "typescript", "main": "index.js" }\n',
    "node_modules/typescript/index.js": COMPILER,
};

describe("what the compiler said of a program before", function () {
    this.timeout(60_000);
    let dir: string;
    let cache: string;
    before(() => {
        dir = writeFiles(tempFolder(), FILES);
        cache = path.join(dir, "cache");
    });

    const loads = (): number => {
        const file = path.join(dir, "node_modules", "typescript", "loaded");
        return existsSync(file) ? statSync(file).size : 0;
    };
    const check = async (): Promise<string[]> =>
        ((await startTypecheck(readProject(dir), { waiting: "awaited", cache })?.findings) ?? []).map(
            ({ message, place }) => `${path.basename(place?.file ?? "")}:${place?.line ?? 0} ${message}`,
        );
    /** As an editor or npm may leave it: the same length at the same time. */
    const rewrite = (name: string, text: string): void => {
        const file = path.join(dir, name);
        const { atime, mtime } = statSync(file);
        writeFileSync(file, text);
        utimesSync(file, atime, mtime);
    };
    /** What is said after the change, and after it was taken back; each answer is given twice, and found once. */
    const changed = async (change: () => void, back: () => void): Promise<string[]> => {
        assert.deepEqual(await check(), []);
        const known = loads();
        change();
        const told = await check();
        assert.equal(loads(), known + 1, "the compiler was not asked");
        assert.deepEqual(await check(), told);
        assert.equal(loads(), known + 1, "the compiler was asked again for nothing");
        back();
        return told;
    };

    it("is said again without the compiler while nothing changed", async () => {
        assert.deepEqual(await check(), []);
        assert.deepEqual(await check(), []);
        assert.equal(loads(), 1);
    });

    const edits: readonly { readonly what: string; readonly file: string; readonly text: string; readonly told: string }[] = [
        { what: "the program", file: "index.ts", text: FILES["index.ts"].replace("number[]", "string[]"), told: "index.ts:4 TS2322" },
        { what: "a file that it imports", file: "own.ts", text: 'export const own = ""\n', told: "index.ts:4 TS2322" },
        {
            what: "a dependency's declarations",
            file: "node_modules/dep/index.d.ts",
            text: "export declare const size: string;\n",
            told: "index.ts:4 TS2322",
        },
        {
            what: "a dependency's package.json",
            file: "node_modules/dep/package.json",
            text: FILES["node_modules/dep/package.json"].replace("index", "other"),
            told: "index.ts:4 TS2322",
        },
        {
            what: "what its configuration builds on",
            file: "base.json",
            text: FILES["base.json"].replace('"strict"', '"noUnusedLocals"'),
            told: "own.ts:1 TS6133",
        },
    ];
    for (const { what, file, text, told } of edits) {
        it(`is not said again after an edit of ${what}`, async () => {
            const [message = "nothing"] = await changed(
                () => rewrite(file, text),
                () => rewrite(file, (FILES as Record<string, string>)[file] ?? ""),
            );
            assert.ok(message.startsWith(told), message);
        });
    }

    it("is not said again after a file was deleted", async () => {
        const [message = "nothing"] = await changed(
            () => rmSync(path.join(dir, "own.ts")),
            () => writeFiles(dir, { "own.ts": FILES["own.ts"] }),
        );
        assert.match(message, /^index\.ts:3 TS2307/);
    });

    it("is not said again after a file came that stands before another", async () => {
        const near = path.join(dir, "node_modules", "@types", "dep");
        rewrite("node_modules/dep/package.json", '{ "name": "dep" }\n');
        rmSync(path.join(dir, "node_modules", "dep", "index.d.ts"));
        writeFiles(dir, { "node_modules/@types/dep/index.d.ts": FILES["node_modules/dep/index.d.ts"] });
        const [message = "nothing"] = await changed(
            () => writeFiles(dir, { "node_modules/dep/index.d.ts": "export declare const size: string;\n" }),
            () => {
                rmSync(near, { recursive: true });
                writeFiles(dir, FILES);
            },
        );
        assert.match(message, /^index\.ts:4 TS2322/);
    });

    it("is not said again by another compiler", async () => {
        await changed(
            () => rewrite("node_modules/typescript/index.js", `${COMPILER}// another\n`),
            () => rewrite("node_modules/typescript/index.js", COMPILER),
        );
    });

    it("is not taken from a folder that others can write to, nor from a damaged file", async () => {
        await check();
        const folder = path.join(cache, "types");
        const [name = ""] = readdirSync(folder);
        const whole = readFileSync(path.join(folder, name), "utf8");
        writeFileSync(path.join(folder, name), whole.slice(0, -9));
        const known = loads();
        assert.deepEqual(await check(), []);
        assert.equal(loads(), known + 1);
        chmodSync(folder, 0o777);
        assert.deepEqual(await check(), []);
        assert.equal(loads(), known + 2);
        rmSync(folder, { recursive: true });
        mkdirSync(folder, { mode: 0o700 });
        assert.deepEqual(await check(), []);
        assert.equal(readdirSync(folder).length, 1);
        assert.equal(statSync(path.join(folder, readdirSync(folder)[0] ?? "")).mode & 0o777, 0o600);
    });
});
