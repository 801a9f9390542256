/** CUSTOM policies: what a provider is asked, and what its answer means. As Envoy's ext_authz filter was seen to do it. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, it } from "mocha";
import { access, policy, policyOf } from "../snapshot/access-entries";
import { delta, forwardTo, match, route, virtualHost } from "../snapshot/entries";
import { Gateway, valueOf } from "./asking";
import { guarded, httpProvider } from "./external-entries";

type More = Parameters<typeof httpProvider>[0];

function gateway(more: More = {}, path?: string): Gateway {
    return new Gateway(guarded([[httpProvider(more), path]]), "c", "auth", "auth2");
}
const HEADERS = ["user-agent", "ua", "cookie", "c=1", "x-pre1", "p", "foo-suf", "s", "x-not", "n", "authorization", "Basic abc"];

describe("an external check", () => {
    it("asks with the request's method, authority and path, its authorization, and nothing else that is not named", () => {
        const g = gateway({ pathPrefix: "/check" });
        g.ask("Shop.test:81/a/../b//c?q=1", { method: "PUT", headers: [...HEADERS] });
        const { head, ended } = g.cluster("auth").last;
        assert.deepEqual(
            [head.method, head.authority, head.path, head.headers, ended, head.contentLength],
            ["PUT", "Shop.test:81", "/check/b//c?q=1", ["authorization", "Basic abc"], true, 0],
        );
        assert.deepEqual(g.cluster("auth").wishes[0]?.host, "auth.test");
        assert.equal(g.cluster("c").requests.length, 0);
    });

    it("asks with headers that are named, by their beginning or end too, and with some of its own", () => {
        const g = gateway({
            includeRequestHeaders: ["cookie", "x-pre*", "*-suf", "x-forwarded-for", "content-length", "host"],
            includeAdditionalHeaders: [
                ["x-fixed", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"],
                ["cookie", "other"],
            ],
        });
        g.ask("h/a", { method: "POST", headers: [...HEADERS, "content-length", "0"] });
        assert.deepEqual(g.cluster("auth").last.head.headers, [
            ...["cookie", "other", "x-pre1", "p", "foo-suf", "s", "authorization", "Basic abc"],
            ...["x-forwarded-for", "192.0.2.7", "x-fixed", "192.0.2.7"],
        ]);
    });

    it("is made of what the policy's rules hold for", () => {
        const g = gateway({}, "/a");
        g.ask("h/b");
        assert.deepEqual([g.cluster("auth").requests.length, g.cluster().requests.length], [0, 1]);
        g.ask("h/ab");
        assert.deepEqual([g.cluster("auth").requests.length, g.cluster().requests.length], [1, 1]);
    });

    it("lets pass with 200, and takes over what is named: to the backend the last of each, to the client all", () => {
        const g = gateway({
            headersToUpstreamOnAllow: ["x-user", "x-multi*", "content-length"],
            headersToDownstreamOnAllow: ["set-cookie"],
        });
        const { response, record } = g.ask("h/a", { headers: ["x-user", "spoofed", "x-user", "twice", "x-gone", "1", "x-other", "mine"] });
        g.cluster("auth").last.answer(
            200,
            [
                ...[
                    "x-user",
                    "u1",
                    "x-user",
                    "u2",
                    "x-multi",
                    "m",
                    "x-other",
                    "no",
                    "content-length",
                    "5",
                    "set-cookie",
                    "s=1",
                    "set-cookie",
                    "s=2",
                ],
                ...["x-envoy-auth-headers-to-remove", "X-Gone, host"],
            ],
            "hello",
        );
        const { last } = g.cluster();
        assert.deepEqual(
            ["x-user", "x-multi", "x-other", "x-gone", "set-cookie", "content-length"].map((name) => last.header(name)),
            ["u2", "m", "mine", undefined, undefined, undefined],
        );
        last.answer(200, ["set-cookie", "b=1"]);
        assert.equal(response.header("set-cookie"), "b=1 | s=1 | s=2");
        assert.deepEqual([record().status, record().flags, record().details], [200, "", "via_upstream"]);
    });

    for (const status of [201, 202, 204, 302, 401, 403, 404, 429]) {
        it(`answers with what the provider said instead of 200: ${status}`, () => {
            const g = gateway();
            const { response, record } = g.ask("h/a");
            const headers = [
                "location",
                "/login",
                "set-cookie",
                "s=1",
                "set-cookie",
                "s=2",
                "content-type",
                "text/html",
                "www-authenticate",
                "Basic",
            ];
            g.cluster("auth").last.answer(status, [...headers, "server", "inner", "host", "no"], status === 204 ? undefined : "hello");
            assert.equal(response.status, status);
            assert.equal(response.body, status === 204 ? "" : "hello");
            assert.deepEqual(
                ["location", "set-cookie", "www-authenticate", "x-route", "server", "host"].map((name) => response.header(name)),
                ["/login", "s=1 | s=2", "Basic", "1", "gatehouse", undefined],
            );
            assert.equal(response.header("content-type"), status === 204 ? undefined : "text/html");
            assert.deepEqual([record().flags, record().details], ["UAEX", "ext_authz_denied"]);
            assert.equal(g.cluster().requests.length, 0);
        });
    }

    it("answers with the headers that are named, where some are, beside those that a browser needs", () => {
        const g = gateway({ headersToDownstreamOnDeny: ["x-deny", "set-*"] });
        const { response } = g.ask("h/a");
        g.cluster("auth").last.answer(
            302,
            ["location", "/l", "set-cookie", "s", "x-deny", "d", "x-other", "o", "content-type", "a/b", "www-authenticate", "B"],
            "x",
        );
        assert.deepEqual(
            ["location", "set-cookie", "x-deny", "x-other", "content-type", "www-authenticate"].map((name) => response.header(name)),
            ["/l", "s", "d", undefined, "text/plain", "B"],
        );
    });

    it("tells a gRPC client in its own words", () => {
        const g = gateway();
        const { response } = g.ask("h/a", { method: "POST", headers: ["content-type", "application/grpc"] });
        g.cluster("auth").last.answer(401, ["x-deny", "1"], "abc");
        assert.deepEqual(
            [response.status, response.header("grpc-status"), response.header("grpc-message"), response.header("x-deny")],
            [200, "16", "abc", "1"],
        );
    });

    describe("that nobody answers", () => {
        const failures: readonly (readonly [string, (g: Gateway) => void])[] = [
            ["with 500", (g) => g.cluster("auth").last.answer(500, ["x-a", "1"], "inner")],
            ["with 101", (g) => g.cluster("auth").last.answer(101)],
            ["but a closed connection", (g) => g.cluster("auth").last.receiver.onResponseReset("connection-closed", true, "")],
            ["but garbage", (g) => g.cluster("auth").last.receiver.onResponseReset("protocol-error", true, "")],
            [
                "whole",
                (g) => {
                    g.cluster("auth").last.receiver.onResponseHead({ status: 200, headers: ["x-user", "u"], contentLength: 5 }, false);
                    g.cluster("auth").last.receiver.onResponseReset("connection-closed", true, "");
                },
            ],
        ];
        for (const [how, fail] of failures) {
            it(`${how}, lets nobody pass; with failOpen everybody`, () => {
                const closed = gateway({ statusOnError: 503, headersToUpstreamOnAllow: ["x-user"] });
                const { response, record } = closed.ask("h/a");
                fail(closed);
                assert.deepEqual(
                    [response.status, response.body, response.header("x-a"), response.header("x-route")],
                    [503, "", undefined, "1"],
                );
                assert.deepEqual([record().flags, record().details], ["UAEX", "ext_authz_error"]);
                const open = gateway({ failOpen: true, headersToUpstreamOnAllow: ["x-user"] });
                open.ask("h/a");
                fail(open);
                assert.deepEqual([open.cluster().requests.length, open.cluster().last.header("x-user")], [1, undefined]);
            });
        }

        it("as there is no connection, or no cluster, is the same", () => {
            const g = gateway();
            g.cluster("auth").failures = ["connect-failure"];
            assert.equal(g.ask("h/a").response.status, 403);
            const none = gateway({ cluster: "nowhere" });
            assert.equal(none.ask("h/a").response.status, 403);
            const open = gateway({ cluster: "nowhere", failOpen: true });
            open.ask("h/a");
            assert.equal(open.cluster().requests.length, 1);
        });

        it("in time is given up", async () => {
            const g = gateway({ timeoutMs: 5 });
            const { response, record } = g.ask("h/a");
            for (let turns = 0; response.status === 0 && turns < 500; turns++) await delay(2);
            assert.deepEqual([response.status, record().details, g.cluster("auth").last.wasReset], [403, "ext_authz_error", "local"]);
            g.cluster("auth").last.answer(200);
            assert.equal(g.cluster().requests.length, 0);
        });

        it("once it has begun to say no, lets nobody pass even with failOpen", () => {
            const g = gateway({ failOpen: true });
            const { response } = g.ask("h/a");
            g.cluster("auth").last.receiver.onResponseHead({ status: 401, headers: [], contentLength: 5 }, false);
            g.cluster("auth").last.receiver.onResponseReset("connection-closed", true, "");
            assert.deepEqual([response.status, g.cluster().requests.length], [403, 0]);
        });
    });

    it("is asked again where a kept connection was closed under it, once, and only where that is safe", () => {
        for (const [method, sent, again] of [
            ["GET", true, true],
            ["POST", true, false],
            ["POST", false, true],
        ] as const) {
            const g = gateway();
            g.cluster("auth").reused = true;
            const { response } = g.ask("h/a", { method });
            g.cluster("auth").last.receiver.onResponseReset("connection-closed", sent, "");
            assert.deepEqual([g.cluster("auth").requests.length, response.status], again ? [2, 0] : [1, 403], `${method} ${sent}`);
            if (!again) continue;
            assert.equal(g.cluster("auth").wishes[1]?.fresh, true);
            g.cluster("auth").last.receiver.onResponseReset("connection-closed", sent, "");
            assert.deepEqual([g.cluster("auth").requests.length, response.status], [2, 403]);
        }
    });

    it("is given up when the client goes, on its way and while it waits for a connection", () => {
        const g = gateway();
        const { receiver, record } = g.ask("h/a");
        receiver.onRequestReset("client-gone");
        assert.deepEqual([g.cluster("auth").last.wasReset, record().flags], ["local", "DC"]);
        g.cluster("auth").holds = true;
        g.ask("h/a").receiver.onRequestReset("client-gone");
        assert.equal(g.cluster("auth").cancelled, 1);
        g.cluster("auth").give(g.cluster("auth").waiting[0]!);
        assert.deepEqual([g.cluster("auth").released, g.cluster().requests.length], [1, 0]);
    });

    it("cuts off a denial's body at a megabyte, and takes no allowance without end", () => {
        const g = gateway();
        const { response } = g.ask("h/a");
        const { receiver } = g.cluster("auth").last;
        receiver.onResponseHead({ status: 403, headers: [], contentLength: -1 }, false);
        receiver.onResponseData(Buffer.alloc(700_000));
        receiver.onResponseData(Buffer.alloc(700_000));
        assert.deepEqual([response.status, response.body.length, g.cluster("auth").last.wasReset], [403, 1024 * 1024, "local"]);
        const other = g.ask("h/a");
        g.cluster("auth").last.receiver.onResponseHead({ status: 200, headers: [], contentLength: -1 }, false);
        g.cluster("auth").last.receiver.onResponseData(Buffer.alloc(2_000_000));
        assert.deepEqual([other.response.status, g.cluster().requests.length], [403, 0]);
    });

    describe("with the body", () => {
        const small = { body: { maxBytes: 10, allowPartial: false } };
        const partial = { body: { maxBytes: 10, allowPartial: true } };
        const POST = { method: "POST", end: false } as const;

        it("asks once it is whole, and sends it on whole", () => {
            const g = gateway(small);
            const { receiver, response } = g.ask("h/a", POST);
            receiver.onRequestData(Buffer.from("abcd"));
            assert.deepEqual([g.cluster("auth").requests.length, response.paused], [0, false]);
            receiver.onRequestData(Buffer.from("efghij"));
            receiver.onRequestEnd(["t", "1"]);
            const { last } = g.cluster("auth");
            assert.deepEqual(
                [last.body, last.ended, last.head.contentLength, last.header("x-envoy-auth-partial-body")],
                ["abcdefghij", true, 10, "false"],
            );
            last.answer(200);
            assert.deepEqual([g.cluster().last.body, g.cluster().last.ended, g.cluster().last.trailers], ["abcdefghij", true, ["t", "1"]]);
        });

        it("answers 413 to more than that, and asks nobody", () => {
            for (const more of [{}, { contentLength: 11 }]) {
                const g = gateway(small);
                const { receiver, response, record } = g.ask("h/a", { ...POST, ...more });
                if (response.status === 0) receiver.onRequestData(Buffer.from("abcdefghijk"));
                assert.deepEqual([response.status, response.body, response.header("x-route")], [413, "Payload Too Large", "1"]);
                assert.deepEqual(
                    [record().details, g.cluster("auth").requests.length, g.cluster().requests.length],
                    ["request_payload_too_large", 0, 0],
                );
            }
        });

        it("asks with the beginning where that is enough, takes no more meanwhile, and sends on all of it", () => {
            const g = gateway(partial);
            const { receiver, response } = g.ask("h/a", { ...POST, contentLength: 26 });
            receiver.onRequestData(Buffer.from("abcdefgh"));
            assert.equal(g.cluster("auth").requests.length, 0);
            receiver.onRequestData(Buffer.from("ijklmnop"));
            const { last } = g.cluster("auth");
            assert.deepEqual(
                [last.body, last.ended, last.header("x-envoy-auth-partial-body"), response.paused],
                ["abcdefghij", true, "true", true],
            );
            last.answer(200);
            assert.equal(response.paused, false);
            receiver.onRequestData(Buffer.from("qrstuvwxyz"));
            receiver.onRequestEnd(undefined);
            assert.equal(g.cluster().last.body, "abcdefghijklmnopqrstuvwxyz");
        });

        it("asks a client that waits for a word for it", () => {
            const g = gateway(small);
            const { receiver, response } = g.ask("h/a", {
                ...POST,
                contentLength: 2,
                expectContinue: true,
                headers: ["expect", "100-continue"],
            });
            assert.deepEqual(response.informationals, [100]);
            receiver.onRequestData(Buffer.from("ab"));
            receiver.onRequestEnd(undefined);
            g.cluster("auth").last.answer(200);
            assert.deepEqual([g.cluster().last.body, g.cluster().last.head.expectContinue, response.informationals], ["ab", false, [100]]);
        });

        it("does without where there is none, or bytes of another protocol follow", () => {
            const g = gateway(small);
            g.ask("h/a");
            assert.equal(g.cluster("auth").last.header("x-envoy-auth-partial-body"), undefined);
            g.ask("h/a", { end: false, upgrade: "websocket", contentLength: 0 });
            assert.deepEqual(
                [g.cluster("auth").requests.length, g.cluster("auth").last.head.upgrade, g.cluster("auth").last.ended],
                [2, "", true],
            );
            g.cluster("auth").last.answer(200);
            assert.equal(g.cluster().last.head.upgrade, "websocket");
        });

        it("asks nobody when the client goes before", () => {
            const g = gateway(small);
            const { receiver, record } = g.ask("h/a", POST);
            receiver.onRequestData(Buffer.from("a"));
            receiver.onRequestReset("client-gone");
            assert.deepEqual([record().flags, g.cluster("auth").requests.length], ["DC", 0]);
        });
    });

    it("takes no body without being asked to, before it has passed", () => {
        const g = gateway();
        const { receiver, response } = g.ask("h/a", { method: "POST", end: false });
        assert.equal(response.paused, true);
        receiver.onRequestData(Buffer.from("early"));
        g.cluster("auth").last.answer(200);
        receiver.onRequestEnd(undefined);
        assert.deepEqual([g.cluster().last.body, response.paused], ["early", false]);
    });

    it("changes the route by its headers only where it is told to", () => {
        for (const clearRouteCache of [false, true]) {
            const entry = httpProvider({ headersToUpstreamOnAllow: ["x-to"], clearRouteCache });
            const byHeader = { match: match({ headers: [{ name: "x-to", match: { kind: "exact", value: "other" }, invert: false }] }) };
            const routes = [route(forwardTo("auth2"), byHeader), route(forwardTo("c"))];
            const g = new Gateway(
                guarded([[entry]], { virtualHosts: [{ ...virtualHost("*", routes), access: "guarded" }] }),
                ...["c", "auth", "auth2"],
            );
            g.ask("h/a");
            g.cluster("auth").last.answer(200, ["x-to", "other"]);
            assert.deepEqual([g.cluster("c").requests.length, g.cluster("auth2").requests.length], clearRouteCache ? [0, 1] : [1, 0]);
        }
    });

    it("lets pass to what the gateway answers by itself too", () => {
        const direct = route({ kind: "direct", status: 200, body: Buffer.from("in").toString("base64") });
        const g = new Gateway(
            guarded([[httpProvider()]], { virtualHosts: [{ ...virtualHost("*", [direct]), access: "guarded" }] }),
            "auth",
        );
        const { response } = g.ask("h/a");
        g.cluster("auth").last.answer(200);
        assert.deepEqual([response.status, response.body], [200, "in"]);
        const secure = { ...virtualHost("*", [direct]), access: "guarded", httpsRedirect: true };
        const redirecting = new Gateway(guarded([[httpProvider()]], { virtualHosts: [secure] }), "auth");
        const redirected = redirecting.ask("h/a").response;
        redirecting.cluster("auth").last.answer(200);
        assert.equal(redirected.status, 301);
    });

    it("is one a provider: each is asked about what is its, one after the other, and the first no is the answer", () => {
        const g = new Gateway(guarded([[httpProvider()], [httpProvider({ key: "b", cluster: "auth2" }), "/b"]]), "c", "auth", "auth2");
        g.ask("h/a");
        g.cluster("auth").last.answer(200);
        assert.deepEqual([g.cluster("auth2").requests.length, g.cluster().requests.length], [0, 1]);
        const { response } = g.ask("h/b");
        assert.equal(g.cluster("auth2").requests.length, 0);
        g.cluster("auth").last.answer(200);
        g.cluster("auth2").last.answer(401);
        assert.deepEqual([response.status, g.cluster().requests.length], [401, 1]);
        g.ask("h/b");
        g.cluster("auth").last.answer(403);
        assert.equal(g.cluster("auth2").requests.length, 1);
    });

    it("is denied by a provider that is not there, for what its policy is about, and by no dry run", () => {
        const unserved = { key: "auth", kind: "unserved", why: "it is not there", origin: policy("a").origin } as const;
        const g = new Gateway(guarded([[unserved, "/a"]]), "c");
        const { response, record } = g.ask("h/a");
        assert.deepEqual([response.status, response.body, response.header("x-route")], [403, "RBAC: access denied", "1"]);
        assert.equal(
            record().details,
            "rbac_access_denied_matched_policy[istio-ext-authz-auth-ns[istio-system]-policy[auth]-rule[0]-deny-due-to-bad-CUSTOM-action]",
        );
        assert.equal(g.ask("h/b").response.status, 0);
        const dry = policyOf("dry", { action: "CUSTOM", rules: [{}] }, { provider: "auth", dryRun: true });
        const host = { ...virtualHost("*", [route(forwardTo("c"))]), access: "x" };
        const unasked = new Gateway(
            delta(1, { virtualHosts: [host], access: [access("x", { custom: [dry.key] })], authorizations: [dry], providers: [unserved] }),
            "c",
        );
        unasked.ask("h/a");
        assert.equal(unasked.cluster().requests.length, 1);
    });

    it("is made of a preflight too, and of a request for a host that is not there", () => {
        const g = gateway();
        g.ask("h/a", { method: "OPTIONS", headers: ["origin", "http://a", "access-control-request-method", "GET"] });
        assert.equal(valueOf(g.cluster("auth").last.head.headers, "origin"), undefined);
        assert.equal(g.cluster("auth").last.head.method, "OPTIONS");
    });
});
