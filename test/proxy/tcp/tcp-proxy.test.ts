import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import fc from "fast-check";
import { pickCluster, serveTcp, Splice, testAdoption, type ConnectTcp, type TcpConnectionOwner, type TcpOutcome } from "../../../proxy/tcp";
import { eventually } from "../../support/eventually";
import { closedPort } from "../../../harness/ports";

const ORIGIN = { group: "networking.istio.io", kind: "VirtualService", namespace: "ns", name: "vs", field: "spec.tcp[0]" };
const ROUTE = { clusters: [{ cluster: "echo", weight: 1 }], origin: ORIGIN };

interface Rig {
    readonly outcomes: TcpOutcome[];
    readonly owners: TcpConnectionOwner[];
    connect(allowHalfOpen?: boolean): net.Socket;
    close(): void;
}

function connectTo(port: number): ConnectTcp {
    return (_cluster, options, done) => {
        const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, onread: options.onread });
        const failed = (error: NodeJS.ErrnoException) =>
            done({ kind: "failed", flag: "UF", endpoint: `127.0.0.1:${port}`, detail: error.code ?? "" });
        socket.once("error", failed);
        socket.once("connect", () => {
            socket.off("error", failed);
            done({ kind: "connected", socket, endpoint: `127.0.0.1:${port}` });
        });
        return () =>
            socket
                .off("error", failed)
                .on("error", () => {})
                .destroy();
    };
}

async function listen(onConnection: (socket: net.Socket) => void): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.on("error", () => {});
        onConnection(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
}
function portOf(server: net.Server): number {
    return (server.address() as net.AddressInfo).port;
}

async function rig(
    backend: (socket: net.Socket) => void,
    options: { idleMs?: number; connect?: ConnectTcp; head?: Buffer } = {},
): Promise<Rig> {
    const upstream = await listen(backend);
    const outcomes: TcpOutcome[] = [];
    const owners: TcpConnectionOwner[] = [];
    const front = await listen((socket) => {
        owners.push(
            serveTcp(socket, { accepted: true, ...options }, ROUTE, options.connect ?? connectTo(portOf(upstream)), (outcome) =>
                outcomes.push(outcome),
            ),
        );
    });
    const clients: net.Socket[] = [];
    return {
        outcomes,
        owners,
        connect: (allowHalfOpen = false) => {
            const client = net.connect({ port: portOf(front), host: "127.0.0.1", allowHalfOpen });
            clients.push(client.on("error", () => {}));
            return client;
        },
        close: () => {
            front.close();
            upstream.close();
            for (const client of clients) client.destroy();
            for (const owner of owners) owner.destroy();
        },
    };
}

async function collect(socket: net.Socket): Promise<Buffer> {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "end");
    return Buffer.concat(chunks);
}
/** Unlike `once`, does not mind an error before. */
async function closed(socket: net.Socket): Promise<void> {
    await new Promise((resolve) => socket.once("close", resolve));
}
function digest(data: Buffer): string {
    return createHash("sha256").update(data).digest("hex");
}

for (const adopting of [true, false]) {
    describe(`TCP splice, accepted sockets read by ${adopting ? "onread" : "data events"}`, () => {
        let current: Rig | undefined;
        before(async () => {
            assert.equal(await testAdoption(adopting ? 2000 : 0), adopting);
        });
        afterEach(() => current?.close());

        it("echoes large data unchanged in both directions", async () => {
            current = await rig((socket) => socket.pipe(socket));
            const sent = randomBytes(5_000_000);
            const client = current.connect(true);
            client.end(sent);
            assert.equal(digest(await collect(client)), digest(sent));
            await eventually(() => assert.equal(current!.outcomes.length, 1));
            assert.deepEqual(
                { ...current.outcomes[0]!, endpoint: "", upstreamLocal: "" },
                {
                    cluster: "echo",
                    endpoint: "",
                    upstreamLocal: "",
                    workload: "",
                    bytesReceived: 5_000_000,
                    bytesSent: 5_000_000,
                    flags: "",
                    failure: "",
                    refusal: "",
                },
            );
        });

        it("keeps a half-closed connection: the answer comes after the client has ended", async () => {
            current = await rig((socket) => {
                let got = "";
                socket.on("data", (chunk) => (got += chunk.toString()));
                socket.on("end", () => setImmediate(() => socket.end(`got ${got}`)));
            });
            const client = current.connect(true);
            client.end("question");
            assert.equal((await collect(client)).toString(), "got question");
        });

        it("keeps a connection that the endpoint has half-closed", async () => {
            let got = "";
            current = await rig((socket) => {
                socket.end("greeting");
                socket.on("data", (chunk) => (got += chunk.toString()));
            });
            const client = current.connect(true);
            assert.equal((await collect(client)).toString(), "greeting");
            client.end("late");
            await closed(client);
            await eventually(() => assert.equal(got, "late"));
        });

        it("passes on first what was read before", async () => {
            current = await rig((socket) => socket.pipe(socket), { head: Buffer.from("first ") });
            const client = current.connect(true);
            client.end("second");
            assert.equal((await collect(client)).toString(), "first second");
        });

        it("stops reading from an endpoint whose client does not read", async () => {
            let sent = 0;
            let blocked = false;
            const total = 64 * 1024 * 1024;
            const chunk = Buffer.alloc(64 * 1024, 5);
            current = await rig((socket) => {
                const more = () => {
                    blocked = false;
                    while (sent < total) {
                        sent += chunk.length;
                        if (!socket.write(chunk)) {
                            blocked = true;
                            return;
                        }
                    }
                    socket.end();
                };
                socket.on("drain", more);
                more();
            });
            const client = current.connect();
            await once(client, "connect");
            client.pause();
            let last = -1;
            await eventually(() => {
                const settled = blocked && sent === last;
                last = sent;
                assert.ok(settled && sent > 0);
            });
            assert.ok(sent < total / 2, `${sent} bytes were taken though nobody read`);
            let received = 0;
            client.on("data", (data: Buffer) => (received += data.length));
            client.resume();
            await once(client, "end");
            assert.equal(received, total);
        });

        it("stops reading from a client whose endpoint does not read", async () => {
            let backend: net.Socket | undefined;
            current = await rig((socket) => {
                socket.pause();
                backend = socket;
            });
            const client = current.connect();
            let written = 0;
            const chunk = Buffer.alloc(64 * 1024, 3);
            const total = 64 * 1024 * 1024;
            const more = () => {
                while (written < total) {
                    written += chunk.length;
                    if (!client.write(chunk)) return;
                }
                client.end();
            };
            client.on("drain", more);
            more();
            let last = -1;
            await eventually(() => {
                const settled = written === last && backend !== undefined;
                last = written;
                assert.ok(settled);
            });
            assert.ok(written < total / 2, `${written} bytes were taken though nobody read`);
            let received = 0;
            backend!.on("data", (data: Buffer) => (received += data.length));
            backend!.resume();
            await once(backend!, "end");
            assert.equal(received, total);
            backend!.end();
        });

        it("resets the client when the endpoint resets", async () => {
            current = await rig((socket) => {
                socket.write("part");
                socket.once("data", () => socket.resetAndDestroy());
            });
            const client = current.connect();
            await once(client, "data");
            client.write("go");
            const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.once("error", resolve));
            assert.equal(error.code, "ECONNRESET");
            await eventually(() => assert.equal(current!.outcomes[0]?.flags, "UR"));
        });

        it("closes the endpoint's connection when the client resets", async () => {
            let closed = false;
            current = await rig((socket) => {
                socket.resume();
                socket.on("close", () => (closed = true));
            });
            const client = current.connect();
            client.write("x");
            await eventually(() => assert.ok(current!.owners.length > 0));
            await eventually(() => {
                client.resetAndDestroy();
                assert.ok(closed);
            });
            await eventually(() => assert.equal(current!.outcomes[0]?.flags, ""));
        });

        it("cuts a connection that is idle too long, and no other", async () => {
            current = await rig((socket) => socket.pipe(socket), { idleMs: 1_000 });
            const quiet = current.connect();
            const busy = current.connect();
            busy.on("data", () => {});
            const timer = setInterval(() => busy.write("."), 30);
            await closed(quiet);
            await eventually(() => assert.equal(current!.outcomes[0]?.flags, ""));
            assert.equal(busy.destroyed, false);
            clearInterval(timer);
            busy.destroy();
        });

        it("closes a client whose endpoint can't be reached, and says why", async () => {
            current = await rig(() => {}, { connect: connectTo(await closedPort()) });
            const client = current.connect();
            client.on("error", () => {});
            await closed(client);
            assert.deepEqual(
                [current.outcomes[0]?.flags, current.outcomes[0]?.failure],
                ["UF,URX", "delayed_connect_error:_Connection_refused"],
            );
        });

        it("gives a connection up that is still being made when it is ended", async () => {
            let cancelled = false;
            current = await rig(() => {}, {
                connect: () => () => {
                    cancelled = true;
                },
            });
            const client = current.connect();
            client.on("error", () => {});
            await eventually(() => assert.equal(current!.owners.length, 1));
            current.owners[0]!.destroy();
            await closed(client);
            assert.equal(cancelled, true);
            assert.equal(current.outcomes.length, 1);
        });
    });
}

describe("the last bytes of a splice", () => {
    const sockets: net.Socket[] = [];
    let server: net.Server;
    after(() => {
        server.close();
        for (const socket of sockets) socket.destroy();
    });

    it("come through, whatever of them the stream has not handed on when both ends are done", async () => {
        const accepted: net.Socket[] = [];
        server = await listen((socket) => {
            sockets.push(socket);
            accepted.push(socket);
        });
        const dial = async (): Promise<readonly [net.Socket, net.Socket]> => {
            const socket = net.connect({ port: portOf(server), host: "127.0.0.1", allowHalfOpen: true });
            sockets.push(socket);
            await once(socket, "connect");
            await eventually(() => assert.equal(accepted.length, 1));
            return [socket, accepted.pop()!];
        };
        const [client, clientSide] = await dial();
        const [upstream, backend] = await dial();
        const head = randomBytes(100_000);
        const ended = new Promise((resolve) => new Splice(resolve).start(clientSide, false, held(upstream), head));
        const received = collect(backend);
        backend.end();
        client.end();
        assert.equal(digest(await received), digest(head));
        client.resume();
        await ended;
    });
});

/** Keeps what is written until it is ended. */
function held(socket: net.Socket): net.Socket {
    socket.cork();
    return socket;
}

describe("pickCluster", () => {
    it("picks by weight", () => {
        const clusters = [
            { cluster: "a", weight: 1 },
            { cluster: "b", weight: 0 },
            { cluster: "c", weight: 3 },
        ];
        fc.assert(
            fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
                assert.equal(
                    pickCluster({ clusters }, () => random),
                    random < 0.25 ? "a" : "c",
                );
            }),
        );
    });
});
