/** Every name that a local run makes, and every file it writes, is its own: whatever the objects of the stack are called. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import { fileNames } from "../../../cli/objects/files";
import { endpointObjects } from "../../../cli/up/endpoints";
import { relocateGatewayServices } from "../../../cli/up/gateway-services";
import { findWorkloads } from "../../../cli/up/workloads";
import type { KubeObject } from "../../../istio";
import { gateway, server, service } from "../objects";

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** What joining with hyphens confuses, and what the tools add themselves. */
const name = fc.oneof(
    fc.constantFrom(
        "a",
        "b",
        "a-b",
        "a-a",
        "b-a",
        "local",
        "a-local",
        "a-a-local",
        "a-a-a-local",
        "a-local-ports",
        "a.b",
        "service",
        "a-service-a",
        "service-b",
        "x".repeat(253),
        "x".repeat(250),
    ),
);
const namespace = fc.constantFrom("a", "a-service", "a-b", "b");
const kind = fc.constantFrom("Deployment", "StatefulSet", "DaemonSet");
const API: Readonly<Record<string, string>> = {
    Service: "v1",
    Pod: "v1",
    EndpointSlice: "discovery.k8s.io/v1",
    Gateway: "networking.istio.io/v1",
};

const workload = (of: string, called: string, within: string, run: string): KubeObject =>
    ({
        apiVersion: "apps/v1",
        kind: of,
        metadata: { name: called, namespace: within },
        spec: { template: { metadata: { labels: { app: "x" }, annotations: { "gatehouse.dev/run": run } } } },
    }) as KubeObject;
const other = (of: string, called: string, within: string): KubeObject =>
    of === "Service"
        ? service(called, within, [80], { app: "x" })
        : { apiVersion: API[of] ?? "", kind: of, metadata: { name: called, namespace: within } };
const objects = fc
    .tuple(
        fc.uniqueArray(fc.tuple(kind, name, namespace, fc.constantFrom("web", "proxy")), {
            maxLength: 5,
            selector: ([of, called, within]) => `${of} ${called} ${within}`,
        }),
        fc.uniqueArray(fc.tuple(fc.constantFrom("Service", "Pod", "EndpointSlice"), name, namespace), {
            maxLength: 6,
            selector: (parts) => parts.join(" "),
        }),
    )
    .map(([workloads, others]) => [...workloads.map((parts) => workload(...parts)), ...others.map((parts) => other(...parts))]);

const keyOf = ({ kind: of, metadata }: KubeObject): string => `${of} ${metadata.namespace} ${metadata.name}`;
const twice = (texts: readonly string[]): string[] => texts.filter((text, index) => texts.indexOf(text) !== index);

describe("the names of a local run", () => {
    it("are valid and each its own, beside those that the stack's objects have", () => {
        fc.assert(
            fc.property(objects, (stack) => {
                const { gateways, samples } = findWorkloads(stack, ["web"]);
                assert.deepEqual(twice([...gateways, ...samples].map(({ key }) => key)), []);
                const sample = samples.map((one, index) => ({ workload: one, port: 20_000 + index }));
                const opened = [...stack, gateway("g", "z", [server(9000, "TCP", ["*"])], { app: "x" })];
                const all = [...relocateGatewayServices(opened, gateways, () => 1), ...endpointObjects(opened, sample)];
                assert.deepEqual(twice(all.map(keyOf)), []);
                for (const { metadata } of all) assert.ok(NAME.test(metadata.name) && metadata.name.length <= 253, metadata.name);
                const files = fileNames(all);
                assert.deepEqual(twice(files), []);
                for (const file of files) assert.match(file, /^[a-z0-9_][a-z0-9._-]{0,199}\.yaml$/);
                const again = [...all].reverse();
                assert.deepEqual(fileNames(again).reverse(), files);
            }),
            { numRuns: 400 },
        );
    });

    it("are what they read like where nobody else has them", () => {
        const stack = [workload("Deployment", "web", "a", "web"), service("shop", "a", [80], { app: "x" })];
        const made = endpointObjects(
            stack,
            findWorkloads(stack, ["web"]).samples.map((one) => ({ workload: one, port: 1 })),
        );
        assert.deepEqual(made.map(keyOf), ["Pod a web-local", "EndpointSlice a shop-web-local"]);
        assert.deepEqual(fileNames(made), ["a-pod-web-local.yaml", "a-endpointslice-shop-web-local.yaml"]);
    });
});
