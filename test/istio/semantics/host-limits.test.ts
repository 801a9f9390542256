import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../../istio";
import { bodyLimitOf, LIMITS_ANNOTATION, readHostLimits } from "../../../istio/semantics";

function faultOf(value: unknown): string {
    const read = readHostLimits(typeof value === "string" ? value : JSON.stringify(value));
    return "fault" in read ? read.fault : "";
}

describe("the annotation of what hosts take", () => {
    it("is read for all routes, and route by route", () => {
        const read = readHostLimits('{"maxRequestBodyBytes":1000,"routes":{"upload":{"maxRequestBodyBytes":5000},"other":{}}}');
        assert.ok("limits" in read);
        assert.deepEqual(
            ["", "upload", "other", "constructor"].map((route) => bodyLimitOf(read.limits, route)),
            [1000, 5000, 1000, 1000],
        );
    });

    it("says what is wrong with it", () => {
        const range = "wanted a whole number from 1 to 1125899906842624, of bytes";
        const rows: [value: unknown, fault: string][] = [
            ["{", "it is no JSON"],
            [[], "wanted an object"],
            [{}, "it has no limit"],
            [{ maxBody: 1 }, "maxBody: there is no such limit"],
            ...["1M", 0, -1, 1.5, null, 2 ** 51].map((value): [unknown, string] => [
                { maxRequestBodyBytes: value },
                `maxRequestBodyBytes: got ${JSON.stringify(value)}, ${range}`,
            ]),
            [{ connections: 0 }, "connections: got 0, wanted a whole number from 1 to 10000000"],
            [{ connectionsPerSecondPerAddress: "5" }, 'connectionsPerSecondPerAddress: got "5", wanted a whole number from 1 to 10000000'],
            [{ routes: { a: { connections: 1 } } }, "routes.a.connections: there is no such limit"],
            [{ routes: [] }, "routes: wanted an object, by the names of routes"],
            [{ routes: { a: 7 } }, "routes.a: wanted an object"],
            [{ routes: { a: { b: 1 } } }, "routes.a.b: there is no such limit"],
            [{ routes: { a: { maxRequestBodyBytes: "x" } } }, `routes.a.maxRequestBodyBytes: got "x", ${range}`],
        ];
        for (const [value, fault] of rows) assert.equal(faultOf(value), fault);
    });

    it("is an error of an object that it is not for, that it can't be read of, or that lacks a route that it names", () => {
        const judged = (kind: string, text: string, spec: object): string[] =>
            validateObject({
                apiVersion: kind === "Service" ? "v1" : "networking.istio.io/v1",
                kind,
                metadata: { name: "a", namespace: "b", annotations: { [LIMITS_ANNOTATION]: text } },
                spec,
            } as never).findings.map(({ code, level }) => `${code} ${level}`);
        const spec = { hosts: ["a.test"], http: [{ name: "up", route: [{ destination: { host: "app" } }] }] };
        assert.deepEqual(judged("VirtualService", '{"maxRequestBodyBytes":1,"routes":{"up":{}}}', spec), []);
        assert.deepEqual(judged("VirtualService", '{"maxRequestBodyBytes":"1"}', spec), ["GH0104 Error"]);
        assert.deepEqual(judged("VirtualService", '{"routes":{"down":{"maxRequestBodyBytes":1}}}', spec), ["GH0105 Error"]);
        assert.deepEqual(judged("VirtualService", '{"connections":1}', spec), ["GH0105 Error"], "it has no connections to pass on");
        const tcp = { hosts: ["a.test"], tcp: [{ route: [{ destination: { host: "app" } }] }] };
        assert.deepEqual(judged("VirtualService", '{"connections":1}', tcp), []);
        assert.deepEqual(judged("VirtualService", '{"maxRequestBodyBytes":1}', tcp), ["GH0105 Error"]);
        const delegating = { hosts: ["a.test"], http: [{ delegate: { name: "other" } }] };
        assert.deepEqual(judged("VirtualService", '{"routes":{"down":{"maxRequestBodyBytes":1}}}', delegating), []);
        assert.deepEqual(judged("Gateway", '{"maxRequestBodyBytes":1}', { servers: [] }).includes("GH0105 Error"), true);
    });
});
