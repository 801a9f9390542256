/**
 * The recipes of CONTRIBUTING.md are whole: each change is made on a copy of the checkout, once with all its steps and once
 * without each, and the compiler or a test must name the one that was forgotten.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { Copy } from "./copy";
import type { Recipe, Step } from "./recipe";
import { RECIPES } from "./recipes";

const page = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");

describe("a recipe", function () {
    this.timeout(300_000);
    let copy: Copy;
    before(() => {
        copy = new Copy();
    });
    after(() => copy.remove());

    /** What the compiler and the tests say of the change as far as it was made. */
    async function said({ compile = [], tests = [] }: Recipe, steps: readonly Step[]): Promise<string> {
        copy.change(steps);
        const compiled = copy.compile(compile);
        if (compiled !== "") return compiled;
        const failures: string[] = [];
        for (const [file, title] of tests) failures.push(await copy.test(file, title));
        return failures.join("\n").trim();
    }

    for (const recipe of RECIPES) {
        it(`for ${recipe.what} is whole, and each step that is forgotten is named`, async () => {
            assert.equal(await said(recipe, recipe.steps), "", "all steps were made");
            for (const step of recipe.steps) {
                const found = await said(
                    recipe,
                    recipe.steps.filter((one) => one !== step),
                );
                assert.match(found, step.missed, `without ${step.place}`);
            }
        });
    }

    it("stands in CONTRIBUTING.md with its places, and none beside them", () => {
        const rows = [...page.matchAll(/^\| (an? [\w ]+) \| (.+) \|$/gm)].map(([, what, places]) => [what, places]);
        assert.deepEqual(
            rows,
            RECIPES.map(({ what, steps }) => [what, steps.map(({ place }) => place).join("; ")]),
        );
    });
});
