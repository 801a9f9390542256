/** The stream of events of the admin server, to readers that are quick, slow, gone, and too many. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import { startAdminServer, type SideServer, type TailReader, type TailView } from "../../../proxy/admin";
import { MOST_CONNECTIONS } from "../../../proxy/admin/bounded-connections";
import { ADMIN_VIEW } from "../../support/admin-view";
import { EventReader } from "../../support/event-reader";
import { eventually } from "../../support/eventually";

describe("the tail at the admin server", () => {
    const readers = new Map<string, TailReader>();
    const tail: TailView = {
        refusal: (filter) => (filter === "bad" ? { status: 400, reason: "it is bad" } : undefined),
        watch: (filter, reader) => {
            readers.set(filter, reader);
            return () => void readers.delete(filter);
        },
    };
    let server: SideServer;
    beforeEach(async () => {
        server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, tail });
    });
    afterEach(() => server.close());

    it("passes on each record as one event, and says what was lost", async () => {
        const reader = await EventReader.open(`http://${server.address}/tail?filter=a%20%3D%3D%201`);
        assert.equal(reader.response.headers.get("content-type"), "text/event-stream");
        readers.get("a == 1")!.record('{"path":"/a"}');
        assert.deepEqual(await reader.next(), { event: "message", data: { path: "/a" } });
        readers.get("a == 1")!.lost(3);
        assert.deepEqual(await reader.next(), { event: "lost", data: { lines: 3 } });
        await reader.close();
        await eventually(() => assert.equal(readers.size, 0));
    });

    it("leaves out what a query brought along, its names stay, unless values are asked for", async () => {
        const path = (query: string): string => JSON.stringify({ method: "GET", path: `/cart${query}`, user_agent: "a?b=c" });
        const queries = ["?token=abc", "?a=1&token=x=y;b=2&&flag&=v", "?", ""];
        const seen = async (asked: string): Promise<unknown[]> => {
            const reader = await EventReader.open(`http://${server.address}/tail${asked}`);
            const all: unknown[] = [];
            for (const query of queries) {
                readers.get("")!.record(path(query));
                all.push((await reader.next()).data);
            }
            await reader.close();
            await eventually(() => assert.equal(readers.size, 0));
            return all;
        };
        const redacted = ["?token=redacted", "?a=redacted&token=redacted;b=redacted&&redacted&=redacted", "?", ""];
        const record = (query: string): unknown => JSON.parse(path(query)) as unknown;
        assert.deepEqual(await seen(""), redacted.map(record));
        assert.deepEqual(await seen("?values=SHOWN"), redacted.map(record));
        assert.deepEqual(await seen("?values=shown"), queries.map(record));
    });

    it("says why it can't be watched, and lets nobody watch who asks for the head alone", async () => {
        const refused = await fetch(`http://${server.address}/tail?filter=bad`);
        assert.deepEqual([refused.status, await refused.text()], [400, "it is bad\n"]);
        await fetch(`http://${server.address}/tail`, { method: "HEAD" });
        assert.equal(readers.size, 0);
    });

    it("holds a bounded part of what a slow reader does not take, and tells it how much it missed", async () => {
        const [host, port] = server.address.split(":");
        const socket = net.connect({ host: host!, port: Number(port) });
        socket.write(`GET /tail HTTP/1.1\r\nHost: ${server.address}\r\n\r\n`);
        await once(socket, "readable");
        // Nothing more is read now: what comes fills the system's buffers and then the stream's own.
        const record = JSON.stringify({ path: "/".padEnd(16_384, "x") });
        const sent = 2_000;
        const before = process.memoryUsage().rss;
        for (let n = 0; n < sent; n++) {
            readers.get("")!.record(record);
            if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
        let text = "";
        socket.setEncoding("latin1").on("data", (part: string) => (text += part));
        await eventually(() => assert.match(text, /event: lost\ndata: \{"lines":\d+\}/));
        // A reader that has just been told may have no room yet.
        let more = 0;
        await eventually(() => {
            readers.get("")!.record('{"path":"/last"}');
            more++;
            assert.match(text, /\/last/);
        });
        await eventually(() => {
            const lost = [...text.matchAll(/"lines":(\d+)/g)].reduce((sum, [, lines]) => sum + Number(lines), 0);
            assert.equal(text.split('data: {"path"').length - 1 + lost, sent + more);
            assert.ok(lost > 0);
        });
        socket.destroy();
        await eventually(() => assert.equal(readers.size, 0));
    });

    it("goes on for those who watch while others open more connections than there may be", async () => {
        const reader = await EventReader.open(`http://${server.address}/tail`);
        const [host, port] = server.address.split(":");
        const idle = Array.from({ length: MOST_CONNECTIONS + 50 }, () =>
            net.connect({ host: host!, port: Number(port) }).on("error", () => {}),
        );
        await Promise.all(idle.map(async (socket) => (socket.connecting ? once(socket, "connect") : undefined)));
        await eventually(() => assert.ok(idle.filter((socket) => socket.closed).length >= 49));
        readers.get("")!.record('{"path":"/still"}');
        assert.deepEqual((await reader.next()).data, { path: "/still" });
        assert.equal((await fetch(`http://${server.address}/ready`)).status, 200);
        await reader.close();
        for (const socket of idle) socket.destroy();
    });
});
