import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import net from "node:net";
import { HTTP1_SERVER_DEFAULTS, Http1ServerConnection } from "../../../proxy/codec/http1";
import type { ConnectionInfo, RequestReceiver } from "../../../proxy/exchange/doors";
import { Connections, type ConnectionOwner } from "../../../proxy/listeners";

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const INFO: ConnectionInfo = {
    remoteAddress: "127.0.0.1", remotePort: 1, localAddress: "127.0.0.1", localPort: 2, port: 80, scheme: "http", serverName: "", routeTable: "", chain: "", forwardedClientCert: "",
};
const SILENT: RequestReceiver = { onRequestData: () => {}, onRequestEnd: () => {}, onRequestReset: () => {}, onResponseWritable: () => {} };

/** A connection as a drain sees it. */
class Owner implements ConnectionOwner {
    readonly calls: string[] = [];
    idle: boolean;
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
        if (this.#busyFor !== Infinity) setTimeout(() => this.#socket.emit("close"), this.#busyFor);
    }

    destroy(): void {
        this.calls.push("destroy");
        this.#socket.emit("close");
    }
}

describe("connections that are drained", () => {
    it("end at once where something is under way, and the idle ones one after the other", async () => {
        const connections = new Connections();
        const busy = new Owner(connections, false);
        const idle = Array.from({ length: 40 }, () => new Owner(connections, true));
        const drained = connections.drain(4_000);
        assert.deepEqual(busy.calls, ["drain"]);
        const left = new Set<number>();
        const watch = setInterval(() => left.add(idle.filter((owner) => !owner.calls.includes("drain")).length), 10);
        await drained;
        clearInterval(watch);
        assert.ok(left.size > 5, `${[...left].join()} were left from time to time`);
        assert.deepEqual(new Set(idle.map((owner) => owner.calls.join())), new Set(["retire,drain"]));
    });

    it("are all told at once that their next response is the last", async () => {
        const connections = new Connections();
        const idle = Array.from({ length: 3 }, () => new Owner(connections, true));
        const drained = connections.drain(400);
        assert.deepEqual(idle.map((owner) => owner.calls), [["retire"], ["retire"], ["retire"]]);
        await drained;
    });

    it("are read before they are taken for idle: a request that is here is answered", async () => {
        const connections = new Connections();
        const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
            connections.add(socket, new Http1ServerConnection(socket, INFO, (_head, _ended, writer) => {
                writer.head({ status: 204, headers: [], contentLength: 0 }, true);
                return SILENT;
            }, HTTP1_SERVER_DEFAULTS, () => {}));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1").setEncoding("latin1");
        client.write(GET);
        assert.deepEqual(await once(client, "data"), ["HTTP/1.1 204 No Content\r\n\r\n"]);
        const drained = connections.drain(60_000);
        client.write(GET);
        // Its turn to be closed comes before the loop could look at what the kernel has for it.
        for (const until = performance.now() + 200; performance.now() < until;);
        let text = "";
        await once(client.on("data", (part: string) => (text += part)), "end");
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
