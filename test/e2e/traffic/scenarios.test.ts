/** The scenarios that users start from, once more: the same objects, requests and answers, with a real cluster between. */
import { after, before, describe } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { setStage } from "../../support/stage";
import { needTools } from "../../support/tools";
import { ClusterStage } from "./support/cluster-stage";
import { PodNetwork } from "./support/pod-network";

const SCENARIOS = [
    "s01-http-virtual-host",
    "s02-s04-https",
    "s05-tcp",
    "s06-sni-passthrough",
    "s09-own-gateway",
    "s10-egress-gateway",
    "s11-outbound-policy",
    "s12-certificates-from-files",
    "s13-paths",
    "s14-ingress",
    "s15-every-port",
    "s16-token",
    "s17-address-lists",
    "s18-external-check",
    "s19-grpc",
];

describe("in a real cluster", () => {
    let plane: ControlPlane | undefined;
    let network: PodNetwork | undefined;

    before(async function () {
        needTools(this, "the scenarios in a real cluster", "ip", "curl", "openssl");
        plane = await startControlPlane(this);
        network = new PodNetwork();
        setStage(new ClusterStage(plane, network.hostAddress));
    });
    after(async () => {
        setStage();
        network?.close();
        await plane?.stop();
    });

    // Each file describes its scenario where it is loaded: here below this block, after its `before`.
    // oxlint-disable-next-line typescript/no-require-imports -- an import would stand outside of the block
    for (const name of SCENARIOS) require(`../../seeds/${name}.test.ts`);
});
