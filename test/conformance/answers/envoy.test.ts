/**
 * Puts cases of `test/answers` to the real istiod and Envoy: they must still answer as recorded. Of a long topic some are asked, by
 * `SEED` (1): each is a push of istiod's. `ALL=1` or `ONLY=<topic>` asks all of them, `UPDATE=1` records them anew.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { needTools, skipFor } from "../../support/tools";
import { chosenTopics, readRecord, writeRecord, type Recorded } from "../../answers/support/record";
import { Stand } from "../../answers/support/setting";
import { IstioGateway } from "./istio-gateway";

const WHAT = "the comparison with Istio's gateway";
/** About so many of a topic. */
const SOME = 10;

describe("answers of Istio's gateway", function () {
    this.timeout(900_000);
    const stand = new Stand();
    let plane: ControlPlane | undefined;
    let gateway: IstioGateway | undefined;

    before(async function () {
        needTools(this, WHAT, "pilot-discovery");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this);
        await stand.start();
        gateway = await IstioGateway.start(plane, stand);
    });
    after(async () => {
        await gateway?.stop();
        await stand.stop();
        await plane?.stop();
    });

    for (const topic of chosenTopics()) {
        it(`are those that were recorded: ${topic.name}`, async () => {
            const record: Record<string, Recorded> = {};
            const failed: unknown[] = [];
            const asked = isWhole() ? topic.cases : someOf(topic.cases, Number(process.env["SEED"] ?? 1));
            for (const one of asked)
                try {
                    record[one.title] = await gateway!.play(one);
                } catch (error) {
                    failed.push(error);
                }
            if (process.env["UPDATE"]) writeRecord(topic, record);
            if (failed.length > 0) throw new AggregateError(failed, failed.map(String).join("\n"));
            const recorded = readRecord(topic);
            assert.deepEqual(record, Object.fromEntries(asked.map(({ title }) => [title, recorded[title]])));
            if (isWhole()) assert.deepEqual(Object.keys(recorded).sort(), topic.cases.map(({ title }) => title).sort());
        });
    }
});

function isWhole(): boolean {
    return ["UPDATE", "ALL", "ONLY"].some((name) => (process.env[name] ?? "") !== "");
}

function someOf<T>(all: readonly T[], seed: number): readonly T[] {
    const step = Math.ceil(all.length / SOME);
    return all.filter((_one, at) => at % step === seed % step);
}
