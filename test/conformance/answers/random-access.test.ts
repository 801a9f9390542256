/** Policies and requests at random, decided by istiod with Envoy and by our proxy: `SEED=` plays those of a run again. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { OurGateway } from "../../answers/support/ours";
import { Stand } from "../../answers/support/setting";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { needTools, skipFor } from "../../support/tools";
import { IstioGateway } from "./istio-gateway";
import { ACCESS } from "./random-access";

const WHAT = "the comparison with Istio's gateway";
const MOST = 200;
const BUDGET_MS = 60_000;

describe("policies and requests at random", function () {
    this.timeout(900_000);
    const stand = new Stand();
    let plane: ControlPlane | undefined;
    let istio: IstioGateway | undefined;
    let ours: OurGateway | undefined;

    before(async function () {
        needTools(this, WHAT, "pilot-discovery");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this);
        await stand.start();
        istio = await IstioGateway.start(plane, stand);
        ours = await new OurGateway(stand).start();
    });
    after(async () => {
        await ours?.stop();
        await istio?.stop();
        await stand.stop();
        await plane?.stop();
    });

    it("are decided alike", async () => {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        const end = Date.now() + BUDGET_MS;
        let count = 0;
        for (const one of fc.sample(ACCESS, { seed, numRuns: MOST })) {
            if (Date.now() > end) break;
            const { refused = [], answers } = await istio!.play(one);
            assert.deepEqual((await ours!.play(one, refused)).answers, answers, `SEED=${seed}: ${one.title}`);
            count++;
        }
        console.log(`      SEED=${seed}: ${count} configurations`);
    });
});
