/** Matches that begin as one on a token's claim does: an analysis says what the proxy says of them, at the same gateways. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { analyze, parseDocuments } from "../../../istio";

const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec: { selector: { istio: public }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }] }
---
`;
const SERVICE = (name: string, spec: string): string =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n---\n`;
const ENVOY = `apiVersion: apps/v1
kind: Deployment
metadata: { name: gateway, namespace: shop }
spec: { selector: { matchLabels: { istio: public } }, template: { metadata: { labels: { istio: public, sidecar.istio.io/inject: "true" } } } }
---
`;
const RULE = (match: string): string => `{ match: [{ uri: { prefix: /a } }, ${match}], directResponse: { status: 200 } }`;

function said(text: string): string[] {
    return analyze(parseDocuments(text, "a.yaml").documents, { now: Date.now(), defaultGateway: false })
        .filter(({ code }) => code === "GH0447" || code === "GH0448")
        .map(({ code, object, field, message }) => `${code} ${object?.name} ${field} ${message.split(/[:,] | (?:is|are) /)[0]}`);
}

describe("matches that name no claim, though they begin so", () => {
    const WANTED = '{ headers: { "@request.auth.claims-group": { exact: admin } } }';
    const UNWANTED = '{ withoutHeaders: { "@request.auth.claims[a": { exact: admin } } }';
    const routed = (match: string, more = "hosts: [a.example.com], gateways: [web], "): string =>
        SERVICE("v", `{ ${more}http: [${RULE(match)}] }`);

    it("are named as never met, or as refused", () => {
        assert.deepEqual(said(GATEWAY + routed(WANTED)), ["GH0447 v spec.http[0].match[1].headers @request.auth.claims-group"]);
        assert.deepEqual(said(GATEWAY + routed(UNWANTED)), ["GH0448 v spec.http[0].match[1] withoutHeaders.@request.auth.claims[a"]);
    });

    it("are not named where they name one", () => {
        const claim = (list: string): string => `{ ${list}: { "@request.auth.claims[a][b]": { exact: admin } } }`;
        assert.deepEqual(said(GATEWAY + routed(claim("headers")) + routed(claim("withoutHeaders"))), []);
    });

    it("are named in a delegate", () => {
        const root = SERVICE("root", "{ hosts: [a.example.com], gateways: [web], http: [{ delegate: { name: v } }] }");
        assert.deepEqual(
            said(GATEWAY + root + routed(UNWANTED, "")).map((one) => one.slice(0, 8)),
            ["GH0448 v"],
        );
    });

    it("are not named where Envoy runs in the gateway's pods, or in the mesh alone", () => {
        assert.deepEqual([said(GATEWAY + ENVOY + routed(UNWANTED)), said(GATEWAY + routed(WANTED, "hosts: [a.example.com], "))], [[], []]);
    });
});

describe("variables that the bundled proxy does not serve", () => {
    const spec = (more = "hosts: [a.example.com], gateways: [web], "): string =>
        SERVICE(
            "v",
            `{ ${more}http: [{ route: [{ destination: { host: b.example.com }, headers: { response: { add: { x-b: "%CONNECTION_ID%" } } } }], headers: { request: { set: { x-a: "%START_TIME(%s)% %NO_SUCH%" } } } }] }`,
        );
    const names = [
        "GH0447 v spec.http[0].headers.request.set.x-a header x-a has %NO_SUCH%",
        "GH0447 v spec.http[0].route[0].headers.response.add.x-b header x-b has %CONNECTION_ID%",
    ];

    it("are named with their header, in a delegate too", () => {
        assert.deepEqual(said(GATEWAY + spec()), names);
        assert.deepEqual(
            said(GATEWAY + SERVICE("root", "{ hosts: [a.example.com], gateways: [web], http: [{ delegate: { name: v } }] }") + spec("")),
            names,
        );
    });

    it("are not named where Envoy runs in the gateway's pods, or in the mesh alone", () => {
        assert.deepEqual([said(GATEWAY + ENVOY + spec()), said(GATEWAY + spec("hosts: [a.example.com], "))], [[], []]);
    });
});
