/** Annotations in our name that nobody reads: what they were meant to restrict is not, so nobody is to find that out by himself. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../istio/validation";

function said(kind: string, annotations: Record<string, string>): string[] {
    const isIstio = kind === "VirtualService" || kind === "Gateway";
    const specs: Record<string, object> = {
        VirtualService: { hosts: ["a.example"], http: [{ directResponse: { status: 200 } }] },
        Gateway: { servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
        Service: { ports: [{ port: 80 }] },
    };
    const object = {
        apiVersion: isIstio ? "networking.istio.io/v1" : "v1",
        kind,
        metadata: { name: "a", namespace: "b", annotations },
        ...(specs[kind] ? { spec: specs[kind] } : {}),
    };
    return validateObject(object as never).findings.map(({ code, message, fix }) => `${code} ${message} ${fix}`);
}

describe("an annotation in our name", () => {
    it("that there is not is named, with the one that was meant", () => {
        for (const kind of ["VirtualService", "Service", "Gateway"]) {
            const rows: [key: string, wanted: RegExp][] = [
                ["gatehouse.dev/rate-limits", /there is no annotation .*Did you mean `gatehouse\.dev\/rate-limit`\?/],
                ["gatehouse.dev/maintainance", /Did you mean `gatehouse\.dev\/maintenance`\?/],
                ["Gatehouse.dev/limits", /there is no annotation .*Did you mean `gatehouse\.dev\/limits`\?/],
                ["gatehouse.dev/firewall", /there is no annotation .*nothing comes of it/],
            ];
            for (const [key, wanted] of rows) {
                const found = said(kind, { [key]: "true" });
                assert.equal(found.length, 1, `${kind} ${key}: ${found.join("\n")}`);
                assert.match(found[0] ?? "", new RegExp(`^GH0111 .*${wanted.source}`, "s"), kind);
            }
        }
    });

    it("is named on a kind that has none such, whichever kind that is", () => {
        for (const key of ["limits", "health-check", "forward-proxy", "allow-from", "inner-addresses"]) {
            const found = said("Service", { [`gatehouse.dev/${key}`]: "{}" });
            assert.equal(found.length, 1, key);
            assert.match(found[0] ?? "", /^GH0111 .*a Service has no such annotation.*Put it on/s, key);
        }
    });

    it("is told of once, where it belongs not at all", () => {
        assert.deepEqual(said("VirtualService", { "gatehouse.dev/maintenance": "true", "gatehouse.dev/compression": "true" }), []);
        assert.deepEqual(said("Gateway", { "gatehouse.dev/plain-http": "meant" }), []);
        assert.deepEqual(said("Service", { "other.dev/rate-limit": "x" }), []);
        assert.equal(said("Gateway", { "gatehouse.dev/rate-limit": "[]" }).length, 1);
    });
});
