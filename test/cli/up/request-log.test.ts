/** The request log beside a server of events: what is shown of a storm, and that it comes back. */
import assert from "node:assert/strict";
import http, { type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import { RequestLog } from "../../../cli/up/request-log";
import { eventually } from "../../support/eventually";

describe("the request log", () => {
    let server: http.Server;
    let admin: string;
    let streams: ServerResponse[];
    let lines: string[];
    let ending: AbortController;

    beforeEach(async () => {
        streams = [];
        lines = [];
        ending = new AbortController();
        server = http.createServer((request, response) => {
            assert.equal(request.url, "/tail?values=shown");
            response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
            streams.push(response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        admin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
        ending.abort();
        server.closeAllConnections();
        server.close();
    });

    const follow = async (): Promise<RequestLog> => {
        const log = new RequestLog(
            (line) => lines.push(line),
            (_style, text) => text,
            ending.signal,
        );
        log.follow([{ name: "ingress/public", admin }]);
        await eventually(() => assert.equal(streams.length, 1));
        return log;
    };
    const record = (path: string): string =>
        `data: ${JSON.stringify({ method: "GET", protocol: "HTTP/1.1", path, response_code: 200 })}\n\n`;

    it("shows each record in a line of its own, however the bytes come", async () => {
        await follow();
        const text = record("/one") + record("/zwei-ü");
        for (const byte of Buffer.from(text)) streams[0]!.write(Buffer.of(byte));
        await eventually(() => assert.equal(lines.length, 2));
        assert.match(lines[0]!, /\/one/);
        assert.match(lines[1]!, /\/zwei-ü/);
    });

    it("shows a part of a storm, and says how much more there was", async () => {
        await follow();
        streams[0]!.write(record("/x").repeat(500) + 'event: lost\ndata: {"lines":1000}\n\n');
        await eventually(() => assert.match(lines.at(-1) ?? "", /… \d+ more that are not shown/));
        const shown = lines.length - 1;
        assert.ok(shown <= 100, `${shown}`);
        assert.equal(lines.at(-1), `… ${1500 - shown} more that are not shown`);
    });

    it("comes back to a proxy that went away", async () => {
        await follow();
        streams[0]!.destroy();
        await eventually(() => assert.equal(streams.length, 2), 10_000);
        streams[1]!.write(record("/again"));
        await eventually(() => assert.match(lines[0] ?? "", /\/again/));
    });

    it("leaves a proxy that is no longer followed", async () => {
        const log = await follow();
        const closed = new Promise((resolve) => streams[0]!.once("close", resolve));
        log.follow([]);
        await closed;
    });
});
