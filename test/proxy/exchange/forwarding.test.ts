import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, it } from "mocha";
import { jsonFormat, textFormat, type LogFormatSettings } from "../../../istio/log-format";
import type { RetryEntry, RouteEntry } from "../../../proxy/tables";
import { MAX_MIRRORS } from "../../../proxy/upstream";
import { logged } from "../../support/access-logs";
import { eventually } from "../../support/eventually";
import { DEFAULT_RETRY, delta, forwardTo, match, NO_RETRY, route, virtualHost } from "../snapshot/entries";
import { Gateway } from "./asking";

type More = Parameters<typeof forwardTo>[1];
function gateway(more: More = {}, of: Partial<RouteEntry> = {}): Gateway {
    return new Gateway(delta(1, { virtualHosts: [virtualHost("*", [route(forwardTo("c", more), of)])] }), "c", "d", "m");
}
const retry = (more: Partial<RetryEntry>): More => ({ retry: { ...NO_RETRY, attempts: 2, backoffMs: 1, ...more } });
const defaults: More = { retry: { ...DEFAULT_RETRY, backoffMs: 1 } };
/** Chance is 0, so that every backoff is too. */
async function until(condition: () => boolean): Promise<void> {
    for (let turns = 0; !condition() && turns < 1000; turns++) await delay(1);
    assert.ok(condition(), `not in time: ${String(condition)}`);
}

describe("forwarding", () => {
    it("passes heads, bodies and trailers both ways", () => {
        const g = gateway();
        const { receiver, response, record } = g.ask("h/x", { method: "POST", end: false });
        const request = g.cluster().last;
        receiver.onRequestData(Buffer.from("in"));
        receiver.onRequestEnd(["t", "1"]);
        request.receiver.onResponseHead({ status: 200, headers: ["a", "b"], contentLength: -1 }, false);
        request.receiver.onResponseData(Buffer.from("out!"));
        request.receiver.onResponseEnd(["u", "2"]);
        assert.deepEqual([request.body, request.ended, request.trailers], ["in", true, ["t", "1"]]);
        assert.deepEqual([response.status, response.body, response.trailers], [200, "out!", ["u", "2"]]);
        const { bytesReceived, bytesSent, details, cluster, upstreamHost, upstreamLocalAddress, attempts, routeName } = record();
        assert.deepEqual(
            { bytesReceived, bytesSent, details, cluster, upstreamHost, upstreamLocalAddress, attempts, routeName },
            {
                bytesReceived: 2,
                bytesSent: 4,
                details: "via_upstream",
                cluster: "c",
                upstreamHost: "10.0.0.1:8001",
                upstreamLocalAddress: "10.0.0.9:5",
                attempts: 1,
                routeName: "default",
            },
        );
    });

    it("hands backpressure from each side to the other", () => {
        const g = gateway();
        const { receiver, response } = g.ask("h/x", { method: "POST", end: false });
        const request = g.cluster().last;
        request.writable = false;
        receiver.onRequestData(Buffer.from("a"));
        assert.equal(response.paused, true);
        request.receiver.onRequestWritable();
        assert.equal(response.paused, false);
        request.receiver.onResponseHead({ status: 200, headers: [], contentLength: -1 }, false);
        response.writable = false;
        request.receiver.onResponseData(Buffer.from("b"));
        assert.equal(request.paused, true);
        receiver.onResponseWritable();
        assert.equal(request.paused, false);
    });

    it("takes no body before there is somebody to give it to", () => {
        const g = gateway();
        g.cluster().holds = true;
        const { receiver, response } = g.ask("h/x", {
            method: "POST",
            end: false,
            expectContinue: true,
            headers: ["expect", "100-continue"],
        });
        receiver.onRequestData(Buffer.from("early"));
        assert.deepEqual([response.paused, response.informationals], [true, []]);
        g.cluster().give(g.cluster().waiting[0]!);
        assert.deepEqual([response.paused, response.informationals, g.cluster().last.body], [false, [], "early"]);
        assert.equal(g.cluster().last.head.expectContinue, true);
    });

    it("passes every interim response, without what the route removes from responses", () => {
        const g = gateway({}, { response: { remove: ["x-inner"], set: [["x-a", "1"]], add: [] } });
        const { response } = g.ask("h/x");
        for (const status of [102, 103, 100, 103, 199])
            g.cluster().last.receiver.onInformational(status, ["link", "</a>", "x-inner", "secret"]);
        assert.deepEqual(
            [response.informationals, response.informationalHeaders],
            [
                [102, 103, 100, 103, 199],
                ["link", "</a>"],
            ],
        );
    });

    describe("of who waits for 100", () => {
        const waiting = {
            method: "POST",
            end: false,
            expectContinue: true,
            get headers() {
                return ["expect", "100-continue"];
            },
        };

        it("hands the expectation on, and the backend's word back", () => {
            const g = gateway();
            const { receiver, response } = g.ask("h/x", waiting);
            const request = g.cluster().last;
            assert.deepEqual([request.head.expectContinue, response.informationals, response.paused], [true, [], false]);
            request.receiver.onInformational(100, []);
            receiver.onRequestData(Buffer.from("body"));
            assert.deepEqual([response.informationals, request.body], [[100], "body"]);
        });

        it("hands a final answer back without the body", () => {
            const g = gateway();
            const { response, record } = g.ask("h/x", waiting);
            g.cluster().last.answer(401);
            assert.deepEqual([response.status, response.informationals, g.cluster().last.body, record().bytesReceived], [401, [], "", 0]);
        });

        it("says 100 itself for a backend of HTTP/1.0, which cannot", () => {
            const g = gateway();
            g.cluster().http10 = true;
            const { response } = g.ask("h/x", waiting);
            assert.deepEqual([response.informationals, g.cluster().last.head.expectContinue], [[100], false]);
        });

        it("says 100 itself where the route removes the expectation, unless the body has come", () => {
            const g = gateway({}, { request: { remove: ["expect"], set: [], add: [] } });
            const headers = (): string[] => ["expect", "100-continue"];
            const { response } = g.ask("h/x", { ...waiting, headers: headers() });
            assert.deepEqual([response.informationals, g.cluster().last.head.expectContinue], [[100], false]);
            g.cluster().holds = true;
            const sent = g.ask("h/x", { ...waiting, headers: headers() });
            sent.receiver.onRequestData(Buffer.from("body"));
            g.cluster().give(g.cluster().waiting[0]!);
            assert.deepEqual([sent.response.informationals, g.cluster().last.body], [[], "body"]);
        });

        it("asks the next endpoint too while the client waits, and not once it was told", () => {
            const g = gateway(retry({ on: ["5xx"], afterSending: true } as Partial<RetryEntry>));
            const { receiver, response } = g.ask("h/x", { ...waiting, method: "PUT" });
            g.cluster().failures = ["connect-failure"];
            g.cluster().last.answer(503);
            return until(() => g.cluster().requests.length === 2)
                .then(() => {
                    assert.equal(g.cluster().last.head.expectContinue, true);
                    g.cluster().last.receiver.onInformational(100, []);
                    receiver.onRequestData(Buffer.from("b"));
                    receiver.onRequestEnd(undefined);
                    g.cluster().last.answer(503);
                    return until(() => response.status !== 0 || g.cluster().requests.length === 3);
                })
                .then(() => {
                    assert.deepEqual(response.informationals, [100]);
                    if (g.cluster().requests.length === 3) assert.equal(g.cluster().last.head.expectContinue, false);
                });
        });

        it("sends a mirror no expectation", () => {
            const g = gateway({ mirrors: [{ cluster: "m", percent: 100 }] });
            g.ask("h/x", waiting);
            assert.equal(g.cluster("m").last.head.expectContinue, false);
        });
    });

    it("takes out of trailers what a client may not say in a head, or the route decides over, and of a backend's what is ours", () => {
        const g = gateway(
            {
                clusters: [
                    {
                        cluster: "c",
                        weight: 1,
                        request: { remove: ["x-admin"], set: [["x-user", "me"]], add: [] },
                        response: { remove: ["x-inner"], set: [], add: [] },
                    },
                ],
            },
            { match: match({ headers: [{ name: "x-role", match: { kind: "exact", value: "a" }, invert: true }] }) },
        );
        const { receiver, response } = g.ask("h/x", { method: "POST", end: false });
        const said = [
            "x-forwarded-for",
            "X",
            "x-forwarded-client-cert",
            "X",
            "x-forwarded-host",
            "X",
            "x-envoy-internal",
            "X",
            "x-request-id",
            "X",
            "x-real-ip",
            "X",
            "x_forwarded_for",
            "X",
            "x-admin",
            "X",
            "x_user",
            "X",
            "x-role",
            "X",
            "proxy-user",
            "X",
        ];
        receiver.onRequestEnd([...said, "x-checksum", "1", "own_one", "2", "content-digest", "3", "grpc-status", "0"]);
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: [], contentLength: -1 }, false);
        g.cluster().last.receiver.onResponseEnd([
            "x-inner",
            "X",
            "server",
            "X",
            "x-envoy-a",
            "X",
            "access-control-allow-origin",
            "X",
            "grpc-status",
            "0",
            "grpc-message",
            "ok",
        ]);
        assert.deepEqual(g.cluster().last.trailers, ["x-checksum", "1", "own_one", "2", "content-digest", "3", "grpc-status", "0"]);
        assert.deepEqual(response.trailers, ["grpc-status", "0", "grpc-message", "ok"]);
    });

    it("chooses a destination by weight", () => {
        const g = gateway({
            clusters: [
                { cluster: "c", weight: 30 },
                { cluster: "d", weight: 10 },
            ],
        });
        for (const chance of [0, 0.74, 0.76, 0.99]) {
            g.chances = [chance];
            g.ask("h/");
        }
        assert.deepEqual([g.cluster("c").requests.length, g.cluster("d").requests.length], [2, 2]);
    });

    it("answers 503 without a body where the cluster is not there", () => {
        const { response, record } = gateway({ clusters: [{ cluster: "gone", weight: 1 }] }).ask("h/");
        assert.deepEqual([response.status, response.body, record().flags, record().details], [503, "", "NC", "cluster_not_found"]);
    });
});

describe("an upstream that fails", () => {
    const outcome = (failure: Parameters<Gateway["cluster"]>[0] & string): readonly unknown[] => {
        const g = gateway();
        g.cluster().failures = [failure as "overflow"];
        const { response, record } = g.ask("h/");
        return [response.status, response.body, record().flags, record().details];
    };
    const told = "upstream connect error or disconnect/reset before headers. reset reason: ";
    const cases: readonly (readonly [string, readonly unknown[]])[] = [
        [
            "connect-failure",
            [503, `${told}remote connection failure`, "UF", "upstream_reset_before_response_started{remote_connection_failure}"],
        ],
        ["connect-timeout", [503, `${told}connection timeout`, "UF", "upstream_reset_before_response_started{connection_timeout}"]],
        [
            "tls-failure",
            [503, `${told}remote connection failure`, "UF", "upstream_reset_before_response_started{remote_connection_failure}"],
        ],
        ["overflow", [503, `${told}overflow`, "UO", "upstream_reset_before_response_started{overflow}"]],
        ["no-endpoint", [503, "no healthy upstream", "UH", "no_healthy_upstream"]],
        ["unsupported", [503, "the upstream's protocol is not spoken here", "UF", "upstream_protocol_not_supported"]],
    ];
    for (const [failure, expected] of cases)
        it(`by ${failure} is ${String(expected[0])} ${String(expected[2])}`, () => assert.deepEqual(outcome(failure), expected));

    const afterSending: readonly (readonly ["connection-closed" | "protocol-error" | "refused" | "local", number, string])[] = [
        ["connection-closed", 503, "UC"],
        ["protocol-error", 502, "UPE"],
        ["refused", 503, "UR"],
        ["local", 503, "LR"],
    ];
    for (const [reason, status, flag] of afterSending) {
        it(`by ${reason} after sending is ${status} ${flag}`, () => {
            const g = gateway();
            const { response, record } = g.ask("h/");
            g.cluster().last.receiver.onResponseReset(reason, true, "why");
            assert.deepEqual([response.status, record().flags, record().upstreamFailure], [status, flag, "why"]);
        });
    }

    it("in the midst of its response cuts the client's, which must not look whole", () => {
        const g = gateway();
        const { response, record } = g.ask("h/");
        const { receiver } = g.cluster().last;
        receiver.onResponseHead({ status: 200, headers: [], contentLength: 10 }, false);
        receiver.onResponseData(Buffer.from("half"));
        receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([response.ended, response.wasReset], [false, "connection-closed"]);
        assert.deepEqual(
            [record().status, record().flags, record().details],
            [200, "UC", "upstream_reset_after_response_started{connection_termination}"],
        );
    });
});

describe("a gRPC request that we answer ourselves", () => {
    const ask = (g: Gateway) => g.ask("h/", { method: "POST", headers: ["content-type", "application/grpc"] }).response;
    const told = (response: ReturnType<typeof ask>) => [
        response.status,
        response.header("grpc-status"),
        response.header("grpc-message"),
        response.header("content-type"),
        response.body,
    ];

    it("is told of a failure in headers", () => {
        const g = gateway();
        g.cluster().failures = ["no-endpoint"];
        assert.deepEqual(told(ask(g)), [200, "14", "no healthy upstream", "application/grpc", ""]);
    });

    it("is told that there is no route for it", () => {
        const nowhere = new Gateway(delta(1, {}), "c");
        assert.deepEqual(told(ask(nowhere)), [200, "12", undefined, "application/grpc", ""]);
    });

    it("is told of what its message cannot hold in escapes", () => {
        const direct = new Gateway(
            delta(1, {
                virtualHosts: [virtualHost("*", [route({ kind: "direct", status: 403, body: Buffer.from("a%\nb").toString("base64") })])],
            }),
            "c",
        );
        assert.deepEqual(told(ask(direct)), [200, "7", "a%25%0Ab", "application/grpc", ""]);
    });

    it("is no other whose type begins alike", () => {
        const g = gateway();
        g.cluster().failures = ["no-endpoint"];
        assert.equal(g.ask("h/", { headers: ["content-type", "application/grpc-web"] }).response.status, 503);
    });
});

describe("a client that goes away", () => {
    it("takes its request with it", () => {
        const g = gateway();
        const { receiver, records, record } = g.ask("h/");
        receiver.onRequestReset("client-gone");
        assert.equal(g.cluster().last.wasReset, "client-gone");
        assert.deepEqual([record().status, record().flags, record().details], [0, "DC", "downstream_remote_disconnect"]);
        g.cluster().last.answer(200, [], "late");
        assert.equal(records.length, 1);
    });

    it("waits for no connection any more", () => {
        const g = gateway();
        g.cluster().holds = true;
        const { receiver } = g.ask("h/");
        receiver.onRequestReset("client-gone");
        assert.equal(g.cluster().cancelled, 1);
        g.cluster().give(g.cluster().waiting[0]!);
        assert.deepEqual([g.cluster().released, g.cluster().requests.length], [1, 0]);
    });
});

describe("retries", () => {
    it("follow a failed connection, elsewhere, as often as Istio does by default", async () => {
        const g = gateway(defaults);
        g.cluster().failures = ["connect-failure", "connect-failure"];
        const { response, record } = g.ask("h/", { method: "POST" });
        await until(() => g.cluster().requests.length === 1);
        g.cluster().last.answer(200);
        assert.equal(response.status, 200);
        assert.deepEqual(
            g.cluster().wishes.map(({ avoid }) => avoid),
            [[], ["10.0.0.1:8001"], ["10.0.0.1:8001", "10.0.0.1:8002"]],
        );
        assert.deepEqual([record().attempts, record().flags, g.cluster().last.header("x-envoy-attempt-count")], [3, "", "3"]);
    });

    it("are counted on the line of the access log, where its format asks for that", async () => {
        const g = gateway(defaults);
        g.cluster().failures = ["connect-failure", "connect-failure"];
        const { record } = g.ask("h/");
        await until(() => g.cluster().requests.length === 1);
        g.cluster().last.answer(200);
        const once = g.ask("h/once");
        g.cluster().last.answer(200);
        const text = textFormat("%REQ(:path)% %RESPONSE_CODE% %UPSTREAM_REQUEST_ATTEMPT_COUNT%\n", false);
        const json = jsonFormat({ path: "%REQ(:path)%", attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%" }, false);
        const lines = (format: LogFormatSettings): string =>
            logged(format, (log) => [record(), once.record()].forEach((one) => log.requestFinished(one)));
        assert.equal(lines(text), "/ 200 3\n/once 200 1\n");
        assert.deepEqual(
            lines(json)
                .trim()
                .split("\n")
                .map((line) => JSON.parse(line) as unknown),
            [
                { path: "/", attempts: 3 },
                { path: "/once", attempts: 1 },
            ],
        );
    });

    it("end: then the last failure is told", async () => {
        const g = gateway(defaults);
        g.cluster().failures = ["connect-failure", "connect-failure", "connect-failure"];
        const { response, record } = g.ask("h/");
        await until(() => response.ended);
        assert.deepEqual([response.status, record().flags, record().attempts], [503, "URX,UF", 3]);
        assert.match(response.body, /retried and the latest reset reason: remote connection failure$/);
    });

    it("are none where attempts is 0, though words stand there", async () => {
        const g = gateway({ retry: { ...DEFAULT_RETRY, attempts: 0 } });
        g.cluster().failures = ["connect-failure"];
        const { response, record } = g.ask("h/");
        assert.deepEqual([response.status, record().flags, record().attempts], [503, "UF", 1]);
    });

    it("do not follow a response by default, nor a connection that broke after sending", async () => {
        const g = gateway(defaults);
        const asked = g.ask("h/", { method: "POST" });
        g.cluster().last.answer(503);
        assert.equal(asked.response.status, 503);
        const other = g.ask("h/");
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([other.response.status, other.record().attempts], [503, 1]);
    });

    const byStatus: readonly (readonly [string, Partial<RetryEntry>, number, boolean, string[]?])[] = [
        ["5xx", { on: ["5xx"] }, 500, true],
        ["5xx", { on: ["5xx"] }, 404, false],
        ["gateway-error", { on: ["gateway-error"] }, 502, true],
        ["gateway-error", { on: ["gateway-error"] }, 500, false],
        ["retriable-4xx", { on: ["retriable-4xx"] }, 409, true],
        ["retriable-4xx", { on: ["retriable-4xx"] }, 400, false],
        ["a listed status", { on: ["connect-failure"], statusCodes: [418] }, 418, true],
        ["a listed status", { on: ["retriable-status-codes"], statusCodes: [418] }, 417, false],
        ["unavailable", { on: ["unavailable"] }, 200, true, ["grpc-status", "14"]],
        ["unavailable", { on: ["unavailable"] }, 200, false, ["grpc-status", "13"]],
        ["cancelled", { on: ["cancelled"] }, 200, true, ["grpc-status", "1"]],
        ["5xx at a rate limit", { on: ["5xx"] }, 503, false, ["x-envoy-ratelimited", "true"]],
        ["envoy-ratelimited", { on: ["envoy-ratelimited"] }, 429, true, ["x-envoy-ratelimited", "true"]],
        ["reset", { on: ["reset"] }, 503, false],
    ];
    for (const [word, policy, status, again, headers = []] of byStatus) {
        it(`on ${word} ${again ? "follow" : "leave"} ${status}${headers.length > 0 ? ` with ${headers.join(": ")}` : ""}`, async () => {
            const g = gateway(retry(policy));
            const { response } = g.ask("h/");
            g.cluster().last.answer(status, [...headers]);
            assert.equal(response.status, again ? 0 : status);
            if (!again) return;
            await until(() => g.cluster().requests.length === 2);
            g.cluster().last.answer(201);
            assert.equal(response.status, 201);
        });
    }

    it("on a status end with the last one, and say that they are used up", async () => {
        const g = gateway(retry({ on: ["5xx"], attempts: 1 }));
        const { response, record } = g.ask("h/");
        g.cluster().last.answer(500);
        await until(() => g.cluster().requests.length === 2);
        g.cluster().last.answer(502, [], "sorry");
        assert.deepEqual([response.status, response.body, record().flags], [502, "sorry", "URX"]);
    });

    it("on reset send a body again that is small enough to be kept", async () => {
        const g = gateway(retry({ on: ["reset"] }));
        const { receiver, response } = g.ask("h/", { method: "POST", end: false });
        receiver.onRequestData(Buffer.from("one "));
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.equal(response.paused, true);
        receiver.onRequestData(Buffer.from("two "));
        await until(() => g.cluster().requests.length === 2);
        receiver.onRequestData(Buffer.from("three"));
        receiver.onRequestEnd(undefined);
        assert.deepEqual([g.cluster().requests.length, g.cluster().last.body, g.cluster().last.ended], [2, "one two three", true]);
    });

    it("are none for a body of which a part is gone", () => {
        const g = gateway(retry({ on: ["reset"] }));
        const { receiver, response, record } = g.ask("h/", { method: "POST", end: false });
        for (let at = 0; at < 3; at++) receiver.onRequestData(Buffer.alloc(30_000));
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([response.status, record().flags], [503, "UC"]);
    });

    it("are none once the response has begun", () => {
        const g = gateway(retry({ on: ["reset", "5xx"] }));
        const { response } = g.ask("h/");
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: [], contentLength: 5 }, false);
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.equal(response.wasReset, "connection-closed");
        assert.equal(g.cluster().requests.length, 1);
    });
});

describe("a connection kept alive that closes under its request", () => {
    const stale = (method: string, sent: boolean, reused = true) => {
        const g = gateway({ retry: { ...NO_RETRY } });
        g.cluster().reused = reused;
        const asked = g.ask("h/", { method });
        g.cluster().last.receiver.onResponseReset("connection-closed", sent, "ECONNRESET");
        return { g, asked };
    };

    it("is replaced at once, though there are no retries, where doing it twice is as doing it once", () => {
        const { g, asked } = stale("GET", true);
        g.cluster().last.answer(200);
        assert.deepEqual([asked.response.status, asked.record().attempts, g.cluster().wishes[1]!.fresh], [200, 2, true]);
    });

    it("is replaced for any method where nothing was sent", () => assert.equal(stale("POST", false).g.cluster().requests.length, 2));
    it("is 503 UC for a POST that may have arrived", () =>
        assert.deepEqual([stale("POST", true).asked.response.status, stale("POST", true).asked.record().flags], [503, "UC"]));
    it("is 503 UC where it was not an old one", () => assert.equal(stale("GET", true, false).asked.response.status, 503));

    it("is 503 UC where an interim response came: somebody had read the request", () => {
        const g = gateway({ retry: { ...NO_RETRY } });
        g.cluster().reused = true;
        const asked = g.ask("h/", { method: "GET" });
        g.cluster().last.receiver.onInformational(103, ["link", "</a>"]);
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "ECONNRESET");
        assert.deepEqual([asked.response.status, asked.record().flags, g.cluster().requests.length], [503, "UC", 1]);
    });

    it("is replaced once and not for ever", () => {
        const { g, asked } = stale("GET", true);
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([asked.response.status, g.cluster().requests.length], [503, 2]);
    });
});

describe("timeouts", () => {
    it("of the route end the request with 504", async () => {
        const g = gateway({ timeoutMs: 10 });
        const { response, record } = g.ask("h/");
        await delay(30);
        assert.deepEqual(
            [response.status, response.body, record().flags, record().details],
            [504, "upstream request timeout", "UT", "response_timeout"],
        );
        assert.equal(g.cluster().last.wasReset, "timeout");
    });

    it("of the route run from the request's end", async () => {
        const g = gateway({ timeoutMs: 10 });
        const { receiver, response } = g.ask("h/", { method: "POST", end: false });
        await delay(30);
        assert.equal(response.status, 0);
        receiver.onRequestEnd(undefined);
        await delay(30);
        assert.equal(response.status, 504);
    });

    it("of the route hold over all attempts, and for the response to its end", async () => {
        const g = gateway({ timeoutMs: 10 });
        const { response, record } = g.ask("h/");
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: [], contentLength: -1 }, false);
        await delay(30);
        assert.deepEqual([response.wasReset, record().flags, record().status], ["timeout", "UT", 200]);
    });

    it("of one try lead to the next where the words allow it", async () => {
        const g = gateway(retry({ on: ["5xx"], perTryTimeoutMs: 10, attempts: 1 }));
        const { response, record } = g.ask("h/");
        await until(() => g.cluster().requests.length === 2);
        assert.equal(g.cluster().requests[0]!.wasReset, "local");
        await until(() => response.ended);
        assert.deepEqual([response.status, record().flags, record().details], [504, "URX,UT", "upstream_per_try_timeout"]);
    });
});

describe("websockets", () => {
    it("become two byte flows without a timeout", async () => {
        const g = gateway({ timeoutMs: 10 });
        const { receiver, response, record } = g.ask("h/ws", { upgrade: "websocket" });
        const request = g.cluster().last;
        assert.equal(request.head.upgrade, "websocket");
        request.receiver.onResponseHead({ status: 101, headers: ["sec-websocket-accept", "x"], contentLength: 0 }, false);
        await delay(25);
        receiver.onRequestData(Buffer.from("ping"));
        request.receiver.onResponseData(Buffer.from("pong"));
        assert.deepEqual([response.status, request.body, response.body], [101, "ping", "pong"]);
        receiver.onRequestEnd(undefined);
        assert.equal(request.ended, true);
        request.receiver.onResponseEnd(undefined);
        assert.deepEqual([response.ended, record().bytesReceived, record().bytesSent], [true, 4, 4]);
    });
});

describe("faults", () => {
    it("abort with their status, at their percentage", () => {
        const g = gateway({}, { fault: { abort: { percent: 50, status: 418 } } });
        g.chances = [0.49];
        const { response, record } = g.ask("h/");
        assert.deepEqual(
            [response.status, response.body, record().flags, record().details, record().cluster],
            [418, "fault filter abort", "FI", "fault_filter_abort", "c"],
        );
        g.chances = [0.5];
        g.ask("h/");
        assert.equal(g.cluster().requests.length, 1);
    });

    it("delay, holding the body back, and then go on", async () => {
        const g = gateway({}, { fault: { delay: { percent: 100, delayMs: 10 } } });
        const { receiver, response, record } = g.ask("h/", { method: "POST", end: false });
        assert.equal(response.paused, true);
        receiver.onRequestData(Buffer.from("body"));
        receiver.onRequestEnd(undefined);
        assert.equal(g.cluster().requests.length, 0);
        await delay(25);
        assert.deepEqual([g.cluster().last.body, g.cluster().last.ended], ["body", true]);
        g.cluster().last.answer(200);
        assert.deepEqual([response.status, record().flags], [200, "DI"]);
    });

    it("delay no longer when the client is gone", async () => {
        const g = gateway({}, { fault: { delay: { percent: 100, delayMs: 10 } } });
        g.ask("h/").receiver.onRequestReset("client-gone");
        await delay(25);
        assert.equal(g.cluster().requests.length, 0);
    });

    it("of gRPC are told in headers", () => {
        const g = gateway({}, { fault: { abort: { percent: 100, status: 0, grpcStatus: 14 } } });
        const { response } = g.ask("h/", { headers: ["content-type", "application/grpc+proto"] });
        assert.deepEqual(
            [response.status, response.header("grpc-status"), response.header("content-type"), response.body],
            [200, "14", "application/grpc", ""],
        );
        const plain = g.ask("h/").response;
        assert.deepEqual([plain.status, plain.header("grpc-status"), plain.body], [200, undefined, "fault filter abort"]);
    });
});

describe("mirrors", () => {
    it("get the same request and body, and their answer is nobody's", () => {
        const g = gateway({ mirrors: [{ cluster: "m", percent: 100 }] });
        const { receiver, response } = g.ask("h:81/x", { method: "POST", end: false });
        receiver.onRequestData(Buffer.from("body"));
        receiver.onRequestEnd(undefined);
        const copy = g.cluster("m").last;
        assert.deepEqual([copy.head.authority, copy.head.path, copy.body, copy.ended], ["h:81", "/x", "body", true]);
        copy.answer(500, [], "no");
        g.cluster().last.answer(200, [], "yes");
        assert.deepEqual([response.status, response.body], [200, "yes"]);
    });

    it("that take the rest of the body late are told of its end once", () => {
        const g = gateway({ mirrors: [{ cluster: "m", percent: 100 }] });
        const { receiver } = g.ask("h/x", { method: "POST", end: false });
        const copy = g.cluster("m").last;
        let ends = 0;
        copy.end = () => void ends++;
        copy.writable = false;
        receiver.onRequestData(Buffer.from("one"));
        receiver.onRequestEnd(undefined);
        assert.equal(ends, 1, "all of it was taken");
        copy.receiver.onRequestWritable();
        assert.equal(ends, 1);

        const { receiver: second } = g.ask("h/x", { method: "POST", end: false });
        const late = g.cluster("m").last;
        late.writable = false;
        second.onRequestData(Buffer.from("one"));
        second.onRequestData(Buffer.from("two"));
        second.onRequestEnd(undefined);
        assert.deepEqual([late.body, late.ended], ["one", false]);
        late.receiver.onRequestWritable();
        assert.deepEqual([late.body, late.ended], ["onetwo", true]);
    });

    it("that do not take the body in time are left behind", () => {
        const g = gateway({ mirrors: [{ cluster: "m", percent: 100 }] });
        const { receiver } = g.ask("h/x", { method: "POST", end: false });
        g.cluster("m").last.writable = false;
        for (let at = 0; at < 5; at++) receiver.onRequestData(Buffer.alloc(30_000));
        assert.equal(g.cluster("m").last.wasReset, "local");
        assert.equal(g.cluster().last.body.length, 150_000);
    });

    it("that never answer end by the route's timeout, and are no more than so many at once", async () => {
        const g = gateway({ mirrors: [{ cluster: "m", percent: 100 }], timeoutMs: 40 });
        for (let at = 0; at < 1000; at++) {
            g.ask("h/");
            g.cluster().last.answer(200, [], "yes");
        }
        const copies = g.cluster("m").requests;
        assert.equal(copies.length, MAX_MIRRORS);
        await eventually(() => assert.deepEqual([...new Set(copies.map(({ wasReset }) => wasReset))], ["local"]));
        g.ask("h/");
        assert.equal(copies.length, MAX_MIRRORS + 1, "there is room again");
        copies.at(-1)?.answer(200, [], "");
        for (let at = 0; at < MAX_MIRRORS; at++) g.ask("h/");
        assert.equal(copies.length, 2 * MAX_MIRRORS + 1, "one that was answered makes room");
    });

    it("come at their percentage, and are not missed where their cluster is not there", () => {
        const g = gateway({
            mirrors: [
                { cluster: "m", percent: 10 },
                { cluster: "gone", percent: 100 },
            ],
        });
        g.chances = [0.2];
        g.ask("h/");
        assert.equal(g.cluster("m").requests.length, 0);
        assert.equal(g.cluster().requests.length, 1);
    });
});

describe("cross-origin requests", () => {
    const cors = {
        allowOrigins: [
            { kind: "exact", value: "https://app.test" },
            { kind: "regex", value: "https://.*\\.dev\\.test" },
        ],
        allowMethods: "GET,POST",
        allowHeaders: "x-a",
        exposeHeaders: "x-b",
        maxAge: "600",
        allowCredentials: true,
        forwardUnmatchedPreflights: true,
    } as const;
    const preflight = (origin: string) => ({ method: "OPTIONS", headers: ["origin", origin, "access-control-request-method", "POST"] });

    it("that ask first are answered by the gateway", () => {
        const { response } = gateway({}, { cors }).ask("h/", preflight("https://app.test"));
        assert.equal(response.status, 200);
        assert.deepEqual(
            ["origin", "methods", "headers", "credentials"].map((name) => response.header(`access-control-allow-${name}`)),
            ["https://app.test", "GET,POST", "x-a", "true"],
        );
        assert.equal(response.header("access-control-max-age"), "600");
    });

    it("that ask first where everything is allowed are told what they asked for", () => {
        const all = { ...cors, allowMethods: "*", allowHeaders: "*", allowCredentials: true };
        const { method, headers } = preflight("https://app.test");
        const asked = gateway({}, { cors: all }).ask("h/", {
            method,
            headers: [...headers, "access-control-request-headers", "X-Q, y"],
        }).response;
        assert.deepEqual(
            ["methods", "headers"].map((name) => asked.header(`access-control-allow-${name}`)),
            ["POST", "X-Q, y"],
        );
        const bare = gateway({}, { cors: all }).ask("h/", { method, headers }).response;
        assert.deepEqual(
            ["methods", "headers"].map((name) => bare.header(`access-control-allow-${name}`)),
            ["POST", undefined],
        );
    });

    it("that ask first for another origin go to the backend, or are answered with nothing", () => {
        const g = gateway({}, { cors });
        g.ask("h/", preflight("https://evil.test"));
        assert.equal(g.cluster().requests.length, 1);
        const { response } = gateway({}, { cors: { ...cors, forwardUnmatchedPreflights: false } }).ask(
            "h/",
            preflight("https://evil.test"),
        );
        assert.deepEqual([response.status, response.header("access-control-allow-origin")], [200, undefined]);
    });

    it("get their headers in place of the backend's, on errors too", () => {
        const g = gateway({}, { cors });
        const { response } = g.ask("h/", { headers: ["origin", "https://a.dev.test"] });
        g.cluster().last.answer(200, ["access-control-allow-origin", "*"]);
        assert.deepEqual(
            [response.header("access-control-allow-origin"), response.header("access-control-expose-headers")],
            ["https://a.dev.test", "x-b"],
        );
        g.cluster().failures = ["connect-failure"];
        assert.equal(
            g.ask("h/", { headers: ["origin", "https://a.dev.test"] }).response.header("access-control-allow-origin"),
            "https://a.dev.test",
        );
    });

    it("of other origins get none", () => {
        const g = gateway({}, { cors });
        const { response } = g.ask("h/", { headers: ["origin", "https://evil.test"] });
        g.cluster().last.answer(200);
        assert.equal(response.header("access-control-allow-origin"), undefined);
    });
});

describe("a fault of our own", () => {
    it("is one client's 500", () => {
        const g = gateway();
        Object.defineProperty(g.cluster(), "acquire", {
            value: () => {
                throw new Error("broken");
            },
        });
        const { response, records } = g.ask("h/");
        assert.deepEqual([response.status, response.body, records.length, records[0]!.details], [500, "", 1, "internal_error{broken}"]);
    });
});
