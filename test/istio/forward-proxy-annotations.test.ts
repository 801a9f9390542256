/** The annotations of forward proxies: what they may say, on whom, and how it is named when they say something else. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../istio";
import { allowedInnerAddresses, allowedSources, forwardProxyPorts } from "../../istio/semantics";

const SERVER = { port: { number: 3128, name: "http-proxy", protocol: "HTTP" }, hosts: ["*"] };
const TLS = { port: { number: 443, name: "tls", protocol: "TLS" }, hosts: ["*"], tls: { mode: "PASSTHROUGH" } };

function gateway(value: string): unknown {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "egress", namespace: "istio-egress", annotations: { "gatehouse.dev/forward-proxy": value } },
        spec: { selector: { app: "egress" }, servers: [SERVER, TLS] },
    };
}

function entry(annotations: Record<string, string>): unknown {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: "api", namespace: "shop", annotations },
        spec: { hosts: ["api.example.com"], ports: [{ number: 443, name: "https", protocol: "HTTPS" }], resolution: "DNS" },
    };
}

function faults(value: unknown): string[] {
    return validateObject(value).findings.map(({ code, message }) => `${code} ${message}`);
}

describe("annotations of forward proxies", () => {
    it("are taken where they say what they may", () => {
        assert.deepEqual(faults(gateway("http-proxy")), []);
        assert.deepEqual(
            faults(
                entry({
                    "gatehouse.dev/forward-proxy": "istio-egress/egress, b/other",
                    "gatehouse.dev/allow-from": '[{"namespaces":["shop"],"labels":{"app":"web"}},{}]',
                    "gatehouse.dev/inner-addresses": "10.1.0.0/16, fd00::/8,192.168.0.7",
                }),
            ),
            [],
        );
        assert.deepEqual(forwardProxyPorts({ "gatehouse.dev/forward-proxy": " a ,b," }), ["a", "b"]);
    });

    const wrong: readonly (readonly [string, unknown, RegExp])[] = [
        ["a port that the Gateway does not have", gateway("proxy"), /GH0104.*no port of its servers/],
        ["no port", gateway(" , "), /GH0104.*names of ports/],
        ["a port that is not asked over HTTP", gateway("tls"), /GH0105.*asked over HTTP/],
        ["a Gateway without its namespace", entry({ "gatehouse.dev/forward-proxy": "egress" }), /GH0104.*wanted Gateways as in/],
        ["sources that are no JSON", entry({ "gatehouse.dev/allow-from": "shop" }), /GH0104.*wanted a JSON list/],
        ["sources that are no list", entry({ "gatehouse.dev/allow-from": "{}" }), /GH0104.*wanted a JSON list/],
        ["a source of an unknown word", entry({ "gatehouse.dev/allow-from": '[{"namespace":"shop"}]' }), /GH0104.*wanted a JSON list/],
        ["no namespaces at all", entry({ "gatehouse.dev/allow-from": '[{"namespaces":[]}]' }), /GH0104.*wanted a JSON list/],
        ["inner addresses that are none", entry({ "gatehouse.dev/inner-addresses": "10.0.0.0/33" }), /GH0104.*wanted addresses/],
    ];
    for (const [name, value, expected] of wrong)
        it(`are refused with ${name}`, () => {
            const said = faults(value);
            assert.equal(said.length, 1, said.join("\n"));
            assert.match(said[0]!, expected);
        });

    it("are refused on a kind that they are not for", () => {
        const rule = {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name: "r", namespace: "shop", annotations: { "gatehouse.dev/allow-from": "[]" } },
            spec: { host: "api.example.com" },
        };
        assert.match(faults(rule).join(), /GH0105.*is not for a DestinationRule/);
    });

    it("let nobody in where sources can't be read, and no range that is none", () => {
        assert.equal(allowedSources({}), undefined);
        assert.deepEqual(allowedSources({ "gatehouse.dev/allow-from": "nonsense" }), []);
        assert.deepEqual(allowedInnerAddresses({ "gatehouse.dev/inner-addresses": "all,10.0.0.1/32" }), ["10.0.0.1/32"]);
    });
});
