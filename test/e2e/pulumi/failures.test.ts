/** What a user sees of a deployment that cannot work, and that it ends soon, leaves nothing half-made and can be repaired. */
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { closedPort } from "../../../harness/ports";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace, type PulumiRun, type StateResource } from "../support";

const program = (name: string): string => path.join(__dirname, "programs", name);

describe("a deployment that cannot work", function () {
    this.timeout(600_000);
    let home: PulumiHome | undefined;
    let plane: ControlPlane | undefined;

    before(async function () {
        home = PulumiHome.open(this, "failing deployments under the real Pulumi");
        plane = await startControlPlane(this, { nodes: 1 });
    });

    after(async () => {
        await plane?.stop();
        home?.close();
    });

    const cluster = (): ControlPlane => plane ?? assert.fail("there is no cluster");
    const stack = (
        name: string,
        namespace: string,
        config: Readonly<Record<string, string>> = {},
        kubeconfig = cluster().kubeconfig,
    ): Promise<PulumiWorkspace> =>
        PulumiWorkspace.init(home ?? assert.fail(), program(name), { kubeconfig, stack: namespace, config: { namespace, ...config } });
    const errorsOf = ({ diagnostics }: PulumiRun): string[] =>
        diagnostics
            .filter(({ severity, message }) => severity === "error" && !/^(update|preview) failed$/.test(message.trim()))
            .map(({ message }) => message.trim());
    const childrenOf = (resources: readonly StateResource[], component: string): string[] =>
        resources.filter(({ parent }) => parent?.endsWith(`::${component}`)).map(({ urn }) => urn.split("::").at(-1) ?? "");

    describe("because of its arguments", () => {
        it("says all that is wrong at preview, in one message, and makes nothing of the component", async () => {
            const workspace = await stack("failing", "plain", { wrong: "now" });
            for (const run of [await workspace.preview(), await workspace.up()]) {
                assert.notEqual(run.code, 0);
                const errors = errorsOf(run);
                assert.equal(errors.length, 1, run.text);
                assert.match(
                    errors[0] ?? "",
                    /^VirtualHost "wrong": 2 arguments are wrong\.\n {2}hosts\[0\]: .*\(GH0204\)\n {2}http: there is no route.*\(GH\d+\)$/,
                );
            }
            assert.deepEqual(
                (await workspace.resources()).filter(({ urn }) => urn.includes("VirtualHost") && urn.endsWith("wrong")),
                [],
            );
        });

        it("makes nothing of a component whose fault only the deployment finds, and all of it once that is mended", async () => {
            const workspace = await stack("failing", "later", { wrong: "later" });
            const preview = await workspace.preview();
            assert.equal(preview.code, 0, preview.text);
            const failed = await workspace.up();
            assert.notEqual(failed.code, 0);
            const errors = errorsOf(failed);
            assert.equal(errors.length, 1, failed.text);
            assert.match(errors[0] ?? "", /^VirtualHost "wrong": One argument is wrong\.\n {2}hosts\[0\]: "not a host!" .*\(GH0204\)$/);
            // A key of its own is no object of the cluster, and hangs on no host.
            assert.deepEqual(
                childrenOf(await workspace.resources(), "wrong").filter((name) => name !== "wrong-key"),
                [],
            );
            assert.doesNotMatch(
                await cluster().ask(["get", "gateways.networking.istio.io,virtualservices,secrets", "-n", "later", "-o", "name"]),
                /wrong/,
            );

            await workspace.setConfig("wrong", "no");
            const mended = await workspace.up();
            assert.equal(mended.code, 0, mended.text);
            assert.match(await cluster().ask(["get", "gateways.networking.istio.io", "-n", "later", "-o", "name"]), /wrong/);
        });
    });

    describe("because of the cluster", () => {
        /** Nothing got further than the first object, and the run ended by itself. */
        const refused = async (workspace: PulumiWorkspace, message: RegExp): Promise<void> => {
            const run = await workspace.up({ timeoutMs: 120_000 });
            assert.notEqual(run.code, 0);
            const errors = errorsOf(run);
            assert.equal(errors.length, 1, run.text);
            assert.match(errors[0] ?? "", message);
            assert.deepEqual(
                run.done.filter(({ type }) => type.startsWith("kubernetes:")),
                [],
            );
        };

        it("names the address of a cluster that does not answer", async () => {
            const kubeconfig = path.join(cluster().folder, "unreachable");
            const port = await closedPort();
            writeFileSync(kubeconfig, readFileSync(cluster().kubeconfig, "utf8").replaceAll(cluster().server, `https://127.0.0.1:${port}`));
            await refused(
                await stack("shop", "unreachable", {}, kubeconfig),
                new RegExp(`cluster is unreachable: .*https://127\\.0\\.0\\.1:${port}/.*connection refused`),
            );
        });

        it("names a context that the kubeconfig does not have", async () => {
            await refused(await stack("shop", "context", { "kubernetes:context": "production" }), /context "production" does not exist/);
        });

        it("says that a token has expired", async () => {
            const kubeconfig = cluster().kubeconfigFor({ token: expiredToken(cluster()) });
            await refused(await stack("shop", "token", {}, kubeconfig), /the server has asked for the client to provide credentials/);
        });

        it("names the quota that an object exceeds, and goes on once there is room", async () => {
            await cluster().apply([
                { apiVersion: "v1", kind: "Namespace", metadata: { name: "quota" } },
                {
                    apiVersion: "v1",
                    kind: "ResourceQuota",
                    metadata: { name: "small", namespace: "quota" },
                    spec: { hard: { "count/services": "0" } },
                },
            ]);
            await eventually(
                async () =>
                    assert.match(
                        await cluster().ask(["get", "resourcequota", "small", "-n", "quota", "-o", "jsonpath={.status.hard}"]),
                        /services/,
                    ),
                60_000,
            );
            const workspace = await stack("shop", "quota", { namespaceExists: "true" });
            const run = await workspace.up();
            assert.notEqual(run.code, 0);
            assert.match(
                errorsOf(run).join("\n"),
                /services "edge" is forbidden: exceeded quota: small, requested: count\/services=1, used: count\/services=0, limited: count\/services=0/,
            );
            await cluster().ask(["delete", "resourcequota", "small", "-n", "quota"]);
            const again = await workspace.up();
            assert.equal(again.code, 0, again.text);
        });
    });
});

/** A token of the cluster's own making that was good until a minute ago. */
function expiredToken({ folder }: ControlPlane): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const head = part({ alg: "RS256", typ: "JWT" });
    const body = part({
        iss: "https://kubernetes.default.svc",
        aud: ["https://kubernetes.default.svc"],
        sub: "system:serviceaccount:default:default",
        iat: now - 3600,
        nbf: now - 3600,
        exp: now - 60,
    });
    const key = createPrivateKey(readFileSync(path.join(folder, "sa.key"), "utf8"));
    return `${head}.${body}.${sign("sha256", Buffer.from(`${head}.${body}`), key).toString("base64url")}`;
}
