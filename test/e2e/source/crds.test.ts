/** A cluster without Istio's CustomResourceDefinitions, into which they come later. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { freePorts } from "../../../harness/ports";
import { findTool } from "../../support/tools";
import { findingText } from "../../../istio/findings";
import { startKubernetesSource } from "../../../proxy/source";
import { eventually } from "../../support/eventually";
import { ClusterProxy, untilSays } from "./support/cluster-proxy";
import { ACCOUNT, accountObjects, gatewayObject, hostObject, NAMESPACE, roleWithout, type Rule } from "./support/objects";

describe("the proxy on a cluster without Istio's kinds", () => {
    let plane: ControlPlane;
    let proxy: ClusterProxy | undefined;

    before(async function () {
        plane = await startControlPlane(this, { crds: false });
        await plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }]);
    });
    after(async () => {
        await proxy?.stop();
        await plane?.stop();
    });

    it("is not held back by policies that its account may not read and the cluster does not have", async () => {
        await plane.apply(accountObjects());
        const { rules, ...role } = roleWithout("ClusterRole", "none", "list") as { readonly rules: readonly Rule[] };
        await plane.apply([
            {
                ...role,
                rules: rules.filter(
                    ({ apiGroups }) => !apiGroups.some((group) => group === "security.istio.io" || group === "extensions.istio.io"),
                ),
            },
        ]);
        const source = startKubernetesSource(
            {
                kubeconfig: plane.kubeconfigFor({ token: await plane.token(NAMESPACE, ACCOUNT) }),
                namespace: NAMESPACE,
                times: { retryMs: 100, maxRetryMs: 500 },
            },
            () => undefined,
        );
        try {
            await eventually(() => assert.equal(source.state.isPartial, undefined), 60_000);
            const findings = source.state.findings.map(findingText).join();
            assert.doesNotMatch(findings, /GH0492/);
            assert.match(
                findings,
                /GH0493: The cluster does not know AuthorizationPolicy and RequestAuthentication of security\.istio\.io/,
            );
        } finally {
            source.stop();
        }
    });

    it("is ready with nothing to serve, names what is missing, and serves once it is there", async function () {
        const crds = findTool("istio-crds.yaml");
        if (crds === undefined) return this.skip();
        const [http = 0, https = 0] = await freePorts(2);
        proxy = await ClusterProxy.start(["--kubeconfig", plane.kubeconfig, "--labels", `istio=${ACCOUNT}`, "--namespace", NAMESPACE]);
        await proxy.ready();
        assert.match(
            await proxy.untilFindings(/networking\.istio\.io/),
            /GH0493: The cluster does not know Gateway, VirtualService, ServiceEntry, DestinationRule and Sidecar of networking\.istio\.io: it counts as having none/,
        );
        await plane.ask(["apply", "--server-side", "-f", crds]);
        await plane.crdsEstablished();
        await plane.apply([gatewayObject({ http, https }), hostObject("plain", "at last")]);
        await untilSays("plain.example.com", http, "at last");
    });
});
