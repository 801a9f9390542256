/** Configurations of every kind and requests at random, answered by istiod with Envoy and by our proxy: `SEED=` plays those of a run again. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { OurGateway } from "../../answers/support/ours";
import type { Case } from "../../answers/support/case";
import { Stand } from "../../answers/support/setting";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { needTools, skipFor } from "../../support/tools";
import { IstioGateway } from "./istio-gateway";
import { ACCESS } from "./random-access";
import { ROUTES } from "./random-routes";

const WHAT = "the comparison with Istio's gateway";
const MOST = 200;
/** Of each: so many requests, or as many as there is time for. */
const ENOUGH = 300;
const BUDGET_MS = 45_000;

describe("configurations and requests at random", function () {
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

    it("are decided alike, where policies decide", () => playAtRandom(ACCESS));

    it("are answered alike, where rules route, at a gateway and in the mesh", () => playAtRandom(ROUTES));

    /** All that differs of a run is told at once. */
    async function playAtRandom(drawn: fc.Arbitrary<Case>): Promise<void> {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        const end = Date.now() + BUDGET_MS;
        const found: string[] = [];
        let count = 0;
        let requests = 0;
        for (const one of fc.sample(drawn, { seed, numRuns: MOST })) {
            if (requests >= ENOUGH || Date.now() > end) break;
            const { refused = [], answers } = await istio!.play(one);
            const mine = (await ours!.play(one, refused)).answers;
            for (const [title, answer] of Object.entries(answers))
                if (!isDeepStrictEqual(mine[title], answer))
                    found.push(`${title}: ${JSON.stringify(mine[title])} instead of ${JSON.stringify(answer)} in ${one.title}`);
            count++;
            requests += Object.keys(answers).length;
        }
        console.log(`      SEED=${seed}: ${count} configurations, ${requests} requests`);
        assert.deepEqual(found, [], `SEED=${seed}`);
    }
});
