/**
 * Every stack of the project under the real Pulumi and a real Kubernetes: previewed, deployed, deployed again, refreshed,
 * destroyed. Stacks take the same namespaces, so they come one after the other; two clusters halve the time.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { LoadBalancers, PulumiWorkspace, stepText, type PulumiRun } from "../support";

const WITHOUT_PORT = path.join(root, "test/e2e/pulumi/programs/platform-without-port");
const NO_CHANGES = { args: ["--expect-no-changes"] };

type Command = "preview" | "up" | "again" | "refresh" | "destroy";

/** What a stack went through, for the tests to look at. */
interface Lifecycle {
    readonly runs: Readonly<Record<Command, PulumiRun>>;
    /** What the gateway says of itself; none where the stack has no gateway. */
    readonly addresses: readonly string[] | undefined;
    /** `Kind namespace/name` of what was still there after it was destroyed. */
    readonly left: readonly string[];
}

interface Cluster {
    readonly plane: ControlPlane;
    readonly home: PulumiHome;
}

/** `both` between the second deployment and the end, for what takes two stacks. */
async function lifecycle(
    { plane, home }: Cluster,
    name: string,
    both: (workspace: PulumiWorkspace) => Promise<void> = async () => undefined,
): Promise<Lifecycle> {
    const workspace = await PulumiWorkspace.init(home, path.join(root, "stacks", name), { kubeconfig: plane.kubeconfig });
    const before = await objectsOf(plane);
    const preview = await workspace.preview();
    const up = await workspace.up();
    const addresses = (await workspace.resources()).find(({ type }) => type === "gatehouse:index:IngressGateway")?.outputs?.addresses as
        | string[]
        | undefined;
    const again = await workspace.up(NO_CHANGES);
    const refresh = await workspace.refresh(NO_CHANGES);
    await both(workspace);
    const destroy = await workspace.destroy();
    const left = (await objectsOf(plane)).filter((object) => !before.includes(object));
    return { runs: { preview, up, again, refresh, destroy }, addresses, left };
}

/** Everything that a stack may have made, wherever it stands. */
async function objectsOf(plane: ControlPlane): Promise<string[]> {
    const kinds =
        "namespaces,deployments,services,secrets,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies,gateways.networking.istio.io,virtualservices,telemetries,authorizationpolicies,requestauthentications";
    const { items } = await plane.get<{ items: { kind: string; metadata: { name: string; namespace?: string } }[] }>(kinds, "-A");
    return items.map(({ kind, metadata: { name, namespace = "" } }) => `${kind} ${namespace}/${name}`).sort();
}

describe("the stacks under the real Pulumi", function () {
    const clusters: Cluster[] = [];
    const balancers: LoadBalancers[] = [];
    const lifecycles = new Map<string, Lifecycle>();
    let portDropped: PulumiRun | undefined;

    before(async function () {
        const homes = [1, 2].map(() => PulumiHome.open(this, "every stack under the real Pulumi"));
        const planes = await Promise.all(homes.map(() => startControlPlane(this, { nodes: 2 })));
        // Eight stacks, each through six commands.
        this.timeout(1_200_000);
        clusters.push(...planes.map((plane, index) => ({ plane, home: homes[index] ?? assert.fail() })));
        balancers.push(...(await Promise.all(planes.map((plane) => LoadBalancers.start(plane)))));
        const [one, two] = clusters as [Cluster, Cluster];
        await Promise.all([
            (async () => {
                for (const name of ["quickstart", "tcp", "files"]) lifecycles.set(name, await lifecycle(one, name));
            })(),
            (async () => {
                lifecycles.set(
                    "platform",
                    await lifecycle(two, "platform", async (platform) => {
                        lifecycles.set(
                            "apps",
                            await lifecycle(two, "apps", async (apps) => {
                                platform.useProgram(WITHOUT_PORT);
                                const dropped = await platform.up();
                                assert.equal(dropped.code, 0, dropped.text);
                                portDropped = await apps.preview();
                            }),
                        );
                    }),
                );
                for (const name of ["nodeport", "access", "grpc"]) lifecycles.set(name, await lifecycle(two, name));
            })(),
        ]);
    });

    after(async () => {
        await Promise.all(balancers.map((one) => one.stop()));
        for (const { plane, home } of clusters) {
            await plane.stop();
            home.close();
        }
    });

    const lifecycleOf = (name: string): Lifecycle => lifecycles.get(name) ?? assert.fail(`no run of ${name}`);
    const succeeded = (run: PulumiRun): void => assert.equal(run.code, 0, run.text);

    const resourcesOf = ({ changes: { create = 0, read = 0 } }: PulumiRun): number => create + read;

    for (const name of ["quickstart", "platform", "apps", "tcp", "files", "nodeport", "access", "grpc"]) {
        describe(name, () => {
            it("is deployed as its preview said", () => {
                const { preview, up } = lifecycleOf(name).runs;
                succeeded(preview);
                succeeded(up);
                assert.deepEqual(
                    Object.keys(up.changes).filter((op) => op !== "create" && op !== "read"),
                    [],
                );
                assert.deepEqual(up.changes, preview.changes);
                assert.deepEqual(up.steps.map(stepText).sort(), preview.steps.map(stepText).sort());
            });

            it("has nothing to do the second time, nor after a refresh", () => {
                const { up, again, refresh } = lifecycleOf(name).runs;
                succeeded(again);
                succeeded(refresh);
                for (const run of [again, refresh]) assert.deepEqual(Object.keys(run.changes), ["same"], run.text);
                // A stack's reference is read; Pulumi counts it in some runs and leaves it out in others.
                for (const {
                    changes: { same = 0 },
                } of [again, refresh])
                    assert.ok(same === resourcesOf(up) || same === (up.changes.create ?? 0) + 1, `${same} of ${resourcesOf(up)}`);
            });

            it("leaves nothing behind when it is destroyed", () => {
                const {
                    runs: { destroy },
                    left,
                } = lifecycleOf(name);
                succeeded(destroy);
                assert.deepEqual(left, []);
            });
        });
    }

    it("hands out the addresses that the cloud gave, or the name in the cluster", () => {
        for (const name of ["quickstart", "platform", "tcp", "files"])
            assert.match(lifecycleOf(name).addresses?.join() ?? "", /^203\.0\.113\.\d+$/);
        assert.deepEqual(lifecycleOf("nodeport").addresses, ["public.istio-ingress.svc.cluster.local"]);
    });

    it("refuses at preview a route on a port that the platform has dropped, and names those there are", () => {
        const { code, text, diagnostics } = portDropped ?? assert.fail("there was no such preview");
        assert.notEqual(code, 0);
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        assert.equal(errors.length, 1, text);
        assert.equal(
            errors[0]?.message.trim(),
            [
                'TcpRoute "echo": One argument is wrong.',
                '  port: the gateway has no port "tcp-echo"; istio-ingress/public has http 80 (HTTP), https 443 (HTTPS). (GH0203)',
            ].join("\n"),
        );
    });
});
