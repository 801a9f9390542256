/** Rollouts that cannot succeed: `pulumi up` ends in bounded time, and says what the cluster says. */
import assert from "node:assert/strict";
import path from "node:path";
import { afterEach, before, after, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace } from "../support";

const PATIENCE_S = 25;

interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly containerStatuses?: unknown };
}

describe("a gateway whose pods do not come up", function () {
    this.timeout(900_000);
    let plane: ControlPlane;
    let home: PulumiHome;
    let workspace: PulumiWorkspace | undefined;
    let playing: Promise<void> | undefined;
    let isOver = false;

    before(async function () {
        home = PulumiHome.open(this, "failing rollouts under the real Pulumi");
        plane = await startControlPlane(this, { nodes: 1, pods: "test", crds: false });
        playing = playPods();
    });
    after(async () => {
        isOver = true;
        await playing;
        await plane?.stop();
        home?.close();
    });
    afterEach(async () => {
        if (!workspace) return;
        const { code, text } = await workspace.destroy();
        assert.equal(code, 0, text);
    });

    const started = async (stack: string, config: Record<string, string> = {}): Promise<PulumiWorkspace> => {
        const made = await PulumiWorkspace.init(home, path.join(root, "test/e2e/workload/programs/gateway"), {
            kubeconfig: plane.kubeconfig,
            stack,
            config,
        });
        await made.setConfig("args", JSON.stringify({ rollout: { timeoutSeconds: PATIENCE_S } }));
        return made;
    };

    /** Plays a node that cannot pull: what a kubelet writes of such a pod, and that it lets go of a deleted one. */
    async function play({ metadata, status }: Pod): Promise<void> {
        if (metadata.deletionTimestamp)
            return void (await plane.kubectl([
                "delete",
                "pod",
                metadata.name,
                "-n",
                "edge",
                "--force",
                "--grace-period=0",
                "--wait=false",
            ]));
        if (status.containerStatuses) return;
        const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "registry.example/gatehouse:1"' };
        const conditions = [
            ...["PodScheduled", "Initialized"].map((type) => ({ type, status: "True" })),
            ...["ContainersReady", "Ready"].map((type) => ({
                type,
                status: "False",
                reason: "ContainersNotReady",
                message: "containers with unready status: [proxy]",
            })),
        ];
        const patch = {
            status: {
                phase: "Pending",
                conditions,
                containerStatuses: [
                    {
                        name: "proxy",
                        image: "registry.example/gatehouse:1",
                        imageID: "",
                        ready: false,
                        restartCount: 0,
                        state: { waiting },
                    },
                ],
            },
        };
        await plane.ask(["patch", "pod", metadata.name, "-n", "edge", "--subresource=status", "--type=merge", "-p", JSON.stringify(patch)]);
    }

    async function playPods(): Promise<void> {
        while (!isOver) {
            const { items } = await plane.get<{ items: Pod[] }>("pods", "-n", "edge").catch(() => ({ items: [] }));
            // A pod may go while it is written to; the next round sees how things are.
            await Promise.allSettled(items.map(play));
            await new Promise((resolve) => setTimeout(resolve, 500));
        }
    }

    it("because their image cannot be pulled, fails with the pod's own words", async () => {
        workspace = await started("pull");
        const { code, text, tookMs } = await workspace.up();
        assert.notEqual(code, 0);
        assert.match(text, /public-deployment[^]*ImagePullBackOff[^]*Back-off pulling image "registry\.example\/gatehouse:1"/);
        assert.ok(tookMs < (PATIENCE_S + 120) * 1000, `took ${tookMs} ms`);
    });

    it("because the namespace may have no more pods, fails and says where that stands", async () => {
        workspace = await started("quota", { podQuota: "0" });
        const { code, text, tookMs } = await workspace.up();
        assert.notEqual(code, 0);
        const described = await plane.ask(["describe", "replicasets,pods", "-n", "edge", "-l", "gateway-name=public"]);
        assert.match(described, /exceeded quota: quota/);
        assert.match(
            text,
            /The pods of the gateway edge\/public were not ready after 25 s; .* kubectl describe replicasets,pods -n edge -l gateway-name=public\. .*\(GH0222\)/,
        );
        assert.ok(tookMs < (PATIENCE_S + 120) * 1000, `took ${tookMs} ms`);
    });
});
