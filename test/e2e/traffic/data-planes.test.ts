/** The same components on the bundled proxy and on Istio's own gateway, with the same answers to the same requests. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { eventually } from "../../support/eventually";
import { Istiod } from "../../support/istiod";
import { PulumiHome } from "../../support/pulumi-home";
import { needTools, skipFor } from "../../support/tools";
import { PulumiWorkspace } from "../support/pulumi-workspace";
import { answerTo, certificateFor, echoOf, type Asked } from "./support/answers";
import { Kubelet } from "./support/kubelet";
import { PodNetwork } from "./support/pod-network";

const WHAT = "the comparison of the data planes";
const SHOP = "shop.example.com";
const ASKED: Readonly<Record<string, Asked>> = {
    "a prefix": { url: `https://${SHOP}/items` },
    "a prefix and what follows it": { url: `https://${SHOP}/itemsandmore` },
    "no route": { url: `https://${SHOP}/nothing` },
    "a rewritten path": { url: `https://${SHOP}/old/a/b?c=d` },
    "a redirect": { url: `https://${SHOP}/gone?x=1` },
    "an answer of the gateway's own": { url: `https://${SHOP}/r/17` },
    "a regular expression that fits a part only": { url: `https://${SHOP}/r/17a` },
    "a header, a method and header operations": { url: `https://${SHOP}/anything`, curl: ["-X", "POST", "-d", "body", "-H", "x-team: a"] },
    "the header with another method": { url: `https://${SHOP}/anything`, curl: ["-H", "x-team: a"] },
    "a query parameter and another authority": { url: `https://${SHOP}/q?v=2` },
    "another value of the query parameter": { url: `https://${SHOP}/q?v=3` },
    "a status of the backend's": { url: `https://${SHOP}/status/404` },
    "a failure of the backend's": { url: `https://${SHOP}/status/503` },
    "a backend that takes too long": { url: `https://${SHOP}/delay/3` },
    "a preflight that is allowed": {
        url: `https://${SHOP}/api/x`,
        curl: ["-X", "OPTIONS", "-H", "origin: https://a.example.com", "-H", "access-control-request-method: GET"],
    },
    "a preflight from elsewhere": {
        url: `https://${SHOP}/api/x`,
        curl: ["-X", "OPTIONS", "-H", "origin: https://b.example.com", "-H", "access-control-request-method: GET"],
    },
    "a request from an allowed origin": { url: `https://${SHOP}/api/catalog`, curl: ["-H", "origin: https://a.example.com"] },
    "plain HTTP where HTTPS is wanted": { url: `http://${SHOP}/items?a=b` },
    "a host in another case": { url: `https://${SHOP}/items`, curl: ["-H", "host: SHOP.example.com"] },
    "a host with a port": { url: `https://${SHOP}/items`, curl: ["-H", `host: ${SHOP}:443`] },
    "a plain host": { url: "http://plain.example.com/headers", curl: ["-H", "x-own: 1"] },
    "a host below the wildcard": { url: "http://a.b.plain.example.com/headers" },
    "a host that nobody serves": { url: "http://other.example.com/" },
    "a server name that nobody serves": { url: "https://other.example.com/" },
};

interface Side {
    readonly address: string;
    readonly caFile: string;
}

describe("one program on both data planes", () => {
    let plane: ControlPlane | undefined;
    let network: PodNetwork | undefined;
    let kubelet: Kubelet;
    let istiod: Istiod | undefined;
    let home: PulumiHome | undefined;
    let ours: Side;
    let istios: Side;

    async function deploy(dataPlane: "gatehouse" | "istio"): Promise<Side> {
        const config = { "traffic-shop:namespace": dataPlane, "traffic-shop:dataPlane": dataPlane };
        const workspace = await PulumiWorkspace.init(home!, path.join(__dirname, "programs/shop"), {
            kubeconfig: plane!.kubeconfig,
            stack: dataPlane,
            config,
        });
        const { code, text } = await workspace.up();
        assert.equal(code, 0, text);
        const { caPem } = await workspace.outputs<{ caPem: string }>();
        const caFile = path.join(plane!.folder, `${dataPlane}-ca.pem`);
        writeFileSync(caFile, caPem);
        const [pod] = kubelet.pods("gateway-namespace", `${dataPlane}-edge`);
        assert.ok(pod, "the gateway has a pod");
        return { address: pod.address, caFile };
    }

    before(async function () {
        home = PulumiHome.open(this, WHAT);
        needTools(this, WHAT, "pilot-discovery", "ip");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this, { nodes: 2, pods: "test" });
        network = new PodNetwork();
        istiod = await Istiod.start(plane, { address: network.hostAddress });
        kubelet = new Kubelet(plane, network, { istiod });
        [ours, istios] = await Promise.all([deploy("gatehouse"), deploy("istio")]);
    });
    after(async () => {
        await kubelet?.stop();
        await istiod?.stop();
        network?.close();
        await plane?.stop();
        home?.close();
    });

    for (const [name, asked] of Object.entries(ASKED)) {
        it(`answers alike to ${name}`, async () => {
            await eventually(async () => {
                const [mine, theirs] = await Promise.all([ours, istios].map(({ address, caFile }) => answerTo(asked, address, caFile)));
                assert.deepEqual(mine, theirs);
            });
        });
    }

    it("passes TCP to the same backend", async () => {
        for (const { address } of [ours, istios]) assert.equal(await echoOf(address, 31400, "hello"), "hello\n");
    });

    it("shows the same certificates, and none to the same names", async () => {
        for (const [port, name] of [
            [443, SHOP],
            [443, "other.example.com"],
            [443, undefined],
            [31401, "simple-sni-1.istioinaction.io"],
            [31401, "unknown.istioinaction.io"],
        ] as const) {
            const [mine, theirs] = await Promise.all([ours, istios].map(({ address }) => certificateFor(address, port, name)));
            assert.equal(mine, theirs, `${name} on ${port}`);
        }
    });
});
