/** Limits as they stand in annotations: what is read, what stands in for what is left out, and what is said of the rest. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { rateLimitsOf, readMaxConcurrent, readRateLimits } from "../../../istio/semantics";

const faultOf = (...limits: readonly object[]): string => {
    const read = rateLimitsOf(limits);
    return "fault" in read ? read.fault : "";
};
const sound = { requests: 1, per: "1s" };

describe("rate limits of an annotation", () => {
    it("have defaults", () => {
        assert.deepEqual(rateLimitsOf([{ requests: 10, per: "1m", key: { address: true, header: "X-Key", claim: "a.b" } }]), {
            limits: [
                {
                    name: "limit-0",
                    requests: 10,
                    perMs: 60_000,
                    burst: 10,
                    key: { address: { ipv4: 32, ipv6: 64 }, header: "x-key", claim: ["a", "b"] },
                    match: [],
                    routes: [],
                    status: 429,
                    tells: "limited",
                    shadow: false,
                },
            ],
        });
    });

    it("say where they are wrong, what stands there and what is wanted", () => {
        assert.equal(faultOf({ ...sound, per: "1" }), '[0].per: got "1", wanted a time as in "1m", from 100ms to a day');
        assert.equal(faultOf(sound, { per: "1s" }), "[1].requests: got nothing, wanted 1 to 1000000000");
        assert.equal(faultOf({ ...sound, burst: 0 }), "[0].burst: got 0, wanted 1 to 1000000000");
        assert.equal(faultOf({ ...sound, rate: 1 }), '[0]: has no field "rate"');
        assert.equal(faultOf({ ...sound, status: 200 }), "[0].status: got 200, wanted 400 to 599");
        assert.equal(faultOf({ ...sound, headers: "all" }), '[0].headers: got "all", wanted one of limited, always, never');
        assert.equal(faultOf({ ...sound, key: {} }), "[0].key: names nothing, wanted one or more of address, header, cookie and claim");
        assert.equal(faultOf({ ...sound, key: { ipv6Prefix: 48, header: "a" } }), "[0].key: ipv4Prefix and ipv6Prefix go with address");
        assert.equal(faultOf({ ...sound, key: { address: true, ipv6Prefix: 129 } }), "[0].key.ipv6Prefix: got 129, wanted 1 to 128");
        assert.equal(faultOf({ ...sound, key: { header: "a b" } }), '[0].key.header: got "a b", wanted a name');
        for (const header of ["X-Forwarded-For", "x-request-id", "x-envoy-external-address", "x-forwarded-host"])
            assert.match(
                faultOf({ ...sound, key: { header } }),
                /^\[0\]\.key\.header: got "x-.*", which clients have anew .*: wanted address/i,
            );
        assert.match(faultOf({ ...sound, key: { claim: "@request.auth.principal" } }), /^\[0\]\.key\.claim: got .*, wanted a claim/);
        assert.equal(faultOf({ ...sound, name: "a" }, { ...sound, name: "a" }), '[1].name: another limit has the name "a"');
        assert.equal(faultOf({ ...sound, match: [{ port: 80 }] }), '[0].match[0]: has no field "port" that limits know');
        assert.equal(
            faultOf({ ...sound, match: [{ uri: { suffix: "x" } }] }),
            "[0].match[0].uri: wanted one of exact, prefix and regex, with a text",
        );
        assert.equal(
            faultOf({ ...sound, match: [{ uri: { exact: "" } }] }),
            '[0].match[0].uri.exact: got "", and no request has an empty path: the limit would count nobody',
        );
        assert.match(
            faultOf({ ...sound, match: [{ method: { exact: "GET" } }, { uri: { prefix: "login" } }] }),
            /^\[0\]\.match\[1\]\.uri\.prefix: /,
        );
        assert.match(
            faultOf({ ...sound, match: [{ method: { regex: "(" } }] }),
            /^\[0\]\.match\[0\]\.method\.regex: .* is no RE2 expression/,
        );
        assert.match(
            faultOf({ ...sound, match: [{ headers: { "@request.auth.claims": {} } }] }),
            /^\[0\]\.match\[0\]\.headers: .* names nothing/,
        );
        assert.deepEqual(readRateLimits("{"), { fault: "it is no JSON" });
        assert.deepEqual(readRateLimits("[]"), { fault: "wanted a list of limits" });
    });

    it("take null for no value, whichever field has it", () => {
        for (const field of ["name", "requests", "per", "burst", "key", "match", "routes", "status", "headers", "shadow"])
            assert.match(faultOf({ ...sound, [field]: null }), new RegExp(`^\\[0\\]\\.${field}: (got null, )?wanted`), field);
        for (const field of ["address", "header", "cookie", "claim", "ipv4Prefix", "ipv6Prefix"]) {
            const key = { ...(field === "address" ? {} : { address: true }), [field]: null };
            assert.match(faultOf({ ...sound, key }), new RegExp(`^\\[0\\]\\.key\\.${field}: got null, wanted`), field);
        }
    });

    it("are read or found fault with, whatever stands there", () => {
        fc.assert(
            fc.property(fc.jsonValue(), (value) => {
                const read = rateLimitsOf(value);
                assert.ok("fault" in read ? read.fault !== "" : read.limits.length > 0);
            }),
        );
    });
});

describe("a bound of an annotation on what is under way", () => {
    it("is a whole number from 1 on", () => {
        assert.equal(readMaxConcurrent("500"), 500);
        for (const text of ["", "0", "-1", "1.5", "1e3", " 5", "99999999999"]) assert.equal(typeof readMaxConcurrent(text), "object", text);
    });
});
