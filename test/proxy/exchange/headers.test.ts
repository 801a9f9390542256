import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { removeHeader, setHeader } from "../../../proxy/http/header-list";
import type { HeaderOpsEntry, RouteEntry } from "../../../proxy/tables";
import { delta, forwardTo, prefix, route, virtualHost } from "../snapshot/entries";
import { Gateway, type NotedRequest } from "./asking";

function gateway(action = forwardTo("c"), more: Partial<RouteEntry> = {}): Gateway {
    return new Gateway(delta(1, { virtualHosts: [virtualHost("*", [route(action, more)])] }), "c", "d");
}
const ops = (more: Partial<HeaderOpsEntry>): HeaderOpsEntry => ({ remove: [], set: [], add: [], ...more });
const forwarded = (g: Gateway, headers: string[] = [], more: Parameters<Gateway["ask"]>[2] = {}): NotedRequest => {
    g.ask("h:81/p?q", { headers }, more);
    return g.cluster().last;
};

describe("what a gateway says of a request from outside", () => {
    const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

    it("is a new request id, whatever the client sent", () => {
        const g = gateway();
        const ids = [1, 2].map(() => forwarded(g, ["x-request-id", "mine"]).header("x-request-id")!);
        for (const id of ids) assert.match(id, UUID4);
        assert.notEqual(ids[0], ids[1]);
    });

    it("is the client's address behind those that others gave", () => {
        assert.equal(forwarded(gateway()).header("x-forwarded-for"), "192.0.2.7");
        assert.equal(
            forwarded(gateway(), ["x-forwarded-for", "1.1.1.1", "a", "b", "x-forwarded-for", "2.2.2.2"]).header("x-forwarded-for"),
            "1.1.1.1,2.2.2.2,192.0.2.7",
        );
        assert.equal(forwarded(gateway()).header("x-envoy-external-address"), "192.0.2.7");
    });

    it("is the listener's scheme", () => {
        assert.equal(forwarded(gateway(), ["x-forwarded-proto", "https"]).header("x-forwarded-proto"), "http");
        assert.equal(forwarded(gateway(), [], { scheme: "https" }).header("x-forwarded-proto"), "https");
    });

    it("is nothing that begins with x-envoy- of the client's own", () => {
        const { head } = forwarded(gateway(), [
            "x-envoy-retry-on",
            "5xx",
            "x-envoy-upstream-rq-timeout-ms",
            "1",
            "x-env",
            "kept",
            "accept",
            "*/*",
        ]);
        assert.deepEqual(
            head.headers.filter((_, at) => at % 2 === 0),
            [
                "x-env",
                "accept",
                "x-forwarded-for",
                "x-forwarded-proto",
                "x-envoy-external-address",
                "x-request-id",
                "x-envoy-attempt-count",
            ],
        );
    });

    it("is the certificate that was verified, and never one that the client wrote", () => {
        assert.equal(forwarded(gateway(), ["x-forwarded-client-cert", "Hash=1"]).header("x-forwarded-client-cert"), undefined);
        assert.equal(
            forwarded(gateway(), ["x-forwarded-client-cert", "Hash=1"], { forwardedClientCert: "Hash=2" }).header(
                "x-forwarded-client-cert",
            ),
            "Hash=2",
        );
    });

    it("leaves the host as it was sent, its port included", () => assert.equal(forwarded(gateway()).head.authority, "h:81"));
});

describe("rewriting", () => {
    it("changes the path, keeps the query and tells the original", () => {
        const g = gateway(forwardTo("c", { rewrite: { kind: "prefix", value: "/" } }), { match: prefix("/p") });
        g.ask("h/p/x?q");
        assert.equal(g.cluster().last.head.path, "//x?q");
        assert.equal(g.cluster().last.header("x-envoy-original-path"), "/p/x?q");
    });

    it("of the host reaches the endpoint", () =>
        assert.equal(forwarded(gateway(forwardTo("c", { hostRewrite: "new.test" }))).head.authority, "new.test"));

    it("of the host by a header operation does too, and leaves no header", () => {
        const request = forwarded(gateway(forwardTo("c"), { request: ops({ set: [["host", "new.test"]] }) }));
        assert.equal(request.head.authority, "new.test");
        assert.equal(request.header("host"), undefined);
    });

    it("is not seen in the record, which has what was asked for", () => {
        const g = gateway(forwardTo("c", { rewrite: { kind: "full", value: "/new" }, hostRewrite: "new.test" }));
        const asked = g.ask("h/old");
        g.cluster().last.answer(200);
        assert.deepEqual([asked.record().path, asked.record().authority], ["/old", "h"]);
    });
});

describe("header operations", () => {
    it("remove, then set, then add", () => {
        const request = forwarded(
            gateway(forwardTo("c"), {
                request: ops({
                    remove: ["a", "b"],
                    set: [
                        ["b", "set"],
                        ["c", "set"],
                    ],
                    add: [
                        ["c", "added"],
                        ["d", "added"],
                    ],
                }),
            }),
            ["a", "1", "b", "1", "c", "1", "c", "2", "d", "1"],
        );
        assert.deepEqual(
            ["a", "b", "c", "d"].map((name) => request.header(name)),
            [undefined, "set", "set | added", "1 | added"],
        );
    });

    it("of one destination stand behind those of the route, on one level", () => {
        const action = forwardTo("c", {
            clusters: [{ cluster: "c", weight: 1, request: ops({ set: [["a", "dest"]], add: [["b", "dest"]] }) }],
        });
        const request = forwarded(
            gateway(action, {
                request: ops({
                    set: [
                        ["a", "route"],
                        ["b", "route"],
                    ],
                }),
            }),
        );
        assert.deepEqual([request.header("a"), request.header("b")], ["dest", "route | dest"]);
    });

    it("of several destinations come before those of the route, which has the last word", () => {
        const one = { cluster: "c", weight: 1, request: ops({ set: [["a", "dest"]], add: [["b", "dest"]] }) };
        const action = forwardTo("c", { clusters: [one, { cluster: "d", weight: 1 }] });
        const request = forwarded(
            gateway(action, {
                request: ops({
                    set: [
                        ["a", "route"],
                        ["b", "route"],
                    ],
                }),
            }),
        );
        assert.deepEqual([request.header("a"), request.header("b")], ["route", "route"]);
    });

    it("of responses work the same way, and cannot touch the server's name", () => {
        const g = gateway(forwardTo("c"), {
            response: ops({
                remove: ["x-powered-by"],
                set: [
                    ["server", "mine"],
                    ["x-a", "1"],
                ],
                add: [["x-b", "%RESPONSE_CODE%"]],
            }),
        });
        const { response } = g.ask("h/");
        g.cluster().last.answer(201, ["x-powered-by", "php", "server", "apache", "x-a", "0"]);
        assert.deepEqual(
            ["x-powered-by", "server", "x-a", "x-b"].map((name) => response.header(name)),
            [undefined, "gatehouse", "1", "201"],
        );
    });

    it("of responses hold for answers of our own too", () => {
        const one = { cluster: "c", weight: 1, response: ops({ set: [["x-d", "1"]] }) };
        const response = ops({
            set: [
                ["strict-transport-security", "max-age=1"],
                ["content-type", "text/html"],
            ],
            add: [["x-code", "%RESPONSE_CODE%"]],
        });
        const own = (more: Partial<RouteEntry>, failing = true): readonly (string | undefined)[] => {
            const g = gateway(forwardTo("c", { clusters: [one] }), { response, ...more });
            if (failing) g.cluster().failures = ["no-endpoint"];
            const asked = g.ask("h/").response;
            return ["strict-transport-security", "content-type", "x-code", "x-d"].map((name) => asked.header(name));
        };
        assert.deepEqual(own({}), ["max-age=1", "text/html", "503", "1"]);
        assert.deepEqual(own({ fault: { abort: { percent: 100, status: 418 } } }, false), ["max-age=1", "text/html", "418", "1"]);
    });

    it("of our own answers see the request as it would have been sent on, where there is a cluster to send it to", () => {
        const text = "%REQ(:path)% %PATH(WQ:ORIG)% %REQ(:authority)% %UPSTREAM_REQUEST_ATTEMPT_COUNT%";
        const seen = (failure: "no-endpoint" | "connect-failure" | undefined, cluster = "c"): string | undefined => {
            const g = gateway(forwardTo(cluster, { rewrite: { kind: "full", value: "/new" }, hostRewrite: "new.test" }), {
                response: ops({ set: [["x-seen", text]] }),
            });
            if (failure) g.cluster().failures = [failure];
            return g.ask("h/p?q").response.header("x-seen");
        };
        assert.equal(seen("connect-failure"), "/new?q /p?q new.test 1");
        assert.equal(seen("no-endpoint"), "/new?q /p?q new.test 1");
        assert.equal(seen(undefined, "none"), "/p?q  h 0");
    });

    it("name the protocol of the connection there was, and none where there was none (Envoy)", () => {
        const seen = (failed: boolean): string | undefined => {
            const g = gateway(forwardTo("c"), { response: ops({ set: [["x-seen", "[%UPSTREAM_PROTOCOL%]"]] }) });
            if (failed) g.cluster().failures = ["connect-failure"];
            const { response } = g.ask("h/");
            if (!failed) g.cluster().last.answer(200);
            return response.header("x-seen");
        };
        assert.deepEqual([seen(false), seen(true)], ["[HTTP/1.1]", "[]"]);
    });

    it("take their values from what was there before their level", () => {
        const request = forwarded(gateway(forwardTo("c"), { request: ops({ remove: ["a"], set: [["b", "%REQ(a)%"]] }) }), ["a", "1"]);
        assert.deepEqual([request.header("a"), request.header("b")], [undefined, "1"]);
    });

    it("make no header of an empty value", () =>
        assert.equal(forwarded(gateway(forwardTo("c"), { request: ops({ set: [["b", "%REQ(none)%"]] }) })).header("b"), undefined));
});

describe("variables in header values", () => {
    const value = (text: string): string | undefined =>
        forwarded(
            gateway(forwardTo("c"), { request: ops({ set: [["v", text]] }), name: "r.m" }),
            ["x-long", "abcdef", "x-twice", "1", "x-twice", "2"],
            { serverName: "sni.test", remoteAddress: "2001:db8::1" },
        ).header("v");
    const cases: readonly (readonly [string, string])[] = [
        ["100%%", "100%"],
        ["%UNKNOWN%", "%UNKNOWN%"],
        ["%PROTOCOL%", "HTTP/1.1"],
        ["%REQ(:AUTHORITY)%", "h:81"],
        ["%REQ(X-NONE?:PATH)%", "/p?q"],
        ["%REQ(x-long):3%", "abc"],
        ["%DOWNSTREAM_REMOTE_ADDRESS%", "[2001:db8::1]:40000"],
        ["%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "2001:db8::1"],
        ["%DOWNSTREAM_LOCAL_ADDRESS%", "192.0.2.1:8080"],
        ["%DOWNSTREAM_LOCAL_PORT%", "8080"],
        ["%REQUESTED_SERVER_NAME%", "sni.test"],
        ["%ROUTE_NAME%", "r.m"],
        ["a-%UPSTREAM_CLUSTER%", "a-c"],
        ["%RESPONSE_FLAGS%", "-"],
        ["%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", "2001:db8::1"],
        ["%BYTES_SENT%", "0"],
        ["%REQ(x-twice)%", "1"],
    ];
    for (const [text, expected] of cases) it(`${text} is ${expected}`, () => assert.equal(value(text), expected));
    it("%START_TIME% is a time", () => assert.match(value("%START_TIME%")!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
});

describe("responses", () => {
    it("bear our server's name, a date and the time the upstream took", () => {
        const g = gateway();
        const { response } = g.ask("h/");
        g.cluster().last.answer(200, ["server", "apache", "x-envoy-upstream-service-time", "99999"], "x");
        assert.equal(response.header("server"), "gatehouse");
        assert.match(response.header("date")!, /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
        assert.match(response.header("x-envoy-upstream-service-time")!, /^\d{1,3}$/);
    });

    it("keep the date they have", () => {
        const g = gateway();
        const { response } = g.ask("h/");
        g.cluster().last.answer(200, ["date", "Tue, 01 Jan 2030 00:00:00 GMT"]);
        assert.equal(response.header("date"), "Tue, 01 Jan 2030 00:00:00 GMT");
    });
});

describe("a header list", () => {
    const list = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.string()), { maxLength: 8 }).map((pairs) => pairs.flat());

    it("loses a name entirely and keeps the order of the rest", () => {
        fc.assert(
            fc.property(list, (headers) => {
                const expected = headers.filter((_, at) => headers[at - (at % 2)] !== "a");
                removeHeader(headers, "a");
                assert.deepEqual(headers, expected);
            }),
        );
    });

    it("has a name once after it was set", () => {
        fc.assert(
            fc.property(list, (headers) => {
                const others = headers.filter((_, at) => headers[at - (at % 2)] !== "a");
                setHeader(headers, "a", "new");
                assert.deepEqual(
                    headers.filter((_, at) => headers[at - (at % 2)] === "a"),
                    ["a", "new"],
                );
                assert.deepEqual(
                    headers.filter((_, at) => headers[at - (at % 2)] !== "a"),
                    others,
                );
            }),
        );
    });
});

describe("header names with underscores", () => {
    const OURS = [
        "x_forwarded_for",
        "X_Forwarded-Proto".toLowerCase(),
        "x_forwarded_client_cert",
        "x_forwarded_host",
        "x_request_id",
        "x_envoy_internal",
        "x_real_ip",
    ];
    const FRAMING = ["content_length", "content_type", "transfer_encoding", "keep_alive", "proxy_authorization"];
    const RULES = ["x_user", "x_admin", "x_role", "x-added_by"];
    const ruled = gateway(forwardTo("c"), {
        request: ops({ set: [["x-user", "me"]], remove: ["x-admin"], add: [["x-added-by", "us"]] }),
        match: { headers: [{ name: "x-role", match: { kind: "exact", value: "guest" }, invert: false }], queryParams: [], claims: [] },
    });
    const asked = (names: readonly string[], underscores: "forward" | "drop" | "reject" = "forward"): ReturnType<Gateway["ask"]> =>
        ruled.ask("h/", { underscores, headers: ["x-role", "guest", ...names.flatMap((name) => [name, "v"])] });
    const left = (): string[] => ruled.cluster().last.head.headers.filter((name, at) => at % 2 === 0 && name.includes("_"));

    it("reach the backend as they came", () => {
        const { dropped } = asked(["api_key", "user_id", "_a", "x_"]);
        assert.deepEqual([left(), dropped], [["api_key", "user_id", "_a", "x_"], []]);
    });

    for (const name of [...OURS, ...FRAMING, ...RULES]) {
        it(`do not reach it as ${name}, which it could read as a header that is decided over here`, () => {
            const { dropped } = asked(["api_key", name]);
            assert.deepEqual([left(), dropped], [["api_key"], [name]]);
        });
    }

    it("do not reach it beside the same name with hyphens", () => {
        const { dropped } = asked(["x-tenant", "x_tenant"]);
        assert.deepEqual([left(), dropped], [[], ["x_tenant"]]);
    });

    it("reach it as a rule spells them", () => {
        const spelled = gateway(forwardTo("c"), {
            match: { headers: [{ name: "x_own", match: { kind: "present" }, invert: false }], queryParams: [], claims: [] },
        });
        spelled.ask("h/", { headers: ["x_own", "1"] });
        assert.equal(spelled.cluster().last.header("x_own"), "1");
    });

    it("are all dropped, or refused, where that is asked", () => {
        assert.deepEqual([asked(["api_key"], "drop").dropped, left()], [["api_key"], []]);
        const { response, record } = asked(["api_key"], "reject");
        assert.deepEqual([response.status, record().details], [400, "unexpected_underscore"]);
        assert.equal(asked(["x-plain"], "reject").response.status, 0);
    });
});
