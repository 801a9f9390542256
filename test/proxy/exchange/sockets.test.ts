import assert from "node:assert/strict";
import { once } from "node:events";
import { createHash, randomBytes } from "node:crypto";
import net from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import tls from "node:tls";
import { afterEach, describe, it } from "mocha";
import type { RetryEntry } from "../../../proxy/tables";
import { MAX_MIRRORS } from "../../../proxy/upstream";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, NO_RETRY, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { backend, startProxy, type Backend, type TestProxy, type TestProxyOptions } from "./harness";
import { closedPort } from "../../../harness/ports";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

async function up(serve: (socket: net.Socket, count: number) => void): Promise<Backend> {
    const made = await backend(serve);
    closing.push(() => made.close());
    return made;
}
const answering =
    (body: string) =>
    (socket: net.Socket): void => {
        socket
            .on("data", () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`))
            .on("end", () => socket.end());
    };

/** `web.test` leads to cluster `c` at these ports. */
async function proxy(
    ports: readonly number[],
    more: { readonly retry?: RetryEntry; readonly timeoutMs?: number; readonly lb?: "ROUND_ROBIN" } = {},
    options: TestProxyOptions = {},
): Promise<TestProxy> {
    const { lb = "ROUND_ROBIN", ...action } = more;
    const made = await startProxy(
        delta(1, {
            virtualHosts: [virtualHost("web.test", [route(forwardTo("c", action))])],
            clusters: [cluster("c", { lb })],
            endpoints: [endpoints("c", ...ports)],
        }),
        options,
    );
    closing.push(() => made.close());
    return made;
}

async function client(of: TestProxy): Promise<RawClient> {
    const made = new RawClient(of.port);
    closing.push(() => made.close());
    await once(made.socket, "connect");
    return made;
}

describe("a mirror that never answers", () => {
    it("holds no more connections than copies may be under way, and none after their time", async () => {
        const good = await up(answering("fine"));
        const silent = await up((socket) => socket.on("data", () => undefined).on("end", () => socket.end()));
        const made = await startProxy(
            delta(1, {
                virtualHosts: [
                    virtualHost("web.test", [route(forwardTo("c", { mirrors: [{ cluster: "m", percent: 100 }], timeoutMs: 1_500 }))]),
                ],
                clusters: [cluster("c"), cluster("m")],
                endpoints: [endpoints("c", good.port), endpoints("m", silent.port)],
            }),
        );
        closing.push(() => made.close());
        const one = await client(made);
        for (let at = 0; at < 300; at += 1) assert.equal((await one.get("/").response()).status, 200);
        assert.ok(silent.sockets.size <= MAX_MIRRORS, `${silent.sockets.size} are held`);
        await eventually(() => assert.equal(silent.sockets.size, 0));
    });
});

describe("a backend that is down", () => {
    it("is 503 for its host alone, on the same connection too", async () => {
        const good = await up(answering("fine"));
        const made = await startProxy(
            delta(1, {
                virtualHosts: [
                    virtualHost("web.test", [route(forwardTo("good"))]),
                    virtualHost("down.test", [route(forwardTo("down", { retry: { ...DEFAULT_RETRY, backoffMs: 1 } }))]),
                ],
                clusters: [cluster("good"), cluster("down")],
                endpoints: [endpoints("good", good.port), endpoints("down", await closedPort())],
            }),
        );
        closing.push(() => made.close());
        const one = await client(made);
        const [first, down, second] = [
            await one.get("/").response(),
            await one.get("/", "down.test").response(),
            await one.get("/").response(),
        ];
        assert.deepEqual([first.body, down.status, second.body], ["fine", 503, "fine"]);
        assert.match(down.body, /^upstream connect error or disconnect\/reset before headers/);
        const [, record] = await made.recorded(3);
        assert.deepEqual(
            [record!.flags, record!.upstreamFailure, record!.attempts],
            ["URX,UF", "delayed_connect_error:_Connection_refused", 3],
        );
        assert.equal(
            record!.details,
            "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
        );
    });

    it("is not seen where another endpoint is up", async () => {
        const good = await up(answering("fine"));
        const made = await proxy([await closedPort(), good.port], { retry: { ...DEFAULT_RETRY, backoffMs: 1 } });
        const one = await client(made);
        for (let at = 0; at < 6; at++) assert.equal((await one.get("/").response()).body, "fine");
    });
});

describe("a connection kept alive", () => {
    it("that the endpoint closes with the next request on it costs no client an error", async () => {
        // Answers one request a connection, and closes when the second one comes.
        const closes = await up((socket) => {
            let requests = 0;
            socket.on(
                "data",
                () => void (++requests === 1 ? socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx") : socket.resetAndDestroy()),
            );
        });
        const one = await client(await proxy([closes.port], { retry: NO_RETRY }));
        for (let at = 0; at < 20; at++) assert.equal((await one.get("/").response()).status, 200);
        assert.equal(closes.accepted(), 20);
    });

    it("is 503 for a POST that may have been read", async () => {
        const closes = await up((socket) => {
            let requests = 0;
            socket.on(
                "data",
                () => void (++requests === 1 ? socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx") : socket.resetAndDestroy()),
            );
        });
        const made = await proxy([closes.port]);
        const one = await client(made);
        await one.get("/").response();
        assert.equal((await one.send("POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 2\r\n\r\nhi").response()).status, 503);
        assert.equal((await made.recorded(2))[1]!.flags, "UC");
    });
});

describe("time", () => {
    it("that a route does not give ends the request, and the backend's connection with it", async () => {
        const slow = await up((socket) => socket.resume().on("end", () => socket.end()));
        const made = await proxy([slow.port], { timeoutMs: 30 });
        const one = await client(made);
        const { status, body } = await one.get("/").response();
        assert.deepEqual([status, body, (await made.recorded(1))[0]!.flags], [504, "upstream request timeout", "UT"]);
        await eventually(() => assert.equal(slow.sockets.size, 0));
        assert.equal((await one.get("/", "other.test").response()).status, 404, "the client's connection lives on");
    });
});

describe("bodies", () => {
    const MIB = 1024 * 1024;

    it("are not read from a backend faster than the client takes them", async () => {
        let written = 0;
        const chunk = Buffer.alloc(256 * 1024, "x");
        const fast = await up((socket) => {
            const fill = (): void => {
                while (written < 64 * MIB && socket.write(chunk)) written += chunk.length;
            };
            socket.once("data", () => {
                socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${64 * MIB}\r\n\r\n`);
                fill();
            });
            socket.on("drain", () => {
                written += chunk.length;
                fill();
            });
        });
        const made = await proxy([fast.port]);
        const slow = net.connect({ port: made.port, host: "127.0.0.1" }).pause();
        closing.push(async () => {
            slow.destroy();
            await once(slow, "close").catch(() => {});
        });
        slow.write("GET / HTTP/1.1\r\nhost: web.test\r\n\r\n");
        let before = -1;
        await eventually(async () => {
            await new Promise((resolve) => setTimeout(resolve, 150));
            const still = written === before && written > 0;
            before = written;
            assert.ok(still, "it still flows");
        });
        const stopped = written;
        let read = 0;
        slow.on("data", (part: Buffer) => {
            read += part.length;
        });
        slow.resume();
        await eventually(() => assert.ok(read > 64 * MIB), 60_000);
        assert.ok(stopped < 24 * MIB, `${Math.round(stopped / MIB)} MiB were on the way`);
        assert.equal((await made.recorded(1))[0]!.bytesSent, 64 * MIB);
    });

    it("are not read from a client faster than the backend takes them, and arrive whole", async () => {
        let read = 0;
        let head = "";
        let paused: net.Socket | undefined;
        const slow = await up((socket) => {
            paused = socket;
            socket.on("data", (part: Buffer) => {
                const text = head === "" ? part.toString("latin1") : "";
                if (head === "") {
                    head = text.slice(0, text.indexOf("\r\n\r\n") + 4);
                    read -= head.length;
                    socket.pause();
                }
                read += part.length;
                if (read === 48 * MIB) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            });
        });
        const made = await proxy([slow.port]);
        const one = await client(made);
        one.send(`POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: ${48 * MIB}\r\n\r\n`);
        let sent = 0;
        const chunk = Buffer.alloc(256 * 1024, "y");
        const fill = (): void => {
            while (sent < 48 * MIB) {
                sent += chunk.length;
                if (!one.socket.write(chunk)) return;
            }
        };
        one.socket.on("drain", fill);
        fill();
        let before = -1;
        await eventually(async () => {
            await new Promise((resolve) => setTimeout(resolve, 150));
            const still = sent === before;
            before = sent;
            assert.ok(still && paused !== undefined, "it still flows");
        });
        assert.ok(sent < 24 * MIB, `${Math.round(sent / MIB)} MiB were on the way`);
        paused!.resume();
        assert.equal((await one.response()).status, 200);
        assert.equal((await made.recorded(1))[0]!.bytesReceived, 48 * MIB);
    });

    it("that are sent again arrive as they were sent, though others use the memory of those that have left", async () => {
        const bytes = 60_000;
        const whole = (socket: net.Socket, done: (body: Buffer) => void): void => {
            let got: Buffer[] = [];
            socket.on("error", () => socket.destroy());
            socket.on("data", (part: Buffer) => {
                got.push(part);
                const all = Buffer.concat(got);
                const body = all.subarray(all.indexOf("\r\n\r\n") + 4);
                if (body.length < bytes) return;
                got = [];
                done(body);
            });
        };
        const cuts = await up((socket) => whole(socket, () => socket.resetAndDestroy()));
        const digest = (body: Buffer): string => createHash("sha1").update(body).digest("hex");
        const tells = await up((socket) =>
            whole(socket, (body) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n${digest(body)}`)),
        );
        const made = await proxy([cuts.port, tells.port], { retry: { ...DEFAULT_RETRY, on: ["reset"], attempts: 8, backoffMs: 2 } });
        const upload = async (): Promise<void> => {
            const one = await client(made);
            for (let time = 0; time < 6; time++) {
                const body = randomBytes(bytes);
                one.send(`POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: ${bytes}\r\n\r\n`).socket.write(body);
                assert.deepEqual(await one.response().then(({ status, body: told }) => [status, told]), [200, digest(body)]);
            }
        };
        await Promise.all(Array.from({ length: 8 }, upload));
        assert.ok(cuts.accepted() > 0);
    });

    it("come with their trailers, both ways", async () => {
        let got = "";
        const trailing = await up((socket) =>
            socket.on("data", (part: Buffer) => {
                got += part.toString("latin1");
                if (got.endsWith("\r\n\r\n") && got.includes("0\r\n"))
                    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-after: there\r\n\r\n");
            }),
        );
        const one = await client(await proxy([trailing.port]));
        one.send("POST / HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-after: here\r\n\r\n");
        assert.match(await one.until(/x-after: there\r\n\r\n/), /\r\n2\r\nok\r\n0\r\n/);
        assert.match(got, /2\r\nhi\r\n0\r\nx-after: here\r\n\r\n$/);
    });

    it("wait for the backend to ask for them, where the client waits to be asked", async () => {
        const asks = await up((socket) => {
            let got = "";
            socket.on("data", (part: Buffer) => {
                got += part.toString("latin1");
                if (got.endsWith("expect: 100-continue\r\n\r\n")) socket.write("HTTP/1.1 100 Continue\r\nx-asked-by: backend\r\n\r\n");
                else if (got.endsWith("body")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            });
        });
        const one = await client(await proxy([asks.port]));
        one.send("POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n");
        assert.match(await one.until(/\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\nx-asked-by: backend\r\n/);
        assert.equal((await one.send("body").response()).body, "ok");
    });

    it("that a backend does not want to read are not waited for", async () => {
        const early = await up((socket) =>
            socket
                .once("data", () => socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nno\n"))
                .on("end", () => socket.end()),
        );
        const made = await proxy([early.port]);
        const one = await client(made);
        one.send("POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 1000000000\r\n\r\nstart");
        assert.deepEqual([(await one.response()).status, (await made.recorded(1))[0]!.status], [413, 413]);
        await eventually(() => assert.equal(early.sockets.size, 0));
    });
});

/** All up to the end of a head; what comes behind it is read later. */
async function headOf(socket: net.Socket): Promise<string> {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) {
        const byte = socket.read(1) as Buffer | null;
        if (byte === null) await once(socket, "readable");
        else head += byte.toString("latin1");
    }
    return head;
}

describe("websockets", () => {
    it("reach the backend with what the client sent before the answer, though it has ended its side since", async () => {
        let seen = "";
        const server = net
            .createServer({ allowHalfOpen: true }, (socket) => {
                let isSwitched = false;
                socket.on("error", () => {}).on("end", () => socket.end());
                socket.on("data", (bytes) => {
                    if (isSwitched) seen += bytes.toString("latin1");
                    else socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
                    isSwitched = true;
                });
            })
            .listen(0, "127.0.0.1");
        await once(server, "listening");
        const made = await proxy([(server.address() as net.AddressInfo).port]);
        const socket = net.connect({ port: made.port, host: "127.0.0.1", allowHalfOpen: true });
        const over = once(socket.on("error", () => {}).resume(), "close");
        socket.end(
            "GET / HTTP/1.1\r\nhost: web.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
                "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nHELLO",
        );
        await over;
        server.close();
        assert.equal(seen, "HELLO");
    });

    it("flow both ways until both sides have ended", async () => {
        const echo = await up((socket) => {
            let head = "";
            socket.on("data", (part: Buffer) => {
                if (head === "") {
                    head = part.toString("latin1");
                    socket.write(
                        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\nhello",
                    );
                } else {
                    socket.write(part);
                }
            });
            socket.on("end", () => socket.end("bye"));
        });
        const made = await proxy([echo.port]);
        const one = await client(made);
        one.send("GET /ws HTTP/1.1\r\nhost: web.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: k\r\n\r\n");
        assert.match(await one.until(/hello/), /^HTTP\/1\.1 101 /);
        one.send("ping");
        assert.equal(await one.until(/ping/), "ping");
        one.socket.end("last");
        await one.until(/bye$/);
        const [record] = await made.recorded(1);
        assert.deepEqual([record!.status, record!.bytesReceived, record!.bytesSent], [101, 8, 16]);
        await eventually(() => assert.equal(echo.sockets.size, 0));
    });

    for (const over of ["plain", "TLS"] as const)
        for (const first of ["", "hello"])
            it(`carry much both ways at once, whole and in order, to who reads slowly (${over}, ${first === "" ? "joined at once" : "joined behind the first bytes"})`, async () => {
                const bytes = randomBytes(3 << 20);
                const echo = await up((socket) =>
                    socket.once("data", () => {
                        socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n${first}`);
                        socket.pipe(socket);
                    }),
                );
                const certificate = over === "TLS" ? await (await makeAuthority()).issue({ dns: ["web.test"] }) : undefined;
                const made = await proxy([echo.port], {}, certificate ? { tls: certificate } : {});
                const at = { port: made.port, host: "127.0.0.1" };
                const socket = certificate
                    ? Object.assign(tls.connect({ ...at, rejectUnauthorized: false, servername: "web.test" }), { allowHalfOpen: true })
                    : net.connect({ ...at, allowHalfOpen: true });
                socket.write("GET /ws HTTP/1.1\r\nhost: web.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
                const head = await headOf(socket);
                assert.match(head, /^HTTP\/1\.1 101 /);
                socket.end(bytes);
                const got = createHash("sha256");
                let length = 0;
                for await (const chunk of socket) {
                    got.update(chunk as Buffer);
                    length += (chunk as Buffer).length;
                    // Longer than the kernel's buffers last.
                    if (length % 7 === 0) await nextTurn();
                }
                assert.equal(length, first.length + bytes.length);
                assert.equal(got.digest("hex"), createHash("sha256").update(first).update(bytes).digest("hex"));
                const [record] = await made.recorded(1);
                assert.deepEqual([record!.bytesReceived, record!.bytesSent, record!.flags], [bytes.length, length, ""]);
            });

    it("are told as what they were when one side cuts them", async () => {
        const backend = await up((socket) =>
            socket.once("data", () =>
                socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
            ),
        );
        const made = await proxy([backend.port]);
        for (const [side, flags, details] of [
            ["backend", "UC", "upstream_reset_after_response_started{connection_termination}"],
            ["client", "DC", "downstream_remote_disconnect"],
        ] as const) {
            const one = await client(made);
            one.send("GET /ws HTTP/1.1\r\nhost: web.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
            await one.until(/\r\n\r\n/);
            one.send("ping");
            const theirs = [...backend.sockets].at(-1)!;
            await once(theirs, "data");
            (side === "client" ? one.socket : theirs).resetAndDestroy();
            const record = (await made.recorded(side === "backend" ? 1 : 2)).at(-1)!;
            assert.deepEqual([record.status, record.flags, record.details, record.bytesReceived], [101, flags, details, 4]);
        }
        await eventually(() => assert.equal(backend.sockets.size, 0));
    });

    it("that are cut on one side are cut on the other, and do not look as if they had ended", async () => {
        const backend = await up((socket) =>
            socket.once("data", () =>
                socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello"),
            ),
        );
        const made = await proxy([backend.port]);
        const open = async (): Promise<{ ours: net.Socket; theirs: net.Socket }> => {
            const one = await client(made);
            one.send("GET /ws HTTP/1.1\r\nhost: web.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
            await one.until(/hello/);
            return { ours: one.socket, theirs: [...backend.sockets].at(-1)! };
        };
        const first = await open();
        first.theirs.resetAndDestroy();
        const [atClient] = (await once(first.ours, "error")) as [NodeJS.ErrnoException];
        assert.equal(atClient.code, "ECONNRESET");
        const second = await open();
        second.ours.resetAndDestroy();
        const [atBackend] = (await once(second.theirs, "error")) as [NodeJS.ErrnoException];
        assert.equal(atBackend.code, "ECONNRESET");
    });

    it("that a backend does not want are an ordinary response, and the connection lives on", async () => {
        const plain = await up(answering("plain"));
        const one = await client(await proxy([plain.port]));
        one.send("GET /ws HTTP/1.1\r\nhost: web.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
        assert.equal((await one.response()).body, "plain");
        assert.equal((await one.get("/").response()).body, "plain");
    });
});

describe("a snapshot that is swapped", () => {
    it("changes nothing for the request under way, and everything for the next one on its connection", async () => {
        let asked: net.Socket | undefined;
        const old = await up((socket) =>
            socket
                .on("data", () => {
                    asked = socket;
                })
                .on("end", () => socket.end()),
        );
        const fresh = await up(answering("new"));
        const made = await proxy([old.port]);
        const one = await client(made);
        one.get("/");
        await eventually(() => assert.ok(asked));
        made.apply(
            delta(
                2,
                {
                    virtualHosts: [virtualHost("web.test", [route(forwardTo("d"))])],
                    clusters: [cluster("d")],
                    endpoints: [endpoints("d", fresh.port)],
                },
                { clusters: ["c"], endpoints: ["c"] },
            ),
        );
        asked!.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nold");
        assert.equal((await one.response()).body, "old");
        assert.equal((await one.get("/").response()).body, "new");
        await eventually(() => assert.equal(old.sockets.size, 0));
    });

    it("again and again under traffic costs nobody an error", async () => {
        const [a, b] = [await up(answering("a")), await up(answering("b"))];
        const made = await proxy([a.port]);
        let version = 1;
        let going = true;
        const clients = await Promise.all(Array.from({ length: 8 }, () => client(made)));
        const counts = clients.map(() => 0);
        const asking = clients.map(async (one, at) => {
            for (; going; counts[at]!++) assert.equal((await one.get("/").response()).status, 200);
        });
        for (let at = 0; at < 60 || Math.min(...counts) <= 10; at++) {
            made.apply(
                delta(++version, {
                    endpoints: [endpoints("c", ...(at % 2 === 0 ? [b.port] : [a.port, b.port]))],
                    virtualHosts: [virtualHost("web.test", [route(forwardTo("c", { timeoutMs: 1000 + at }))])],
                }),
            );
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        going = false;
        await Promise.all(asking);
    });
});

describe("clients that go away at any moment", () => {
    it("leave no connection, no waiting request and no load behind", async function () {
        this.timeout(600_000);
        const body = Buffer.alloc(20_000, "z");
        const mixed = await up((socket) => {
            socket.on("data", () => {
                const roll = Math.random();
                if (roll < 0.1) return void setTimeout(() => socket.destroy(), 50);
                if (roll < 0.2) return void socket.destroy();
                socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
                if (roll >= 0.4) return void socket.write(body);
                socket.write(body.subarray(0, 100));
                setTimeout(() => socket.destroy(), 50);
            });
            socket.on("end", () => socket.end());
        });
        const made = await proxy([mixed.port], { retry: { ...DEFAULT_RETRY, backoffMs: 1 } });
        let left = 2_500;
        const abort = async (): Promise<void> => {
            while (left-- > 0) {
                const socket = net.connect({ port: made.port, host: "127.0.0.1" });
                socket.on("error", () => {});
                const moment = left % 5;
                if (moment === 0) socket.write("GET / HTT");
                else if (moment === 1) socket.write("POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 100\r\n\r\nabc");
                else socket.write("GET / HTTP/1.1\r\nhost: web.test\r\n\r\n");
                if (moment === 3) socket.once("data", () => socket.destroy());
                if (moment !== 3) socket.once("connect", () => setTimeout(() => socket.destroy(), Math.abs(left) % 4));
                else setTimeout(() => socket.destroy(), 20);
                await new Promise((resolve) => socket.once("close", resolve));
            }
        };
        await Promise.all(Array.from({ length: 400 }, abort));
        const pool = made.runtime.snapshot.clusters.get("c")!;
        await eventually(() => assert.deepEqual([pool.waits, pool.endpoints.list[0]!.active], [0, 0]));
        // A dial goes on when its client has left, and ends as an idle connection: what stays the same for a while has settled.
        await eventually(async () => {
            const before = pool.connections;
            await new Promise((resolve) => setTimeout(resolve, 100));
            assert.deepEqual([mixed.sockets.size, pool.connections], [before, before]);
        });
        const idle = pool.connections;
        const one = await client(made);
        for (let at = 0; at < 5; at++) {
            const socket = net.connect({ port: made.port, host: "127.0.0.1" });
            socket.end("GET / HTTP/1.1\r\nhost: web.test\r\nconnection: close\r\n\r\n");
            await once(socket.resume(), "close");
        }
        await one.close();
        assert.ok(pool.connections <= idle + 1, `${pool.connections} connections after ${idle}`);
        const bad = made.records.filter(({ status, flags }) => status === 200 && flags !== "" && !/^(DC|UC|UPE)$/.test(flags));
        assert.deepEqual(bad, []);
    });
});

describe("a client that is gone", () => {
    const PIPELINED = "GET /next HTTP/1.1\r\nhost: web.test\r\n\r\n";
    const post = (framing: string, body: string): string => `POST / HTTP/1.1\r\nhost: web.test\r\n${framing}\r\n\r\n${body}`;
    const requests: Readonly<Record<string, string>> = {
        "a request without a body": "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n",
        "a body that came with the head": post("content-length: 10", "0123456789"),
        "a chunked body that came with the head": post("transfer-encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        "a body that came with the head, and a request behind it": post("content-length: 10", `0123456789${PIPELINED}`),
        "half a body": post("content-length: 10", "01234"),
        "20 KiB of requests sent ahead": "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n" + PIPELINED.repeat(500),
        "100 KiB of requests sent ahead": "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n" + PIPELINED.repeat(2_500),
    };
    for (const [name, bytes] of Object.entries(requests)) {
        for (const way of ["ends", "resets"] as const) {
            it(`gives its backend free when it ${way} the connection after ${name}`, async () => {
                const silent = await up((socket) => void socket.on("data", () => {}).on("end", () => socket.end()));
                const made = await proxy([silent.port]);
                const one = await client(made);
                one.send(bytes);
                await eventually(() => assert.equal(silent.accepted(), 1));
                if (way === "ends") one.socket.end();
                else one.socket.resetAndDestroy();
                const [record] = await made.recorded(1);
                assert.deepEqual([record!.flags, record!.status], ["DC", 0]);
                await eventually(() => assert.equal(silent.sockets.size, 0));
            });
        }
    }

    it("gives its backend free when it resets an upload that the backend does not read", async () => {
        const stuck = await up((socket) => void socket.pause());
        const made = await proxy([stuck.port]);
        const one = await client(made);
        one.send(post("content-length: 100000000", ""));
        await eventually(() => assert.equal(stuck.accepted(), 1));
        const part = "x".repeat(1 << 20);
        while (one.socket.writableLength < 4 << 20) {
            one.send(part);
            await new Promise(setImmediate);
        }
        one.socket.resetAndDestroy();
        const [record] = await made.recorded(1);
        assert.deepEqual([record!.flags, record!.status], ["DC", 0]);
    });
});
