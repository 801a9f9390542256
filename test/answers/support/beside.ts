/** Plays topics on our proxy and holds each answer to what istiod with Envoy gave: the same, or different for a reason that the case says. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Topic } from "./case";
import { assertPlayed, assertVariant } from "./http2/variants";
import { OurGateway } from "./ours";
import { readRecord } from "./record";
import { Stand } from "./setting";

/** `every`: of what is asked over HTTP/2, and of cases with backends of HTTP/2, every so manieth one. */
export function besideIstio(topics: readonly Topic[], every: number): void {
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

    for (const topic of topics) {
        const record = readRecord(topic);
        describe(topic.name, () => {
            for (const one of topic.cases)
                it(one.title, async () => {
                    const recorded = record[one.title];
                    assert.ok(recorded, "nothing was recorded of it");
                    const clients = topic.http2?.includes("clients") ?? false;
                    const played = await gateway.play(one, recorded.refused ?? [], { clients, every });
                    assertPlayed(one, recorded, played.answers);
                    assertVariant("clients", one, recorded, played.clients);
                });
            if (!topic.http2?.includes("backends")) return;
            for (const one of topic.cases.filter((_, at) => at % every === 0))
                it(`${one.title}: with backends of HTTP/2`, async () => {
                    const recorded = record[one.title];
                    assert.ok(recorded, "nothing was recorded of it");
                    const { answers } = await gateway.play(one, recorded.refused ?? [], { backends: true });
                    assertVariant("backends", one, recorded, answers);
                });
        });
    }
}
