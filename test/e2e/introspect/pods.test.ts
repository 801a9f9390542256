/** A pod is asked through the real API server, which leads a port-forward to the pod's node; who may not is told what it takes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../../support/certificates";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { gatehouse, startProxy, type Finished, type RunningProxy } from "../../support/gatehouse";
import { servePortForwards } from "../../support/port-forwards";

const NAMESPACE = "istio-ingress";
const CONFIG = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public, namespace: ${NAMESPACE} }
spec:
  selector: { gateway-name: public }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["webapp.test"] }]
`;

const pod = (name: string, labels: Record<string, string>): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { nodeName: "node-1", containers: [{ name: "proxy", image: "gatehouse" }] },
});

describe("a gateway's pods in a cluster", function () {
    this.timeout(600_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-pods-"));
    let plane: ControlPlane;
    let kubelet: https.Server;
    let closeForwards: () => void;
    let proxy: RunningProxy;
    let adminPort = "";

    before(async function () {
        plane = await startControlPlane(this);
        const { cert, key } = await (await makeAuthority()).issue({ dns: ["node-1"] });
        kubelet = https.createServer({ cert, key });
        closeForwards = servePortForwards(kubelet, "port").close;
        kubelet.listen(0, "127.0.0.1");
        await once(kubelet, "listening");
        const { port } = kubelet.address() as AddressInfo;
        await plane.apply([
            { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace: NAMESPACE } },
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace: NAMESPACE } },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "Role",
                metadata: { name: "reader", namespace: NAMESPACE },
                rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
            },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "RoleBinding",
                metadata: { name: "reader", namespace: NAMESPACE },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
                subjects: [{ kind: "ServiceAccount", name: "reader", namespace: NAMESPACE }],
            },
            { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } },
            pod("public-1", { "gateway-name": "public" }),
            pod("public-2", { "gateway-name": "public" }),
            pod("waiting", {}),
        ]);
        const status = (kind: string, name: string, value: object): Promise<string> =>
            plane.ask([
                "patch",
                kind,
                name,
                "-n",
                NAMESPACE,
                "--subresource=status",
                "--type=merge",
                "-p",
                JSON.stringify({ status: value }),
            ]);
        await status("node", "node-1", {
            addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
            daemonEndpoints: { kubeletEndpoint: { Port: port } },
        });
        for (const name of ["public-1", "public-2"]) await status("pod", name, { phase: "Running" });
        writeFileSync(path.join(folder, "gateway.yaml"), CONFIG);
        proxy = await startProxy(["--config", folder, "--namespace", NAMESPACE, "--port-offset", "20000", "--concurrency", "1"]);
        adminPort = String(proxy.ready["admin"]).split(":").at(-1) ?? "";
    });
    after(async () => {
        await proxy?.stop();
        closeForwards?.();
        kubelet?.close();
        await plane?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    const ask = (args: readonly string[], kubeconfig = plane.kubeconfig): Promise<Finished> =>
        gatehouse([...args, "--kubeconfig", kubeconfig, "--admin-port", adminPort]);

    it("answer through the API server's port-forward, one of them or all of the gateway", async () => {
        const one = await ask(["proxy-config", "listeners", "--pod", `${NAMESPACE}/public-1`]);
        assert.equal(one.code, 0, one.stderr);
        assert.match(one.stdout, /^ADDRESSES PORT +MATCH DESTINATION.*\n0\.0\.0\.0 +20080 ALL +Route: http\.80 /);
        const all = await ask(["proxy-config", "routes", "--gateway", `${NAMESPACE}/public`, "-o", "json"]);
        assert.equal(all.code, 0, all.stderr);
        const said = JSON.parse(all.stdout) as { proxy: string; config: { name: string }[] }[];
        assert.deepEqual(
            said.map((each) => [each.proxy, each.config[0]?.name]),
            [
                [`pod ${NAMESPACE}/public-1`, "http.80"],
                [`pod ${NAMESPACE}/public-2`, "http.80"],
            ],
        );
        const status = await ask(["proxy-status", "--gateway", `${NAMESPACE}/public`]);
        assert.equal(status.code, 0, status.stderr);
        assert.equal(status.stdout.match(/SYNCED {5}1\/1/g)?.length, 2, status.stdout);
    });

    it("show their page through it, until the command is ended", async () => {
        const child = spawn(
            process.execPath,
            [
                path.join(root, "cli", "gatehouse.js"),
                ...["dashboard", "--pod", `${NAMESPACE}/public-1`, "--no-open"],
                ...["--kubeconfig", plane.kubeconfig, "--admin-port", adminPort],
            ],
            { stdio: ["ignore", "pipe", "inherit"] },
        );
        const [said] = (await once(child.stdout, "data")) as [Buffer];
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(said))?.[0] ?? "";
        const page = await fetch(url, { headers: { accept: "text/html", connection: "close" } });
        assert.equal(page.status, 200);
        assert.match(await page.text(), /<!doctype html>/i);
        const overview = await fetch(`${url}page/overview`, { headers: { connection: "close" } });
        assert.match(await overview.text(), /webapp\.test|"hosts"/);
        child.kill("SIGINT");
        assert.deepEqual(await once(child, "exit"), [0, null]);
    });

    it("are changed through it: levels of the log", async () => {
        const { code, stdout, stderr } = await ask(["proxy-config", "log", "--level", "upstream:debug", "--pod", `${NAMESPACE}/public-1`]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^active loggers:\n[\s\S]* {2}upstream: debug\n/);
    });

    it("that do not run, are not there, or are no gateway are named", async () => {
        const fault = async (...args: string[]): Promise<string> => {
            const { code, stderr } = await ask(["proxy-config", "clusters", ...args]);
            assert.equal(code, 3, stderr);
            return stderr;
        };
        assert.match(await fault("--pod", `${NAMESPACE}/waiting`), /pod istio-ingress\/waiting is Pending/);
        assert.match(await fault("--pod", `${NAMESPACE}/gone`), /there is no pod istio-ingress\/gone/);
        assert.match(await fault("--gateway", `${NAMESPACE}/none`), /no pod in istio-ingress has the label gateway-name=none/);
        const other = await gatehouse([
            ...["proxy-config", "clusters", "--pod", `${NAMESPACE}/public-1`, "--kubeconfig", plane.kubeconfig, "--admin-port", "1"],
        ]);
        assert.match(other.stderr, /pod istio-ingress\/public-1: nothing listens on its port 1: is it a Gatehouse gateway\?/);
    });

    it("are kept from whom the cluster does not let, with the rights that it takes", async () => {
        const as = async (account: string): Promise<Finished> =>
            ask(
                ["proxy-config", "clusters", "--pod", `${NAMESPACE}/public-1`],
                plane.kubeconfigFor({ token: await plane.token(NAMESPACE, account) }),
            );
        const nobody = await as("nobody");
        assert.deepEqual([nobody.code, nobody.stdout], [3, ""]);
        assert.match(nobody.stderr, /pod istio-ingress\/public-1 can't be read: .*nobody.* cannot get resource "pods"/);
        const reader = await as("reader");
        assert.deepEqual([reader.code, reader.stdout], [3, ""]);
        assert.match(
            reader.stderr,
            /port-forward is forbidden: .*pods\/portforward.*It takes the verbs get and create on pods\/portforward/,
        );
    });
});
