/** The rights that components render are enough, and each of them is needed: without it the proxy says which is missing. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { findingText } from "../../../istio/findings";
import { isMeshConfigMap, rootNamespaceOf } from "../../../istio/semantics/root-namespace";
import { startKubernetesSource, WATCHED_KINDS, type SourceState } from "../../../proxy/source";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { ACCOUNT, accountObjects, NAMESPACE, roleWithout } from "./support/objects";

describe("the rights of a gateway's account", () => {
    let plane: ControlPlane;
    let kubeconfig: string;

    before(async function () {
        plane = await startControlPlane(this);
        await plane.apply([
            ...accountObjects(),
            { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } },
            // With subsets pods are read too.
            {
                apiVersion: "networking.istio.io/v1",
                kind: "DestinationRule",
                metadata: { name: "subsets", namespace: NAMESPACE },
                spec: { host: "web", subsets: [{ name: "v1", labels: { version: "v1" } }] },
            },
            // With traffic that is to stay near nodes are.
            {
                apiVersion: "v1",
                kind: "Service",
                metadata: { name: "near", namespace: NAMESPACE },
                spec: { ports: [{ port: 80 }], trafficDistribution: "PreferSameZone" },
            },
            // With CUSTOM the gateway's own mesh configuration is.
            {
                apiVersion: "security.istio.io/v1",
                kind: "AuthorizationPolicy",
                metadata: { name: "custom", namespace: NAMESPACE },
                spec: { action: "CUSTOM", provider: { name: "login" }, rules: [{}] },
            },
        ]);
        kubeconfig = plane.kubeconfigFor({ token: await plane.token(NAMESPACE, ACCOUNT) });
    });
    after(() => plane?.stop());

    /** Reads the cluster as the account until the state fits. */
    const read = async (fits: (state: SourceState, findings: string) => void): Promise<void> => {
        const source = startKubernetesSource(
            { kubeconfig, namespace: NAMESPACE, times: { retryMs: 100, maxRetryMs: 500 } },
            () => undefined,
        );
        try {
            await eventually(() => fits(source.state, source.state.findings.map(findingText).join("\n")), 60_000);
        } finally {
            source.stop();
        }
    };

    it("are enough", () =>
        read((state, findings) => {
            assert.equal(findings, "");
            assert.equal(state.isPartial, undefined);
            assert.equal(state.objects.filter(({ object }) => object.kind === "DestinationRule").length, 1);
        }));

    for (const { kind, resource, group, ownNamespace, needed, only } of WATCHED_KINDS) {
        for (const verb of ["list", "watch"] as const) {
            it(`named as missing: to ${verb} ${resource}`, async () => {
                const role = ownNamespace ? "Role" : "ClusterRole";
                await plane.apply([roleWithout(role, resource, verb)]);
                await read((state, findings) => {
                    assert.match(
                        findings,
                        new RegExp(
                            `GH0492: system:serviceaccount:${NAMESPACE}:${ACCOUNT} may not ${verb} ${resource}${group === "" ? "" : `\\.${group}`} ${only ? `${only.name} in namespace ${only.namespace}, which says the root namespace` : `in ${ownNamespace ? `namespace ${NAMESPACE}` : "the whole cluster"}`}; `,
                        ),
                    );
                    assert.match(
                        findings,
                        needed ? new RegExp(`nothing is served before ${kind} could be read`) : new RegExp(`${kind} counts as absent`),
                    );
                    assert.match(
                        findings,
                        new RegExp(`Bind it to a ${role}.* with apiGroups \\["${group}"\\], resources \\["${resource}"\\]`),
                    );
                    assert.equal(state.isPartial ?? false, needed);
                });
                await plane.apply(accountObjects());
            });
        }
    }

    it("reach the mesh's configuration, which says the root namespace, and follow it", async () => {
        const rootOf = ({ objects }: SourceState): string => rootNamespaceOf(objects.find(({ object }) => isMeshConfigMap(object))?.object);
        const mesh = (rootNamespace: string): object => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "istio", namespace: "istio-system" },
            data: { mesh: `rootNamespace: ${rootNamespace}\n` },
        });
        await plane.apply([
            { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } },
            mesh("mesh-a"),
            { ...mesh("no"), metadata: { name: "other", namespace: "istio-system" } },
        ]);
        const source = startKubernetesSource(
            { kubeconfig, namespace: NAMESPACE, times: { retryMs: 100, maxRetryMs: 500 } },
            () => undefined,
        );
        try {
            await eventually(() => assert.equal(rootOf(source.state), "mesh-a"), 60_000);
            await plane.apply([mesh("mesh-b")]);
            await eventually(() => assert.equal(rootOf(source.state), "mesh-b"), 60_000);
            assert.equal(source.state.objects.filter(({ object }) => object.kind === "ConfigMap").length, 1);
        } finally {
            source.stop();
        }
    });

    it("do not reach the Secrets of other namespaces, nor change anything", async () => {
        const can = async (...args: string[]): Promise<string> =>
            (await plane.kubectl(["auth", "can-i", ...args, "--as", `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`])).stdout.trim();
        assert.equal(await can("list", "secrets", "-n", NAMESPACE), "yes");
        assert.equal(await can("get", "secrets", "-n", NAMESPACE), "no");
        assert.equal(await can("list", "secrets", "-n", "other"), "no");
        assert.equal(await can("list", "secrets", "--all-namespaces"), "no");
        assert.equal(await can("create", "virtualservices.networking.istio.io", "-n", NAMESPACE), "no");
        assert.equal(await can("list", "configmaps", "-n", NAMESPACE), "yes");
        assert.equal(await can("list", "configmaps", "-n", "other"), "no");
        assert.equal(await can("list", "configmaps", "-n", "istio-system"), "no");
        assert.equal(await can("list", "configmaps/istio", "-n", "istio-system"), "yes");
    });
});
