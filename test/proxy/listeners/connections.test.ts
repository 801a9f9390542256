import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import net from "node:net";
import { HTTP1_SERVER_DEFAULTS, Http1ServerConnection } from "../../../proxy/codec/http1";
import type { ConnectionInfo, RequestReceiver } from "../../../proxy/http/doors";
import { Connections, type ConnectionOwner } from "../../../proxy/listeners";

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const INFO: ConnectionInfo = {
    remoteAddress: "127.0.0.1",
    remotePort: 1,
    localAddress: "127.0.0.1",
    localPort: 2,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "",
    chain: "",
    forwardedClientCert: "",
};
const SILENT: RequestReceiver = { onRequestData: () => {}, onRequestEnd: () => {}, onRequestReset: () => {}, onResponseWritable: () => {} };

/** A connection as a drain sees it. */
class Owner implements ConnectionOwner {
    readonly calls: string[] = [];
    idle: boolean;
    onDrain: (() => void) | undefined;
    readonly #socket = new EventEmitter();
    readonly #busyFor: number;

    constructor(connections: Connections, idle: boolean, busyFor = 0) {
        this.idle = idle;
        this.#busyFor = busyFor;
        connections.add(this.#socket as unknown as net.Socket, this);
    }

    retire(): void {
        this.calls.push("retire");
    }

    drain(): void {
        this.calls.push("drain");
        this.onDrain?.();
        if (this.#busyFor !== Infinity) setTimeout(() => this.#socket.emit("close"), this.#busyFor);
    }

    destroy(): void {
        this.calls.push("destroy");
        this.#socket.emit("close");
    }
}

describe("connections that are drained", () => {
    it("end at once where something is under way; the idle ones stay for half of the time, and are then closed one after the other", async () => {
        const connections = new Connections();
        const busy = new Owner(connections, false);
        const idle = Array.from({ length: 40 }, () => new Owner(connections, true));
        const begun = performance.now();
        const drained = connections.drain(3_000);
        assert.deepEqual(busy.calls, ["drain"]);
        assert.deepEqual(
            new Set(idle.map((owner) => owner.calls.join())),
            new Set(["retire"]),
            "all are told at once that their next response is the last",
        );
        const ended: number[] = [];
        for (const owner of idle) owner.onDrain = () => void ended.push(performance.now() - begun);
        await drained;
        assert.deepEqual(new Set(idle.map((owner) => owner.calls.join())), new Set(["retire,drain"]));
        assert.ok(ended[0]! >= 1_499 && ended.at(-1)! - ended[0]! > 400, ended.join());
    });

    it("are read before they are taken for idle: a request that is here is answered", async () => {
        const connections = new Connections();
        const server = net
            .createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
                connections.add(
                    socket,
                    new Http1ServerConnection(
                        socket,
                        INFO,
                        (_head, _ended, writer) => {
                            writer.head({ status: 204, headers: [], contentLength: 0 }, true);
                            return SILENT;
                        },
                        HTTP1_SERVER_DEFAULTS,
                        () => {},
                    ),
                );
            })
            .listen(0, "127.0.0.1");
        await once(server, "listening");
        const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1").setEncoding("latin1");
        client.write(GET);
        assert.deepEqual(await once(client, "data"), ["HTTP/1.1 204 No Content\r\n\r\n"]);
        const drained = connections.drain(60_000, 100);
        // After reading and before timers: its turn to be closed comes before the loop can look at what the kernel has for it.
        setTimeout(
            () =>
                setImmediate(() => {
                    client.write(GET);
                    for (const until = performance.now() + 200; performance.now() < until; );
                }),
            100,
        );
        let text = "";
        await once(
            client.on("data", (part: string) => (text += part)),
            "end",
        );
        assert.equal(text, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        client.end();
        await drained;
        server.close();
    });

    it("are cut when the time is over", async () => {
        const connections = new Connections();
        const owner = new Owner(connections, false, Infinity);
        await connections.drain(30);
        assert.deepEqual(owner.calls, ["drain", "destroy"]);
        assert.equal(connections.active, 0);
    });

    it("are nothing to wait for where there are none", async () => {
        await new Connections().drain(600_000);
    });
});
