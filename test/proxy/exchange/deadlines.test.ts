/** How long gRPC calls may take, and what endpoints are told of it: as istiod has Envoy do it. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readDeadline, writeDeadline } from "../../../proxy/http/grpc-timeout";
import type { RetryEntry } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { delta, forwardTo, NO_RETRY, prefix, route, virtualHost } from "../snapshot/entries";
import { Gateway, type NotedRequest } from "./asking";

const gateway = (timeoutMs = 0, retry: Partial<RetryEntry> = {}): Gateway =>
    new Gateway(
        delta(1, { virtualHosts: [virtualHost("*", [route(forwardTo("c", { timeoutMs, retry: { ...NO_RETRY, ...retry } }))])] }),
        "c",
    );
const call = (g: Gateway, ...headers: string[]) =>
    g.ask("h/a.B/C", { method: "POST", headers: ["content-type", "application/grpc", ...headers] });
const told = (request: NotedRequest): string | undefined => request.header("grpc-timeout");

describe("the deadline of a gRPC call", () => {
    for (const [what, header, route, expected] of [
        ["its own, where the route has none", "5S", 0, "5000m"],
        ["the route's, where it says none", undefined, 1000, "1000m"],
        ["the smaller: its own", "300m", 1000, "300m"],
        ["the smaller: the route's", "5S", 1000, "1000m"],
        ["none, where nobody says one", undefined, 0, undefined],
        ["in parts of a millisecond one of it", "1n", 0, "1m"],
        ["in microseconds", "100000u", 0, "100m"],
        ["in minutes", "1M", 0, "60000m"],
        ["longer than any timer", "99999999H", 0, "99999999H"],
        ["the route's, where what it says is longer than eight digits", "123456789m", 1000, "1000m"],
        ["the route's, where it says none of gRPC's units", "1x", 1000, "1000m"],
        ["passed on as it is, where it is none", "-1S", 0, "-1S"],
        ["passed on as it is, where it is nothing", "0S", 0, "0S"],
    ] as const) {
        it(`is ${what}`, () => {
            const g = gateway(route);
            const { response, receiver } = call(g, ...(header === undefined ? [] : ["grpc-timeout", header]));
            assert.deepEqual([told(g.cluster().last), response.ended], [expected, false]);
            receiver.onRequestReset("client-gone");
        });
    }

    it("is none where it is said twice", () => {
        const g = gateway();
        const { response } = call(g, "grpc-timeout", "1n", "grpc-timeout", "1n");
        assert.equal(g.cluster().last.header("grpc-timeout"), "1n | 1n");
        assert.equal(response.ended, false);
    });

    it("and the times of its route may be longer than any timer, which is not over at once", async () => {
        const long = 2 ** 31 + 5;
        const retry = { on: ["5xx"], attempts: 1, perTryTimeoutMs: long, backoffMs: long };
        const action = forwardTo("c", { timeoutMs: long, retry: { ...NO_RETRY, ...retry }, mirrors: [{ cluster: "m", percent: 100 }] });
        const late = { delay: { percent: 100, delayMs: long } };
        const g = new Gateway(
            delta(1, { virtualHosts: [virtualHost("*", [route(forwardTo("c"), { match: prefix("/late"), fault: late }), route(action)])] }),
            "c",
            "m",
        );
        const { receiver } = call(g);
        const slow = g.ask("h/late");
        const again = call(g);
        g.cluster().last.answer(503, [], "");
        await delay(20);
        assert.deepEqual(
            [g.cluster().requests.length, g.cluster().requests[0]?.wasReset, g.cluster("m").last.wasReset],
            [2, undefined, undefined],
        );
        for (const one of [receiver, slow.receiver, again.receiver]) one.onRequestReset("client-gone");
    }).timeout(2000);

    it("answers in headers when it is over, and gives the call up", async () => {
        const g = gateway(10_000);
        const { response, record } = call(g, "grpc-timeout", "10m");
        await eventually(() => assert.ok(response.ended));
        const { status, headers } = response;
        assert.deepEqual(
            [status, response.header("grpc-status"), response.header("grpc-message"), response.body, headers.includes("content-length")],
            [200, "14", "upstream request timeout", "", false],
        );
        assert.deepEqual([record().flags, record().details, g.cluster().last.wasReset], ["UT", "response_timeout", "timeout"]);
    });

    it("cuts a response that has begun", async () => {
        const g = gateway();
        const { response, record } = call(g, "grpc-timeout", "10m");
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: [], contentLength: -1 }, false);
        await eventually(() => assert.equal(response.wasReset, "timeout"));
        assert.equal(record().flags, "UT");
    });

    it("runs from the end of what the client sends", async () => {
        const g = gateway();
        const { response, receiver } = g.ask("h/", {
            method: "POST",
            end: false,
            headers: ["content-type", "application/grpc", "grpc-timeout", "10m"],
        });
        await delay(30);
        assert.equal(response.ended, false);
        receiver.onRequestEnd(undefined);
        await eventually(() => assert.ok(response.ended));
    });

    it("is that of an attempt where that is less, and of the next one what is left", async () => {
        const g = gateway(0, { on: ["deadline-exceeded", "5xx"], attempts: 3, perTryTimeoutMs: 200, backoffMs: 1 });
        const { response } = call(g, "grpc-timeout", "300m");
        await eventually(() => assert.ok(response.ended));
        const [first, second] = g.cluster().requests.map((one) => readDeadline(told(one)));
        assert.equal(first, 200);
        assert.ok(second! > 0 && second! <= 100, `${second}`);
    });

    it("is nobody else's: another type, another method", () => {
        const g = gateway();
        const other = g.ask("h/", { method: "POST", headers: ["grpc-timeout", "1n"] });
        assert.deepEqual([told(g.cluster().last), other.response.ended], ["1n", false]);
        const web = g.ask("h/", { method: "POST", headers: ["content-type", "application/grpc-web", "grpc-timeout", "1n"] });
        assert.deepEqual([told(g.cluster().last), web.response.ended], ["1n", false]);
    });

    it("is read as it is written, to the unit that holds it", () =>
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 99_999_999 * 3_600_000 }), (ms) => {
                const text = writeDeadline(ms);
                const unit = { m: 1, S: 1_000, M: 60_000, H: 3_600_000 }[text.at(-1) as "m"];
                assert.match(text, /^\d{1,8}[mSMH]$/);
                assert.equal(readDeadline(text), ms - (ms % unit));
            }),
            { numRuns: 100 },
        ));
});

describe("a gRPC status that is retried", () => {
    const words: readonly (readonly [string, number])[] = [
        ["cancelled", 1],
        ["deadline-exceeded", 4],
        ["resource-exhausted", 8],
        ["internal", 13],
        ["unavailable", 14],
    ];
    const asked = async (on: readonly string[], head: readonly string[], trailers?: readonly string[]): Promise<number> => {
        const g = gateway(0, { on, attempts: 1, backoffMs: 1 });
        const { response } = call(g);
        const { receiver } = g.cluster().last;
        receiver.onResponseHead({ status: 200, headers: [...head], contentLength: trailers ? -1 : 0 }, trailers === undefined);
        if (trailers !== undefined) receiver.onResponseEnd([...trailers]);
        if (!response.ended) await eventually(() => assert.equal(g.cluster().requests.length, 2));
        return g.cluster().requests.length;
    };

    for (const [word, status] of words) {
        it(`is ${status} by ${word}, and by no other word`, async () => {
            assert.equal(await asked([word], ["grpc-status", String(status)]), 2);
            assert.equal(await asked([word], ["grpc-status", `0${status}`]), 2);
            for (const [, other] of words) if (other !== status) assert.equal(await asked([word], ["grpc-status", String(other)]), 1);
        });
    }
    it("is none in trailers, nor one that is no number", async () => {
        const all = words.map(([word]) => word);
        assert.equal(await asked(all, [], ["grpc-status", "14"]), 1);
        assert.equal(await asked(all, ["grpc-status", "unavailable"]), 1);
        assert.equal(await asked(all, ["grpc-status", "0"]), 1);
    });
});
