import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { validateObject } from "../../istio";
import { CORPUS, MILDER, objectOf, STRICTER, titleOf } from "./corpus";

describe("validation beside what Istio and the API server answered", () => {
    const verdicts = JSON.parse(readFileSync(path.join(__dirname, "recorded/istio-verdicts.json"), "utf8")) as Readonly<
        Record<string, string>
    >;

    it("accepts what both accept and refuses what one of them refuses, but for a reason", () => {
        const differences = CORPUS.flatMap((item, index) => {
            const ours = validateObject(objectOf(item, index)).findings.filter(({ level }) => level === "Error");
            const title = titleOf(item);
            const theirs = verdicts[title];
            const expected = title in STRICTER ? true : title in MILDER ? false : theirs !== "";
            if (ours.length > 0 !== expected) {
                return [
                    `${title}: ${theirs === "" ? "Istio accepts it" : `${theirs ?? "nobody"} refuses it`}; ours: ${ours.map((one) => `${one.field} ${one.message}`).join("; ") || "nothing"}`,
                ];
            }
            const needless = (title in STRICTER && theirs !== "") || (title in MILDER && theirs === "");
            return needless ? [`${title}: is marked as different and is not`] : [];
        });
        assert.deepEqual(differences, []);
    });

    it("knows a verdict of every case, and cases by their titles", () => {
        const titles = CORPUS.map(titleOf);
        assert.equal(new Set(titles).size, titles.length);
        assert.deepEqual(
            titles.filter((title) => verdicts[title] === undefined),
            [],
        );
        assert.deepEqual(
            [...Object.keys(STRICTER), ...Object.keys(MILDER)].filter((title) => !titles.includes(title)),
            [],
        );
    });
});
