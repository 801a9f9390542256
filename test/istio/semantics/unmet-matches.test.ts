/** Conditions that no request meets are told before anything is rolled out, by whoever takes conditions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { validateObject, type KubeObject } from "../../../istio";
import { unmetReason } from "../../../istio/semantics";
import { normalisePath } from "../../../istio/semantics/path";
import { matchesRoute } from "../../../proxy/snapshot";
import { bindRouteMatch } from "../../../proxy/snapshot/match/route-match";
import { match } from "../../proxy/snapshot/entries";

describe("a condition that no request meets", () => {
    it("is an empty text, and of a path what none has when it is compared", () => {
        for (const field of ["uri", "scheme", "method", "authority"] as const)
            assert.match(unmetReason(field, { exact: "" })!, /^got "", and no/);
        for (const path of ["login", "/a?b=c", "/a#b", "/a/../b", "/./a"]) {
            assert.match(unmetReason("uri", { exact: path })!, /^got /, path);
            assert.match(unmetReason("uri", { prefix: path })!, /^got /, path);
        }
        assert.match(unmetReason("uri", { exact: "/a/.." })!, /dot segments/);
        for (const prefix of ["", "/", "/a", "/a/..", "/.", "*"]) assert.equal(unmetReason("uri", { prefix }), undefined, prefix);
        for (const exact of ["/", "/a/", "/.well-known", "/a/..b", "*"]) assert.equal(unmetReason("uri", { exact }), undefined, exact);
        assert.equal(unmetReason("method", { exact: "get" }), undefined, "there may be such a method");
        assert.equal(unmetReason("uri", {}), undefined);
    });

    it("is met by none indeed", () => {
        const text = fc.array(fc.constantFrom("/", "a", ".", "..", "?", "#", "%41", "*"), { maxLength: 5 }).map((parts) => parts.join(""));
        fc.assert(
            fc.property(fc.constantFrom("exact", "prefix"), text, text, (kind, value, asked) => {
                if (unmetReason("uri", { [kind]: value }) === undefined) return;
                const path = normalisePath(`/${asked}`);
                if (path === undefined) return;
                const bound = bindRouteMatch(match({ path: { kind, value, ignoreCase: false } } as never));
                const [pathname = ""] = path.split("?");
                assert.equal(
                    matchesRoute(bound, { method: "GET", scheme: "http", authority: "a.test", path, pathname, headers: [] } as never),
                    false,
                    `${value} ${path}`,
                );
            }),
            { numRuns: 2000 },
        );
    });

    it("is named by validation, and does no harm there", () => {
        const virtualService = {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "v", namespace: "shop" },
            spec: { hosts: ["a.test"], http: [{ match: [{ uri: { exact: "" } }], route: [{ destination: { host: "app" } }] }] },
        } as unknown as KubeObject;
        const policy = {
            apiVersion: "security.istio.io/v1",
            kind: "AuthorizationPolicy",
            metadata: { name: "p", namespace: "shop" },
            spec: { rules: [{ from: [{ source: { ipBlocks: ["::ffff:10.0.0.0/33", "::ffff:10.0.0.0/104"] } }] }] },
        } as unknown as KubeObject;
        const said = (object: KubeObject): string[] =>
            validateObject(object).findings.map(({ code, level, field }) => `${level} ${code} ${field}`);
        assert.deepEqual(said(virtualService), ["Warning GH0111 spec.http[0].match[0].uri.exact"]);
        assert.deepEqual(said(policy), ["Warning GH0111 spec.rules[0].from[0].source.ipBlocks[0]"]);
    });
});
