/** What changes in a cluster when one thing changes in a program, in which order; and what of its secrets can be seen. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeSelfSigned } from "../../support/certificates";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace, stepText, type PulumiRun } from "../support";
import { filesWith, keysIn, needlesOf } from "./support/keys";

const NAMESPACE = "changes";

describe("a change under the real Pulumi", function () {
    this.timeout(600_000);
    let home: PulumiHome | undefined;
    let plane: ControlPlane | undefined;
    let shop: PulumiWorkspace;
    let first: PulumiRun;
    let privateKeyPem = "";

    before(async function () {
        home = PulumiHome.open(this, "changes under the real Pulumi");
        plane = await startControlPlane(this, { nodes: 1 });
        shop = await PulumiWorkspace.init(home, path.join(__dirname, "programs/shop"), {
            kubeconfig: plane.kubeconfig,
            config: { namespace: NAMESPACE },
        });
        const given = await makeSelfSigned({ dns: ["partner.example.com"] });
        privateKeyPem = given.key;
        await shop.setConfig("certificatePem", given.cert);
        await shop.setConfig("privateKeyPem", given.key, { secret: true });
        first = await shop.up();
        assert.equal(first.code, 0, first.text);
    });

    after(async () => {
        await plane?.stop();
        home?.close();
    });

    const cluster = (): ControlPlane => plane ?? assert.fail("there is no cluster");
    const uids = async (): Promise<Record<string, string>> => {
        const kinds = "deployments,services,secrets,gateways.networking.istio.io,virtualservices";
        const { items } = await cluster().get<{ items: { kind: string; metadata: { name: string; uid: string } }[] }>(
            kinds,
            "-n",
            NAMESPACE,
        );
        return Object.fromEntries(items.map(({ kind, metadata: { name, uid } }) => [`${kind} ${name}`, uid]));
    };
    /** Everything but the component's own record of its arguments. */
    const objectSteps = ({ done }: PulumiRun): string[] =>
        done
            .filter(({ type }) => !type.startsWith("gatehouse:"))
            .map(stepText)
            .sort();

    it("keeps every key out of the state, the backend, what is printed and what is followed", async () => {
        const shown = JSON.stringify(await shop.resources({ showSecrets: true }));
        const keys = [...keysIn(shown), privateKeyPem];
        assert.ok(keys.length >= 4, "of the authority and of three hosts");
        for (const key of keys)
            assert.ok(
                needlesOf(key).some((needle) => shown.includes(needle)),
                "a key is not found where it is in clear",
            );

        const again = await shop.up();
        for (const key of keys) {
            for (const needle of needlesOf(key)) {
                for (const [where, text] of Object.entries({
                    state: shop.stateFile(),
                    printed: first.text,
                    followed: first.log,
                    again: again.text + again.log,
                })) {
                    assert.ok(!text.includes(needle), `the ${where} has a key in clear`);
                }
            }
        }
        assert.deepEqual(filesWith(home?.folder ?? "", keys.flatMap(needlesOf)), []);
        assert.match(first.text, /authorityKey *: \[secret\]/);
    });

    it("of a label that a transformation adds reaches every child of every component, and a preview says so of each", async () => {
        const preview = await shop.preview({ args: ["-c", "team=web"] });
        assert.equal(preview.code, 0, preview.text);
        await shop.command(["config", "rm", "team"]);
        const labelled = preview.log
            .split("\n")
            .filter((line) => line !== "")
            .flatMap((line) => {
                const { resourcePreEvent: step } = JSON.parse(line) as {
                    resourcePreEvent?: {
                        metadata: { op: string; urn: string; new?: { inputs?: { metadata?: { labels?: { team?: string } } } } };
                    };
                };
                return step?.metadata.new?.inputs?.metadata?.labels?.team === "web" ? [step.metadata] : [];
            });
        const objects = (await shop.resources())
            .filter(({ urn, type }) => type.startsWith("kubernetes:") && urn.includes("::gatehouse:index:"))
            .map(({ urn }) => urn);
        assert.ok(objects.length > 10, String(objects.length));
        assert.deepEqual(labelled.map(({ urn }) => urn).sort(), objects.sort());
        assert.deepEqual(new Set(labelled.map(({ op }) => op)), new Set(["update"]));
    });

    it("of one route changes its VirtualService alone", async () => {
        await shop.setConfig("prefix", "/cart");
        const preview = await shop.preview();
        const run = await shop.up();
        assert.equal(run.code, 0, run.text);
        assert.deepEqual(objectSteps(run), ["update VirtualService cart-routes"]);
        assert.deepEqual(run.steps.map(stepText).sort(), preview.steps.map(stepText).sort());
        assert.equal(
            await cluster().ask(["get", "virtualservice", "cart", "-n", NAMESPACE, "-o", "jsonpath={.spec.http[0].match[0].uri.prefix}"]),
            "/cart",
        );
    });

    it("of the image changes the Deployment alone, in place", async () => {
        const old = await uids();
        await shop.setConfig("gatehouse:image", "gatehouse:next");
        const run = await shop.up();
        assert.equal(run.code, 0, run.text);
        assert.deepEqual(objectSteps(run), ["update Deployment edge-deployment"]);
        assert.deepEqual(await uids(), old);
        assert.equal(
            await cluster().ask(["get", "deployment", "edge", "-n", NAMESPACE, "-o", "jsonpath={.spec.template.spec.containers[0].image}"]),
            "gatehouse:next",
        );
    });

    it("of a certificate makes the new Secret, has the Gateway refer to it, then deletes the old one", async () => {
        const { credentialName: old } = await shop.outputs<{ credentialName: string }>();
        await shop.setConfig("validityHours", "2400");
        const run = await shop.up();
        assert.equal(run.code, 0, run.text);
        const at = (text: string): number => {
            const index = run.timeline.indexOf(text);
            assert.ok(index >= 0, `"${text}" is not among\n${run.timeline.join("\n")}`);
            return index;
        };
        const made = at("end create-replacement Secret cart-tls");
        const referred = at("end update Gateway cart-gateway");
        const deleted = at("begin delete-replaced Secret cart-tls");
        assert.ok(made < at("begin update Gateway cart-gateway") && referred < deleted, run.timeline.join("\n"));
        assert.deepEqual([...new Set(run.done.filter(({ type }) => type.startsWith("kubernetes:")).map(({ name }) => name))].sort(), [
            "cart-gateway",
            "cart-tls",
        ]);

        const { credentialName } = await shop.outputs<{ credentialName: string }>();
        assert.notEqual(credentialName, old);
        assert.equal(
            await cluster().ask([
                "get",
                "gateways.networking.istio.io",
                "cart",
                "-n",
                NAMESPACE,
                "-o",
                "jsonpath={.spec.servers[*].tls.credentialName}",
            ]),
            credentialName,
        );
        assert.deepEqual(
            Object.keys(await uids()).filter((object) => object.startsWith("Secret cart-")),
            [`Secret ${credentialName}`],
        );
    });

    it("by hand shows in a refresh, and is put back by the next deployment that looks", async () => {
        await cluster().ask([
            "patch",
            "virtualservice",
            "cart",
            "-n",
            NAMESPACE,
            "--type=json",
            "-p",
            '[{"op":"replace","path":"/spec/http/0/match/0/uri/prefix","value":"/by-hand"}]',
        ]);
        const seen = await shop.previewRefresh();
        assert.match(seen.text, /prefix: "\/cart" => "\/by-hand"/);
        const run = await shop.up({ args: ["--refresh"] });
        assert.equal(run.code, 0, run.text);
        assert.deepEqual(
            objectSteps(run).filter((step) => step.startsWith("update")),
            ["update VirtualService cart-routes"],
        );
        assert.equal(
            await cluster().ask(["get", "virtualservice", "cart", "-n", NAMESPACE, "-o", "jsonpath={.spec.http[0].match[0].uri.prefix}"]),
            "/cart",
        );
    });

    it("of a field that another manager has applied names the field and the manager, and changes nothing", async () => {
        const theirs = {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "search", namespace: NAMESPACE },
            spec: { hosts: ["search.other.example.com"] },
        };
        await cluster().ask(["apply", "--server-side", "--force-conflicts", "--field-manager=gitops", "-f", "-"], JSON.stringify(theirs));
        const run = await shop.up({ args: ["--refresh"] });
        assert.notEqual(run.code, 0);
        assert.match(run.text, /VirtualService \(search-routes\):\s+error: .*conflict with "gitops": \.spec\.hosts/s);
        assert.equal(
            await cluster().ask(["get", "virtualservice", "search", "-n", NAMESPACE, "-o", "jsonpath={.spec.hosts[0]}"]),
            "search.other.example.com",
        );
    });
});
