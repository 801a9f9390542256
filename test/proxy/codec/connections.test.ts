/** Both connections at work on real sockets: what a client sees, and which connections live on. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type net from "node:net";
import { afterEach, describe, it } from "mocha";
import type { RequestHead, RequestReceiver, ResponseWriter } from "../../../proxy/http/doors";
import type { Http1ServerOptions } from "../../../proxy/codec/http1";
import { Sweeper } from "../../../proxy/codec/sweeper";
import { eventually } from "../../support/eventually";
import { RawClient, serve, startBackend, startRelay, startScript, type Backend, type Relay } from "./support/relay";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const answer = (body: string, lines = ""): string => `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
const silent: RequestReceiver = { onRequestData() {}, onRequestEnd() {}, onRequestReset() {}, onResponseWritable() {} };

describe("HTTP/1.1 connections", () => {
    const opened: { close(): Promise<void> }[] = [];
    const clients: RawClient[] = [];

    afterEach(async () => {
        for (const client of clients.splice(0)) client.socket.destroy();
        for (const one of opened.splice(0)) await one.close();
    });

    function client(port: number): RawClient {
        const one = new RawClient(port);
        clients.push(one);
        return one;
    }

    async function between(backend: Promise<Backend>, options: Partial<Http1ServerOptions> = {}): Promise<Relay & { backend: Backend }> {
        const running = await backend;
        const relay = await startRelay(running.port, options);
        opened.push(relay, running);
        return { ...relay, backend: running };
    }

    async function serving(
        handler: (head: RequestHead, writer: ResponseWriter) => RequestReceiver,
        options: Partial<Http1ServerOptions> = {},
    ): Promise<Relay> {
        const relay = await serve((head, _end, writer) => handler(head, writer), options);
        opened.push(relay);
        return relay;
    }

    describe("framing", () => {
        it("makes framing anew: one length where it is known, chunks where not, extensions gone, trailers kept", async () => {
            let seen = "";
            const relay = await between(
                startBackend((socket) =>
                    socket.on("data", (chunk) => {
                        seen += chunk.toString("latin1");
                        if (seen.endsWith("0\r\n\r\n") || seen.endsWith("t: v\r\n\r\n"))
                            socket.write(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3;ext=1\r\nabc\r\n0\r\nT: v\r\n\r\n",
                            );
                    }),
                ),
            );
            const one = await client(relay.port)
                .write(
                    "POST /p HTTP/1.1\r\nHOST: a\r\nTransfer-Encoding: chunked\r\nConnection: x-b\r\nX-B: c\r\n\r\n5;e\r\nhello\r\n0\r\nT: v\r\n\r\n",
                )
                .untilText("t: v\r\n\r\n");
            assert.equal(seen, "POST /p HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nt: v\r\n\r\n");
            assert.equal(one.text, "HTTP/1.1 200 OK\r\nx-a: b\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nt: v\r\n\r\n");
        });

        it("gives a chunked DELETE to the backend chunked, and never as an empty body", async () => {
            let seen = "";
            const relay = await between(
                startBackend((socket) =>
                    socket.on("data", (chunk) => {
                        seen += chunk.toString("latin1");
                        if (seen.endsWith("0\r\n\r\n")) socket.write(answer(""));
                    }),
                ),
            );
            await client(relay.port)
                .write(
                    `DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${GET.length.toString(16)}\r\n${GET}\r\n0\r\n\r\n`,
                )
                .untilText("200 OK");
            assert.equal(
                seen,
                `DELETE / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${GET.length.toString(16)}\r\n${GET}\r\n0\r\n\r\n`,
            );
        });

        it("says the length of an empty POST, and nothing of an empty GET", async () => {
            const heads: string[] = [];
            const relay = await between(
                startScript((head, socket) => {
                    heads.push(head);
                    socket.write(answer("x"));
                }),
            );
            await client(relay.port)
                .write(`POST / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`)
                .until((one) => one.text.split("200 OK").length === 3);
            assert.deepEqual(heads, ["POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"]);
        });

        it("answers HEAD with the length of a GET and no body, 204 and 304 without one", async () => {
            const relay = await between(
                startScript((head, socket) => {
                    if (head.startsWith("HEAD")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    else
                        socket.write(
                            head.startsWith("GET /204")
                                ? "HTTP/1.1 204 No Content\r\n\r\n"
                                : "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
                        );
                }),
            );
            const one = await client(relay.port)
                .write(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${get("/204")}${get("/304")}`)
                .untilText("x\r\n\r\n");
            assert.equal(
                one.text,
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n",
            );
            assert.equal(relay.idle.length, 1);
        });

        it("turns a body that the backend ends by closing into chunks", async () => {
            const relay = await between(startScript((_head, socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nhello")));
            const one = await client(relay.port).write(GET).untilText("0\r\n\r\n");
            assert.equal(one.text, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        });

        it("never lets a name or value end a line", async () => {
            for (const headers of [
                ["x-a", "b\r\nSet-Cookie: c"],
                ["x-a", "b\nc"],
                ["x-a", "b\0"],
                ["x-a", "b\u010ac\u010d"],
                ["x-a\r\nb", "c"],
                ["x a", "b"],
                ["", "b"],
            ]) {
                const relay = await serving((_head, writer) => {
                    writer.head({ status: 200, headers, contentLength: 0 }, true);
                    return silent;
                });
                assert.equal((await client(relay.port).write(GET).untilEnd()).text, "");
            }
        });

        it("never writes framing that a header list brings along", async () => {
            const relay = await serving((_head, writer) => {
                writer.head(
                    {
                        status: 200,
                        headers: ["content-length", "99", "transfer-encoding", "chunked", "connection", "x", "upgrade", "y", "x-a", "b"],
                        contentLength: 2,
                    },
                    false,
                );
                writer.data(Buffer.from("ok"));
                writer.end(undefined);
                return silent;
            });
            assert.equal(
                (await client(relay.port).write(GET).untilText("ok")).text,
                "HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok",
            );
        });

        it("cuts a response that is shorter or longer than its length", async () => {
            for (const body of ["hell", "hello!"]) {
                const relay = await serving((_head, writer) => {
                    writer.head({ status: 200, headers: [], contentLength: 5 }, false);
                    writer.data(Buffer.from(body));
                    writer.end(undefined);
                    return silent;
                });
                const one = await client(relay.port)
                    .write(GET + GET)
                    .untilEnd();
                assert.ok(!one.text.includes("!") && one.text.split("200 OK").length <= 2, one.text);
            }
        });
    });

    describe("refusals", () => {
        it("are told, and whether an exchange tells of them too", async () => {
            const told: [string, boolean][] = [];
            const onRefused: Http1ServerOptions["onRefused"] = (fault, _connection, recorded) => void told.push([fault.detail, recorded]);
            const relay = await between(
                startScript(() => {}),
                { onRefused, headTimeout: 50, sweeper: new Sweeper(10) },
            );
            for (const bytes of [
                "garbage\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx",
                "GET / HTTP/1.1\r\nHo",
            ]) {
                await client(relay.port).write(bytes).untilEnd();
            }
            assert.deepEqual(told, [
                ["malformed start line", false],
                ["no host", false],
                ["malformed chunk size", true],
                ["no whole head in time", false],
            ]);
        });

        it("answers with the status, ends the connection, and serves nothing that follows", async () => {
            let served = 0;
            const relay = await serving((_head, writer) => {
                served++;
                writer.head({ status: 200, headers: [], contentLength: 0 }, true);
                return silent;
            });
            for (const [bytes, status] of [
                ["GET / HTTP/1.1\r\n\r\n", 400],
                ["GET / HTTP/1.0\r\nHost: a\r\n\r\n", 426],
                ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
                ["TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
            ] as const) {
                const one = await client(relay.port)
                    .write(bytes + GET)
                    .untilEnd();
                assert.match(
                    one.text,
                    new RegExp(`^HTTP/1.1 ${status} [^]*connection: close[^]*\r\n\r\n(?:HTTP/1\\.0 is not accepted: .*\n)?$`),
                );
                assert.equal(one.text.split("HTTP/1.1 ").length, 2);
            }
            assert.equal(served, 0);
        });

        it("ends upstream and downstream when a body's framing breaks, and sends no last chunk", async () => {
            let seen = "";
            let closed = false;
            const relay = await between(
                startBackend((socket) => {
                    socket.on("data", (chunk) => (seen += chunk.toString("latin1")));
                    socket.on("end", () => (closed = true));
                }),
            );
            const one = client(relay.port).write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            await eventually(() => assert.ok(seen.includes("hello")));
            await one.write(`X\r\n0\r\n\r\n${GET}`).untilEnd();
            assert.match(one.text, /^HTTP\/1.1 400 [^]*connection: close\r\n\r\n$/);
            await eventually(() => assert.ok(closed));
            assert.ok(!seen.includes("0\r\n\r\n"), seen);
        });

        it("answers each refusal of a backend's bytes with 502 and never uses that connection again", async () => {
            const lies = [
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "garbage\r\n\r\n",
            ];
            const relay = await between(startScript((head, socket) => socket.write(lies[Number(/ \/(\d+)/.exec(head)![1])]!)));
            for (const index of lies.keys()) {
                const one = await client(relay.port)
                    .write(get(`/${index}`))
                    .untilText("\r\n\r\n");
                assert.match(one.text, /^HTTP\/1.1 502 [^]*x-why: protocol-error; sent=true/);
                assert.equal(relay.idle.length, 0);
            }
            await eventually(() => assert.equal(relay.upstream.size, 0));
        });
    });

    describe("reuse", () => {
        it("uses a connection again after a response that ended by its framing", async () => {
            const relay = await between(startScript((_head, socket, index) => socket.write(answer(`${index}`))));
            const one = await client(relay.port).write(GET).untilText("\r\n\r\n0");
            assert.ok((await one.write(GET).untilText("\r\n\r\n1")).text.length > 0);
            assert.equal(relay.upstream.size, 1);
        });

        const leftovers: readonly (readonly [string, string])[] = [
            ["connection: close", answer("x", "Connection: close\r\n")],
            ["HTTP/1.0", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"],
            ["a body beyond its length", `${answer("x")}HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned`],
            ["a second response", answer("x") + answer("poisoned")],
            ["a length with 204", "HTTP/1.1 204 No Content\r\nX: x\r\nContent-Length: 8\r\n\r\npoisoned"],
            ["chunks with 304", "HTTP/1.1 304 Not Modified\r\nX: x\r\nTransfer-Encoding: chunked\r\n\r\n"],
        ];
        for (const [what, bytes] of leftovers) {
            it(`does not use a connection again after ${what}`, async () => {
                const relay = await between(startScript((_head, socket) => socket.write(bytes)));
                const one = await client(relay.port).write(GET).untilText("x");
                await eventually(() => assert.equal(relay.upstream.size, 0));
                await one.write(GET).until(({ text }) => text.split("HTTP/1.1 ").length === 3);
                assert.ok(!one.text.includes("poisoned"), one.text);
            });
        }

        it("drops a pooled connection on which bytes come unasked", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("x"))));
            await client(relay.port).write(GET).untilText("x");
            assert.equal(relay.idle.length, 1);
            for (const socket of relay.backend.sockets) socket.write(answer("poisoned"));
            await eventually(() => assert.equal(relay.upstream.size, 0));
            assert.equal(relay.idle.length, 0);
        });

        it("drops a pooled connection that the backend closes", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("x"))));
            await client(relay.port).write(GET).untilText("x");
            for (const socket of relay.backend.sockets) socket.end();
            await eventually(() => assert.equal(relay.upstream.size, 0));
        });

        it("does not use a connection again whose response began before the request was written", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("early"))));
            const one = await client(relay.port).write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello").untilText("early");
            await eventually(() => assert.equal(relay.upstream.size, 0));
            assert.equal(relay.idle.length, 0);
            // The rest of the body is thrown away, and is not the next request.
            await one.write(`world${get("/next")}`).until(({ text }) => text.split("early").length === 3);
        });

        it("says whether a request may have reached the backend", async () => {
            const relay = await between(startScript((_head, socket) => socket.destroy()));
            assert.match((await client(relay.port).write(GET).untilText("\r\n\r\n")).text, /502 [^]*connection-closed; sent=true/);
        });
    });

    describe("the downstream connection", () => {
        it("answers pipelined requests in order, one at a time", async () => {
            let running = 0;
            const relay = await serving((head, writer) => {
                assert.equal(++running, 1);
                setTimeout(
                    () => {
                        running--;
                        writer.head({ status: 200, headers: [], contentLength: head.path.length }, false);
                        writer.data(Buffer.from(head.path));
                        writer.end(undefined);
                    },
                    head.path === "/1" ? 20 : 0,
                );
                return silent;
            });
            const one = await client(relay.port).write(["/1", "/2", "/3"].map(get).join("")).untilText("/3");
            assert.deepEqual(one.text.match(/\/\d(?=HTTP|$)/g), ["/1", "/2", "/3"]);
        });

        for (const end of ["is cut", "ends the connection"] as const) {
            it(`loses no whole response where what comes behind it ${end} in the same turn`, async () => {
                const relay = await serving((head, writer) => {
                    if (head.path === "/1") {
                        writer.head({ status: 200, headers: [], contentLength: 5 }, false);
                        writer.data(Buffer.from("whole"));
                        writer.end(undefined);
                        if (end !== "is cut") for (const one of relay.downstream) one.destroy();
                    } else writer.reset("local");
                    return silent;
                });
                const one = await client(relay.port).write(["/1", "/2"].map(get).join("")).untilEnd();
                assert.match(one.text, /whole$/);
            });
        }

        it("answers thousands of pipelined requests without piling up calls", async () => {
            const relay = await serving((_head, writer) => {
                writer.head({ status: 404, headers: [], contentLength: 0 }, true);
                return silent;
            });
            await client(relay.port)
                .write(GET.repeat(20_000))
                .until(({ text }) => text.length >= 20_000 * "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".length);
        });

        it("reads no further while a client takes none of its short answers, and goes on when it does", async () => {
            const relay = await serving((_head, writer) => {
                writer.head({ status: 404, headers: ["x-long", "x".repeat(1000)], contentLength: 0 }, true);
                return silent;
            });
            const requests = 12_000;
            const whole = `HTTP/1.1 404 Not Found\r\nx-long: ${"x".repeat(1000)}\r\ncontent-length: 0\r\n\r\n`;
            const one = client(relay.port);
            one.socket.pause();
            one.write(GET.repeat(requests));
            await eventually(() => assert.ok([...relay.downstream].some(({ held }) => held > 64 * 1024)));
            const [served] = relay.downstream;
            let most = 0;
            for (let quiet = 0, before = -1; quiet < 5; before = served!.held) {
                await new Promise((resolve) => setTimeout(resolve, 20));
                most = Math.max(most, served!.held);
                quiet = served!.held === before ? quiet + 1 : 0;
            }
            assert.ok(most < 512 * 1024, `${most} bytes are kept`);
            one.socket.resume();
            await one.until(({ text }) => text.length === requests * whole.length);
        });

        it("reads no further than it must while a response is going on", async () => {
            const relay = await serving(() => silent);
            const one = client(relay.port).write(GET);
            let accepted = 0;
            const chunk = Buffer.alloc(256 * 1024, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            while (accepted < 64 && one.socket.write(chunk)) accepted++;
            const stuck = await new Promise<boolean>((resolve) => {
                one.socket.once("drain", () => resolve(false));
                setTimeout(() => resolve(true), 300);
                for (; accepted < 64; accepted++) one.socket.write(chunk);
            });
            assert.ok(stuck && one.socket.writableLength > 8 * 1024 * 1024, `${one.socket.writableLength}`);
        });

        it("stops a backend whose client does not read, and goes on when it does", async () => {
            const total = 32 * 1024 * 1024;
            const relay = await between(
                startScript((_head, socket) => {
                    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
                    socket.write(Buffer.alloc(total, "x"));
                }),
            );
            const one = client(relay.port);
            one.socket.pause();
            one.write(GET);
            const backend = relay.backend.sockets;
            await eventually(() => assert.equal(backend.size, 1));
            await new Promise((resolve) => setTimeout(resolve, 300));
            assert.ok([...backend][0]!.writableLength > 8 * 1024 * 1024, "the backend could write all of it");
            let received = 0;
            one.socket.removeAllListeners("data");
            one.socket.on("data", (chunk) => (received += chunk.length));
            one.socket.resume();
            await eventually(() => assert.ok(received > total));
        });

        it("stops a client whose backend does not read", async () => {
            const relay = await between(startBackend((socket) => socket.pause()));
            const one = client(relay.port).write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${32 * 1024 * 1024}\r\n\r\n`);
            one.socket.write(Buffer.alloc(32 * 1024 * 1024, "x"));
            await new Promise((resolve) => setTimeout(resolve, 300));
            assert.ok(one.socket.writableLength > 8 * 1024 * 1024, `${one.socket.writableLength}`);
        });

        it("gives large bodies through unchanged, both ways and side by side, to readers that stop now and then", async () => {
            const relay = await between(
                startBackend((socket) => {
                    // Echoes the body: what comes back has been through four buffers of memory that is used again.
                    let text = "";
                    const echo = (chunk: Buffer): void => {
                        if (socket.write(chunk)) return;
                        socket.pause();
                        socket.once("drain", () => setTimeout(() => socket.resume(), 1));
                    };
                    const head = (chunk: Buffer): void => {
                        text += chunk.toString("latin1");
                        const end = text.indexOf("\r\n\r\n");
                        if (end < 0) return;
                        socket.write(`HTTP/1.1 200 OK\r\n${/content-length: \d+/.exec(text)![0]}\r\n\r\n`);
                        socket.off("data", head).on("data", echo);
                        echo(Buffer.from(text.slice(end + 4), "latin1"));
                    };
                    socket.on("data", head);
                }),
            );
            await Promise.all(
                Array.from({ length: 3 }, async () => {
                    const body = randomBytes(24 * 1024 * 1024);
                    const one = client(relay.port).write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
                    const received: Buffer[] = [];
                    let length = 0;
                    one.socket.removeAllListeners("data").on("data", (chunk) => {
                        received.push(chunk);
                        length += chunk.length;
                        // Long enough for the kernel's buffers to fill, so that chunks wait in the relay.
                        if (received.length % 150 > 0) return;
                        one.socket.pause();
                        setTimeout(() => one.socket.resume(), 60);
                    });
                    one.socket.write(body);
                    await eventually(() => assert.ok(length > body.length), 60_000);
                    assert.ok(Buffer.concat(received).subarray(-body.length).equals(body));
                }),
            );
        });

        it("closes after an early response to a body that is too long to throw away, and the client reads it", async () => {
            const relay = await serving((_head, writer) => {
                writer.head({ status: 413, headers: [], contentLength: 0 }, true);
                return silent;
            });
            const one = client(relay.port).write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n");
            one.socket.write(Buffer.alloc(1_000_000));
            assert.match((await one.untilEnd()).text, /^HTTP\/1.1 413 /);
        });

        it("closes after an answer to a client that still waits for 100, as what follows could be body or request", async () => {
            const relay = await serving((_head, writer) => {
                writer.head({ status: 401, headers: [], contentLength: 0 }, true);
                return silent;
            });
            const one = await client(relay.port)
                .write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                .untilEnd();
            assert.equal(one.text, "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        });

        it("passes the expectation, 100 and 103 between client and backend", async () => {
            let seen = "";
            const relay = await between(
                startBackend((socket) =>
                    socket.on("data", (chunk) => {
                        seen += chunk.toString("latin1");
                        if (seen.endsWith("\r\n\r\n"))
                            socket.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                        if (seen.endsWith("hello")) socket.write(answer("ok"));
                    }),
                ),
            );
            const one = await client(relay.port)
                .write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                .untilText("100 Continue\r\n\r\n");
            await one.write("hello").untilText("ok");
            assert.equal(
                one.text,
                "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            );
            assert.ok(seen.includes("expect: 100-continue\r\n"));
        });

        it("answers a client that has closed its side, and then closes", async () => {
            const relay = await between(startScript((_head, socket) => setTimeout(() => socket.write(answer("late")), 50)));
            const one = client(relay.port);
            one.socket.end(GET);
            assert.match((await one.untilEnd()).text, /connection: close\r\n\r\nlate$/);
        });

        it("takes a client that closed its side for gone when it has waited for long, and tells upstream", async () => {
            let asked = 0;
            const relay = await between(
                startScript(() => void asked++),
                { sweeper: new Sweeper(10), halfClosedTimeout: 50 },
            );
            const one = client(relay.port);
            one.socket.end(GET);
            assert.equal((await one.untilEnd()).text, "");
            await eventually(() => assert.deepEqual([asked, relay.downstream.size, relay.backend.sockets.size], [1, 0, 0]));
        });

        it("goes on for a client that closed its side and takes what it is sent", async () => {
            const relay = await between(
                startScript((_head, socket) => {
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
                    let parts = 0;
                    const timer = setInterval(() => {
                        socket.write("l");
                        if (++parts < 10) return;
                        clearInterval(timer);
                        setTimeout(() => socket.write("ng"), 1_500);
                    }, 20);
                }),
                { sweeper: new Sweeper(10), halfClosedTimeout: 1_000 },
            );
            const one = client(relay.port);
            one.socket.write(GET);
            await one.untilText("\r\n\r\nl");
            one.socket.end();
            assert.match((await one.untilEnd()).text, /\r\n\r\nl{10}ng$/);
        });

        it("gives up on half a request, and tells upstream", async () => {
            let closed = false;
            const relay = await between(startBackend((socket) => socket.on("data", () => {}).on("end", () => (closed = true))));
            const one = client(relay.port);
            one.socket.end("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
            assert.equal((await one.untilEnd()).text, "");
            await eventually(() => assert.ok(closed));
        });

        it("closes idle connections when it drains, and others after their response", async () => {
            const asked: net.Socket[] = [];
            const relay = await between(startScript((_head, socket) => void asked.push(socket)));
            const [idle, busy] = [client(relay.port), client(relay.port)];
            idle.write(GET);
            await eventually(() => assert.equal(asked.length, 1));
            asked[0]!.write(answer("x"));
            await idle.untilText("\r\n\r\nx");
            busy.write(GET);
            await eventually(() => assert.equal(asked.length, 2));
            for (const connection of relay.downstream) connection.drain();
            asked[1]!.write(answer("x"));
            assert.match((await busy.untilEnd()).text, /connection: close\r\n\r\nx$/);
            await idle.untilEnd();
        });

        it("lets every connection have one more response when it retires, and answers the first request of a drained one", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("x"))));
            const [used, fresh] = [client(relay.port), client(relay.port)];
            await used.write(GET).untilText("\r\n\r\nx");
            await eventually(() => assert.equal(relay.downstream.size, 2));
            for (const connection of relay.downstream) connection.retire();
            assert.match((await used.write(GET).untilEnd()).text, /connection: close\r\n\r\nx$/);
            for (const connection of relay.downstream) connection.drain();
            assert.match((await fresh.write(GET).untilEnd()).text, /connection: close\r\n\r\nx$/);
        });

        it("closes a drained connection on which no request comes", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("x"))));
            const one = client(relay.port);
            await eventually(() => assert.equal(relay.downstream.size, 1));
            for (const connection of relay.downstream) connection.drain();
            assert.equal((await one.untilEnd()).text, "");
        });

        it("serves HTTP/1.0 where it is accepted: no chunks, closed unless asked otherwise", async () => {
            const relay = await between(
                startScript((_head, socket) =>
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                ),
                { acceptHttp10: true },
            );
            assert.equal(
                (await client(relay.port).write("GET / HTTP/1.0\r\nHost: a\r\n\r\n").untilEnd()).text,
                "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello",
            );
        });

        it("keeps an HTTP/1.0 connection that asks for it, where the length is known", async () => {
            const relay = await between(
                startScript((_head, socket) => socket.write(answer("x"))),
                { acceptHttp10: true },
            );
            const bytes = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
            const one = await client(relay.port).write(bytes).untilText("connection: keep-alive\r\n\r\nx");
            await one.write(bytes).until(({ text }) => text.split("200 OK").length === 3);
        });

        it("writes nothing for an exchange that is over", async () => {
            const writers: ResponseWriter[] = [];
            const relay = await serving((_head, writer) => {
                writers.push(writer);
                return silent;
            });
            const one = client(relay.port).write(GET + GET);
            await eventually(() => assert.equal(writers.length, 1));
            writers[0]!.head({ status: 200, headers: [], contentLength: 0 }, true);
            await eventually(() => assert.equal(writers.length, 2));
            writers[0]!.head({ status: 500, headers: [], contentLength: 0 }, true);
            writers[0]!.data(Buffer.from("stray"));
            writers[0]!.end(undefined);
            writers[0]!.reset("local");
            writers[1]!.head({ status: 204, headers: [], contentLength: 0 }, true);
            assert.equal(
                (await one.untilText("204")).text.replace(/\r\n/g, "|"),
                "HTTP/1.1 200 OK|content-length: 0||HTTP/1.1 204 No Content||",
            );
        });
    });

    describe("upgrades", () => {
        const upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";

        it("turns the connection into two byte flows that end apart", async () => {
            const relay = await between(
                startBackend((socket) => {
                    let seen = "";
                    socket.on("data", (chunk) => {
                        const first = seen === "";
                        seen += chunk.toString("latin1");
                        if (first)
                            socket.write(
                                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\nfrom the first",
                            );
                        else socket.write(`echo ${chunk.toString("latin1")}`);
                    });
                    socket.on("end", () => socket.end("bye"));
                }),
            );
            const one = await client(relay.port).write(upgrade).untilText("from the first");
            assert.match(
                one.text,
                /^HTTP\/1.1 101 Switching Protocols\r\nsec-websocket-accept: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nfrom the first$/,
            );
            await one.write("GET / HTTP/1.1\n\n\0").untilText("echo GET / HTTP/1.1\n\n\0");
            one.socket.end();
            assert.ok((await one.untilEnd()).text.endsWith("bye"));
            await eventually(() => assert.deepEqual([relay.upstream.size, relay.downstream.size], [0, 0]));
        });

        it("passes on what comes in one turn with the end", async () => {
            const relay = await serving((_head, writer) => {
                writer.head({ status: 101, headers: [], contentLength: 0 }, false);
                return {
                    ...silent,
                    onRequestData() {
                        writer.data(Buffer.from("last words"));
                        writer.end(undefined);
                    },
                };
            });
            const one = await client(relay.port).write(upgrade).untilText("\r\n\r\n");
            assert.match((await one.write("ping").untilEnd()).text, /last words$/);
        });

        it("goes on as HTTP where the backend does not switch", async () => {
            const relay = await between(startScript((_head, socket) => socket.write(answer("no"))));
            const one = await client(relay.port)
                .write(upgrade + GET)
                .until(({ text }) => text.split("200 OK").length === 3);
            assert.ok(!one.text.includes("upgrade"));
        });

        it("ends both sides when either goes away", async () => {
            const relay = await between(
                startScript((_head, socket) =>
                    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
                ),
            );
            const [leaves, left] = [client(relay.port), client(relay.port)];
            await leaves.write(upgrade).untilText("101");
            leaves.socket.resetAndDestroy();
            await eventually(() => assert.equal(relay.backend.sockets.size, 0));
            await left.write(upgrade).untilText("101");
            for (const socket of relay.backend.sockets) socket.resetAndDestroy();
            await left.untilEnd();
            await eventually(() => assert.deepEqual([relay.upstream.size, relay.downstream.size], [0, 0]));
        });
    });

    describe("timeouts", () => {
        const quick = (): Partial<Http1ServerOptions> => ({ sweeper: new Sweeper(10) });

        it("answers 408 to a head that does not come to an end, however busily it drips", async () => {
            const relay = await serving(() => silent, { ...quick(), headTimeout: 100 });
            const one = client(relay.port).write("GET / HTTP/1.1\r\nX: ");
            const drip = setInterval(() => one.write("x"), 10);
            await one.untilEnd().finally(() => clearInterval(drip));
            assert.match(one.text, /^HTTP\/1.1 408 /);
        });

        it("closes a connection on which nothing ever came, without a word", async () => {
            const relay = await serving(() => silent, { ...quick(), headTimeout: 50 });
            assert.equal((await client(relay.port).untilEnd()).text, "");
        });

        it("closes a connection that is idle after a response", async () => {
            const relay = await serving(
                (_head, writer) => {
                    writer.head({ status: 204, headers: [], contentLength: 0 }, true);
                    return silent;
                },
                { ...quick(), keepAliveTimeout: 50 },
            );
            assert.equal((await client(relay.port).write(GET).untilEnd()).text, "HTTP/1.1 204 No Content\r\n\r\n");
        });

        it("answers 408 to a body that stops, and tells the exchange", async () => {
            const reasons: string[] = [];
            const relay = await serving(() => ({ ...silent, onRequestReset: (reason) => reasons.push(reason) }), {
                ...quick(),
                bodyIdleTimeout: 50,
            });
            assert.match(
                (await client(relay.port).write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel").untilEnd()).text,
                /^HTTP\/1.1 408 /,
            );
            assert.deepEqual(reasons, ["timeout"]);
        });

        it("answers 408 to a body that drips, and says why; not to one that nobody takes, nor where an answer has begun", async () => {
            const told: unknown[] = [];
            const receiver = { ...silent, onRequestReset: (...all: unknown[]) => told.push(all) };
            const slow = { ...quick(), uploadRate: 1000, uploadWindow: 150 };
            const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n";
            const dripping = async (port: number, ms: number): Promise<string> => {
                const one = client(port).write(post);
                const drip = setInterval(() => one.write("x"), 10);
                await Promise.race([one.untilEnd(), new Promise((resolve) => setTimeout(resolve, ms))]).finally(() => clearInterval(drip));
                return one.text;
            };
            const relay = await serving(() => receiver, slow);
            assert.match(await dripping(relay.port, 5000), /^HTTP\/1.1 408 /);
            assert.deepEqual(told, [["timeout", "upload_rate"]]);
            const paused = await serving((_head, writer) => (writer.pauseRequest(), silent), slow);
            const begun = await serving(
                (_head, writer) => (writer.head({ status: 200, headers: [], contentLength: -1 }, false), silent),
                slow,
            );
            assert.doesNotMatch((await Promise.all([dripping(paused.port, 500), dripping(begun.port, 500)])).join(), / 408 /);
        });

        it("cuts a client that takes a few bytes of what waits for it now and then", async () => {
            const limits: string[] = [];
            const relay = await serving(
                (_head, writer) => {
                    writer.head({ status: 200, headers: [], contentLength: -1 }, false);
                    writer.data(Buffer.alloc(32 * 1024 * 1024));
                    return silent;
                },
                { ...quick(), writeIdleTimeout: 200, onLimit: (name) => limits.push(name) },
            );
            const one = client(relay.port);
            one.socket.pause();
            one.write(GET);
            const sip = setInterval(() => one.socket.read(1), 20);
            await eventually(() => assert.deepEqual(limits, ["write_idle_timeout"])).finally(() => clearInterval(sip));
        });

        it("answers 504 to a request that nobody answers", async () => {
            const relay = await serving(() => silent, { ...quick(), streamIdleTimeout: 50 });
            assert.match((await client(relay.port).write(GET).untilEnd()).text, /^HTTP\/1.1 504 /);
        });

        it("cuts a client that reads nothing of what waits for it", async () => {
            let asked = 0;
            const relay = await serving(
                (_head, writer) => {
                    asked++;
                    writer.head({ status: 200, headers: [], contentLength: -1 }, false);
                    writer.data(Buffer.alloc(32 * 1024 * 1024));
                    return silent;
                },
                { ...quick(), writeIdleTimeout: 200 },
            );
            const one = client(relay.port);
            one.socket.pause();
            one.write(GET);
            await eventually(() => assert.equal(asked, 1));
            await eventually(() => assert.equal(relay.downstream.size, 0));
        });
    });
});
