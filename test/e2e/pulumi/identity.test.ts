/** What Pulumi holds for the same object: one that was there before it, one whose component has a new name. */
import assert from "node:assert/strict";
import path from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace, stepText, type PulumiRun } from "../support";

const program = (name: string): string => path.join(__dirname, "programs", name);
const KINDS = { Gateway: "gateways.networking.istio.io", VirtualService: "virtualservices.networking.istio.io" };

/** A host as somebody made it with kubectl: not quite what the component makes of it. */
function handMade(namespace: string): object[] {
    const metadata = { name: "web", namespace, labels: { team: "shop" } };
    const server = { port: { number: 80, name: "web", protocol: "HTTP" }, hosts: [`${namespace}/web.example.com`] };
    const route = [{ destination: { host: "old.default.svc.cluster.local", port: { number: 80 } } }];
    return [
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata,
            spec: { selector: { "gateway-name": "edge" }, servers: [server] },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata,
            spec: { hosts: ["web.example.com"], gateways: ["web"], http: [{ route }] },
        },
    ];
}

describe("an object's identity under the real Pulumi", function () {
    this.timeout(600_000);
    let home: PulumiHome | undefined;
    let plane: ControlPlane | undefined;

    before(async function () {
        home = PulumiHome.open(this, "adopted and renamed objects under the real Pulumi");
        // Deleted objects are gone once the garbage collector has seen them.
        plane = await startControlPlane(this, { nodes: 1 });
    });

    after(async () => {
        await plane?.stop();
        home?.close();
    });

    const cluster = (): ControlPlane => plane ?? assert.fail("there is no cluster");
    const stack = (name: string, namespace: string): Promise<PulumiWorkspace> =>
        PulumiWorkspace.init(home ?? assert.fail(), program(name), {
            kubeconfig: cluster().kubeconfig,
            stack: namespace,
            config: { namespace },
        });
    const uidsIn = async (namespace: string): Promise<Record<string, string>> => {
        const { items } = await cluster().get<{ items: { kind: string; metadata: { name: string; uid: string } }[] }>(
            `secrets,${Object.values(KINDS).join()}`,
            "-n",
            namespace,
        );
        return Object.fromEntries(items.map(({ kind, metadata: { name, uid } }) => [`${kind} ${name}`, uid]));
    };
    const destinationIn = (namespace: string): Promise<string> =>
        cluster().ask(["get", KINDS.VirtualService, "web", "-n", namespace, "-o", "jsonpath={.spec.http[0].route[0].destination.host}"]);
    const succeeded = (run: PulumiRun): void => assert.equal(run.code, 0, run.text);

    /** A namespace with the objects in it. */
    const made = async (namespace: string): Promise<Record<string, string>> => {
        await cluster().ask(["create", "namespace", namespace]);
        await cluster().ask(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: handMade(namespace) }));
        return uidsIn(namespace);
    };

    it("is not taken over unasked: the error says that the object is there, and what to do", async () => {
        const old = await made("unasked");
        const run = await (await stack("adopting", "unasked")).up();
        assert.notEqual(run.code, 0);
        assert.match(run.text, /gateways\.networking\.istio\.io "web" already exists/);
        assert.match(run.text, /Adopting a resource into Pulumi: use `pulumi import`/);
        assert.deepEqual(await uidsIn("unasked"), old);
        assert.equal(await destinationIn("unasked"), "old.default.svc.cluster.local");
    });

    it("is taken over by the import option of a transform, and made what the component says, in place", async () => {
        const old = await made("option");
        const workspace = await stack("adopting", "option");
        for (const kind of Object.keys(KINDS)) await workspace.command(["config", "set", "--path", `existing.${kind}`, "option/web"]);
        succeeded(await workspace.preview());
        const run = await workspace.up();
        succeeded(run);
        const objects = run.done
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(stepText)
            .sort();
        assert.deepEqual(objects, [
            "import Gateway web-gateway",
            "import VirtualService web-routes",
            "update Gateway web-gateway",
            "update VirtualService web-routes",
        ]);
        assert.deepEqual(await uidsIn("option"), old);
        assert.equal(await destinationIn("option"), "backend.default.svc.cluster.local");
        succeeded(await workspace.up({ args: ["--expect-no-changes"] }));
    });

    it("is taken over by `pulumi import` with the file that a preview writes, without a word in the program", async () => {
        const old = await made("file");
        const workspace = await stack("adopting", "file");
        const file = path.join(workspace.folder, "import.json");
        await workspace.command(["preview", "--import-file", file]);
        const wanted = JSON.parse(readFileSync(file, "utf8")) as { resources: { id?: string }[] };
        const filled = wanted.resources.map((one) => (one.id === "<PLACEHOLDER>" ? { ...one, id: "file/web" } : one));
        writeFileSync(file, JSON.stringify({ resources: filled }));
        succeeded(await workspace.import(["--file", file]));
        succeeded(await workspace.preview());
        const run = await workspace.up();
        succeeded(run);
        assert.deepEqual(
            run.steps.map(({ op }) => op).filter((op) => op !== "update"),
            [],
        );
        assert.deepEqual(await uidsIn("file"), old);
        assert.equal(await destinationIn("file"), "backend.default.svc.cluster.local");
    });

    it("survives a new name of its component by an alias; without one the deployment stops before anything is lost", async () => {
        const workspace = await stack("renamed", "renamed");
        await workspace.setConfig("objects", "web");
        succeeded(await workspace.up());
        const old = await uidsIn("renamed");

        await workspace.setConfig("name", "shop");
        const unaliased = await workspace.up();
        assert.notEqual(unaliased.code, 0);
        assert.match(unaliased.text, /virtualservices\.networking\.istio\.io "web" already exists/);
        assert.match(unaliased.text, /Renaming a Pulumi resource: use an alias/);
        assert.deepEqual(await uidsIn("renamed"), old);

        // What the failed deployment began goes with the name; then the alias finds the old one.
        await workspace.setConfig("name", "web");
        succeeded(await workspace.up());
        await workspace.setConfig("name", "shop");
        await workspace.setConfig("alias", "web");
        const renamed = await workspace.up();
        succeeded(renamed);
        assert.deepEqual(renamed.done.filter(({ type }) => !type.startsWith("gatehouse:")).map(stepText), []);
        assert.deepEqual(await uidsIn("renamed"), old);
    });

    it("ends with a new name of the objects: the new ones are there before the old ones go", async () => {
        const workspace = await stack("renamed", "follows");
        succeeded(await workspace.up());
        await workspace.setConfig("name", "shop");
        await workspace.setConfig("alias", "web");
        const run = await workspace.up();
        succeeded(run);
        const objects = run.timeline.filter((text) => /(Gateway|VirtualService|Secret) /.test(text));
        const lastMade = objects.findLastIndex((text) => text.startsWith("end create"));
        const firstDeleted = objects.findIndex((text) => text.startsWith("begin delete"));
        assert.ok(lastMade >= 0 && firstDeleted > lastMade, objects.join("\n"));
        assert.deepEqual(
            Object.keys(await uidsIn("follows")).filter((object) => !object.startsWith("Secret")),
            ["Gateway shop", "VirtualService shop"],
        );
    });
});
