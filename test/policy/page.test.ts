/** Every policy of the table has its section, whose bad example it refuses and whose fixed one it passes. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { before, describe, it } from "mocha";
import { evaluate, type Evaluation } from "pulumi-gatehouse/testing";
import { checkEvaluations } from "../../cli/check/check";
import { readConfig } from "../../policy/config";
import type { Violation } from "../../policy/judge";
import { entryOf, POLICY_NAMES, POLICY_TABLE } from "../../policy/table";
import { EXAMPLE_CONFIG, make, pageText, runProgram, sections, type Example, type Section } from "./support/page";

const SIDES = ["bad", "fixed"] as const;
type Side = (typeof SIDES)[number];

class Group extends pulumi.ComponentResource {
    constructor(name: string, { text, language }: Example) {
        super("example:index:Group", name);
        make({ text, language }, { parent: this }, `${name}-`);
    }
}

/** Examples in YAML are made by one program and told apart by their parents; one in TypeScript is a program itself. */
async function evaluations(all: readonly Section[]): Promise<Map<string, Evaluation>> {
    const each = all.flatMap((section) => SIDES.map((side) => ({ key: `${section.name}-${side}`, example: section[side] })));
    const together = await evaluate(
        () => {
            for (const { key, example } of each) if (example.language === "yaml") new Group(key, example);
        },
        { timeoutMs: 60_000 },
    );
    const found = new Map<string, Evaluation>();
    for (const { key, example } of each) {
        if (example.language === "ts") found.set(key, await evaluate(() => make(example), { timeoutMs: 60_000 }));
        else found.set(key, { ...together, resources: together.resources.filter(({ parent }) => parent?.endsWith(`::${key}`)) });
    }
    return found;
}

const valueText = (value: unknown): string => {
    if (Array.isArray(value)) return value.map((one) => `\`${String(one)}\``).join(", ") || "none";
    return typeof value === "object" ? "none" : `\`${String(value)}\``;
};

describe("docs/policies.md, beside the table", () => {
    const all = sections();

    it("has a section for every policy, in the table's order", () => {
        assert.deepEqual(
            all.map(({ name }) => name),
            POLICY_NAMES,
        );
    });

    it("has the names, levels, severities and texts of the table", () => {
        const rows = [...pageText.matchAll(/^\| \[([a-z-]+)\]\(#\1\) \| (\w+) \| (\w+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
        assert.deepEqual(
            rows,
            Object.entries(POLICY_TABLE).map(([name, { enforcementLevel, severity, description }]) => [
                name,
                enforcementLevel,
                severity,
                description,
            ]),
        );
    });

    it("has the parameters and remediations of the table", () => {
        for (const { name, text } of all) {
            const { parameters = {}, remediation } = entryOf(name as (typeof POLICY_NAMES)[number]);
            const rows = [...text.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
            assert.deepEqual(
                rows,
                Object.entries(parameters).map(([key, one]) => [key, valueText(one.default), one.description]),
                name,
            );
            assert.equal(/^`remediate`: (.+)$/m.exec(text)?.[1], remediation, name);
        }
    });
});

describe("docs/policies.md", function () {
    this.timeout(180_000);
    const all = sections();
    let made: Map<string, Evaluation>;
    const judge = (name: string, side: Side): Violation[] =>
        checkEvaluations(
            [made.get(`${name}-${side}`) ?? assert.fail(`no ${side} example of ${name}`)],
            readConfig(EXAMPLE_CONFIG).settings,
            Date.now(),
        ).filter(({ policy }) => policy === name);

    before(async () => {
        made = await evaluations(all);
    });

    for (const name of POLICY_NAMES) {
        it(`has a bad example that ${name} refuses and a fixed one that it passes`, () => {
            const [first] = judge(name, "bad");
            assert.ok(first, "the bad example is passed");
            assert.equal(first.enforcementLevel, entryOf(name).enforcementLevel);
            assert.ok(first.message.includes(first.object), `${first.message} does not name ${first.object}`);
            assert.ok(first.urn.startsWith("urn:pulumi:"));
            assert.deepEqual(
                judge(name, "fixed").map(({ message }) => message),
                [],
            );
        });
    }
});

describe("the page's own test", function () {
    this.timeout(60_000);
    const [block = ""] = /(?<=```ts\n)[^`]*describe\([^]*?(?=\n```)/.exec(pageText) ?? [];
    runProgram(block);
});
