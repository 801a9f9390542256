/** What changes while a gateway serves, deployed by Pulumi into a cluster whose pods are real proxies: no request is lost. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { PulumiHome } from "../../support/pulumi-home";
import { needTools } from "../../support/tools";
import { PulumiWorkspace } from "../support/pulumi-workspace";
import { Balancer } from "./support/balancer";
import { Kubelet } from "./support/kubelet";
import { Load } from "./support/load";
import { PodNetwork } from "./support/pod-network";

const WHAT = "changes under load in a real cluster";
const NAMESPACE = "rollout-edge";
const SETTLE_MS = 120_000;

describe("a gateway that changes under load", function () {
    this.timeout(600_000);
    let plane: ControlPlane | undefined;
    let network: PodNetwork | undefined;
    let kubelet: Kubelet;
    let home: PulumiHome | undefined;
    let workspace: PulumiWorkspace;
    let balancer: Balancer | undefined;
    let load: Load;
    let port: number;
    let ca: string;

    const pods = (): ReturnType<Kubelet["pods"]> => kubelet.pods("gateway-namespace", NAMESPACE);
    async function up(changes: Readonly<Record<string, string>>): Promise<number> {
        for (const [key, value] of Object.entries(changes)) await workspace.setConfig(`traffic-rollout:${key}`, value);
        const { code, text } = await workspace.up();
        assert.equal(code, 0, text);
        return performance.now();
    }
    /** As many pods as wanted, all serving, none of them one of those before. */
    const settled = (count: number, gone: readonly string[] = []): Promise<void> =>
        eventually(() => {
            const now = pods();
            assert.deepEqual(
                [now.length, now.every(({ isReady }) => isReady), now.filter(({ name }) => gone.includes(name)).length],
                [count, true, 0],
            );
        }, SETTLE_MS);

    before(async function () {
        home = PulumiHome.open(this, WHAT);
        needTools(this, WHAT, "ip");
        plane = await startControlPlane(this, { nodes: 2, pods: "test" });
        network = new PodNetwork();
        kubelet = new Kubelet(plane, network);
        const values = { image: "registry.example/gatehouse:1", replicas: "2", validityHours: "2000", edition: "one" };
        const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`traffic-rollout:${key}`, value]));
        workspace = await PulumiWorkspace.init(home, path.join(__dirname, "programs/rollout"), { kubeconfig: plane.kubeconfig, config });
        await up({});
        ca = (await workspace.outputs<{ caPem: string }>()).caPem;
        const opened = await Balancer.of(kubelet, NAMESPACE, "public");
        balancer = opened.balancer;
        port = opened.ports.get(443) ?? 0;
        await eventually(() => assert.equal(balancer?.targets(443).length, 2), SETTLE_MS);
    });
    after(async () => {
        balancer?.close();
        await kubelet?.stop();
        network?.close();
        await plane?.stop();
        home?.close();
    });
    beforeEach(async () => {
        load = new Load({ port, host: "shop.example.com", path: "/headers", ca, kept: 4, fresh: 2 });
        await load.more(50);
    });
    afterEach(() => load.stop());

    async function lostNone(): Promise<void> {
        await load.more(100);
        await load.stop();
        assert.deepEqual(load.lost, []);
        console.log(`      ${load.answered} requests answered, none lost`);
    }

    it("loses no request while another image rolls out", async () => {
        const before = pods().map(({ name }) => name);
        await up({ image: "registry.example/gatehouse:2" });
        await settled(2, before);
        await lostNone();
    });

    it("loses no request while its certificate is rotated, and new connections get the new one", async () => {
        const before = load.last?.serial;
        await up({ validityHours: "2001" });
        await eventually(() => assert.notEqual(load.last?.serial, before), SETTLE_MS);
        await lostNone();
    });

    it("loses no request while it is scaled up and down", async () => {
        await up({ replicas: "3" });
        await settled(3);
        await load.more(100);
        await up({ replicas: "2" });
        await settled(2);
        await lostNone();
    });

    it("serves a changed route within moments of the update's end", async () => {
        const ended = await up({ edition: "two" });
        await eventually(() => assert.equal(load.last?.headers["x-edition"], "two"), SETTLE_MS);
        console.log(`      on the wire ${Math.round(performance.now() - ended)} ms after pulumi up ended`);
        await lostNone();
    });

    it("loses no request while the API server is away, and takes up what changed when it is back", async () => {
        await plane!.stopApiServer();
        await load.more(200);
        await plane!.startApiServer();
        await up({ edition: "three" });
        await eventually(() => assert.equal(load.last?.headers["x-edition"], "three"), SETTLE_MS);
        await lostNone();
    });

    it("serves on when its Secret is deleted by hand, and an update makes it again", async () => {
        const { items } = await plane!.get<{ items: { metadata: { name: string }; type: string }[] }>("secrets", "-n", NAMESPACE);
        const [secret] = items.filter(({ type }) => type === "kubernetes.io/tls");
        assert.ok(secret);
        await plane!.ask(["delete", "secret", secret.metadata.name, "-n", NAMESPACE]);
        await load.more(200);
        const refreshed = await workspace.refresh();
        assert.equal(refreshed.code, 0, refreshed.text);
        await up({});
        await lostNone();
    });

    it("serves the new weights of a route edited by hand, and Pulumi's own after the next refresh and update", async () => {
        await plane!.ask([
            "patch",
            "virtualservice",
            "shop",
            "-n",
            "rollout-apps",
            "--type=json",
            "-p",
            JSON.stringify([{ op: "replace", path: "/spec/http/0/headers/response/set/x-edition", value: "by-hand" }]),
        ]);
        await eventually(() => assert.equal(load.last?.headers["x-edition"], "by-hand"), SETTLE_MS);
        assert.equal((await workspace.refresh()).code, 0);
        await up({});
        await eventually(() => assert.equal(load.last?.headers["x-edition"], "three"), SETTLE_MS);
        await lostNone();
    });
});
