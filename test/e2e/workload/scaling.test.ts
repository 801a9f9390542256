/**
 * How many pods there are, whoever decides it: Pulumi, the autoscaler, a hand. The cluster has no metrics, so the
 * autoscaler's decisions are played through the same door that it uses, the scale subresource.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace, type PulumiRun } from "../support";

describe("the number of a gateway's pods", function () {
    this.timeout(900_000);
    let plane: ControlPlane;
    let home: PulumiHome;
    let workspace: PulumiWorkspace;

    before(async function () {
        home = PulumiHome.open(this, "scaling under the real Pulumi");
        plane = await startControlPlane(this, { nodes: 2, crds: false });
        workspace = await PulumiWorkspace.init(home, path.join(root, "test/e2e/workload/programs/gateway"), {
            kubeconfig: plane.kubeconfig,
        });
        await up({});
    });
    after(async () => {
        await plane?.stop();
        home?.close();
    });

    const up = async (args: object): Promise<PulumiRun> => {
        await workspace.setConfig("args", JSON.stringify(args));
        const run = await workspace.up();
        assert.equal(run.code, 0, run.text);
        return run;
    };
    const replicas = async (): Promise<number> =>
        (await plane.get<{ spec: { replicas: number } }>("deployment", "public", "-n", "edge")).spec.replicas;
    const scale = (count: number): Promise<string> => plane.ask(["scale", "deployment/public", "-n", "edge", `--replicas=${count}`]);

    it("begins with what the autoscaler leaves at least", async () => {
        assert.equal(await replicas(), 2);
    });

    it("stays what the autoscaler made it, over an update without and one with changes, and over a refresh", async () => {
        await scale(4);
        const again = await workspace.up({ args: ["--expect-no-changes"] });
        assert.equal(again.code, 0, again.text);
        assert.equal(await replicas(), 4);
        await up({ image: "registry.example/gatehouse:2" });
        assert.equal(await replicas(), 4);
        const refreshed = await workspace.refresh();
        assert.equal(refreshed.code, 0, refreshed.text);
        const after = await workspace.up({ args: ["--expect-no-changes"] });
        assert.equal(after.code, 0, after.text);
        assert.equal(await replicas(), 4);
    });

    it("is what is asked for once autoscaling is switched off, whoever set it before", async () => {
        await up({ autoscaling: false, replicas: 3 });
        assert.equal(await replicas(), 3);
        assert.deepEqual((await plane.get<{ items: unknown[] }>("hpa", "-n", "edge")).items, []);
        await scale(5);
        await up({ autoscaling: false, replicas: 4 });
        assert.equal(await replicas(), 4);
    });

    it("does not fall when autoscaling is switched on, and rises to what it asks for at least", async () => {
        await up({});
        assert.equal(await replicas(), 4);
        await up({ autoscaling: { minReplicas: 6, maxReplicas: 8 } });
        await eventually(async () => assert.equal(await replicas(), 6), 90_000);
        await up({ autoscaling: { minReplicas: 6, maxReplicas: 8 }, image: "registry.example/gatehouse:3" });
        assert.equal(await replicas(), 6);
    });

    it("is never short of ready pods while they are replaced", async () => {
        const { status, spec } = await plane.get<{ status: Record<string, number>; spec: { strategy: { rollingUpdate: unknown } } }>(
            "deployment",
            "public",
            "-n",
            "edge",
        );
        assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
        assert.equal(status["availableReplicas"], 6);
    });
});
