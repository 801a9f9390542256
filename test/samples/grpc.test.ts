/** The gRPC echo as grpc-js calls it, by the .proto that its page hands out, and the page's own script by gRPC-Web. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import os from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { after, before, describe, it } from "mocha";
import { startSample, type RunningSample } from "../../samples";
import { readMessage, writeMessage } from "../../samples/grpc/protobuf";
import { ECHO_PROTO } from "../../samples/grpc/echo-proto";
import { playPage } from "../support/grpc-page";

interface Reply {
    readonly text: string;
    readonly pod: string;
    readonly index: number;
    readonly deadline: string;
}
type Request = Partial<Record<"text" | "count" | "delay_ms" | "status", string | number>>;

const HEALTH_PROTO = `syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; } ServingStatus status = 1; }
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
}
`;

describe("the gRPC echo", () => {
    let sample: RunningSample;
    let folder: string;
    let echo: grpc.Client;
    let health: grpc.Client;
    before(async () => {
        sample = await startSample("grpc-echo", { POD_NAME: "echo-7" });
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-proto-"));
        writeFileSync(path.join(folder, "echo.proto"), ECHO_PROTO);
        writeFileSync(path.join(folder, "health.proto"), HEALTH_PROTO);
        const files = ["echo.proto", "health.proto"].map((name) => path.join(folder, name));
        const definition = loadSync(files, { keepCase: true, defaults: true, enums: String });
        const loaded = grpc.loadPackageDefinition(definition) as unknown as {
            echo: { v1: { Echo: grpc.ServiceClientConstructor } };
            grpc: { health: { v1: { Health: grpc.ServiceClientConstructor } } };
        };
        const address = `127.0.0.1:${sample.port}`;
        echo = new loaded.echo.v1.Echo(address, grpc.credentials.createInsecure());
        health = new loaded.grpc.health.v1.Health(address, grpc.credentials.createInsecure());
    });
    after(async () => {
        echo.close();
        health.close();
        await sample.close();
        rmSync(folder, { recursive: true });
    });

    type Unary = (request: object, options: object, done: (error: grpc.ServiceError | null, reply: unknown) => void) => unknown;
    const method = <T>(client: grpc.Client, name: string): T =>
        (client as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.bind(client) as T;
    const unary = <T>(client: grpc.Client, name: string, request: object, options: object = {}): Promise<T> =>
        new Promise((resolve, reject) => {
            method<Unary>(client, name)(request, options, (error, reply) => (error ? reject(error) : resolve(reply as T)));
        });
    const say = (request: Request, options: object = {}): Promise<Reply> => unary(echo, "Say", request, options);

    it("tells a text back, with the pod and the deadline that arrived", async () => {
        assert.deepEqual(await say({ text: "grüezi" }), { text: "grüezi", pod: "echo-7", index: 0, deadline: "" });
        const { deadline } = await say({ text: "a" }, { deadline: Date.now() + 5000 });
        assert.match(deadline, /^\d+[mSu]$/);
    });

    it("ends with the status that it is asked for, and with DEADLINE_EXCEEDED once it is late", async () => {
        await assert.rejects(say({ status: 8 }), { code: grpc.status.RESOURCE_EXHAUSTED, details: "the call asked for status 8" });
        await assert.rejects(say({ delay_ms: 10_000 }, { deadline: Date.now() + 50 }), { code: grpc.status.DEADLINE_EXCEEDED });
    });

    it("streams its replies, and stops once nobody listens", async () => {
        const stream = method<(request: Request) => grpc.ClientReadableStream<Reply>>(echo, "Repeat")({ text: "a", count: 3 });
        const replies: number[] = [];
        for await (const { index } of stream as AsyncIterable<Reply>) replies.push(index);
        assert.deepEqual(replies, [1, 2, 3]);
        const cut = method<(request: Request) => grpc.ClientReadableStream<Reply>>(echo, "Repeat")({ text: "a", count: 1000, delay_ms: 5 });
        const ended = new Promise<grpc.ServiceError>((resolve) => cut.once("error", resolve));
        cut.once("data", () => cut.cancel());
        assert.equal((await ended).code, grpc.status.CANCELLED);
    });

    it("takes a stream of texts as one", async () => {
        const collect = method<(done: (error: grpc.ServiceError | null, reply: Reply) => void) => grpc.ClientWritableStream<Request>>(
            echo,
            "Collect",
        );
        const reply = await new Promise<Reply>((resolve, reject) => {
            const call = collect((error, one) => (error ? reject(error) : resolve(one)));
            for (const text of ["a", "b", "c"]) call.write({ text });
            call.end();
        });
        assert.deepEqual([reply.text, reply.index], ["a b c", 3]);
    });

    it("tells each text of a conversation back before the next one is sent", async () => {
        const call = method<() => grpc.ClientDuplexStream<Request, Reply>>(echo, "Chat")();
        const texts: string[] = [];
        const asked = ["a", "b", "c"];
        const done = new Promise<void>((resolve, reject) => call.on("end", resolve).on("error", reject));
        call.on("data", ({ text }: Reply) => {
            texts.push(text);
            const next = asked.shift();
            if (next === undefined) call.end();
            else call.write({ text: next });
        });
        call.write({ text: asked.shift() ?? "" });
        await done;
        assert.deepEqual(texts, ["a", "b", "c"]);
    });

    it("says that it is well, and of a service that it has not that it knows none", async () => {
        for (const service of ["", "echo.v1.Echo", "grpc.health.v1.Health"])
            assert.deepEqual(await unary(health, "Check", { service }), { status: "SERVING" });
        await assert.rejects(unary(health, "Check", { service: "shop" }), { code: grpc.status.NOT_FOUND });
        const watch = (service: string): Promise<unknown> => {
            const stream = method<(request: object) => grpc.ClientReadableStream<unknown>>(health, "Watch")({ service });
            stream.on("error", () => undefined);
            return new Promise((resolve) => stream.once("data", (one) => (stream.cancel(), resolve(one))));
        };
        assert.deepEqual([await watch("echo.v1.Echo"), await watch("shop")], [{ status: "SERVING" }, { status: "SERVICE_UNKNOWN" }]);
    });

    it("answers what is no call of its own", async () => {
        const path = (name: string): grpc.MethodDefinition<object, object>["path"] => name;
        const unknown = new Promise<grpc.ServiceError>((resolve) =>
            echo.makeUnaryRequest(
                path("/echo.v1.Echo/Nothing"),
                () => Buffer.alloc(0),
                (bytes) => bytes,
                {},
                (error) => resolve(error as grpc.ServiceError),
            ),
        );
        assert.equal((await unknown).code, grpc.status.UNIMPLEMENTED);
        const session = http2.connect(`http://127.0.0.1:${sample.port}`);
        const status = (headers: http2.OutgoingHttpHeaders): Promise<unknown> =>
            new Promise((resolve, reject) => {
                const request = session.request(headers);
                request.on("response", (head) => resolve(head[":status"])).on("error", reject);
                request.resume().end();
            });
        assert.equal(await status({ ":path": "/echo.v1.Echo/Say" }), 405);
        assert.equal(await status({ ":path": "/echo.v1.Echo/Say", ":method": "POST", "content-type": "application/json" }), 415);
        session.destroy();
    });

    it("ends a message that is none with a status, and goes on", async () => {
        const sent = (bytes: Buffer): Promise<grpc.ServiceError | null> =>
            new Promise((resolve) => {
                echo.makeUnaryRequest(
                    "/echo.v1.Echo/Say",
                    () => bytes,
                    (reply) => reply,
                    {},
                    (error) => resolve(error),
                );
            });
        for (const bytes of [Buffer.from([0x0a, 0x7f]), Buffer.from([0x0b]), Buffer.alloc(12, 0xff), Buffer.from([0x0f])])
            assert.equal((await sent(bytes))?.code, grpc.status.INVALID_ARGUMENT, bytes.toString("hex"));
        assert.equal((await say({ text: "still there" })).text, "still there");
    });
});

describe("the page of gRPC-Web", () => {
    /** Answers as a gateway does on a port of gRPC-Web, in pieces of this size. */
    const answering = (html: string, frames: readonly Buffer[], headers: http.OutgoingHttpHeaders, size: number): http.Server =>
        http.createServer((request, response) => {
            if (request.method === "GET") {
                response.end(html);
                return;
            }
            request.resume().on("end", () => {
                response.writeHead(200, { "content-type": "application/grpc-web+proto", ...headers });
                const all = Buffer.concat(frames);
                void (async () => {
                    for (let at = 0; at < all.length; at += size) {
                        response.write(all.subarray(at, at + size));
                        await turn();
                    }
                    response.end();
                })();
            });
        });
    const frame = (flag: number, content: Buffer): Buffer => {
        const head = Buffer.alloc(5, 0);
        head[0] = flag;
        head.writeUInt32BE(content.length, 1);
        return Buffer.concat([head, content]);
    };
    const reply = frame(0, writeMessage({ 1: "hello", 2: "echo-7", 3: 1 }));
    const trailers = (text: string): Buffer => frame(0x80, Buffer.from(text));
    let page: RunningSample;
    before(async () => {
        page = await startSample("grpc-page", {});
    });
    after(() => page.close());

    /** What the page shows after a click, where this is what comes back. */
    async function shown(
        button: string,
        event: string,
        frames: readonly Buffer[],
        headers: http.OutgoingHttpHeaders = {},
    ): Promise<string> {
        const html = await (await fetch(`http://127.0.0.1:${page.port}/`)).text();
        const server = answering(html, frames, headers, 7);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as import("node:net").AddressInfo;
        const played = await playPage(`http://127.0.0.1:${port}`, "page.test");
        const text = await played.click(button, event);
        server.close();
        server.closeAllConnections();
        return text;
    }

    it("shows the replies and the status, however the answer is cut", async () => {
        assert.equal(
            await shown("form", "submit", [reply, trailers("grpc-status: 0\r\ngrpc-message: \r\n")]),
            "1 hello  (pod echo-7)\nOK\n",
        );
        assert.equal(
            await shown("repeat", "click", [reply, reply, trailers("grpc-status:0\r\n")]),
            "1 hello  (pod echo-7)\n1 hello  (pod echo-7)\nOK\n",
        );
    });

    it("shows a status that is not OK, from the trailers and from the head", async () => {
        assert.equal(await shown("fail", "click", [trailers("grpc-status: 14\r\ngrpc-message: not%20now\r\n")]), "UNAVAILABLE: not now\n");
        assert.equal(await shown("fail", "click", [], { "grpc-status": "8", "grpc-message": "full" }), "RESOURCE_EXHAUSTED: full\n");
        assert.equal(await shown("form", "submit", [reply]), "1 hello  (pod echo-7)\nthe answer ends without a status\n");
    });

    it("needs nothing from anywhere else, and lets no other script run", async () => {
        const response = await fetch(`http://127.0.0.1:${page.port}/`);
        assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'sha256-/);
        assert.doesNotMatch(await response.text(), /https?:\/\/|src=/);
        const proto = await fetch(`http://127.0.0.1:${page.port}/echo.proto`);
        assert.equal(await proto.text(), ECHO_PROTO);
        assert.equal((await fetch(`http://127.0.0.1:${page.port}/favicon.ico`)).status, 404);
    });
});

describe("messages of protobuf", () => {
    it("come back as they went", () => {
        const fields = { 1: "ä".repeat(100), 2: 300, 3: 2 ** 32 - 1, 16: "x" };
        const read = readMessage(writeMessage(fields));
        assert.deepEqual(
            [...read].map(([number, value]) => [number, Buffer.isBuffer(value) ? value.toString() : value]),
            Object.entries(fields).map(([number, value]) => [Number(number), value]),
        );
        assert.deepEqual(writeMessage({ 1: "", 2: 0 }).length, 0);
    });
});
