/**
 * Istio's definitions from our own tables, in a real API server: it takes them, holds objects to them, and `IstioCrds`
 * neither overwrites what is there nor takes anybody's objects away.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { buildCrd } from "../../../components/istio-crds/objects";
import { ISTIO_KINDS } from "../../../components/istio-crds/plan";
import { evaluateStack } from "../../../engine";
import { root } from "../../support/checkout";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { findTool } from "../../support/tools";
import { PulumiWorkspace } from "../support";

const STACKS = ["quickstart", "platform", "apps", "tcp", "files", "nodeport"];
const PROGRAM = path.join(root, "test/e2e/workload/programs/crds");

interface Definition {
    readonly metadata: { readonly uid: string; readonly generation: number; readonly labels?: Readonly<Record<string, string>> };
}

const definitionsOf = (plane: ControlPlane): Promise<{ items: Definition[] }> => plane.get("crd");

describe("definitions made from our tables", function () {
    this.timeout(900_000);
    let plane: ControlPlane;

    before(async function () {
        plane = await startControlPlane(this, { crds: false });
        await plane.apply(
            ISTIO_KINDS.map((kind) => ({
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                ...buildCrd("istio-crds", kind),
            })),
        );
        await plane.crdsEstablished();
    });
    after(() => plane?.stop());

    it("are structural: the API server finds no fault with a schema", async () => {
        const { items } = await plane.get<{
            items: { metadata: { name: string }; status: { conditions: { type: string; status: string; message: string }[] } }[];
        }>("crd");
        const faults = items.flatMap(({ metadata, status }) =>
            status.conditions
                .filter(({ type, status: holds }) => type === "NonStructuralSchema" && holds === "True")
                .map(({ message }) => `${metadata.name}: ${message}`),
        );
        assert.deepEqual(faults, []);
        assert.equal(items.length, ISTIO_KINDS.length);
    });

    it("take the objects of every stack", async () => {
        const stateDir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-crds-"));
        try {
            for (const name of STACKS) {
                const made = await evaluateStack({ dir: path.join(root, "stacks", name), env: "dev", stateDir, typecheck: false });
                const objects = made.kubernetesObjects().filter(({ apiVersion }) => apiVersion.includes("istio.io/"));
                const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"))];
                await plane.apply(namespaces.map((namespace) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })));
                await plane.apply(objects);
            }
        } finally {
            rmSync(stateDir, { recursive: true, force: true });
        }
    });

    it("refuse wrong types, words and missing fields in every version", async () => {
        const gateway = (version: string, server: object): object => ({
            apiVersion: `networking.istio.io/${version}`,
            kind: "Gateway",
            metadata: { name: "wrong", namespace: "default" },
            spec: { servers: [server] },
        });
        const refusal = async (object: object): Promise<string> => {
            const { code, stderr } = await plane.kubectl(["create", "--validate=strict", "-f", "-"], JSON.stringify(object));
            assert.notEqual(code, 0);
            return stderr;
        };
        for (const version of ["v1", "v1beta1", "v1alpha3"]) {
            assert.match(
                await refusal(gateway(version, { port: { number: "80", protocol: "HTTP", name: "http" }, hosts: ["*"] })),
                /port\.number.*must be of type integer/,
            );
        }
        assert.match(
            await refusal(gateway("v1", { port: { number: 70000, protocol: "HTTP", name: "http" }, hosts: ["*"] })),
            /should be less than or equal to 65535/,
        );
        assert.match(await refusal(gateway("v1", { port: { number: 80, protocol: "HTTP", name: "http" } })), /hosts: Required value/);
        assert.match(
            await refusal(
                gateway("v1", { port: { number: 443, protocol: "HTTPS", name: "https" }, hosts: ["*"], tls: { mode: "SIMPEL" } }),
            ),
            /Unsupported value: "SIMPEL"/,
        );
        const both = { exact: "/a", prefix: "/b" };
        assert.match(
            await refusal({
                apiVersion: "networking.istio.io/v1",
                kind: "VirtualService",
                metadata: { name: "wrong", namespace: "default" },
                spec: { hosts: ["a.example.com"], http: [{ match: [{ uri: both }] }] },
            }),
            /uri/,
        );
        assert.match(
            await refusal({
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: { name: "wrong", namespace: "default" },
                spec: { servers: [], selektor: {} },
            }),
            /selektor/,
        );
    });

    it("show what Istio's own show, by the same short names", async () => {
        const header = async (resource: string): Promise<string> =>
            (await plane.ask(["get", resource, "-A"])).split("\n")[0]?.replace(/\s+/g, " ").trim() ?? "";
        assert.equal(await header("vs"), "NAMESPACE NAME GATEWAYS HOSTS AGE");
        assert.equal(await header("gw"), "NAMESPACE NAME AGE");
        assert.match(await plane.ask(["explain", "virtualservice.spec.hosts"]), /hosts the rules are for/);
    });
});

describe("IstioCrds under the real Pulumi", function () {
    this.timeout(900_000);
    let plane: ControlPlane;
    let home: PulumiHome;
    let workspace: PulumiWorkspace;

    before(async function () {
        home = PulumiHome.open(this, "IstioCrds under the real Pulumi");
        // The controllers too: what is deleted waits for the garbage collector.
        plane = await startControlPlane(this, { nodes: 1, crds: false });
        workspace = await PulumiWorkspace.init(home, PROGRAM, { kubeconfig: plane.kubeconfig });
    });
    after(async () => {
        await plane?.stop();
        home?.close();
    });

    it("is what a cluster without the kinds is told to use", async () => {
        const { code, text } = await workspace.up();
        assert.notEqual(code, 0);
        assert.match(
            text,
            /The cluster does not know the kind \w+ \(networking\.istio\.io\/v1\)\. Install Istio, .* new gatehouse\.IstioCrds\("istio-crds"\).*\(GH0221\)/,
        );
        const destroyed = await workspace.destroy();
        assert.equal(destroyed.code, 0, destroyed.text);
    });

    it("installs the kinds before the objects of the same program", async () => {
        await workspace.setConfig("install", "yes");
        const up = await workspace.up();
        assert.equal(up.code, 0, up.text);
        await plane.ask(["get", "gateways.networking.istio.io", "web", "-n", "default"]);
        const again = await workspace.up({ args: ["--expect-no-changes"] });
        assert.equal(again.code, 0, again.text);
    });

    it("leaves definitions behind, and others' objects with them", async () => {
        await plane.apply([
            {
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: { name: "somebody-elses", namespace: "default" },
                spec: { servers: [] },
            },
        ]);
        const before = await definitionsOf(plane);
        const destroyed = await workspace.destroy();
        assert.equal(destroyed.code, 0, destroyed.text);
        await plane.ask(["get", "gateways.networking.istio.io", "somebody-elses", "-n", "default"]);
        assert.deepEqual(
            (await definitionsOf(plane)).items.map(({ metadata }) => metadata.uid),
            before.items.map(({ metadata }) => metadata.uid),
        );
    });

    it("takes over what it left behind, when asked", async () => {
        const before = await definitionsOf(plane);
        const refused = await workspace.up();
        assert.notEqual(refused.code, 0);
        assert.match(refused.text, /\w+\.(networking|telemetry)\.istio\.io" already exists/);
        await workspace.setConfig("install", "adopt");
        const adopted = await workspace.up();
        assert.equal(adopted.code, 0, adopted.text);
        assert.deepEqual(
            (await definitionsOf(plane)).items.map(({ metadata }) => metadata.uid),
            before.items.map(({ metadata }) => metadata.uid),
        );
        const destroyed = await workspace.destroy();
        assert.equal(destroyed.code, 0, destroyed.text);
    });

    it("changes nothing of Istio's own definitions, asked or not", async () => {
        await plane.ask(["delete", "crd", "--all"]);
        await plane.ask(["apply", "--server-side", "-f", findTool("istio-crds.yaml") ?? assert.fail("there is no istio-crds.yaml")]);
        const istios = await definitionsOf(plane);
        const stand = async (): Promise<void> => {
            const { items } = await definitionsOf(plane);
            const seen = (found: readonly Definition[]) =>
                found.map(({ metadata: { uid, generation, labels } }) => ({ uid, generation, labels }));
            assert.deepEqual(seen(items), seen(istios.items));
        };
        const asked = await workspace.up();
        assert.notEqual(asked.code, 0);
        assert.match(asked.text, /does not come from Gatehouse and stays as it is\. .*\(GH0223\)/);
        await stand();
        await workspace.destroy();
        await workspace.setConfig("install", "yes");
        const unasked = await workspace.up();
        assert.notEqual(unasked.code, 0);
        assert.match(unasked.text, /already exists/);
        await stand();
    });
});
