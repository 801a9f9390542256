/** The route that is found by its path is the one that is found by asking each in its order. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { RouteIndex } from "../../../proxy/snapshot/match/route-index";
import { bindRouteMatch, matchesRoute } from "../../../proxy/snapshot/match/route-match";
import type { RouteMatchEntry } from "../../../proxy/tables";
import { match } from "./entries";

const paths = fc.stringMatching(/^(?:\/[abA]{0,3}){1,3}$/);
const value = fc.oneof(paths, fc.constantFrom("/", "", "/a%41", "/a%2f", "/ab/", "/é"));
const path = fc.record({ kind: fc.constantFrom("exact", "prefix", "segment"), value, ignoreCase: fc.boolean() });
const pattern = fc.constantFrom("/a.*", "/b[ab]?", "/a/.+").map((text) => ({ kind: "regex" as const, value: text, ignoreCase: false }));
const condition = fc.record(
    {
        path: fc.oneof({ weight: 6, arbitrary: path }, pattern),
        method: fc.constantFrom("GET", "PUT").map((text) => ({ kind: "exact" as const, value: text })),
    },
    { requiredKeys: [] },
);

function requestOf(pathname: string, method: string) {
    return { method, scheme: "http", authority: "a.test", path: pathname, pathname, headers: [], upgrade: "", payload: undefined };
}

describe("an index of routes", () => {
    it("finds the first route that a request meets, however many there are and in whatever order", () => {
        fc.assert(
            fc.property(
                fc.array(condition, { maxLength: 60 }),
                fc.array(fc.tuple(fc.oneof(paths, value), fc.constantFrom("GET", "PUT", "POST")), { minLength: 5, maxLength: 20 }),
                (conditions, asked) => {
                    const routes = conditions.map((one, at) => ({ at, match: bindRouteMatch(match(one as Partial<RouteMatchEntry>)) }));
                    const index = new RouteIndex(routes);
                    for (const [pathname, method] of asked) {
                        const request = requestOf(pathname, method);
                        assert.equal(index.find(request)?.at, routes.find((one) => matchesRoute(one.match, request))?.at, pathname);
                    }
                },
            ),
            { numRuns: 300 },
        );
    });

    it("asks few of many routes", () => {
        let asked = 0;
        const routes = Array.from({ length: 100_000 }, (_, at) => {
            const bound = bindRouteMatch(
                match({ path: { kind: at % 2 ? "exact" : "prefix", value: `/team-${at % 100}/app-${at}/`, ignoreCase: false } }),
            );
            return {
                at,
                get match() {
                    asked++;
                    return bound;
                },
            };
        });
        const index = new RouteIndex(routes);
        asked = 0;
        assert.equal(index.find(requestOf("/team-98/app-99998/x", "GET"))?.at, 99_998);
        assert.equal(index.find(requestOf("/team-99/app-99999/", "GET"))?.at, 99_999);
        assert.equal(index.find(requestOf("/nobody", "GET")), undefined);
        assert.ok(asked < 10, `${asked} routes were asked`);
    });
});
