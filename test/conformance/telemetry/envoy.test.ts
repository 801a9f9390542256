/** What of our figures is Envoy's is asked of Envoy. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "mocha";
import { DEFAULT_BOUNDS } from "../../../proxy/telemetry/instruments";
import { eventually } from "../../support/eventually";
import { findEnvoy } from "../../../harness/envoy";
import { skipFor } from "../../support/tools";

const CONFIG = { admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } } };

describe("Envoy's histograms", () => {
    it("have the buckets that ours have where nobody says others", async function () {
        this.timeout(60_000);
        const envoy = findEnvoy() ?? skipFor(this, "the buckets of histograms", "envoy (on PATH or installed by npm run e2e:tools)");
        const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-envoy-"));
        const [config, address] = [path.join(dir, "envoy.json"), path.join(dir, "address")];
        writeFileSync(config, JSON.stringify(CONFIG));
        const child = spawn(envoy, [
            "-c",
            config,
            "--use-dynamic-base-id",
            "--concurrency",
            "1",
            "--admin-address-path",
            address,
            "-l",
            "off",
        ]);
        const ended = once(child, "exit");
        try {
            // It measures its own start.
            const bounds = async (): Promise<string[]> => {
                const text = await (await fetch(`http://${readFileSync(address, "utf8")}/stats/prometheus`)).text();
                return [...text.matchAll(/^envoy_server_initialization_time_ms_bucket\{le="([^"]+)"\}/gm)].map(([, bound = ""]) => bound);
            };
            await eventually(async () => assert.deepEqual(await bounds(), [...DEFAULT_BOUNDS.map(String), "+Inf"]), 30_000);
        } finally {
            child.kill("SIGKILL");
            await ended;
            rmSync(dir, { recursive: true, force: true });
        }
    });
});
