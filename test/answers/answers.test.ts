/** Our answers beside those that istiod with Envoy gave: the same, or different for a reason that the case says. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Answer } from "./support/case";
import { OurGateway } from "./support/ours";
import { chosenTopics, readRecord } from "./support/record";
import { Stand } from "./support/setting";

describe("answers beside those of Istio's gateway", function () {
    this.timeout(180_000);
    const stand = new Stand();
    let gateway: OurGateway;
    before(async () => {
        await stand.start();
        gateway = await new OurGateway(stand).start();
    });
    after(async () => {
        await gateway?.stop();
        await stand.stop();
    });

    for (const topic of chosenTopics()) {
        const record = readRecord(topic);
        describe(topic.name, () => {
            for (const one of topic.cases) {
                it(one.title, async () => {
                    const recorded = record[one.title];
                    assert.ok(recorded, "nothing was recorded of it");
                    const ours = await gateway.play(one, recorded.refused ?? []);
                    const wanted: Record<string, Answer> = { ...recorded.answers };
                    for (const [title, { ours: own }] of Object.entries(one.differences ?? {}))
                        wanted[title] = { ...recorded.answers[title], ...own } as Answer;
                    assert.deepEqual(ours, JSON.parse(JSON.stringify(wanted)));
                    for (const title of Object.keys(one.differences ?? {}))
                        assert.notDeepEqual(wanted[title], recorded.answers[title], `${title} is listed as different and is not`);
                });
            }
        });
    }
});
