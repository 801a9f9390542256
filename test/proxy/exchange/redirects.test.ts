/** Redirects in bulk: which requests are led elsewhere, where to, and what stands before what. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { redirectsOf } from "../../../istio/semantics";
import type { RedirectEntry, VirtualHostEntry } from "../../../proxy/tables";
import { delta, forwardTo, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { Gateway } from "./asking";

const KEY = "VirtualService default/web";

function gateway(
    given: object,
    maps: Readonly<Record<string, readonly RedirectEntry[]>> = {},
    more: Partial<VirtualHostEntry> = {},
): Gateway {
    const read = redirectsOf(given);
    if ("fault" in read) throw new Error(read.fault);
    return new Gateway(
        delta(1, {
            virtualHosts: [
                virtualHost("a.test", [route(forwardTo("c"))], { edge: [KEY], ...more }),
                virtualHost("b.test", [route(forwardTo("c"))]),
            ],
            edges: [{ key: KEY, redirects: { value: read.value, origin: ORIGIN }, origin: ORIGIN }],
            redirectMaps: Object.entries(maps).map(([key, redirects]) => ({ key, redirects, origin: ORIGIN })),
        }),
        "c",
    );
}

const led = (g: Gateway, target: string): unknown => {
    const { response } = g.ask(target);
    return response.status === 0 ? "passed" : [response.status, response.header("location")];
};

describe("redirects in bulk", () => {
    it("lead whole paths on, before any rule, of their host alone", () => {
        const g = gateway([
            { from: "/old", to: "/new", status: 308 },
            { from: "/out", to: "https://b.test/x" },
        ]);
        assert.deepEqual(led(g, "a.test/old"), [308, "http://a.test/new"]);
        assert.deepEqual(led(g, "a.test:8080/old"), [308, "http://a.test:8080/new"]);
        assert.deepEqual(led(g, "a.test/out"), [301, "https://b.test/x"]);
        for (const target of ["a.test/older", "a.test/old/", "a.test/Old", "b.test/old"]) assert.equal(led(g, target), "passed", target);
        assert.equal(g.ask("a.test/old").record().details, "redirect_in_bulk");
    });

    it("compare the path as it is routed by", () => {
        const g = gateway([
            { from: "/straße", to: "/a" },
            { from: "/%7Eme", to: "/b" },
        ]);
        assert.deepEqual(led(g, "a.test/stra%c3%9fe"), "passed", "escapes are compared letter by letter, as in rules");
        assert.deepEqual(led(g, "a.test/stra%C3%9Fe"), [301, "http://a.test/a"]);
        assert.deepEqual(led(g, "a.test/x/../~me"), [301, "http://a.test/b"]);
    });

    it("keep a query, unless the location has one, it was compared, or is not to be kept", () => {
        const list = [
            { from: "/old", to: "/new" },
            { from: "/mark", to: "/new#part" },
            { from: "/own", to: "/new?a=b" },
            { from: "/old?id=7", to: "/seven" },
        ];
        const g = gateway(list);
        assert.deepEqual(led(g, "a.test/old?x=1&y"), [301, "http://a.test/new?x=1&y"]);
        assert.deepEqual(led(g, "a.test/mark?x"), [301, "http://a.test/new?x#part"]);
        assert.deepEqual(led(g, "a.test/own?x"), [301, "http://a.test/new?a=b"]);
        assert.deepEqual(led(g, "a.test/old?id=7"), [301, "http://a.test/seven"]);
        assert.deepEqual(led(g, "a.test/old?id=8"), [301, "http://a.test/new?id=8"]);
        assert.deepEqual(led(gateway({ list, keepQuery: false }), "a.test/old?x=1"), [301, "http://a.test/new"]);
    });

    it("are looked for in the list, then in each ConfigMap in turn; one that is missing is passed by", () => {
        const g = gateway(
            { list: [{ from: "/a", to: "/own" }], configMaps: ["one", "gone", "two"] },
            {
                one: [
                    ["/a", "/one", 301],
                    ["/b", "/one", 302],
                ],
                two: [
                    ["/b", "/two", 301],
                    ["/c", "/two", 303],
                ],
            },
        );
        assert.deepEqual(
            ["/a", "/b", "/c", "/d"].map((path) => led(g, `a.test${path}`)),
            [[301, "http://a.test/own"], [302, "http://a.test/one"], [303, "http://a.test/two"], "passed"],
        );
    });

    it("come behind the redirect to HTTPS, and whoever may not pass learns nothing of them", () => {
        const g = gateway([{ from: "/old", to: "/new" }], {}, { httpsRedirect: true });
        assert.deepEqual(led(g, "a.test/old"), [301, "https://a.test/old"]);
        const refusal = { detail: "rbac_access_denied_matched_policy[none]", origin: ORIGIN };
        assert.equal(gateway([{ from: "/old", to: "/new" }], {}, { refusal }).ask("a.test/old").response.status, 403);
    });
});
