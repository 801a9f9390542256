/** Refusals are seen, and a flood of them does not fill a disk. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Logger } from "pino";
import { Figures, RequestObservers, type RequestRecord } from "../../../proxy/telemetry";
import type { ConnectionInfo } from "../../../proxy/http/doors";
import { logged, TEXT } from "../../support/access-logs";
import { eventually } from "../../support/eventually";
import { Notices } from "../../../proxy/processes/notices";

const CONNECTION: ConnectionInfo = {
    remoteAddress: "192.0.2.7",
    remotePort: 4000,
    localAddress: "192.0.2.1",
    localPort: 8080,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "",
    chain: "",
    forwardedClientCert: "",
};
const FAULT = { status: 400, detail: "malformed host", codecError: "http1.codec_error", bodyBytes: 7 };

function noted(): { readonly notices: Notices; readonly lines: [object, string][]; readonly figures: Figures } {
    const lines: [object, string][] = [];
    const figures = new Figures({ openConnections: () => 0, droppedLogLines: () => 0, codecs: [] });
    const log = { warn: (more: object, text: string) => void lines.push([more, text]) } as unknown as Logger;
    return { notices: new Notices(log, figures, 20), lines, figures };
}

describe("what is refused below the exchange", () => {
    it("is counted by the limit that it met, where it met one", () => {
        const { notices, figures } = noted();
        notices.refused(FAULT, CONNECTION, undefined);
        for (const detail of ["head too large", "too many header fields", "header list too large, or of too many fields"])
            notices.refused({ ...FAULT, status: 431, detail }, CONNECTION, undefined);
        notices.refused({ ...FAULT, status: 408, detail: "no whole head in time" }, CONNECTION, undefined);
        assert.equal(figures.limits.reached.of("head_too_large").value, 3);
        assert.equal(figures.limits.reached.of("head_timeout").value, 1);
    });

    it("is told at once, and again after a while with how often", async () => {
        const { notices, lines, figures } = noted();
        for (let at = 0; at < 10_000; at++) notices.refused(FAULT, CONNECTION, undefined);
        notices.refused({ ...FAULT, status: 501, detail: "unknown method" }, CONNECTION, undefined);
        assert.deepEqual(lines, [
            [{ reason: "malformed host", status: 400, client: "192.0.2.7", port: 80 }, "request refused"],
            [{ reason: "unknown method", status: 501, client: "192.0.2.7", port: 80 }, "request refused"],
        ]);
        await eventually(() =>
            assert.deepEqual(lines.slice(2), [[{ reason: "malformed host", times: 9_999, seconds: 0.02 }, "request refused, again"]]),
        );
        assert.equal(figures.requestsRefused.value, 10_001);
    });

    it("is a line of the access log, where no exchange tells of it", () => {
        const records: RequestRecord[] = [];
        noted().notices.refused(FAULT, CONNECTION, new RequestObservers([{ requestFinished: (record) => void records.push(record) }]));
        assert.match(
            logged(TEXT, (log) => log.requestFinished(records[0]!)),
            /^\[[^\]]+\] "- - HTTP\/1\.1" 400 DPE http1\.codec_error\{malformed_host\} - .* 192\.0\.2\.1:8080 192\.0\.2\.7:4000 - -\n$/,
        );
    });

    it("tells of a dropped header by a short name", () => {
        const { notices, lines, figures } = noted();
        for (let at = 0; at < 100; at++) notices.headerDropped(`x_${"a".repeat(1000)}${at}`, CONNECTION);
        assert.deepEqual([figures.headersDropped.value, lines.length, (lines[0]![0] as { header: string }).header.length], [100, 1, 64]);
    });
});
