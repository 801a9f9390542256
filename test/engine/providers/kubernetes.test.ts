/** What the Kubernetes provider fills in, keeps, marks and refuses. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { evaluate, type EvaluatedResource } from "../../../engine/testing";
import { engineFailure } from "../support";

async function resource(program: () => unknown, name = "x"): Promise<EvaluatedResource> {
    const { resources } = await evaluate(program);
    return resources.find((one) => one.name === name && one.type.startsWith("kubernetes:")) ?? assert.fail(`no ${name}`);
}

describe("the Kubernetes provider", () => {
    it("names an object that has no name, and marks it", async () => {
        const { id, inputs } = await resource(() => void new k8s.core.v1.ConfigMap("x", { metadata: { annotations: { mine: "1" } } }));
        const { name, annotations } = inputs.metadata as Record<string, unknown>;
        assert.match(String(name), /^x-[0-9a-f]{8}$/);
        assert.deepEqual([id, annotations], [name, { mine: "1", "pulumi.com/autonamed": "true" }]);
    });

    it("names objects as the stack's autonaming says: by type, else by provider, else by stack", async () => {
        const named = async (setting: object | string, project = "shop"): Promise<string> => {
            const text = typeof setting === "string" ? setting : JSON.stringify(setting);
            const { resources } = await evaluate(() => void new k8s.core.v1.ConfigMap("x", {}), {
                project,
                config: { "pulumi:autonaming": text, colour: "red" },
            });
            return String((resources.find(({ name }) => name === "x")?.inputs.metadata as Record<string, unknown> | undefined)?.["name"]);
        };
        assert.equal(await named({ mode: "verbatim" }), "x");
        assert.match(await named({ mode: "default" }), /^x-[0-9a-f]{8}$/);
        assert.match(
            await named({ pattern: "${project}-${stack}-${config.colour}-${name}-${hex(3)}-${alphanum(2)}-${string(2)}-${num(2)}" }),
            /^shop-dev-red-x-[0-9a-f]{3}-[a-z0-9]{2}-[a-z]{2}-\d{2}$/,
        );
        assert.match(await named({ pattern: "${name}-${uuid}" }), /^x-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        assert.equal(await named({ mode: "disabled", providers: { kubernetes: { pattern: "p-${name}", enforce: true } } }), "p-x");
        assert.equal(
            await named({
                mode: "disabled",
                providers: { kubernetes: { mode: "disabled", resources: { "kubernetes:core/v1:ConfigMap": { mode: "verbatim" } } } },
            }),
            "x",
        );
        assert.match(
            await named({
                mode: "disabled",
                providers: { kubernetes: { resources: { "kubernetes:core/v1:Secret": { mode: "verbatim" } } } },
            }),
            /^x-[0-9a-f]{8}$/,
            "a provider's section without a mode is the default",
        );
        assert.equal(await named({ mode: "verbatim", providers: { aws: { mode: "disabled" } } }), "x");
    });

    it("refuses what has no name where autonaming is disabled, and settings that are none", async () => {
        const refused = async (setting: unknown, wanted: RegExp): Promise<void> => {
            const { message } = await engineFailure(() =>
                evaluate(() => void new k8s.core.v1.ConfigMap("x", {}), { config: { "pulumi:autonaming": JSON.stringify(setting) } }),
            );
            assert.match(message, wanted);
        };
        await refused({ mode: "disabled" }, /autonaming is disabled, resource requires the .metadata.name field to be set/);
        await refused({ mode: "loud" }, /pulumi:autonaming.mode: got "loud", wanted default, verbatim, disabled/);
        await refused({ mode: "verbatim", pattern: "${name}" }, /it has a mode and a pattern or enforce/);
        await refused(
            { providers: { kubernetes: { colour: "red" } } },
            /pulumi:autonaming.providers.kubernetes.colour: there is no such setting/,
        );
        await refused("verbatim", /wanted a map with mode/);
        await refused({ pattern: "${config.absent}" }, /there is no value for absent/);
    });

    it("puts the provider's namespace where an object can have one and has none", async () => {
        const program = () => {
            const provider = new k8s.Provider("there", { namespace: "there" });
            new k8s.core.v1.ConfigMap("x", { metadata: { name: "x" } }, { provider });
            new k8s.core.v1.ConfigMap("own", { metadata: { name: "own", namespace: "own" } }, { provider });
            new k8s.rbac.v1.ClusterRole("cluster", { metadata: { name: "cluster" }, rules: [] }, { provider });
            new k8s.apiextensions.CustomResource(
                "custom",
                { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "custom" } },
                { provider },
            );
        };
        const { resources } = await evaluate(program);
        assert.deepEqual(
            resources
                .filter((one) => one.provider)
                .map(({ id }) => id)
                .sort(),
            ["cluster", "own/own", "there/custom", "there/x"],
        );
    });

    it("writes a Secret's text as data, over what data has, all of it secret", async () => {
        const { inputs, secretInputs, secretOutputs } = await resource(
            () => void new k8s.core.v1.Secret("x", { metadata: { name: "x" }, data: { a: "eA==", b: "eA==" }, stringData: { b: "y" } }),
        );
        assert.deepEqual(
            [inputs, secretInputs, secretOutputs],
            [{ apiVersion: "v1", kind: "Secret", metadata: { name: "x" }, data: { a: "eA==", b: "eQ==" } }, ["data"], ["data"]],
        );
    });

    it("leaves out what is empty in Kubernetes' own kinds, and nothing in others", async () => {
        const { inputs } = await resource(
            () =>
                void new k8s.networking.v1.NetworkPolicy("x", {
                    metadata: { name: "x", labels: {} },
                    spec: { podSelector: {}, ingress: [{}], egress: [] },
                }),
        );
        assert.deepEqual([inputs.metadata, inputs.spec], [{ name: "x" }, { podSelector: {}, ingress: [{}] }]);
        const custom = await resource(
            () =>
                void new k8s.apiextensions.CustomResource("x", {
                    apiVersion: "a.example/v1",
                    kind: "Thing",
                    metadata: { name: "x", labels: {} },
                    spec: { list: [] },
                }),
        );
        assert.deepEqual([custom.inputs.metadata, custom.inputs.spec], [{ name: "x", labels: {} }, { list: [] }]);
    });

    it("gives a LoadBalancer a loopback address, so that what is made of it can be reached", async () => {
        const { outputs } = await evaluate(() => {
            const service = new k8s.core.v1.Service("x", { spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
            return { address: service.status.loadBalancer.ingress[0]?.ip };
        });
        assert.deepEqual(outputs, { address: "127.0.0.1" });
    });

    it("keeps a secret that is only part of an object where it is", async () => {
        const { secretInputs } = await resource(
            () =>
                void new k8s.core.v1.ConfigMap("x", {
                    metadata: { labels: { l: pulumi.secret("v") } },
                    data: { a: pulumi.secret("v"), b: "v" },
                }),
        );
        assert.deepEqual(secretInputs, ["data.a", "metadata.labels.l"]);
    });

    it("reads YAML text into resources, Lists into their items", async () => {
        const yaml =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}\n";
        const { kubernetesObjects } = await evaluate(() => void new k8s.yaml.ConfigGroup("g", { yaml }));
        assert.deepEqual(
            kubernetesObjects().map(({ kind, metadata }) => [kind, metadata.name]),
            [
                ["ConfigMap", "one"],
                ["ConfigMap", "two"],
            ],
        );
    });

    // What waits for something that was refused never ends; the program does.
    const PATIENT = { timeoutMs: 300_000 };
    it("refuses by name what it cannot do here", async () => {
        const message = async (program: () => unknown): Promise<string> => (await engineFailure(() => evaluate(program, PATIENT))).message;
        assert.match(
            await message(() => void new k8s.core.v1.ConfigMap("x", { metadata: { generateName: "x-" } })),
            /GH0314: kubernetes:core\/v1:ConfigMap x: the `\.metadata\.generateName` field is not supported/,
        );
        assert.match(
            await message(() => void new k8s.core.v1.ConfigMapPatch("x", { metadata: { name: "x" } })),
            /GH0310: kubernetes:core\/v1:ConfigMapPatch x is not in the embedded engine/,
        );
        assert.match(
            await message(() => void new k8s.helm.v3.Release("x", { chart: "x" })),
            /GH0310: kubernetes:helm\.sh\/v3:Release x is not in the embedded engine.* Keep charts out of the stack that runs here/s,
        );
        assert.match(
            await message(() => void new k8s.yaml.v2.ConfigGroup("x", { yaml: "" })),
            /GH0310: kubernetes:yaml\/v2:ConfigGroup x is a component of another package's provider \(remote\)/,
        );
        assert.match(
            await message(() => k8s.core.v1.ConfigMap.get("x", "ns/x")),
            /GH0310: kubernetes:core\/v1:ConfigMap x is to be read from what is deployed.* Make it only where a configuration value says so/s,
        );
    });
});
