/** Where a Service wants its traffic to stay: the words of Kubernetes and of Istio, as istiod reads them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { distributionOf, TRAFFIC_DISTRIBUTION } from "../../../istio/semantics/traffic-distribution";

const said = (text: string): Readonly<Record<string, string>> => ({ [TRAFFIC_DISTRIBUTION]: text });

describe("the traffic distribution of a Service", () => {
    for (const [text, wanted] of [
        ["PreferClose", "zone"],
        ["PreferSameZone", "zone"],
        ["preferclose", "zone"],
        ["PreferSameNode", "node"],
        ["Any", undefined],
        ["Nonsense", undefined],
        ["", undefined],
    ] as const) {
        it(`is ${wanted ?? "not asked for"} by ${JSON.stringify(text)}, wherever it stands`, () => {
            assert.equal(distributionOf(text, undefined, undefined), wanted);
            assert.equal(distributionOf(undefined, said(text), undefined), wanted);
            assert.equal(distributionOf(undefined, undefined, text), wanted);
        });
    }

    it("is the Service's own before its annotation, and that before its namespace's", () => {
        assert.equal(distributionOf("PreferSameNode", said("PreferClose"), "PreferClose"), "node");
        assert.equal(distributionOf("PreferClose", said("Any"), undefined), "zone");
        assert.equal(distributionOf(undefined, said("PreferSameNode"), "PreferClose"), "node");
        assert.equal(distributionOf(undefined, said("Any"), "PreferClose"), undefined);
    });
});
