/** The real `istioctl analyze` over all of a cluster. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before } from "mocha";
import { ISTIO_CODES, type KubeObject } from "../../../istio";
import { makeCredentials, type Credentials, type Said } from "../../istio/analysis/record";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { run } from "../../support/gatehouse";
import { needTools } from "../../support/tools";
import { Cluster } from "./cluster";

interface Message {
    readonly code: string;
    readonly origin: string;
    readonly message: string;
}

/** Of one suite, set before its first test. */
export interface Stage {
    tool: string;
    plane: ControlPlane;
    cluster: Cluster;
    credentials: Credentials;
    readonly folder: string;
}

/** Starts a cluster for the suite that this is called in, and ends it; without the tools the suite is skipped. `what`: what needs them. */
export function besideIstioctl(what: string): Stage {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-istioctl-"));
    const stage = { folder } as Stage;
    before(async function () {
        stage.tool = needTools(this, what, "istioctl").istioctl;
        stage.plane = await startControlPlane(this);
        stage.cluster = new Cluster(stage.plane);
        stage.credentials = await makeCredentials();
    });
    after(async () => {
        // Where the suite was skipped they are not there.
        const { cluster, plane }: Partial<Stage> = stage;
        cluster?.close();
        await plane?.stop();
        rmSync(folder, { recursive: true, force: true });
    });
    return stage;
}

/** What istioctl says of everything in the cluster, and of objects that the API server did not take as if it had. */
export async function istioctl({ tool, plane, folder }: Stage, refused: readonly KubeObject[]): Promise<Said[]> {
    const files = refused.map((object, index) => {
        const file = path.join(folder, `${index}.json`);
        writeFileSync(file, JSON.stringify(object));
        return file;
    });
    const { code, stdout, stderr } = await run(tool, ["analyze", "-A", "-o", "json", "--kubeconfig", plane.kubeconfig, ...files], {
        env: { HOME: folder },
        timeoutMs: 120_000,
    });
    assert.equal(code, 0, stderr);
    // Where it reads the mesh's configuration, lines of its log stand before the list.
    const messages = JSON.parse(stdout.slice(Math.max(0, stdout.search(/^(\[|null)/m)))) as readonly Message[] | null;
    return (messages ?? [])
        .filter((one) => Object.hasOwn(ISTIO_CODES, one.code))
        .map(({ code: istio, origin, message }) => ({ code: istio, object: origin, message }));
}
