/** `explain` of a destination: which DestinationRules hold for it, and of each that does not the reason. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { explain, parseQuestion } from "../../../proxy/explain";
import { compileYaml, gateway, service, virtualService } from "../compiler/support";

const rule = (name: string, namespace: string, spec: string): string => `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}
`;

describe("explain of a destination", () => {
    it("names the rules that hold, and of the others each with its reason", () => {
        const { tables } = compileYaml(
            gateway("web", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }') +
                virtualService(
                    "v",
                    "{ hosts: [a.test], gateways: [istio-system/web], http: [{ route: [{ destination: { host: app.team.svc.cluster.local } }] }] }",
                ) +
                service("app", 80, { namespace: "team" }) +
                rule("good", "team", "{ host: app, trafficPolicy: { loadBalancer: { simple: RANDOM } } }") +
                rule("mine", "other", "{ host: app.team.svc.cluster.local, trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } } }"),
        );
        const said = explain(parseQuestion("http://a.test/"), tables)
            .steps.filter(({ step }) => step === "destination-rule")
            .map(({ text }) => text);
        assert.deepEqual(said, [
            "DestinationRule team/good holds",
            "DestinationRule other/mine does not hold: it stands in namespace other; rules are looked for in team, istio-system",
        ]);
    });
});
