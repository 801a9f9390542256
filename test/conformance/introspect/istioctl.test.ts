/** What is printed of our proxy is what istioctl prints of an Envoy that istiod configured by the same objects, line by line. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { stringify } from "yaml";
import { freePorts } from "../../../harness/ports";
import { makeAuthority } from "../../support/certificates";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { gatehouse, run, startProxy, type RunningProxy } from "../../support/gatehouse";
import { Istiod } from "../../support/istiod";
import { needTools } from "../../support/tools";
import { Envoys } from "../answers/envoys";
import { introspected, LABELS, NAMESPACE } from "./objects";

/** Envoy's own, of the control plane, and a subset's port: nothing here leads to them. */
const OF_ENVOY = /BlackHoleCluster|^xds | xds$|kubernetes\.default|marker|9000 +v2|\|9000\|v2\|/;
const WITHIN_MS = 60_000;

describe("proxy-config beside istioctl", function () {
    this.timeout(400_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-istioctl-"));
    let plane: ControlPlane;
    let istiod: Istiod;
    let envoys: Envoys;
    let proxy: RunningProxy;
    let istioctl = "";
    let markerPort = 0;
    const dump = path.join(folder, "config_dump.json");
    const clusters = path.join(folder, "clusters.json");

    before(async function () {
        istioctl = needTools(this, "istioctl's own output", "istioctl", "pilot-discovery").istioctl;
        plane = await startControlPlane(this);
        istiod = await Istiod.start(plane);
        const [marker = 0, ...free] = await freePorts(6);
        const [plain = 0, redirect = 0, https = 0, tcp = 0, tls = 0] = free;
        markerPort = marker;
        envoys = new Envoys(plane, istiod, marker);
        const certificate = await (await makeAuthority()).issue({ dns: ["webapp.test"] });
        const objects = introspected({ http: plain, redirect, https, tcp, tls }, certificate);
        const envoy = await envoys.of("router", { namespace: NAMESPACE, labels: LABELS });
        await plane.apply(objects);
        await envoys.pushed([envoy], 180_000);
        await eventually(async () => {
            const text = await textOf(envoy.address, envoy.admin, "/config_dump?include_eds=true");
            assert.ok(text.includes("kubernetes://webapp-credential") && text.includes(`0.0.0.0_${https}`));
            writeFileSync(dump, text);
        }, WITHIN_MS);
        writeFileSync(clusters, await textOf(envoy.address, envoy.admin, "/clusters?format=json"));
        await envoys.stop();
        const config = path.join(folder, "config");
        mkdirSync(config);
        writeFileSync(path.join(config, "objects.yaml"), objects.map((one) => stringify(one)).join("---\n"));
        const labels = Object.entries(LABELS).map(([name, value]) => `${name}=${value}`);
        proxy = await startProxy(["--config", config, "--namespace", NAMESPACE, "--labels", labels.join(","), "--port-offset", "0"]);
    });
    after(async () => {
        await proxy?.stop();
        await envoys?.stop();
        await istiod?.stop();
        await plane?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    it("proxy-status: the same services in the same order; a cluster and a control plane there are none of, workers there are", async () => {
        await plane.apply([{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "istio-system" } }]);
        const asked = ["--insecure", "--xds-address", istiod.secureAddress, "--kubeconfig", plane.kubeconfig, "-v", "1"];
        const { stdout, stderr } = await run(istioctl, ["proxy-status", ...asked], { env: { HOME: folder } });
        assert.equal(stderr, "");
        const own = await gatehouse(["proxy-status", "--admin", `http://${String(proxy.ready["admin"])}`]);
        const headOf = (text: string, besides: RegExp): string[] =>
            text
                .split("\n")[0]!
                .split(/ +/)
                .filter((one) => !besides.test(one));
        const shared = headOf(own.stdout, /^(SDS|WORKERS|CONFIG)$/);
        assert.deepEqual(shared, headOf(stdout.trimEnd(), /^(CLUSTER|ECDS|ISTIOD)$/));
        assert.deepEqual(shared, ["NAME", "CDS", "EDS", "LDS", "RDS", "VERSION"]);
    });

    /** Lines as cells, the header first. */
    const cells = (text: string): string[][] =>
        text
            .trimEnd()
            .split("\n")
            .map((line) => line.split(/ {2,}|(?<=^\S+) /).map((cell) => cell.trim()));
    const theirs = async (part: string, file = dump): Promise<string[][]> => {
        const { code, stdout, stderr } = await run(istioctl, ["proxy-config", part, "-f", file], { env: { HOME: folder } });
        assert.equal(code, 0, stderr);
        return cells(
            stdout
                .split("\n")
                .filter((line) => !OF_ENVOY.test(line))
                .join("\n"),
        );
    };
    const ours = async (part: string): Promise<string[][]> => {
        const { code, stdout, stderr } = await gatehouse(["proxy-config", part, "--admin", `http://${String(proxy.ready["admin"])}`]);
        assert.equal(code, 0, stderr);
        return cells(stdout);
    };

    for (const part of ["routes", "clusters"]) {
        it(`${part}: every line of istioctl is there, in its words and columns, and what we know besides comes after`, async () => {
            const [head = [], ...lines] = await theirs(part);
            const [ourHead = [], ...ourLines] = await ours(part);
            assert.deepEqual(ourHead.slice(0, head.length), head);
            const cut = (row: readonly string[]): string => row.slice(0, 5).join(" | ");
            assert.ok(lines.length > 4);
            assert.deepEqual(
                lines.map(cut).filter((line) => !ourLines.map(cut).includes(line)),
                [],
            );
        });
    }

    it("listeners: the same ports lead to the same places", async () => {
        const { stdout } = await run(istioctl, ["proxy-config", "listeners", "-f", dump], { env: { HOME: folder } });
        const mine = (await gatehouse(["proxy-config", "listeners", "--admin", `http://${String(proxy.ready["admin"])}`])).stdout;
        const plain = (text: string): string[] =>
            text
                .trimEnd()
                .split("\n")
                .map((line) => line.replace(/ +/g, " ").trim());
        const ourLines = plain(mine);
        assert.ok(ourLines[0]?.startsWith("ADDRESSES PORT MATCH DESTINATION "));
        const lines = plain(stdout).filter((line) => !line.includes(` ${markerPort} `) && !line.startsWith("ADDRESSES"));
        assert.ok(lines.length >= 6);
        assert.deepEqual(
            lines.filter((line) => !ourLines.some((our) => `${our} `.startsWith(`${line} `))),
            [],
        );
    });

    it("endpoints: every line of istioctl is there, in its words and columns", async () => {
        const [head = [], ...lines] = await theirs("endpoints", clusters);
        const [ourHead = [], ...ourLines] = await ours("endpoints");
        assert.deepEqual(ourHead.slice(0, head.length), head);
        const cut = (row: readonly string[]): string => row.slice(0, head.length).join(" | ");
        assert.ok(lines.length > 1);
        assert.deepEqual(
            lines.map(cut).filter((line) => !ourLines.map(cut).includes(line)),
            [],
        );
    });

    it("secrets: the same times and serials, in the same form", async () => {
        const [head = [], ...lines] = await theirs("secret");
        const [ourHead = [], ...ourLines] = await ours("secret");
        assert.deepEqual(ourHead.slice(0, head.length), head);
        const [line] = lines.filter(([name]) => name?.includes("webapp-credential"));
        assert.ok(line);
        const found = ourLines.find(([name]) => name === `kubernetes://${NAMESPACE}/webapp-credential`);
        assert.deepEqual(found?.slice(1, line.length), line.slice(1));
    });
});

function textOf(host: string, port: number, target: string): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host, port, path: target, agent: false }, (response) => {
            let text = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    text += part;
                })
                .on("end", () => resolve(text));
        }).on("error", reject);
    });
}
