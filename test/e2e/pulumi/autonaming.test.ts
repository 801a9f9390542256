/** A rotation under the real Pulumi makes the new Secret first, however the stack has its objects named. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace } from "../support";

const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    verbatim: { "pulumi:autonaming.mode": "verbatim" },
    disabled: { "pulumi:autonaming.providers.kubernetes.mode": "disabled" },
    pattern: { "pulumi:autonaming.pattern": "${stack}-${name}", "pulumi:autonaming.enforce": "true" },
};

describe("certificates under a stack's autonaming", function () {
    this.timeout(600_000);
    let home: PulumiHome | undefined;
    let plane: ControlPlane | undefined;
    before(async function () {
        home = PulumiHome.open(this, "autonaming under the real Pulumi");
        plane = await startControlPlane(this, { nodes: 1 });
    });
    after(async () => {
        await plane?.stop();
        home?.close();
    });

    for (const [name, settings] of Object.entries(SETTINGS)) {
        it(`are replaced before they are deleted: ${name}`, async () => {
            const namespace = `named-${name}`;
            const shop = await PulumiWorkspace.init(home!, path.join(__dirname, "programs/shop"), {
                kubeconfig: plane!.kubeconfig,
                stack: name,
                config: { namespace },
            });
            for (const [key, value] of Object.entries(settings)) await shop.command(["config", "set", "--path", key, value]);
            const first = await shop.up();
            assert.equal(first.code, 0, first.text);
            const { credentialName: old } = await shop.outputs<{ credentialName: string }>();

            await shop.setConfig("validityHours", "2400");
            const run = await shop.up();
            assert.equal(run.code, 0, run.text);
            const { credentialName } = await shop.outputs<{ credentialName: string }>();
            assert.notEqual(credentialName, old);
            const at = (text: RegExp): number => run.timeline.findIndex((one) => text.test(one));
            const [made, referred, deleted] = [
                at(/^end create Secret cart-tls/),
                at(/^end update Gateway cart-gateway$/),
                at(/^begin delete Secret cart-tls/),
            ];
            assert.ok(
                made >= 0 && made < at(/^begin update Gateway cart-gateway$/) && referred >= 0 && referred < deleted,
                run.timeline.join("\n"),
            );
            assert.equal(
                await plane!.ask([
                    "get",
                    "gateways.networking.istio.io",
                    "cart",
                    "-n",
                    namespace,
                    "-o",
                    "jsonpath={.spec.servers[*].tls.credentialName}",
                ]),
                credentialName,
            );

            const again = await shop.up();
            assert.deepEqual(
                again.steps.filter(({ type }) => type.startsWith("kubernetes:")),
                [],
                "nothing else changes",
            );
        });
    }
});
