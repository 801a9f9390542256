/** What a proxy with real workers tells collectors: spans, records of access logs; and a collector that is not there, which costs no request anything. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { closedPort } from "../../../harness/ports";
import { emptyTables, type AccessLogEntry } from "../../../proxy/tables";
import { Collector, valuesOf } from "../../support/collector";
import { eventually } from "../../support/eventually";
import { clusterTo, ProxyRig, tablesOf } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { tracing } from "../tracing/entries";
import { get, WEB, web } from "./support";

describe("a proxy that traces", () => {
    let worker: Bundle;
    let rig: ProxyRig;
    let collector: Collector;
    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        collector = await Collector.start();
    });
    after(async () => {
        worker.remove();
        await collector.close();
    });
    beforeEach(async () => {
        rig = await new ProxyRig().start(worker.file, web("web"));
        await rig.proxy.ready;
    });
    afterEach(() => rig.stop());

    function trace(port: number): void {
        const { clusters, endpoints } = clusterTo("otel", port);
        const entries = { ...web("web"), clusters: clusters.map((one) => ({ ...one, protocol: "http2" as const })), endpoints };
        rig.setTables({ ...emptyTables(), ...tablesOf(entries), tracing: new Map([["default", tracing()]]) });
    }

    it("tells a collector of each request within a second or so, and counts what it took", async () => {
        trace(collector.grpcPort);
        await eventually(async () => {
            assert.equal(await get(rig.port(WEB)), "web");
            assert.ok(collector.spans.some(({ name }) => name === "ingress"));
        });
        await eventually(async () => {
            const { total } = (await rig.admin("/stats")) as { total: Record<string, number> };
            assert.ok(
                Object.entries(total).some(([name, count]) => name.startsWith("telemetry_exported") && count > 0),
                JSON.stringify(total),
            );
        });
        assert.deepEqual(await rig.admin("/findings"), []);
    });

    it("tells a collector of records of access logs, and names one that is not there once", async () => {
        const log = (port: number): void => {
            const { clusters, endpoints } = clusterTo("otel", port);
            const entries = { ...web("web"), clusters: clusters.map((one) => ({ ...one, protocol: "http2" as const })), endpoints };
            const { collector: to, origin } = tracing();
            const entry: AccessLogEntry = {
                key: "otel",
                to: { kind: "otlp", collector: to, text: "%RESPONSE_CODE% %REQ(:PATH)%", attributes: [] },
                filter: "",
                origin,
            };
            rig.setTables({ ...emptyTables(), ...tablesOf(entries), accessLogs: new Map([["otel", entry]]) });
        };
        log(collector.grpcPort);
        await eventually(async () => {
            assert.equal(await get(rig.port(WEB)), "web");
            const [first] = collector.logs.flatMap(({ resource_logs: all }) => all);
            assert.equal(first?.scope_logs[0]?.log_records[0]?.body.string_value, "200 /");
            assert.deepEqual(valuesOf(first.resource.attributes), { "service.name": "gw.edge" });
        });
        log(await closedPort());
        await eventually(async () => {
            assert.equal(await get(rig.port(WEB)), "web");
            const [finding] = (await rig.admin("/findings")) as { code: string; message: string }[];
            assert.equal(finding?.code, "GH0488");
            assert.match(finding.message, /collector of logs otel .*connect-failure/);
        });
        assert.equal(rig.log.filter(({ msg }) => msg.includes("GH0488")).length <= 1, true);
    });

    it("serves as ever where the collector is not there, and says so with the provider's object", async () => {
        trace(await closedPort());
        await eventually(async () => {
            assert.equal(await get(rig.port(WEB)), "web");
            const [finding] = (await rig.admin("/findings")) as { code: string; message: string; object: object }[];
            assert.equal(finding?.code, "GH0488");
            assert.match(finding.message, /collector of traces otel .*connect-failure/);
        });
        assert.equal(rig.log.filter(({ msg }) => msg.includes("GH0488")).length <= 1, true);
    });
});
