import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CORPUS, objectOf, titleOf } from "../../istio/corpus";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { needTools } from "../../support/tools";
import { refusedByIstioctl, refusedBySchema } from "./oracle";

const RECORDED = path.join(__dirname, "../../istio/recorded/istio-verdicts.json");

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
        const verdicts = Object.fromEntries(CORPUS.map((item, index) => [titleOf(item), `${byIstioctl.has(index) ? "istioctl " : ""}${bySchema.has(index) ? "schema" : ""}`.trim()]));
        if (process.env.UPDATE) writeFileSync(RECORDED, `${JSON.stringify(verdicts, undefined, 1)}\n`);
        assert.deepEqual(verdicts, JSON.parse(readFileSync(RECORDED, "utf8")));
    });
});
