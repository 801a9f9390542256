import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import { analyze, refText, type KubeObject } from "../../../istio";
import { run } from "../../support/gatehouse";
import { CORPUS } from "../../istio/analysis/corpus";
import { ANALYZERS, filled, RECORD, type Said } from "../../istio/analysis/record";
import { besideIstioctl, istioctl } from "./istioctl";

/** Validation's sentences and those of values of annotations are ours, and one finding here names all the Gateways of a certificate, not two. */
const OWN_WORDS: readonly string[] = ["IST0106", "IST0125", "IST0133", "IST0138"];

/** What both report of one object with one code, and not in the same words. */
function wordsThatDiffer(theirs: readonly Said[], objects: readonly KubeObject[]): string[] {
    const ours = analyze(
        objects.map((object) => ({ object })),
        { now: Date.now() },
    );
    return theirs
        .filter(({ code }) => !OWN_WORDS.includes(code))
        .flatMap(({ code, object, message }) => {
            const own = ours.filter((one) => one.code === code && one.object && refText(one.object) === object).map((one) => one.message);
            return own.length === 0 || own.includes(message) ? [] : [`${code} ${object}: ${message} / ${own.join(" / ")}`];
        });
}

describe("analysis beside istioctl", function () {
    this.timeout(900_000);
    const stage = besideIstioctl("the comparison with istioctl analyze");

    it("knows every analyzer that istioctl has", async () => {
        const { stdout } = await run(stage.tool, ["analyze", "-L"], { env: { HOME: stage.folder }, timeoutMs: 60_000 });
        const names = [...stdout.matchAll(/^\* (.+):$/gm)].map(([, name]) => name);
        if (process.env["UPDATE"]) writeFileSync(ANALYZERS, `${JSON.stringify(names, null, 1)}\n`);
        assert.deepEqual(names, JSON.parse(readFileSync(ANALYZERS, "utf8")));
    });

    it("finds what istioctl finds in a cluster that holds the same objects, and says it in its words", async () => {
        const { cluster, credentials } = stage;
        const said: Record<string, readonly string[]> = {};
        const otherWords: string[] = [];
        for (const { title, objects } of CORPUS) {
            const own = objects.map((object) => filled(object, credentials));
            const refused = await cluster.load(own);
            const theirs = await istioctl(stage, refused);
            said[title] = [...new Set(theirs.map(({ code, object }) => `${code} ${object}`))].sort();
            otherWords.push(...wordsThatDiffer(theirs, own).map((words) => `${title}: ${words}`));
            await cluster.clear(own);
        }
        if (process.env["UPDATE"]) writeFileSync(RECORD, `${JSON.stringify(said, null, 1)}\n`);
        assert.deepEqual(said, JSON.parse(readFileSync(RECORD, "utf8")));
        assert.deepEqual(otherWords, []);
    });
});
