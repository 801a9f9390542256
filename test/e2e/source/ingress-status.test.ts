/** The addresses of a gateway in the status of its Ingresses: written to a real API server, with the rights that components render. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { buildIngressClass } from "../../../components/ingress-gateway/objects";
import { planIngressGateway } from "../../../components/ingress-gateway/plan";
import { buildIngressStatus } from "../../../components/workload";
import { runIngressStatus, type RunningIngressStatus } from "../../../proxy/ingress-status";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";

const NAMESPACE = "edge";
const ACCOUNT = "public-ingress-status";
const LEASE = ACCOUNT;
const TIMES = { leaseMs: 3_000, renewMs: 2_000, retryMs: 200 };
const WAIT_MS = 30_000;
const plan = planIngressGateway("public", { namespace: NAMESPACE, image: "registry.example/gatehouse:1", ingressClass: {} });

function gatewayObjects(): object[] {
    const { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding } = buildIngressStatus(plan);
    const rbac = "rbac.authorization.k8s.io/v1";
    return [
        ...["edge", "shop"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
        { apiVersion: "v1", kind: "ServiceAccount", ...serviceAccount },
        { apiVersion: rbac, kind: "Role", ...role },
        { apiVersion: rbac, kind: "RoleBinding", ...roleBinding },
        { apiVersion: rbac, kind: "ClusterRole", ...clusterRole },
        { apiVersion: rbac, kind: "ClusterRoleBinding", ...clusterRoleBinding },
        { apiVersion: "networking.k8s.io/v1", kind: "IngressClass", ...buildIngressClass(plan) },
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "IngressClass",
            metadata: { name: "other" },
            spec: { controller: "example.com/other" },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "public", namespace: NAMESPACE },
            spec: { type: "LoadBalancer", selector: { a: "b" }, ports: [{ name: "http", port: 80 }] },
        },
    ];
}

const ingress = (name: string, ingressClassName: string): object => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: "shop" },
    spec: { ingressClassName, defaultBackend: { service: { name: "web", port: { number: 80 } } } },
});

describe("the status of Ingresses", () => {
    let plane: ControlPlane;
    let kubeconfig: string;
    const running: RunningIngressStatus[] = [];

    before(async function () {
        plane = await startControlPlane(this, { crds: false });
        await plane.apply(gatewayObjects());
        kubeconfig = plane.kubeconfigFor({ token: await plane.token(NAMESPACE, ACCOUNT) });
    });
    afterEach(async () => {
        await Promise.all(running.splice(0).map((one) => one.stop()));
        await plane?.kubectl(["delete", "ingress", "--all", "-n", "shop"]);
    });
    after(() => plane?.stop());

    const start = (identity: string): RunningIngressStatus => {
        const one = runIngressStatus(
            { kubeconfig, gateway: { namespace: NAMESPACE, name: "public" }, lease: LEASE, identity, times: TIMES },
            { turned: () => undefined, wrote: () => undefined, failed: () => undefined },
        );
        running.push(one);
        return one;
    };
    const patchStatus = (kind: string, namespace: string, name: string, addresses: readonly object[]): Promise<string> =>
        plane.ask([
            "patch",
            kind,
            name,
            "-n",
            namespace,
            "--subresource=status",
            "--type=merge",
            "-p",
            JSON.stringify({ status: { loadBalancer: { ingress: addresses } } }),
        ]);
    const addressesOf = async (name: string): Promise<unknown> =>
        (await plane.get<{ status: { loadBalancer?: { ingress?: unknown } } }>("ingress", name, "-n", "shop")).status.loadBalancer
            ?.ingress ?? [];
    const holder = async (): Promise<unknown> =>
        (await plane.get<{ spec: { holderIdentity?: string } }>("lease", LEASE, "-n", NAMESPACE)).spec.holderIdentity ?? "";
    const stands = (name: string, wanted: unknown): Promise<void> =>
        eventually(async () => assert.deepEqual(await addressesOf(name), wanted), WAIT_MS);

    it("has the addresses of the gateway's Service, follows them, and is that of its class alone", async () => {
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.7" }, { hostname: "lb.example.com" }]);
        await plane.apply([ingress("ours", "public"), ingress("theirs", "other")]);
        await patchStatus("ingress", "shop", "theirs", [{ ip: "192.0.2.1" }]);
        start("one");
        await stands("ours", [{ ip: "203.0.113.7" }, { hostname: "lb.example.com" }]);
        await plane.apply([ingress("late", "public")]);
        await stands("late", [{ ip: "203.0.113.7" }, { hostname: "lb.example.com" }]);
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.8" }]);
        await stands("ours", [{ ip: "203.0.113.8" }]);
        await stands("late", [{ ip: "203.0.113.8" }]);
        await patchStatus("service", NAMESPACE, "public", []);
        await stands("ours", []);
        assert.deepEqual(await addressesOf("theirs"), [{ ip: "192.0.2.1" }]);
    });

    it("loses them with the class, as long as nobody else has written there", async () => {
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.9" }]);
        await plane.apply([ingress("left", "public"), ingress("taken", "public")]);
        const one = start("one");
        await stands("left", [{ ip: "203.0.113.9" }]);
        await stands("taken", [{ ip: "203.0.113.9" }]);
        await one.stop();
        // Whoever has it now has written already.
        await plane.apply([ingress("taken", "other")]);
        await patchStatus("ingress", "shop", "taken", [{ ip: "192.0.2.2" }]);
        start("two");
        await plane.apply([ingress("left", "other")]);
        await stands("left", []);
        assert.deepEqual(await addressesOf("taken"), [{ ip: "192.0.2.2" }]);
    });

    it("is written over what others change at the same time, and by nobody but who holds the Lease", async () => {
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.10" }]);
        const many = Array.from({ length: 30 }, (_, at) => `many-${at}`);
        await plane.apply(many.map((name) => ingress(name, "public")));
        const [one, two] = [start("one"), start("two")];
        for (let round = 0; round < 5; round++)
            await plane.ask(["annotate", "ingress", "--all", "-n", "shop", "--overwrite", `example.com/round=${round}`]);
        await Promise.all(many.map((name) => stands(name, [{ ip: "203.0.113.10" }])));
        const reports = [one.report(), two.report()];
        assert.deepEqual(reports.map(({ leads }) => leads).sort(), [false, true]);
        assert.equal(reports.find(({ leads }) => !leads)?.writes, 0);
    });

    it("is the next one's to write as soon as the one before lets go, or is not heard of any more", async () => {
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.11" }]);
        const one = start("one");
        await eventually(async () => assert.equal(await holder(), "one"), WAIT_MS);
        await plane.apply([ingress("moving", "public")]);
        await stands("moving", [{ ip: "203.0.113.11" }]);
        await one.stop();
        assert.equal(await holder(), "");
        const two = start("two");
        await eventually(async () => assert.equal(await holder(), "two"), WAIT_MS);
        await two.stop();
        // Of one that went without a word the Lease runs out.
        await plane.ask([
            "patch",
            "lease",
            LEASE,
            "-n",
            NAMESPACE,
            "--type=merge",
            "-p",
            JSON.stringify({ spec: { holderIdentity: "gone", leaseDurationSeconds: 2 } }),
        ]);
        const three = start("three");
        await eventually(() => assert.ok(three.report().leads), WAIT_MS);
        await patchStatus("service", NAMESPACE, "public", [{ ip: "203.0.113.12" }]);
        await stands("moving", [{ ip: "203.0.113.12" }]);
    });

    it("is all that the account may write, and it reads no Secret", async () => {
        const user = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;
        const may = async (verb: string, resource: string, ...more: readonly string[]): Promise<boolean> =>
            (await plane.kubectl(["auth", "can-i", verb, resource, "--as", user, ...more])).stdout.trim() === "yes";
        assert.equal(await may("patch", "ingresses", "--subresource=status", "-n", "shop"), true);
        for (const [verb, resource, namespace] of [
            ["patch", "ingresses", "shop"],
            ["update", "ingresses", "shop"],
            ["delete", "ingresses", "shop"],
            ["list", "secrets", NAMESPACE],
            ["get", "secrets", "shop"],
            ["list", "services", "shop"],
            ["update", "leases/other", NAMESPACE],
            ["create", "leases", "shop"],
        ] as const)
            assert.equal(await may(verb, resource, "-n", namespace), false, `${verb} ${resource} in ${namespace}`);
    });

    it("is written by the command, which lets go of the Lease at the end", async () => {
        await patchStatus("service", NAMESPACE, "public", [{ hostname: "lb.example.com" }]);
        await plane.apply([ingress("command", "public")]);
        const args = [
            "ingress-status",
            "--gateway-service",
            `${NAMESPACE}/public`,
            "--lease",
            LEASE,
            "--kubeconfig",
            kubeconfig,
            "--status",
            "127.0.0.1:0",
        ];
        const child = spawn(process.execPath, [path.join(root, "cli", "gatehouse.js"), ...args], {
            cwd: root,
            stdio: ["ignore", "ignore", "pipe"],
        });
        let log = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            log += text;
        });
        const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
        try {
            await stands("command", [{ hostname: "lb.example.com" }]);
            assert.match(log, /"ingress":"shop\/command".*"msg":"wrote addresses"/);
        } finally {
            child.kill("SIGTERM");
        }
        assert.equal(await ended, 0, log);
        assert.equal(await holder(), "");
    });
});
