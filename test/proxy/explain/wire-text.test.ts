/** A question's texts are compared as the bytes that a client sends. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { explain, parseQuestion, type Explanation } from "../../../proxy/explain";

const OBJECTS = [
    {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "web", namespace: "ns" },
        spec: { selector: {}, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["web.test"] }] },
    },
    {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web", namespace: "ns" },
        spec: {
            hosts: ["web.test"],
            gateways: ["web"],
            http: [
                { match: [{ headers: { "x-name": { exact: "Zoë" } } }], directResponse: { status: 204 } },
                { directResponse: { status: 418 } },
            ],
        },
    },
] as unknown as readonly KubeObject[];

function asked(url: string, ...headers: readonly string[]): Explanation {
    const { tables } = compile({ objects: OBJECTS.map((object) => ({ object })), namespace: "ns", now: Date.now() });
    return explain(parseQuestion(url, { headers }), tables);
}

describe("explain of texts that are no ASCII", () => {
    it("finds the header that a client means", () => {
        assert.equal(asked("http://web.test/", "X-Name: Zoë").status, 204);
        assert.equal(asked("http://web.test/", "X-Name: Zoe").status, 418);
    });

    it("knows that a path of such texts is no request target", () => {
        assert.equal(asked("http://web.test/straße").status, 400);
        assert.equal(asked("http://web.test/stra%C3%9Fe").status, 418);
    });
});
