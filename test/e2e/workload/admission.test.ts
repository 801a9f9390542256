/** What gateways render, in a real cluster: the API server takes it, and everything finds exactly what it is meant to find. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { evaluate } from "pulumi-gatehouse/testing";
import type { KubeObject } from "../../../istio";
import { WATCHED_KINDS } from "../../../proxy/source/kubernetes/kinds";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { GATEWAYS, gateways } from "./programs/gateways";

type Labels = Readonly<Record<string, string>>;
interface Pod {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
    readonly spec: { readonly nodeName: string };
}
interface List<T> {
    readonly items: readonly T[];
}

const FIRST = ["Namespace", "ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

describe("the workloads of gateways in a cluster", function () {
    this.timeout(900_000);
    let plane: ControlPlane;
    let objects: readonly KubeObject[];

    before(async function () {
        objects = (await evaluate(gateways, { timeoutMs: 120_000 })).kubernetesObjects();
        plane = await startControlPlane(this, { nodes: 2 });
        const early = objects.filter(({ kind }) => FIRST.includes(kind));
        await plane.apply(early);
        await plane.apply(objects.filter((one) => !early.includes(one)));
        // Pods are made by the cluster's own controllers: what Pod Security refuses never gets ready.
        for (const gateway of GATEWAYS) {
            const [namespace = "", name = ""] = gateway.split("/");
            await plane.ask(["rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout=110s"]);
        }
    });
    after(() => plane?.stop());

    const podsOf = async (namespace: string, labels: Labels): Promise<string[]> => {
        const selector = Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(",");
        const { items } = await plane.get<List<Pod>>("pods", "-n", namespace, "-l", selector);
        return items.map(({ metadata }) => metadata.name).sort();
    };
    /** By the Deployment that owns them, whatever their labels. */
    const ownedBy = async (namespace: string, name: string): Promise<string[]> => {
        const { items } = await plane.get<List<Pod>>("pods", "-n", namespace);
        return items
            .map(({ metadata }) => metadata.name)
            .filter((pod) => new RegExp(`^${name}-[0-9a-z]+-[0-9a-z]+$`).test(pod))
            .sort();
    };
    /** Which of these an account may do, by the cluster's own authorizer: `verb resource.group[ in namespace]`. */
    const allowedOf = async (account: string, asked: readonly string[]): Promise<string[]> => {
        const [namespace = "", name = ""] = account.split("/");
        const reviews = asked.map((one) => {
            const [, verb = "", resource = "", group = "", only, where] =
                /^(\w+) (\w+)\.?([\w.]*)(?:\/(\S+))?(?: in (.+))?$/.exec(one) ?? [];
            const resourceAttributes = { verb, resource, group, ...(only ? { name: only } : {}), ...(where ? { namespace: where } : {}) };
            return {
                apiVersion: "authorization.k8s.io/v1",
                kind: "SubjectAccessReview",
                spec: {
                    user: `system:serviceaccount:${namespace}:${name}`,
                    groups: ["system:serviceaccounts", "system:authenticated"],
                    resourceAttributes,
                },
            };
        });
        const text = await plane.ask(
            ["create", "-f", "-", "-o", 'jsonpath={.status.allowed}{"\\n"}'],
            JSON.stringify({ apiVersion: "v1", kind: "List", items: reviews }),
        );
        const answers = text.trim().split("\n");
        assert.equal(answers.length, asked.length);
        return asked.filter((_, index) => answers[index] === "true");
    };

    it("run under the restricted level of Pod Security, as many as asked for", async () => {
        for (const gateway of GATEWAYS) {
            const [namespace = "", name = ""] = gateway.split("/");
            assert.equal((await ownedBy(namespace, name)).length, gateway === "other/public" ? 3 : 2, gateway);
        }
    });

    it("are selected, each its own pods and no others', by Service, NetworkPolicy and PodDisruptionBudget", async () => {
        for (const gateway of GATEWAYS) {
            const [namespace = "", name = ""] = gateway.split("/");
            const own = await ownedBy(namespace, name);
            const service = await plane.get<{ spec: { selector: Labels } }>("service", name, "-n", namespace);
            assert.deepEqual(await podsOf(namespace, service.spec.selector), own, gateway);
            const policy = await plane.get<{ spec: { podSelector: { matchLabels: Labels } } }>("networkpolicy", name, "-n", namespace);
            assert.deepEqual(await podsOf(namespace, policy.spec.podSelector.matchLabels), own, gateway);
            await eventually(async () => {
                const { status } = await plane.get<{ status: { expectedPods: number; disruptionsAllowed: number } }>(
                    "pdb",
                    name,
                    "-n",
                    namespace,
                );
                assert.deepEqual([status.expectedPods, status.disruptionsAllowed], [own.length, 1], gateway);
            }, 60_000);
            const { items } = await plane.get<List<{ endpoints: { targetRef: { name: string } }[] | null }>>(
                "endpointslices",
                "-n",
                namespace,
                "-l",
                `kubernetes.io/service-name=${name}`,
            );
            assert.deepEqual(
                [...new Set(items.flatMap(({ endpoints }) => (endpoints ?? []).map(({ targetRef }) => targetRef.name)))].sort(),
                own,
                gateway,
            );
        }
    });

    it("let Istio Gateways find them in one namespace only, though Istio looks in all", async () => {
        const { items } = await plane.get<List<{ metadata: { namespace: string }; spec: { selector: Labels } }>>(
            "gateways.networking.istio.io",
            "-A",
        );
        assert.equal(items.length, 2);
        for (const { metadata, spec } of items) {
            const selector = Object.entries(spec.selector)
                .map(([key, value]) => `${key}=${value}`)
                .join(",");
            const { items: pods } = await plane.get<List<Pod>>("pods", "-A", "-l", selector);
            assert.deepEqual([...new Set(pods.map((pod) => pod.metadata.namespace))], [metadata.namespace]);
        }
    });

    it("stand on different nodes and in different zones", async () => {
        const { items } = await plane.get<List<Pod>>("pods", "-n", "edge", "-l", "gateway-name=public");
        assert.equal(new Set(items.map(({ spec }) => spec.nodeName)).size, 2);
    });

    it("may list and watch what the proxy watches, Secrets in their own namespace only, and nothing else", async () => {
        const resources = WATCHED_KINDS.map(
            ({ resource, group, ownNamespace, only }) =>
                `${group === "" ? resource : `${resource}.${group}`}${only ? `/${only.name} in ${only.namespace}` : ownNamespace ? " in edge" : ""}`,
        );
        const rights = resources.flatMap((resource) => [`list ${resource}`, `watch ${resource}`]);
        const more = [
            ...resources.flatMap((resource) => ["get", "update", "delete"].map((verb) => `${verb} ${resource}`)),
            "list secrets",
            "list secrets in other",
            "list configmaps in istio-system",
            "list configmaps/istio-ca in istio-system",
            "list leases.coordination.k8s.io",
            "list deployments.apps in edge",
            "create pods in edge",
        ];
        for (const account of ["edge/public", "edge/egress"]) {
            assert.deepEqual(await allowedOf(account, rights), rights);
            assert.deepEqual(await allowedOf(account, more), []);
        }
        const clusterRole = await plane.get<{ rules: { apiGroups: string[]; resources: string[] }[] }>("clusterrole", "edge.public");
        const rendered = clusterRole.rules
            .flatMap(({ apiGroups, resources: names }) => names.map((name) => `${apiGroups[0]}/${name}`))
            .sort();
        assert.deepEqual(
            rendered,
            WATCHED_KINDS.filter(({ ownNamespace }) => !ownNamespace)
                .map(({ group, resource }) => `${group}/${resource}`)
                .sort(),
        );
    });

    it("have the rights that Istio's gateways need, and no more, with Istio's data plane", async () => {
        const rights = ["get", "list", "watch"].map((verb) => `${verb} secrets in mesh`);
        assert.deepEqual(
            await allowedOf("mesh/public", [...rights, "list services", "list secrets in edge", "list gateways.networking.istio.io"]),
            rights,
        );
    });

    it("do not share objects of the cluster, however their names read", async () => {
        const { items } = await plane.get<List<{ metadata: { name: string }; subjects: { name: string; namespace: string }[] }>>(
            "clusterrolebindings",
            "-l",
            "app.kubernetes.io/part-of=gatehouse",
        );
        assert.deepEqual(
            Object.fromEntries(
                items.map(({ metadata, subjects }) => [metadata.name, subjects.map(({ namespace, name }) => `${namespace}/${name}`)]),
            ),
            {
                "edge.public": ["edge/public"],
                "edge.egress": ["edge/egress"],
                "other.public": ["other/public"],
                "a.b-c": ["a/b-c"],
                "a-b.c": ["a-b/c"],
                "ports.public": ["ports/public"],
            },
        );
    });

    it("have Services of every type with what they were given", async () => {
        const spec = async (namespace: string): Promise<Record<string, unknown>> =>
            (await plane.get<{ spec: Record<string, unknown> }>("service", "public", "-n", namespace)).spec;
        const balancer = await spec("edge");
        assert.deepEqual(
            [
                balancer["type"],
                balancer["loadBalancerSourceRanges"],
                balancer["loadBalancerIP"],
                balancer["loadBalancerClass"],
                balancer["externalTrafficPolicy"],
                balancer["healthCheckNodePort"],
            ],
            ["LoadBalancer", ["10.0.0.0/8", "2001:db8::/32"], "203.0.113.9", "example.com/nlb", "Local", 32123],
        );
        const ports = async (namespace: string): Promise<unknown[]> =>
            ((await spec(namespace))["ports"] as { name: string; port: number; targetPort: number; nodePort?: number }[]).map(
                ({ name, port, targetPort, nodePort }) => [name, port, targetPort, nodePort],
            );
        assert.deepEqual(await ports("ports"), [
            ["http", 80, 80, 30080],
            ["https", 443, 8443, 30443],
        ]);
        assert.deepEqual(await ports("other"), [
            ["http", 80, 80, undefined],
            ["https", 443, 443, undefined],
        ]);
        assert.equal((await spec("other"))["sessionAffinity"], "ClientIP");
    });

    it("are what a function of the program made of them", async () => {
        const { spec } = await plane.get<{ spec: { revisionHistoryLimit: number; template: { spec: { priorityClassName: string } } } }>(
            "deployment",
            "public",
            "-n",
            "edge",
        );
        assert.deepEqual([spec.revisionHistoryLimit, spec.template.spec.priorityClassName], [3, "system-cluster-critical"]);
    });

    it("keep their selectors over a new version of everything else", async () => {
        const before = await plane.get<{ metadata: { uid: string } }>("deployment", "b-c", "-n", "a");
        const deployment = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "b-c") as unknown as {
            spec: { template: { spec: { containers: { image: string }[] } } };
        };
        const next = structuredClone(deployment);
        for (const container of next.spec.template.spec.containers) container.image = "registry.example/gatehouse:2.0.0";
        await plane.apply([next as object]);
        await plane.ask(["rollout", "status", "deployment/b-c", "-n", "a", "--timeout=110s"]);
        const after = await plane.get<{ metadata: { uid: string }; status: { availableReplicas: number } }>("deployment", "b-c", "-n", "a");
        assert.equal(after.metadata.uid, before.metadata.uid);
        assert.equal(after.status.availableReplicas, 2);
    });
});
