/** Error pages as clients of HTTP/1.1 and HTTP/2 get them, beside a real backend. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { cluster, delta, endpoints, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { startProxy, type TestProxy } from "./harness";

describe("error pages on the wire", () => {
    let proxy: TestProxy;
    let connections = 0;
    const backend = createServer((request, response) => {
        response.writeHead(503, { "content-type": "text/plain", "retry-after": "3" });
        // In parts, and so without a length.
        response.write("some");
        response.end(request.url);
    }).on("connection", () => connections++);

    before(async () => {
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const { port } = backend.address() as AddressInfo;
        const pages = [
            { statuses: [[404, 404]] as const, of: "gateway" as const, html: "<p>é {{status}}", json: '{"s":{{status}}}' },
            { statuses: [[500, 599]] as const, of: "all" as const, text: "{{status}} {{reason}}\n" },
        ];
        proxy = await startProxy(
            delta(1, {
                clusters: [cluster("c")],
                endpoints: [endpoints("c", port)],
                virtualHosts: [virtualHost("*", [route(forwardTo("c"), { match: prefix("/on") })])],
                errorPages: [{ key: "*", pages, origin: ORIGIN }],
            }),
        );
    });
    after(async () => {
        await proxy.close();
        backend.close();
    });

    it("have their length, keep the client's connection and the backend's, and none of them is lost", async () => {
        const client = new RawClient(proxy.port);
        for (let turn = 0; turn < 3; turn++) {
            const own = await client.get("/off", "web.test", "accept: text/html").response();
            assert.deepEqual([own.status, Buffer.from(own.body, "latin1").toString("utf8")], [404, "<p>é 404"]);
            const theirs = await client.get("/on", "web.test").response();
            assert.deepEqual([theirs.status, theirs.body], [503, "503 Service Unavailable\n"]);
            assert.match(theirs.text, /^retry-after: 3$/m);
            assert.doesNotMatch(theirs.text, /transfer-encoding/);
        }
        client.send("HEAD /off HTTP/1.1\r\nhost: web.test\r\n\r\nGET /off HTTP/1.1\r\nhost: web.test\r\n\r\n");
        assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 404 [^]*content-length: 9/);
        assert.match(await client.until(/\{.*\}/), /^HTTP\/1\.1 404 [^]*\{"s":404\}$/);
        await client.close();
        assert.equal(connections, 1);
    });

    it("are the same over HTTP/2", async () => {
        const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
        const ask = async (path: string, headers: http2.OutgoingHttpHeaders = {}): Promise<unknown[]> => {
            const stream = session.request({ ":path": path, ":authority": "web.test", ...headers });
            const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & { ":status": number }];
            let body = "";
            for await (const chunk of stream) body += String(chunk);
            return [head[":status"], head["content-type"], head["content-length"], body];
        };
        assert.deepEqual(await ask("/off"), [404, "application/json", "9", '{"s":404}']);
        assert.deepEqual(await ask("/on"), [503, "text/plain; charset=utf-8", "24", "503 Service Unavailable\n"]);
        assert.deepEqual(await ask("/off", { ":method": "HEAD" }), [404, "application/json", "9", ""]);
        session.close();
        await once(session, "close");
    });
});
