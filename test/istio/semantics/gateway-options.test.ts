import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { validateObject } from "../../../istio";
import {
    GATEWAY_LIMIT_NAMES,
    GATEWAY_LIMITS,
    GATEWAY_OPTIONS_ANNOTATION,
    gatewayOptionsOf,
    readGatewayOptions,
    readLimit,
} from "../../../istio/semantics";
import { listenerRules } from "../../../proxy/snapshot";

function faultsOf(value: unknown): readonly string[] {
    return gatewayOptionsOf(value).faults.map(({ at, message }) => `${at}: ${message}`);
}

const WHOLE = {
    proxyProtocol: "optional",
    proxyProtocolSources: ["10.0.0.0/8", "2001:db8::/32"],
    trustedProxies: ["192.0.2.7"],
    forwardClientCertDetails: "APPEND_FORWARD",
    serverHeader: { mode: "append-if-absent", value: "shop front" },
    acceptHttp10: true,
    mergeSlashes: true,
    pathWithEscapedSlashes: "reject",
    idleTimeout: "1m30s",
    limits: { headBytes: 131_072, headers: 200, headTimeout: "5s", bodyPause: "0s" },
};

describe("the annotation of a gateway's options", () => {
    it("is read field by field, durations as milliseconds", () => {
        assert.deepEqual(readGatewayOptions(JSON.stringify(WHOLE)), {
            options: { ...WHOLE, idleTimeout: 90_000, limits: { headBytes: 131_072, headers: 200, headTimeout: 5000, bodyPause: 0 } },
            faults: [],
            isClosed: false,
        });
        assert.deepEqual(readGatewayOptions("{}"), { options: {}, faults: [], isClosed: false });
    });

    it("says what is wrong with it", () => {
        const rows: [value: unknown, fault: RegExp][] = [
            [[], /^: wanted an object$/],
            [{ proxyProtocl: "required" }, /^proxyProtocl: there is no such option$/],
            [{ proxyProtocol: "on" }, /^proxyProtocol: got "on", wanted one of "off", "optional", "required"$/],
            [{ proxyProtocol: "optional" }, /^proxyProtocol: with "optional" whoever sends a header is believed/],
            [{ proxyProtocolSources: [] }, /^proxyProtocolSources: wanted a list of addresses/],
            [{ trustedProxies: "10.0.0.0/8" }, /^trustedProxies: wanted a list/],
            [{ trustedProxies: ["10.0.0.0/33"] }, /^trustedProxies: got "10.0.0.0\/33", wanted an address, or a block/],
            [{ trustedProxies: ["fe80::1%eth0"] }, /^trustedProxies: got "fe80::1%eth0"/],
            [{ forwardClientCertDetails: "sanitize" }, /^forwardClientCertDetails: got "sanitize", wanted one of "SANITIZE"/],
            [{ serverHeader: "none" }, /^serverHeader: wanted an object/],
            [{ serverHeader: { mode: "none", value: "x" } }, /^serverHeader: with the mode "none" no value is sent$/],
            [{ serverHeader: { value: "a\r\nx: y" } }, /^serverHeader: got the value "a\\r\\nx: y", wanted 1 to 256 printable/],
            [{ acceptHttp10: "true" }, /^acceptHttp10: got "true", wanted true or false$/],
            [{ pathWithEscapedSlashes: "drop" }, /^pathWithEscapedSlashes: got "drop", wanted one of "keep"/],
            [{ idleTimeout: 60 }, /^idleTimeout: got 60, wanted a duration as in "15s"/],
            [{ limits: { header: 1 } }, /^limits\.header: there is no such limit$/],
            [{ limits: { headers: 1 } }, /^limits\.headers: got 1, wanted a whole number from 20 to 1000$/],
            [{ limits: { headTimeout: "0s" } }, /^limits\.headTimeout: got "0s", wanted a duration/],
        ];
        for (const [value, fault] of rows) {
            const [first = "", ...more] = faultsOf(value);
            assert.match(first, fault);
            assert.deepEqual(more, []);
        }
        assert.deepEqual(readGatewayOptions("{").faults, [{ at: "", message: "it is no JSON" }]);
    });

    it("keeps what can be read beside what can't, and is closed where that restricts", () => {
        const read = gatewayOptionsOf({ serverHeader: 1, limits: { headers: 200 } });
        assert.deepEqual([read.options, read.isClosed], [{ limits: { headers: 200 } }, false]);
        for (const closed of [
            { proxyProtocol: 1 },
            { trustedProxies: 1 },
            { limits: { headers: 1 } },
            { mispelt: 1 },
            { "serverHeader.mode": 1 },
            7,
        ])
            assert.equal(gatewayOptionsOf(closed).isClosed, true, JSON.stringify(closed));
    });

    it("takes no block of addresses that could not be compared with any", () => {
        fc.assert(
            fc.property(
                fc.constantFrom("10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203", "fd00::1", "::"),
                fc.nat(130),
                (address, length) => {
                    const block = `${address}/${length}`;
                    const { options, isClosed } = gatewayOptionsOf({ trustedProxies: [block], proxyProtocolSources: [block] });
                    assert.equal(isClosed, options.trustedProxies === undefined);
                    assert.doesNotThrow(() => listenerRules({ options }));
                },
            ),
            { examples: [["::ffff:10.1.2.3", 8]] },
        );
        assert.equal(gatewayOptionsOf({ trustedProxies: ["::ffff:10.0.0.0/104"] }).isClosed, false);
    });

    it("lets every limit be its own default, and its bounds", () => {
        for (const name of GATEWAY_LIMIT_NAMES) {
            const limit = GATEWAY_LIMITS[name];
            const written = (value: number): unknown => (limit.kind === "duration" ? `${value / 1000}s` : value);
            for (const value of [limit.least, limit.most, limit.default ?? limit.most])
                assert.deepEqual(readLimit(limit, written(value)), { value }, `${name} ${value}`);
            assert.ok("fault" in readLimit(limit, written(limit.most + 1000)), name);
            assert.ok("fault" in readLimit(limit, written(-1000)), name);
        }
    });

    it("belongs on a Service, which is a bad one where what restricts can't be read", () => {
        const object = (kind: string, text: string): object => ({
            apiVersion: kind === "Service" ? "v1" : "networking.istio.io/v1",
            kind,
            metadata: { name: "a", namespace: "b", annotations: { [GATEWAY_OPTIONS_ANNOTATION]: text } },
            spec: kind === "Service" ? { ports: [{ port: 80 }] } : { hosts: ["a.example"], http: [{ directResponse: { status: 200 } }] },
        });
        const codes = (kind: string, text: string): unknown[] => {
            const { object: valid, findings } = validateObject(object(kind, text) as never);
            return [valid !== undefined, ...findings.map(({ code }) => code)];
        };
        assert.deepEqual(codes("Service", JSON.stringify(WHOLE)), [true]);
        assert.deepEqual(codes("Service", '{"proxyProtocol":"on","serverHeader":1}'), [false, "GH0129", "GH0130"]);
        assert.deepEqual(codes("Service", '{"serverHeader":1}'), [true, "GH0130"]);
        assert.deepEqual(codes("VirtualService", "{}")[1], "GH0111");
    });
});
