import assert from "node:assert/strict";
import type { Logger } from "pino";
import { OutboundNotices } from "../../../proxy/processes/outbound-notices";
import { Counter } from "../../../proxy/telemetry/instruments";
import type { ConnectionRecord, RequestRecord } from "../../../proxy/telemetry";

const REQUEST = {
    routeName: "block_all",
    status: 502,
    attempts: 0,
    details: "direct_response",
    remoteAddress: "10.0.0.9",
    connection: { port: 80 },
};
const CONNECTION = { details: "BlackHoleCluster", downstreamRemoteAddress: "10.0.0.9:4711", downstreamLocalAddress: "192.0.2.1:443" };

describe("what an application may not reach", () => {
    const lines: Record<string, unknown>[] = [];
    const log = { warn: (line: Record<string, unknown>) => void lines.push(line) } as unknown as Logger;
    let outboundBlocked: Counter;
    let notices: OutboundNotices;

    beforeEach(() => {
        lines.length = 0;
        outboundBlocked = new Counter();
        notices = new OutboundNotices(log, { outboundBlocked });
    });
    const request = (authority: string, more: object = {}): void =>
        notices.requestFinished({ ...REQUEST, authority, ...more } as RequestRecord);
    const connection = (serverName: string, more: object = {}): void =>
        notices.connectionRefused({ ...CONNECTION, serverName, ...more } as ConnectionRecord);

    it("is counted each time, and told once a destination with who wanted it and what would allow it", () => {
        for (let times = 0; times < 3; times++) request("api.example.com:8080");
        connection("tls.example.com");
        connection("");
        assert.equal(outboundBlocked.value, 5);
        assert.deepEqual(
            lines.map(({ source, host, port, sni, address }) => ({ source, host, port, sni, address })),
            [
                { source: "10.0.0.9", host: "api.example.com", port: 8080, sni: undefined, address: undefined },
                { source: "10.0.0.9:4711", host: undefined, port: undefined, sni: "tls.example.com", address: "192.0.2.1:443" },
                { source: "10.0.0.9:4711", host: undefined, port: undefined, sni: undefined, address: "192.0.2.1:443" },
            ],
        );
        for (const { allowedBy } of lines) assert.match(String(allowedBy), /^a ServiceEntry .*ALLOW_ANY$/);
    });

    it("of a proxy that is asked has the port that was asked for, and is told from a port of HTTP that CONNECT does not lead to", () => {
        request("api.example.com", { connection: { port: 15_080, isProxy: true } });
        const tunnel = { routeName: "", details: "egress_refused{no_connect}" };
        request("nobody.example.com:443", { ...tunnel, virtualHost: "*" });
        request("known.example.com:80", { ...tunnel, virtualHost: "known.example.com:80" });
        assert.deepEqual(
            lines.map(({ port }) => port),
            [80, 443, 80],
        );
        assert.match(String(lines[1]?.["allowedBy"]), /^a ServiceEntry .*nobody\.example\.com and the port 443/);
        assert.match(String(lines[2]?.["allowedBy"]), /^a whole URL instead of CONNECT/);
    });

    it("is told apart for no more destinations than are of use", () => {
        for (let at = 0; at < 1_000; at++) request(`h${at}.example.com`);
        assert.deepEqual([outboundBlocked.value, lines.length], [1_000, 100]);
    });

    it("is nothing else that ends alike", () => {
        request("a.example.com", { routeName: "default" });
        request("a.example.com", { attempts: 1 });
        request("a.example.com", { status: 200 });
        connection("a.example.com", { details: "filter_chain_not_found" });
        assert.deepEqual([outboundBlocked.value, lines], [0, []]);
        request("a.example.com", { routeName: "", details: "egress_refused{no_connect}" });
        assert.equal(outboundBlocked.value, 1);
    });
});
