/** What clients see of a worker that sheds load, on real sockets. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { RawClient } from "./client";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../snapshot/entries";

describe("a request while the worker sheds load", () => {
    let upstream: Backend;
    let proxy: TestProxy;
    const chances: number[] = [];
    const clients: RawClient[] = [];
    let release: (() => void) | undefined;

    before(async () => {
        upstream = await backend((socket) => {
            socket.on("data", () => {
                socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no");
                release = () => socket.write("k");
            });
        });
        const tables = delta(1, {
            virtualHosts: [virtualHost("web.test", [route(forwardTo("web"))])],
            clusters: [cluster("web")],
            endpoints: [endpoints("web", upstream.port)],
        });
        proxy = await startProxy(tables, { random: () => chances.shift() ?? 0.5 });
    });
    afterEach(() => {
        Object.assign(proxy.runtime.overload, { shed: 0, closes: false });
        for (const client of clients.splice(0)) client.socket.destroy();
        proxy.records.length = 0;
    });
    after(async () => {
        await proxy.close();
        await upstream.close();
    });

    function client(): RawClient {
        const made = new RawClient(proxy.port);
        clients.push(made);
        return made;
    }

    it("gets 503 before anything is done for it, in Envoy's words for logs", async () => {
        proxy.runtime.overload.shed = 1;
        const accepted = upstream.accepted();
        const { status, body } = await client().get("/").response();
        assert.deepEqual([status, body], [503, "the gateway is overloaded"]);
        const [record] = await proxy.recorded(1);
        assert.deepEqual([record!.flags, record!.details], ["OM", "overload"]);
        assert.equal(upstream.accepted(), accepted);
    });

    it("is refused by chance where only a part of them is", async () => {
        proxy.runtime.overload.shed = 0.3;
        const one = client();
        chances.push(0.29);
        assert.equal((await one.get("/").response()).status, 503);
        chances.push(0.3);
        one.get("/");
        await one.until(/\r\n\r\no/);
        release!();
        await one.until(/k/);
    });

    it("is told as a call of gRPC where it is one", async () => {
        proxy.runtime.overload.shed = 1;
        const { status, text } = await client().get("/", "web.test", "content-type: application/grpc").response();
        assert.equal(status, 200);
        assert.match(text, /grpc-status: 14\r\n/);
    });

    it("is answered to its end where it has begun", async () => {
        const one = client().get("/");
        await one.until(/\r\n\r\no/);
        proxy.runtime.overload.shed = 1;
        release!();
        await one.until(/k/);
    });

    it("is the last one on its connection where connections are to go", async () => {
        proxy.runtime.overload.closes = true;
        const one = client().get("/");
        assert.match(await one.until(/\r\n\r\no/), /\r\nconnection: close\r\n/);
        release!();
        await one.end();
    });
});
