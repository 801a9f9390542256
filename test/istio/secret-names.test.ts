/** A password that stands where it can't be read is named and not repeated. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../istio";

describe("what is said of a header that is called like a password", () => {
    const said = (http: object): string[] =>
        validateObject({
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "v", namespace: "ns" },
            spec: { hosts: ["a.test"], http: [{ route: [{ destination: { host: "web" } }], ...http }] },
        }).findings.map(({ message, fix }) => `${message}|${fix}`);

    it("has no value, and the names that are wrong", () => {
        const headers = {
            authorization: { regex: "hunter2(((" },
            "x-api-key": "hunter2",
            cookie: { exakt: "hunter2" },
            "x-token": { exact: 12_345 },
        };
        for (const http of [
            { match: [{ headers }] },
            { match: [{ withoutHeaders: headers }] },
            { match: [{ queryParams: headers }] },
            { headers: { request: { set: { "x-api-key": 12_345, authorization: "hunter2\n" } } } },
            { headers: { response: { add: { "x-api-key": 12_345 } } } },
        ]) {
            const all = said(http);
            assert.ok(all.length > 0);
            assert.doesNotMatch(all.join("\n"), /hunter2|12345/);
        }
        assert.ok(said({ match: [{ headers }] }).some((one) => one.includes("`exakt`") && one.includes("`exact`")));
        assert.match(
            said({ match: [{ headers: { authorization: { regex: "hunter2(`" } } }] }).join(),
            /^a text that may be a password and is not shown is no RE2 expression: missing closing \); RE2 has no lookaround/,
        );
        assert.match(said({ match: [{ headers: { "x-team": { regex: "shown(((" } } }] }).join(), /shown\(\(\(/);
    });
});
