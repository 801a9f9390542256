import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findingText, validateObject } from "../../../istio";
import { CORPUS, objectOf, titleOf } from "../../istio/corpus";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { needTools } from "../../support/tools";
import { generatedObjects } from "./generated";
import { refusedByIstioctl, refusedBySchema } from "./oracle";

const RECORDED = path.join(__dirname, "../../istio/recorded/istio-verdicts.json");

/** What is refused for a reason that docs/differences.md gives. */
const SAFER: readonly RegExp[] = [/is no header's name/, /no client can connect/, /got `UDP`/, /has an empty name|is empty$/];
/** What is accepted with a warning. */
const MILDER_VALUES = /"regex":"\*"|"\.\/\w+"/;

describe("validation beside Istio", function () {
    this.timeout(600_000);
    let plane: ControlPlane;
    before(async function () {
        plane = await startControlPlane(this);
    });
    after(() => plane?.stop());

    it("has the recorded verdicts, which `UPDATE=1` writes anew", async function () {
        const { istioctl } = needTools(this, "the comparison with istioctl", "istioctl");
        const objects = CORPUS.map((item, index) => objectOf(item, index) as never);
        const byIstioctl = refusedByIstioctl(istioctl, objects);
        const bySchema = await refusedBySchema(plane, objects);
        const verdicts = Object.fromEntries(
            CORPUS.map((item, index) => [
                titleOf(item),
                `${byIstioctl.has(index) ? "istioctl " : ""}${bySchema.has(index) ? "schema" : ""}`.trim(),
            ]),
        );
        if (process.env.UPDATE) writeFileSync(RECORDED, `${JSON.stringify(verdicts, undefined, 1)}\n`);
        assert.deepEqual(verdicts, JSON.parse(readFileSync(RECORDED, "utf8")));
    });

    it("says the same of objects that nobody wrote", async function () {
        const { istioctl } = needTools(this, "the comparison with istioctl", "istioctl");
        const seed = Number(process.env.SEED ?? 1);
        console.log(`      SEED=${seed}`);
        const objects = generatedObjects(
            ["Gateway", "VirtualService", "ServiceEntry", "DestinationRule", "Sidecar", "Telemetry"],
            seed,
            300,
        );
        const byIstioctl = refusedByIstioctl(istioctl, objects);
        const bySchema = await refusedBySchema(plane, objects);
        const differences = objects.flatMap((object, index) => {
            const ours = validateObject(object).findings.filter(({ level }) => level === "Error");
            const theirs = byIstioctl.has(index) ? "istioctl refuses it" : bySchema.get(index);
            const unexplained = ours.filter(({ message }) => !SAFER.some((reason) => reason.test(message)));
            const isMilder = ours.length === 0 && theirs !== undefined && !MILDER_VALUES.test(JSON.stringify(object.spec));
            const isStricter = theirs === undefined && unexplained.length > 0;
            return isMilder || isStricter
                ? [
                      `${theirs ?? "Istio accepts it"}; ours: ${unexplained.map(findingText).join("; ") || "nothing"}: ${JSON.stringify(object)}`,
                  ]
                : [];
        });
        assert.deepEqual(differences, []);
    });
});
