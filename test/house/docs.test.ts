/** The pages are code too: every block in them is compiled, validated or checked against the command it names. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { findingText, parseDocuments, validateObject } from "../../istio";
import { CODES } from "../../istio/codes";
import { KIND_TABLES } from "../../istio/fields";
import { argumentsPage } from "../support/arguments-page";
import { root, sourcesBelow } from "../support/checkout";
import { codeBlocks, pages, type CodeBlock } from "../support/markdown";
import { DIFFERENCE_TABLES } from "../support/differences";
import { nginxTable } from "../support/nginx-table";
import { table, withTables } from "../support/markdown-tables";
import { alertRules, DEFAULT_LIMITS } from "../../components/gateway-monitoring/alerts";
import { FIELD_DIFFERENCES } from "../support/field-differences";
import { fieldsPage, rowsOfKind } from "../support/fields-page";
import { messagesPage } from "../support/messages";

const blocks = pages().flatMap(codeBlocks);
const inLanguage = (...languages: string[]): CodeBlock[] => blocks.filter(({ language }) => languages.includes(language));

/** `text` and `console` blocks show output; everything else is held to what it says. */
const KNOWN = ["ts", "yaml", "sh", "json", "text", "console", ""];

function compile(programs: readonly CodeBlock[]): string[] {
    const parsed = ts.parseJsonConfigFileContent(
        ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => readFileSync(file, "utf8")).config,
        ts.sys,
        root,
    );
    const options: ts.CompilerOptions = { ...parsed.options, noUnusedLocals: false };
    // Placed beside the stacks, so that the package's name resolves as it does there.
    const texts = new Map(programs.map((block, index) => [path.join(root, "stacks", `page-${index}.ts`), block] as const));
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (file) => texts.has(file) || fileExists(file);
    host.readFile = (file) => texts.get(file)?.text ?? readFile(file);
    host.getSourceFile = (file, target, ...rest) => {
        const block = texts.get(file);
        return block ? ts.createSourceFile(file, `${block.text}\nexport {};\n`, target) : getSourceFile(file, target, ...rest);
    };
    const program = ts.createProgram([...texts.keys()], options, host);
    return [...texts.entries()].flatMap(([file, block]) => {
        const source = program.getSourceFile(file);
        return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((one) => {
            const line = source ? source.getLineAndCharacterOfPosition(one.start ?? 0).line : 0;
            return `${block.file}:${block.line + 1 + line} ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`;
        });
    });
}

describe("the pages", () => {
    it("use only block languages that are checked", () => {
        assert.deepEqual(
            blocks.filter(({ language }) => !KNOWN.includes(language)).map(({ file, line, language }) => `${file}:${line} ${language}`),
            [],
        );
    });

    it("have TypeScript that compiles against the package", function () {
        this.timeout(600_000);
        assert.deepEqual(compile(inLanguage("ts")), []);
    });

    it("have YAML that validates", () => {
        const faults = inLanguage("yaml").flatMap(({ file, line, text }) => {
            const { documents, findings } = parseDocuments(text, `${file}:${line}`);
            const own = documents.filter(({ object }) => object.kind).flatMap(({ object }) => validateObject(object).findings);
            return [...findings, ...own].filter(({ level }) => level === "Error").map((one) => `${file}:${line} ${findingText(one)}`);
        });
        assert.deepEqual(faults, []);
    });

    it("have JSON that parses", () => {
        for (const { text } of inLanguage("json")) JSON.parse(text);
    });

    it("name npm scripts that exist", () => {
        const scripts = Object.keys((JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: object }).scripts);
        const unknown = inLanguage("sh").flatMap(({ file, line, text }) =>
            [...text.matchAll(/npm run ([\w:-]+)/g)]
                .filter(([, name]) => !scripts.includes(name ?? ""))
                .map(([whole]) => `${file}:${line} ${whole}`),
        );
        assert.deepEqual(unknown, []);
    });

    it("name commands and options that exist", function () {
        this.timeout(600_000);
        const help = new Map<string, string>();
        const helpOf = (command: string): string => {
            const known = help.get(command);
            if (known !== undefined) return known;
            const text = execFileSync(process.execPath, [path.join(root, "cli", "gatehouse.js"), command, "--help"], { encoding: "utf8" });
            help.set(command, text);
            return text;
        };
        const unknown = inLanguage("sh").flatMap(({ file, line, text }) =>
            [...text.replaceAll("\\\n", " ").matchAll(/(?:npx )?gatehouse ([a-z][a-z-]*)([^\n|&;#]*)/g)].flatMap(
                ([, command = "", rest = ""]) =>
                    (rest.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [])
                        .filter((option) => !helpOf(command).includes(option))
                        .map((option) => `${file}:${line} ${command} ${option}`),
            ),
        );
        assert.deepEqual(unknown, []);
    });

    it("link to files that exist", () => {
        const broken = pages().flatMap((file) =>
            [...readFileSync(path.join(root, file), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
                .map(([, target = ""]) => target)
                .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(path.resolve(root, path.dirname(file), target)))
                .map((target) => `${file} -> ${target}`),
        );
        assert.deepEqual(broken, []);
    });

    it("name rooms and files of the house that are there", () => {
        const room = /^(?:istio|components|proxy|engine|policy|samples|cli|stacks|harness|bench|scripts|test|docs)\//;
        const gone = ["ARCHITECTURE.md", "CONTRIBUTING.md"].flatMap((page) =>
            [...readFileSync(path.join(root, page), "utf8").matchAll(/`([\w./-]+)`/g)]
                .map(([, name = ""]) => name)
                .filter((name) => room.test(name) && !["", ".ts"].some((end) => existsSync(path.join(root, name + end))))
                .map((name) => `${page}: ${name}`),
        );
        assert.deepEqual(gone, []);
    });

    it("list the scenarios as their tests have them", () => {
        const folder = path.join(root, "test/seeds");
        const page = readFileSync(path.join(folder, "README.md"), "utf8");
        const named = [...page.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, file = ""]) => file);
        const played = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
        assert.deepEqual([...new Set(named)].sort(), played.sort());
        assert.deepEqual(
            [...page.matchAll(/^\| (S\d+) \|/gm)].map(([, scenario]) => scenario),
            Array.from({ length: 19 }, (_, at) => `S${at + 1}`),
        );
    });

    it("list the benchmarks that there are", () => {
        const [, table = ""] = /const BENCHES = \{([^}]*)\}/.exec(readFileSync(path.join(root, "bench/index.ts"), "utf8")) ?? [];
        const [row = ""] = /^\| `npm run bench` .*$/m.exec(readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8")) ?? [];
        assert.deepEqual(
            [...row.matchAll(/`-- (\w+)`/g)].map(([, name]) => name).sort(),
            [...table.matchAll(/(\w+):/g)].map(([, name]) => name).sort(),
        );
    });

    it("list every error code as the table has it", () => {
        const page = path.join(root, "docs", "messages.md");
        // `UPDATE=1 npx mocha test/house` writes the page anew after a code was added.
        if (process.env["UPDATE"]) writeFileSync(page, messagesPage());
        assert.equal(readFileSync(page, "utf8"), messagesPage());
    });

    it("list no code that nothing says", () => {
        const said = ["components", "engine", "istio", "proxy", "policy", "cli"]
            .flatMap(sourcesBelow)
            .filter((file) => !file.startsWith(path.join("istio", "codes")))
            .map((file) => readFileSync(path.join(root, file), "utf8"))
            .join("\n");
        const silent = Object.keys(CODES).filter((code) => code.startsWith("GH") && !said.includes(code));
        assert.deepEqual(
            silent.map((code) => `${code} stands in the table and nothing says it`),
            [],
        );
    });

    it("list every argument of every component as its schema has it", () => {
        const page = path.join(root, "docs", "components", "arguments.md");
        if (process.env["UPDATE"]) writeFileSync(page, argumentsPage());
        assert.equal(readFileSync(page, "utf8"), argumentsPage());
    });

    it("list every field of every kind as its table has it", () => {
        const page = path.join(root, "docs", "fields.md");
        if (process.env["UPDATE"]) writeFileSync(page, fieldsPage());
        assert.equal(readFileSync(page, "utf8"), fieldsPage());
        const rows = new Set(
            Object.entries(KIND_TABLES).flatMap(([name, { root: of }]) => {
                const [, kind = ""] = name.split("/");
                return rowsOfKind(kind, of).map((row) => `${kind} ${row.path}`);
            }),
        );
        assert.deepEqual(
            Object.entries(FIELD_DIFFERENCES)
                .flatMap(([kind, fields]) => Object.keys(fields).map((field) => `${kind} ${field}`))
                .filter((field) => !rows.has(field)),
            [],
        );
    });

    it("list every annotation of ingress-nginx that is known, with what it becomes", () => {
        const page = path.join(root, "docs", "ingress.md");
        const text = readFileSync(page, "utf8");
        const wanted = withTables(text, { nginx: nginxTable() });
        if (process.env["UPDATE"]) writeFileSync(page, wanted);
        assert.equal(readFileSync(page, "utf8"), wanted);
    });

    it("list every alert of a GatewayMonitoring, with when it is told", () => {
        const page = path.join(root, "docs", "components", "gateway-monitoring.md");
        const text = readFileSync(page, "utf8");
        const alerts = alertRules("istio-ingress/public", DEFAULT_LIMITS).map(({ alert, labels, for: lasts, annotations }) => [
            `\`${alert}\``,
            labels.severity,
            lasts === "0m" ? "at once" : `for ${lasts}`,
            annotations.summary.replace("istio-ingress/public: ", ""),
        ]);
        const wanted = withTables(text, { alerts: table(["alert", "severity", "once it holds", "when"], alerts) });
        if (process.env["UPDATE"]) writeFileSync(page, wanted);
        assert.equal(readFileSync(page, "utf8"), wanted);
    });

    it("list the differences from Istio that the tests know, and no others", () => {
        const page = path.join(root, "docs", "differences.md");
        const text = readFileSync(page, "utf8");
        const wanted = withTables(text, DIFFERENCE_TABLES);
        if (process.env["UPDATE"]) writeFileSync(page, wanted);
        assert.equal(readFileSync(page, "utf8"), wanted);
    });
});
