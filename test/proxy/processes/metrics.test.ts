/** Prometheus reads what all workers have counted from a port of its own. */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { gunzipSync } from "node:zlib";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { get, WEB, web } from "./support";

interface Scraped {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: Buffer;
}

describe("the port for metrics", () => {
    let worker: Bundle;
    let rig: ProxyRig;
    before(() => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
    });
    after(() => worker.remove());
    beforeEach(async () => {
        rig = await new ProxyRig().start(worker.file, web("web"), { concurrency: 2, metrics: "127.0.0.1:0" });
        await rig.proxy.ready;
    });
    afterEach(async () => rig.stop());

    async function scrape(path = "/stats/prometheus", headers: http.OutgoingHttpHeaders = {}, method = "GET"): Promise<Scraped> {
        const { metricsAddress } = rig.proxy;
        return new Promise((resolve, reject) => {
            http.request(`http://${metricsAddress}${path}`, { headers, method, agent: false }, (response) => {
                const parts: Buffer[] = [];
                response
                    .on("data", (part: Buffer) => parts.push(part))
                    .on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
            })
                .on("error", reject)
                .end();
        });
    }

    it("tells at once what was counted before it was asked, by both names and in both formats, compressed and not", async () => {
        for (let n = 1; n <= 5; n++) {
            await get(rig.port(WEB));
            const { headers, body } = await scrape();
            assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
            assert.match(body.toString(), new RegExp(`^gatehouse_requests_total ${n}$`, "m"));
        }
        const open = await scrape("/metrics", { accept: "application/openmetrics-text; version=1.0.0", "accept-encoding": "gzip" });
        assert.equal(open.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert.match(gunzipSync(open.body).toString(), /^# TYPE gatehouse_requests counter\ngatehouse_requests_total 5$/m);
        const admin = await fetch(`http://${rig.proxy.adminAddress}/stats/prometheus`);
        assert.match(await admin.text(), /^gatehouse_requests_total 5$/m);
    });

    it("answers nothing else", async () => {
        const answers = [];
        for (const path of ["/config_dump", "/stats", "/workers", "/ready", "/stats/prometheus/"])
            answers.push((await scrape(path)).status);
        assert.deepEqual(answers, [404, 404, 404, 404, 404]);
        assert.equal((await scrape("/stats/prometheus", {}, "POST")).status, 405);
        const head = await scrape("/metrics", {}, "HEAD");
        assert.deepEqual([head.status, head.body.length], [200, 0]);
    });

    it("is refused by its name where somebody has said it, and done without where nobody has", async () => {
        const taken = rig.proxy.metricsAddress;
        await assert.rejects(new ProxyRig().start(worker.file, web("web"), { metrics: taken }), {
            message: `the metrics server can't listen on ${taken}: EADDRINUSE`,
        });
        const other = await new ProxyRig().start(worker.file, web("web"), { metrics: taken, isMetricsGuessed: true });
        try {
            const ready = await other.proxy.ready;
            assert.equal(ready.metrics, "");
            const said = other.log.map(({ msg }) => msg);
            assert.equal(said.at(said.indexOf("ready") + 1), "no metrics are served; --metrics says where they are to be");
        } finally {
            await other.stop();
        }
    });

    it("keeps nobody out by readers that do not read", async () => {
        const { port, hostname } = new URL(`http://${rig.proxy.metricsAddress}`);
        const idle = Array.from({ length: 40 }, () => net.connect(Number(port), hostname).on("error", () => undefined));
        try {
            for (const one of idle) one.write("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
            await get(rig.port(WEB));
            assert.match((await scrape()).body.toString(), /^gatehouse_requests_total 1$/m);
        } finally {
            for (const one of idle) one.destroy();
        }
    });
});
