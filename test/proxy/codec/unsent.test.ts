import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Http1ClientConnection } from "../../../proxy/codec/http1";
import { beginTurn, endTurn } from "../../../proxy/codec/turn-end";
import type { RequestHead, ResponseReceiver } from "../../../proxy/http/doors";

const HEAD: RequestHead = {
    method: "GET",
    scheme: "http",
    authority: "a",
    path: "/",
    absolute: false,
    headers: [],
    contentLength: 0,
    upgrade: "",
    expectContinue: false,
    underscored: false,
    protocol: "HTTP/1.1",
};
const ANSWER = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

/** What was told, in words. */
class Told implements ResponseReceiver {
    readonly all: string[] = [];
    onInformational(status: number): void {
        this.all.push(`informational ${status}`);
    }
    onResponseHead({ status }: { readonly status: number }): void {
        this.all.push(`head ${status}`);
    }
    onResponseData(): void {
        this.all.push("data");
    }
    onResponseEnd(): void {
        this.all.push("end");
    }
    onResponseReset(reason: string, sent: boolean): void {
        this.all.push(`reset ${reason}, sent: ${sent}`);
    }
    onRequestWritable(): void {}
}

describe("a request that waits for the end of the turn", () => {
    let server: net.Server;
    let socket: net.Socket;
    let asked = "";

    beforeEach(async () => {
        asked = "";
        server = net
            .createServer((one) => void one.on("error", () => undefined).on("data", (bytes) => (asked += bytes.toString())))
            .listen(0, "127.0.0.1");
        await once(server, "listening");
        socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
        await once(socket, "connect");
    });

    afterEach(() => {
        socket.destroy();
        server.close();
    });

    const nothing = (): void => undefined;
    const connected = (): Http1ClientConnection =>
        new Http1ClientConnection(socket, { onStreamEnd: nothing, onCapacity: nothing, onGoingAway: nothing, onClosed: nothing });

    it("has no answer yet: bytes that came before it end the connection, and it may be sent again", async () => {
        const [connection, told] = [connected(), new Told()];
        beginTurn();
        connection.open(HEAD, true, told);
        connection.onBytes(ANSWER, ANSWER.length, false);
        endTurn();
        assert.deepEqual([told.all, socket.destroyed], [["reset connection-closed, sent: false"], true]);
        await once(socket, "close");
        assert.deepEqual([told.all.length, asked], [1, ""]);
    });

    it("is answered once it is written", () => {
        const [connection, told] = [connected(), new Told()];
        beginTurn();
        connection.open(HEAD, true, told);
        connection.outbox.flush();
        connection.onBytes(ANSWER, ANSWER.length, false);
        endTurn();
        assert.deepEqual([told.all, connection.idle], [["head 200"], true]);
    });
});
