import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { hashText } from "../../../proxy/net/hash-text";
import type { HashCookieEntry, HashEntry, RouteEntry } from "../../../proxy/tables";
import { DEFAULT_RETRY, delta, forwardTo, route, virtualHost } from "../snapshot/entries";
import { Gateway, type Asked } from "./asking";

function gateway(policy: HashEntry["policy"] | undefined, more: Partial<RouteEntry> = {}, action = forwardTo("c")): Gateway {
    const g = new Gateway(delta(1, { virtualHosts: [virtualHost("*", [route(action, more)])] }), "c");
    g.cluster().entry = { protocol: "http1", ...(policy ? { hash: { policy } } : {}) };
    return g;
}
const cookie = (more: Partial<HashCookieEntry> = {}): HashCookieEntry => ({
    kind: "cookie",
    name: "sid",
    path: "",
    attributes: [],
    ...more,
});
const valueOf = (headers: readonly string[], name: string): string | undefined => headers[headers.indexOf(name) + 1];

/** What the last request was known by. */
function hash(g: Gateway, headers: string[] = [], target = "h/p", more: Parameters<Gateway["ask"]>[2] = {}): number | undefined {
    g.ask(target, { headers }, more);
    return g.cluster().hashes.at(-1);
}

/** What the client is told to keep; undefined: nothing. */
function kept(g: Gateway, asked: Asked): string | undefined {
    g.cluster().last.answer(200);
    const { headers } = asked.response;
    return headers.includes("set-cookie") ? valueOf(headers, "set-cookie") : undefined;
}

describe("what a client is known by", () => {
    it("is nothing where its destination does not ask", () => assert.equal(hash(gateway(undefined), ["x-user", "a"]), undefined));

    it("is a header, whose lines in any order are the same", () => {
        const g = gateway({ kind: "header", name: "x-user" });
        assert.equal(hash(g, ["x-user", "a"]), hashText("a"));
        assert.equal(hash(g, ["x-other", "a"]), undefined);
        assert.notEqual(hash(g, ["x-user", ""]), undefined);
        assert.equal(hash(g, ["x-user", "a", "y", "z", "x-user", "b"]), hash(g, ["x-user", "b", "x-user", "a"]));
    });

    it("is a part of the request line under its name as a header", () => {
        for (const [name, value] of [
            [":authority", "h"],
            ["host", "h"],
            [":path", "/p?q=1"],
            [":method", "GET"],
            [":scheme", "http"],
        ] as const)
            assert.equal(hash(gateway({ kind: "header", name }), [], "h/p?q=1"), hashText(value), name);
    });

    it("is a header as the route has set it", () => {
        const set = { request: { remove: [], set: [["x-user", "same"] as const], add: [] } };
        assert.equal(hash(gateway({ kind: "header", name: "x-user" }, set), ["x-user", "a"]), hashText("same"));
    });

    it("is a parameter of the query, decoded, the first of its name", () => {
        const g = gateway({ kind: "query", name: "user" });
        assert.equal(hash(g, [], "h/p?user=a"), hashText("a"));
        assert.equal(hash(g, [], "h/p?x=1&user=a&user=b"), hashText("a"));
        assert.equal(hash(g, [], "h/p?User=a"), undefined);
        assert.equal(hash(g, [], "h/p"), undefined);
        assert.equal(hash(g, [], "h/p?user"), hashText(""));
    });

    it("is the client's address, behind proxies that are believed what they say", () => {
        const g = gateway({ kind: "sourceIp" });
        assert.equal(hash(g, [], "h/p", { remoteAddress: "192.0.2.8", remotePort: 1 }), hashText("192.0.2.8"));
        assert.equal(hash(g, ["x-forwarded-for", "203.0.113.5"], "h/p", { trustedProxies: 1 }), hashText("203.0.113.5"));
    });

    it("is a cookie, with or without quotes, wherever it stands", () => {
        const g = gateway(cookie());
        for (const line of ["sid=abc", "a=b; sid=abc", 'sid="abc"', "sid=abc; sid=other"])
            assert.equal(hash(g, ["cookie", line]), hashText("abc"), line);
        assert.equal(hash(g, ["cookie", "a=b", "cookie", "sid=abc"]), hashText("abc"));
        assert.equal(hash(g, ["cookie", "xsid=abc"]), undefined);
    });

    it("stays the same for further attempts, which go to other endpoints", () => {
        const g = gateway({ kind: "header", name: "x-user" }, {}, forwardTo("c", { retry: { ...DEFAULT_RETRY, backoffMs: 1 } }));
        g.cluster().failures = ["connect-failure"];
        g.ask("h/p", { headers: ["x-user", "a"] });
        return new Promise<void>((done) => {
            setTimeout(() => {
                assert.deepEqual(g.cluster().hashes, [hashText("a"), hashText("a")]);
                assert.deepEqual(g.cluster().wishes.at(-1)?.avoid, ["10.0.0.1:8001"]);
                done();
            }, 20);
        });
    });
});

describe("a cookie for who has none", () => {
    it("is given with the response of a backend, in the form that Envoy gives it", () => {
        for (const [policy, rest] of [
            [cookie({ ttlSeconds: 60, path: "/app" }), "; Max-Age=60; Path=/app; HttpOnly"],
            [cookie({ ttlSeconds: 0 }), "; HttpOnly"],
            [
                cookie({
                    ttlSeconds: 0,
                    path: "/",
                    attributes: [
                        { name: "SameSite", value: "Strict" },
                        { name: "Secure", value: "" },
                    ],
                }),
                "; Path=/; SameSite=Strict; Secure; HttpOnly",
            ],
        ] as const) {
            const g = gateway(policy);
            const text = kept(g, g.ask("h/p"));
            assert.match(text ?? "", /^sid="[0-9a-f]{16}"/);
            assert.equal(text?.slice(22), rest);
        }
    });

    it("leads back to the endpoint that it came from", () => {
        const g = gateway(cookie({ ttlSeconds: 60 }));
        const first = kept(g, g.ask("h/p"))!;
        assert.equal(hash(g, ["cookie", first.split(";")[0]!], "h/p", { remotePort: 50_000 }), g.cluster().hashes[0]);
    });

    it("is one for all requests of a connection, and another for another", () => {
        const g = gateway(cookie({ ttlSeconds: 60 }));
        const [one, same, other] = [40_000, 40_000, 40_001].map((remotePort) => kept(g, g.ask("h/p", {}, { remotePort })));
        assert.equal(one, same);
        assert.notEqual(one, other);
        const [mine, yours] = ["203.0.113.5", "203.0.113.6"].map((client) =>
            kept(g, g.ask("h/p", { headers: ["x-forwarded-for", client] }, { trustedProxies: 1 })),
        );
        assert.notEqual(mine, yours);
    });

    it("is given in place of an empty one, and to nobody who has one", () => {
        const g = gateway(cookie({ ttlSeconds: 60 }));
        assert.ok(kept(g, g.ask("h/p", { headers: ["cookie", "sid="] })));
        assert.equal(kept(g, g.ask("h/p", { headers: ["cookie", "sid=abc"] })), undefined);
    });

    it("is none without a lifetime, and with an answer of the gateway's own", () => {
        const without = gateway(cookie());
        assert.equal(kept(without, without.ask("h/p")), undefined);
        assert.equal(without.cluster().hashes[0], undefined);
        const g = gateway(cookie({ ttlSeconds: 60 }));
        g.cluster().failures = ["connect-failure"];
        const { response } = g.ask("h/p");
        assert.equal(response.status, 503);
        assert.ok(!response.headers.includes("set-cookie"));
    });

    it("stands beside the backend's own, and goes where the route takes such headers away", () => {
        const g = gateway(cookie({ ttlSeconds: 60 }));
        const asked = g.ask("h/p");
        g.cluster().last.answer(200, ["set-cookie", "own=1"]);
        assert.equal(asked.response.headers.filter((one) => one === "set-cookie").length, 2);
        const bare = gateway(cookie({ ttlSeconds: 60 }), { response: { remove: ["set-cookie"], set: [], add: [] } });
        assert.equal(kept(bare, bare.ask("h/p")), undefined);
    });
});
