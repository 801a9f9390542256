/** Our answers beside those that istiod with Envoy gave: the same, or different for a reason that the case says. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { HTTP_ALPN } from "../../proxy/http/protocols";
import { assertPlayed, assertVariant } from "./support/http2/variants";
import { OurGateway } from "./support/ours";
import { chosenTopics, readRecord } from "./support/record";
import { Stand } from "./support/setting";

/** Of what is asked over HTTP/2, and of cases with backends of HTTP/2; test/conformance plays all of them. */
const EVERY = Number(process.env["EVERY"] ?? 4);

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

    const isSpoken = HTTP_ALPN.includes("h2");
    for (const topic of chosenTopics().filter(({ name }) => isSpoken || !/^http2|^grpc/.test(name))) {
        const record = readRecord(topic);
        describe(topic.name, () => {
            for (const one of topic.cases) {
                it(one.title, async () => {
                    const recorded = record[one.title];
                    assert.ok(recorded, "nothing was recorded of it");
                    const clients = isSpoken && (topic.http2?.includes("clients") ?? false);
                    const played = await gateway.play(one, recorded.refused ?? [], { clients, every: EVERY });
                    assertPlayed(one, recorded, played.answers);
                    assertVariant("clients", one, recorded, played.clients);
                });
            }
            if (isSpoken && topic.http2?.includes("backends"))
                for (const one of topic.cases.filter((_, at) => at % EVERY === 0))
                    it(`${one.title}: with backends of HTTP/2`, async () => {
                        const recorded = record[one.title];
                        assert.ok(recorded, "nothing was recorded of it");
                        const { answers } = await gateway.play(one, recorded.refused ?? [], { backends: true });
                        assertVariant("backends", one, recorded, answers);
                    });
        });
    }
});
