/** Every analyzer of istioctl stands in the page, with what it is here. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { ISTIO_CODES } from "../../../istio";
import { root } from "../../support/checkout";
import { ANALYZERS } from "./record";

const SCHEMA = /^(schema\.ValidationAnalyzer)\..*/;
const rows = [
    ...readFileSync(path.join(root, "docs", "analyze.md"), "utf8").matchAll(/^\| `([A-Za-z0-9]+\.[A-Za-z0-9]+)` \| (.+) \|$/gm),
].map(([, name = "", here = ""]) => ({ name, here }));
const recorded = JSON.parse(readFileSync(ANALYZERS, "utf8")) as readonly string[];

describe("the analyzers of istioctl", () => {
    it("are all in the page, in order, and no others", () => {
        assert.deepEqual(
            rows.map(({ name }) => name),
            [...new Set(recorded.map((name) => name.replace(SCHEMA, "$1")))],
        );
    });

    it("have a code here, or a reason why not", () => {
        for (const { name, here } of rows) assert.ok(here.startsWith("IST") || here.startsWith("not here: "), name);
    });

    it("have all of Istio's codes between them", () => {
        const known = Object.keys(ISTIO_CODES);
        const said = rows.filter(({ here }) => here.startsWith("IST")).flatMap(({ here }) => here.match(/IST\d{4}/g) ?? []);
        assert.deepEqual(
            said.filter((code) => !known.includes(code)),
            [],
        );
        assert.deepEqual(
            known.filter((code) => !said.includes(code)),
            ["IST0130", "IST0131", "IST0165"],
        );
    });
});
