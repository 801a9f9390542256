/** `explain` says of each feature of the rule that is taken what it does, in the order of the passes. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { PASSES } from "../../../proxy/exchange";
import { explain, parseQuestion } from "../../../proxy/explain";

function objectsOf(rule: object): readonly KubeObject[] {
    const networking = (kind: string, spec: object): object => ({
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name: "web", namespace: "ns" },
        spec,
    });
    return [
        networking("Gateway", {
            selector: {},
            servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["web.test"] }],
        }),
        networking("VirtualService", {
            hosts: ["web.test"],
            gateways: ["web"],
            http: [{ directResponse: { status: 204 }, ...rule }],
        }),
    ] as unknown as readonly KubeObject[];
}

/** The steps that features tell. */
function told(rule: object, method = "GET", headers: readonly string[] = []): readonly (readonly [string, string])[] {
    const { tables } = compile({ objects: objectsOf(rule).map((object) => ({ object })), namespace: "ns", now: 0 });
    const telling = PASSES.flatMap(({ name, tell }) => (tell ? [name as string] : []));
    return explain(parseQuestion("http://web.test/", { method, headers }), tables).steps.flatMap(({ step, text }) =>
        telling.includes(step) ? [[step, text] as const] : [],
    );
}

const PREFLIGHT = ["origin: https://o.test", "access-control-request-method: PUT"];
const cors = { corsPolicy: { allowOrigins: [{ exact: "https://o.test" }] } };
const fault = (delay: number, abort: number): object => ({
    fault: {
        delay: { fixedDelay: "0.004s", percentage: { value: delay } },
        abort: { httpStatus: 503, percentage: { value: abort } },
    },
});

describe("explain of a rule's features", () => {
    it("says nothing of those that it does not have", () => assert.deepEqual(told({}), []));

    it("says what happens to a part of the requests, and whether this one is among them", () => {
        assert.deepEqual(told(fault(50, 20)), [
            ["fault", "50 % of requests wait 4 ms"],
            ["fault", "20 % of requests are answered 503"],
        ]);
        assert.deepEqual(told(fault(100, 20))[0], ["fault", "100 % of requests wait 4 ms, this one too"]);
    });

    it("tells a preflight from another request", () => {
        assert.deepEqual(told(cors, "OPTIONS", PREFLIGHT), [["cors", "a preflight, answered by the gateway"]]);
        assert.deepEqual(told(cors), [["cors", "answers bear the policy's headers where the origin is allowed"]]);
    });

    it("goes by the order in which they act", () => {
        assert.deepEqual(
            told({ ...cors, ...fault(1, 1) }).map(([step]) => step),
            ["fault", "fault", "cors"],
        );
    });
});
