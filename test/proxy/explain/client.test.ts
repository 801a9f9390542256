/** `explain` says whom a request is taken to be of, and why: what serves decides the same. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GatewayOptions } from "../../../istio/semantics";
import { explain, parseQuestion, type Explanation } from "../../../proxy/explain";
import { compileYaml, gateway } from "../compiler/support";

const GATEWAY = gateway("edge", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');

function asked(options: object, clientAddress: string, forwardedFor?: string, trustedProxies?: number): Explanation {
    const service = `
---
apiVersion: v1
kind: Service
metadata: { name: edge, namespace: istio-system, annotations: { gatehouse.dev/gateway-options: ${JSON.stringify(JSON.stringify(options))} } }
spec: { selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
    const { tables } = compileYaml(GATEWAY + service, trustedProxies === undefined ? {} : { trustedProxies });
    const headers = forwardedFor === undefined ? [] : [`X-Forwarded-For: ${forwardedFor}`];
    return explain(parseQuestion("http://web.test/", { headers, clientAddress }), tables);
}

function told(...of: Parameters<typeof asked>): string {
    return asked(...of)
        .steps.filter(({ step }) => step === "client")
        .map(({ text }) => text)
        .join("; ");
}

describe("explain of a client", () => {
    const trusting: GatewayOptions = { trustedProxies: ["10.0.0.0/8"] };
    it("tells what trusted proxies say, and what is not believed", () => {
        const rows: [Parameters<typeof asked>, RegExp][] = [
            [
                [trusting, "10.0.0.1", "6.6.6.6, 9.9.9.9, 10.0.0.2"],
                /^the client is 9\.9\.9\.9: 10\.0\.0\.1 is a trusted proxy, and that is the last entry/,
            ],
            [[trusting, "10.0.0.1", "10.0.0.3, 10.0.0.2"], /^the client is 10\.0\.0\.3: .* the first entry/],
            [[trusting, "10.0.0.1", "x"], /^the client is 10\.0\.0\.1, a trusted proxy: an entry .* is no address/],
            [[trusting, "192.0.2.9", "9.9.9.9"], /^the client is 192\.0\.2\.9: it is none of the trusted proxies/],
            [[{}, "192.0.2.9", "9.9.9.9"], /^the client is 192\.0\.2\.9: no proxy in front is trusted/],
            [[{}, "192.0.2.9", "9.9.9.9, 8.8.8.8", 2], /^the client is 9\.9\.9\.9: behind 2 trusted proxies it is entry 2/],
            [[{}, "192.0.2.9", "9.9.9.9", 2], /^the client is 192\.0\.2\.9: X-Forwarded-For has fewer entries than 2 trusted proxies/],
            [[trusting, "10.0.0.1"], /^$/],
            [[{ proxyProtocol: "required" }, "192.0.2.9"], /^connections begin with a PROXY protocol's header, or are closed/],
            [
                [{ proxyProtocol: "optional", proxyProtocolSources: ["10.0.0.0/8"] }, "192.0.2.9"],
                /^connections may begin with .* of 10\.0\.0\.0\/8/,
            ],
        ];
        for (const [of, wanted] of rows) assert.match(told(...of), wanted);
    });

    it("tells that nobody is served by options that can't be read", () => {
        const { action, steps } = asked({ proxyProtocol: "on" }, "192.0.2.9");
        assert.equal(action, "refuse");
        assert.match(steps.at(-1)!.text, /Service istio-system\/edge has options that can't be read: every connection is closed/);
    });
});
