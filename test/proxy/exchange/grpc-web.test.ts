/** gRPC-Web where a port is for it, as Istio's gateway has it: what backends get, and what browsers are told. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import type { RouteEntry } from "../../../proxy/tables";
import { delta, forwardTo, NO_RETRY, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { Gateway, type Asked, type NotedRequest } from "./asking";

const MESSAGE = Buffer.from([0, 0, 0, 0, 1, 0x41]);
const BINARY = ["content-type", "application/grpc-web+proto", "x-grpc-web", "1"];
const TEXT = ["content-type", "application/grpc-web-text", "accept", "application/grpc-web-text"];

function gateway(of: Partial<RouteEntry> = {}, more: Parameters<typeof forwardTo>[1] = {}, grpcWeb = true): Gateway {
    const table = { key: "http.80", port: 80, ...(grpcWeb ? { grpcWeb: true as const } : {}), origin: ORIGIN };
    return new Gateway(delta(1, { routeTables: [table], virtualHosts: [virtualHost("h", [route(forwardTo("c", more), of)])] }), "c");
}

function call(g: Gateway, headers: readonly string[], body: Buffer | readonly Buffer[] = MESSAGE, length?: number): Asked {
    const parts = Buffer.isBuffer(body) ? [body] : body;
    const asked = g.ask("h/a.B/C", {
        method: "POST",
        end: false,
        headers: [...headers, ...(length === undefined ? [] : ["content-length", String(length)])],
        ...(length === undefined ? {} : { contentLength: length }),
    });
    for (const part of parts) asked.receiver.onRequestData(Buffer.from(part));
    asked.receiver.onRequestEnd(undefined);
    return asked;
}

/** A backend's whole answer: one message a part. */
function answers(
    request: NotedRequest,
    parts: readonly Buffer[],
    trailers?: string[],
    headers = ["content-type", "application/grpc"],
    status = 200,
): void {
    request.receiver.onResponseHead({ status, headers: [...headers], contentLength: -1 }, false);
    for (const part of parts) request.receiver.onResponseData(Buffer.from(part));
    request.receiver.onResponseEnd(trailers);
}

const OK = ["grpc-status", "0", "grpc-message", "fine", "x-some-bin", "AAE="];
const LINES = "grpc-status:0\r\ngrpc-message:fine\r\nx-some-bin:AAE=\r\n";
const FRAME = Buffer.concat([Buffer.from([0x80, 0, 0, 0, LINES.length]), Buffer.from(LINES)]);
const hex = (response: { readonly body: string }): string => Buffer.from(response.body, "latin1").toString("hex");
const told = ({ response }: Asked) => [
    response.status,
    response.header("content-type"),
    response.header("grpc-status"),
    response.header("grpc-message"),
    response.body,
    response.ended,
];

describe("a call in gRPC-Web", () => {
    it("reaches the backend as gRPC", () => {
        const g = gateway();
        call(g, [...BINARY, "accept", "*/*"], MESSAGE, 6);
        const { last } = g.cluster();
        assert.deepEqual(
            ["content-type", "te", "grpc-accept-encoding", "content-length", "x-grpc-web", "accept"].map((name) => last.header(name)),
            ["application/grpc", "trailers", "identity", undefined, "1", "*/*"],
        );
        assert.deepEqual([last.head.contentLength, hex(last), last.ended], [-1, MESSAGE.toString("hex"), true]);
    });

    it("leaves no mirror waiting for what is cut off", () => {
        const g = new Gateway(
            delta(1, {
                routeTables: [{ key: "http.80", port: 80, grpcWeb: true, origin: ORIGIN }],
                virtualHosts: [virtualHost("h", [route(forwardTo("c", { mirrors: [{ cluster: "m", percent: 100 }] }))])],
            }),
            "c",
            "m",
        );
        const { response } = call(g, TEXT, Buffer.from("AAAAA"));
        assert.deepEqual([response.status, g.cluster().last.wasReset, g.cluster("m").last.wasReset], [400, "local", "local"]);
    });

    it("keeps what it says of codings", () => {
        const g = gateway();
        call(g, [...BINARY, "grpc-accept-encoding", "gzip"]);
        assert.equal(g.cluster().last.header("grpc-accept-encoding"), "gzip");
    });

    it("is answered with the trailers as its last frame", () => {
        const g = gateway();
        const asked = call(g, BINARY);
        answers(g.cluster().last, [MESSAGE, MESSAGE], [...OK], ["content-type", "application/grpc", "content-length", "12"]);
        const { response } = asked;
        assert.equal(hex(response), Buffer.concat([MESSAGE, MESSAGE, FRAME]).toString("hex"));
        assert.deepEqual(
            [response.header("content-type"), response.header("content-length"), response.contentLength, response.trailers, response.ended],
            ["application/grpc-web+proto", undefined, -1, undefined, true],
        );
    });

    it("in text is read and answered in text, in any split", () => {
        for (let at = 0; at <= 8; at++) {
            const g = gateway();
            const text = Buffer.from(MESSAGE.toString("base64"));
            const { response } = call(g, TEXT, [text.subarray(0, at), text.subarray(at)]);
            assert.equal(hex(g.cluster().last), MESSAGE.toString("hex"), String(at));
            const all = Buffer.concat([MESSAGE, Buffer.from([0, 0, 0, 0, 2, 0x42, 0x42])]);
            answers(g.cluster().last, [all.subarray(0, at), all.subarray(at)], [...OK]);
            assert.equal(response.body, `AAAAAAFBAAAAAAJCQg==${FRAME.toString("base64")}`);
            assert.equal(response.header("content-type"), "application/grpc-web-text+proto");
        }
    });

    it("is answered in what it accepts, whatever it was sent in", () => {
        const binary = gateway();
        const first = call(binary, ["content-type", "application/grpc-web-text"], Buffer.from(MESSAGE.toString("base64")));
        answers(binary.cluster().last, [MESSAGE], [...OK]);
        assert.equal(first.response.header("content-type"), "application/grpc-web+proto");
        const text = gateway();
        const second = call(text, [...BINARY, "accept", "application/grpc-web-text+proto"]);
        answers(text.cluster().last, [MESSAGE], [...OK]);
        assert.equal(second.response.body, `AAAAAAFB${FRAME.toString("base64")}`);
    });

    it("keeps a status that stands in the head", () => {
        const g = gateway();
        const asked = call(g, BINARY);
        g.cluster().last.receiver.onResponseHead(
            { status: 200, headers: ["content-type", "application/grpc", "grpc-status", "5", "grpc-message", "no"], contentLength: 0 },
            true,
        );
        assert.deepEqual(told(asked), [200, "application/grpc-web+proto", "5", "no", "", true]);
    });

    it("is told in a status what the backend says in other words than gRPC", () => {
        for (const [status, type, code] of [
            [500, "text/html", "2"],
            [200, "text/html", "2"],
            [404, "text/plain", "12"],
            [503, "application/grpc", "14"],
        ] as const) {
            const g = gateway();
            const asked = call(g, BINARY);
            answers(g.cluster().last, [Buffer.from("hel"), Buffer.from("lo%")], undefined, ["content-type", type], status);
            assert.deepEqual(told(asked), [status, "application/grpc-web+proto", code, "hello%25", "", true]);
        }
    });

    it("holds no more than so much of such words", () => {
        const g = gateway();
        const asked = call(g, BINARY);
        answers(g.cluster().last, Array<Buffer>(64).fill(Buffer.alloc(1024, "x")), ["x-t", "1"], ["content-type", "text/html"], 500);
        assert.equal(asked.response.header("grpc-message")?.length, 16 * 1024);
        assert.deepEqual(asked.response.trailers, ["x-t", "1"]);
    });

    it("leaves a backend alone that speaks gRPC-Web itself", () => {
        const g = gateway();
        const asked = call(g, BINARY);
        answers(g.cluster().last, [MESSAGE, FRAME], undefined, ["content-type", "application/grpc-web+proto"]);
        assert.equal(hex(asked.response), Buffer.concat([MESSAGE, FRAME]).toString("hex"));
    });

    it("that is no base64 is answered, and given up at the backend", () => {
        for (const parts of [["AAAA*AFB"], ["AAAAAAF"], ["AAAA", "AA=A"]]) {
            const g = gateway();
            const asked = call(
                g,
                TEXT,
                parts.map((one) => Buffer.from(one)),
            );
            assert.deepEqual(told(asked), [
                400,
                "application/grpc-web-text+proto",
                "13",
                "Bad gRPC-web request, invalid base64 data.",
                "",
                true,
            ]);
            assert.equal(g.cluster().last.wasReset, "local");
        }
    });

    it("that turns out to be none once it is answered is cut", () => {
        const g = gateway();
        const { receiver, response } = g.ask("h/a.B/C", { method: "POST", end: false, headers: [...TEXT] });
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: ["content-type", "application/grpc"], contentLength: -1 }, false);
        receiver.onRequestData(Buffer.from("*"));
        receiver.onRequestEnd(undefined);
        assert.equal(response.wasReset, "local");
    });

    it("is told by status and message what the gateway answers itself", () => {
        const nowhere = gateway();
        nowhere.cluster().failures = ["connect-failure"];
        const [status, type, code, message] = told(call(nowhere, BINARY));
        assert.deepEqual([status, type, code], [503, "application/grpc-web+proto", "14"]);
        assert.match(String(message), /remote connection failure/);
        assert.deepEqual(told(gateway().ask("other/", { method: "POST", headers: [...BINARY] })), [
            404,
            "application/grpc-web+proto",
            undefined,
            undefined,
            "",
            true,
        ]);
    });

    it("is given the status of a fault, and its headers of CORS", () => {
        const fault = gateway({ fault: { abort: { percent: 100, status: 200, grpcStatus: 8 } } });
        assert.deepEqual(told(call(fault, BINARY)).slice(0, 4), [200, "application/grpc-web+proto", "8", "fault filter abort"]);
        const cors = gateway({
            cors: {
                allowOrigins: [{ kind: "exact", value: "https://a.test" }],
                allowMethods: "POST",
                allowHeaders: "x-grpc-web",
                exposeHeaders: "grpc-status,grpc-message",
                maxAge: "",
                allowCredentials: false,
                forwardUnmatchedPreflights: false,
            },
        });
        const { response } = call(cors, [...BINARY, "origin", "https://a.test"]);
        answers(cors.cluster().last, [MESSAGE], [...OK]);
        assert.equal(response.header("access-control-expose-headers"), "grpc-status,grpc-message");
    });

    it("has a deadline as any call", async () => {
        const asked = call(gateway(), [...BINARY, "grpc-timeout", "10m"]);
        await eventually(() => assert.ok(asked.response.ended));
        assert.deepEqual(told(asked).slice(0, 4), [504, "application/grpc-web+proto", "14", "upstream request timeout"]);
    });

    it("is tried again with its body as the backend reads it", async () => {
        const g = gateway({}, { retry: { ...NO_RETRY, on: ["unavailable"], attempts: 1, backoffMs: 1 } });
        call(g, TEXT, Buffer.from(MESSAGE.toString("base64")));
        g.cluster().last.receiver.onResponseHead({ status: 200, headers: ["grpc-status", "14"], contentLength: 0 }, true);
        await eventually(() => assert.equal(g.cluster().requests.length, 2));
        assert.equal(hex(g.cluster().last), MESSAGE.toString("hex"));
    });

    it("waits with what came early until it is sent on", async () => {
        const g = gateway({ fault: { delay: { percent: 100, delayMs: 10 } } });
        call(g, TEXT, [Buffer.from("AAAAA"), Buffer.from("AFB")]);
        await eventually(() => assert.equal(g.cluster().requests.length, 1));
        assert.equal(hex(g.cluster().last), MESSAGE.toString("hex"));
        const bad = gateway({ fault: { delay: { percent: 100, delayMs: 10 } } });
        const asked = call(bad, TEXT, [Buffer.from("AAAAAA")]);
        await eventually(() => assert.equal(asked.response.status, 400));
        assert.equal(bad.cluster().requests.length, 0);
    });

    it("passes as it is on other ports, and so does on this one whatever is not gRPC-Web", () => {
        for (const [headers, isFor] of [
            [BINARY, false],
            [["content-type", "application/grpc-web; charset=utf-8"], true],
            [["content-type", "application/grpc-web+json"], true],
            [["content-type", "application/grpc"], true],
            [["content-type", "text/plain"], true],
            [[], true],
        ] as const) {
            const g = gateway({}, {}, isFor);
            const { response } = call(g, headers);
            const type = headers[1];
            assert.equal(g.cluster().last.header("content-type"), type);
            answers(g.cluster().last, [MESSAGE], [...OK]);
            assert.deepEqual([response.header("content-type"), hex(response)], ["application/grpc", MESSAGE.toString("hex")]);
            assert.deepEqual(response.trailers, OK);
        }
    });
});
