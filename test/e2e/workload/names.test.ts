/** Names that are made from other texts, as a real API server takes them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { evaluate } from "pulumi-gatehouse/testing";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";

/** Of these a plain reading makes names that are refused: equal ones, ones too long, ones that end in a hyphen. */
const SECRETS = [
    "shop.tls",
    "shop-tls",
    `${"n".repeat(56)}-one`,
    `${"n".repeat(56)}-two`,
    `${"m".repeat(55)}-three`,
    `${"l".repeat(55)}.four`,
    "kept",
];

describe("a gateway whose Secrets are called alike", function () {
    this.timeout(300_000);
    let plane: ControlPlane;

    before(async function () {
        plane = await startControlPlane(this);
    });
    after(() => plane?.stop());

    it("is taken whole by the API server", async () => {
        const { kubernetesObjects } = await evaluate(
            () => {
                new gatehouse.IngressGateway("public", {
                    namespace: "default",
                    secretVolumes: SECRETS.map((secretName, index) => ({ secretName, mountPath: `/etc/certs/${index}` })),
                });
            },
            { timeoutMs: 120_000, config: { "gatehouse:image": "registry.example/gatehouse:test" } },
        );
        await plane.apply(kubernetesObjects());
        const deployment = await plane.get<{
            spec: { template: { spec: { volumes: { name: string; secret?: { secretName: string } }[] } } };
        }>("deployment", "public", "-n", "default");
        const volumes = deployment.spec.template.spec.volumes.filter(({ secret }) => secret !== undefined);
        assert.deepEqual(
            volumes.map(({ secret }) => secret?.secretName),
            SECRETS,
        );
        assert.equal(volumes.at(-1)?.name, "secret-kept");
    });
});
