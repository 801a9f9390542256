/** Traces of a proxy with real workers: spans at a collector, and a collector that is not there, which costs no request anything. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { closedPort } from "../../../harness/ports";
import { emptyTables } from "../../../proxy/tables";
import { Collector } from "../../support/collector";
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
