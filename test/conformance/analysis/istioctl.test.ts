import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { ISTIO_CODES, type KubeObject } from "../../../istio";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { run } from "../../support/gatehouse";
import { findTool } from "../../support/tools";
import { CORPUS } from "../../istio/analysis/corpus";
import { filled, makeCredentials, RECORD, type Credentials, type Said } from "../../istio/analysis/record";
import { Cluster } from "./cluster";

interface Message { readonly code: string; readonly origin: string; readonly message: string }

/** What istioctl says of everything in the cluster, and of objects that the API server did not take as if it had. */
async function istioctl(plane: ControlPlane, folder: string, refused: readonly KubeObject[]): Promise<Said[]> {
    const files = refused.map((object, index) => {
        const file = path.join(folder, `${index}.json`);
        writeFileSync(file, JSON.stringify(object));
        return file;
    });
    const { code, stdout, stderr } = await run(findTool("istioctl") ?? "", ["analyze", "-A", "-o", "json", "--kubeconfig", plane.kubeconfig, ...files], { env: { HOME: folder }, timeoutMs: 120_000 });
    assert.equal(code, 0, stderr);
    const messages = JSON.parse(stdout) as readonly Message[] | null;
    return (messages ?? []).filter((one) => Object.hasOwn(ISTIO_CODES, one.code)).map(({ code: istio, origin, message }) => ({ code: istio, object: origin, message }));
}

describe("analysis beside istioctl", function () {
    this.timeout(900_000);
    let plane: ControlPlane;
    let cluster: Cluster;
    let credentials: Credentials;
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-analysis-"));

    before(async function () {
        plane = await startControlPlane(this);
        cluster = new Cluster(plane);
        credentials = await makeCredentials();
    });
    after(async () => {
        cluster?.close();
        await plane?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    it("finds what istioctl finds in a cluster that holds the same objects", async () => {
        const said: Record<string, readonly string[]> = {};
        for (const { title, objects } of CORPUS) {
            const own = objects.map((object) => filled(object, credentials));
            const refused = await cluster.load(own);
            said[title] = [...new Set((await istioctl(plane, folder, refused)).map(({ code, object }) => `${code} ${object}`))].sort();
            await cluster.clear(own);
        }
        if (process.env["UPDATE"]) writeFileSync(RECORD, `${JSON.stringify(said, null, 1)}\n`);
        assert.deepEqual(said, JSON.parse(readFileSync(RECORD, "utf8")));
    });
});
