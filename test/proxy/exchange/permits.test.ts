/** A request is under way from its limits to its end, however that comes, and no longer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { cluster, delta, endpoints, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { startProxy, type TestProxy } from "./harness";

const LIMITS = "VirtualService default/web";

describe("what is under way", () => {
    let proxy: TestProxy;
    const arrived: IncomingMessage[] = [];
    const backend = createServer((request, response) => {
        arrived.push(request);
        if (request.url === "/quick") response.end("ok");
        if (request.url === "/cut") response.write("so", () => request.socket.destroy());
        if (request.url === "/half") response.write("half");
    }).on("upgrade", (request, socket) => {
        arrived.push(request);
        socket.on("error", () => undefined).on("end", () => socket.end());
        socket.resume().write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
    });

    before(async () => {
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const { port } = backend.address() as AddressInfo;
        proxy = await startProxy(
            delta(1, {
                clusters: [cluster("c"), cluster("nobody")],
                endpoints: [endpoints("c", port), endpoints("nobody")],
                virtualHosts: [
                    virtualHost(
                        "*",
                        [
                            route(forwardTo("c", { timeoutMs: 30 }), { match: prefix("/slow") }),
                            route(forwardTo("nobody"), { match: prefix("/nobody") }),
                            route({ kind: "direct", status: 204 }, { match: prefix("/direct") }),
                            route(forwardTo("c")),
                        ],
                        { limits: [LIMITS] },
                    ),
                ],
                limits: [{ key: LIMITS, isOfGateway: false, rates: [], maxConcurrent: 1, origin: ORIGIN }],
            }),
        );
    });
    after(async () => {
        await proxy.close();
        backend.closeAllConnections();
        backend.close();
    });

    const open = (head: string): net.Socket => {
        const socket = net.connect(proxy.port, "127.0.0.1").on("error", () => undefined);
        socket.resume().write(head);
        return socket;
    };
    const get = (path: string, more = "", method = "GET"): string => `${method} ${path} HTTP/1.1\r\nhost: web.test\r\n${more}\r\n`;
    const upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";

    /** The status of one more request. */
    async function another(): Promise<number> {
        const response = await fetch(`http://127.0.0.1:${proxy.port}/quick`);
        await response.text();
        return response.status;
    }

    async function overHttp2(end: (stream: http2.ClientHttp2Stream, session: http2.ClientHttp2Session) => void): Promise<void> {
        const session = http2.connect(`http://127.0.0.1:${proxy.port}`).on("error", () => undefined);
        const before = arrived.length;
        const stream = session.request({ ":path": "/held" }).on("error", () => undefined);
        await eventually(() => assert.equal(arrived.length, before + 1));
        assert.equal(await another(), 503);
        end(stream, session);
        await eventually(async () => assert.equal(await another(), 200));
        session.destroy();
    }

    const held: Readonly<Record<string, () => Promise<void>>> = {
        "a client that goes away": () => holding("/held", (socket) => socket.destroy()),
        "a client that resets": () => holding("/held", (socket) => socket.resetAndDestroy()),
        "a client that goes away amid the response": () => holding("/half", (socket) => socket.destroy()),
        "an upgraded connection that its client ends": () => holding("/up", (socket) => socket.destroy(), upgrade),
        "an upgraded connection that its backend ends": () => holding("/up", () => arrived.at(-1)!.socket.destroy(), upgrade),
        // What may be done twice would be asked again.
        "a backend that goes away": () => holding("/held", () => arrived.at(-1)!.socket.destroy(), "content-length: 0\r\n", "POST"),
        "a stream that is reset": () => overHttp2((stream) => stream.close(http2.constants.NGHTTP2_CANCEL)),
        "a session that is gone": () => overHttp2((_stream, session) => session.destroy()),
    };

    async function holding(path: string, end: (socket: net.Socket) => void, more = "", method = "GET"): Promise<void> {
        const before = arrived.length;
        const socket = open(get(path, more, method));
        await eventually(() => assert.equal(arrived.length, before + 1));
        assert.equal(await another(), 503);
        end(socket);
        await eventually(async () => assert.equal(await another(), 200));
        socket.destroy();
    }

    for (const [kind, run] of Object.entries(held)) it(`ends with ${kind}`, run);

    const quick: Readonly<Record<string, string>> = {
        "a whole response": get("/quick"),
        "an answer of the gateway's own": get("/direct"),
        "a destination without endpoints": get("/nobody"),
        "a timeout": get("/slow"),
        "a backend that cuts the response off": get("/cut"),
        "a body that is none": "POST /held HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    };
    for (const [kind, head] of Object.entries(quick))
        it(`ends with ${kind}`, async () => {
            const before = proxy.records.length;
            const socket = open(head);
            await proxy.recorded(before + 1);
            await eventually(async () => assert.equal(await another(), 200));
            socket.destroy();
        });

    it("is nothing in the end", () => {
        const { buckets } = proxy.runtime.limits;
        const pool = proxy.runtime.snapshot.limits.get(LIMITS)?.concurrency?.pool;
        assert.ok(pool);
        assert.deepEqual([buckets.of(pool, 0).inUse, buckets.of(pool, 0).level], [0, 1]);
    });
});
