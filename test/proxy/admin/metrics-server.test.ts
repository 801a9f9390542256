/** What a scraper is sent of much: all of it, and not compressed, which would cost more than the rest. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "mocha";
import { startMetricsServer } from "../../../proxy/admin/metrics-server";
import { Ledger, MetricRegistry } from "../../../proxy/telemetry";

describe("a scrape", () => {
    for (const [much, series, encoding] of [
        ["that is small is compressed for who takes it", 100, "gzip"],
        ["of ten thousands of lines is sent as it is, and whole", 30_000, undefined],
    ] as const)
        it(much, async () => {
            const registry = new MetricRegistry(series);
            const hosts = registry.counters("hosts", "", ["host"]);
            for (let at = 0; at < series; at++) hosts.of(String(at)).add(at);
            const ledger = new Ledger();
            ledger.told({}, registry.changes());
            const server = await startMetricsServer("127.0.0.1:0", {
                stats: async () => ({ total: [], workers: new Map() }),
                scrape: async () => ledger.families,
            });
            try {
                const [response] = (await once(
                    http.get(`http://${server.address}/metrics`, { headers: { "accept-encoding": "gzip" }, agent: false }),
                    "response",
                )) as [http.IncomingMessage];
                assert.equal(response.headers["content-encoding"], encoding);
                let text = "";
                for await (const part of response) text += String(part);
                if (encoding === undefined) assert.equal(text.match(/^gatehouse_hosts_total\{/gm)?.length, series);
            } finally {
                server.close();
            }
        });
});
