/** CUSTOM policies whose provider is asked over gRPC: what it is told, and what its answer means. As Envoy's filter was seen to do it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readCheck } from "../../../proxy/exchange/ext-authz/check-response";
import { changedQuery } from "../../../proxy/exchange/ext-authz/query";
import { answerOf, askedIn, set, type Answered, type Asked } from "../../support/ext-authz";
import { eventually } from "../../support/eventually";
import { Gateway, type Asked as AskedGateway, type NotedRequest } from "./asking";
import { grpcProvider, guarded } from "./external-entries";
import { forwardTo, match, route, virtualHost } from "../snapshot/entries";

type More = Parameters<typeof grpcProvider>[0];
const gateway = (more: More = {}): Gateway => new Gateway(guarded([[grpcProvider(more)]]), "c", "auth");
const frame = (message: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
};

function told({ body }: NotedRequest): Asked {
    const bytes = Buffer.from(body, "latin1");
    assert.deepEqual([bytes[0], bytes.readUInt32BE(1)], [0, bytes.length - 5]);
    return askedIn(bytes.subarray(5));
}

function says(request: NotedRequest, message: Buffer, trailers = ["grpc-status", "0"]): void {
    request.receiver.onResponseHead({ status: 200, headers: ["content-type", "application/grpc"], contentLength: -1 }, false);
    if (message.length > 0) request.receiver.onResponseData(Buffer.from(message));
    request.receiver.onResponseEnd(trailers);
}

/** One request that the provider answers so. */
function asked(
    answered: Answered | Buffer,
    ask: Parameters<Gateway["ask"]>[1] = {},
    more: More = {},
    target = "h/p?a=1&b=2",
): AskedGateway & { readonly g: Gateway } {
    const g = gateway(more);
    const one = g.ask(target, ask);
    says(g.cluster("auth").last, frame(Buffer.isBuffer(answered) ? answered : answerOf(answered)));
    return { ...one, g };
}
const passed = ({ g }: { readonly g: Gateway }): NotedRequest | undefined => g.cluster().requests.at(-1);
const ok = (ok_response: Answered["ok_response"]): Answered => ({ status: { code: 0 }, ...(ok_response ? { ok_response } : {}) });

describe("a check over gRPC", () => {
    it("is a call to the service by its own name, with the provider's time", () => {
        const g = gateway({ timeoutMs: 1500 });
        g.ask("h/");
        const { head, ended } = g.cluster("auth").last;
        assert.deepEqual(
            [head.method, head.scheme, head.authority, head.path, head.headers, head.protocol, ended],
            [
                "POST",
                "http",
                "auth.test",
                "/envoy.service.auth.v3.Authorization/Check",
                ["te", "trailers", "grpc-timeout", "1500m", "content-type", "application/grpc"],
                "HTTP/2",
                true,
            ],
        );
        assert.equal(g.cluster().requests.length, 0);
    });

    it("tells all of the request's head, and who has sent it where", () => {
        const g = gateway();
        g.ask("Shop.test:81/./a/../b%41?q=1", {
            method: "PUT",
            headers: ["x-a", "1", "x-a", "2", "cookie", "a=1", "cookie", "b=2", "x-b", "\u00fc", "x-envoy-auth-partial-body", "no"],
        });
        const { source, destination, request } = told(g.cluster("auth").last).attributes;
        assert.deepEqual(source.address.socket_address.address, "192.0.2.7");
        assert.ok(destination.address.socket_address.port_value > 0);
        const { http, time } = request!;
        assert.ok(Math.abs(time.seconds - Date.now() / 1000) < 60);
        const { id, headers, ...rest } = http;
        assert.deepEqual(rest, { method: "PUT", path: "/bA?q=1", host: "Shop.test:81", scheme: "http", protocol: "HTTP/1.1" });
        const { "x-request-id": requestId, ...all } = headers;
        assert.deepEqual([requestId, /^[0-9a-f-]{36}$/.test(id)], [id, true]);
        assert.deepEqual(all, {
            ":authority": "Shop.test:81",
            ":method": "PUT",
            ":path": "/bA?q=1",
            ":scheme": "http",
            cookie: "a=1; b=2",
            "x-a": "1,2",
            "x-b": "!",
            "x-envoy-external-address": "192.0.2.7",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-proto": "http",
        });
    });

    it("names a client by a certificate that somebody has verified, and the server by its own", () => {
        const certificate = (uri: string, dns: string, subject: string) => ({
            ...{ subject, issuer: "", serial: "", sha256: "", sha1: "", encoded: "", validFrom: 0, validTo: 0 },
            names: { uri, dns, ip: "", email: "" },
        });
        const principals = (peer: string, verified: readonly string[] | undefined): unknown[] => {
            const g = gateway();
            const tls = {
                version: "",
                cipher: "",
                peer: certificate(peer, "", "CN=x"),
                local: certificate("", "shop.test,b", ""),
                principals: verified,
            };
            g.ask("h/", {}, { tls, scheme: "https" });
            const { source, destination } = told(g.cluster("auth").last).attributes;
            return [source.principal, destination.principal];
        };
        assert.deepEqual(principals("spiffe://a/b", ["spiffe://a/b"]), ["spiffe://a/b", "shop.test"]);
        assert.deepEqual(principals("", []), ["CN=x", "shop.test"]);
        assert.deepEqual(principals("spiffe://a/b", undefined), [undefined, "shop.test"]);
    });

    it("tells of the body what is wanted, as a text or as bytes", () => {
        const parts = (asBytes: boolean, allowPartial: boolean, body: string) => {
            const g = gateway({ body: { maxBytes: 10, allowPartial, asBytes } });
            const { receiver, response } = g.ask("h/", { method: "POST", end: false });
            receiver.onRequestData(Buffer.from(body, "latin1"));
            receiver.onRequestEnd(undefined);
            const { last } = g.cluster("auth");
            if (last === undefined) return [response.status];
            const { size, body: text, raw_body: raw, headers } = told(last).attributes.request!.http;
            return [size, text, raw?.toString("latin1"), headers["x-envoy-auth-partial-body"]];
        };
        assert.deepEqual(parts(false, false, "hello"), [5, "hello", undefined, "false"]);
        assert.deepEqual(parts(false, false, "\0\u00ff\u00c8A"), [4, "\0!!A", undefined, "false"]);
        assert.deepEqual(parts(true, false, "\0\u00ff\u00c8A"), [4, undefined, "\0\u00ff\u00c8A", "false"]);
        assert.deepEqual(parts(true, true, "0123456789abc"), [13, undefined, "0123456789", "true"]);
        assert.deepEqual(parts(false, true, "123456789\u00c3\u00a9"), [11, "123456789!", undefined, "true"]);
        assert.deepEqual(parts(false, false, "0123456789abc"), [413]);
    });

    it("lets pass by status 0 alone", () => {
        for (const answered of [{}, { status: {} }, ok({}), { denied_response: { status: { code: 401 } } }])
            assert.ok(passed(asked(answered)), JSON.stringify(answered));
        for (const code of [7, 16, 3, 1]) {
            const one = asked({ status: { code } });
            assert.deepEqual(
                [one.response.status, one.response.body, one.record().flags, one.record().details],
                [403, "", "UAEX", "ext_authz_denied"],
            );
            assert.equal(passed(one), undefined);
        }
        assert.equal(asked({ status: { code: 7 }, ok_response: { headers: [set("x-a", "1")] } }).response.status, 403);
    });

    it("sets headers of the request, appends where it is told to and one is there, and takes some away", () => {
        const one = asked(
            ok({
                headers: [
                    set("X-New", "1"),
                    set("x-set", "n"),
                    set("x-appended", "n", { append: { value: true } }),
                    set("x-absent", "n", { append: { value: true } }),
                    set("x-false", "n", { append: { value: false } }),
                    set("x-action", "n", { append_action: 1 }),
                    { header: { key: "x-raw", raw_value: Buffer.from("\u00fc") } },
                    set("content-length", "9"),
                    set("host", "other.test"),
                ],
                headers_to_remove: ["X-Gone", "host", ":path", "content-length"],
            }),
            {
                headers: [
                    "x-set",
                    "o",
                    "x-set",
                    "p",
                    "x-appended",
                    "o",
                    "x-false",
                    "o",
                    "x-action",
                    "o",
                    "x-gone",
                    "1",
                    "x_new",
                    "spoofed",
                ],
            },
        );
        const request = passed(one)!;
        assert.deepEqual(
            ["x-new", "x-set", "x-appended", "x-absent", "x-false", "x-action", "x-raw", "x-gone", "content-length", "x_new"].map((name) =>
                request.header(name),
            ),
            ["1", "n", "o,n", undefined, "n", "n", "\u00c3\u00bc", undefined, undefined, undefined],
        );
        assert.deepEqual([request.head.authority, request.head.path], ["h", "/p?a=1&b=2"]);
    });

    it("lets no trailer of the client say what it has set", () => {
        const g = gateway();
        const { receiver } = g.ask("h/", { method: "POST", end: false });
        says(g.cluster("auth").last, frame(answerOf(ok({ headers: [set("x-user", "ann")] }))));
        receiver.onRequestEnd(["x-user", "eve", "x_user", "eve", "x-other", "1"]);
        assert.deepEqual(g.cluster().last.trailers, ["x-other", "1"]);
    });

    it("adds headers to the response, as each of them says", () => {
        const one = asked(
            ok({
                response_headers_to_add: [
                    set("x-r", "1"),
                    set("x-old", "2"),
                    set("x-if-absent", "1", { append_action: 1 }),
                    set("x-old", "3", { append_action: 1 }),
                    set("x-set", "2", { append_action: 2 }),
                    set("x-not-there", "2", { append_action: 3 }),
                    set("x-there", "2", { append_action: 3 }),
                    set("set-cookie", "a=1"),
                    set("set-cookie", "b=1"),
                ],
            }),
        );
        passed(one)!.answer(200, ["x-old", "1", "x-set", "1", "x-there", "1"]);
        const { response } = one;
        assert.deepEqual(
            ["x-r", "x-old", "x-if-absent", "x-set", "x-not-there", "x-there", "set-cookie"].map((name) => response.header(name)),
            ["1", "1 | 2", "1", "2", undefined, "2", "a=1 | b=1"],
        );
    });

    it("changes the query, and nothing else of the path", () => {
        const one = asked(
            ok({
                query_parameters_to_set: [
                    { key: "a", value: "9" },
                    { key: "n w", value: "x&y#" },
                ],
                query_parameters_to_remove: ["b"],
            }),
        );
        assert.equal(passed(one)!.head.path, "/p?a=9&n%20w=x%26y%23");
    });

    it("chooses the route anew only where the provider says so", () => {
        for (const clearRouteCache of [false, true]) {
            const byHeader = { match: match({ headers: [{ name: "x-to", match: { kind: "exact", value: "other" }, invert: false }] }) };
            const routes = [route(forwardTo("auth2"), byHeader), route(forwardTo("c"))];
            const host = { ...virtualHost("*", routes), access: "guarded" };
            const g = new Gateway(guarded([[grpcProvider({ clearRouteCache })]], { virtualHosts: [host] }), "c", "auth", "auth2");
            g.ask("h/a");
            says(g.cluster("auth").last, frame(answerOf(ok({ headers: [set("x-to", "other")] }))));
            assert.deepEqual([g.cluster("c").requests.length, g.cluster("auth2").requests.length], clearRouteCache ? [0, 1] : [1, 0]);
        }
    });

    it("denies with the status, the headers and the body that are said", () => {
        const one = asked({
            status: { code: 16 },
            denied_response: {
                status: { code: 401 },
                headers: [
                    set("www-authenticate", "Basic"),
                    set("x-d", "1"),
                    set("x-d", "2", { append: { value: true } }),
                    set("content-length", "100"),
                ],
                body: "<no>",
            },
        });
        const { response } = one;
        assert.deepEqual(
            [response.status, response.header("www-authenticate"), response.header("x-d"), response.body, response.contentLength],
            [401, "Basic", "1 | 2", "<no>", 4],
        );
        for (const [code, status] of [
            [302, 302],
            [200, 200],
            [100, 403],
            [999, 403],
            [0, 403],
        ] as const)
            assert.equal(asked({ status: { code: 7 }, denied_response: { status: { code } } }).response.status, status);
        const empty = asked({ status: { code: 7 }, denied_response: { status: { code: 204 }, body: "x" } });
        assert.deepEqual([empty.response.status, empty.response.body], [204, ""]);
    });

    it("tells a gRPC client in headers", () => {
        const headers = ["content-type", "application/grpc"];
        const { response } = asked(
            { status: { code: 7 }, denied_response: { status: { code: 401 }, body: "who \u00e9" } },
            { method: "POST", headers },
        );
        assert.deepEqual([response.status, response.header("grpc-status"), response.header("grpc-message")], [200, "16", "who %C3%A9"]);
    });

    for (const [what, message, trailers] of [
        ["no message of protobuf", frame(Buffer.from("0affff", "hex"))],
        ["no message at all", Buffer.alloc(0)],
        ["half a message", frame(answerOf(ok({ headers: [set("a", "b")] }))).subarray(0, -1)],
        ["two messages", Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))])],
        ["a compressed message", Buffer.from([1, 0, 0, 0, 0])],
        ["another status", frame(Buffer.alloc(0)), ["grpc-status", "7"]],
        ["no status", frame(Buffer.alloc(0)), []],
    ] as const) {
        it(`is an error with ${what}`, () => {
            for (const [more, status] of [
                [{}, 403],
                [{ statusOnError: 503 }, 503],
                [{ failOpen: true }, 0],
            ] as const) {
                const g = gateway(more);
                const { response, record } = g.ask("h/");
                says(g.cluster("auth").last, message, trailers && [...trailers]);
                assert.deepEqual([response.status, response.body, g.cluster().requests.length], [status, "", status === 0 ? 1 : 0]);
                if (status !== 0) assert.deepEqual([record().flags, record().details], ["UAEX", "ext_authz_error"]);
            }
        });
    }

    const no = (denied_response: Answered["denied_response"]): Answered => ({
        status: { code: 7 },
        ...(denied_response ? { denied_response } : {}),
    });
    for (const [what, message] of [
        ["more than is read", frame(Buffer.alloc(1024 * 1024 + 1))],
        ["a pseudo-header", frame(answerOf(ok({ headers: [set(":path", "/admin")] })))],
        ["a name that no header has", frame(answerOf(ok({ headers: [set("x bad", "1")] })))],
        ["a value that no header has", frame(answerOf(ok({ response_headers_to_add: [set("x-bad", "a\r\nb: c")] })))],
        ["more changes than are made", frame(answerOf(ok({ headers_to_remove: Array<string>(300).fill("a") })))],
        ["more fields than are read", frame(Buffer.concat([Buffer.alloc(2 * 4_097, Buffer.from([0x78, 1])), answerOf(no({}))]))],
        ["a denial with a name that no header has", frame(answerOf(no({ headers: [set("x bad", "1")] })))],
        ["a denial with a value that no header has", frame(answerOf(no({ headers: [set("location", "/\r\nb: c")] })))],
        ["a denial with more headers than are sent", frame(answerOf(no({ headers: Array.from({ length: 300 }, () => set("a", "b")) })))],
    ] as const) {
        it(`lets nobody pass with ${what}, not even where errors do`, () => {
            for (const [more, status] of [
                [{}, 403],
                [{ statusOnError: 503 }, 503],
                [{ failOpen: true }, 403],
            ] as const) {
                const g = gateway(more);
                const { response, record } = g.ask("h/");
                says(g.cluster("auth").last, message);
                assert.deepEqual([response.status, response.body, g.cluster().requests.length], [status, "", 0]);
                assert.deepEqual([record().flags, record().details], ["UAEX", "ext_authz_error"]);
            }
        });
    }

    it("is no consent by a field of another wire type", () => {
        const denial = Buffer.from("0a0708070d00000000", "hex");
        const { response, g } = asked(denial);
        assert.deepEqual([response.status, passed({ g })], [403, undefined]);
    });

    it("is an error where the provider says so itself", () => {
        const said = { status: { code: 14 }, error_response: { status: { code: 501 }, headers: [set("x-e", "1")], body: "err" } };
        const { response } = asked(said);
        assert.deepEqual([response.status, response.header("x-e"), response.body], [501, "1", "err"]);
        assert.equal(asked({ status: { code: 14 }, error_response: { body: "err" } }, {}, { statusOnError: 503 }).response.status, 503);
        assert.ok(passed(asked(said, {}, { failOpen: true })));
        const unfit = { status: { code: 14 }, error_response: { headers: [set("x bad", "1")] } };
        assert.equal(asked(unfit).response.status, 403);
        assert.ok(passed(asked(unfit, {}, { failOpen: true })));
    });

    it("is an error without a connection, without an answer in time, and by any HTTP status but 200", async () => {
        const away = gateway();
        away.cluster("auth").failures = ["connect-failure"];
        assert.equal(away.ask("h/").response.status, 403);
        const late = gateway({ timeoutMs: 10 });
        const { response } = late.ask("h/");
        await eventually(() => assert.equal(response.status, 403));
        assert.equal(late.cluster("auth").last.wasReset, "local");
        const other = gateway();
        const third = other.ask("h/");
        other.cluster("auth").last.answer(503, [], "no");
        assert.equal(third.response.status, 403);
    });

    it("is asked again where the connection was closed under it, and once", () => {
        const g = gateway();
        g.cluster("auth").reused = true;
        const { response } = g.ask("h/");
        g.cluster("auth").last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([g.cluster("auth").requests.length, response.status], [2, 0]);
        g.cluster("auth").last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([g.cluster("auth").requests.length, response.status], [2, 403]);
    });

    it("is given up where the client is gone", () => {
        const g = gateway();
        const { receiver } = g.ask("h/");
        receiver.onRequestReset("client-gone");
        assert.equal(g.cluster("auth").last.wasReset, "local");
        says(g.cluster("auth").last, frame(Buffer.alloc(0)));
        assert.equal(g.cluster().requests.length, 0);
    });
});

describe("answers of checks", () => {
    it("that are any bytes are read or refused, and never more than that", () =>
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
                const checked = readCheck(Buffer.from(bytes));
                assert.ok(typeof checked === "string" || ["allowed", "denied", "failed", "unfit"].includes(checked.kind));
            }),
            { numRuns: 300 },
        ));

    it("leave a query as it was but for what they name, however a client writes it", () => {
        for (const [path, set, remove, wanted] of [
            ["/p", [["z", "9"]], [], "/p?z=9"],
            ["/p?a=1&a=2&c&d=%20x", [["z", "9"]], [], "/p?a=1&a=2&c&d=%20x&z=9"],
            ["/p?a=1&b=2&a=3", [["a", "9"]], [], "/p?a=9&b=2"],
            ["/p?%61=1", [["a", "9"]], [], "/p?a=9"],
            ["/p?b=1", [], ["b"], "/p"],
            ["/p?%62=1&c=1", [], ["b"], "/p?c=1"],
            ["/p?a=1", [["a=b", "\u00fc %20"]], [], "/p?a=1&a%3Db=%FC%20%20"],
        ] as const)
            assert.equal(changedQuery(path, set, remove), wanted, path);
    });
});
