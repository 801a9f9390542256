/** What a worker tells those who watch: by their filters, in bounded batches. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LiveTail, type WatchedBatch } from "../../../proxy/log";
import type { RequestRecord } from "../../../proxy/telemetry";
import { eventually } from "../../support/eventually";

function request(path: string, status = 200): RequestRecord {
    return {
        start: 0,
        duration: 1,
        protocol: "HTTP/1.1",
        method: "GET",
        authority: "web.test",
        path,
        status,
        flags: "",
        details: "via_upstream",
        bytesReceived: 0,
        bytesSent: 0,
        requestHeaders: [],
        responseHeaders: [],
        requestId: "",
        routeName: "",
        virtualHost: "",
        routeOrigin: undefined,
        policyMarks: [],
        cluster: "",
        upstreamHost: "",
        upstreamLocalAddress: "",
        upstreamFailure: "",
        upstreamTime: -1,
        attempts: 0,
        remoteAddress: "127.0.0.1",
        remotePort: 1,
        connection: { localAddress: "127.0.0.1", localPort: 80, serverName: "", forwardedClientCert: "" },
    } as unknown as RequestRecord;
}

class Told {
    readonly batches: WatchedBatch[] = [];
    readonly sent: (() => void)[] = [];
    readonly tail = new LiveTail((batch, sent) => {
        this.batches.push(batch);
        this.sent.push(sent);
    });

    paths(id: number): unknown[] {
        return this.batches.flatMap(({ records }) =>
            records.filter(({ watches }) => watches.includes(id)).map(({ record }) => (JSON.parse(record) as { path: unknown }).path),
        );
    }
}

describe("the live tail of a worker", () => {
    it("tells each who watches what its filter lets through, one record once", async () => {
        const told = new Told();
        told.tail.watch([
            { id: 1, filter: "" },
            { id: 2, filter: "response.code >= 400" },
            { id: 3, filter: 'request.method == "PUT"' },
        ]);
        told.tail.requestFinished(request("/a"));
        told.tail.requestFinished(request("/b", 404));
        await eventually(() => assert.equal(told.batches.length, 1));
        assert.deepEqual([told.paths(1), told.paths(2), told.paths(3)], [["/a", "/b"], ["/b"], []]);
        assert.equal(told.batches[0]!.records.length, 2);
    });

    it("holds one batch at most while the one before is on its way, and counts what does not fit for each who missed it", async () => {
        const told = new Told();
        told.tail.watch([
            { id: 1, filter: "" },
            { id: 2, filter: 'request.path == "/last"' },
        ]);
        told.tail.requestFinished(request("/first"));
        await eventually(() => assert.equal(told.batches.length, 1));
        for (let n = 0; n < 1_000; n++) told.tail.requestFinished(request(`/${n}`));
        told.tail.requestFinished(request("/last"));
        await new Promise((resolve) => setTimeout(resolve, 250));
        assert.equal(told.batches.length, 1);
        told.sent[0]!();
        await eventually(() => assert.equal(told.batches.length, 2));
        const [, { records, lost } = { records: [], lost: [] }] = told.batches;
        const missed = new Map(lost);
        assert.equal(records.length + missed.get(1)!, 1_001);
        assert.equal(missed.get(2), 1);
    });

    it("bounds a batch by its size too", async () => {
        const told = new Told();
        told.tail.watch([{ id: 1, filter: "" }]);
        for (let n = 0; n < 100; n++) told.tail.requestFinished(request("/".padEnd(50_000, "x")));
        await eventually(() => assert.equal(told.batches.length, 1));
        assert.ok(told.batches[0]!.records.reduce((sum, { record }) => sum + record.length, 0) < 400_000);
        assert.equal(told.batches[0]!.records.length + told.batches[0]!.lost[0]![1], 100);
    });
});
