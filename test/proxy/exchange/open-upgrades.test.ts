/** WebSockets that are open while the configuration changes around them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import type { TablesDelta } from "../../../proxy/tables";
import { cluster, delta, endpoints, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { startProxy } from "./harness";

const WEB = virtualHost("web.test", [route(forwardTo("c"))]);

describe("an open WebSocket", () => {
    it("lives through changes of other hosts, of its own routes, and of everything at once", async () => {
        let opened = 0;
        const backend = createServer().on("upgrade", (_request, socket) => {
            opened++;
            socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
            socket.on("data", (chunk: Buffer) => socket.write(`back ${chunk.toString()}`));
            socket.on("end", () => socket.end()).on("error", () => undefined);
        });
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const { port } = backend.address() as AddressInfo;
        const there = { clusters: [cluster("c")], endpoints: [endpoints("c", port)] };
        const proxy = await startProxy(delta(1, { ...there, virtualHosts: [WEB] }));
        const client = new RawClient(proxy.port);
        client.get(
            "/ws",
            "web.test",
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==",
        );
        assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /);
        const other = virtualHost("other.test", [route(forwardTo("d"))]);
        const moved = virtualHost("web.test", [route(forwardTo("c"), { match: prefix("/else") })]);
        const changes: Record<string, TablesDelta> = {
            "another host comes": {
                version: 2,
                full: false,
                remove: {},
                set: { virtualHosts: [other], clusters: [cluster("d")], endpoints: [endpoints("d", port)] },
            },
            "it changes": { version: 3, full: false, remove: {}, set: { endpoints: [endpoints("d", port + 1)] } },
            "it goes": { version: 4, full: false, set: {}, remove: { virtualHosts: [other.key], clusters: ["d"], endpoints: ["d"] } },
            "its own routes lead elsewhere": { version: 5, full: false, remove: {}, set: { virtualHosts: [moved] } },
            "error pages come": {
                version: 6,
                full: false,
                remove: {},
                set: { errorPages: [{ key: "*", pages: [{ statuses: [[404, 404]], of: "gateway", text: "x" }], origin: ORIGIN }] },
            },
            "everything is sent anew": delta(7, { ...there, virtualHosts: [WEB] }),
        };
        for (const [title, change] of Object.entries(changes)) {
            proxy.apply(change);
            assert.equal(await client.send("ping").until(/ping/), "back ping", title);
        }
        assert.equal(opened, 1);
        await client.close();
        await proxy.close();
        backend.close();
        backend.closeAllConnections();
    });
});
