import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { currentPage, keptResults, marks, PLACED } from "../../bench/charts/page";

const docs = path.join(__dirname, "..", "..", "docs");
const HOW = "npm run bench:charts writes it anew";

describe("the page of what is measured", () => {
    const { page, pictures } = currentPage();

    it("has the tables that its figures make", () => {
        assert.equal(readFileSync(path.join(docs, "performance.md"), "utf8"), page, HOW);
    });

    it("has the pictures that its figures make", () => {
        assert.ok(pictures.size > 0);
        for (const [name, text] of pictures) {
            const file = path.join(docs, "performance", name);
            assert.ok(existsSync(file), `${name} is not there: ${HOW}`);
            assert.equal(readFileSync(file, "utf8"), text, `${name}: ${HOW}`);
        }
    });

    it("has a place for each benchmark that has a title, whether it has results or not", () => {
        for (const bench of PLACED) for (const mark of marks(bench)) assert.equal(page.split(mark).length, 2, mark);
    });

    it("says of each row what it was measured on", () => {
        for (const { bench, machine, rows } of keptResults()) assert.ok(machine !== "" && rows.length > 0, bench);
    });
});
