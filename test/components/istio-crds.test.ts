/** Istio's definitions, as our own tables make them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { kindTable } from "../../istio";
import { buildCrd } from "../../components/istio-crds/objects";
import { fieldSchema, withoutPhrases } from "../../components/istio-crds/openapi";
import { missingCrdsText } from "../../components/resources/missing-crds";
import { evaluated, object, refusal, resource } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

describe("a schema made from a field table", () => {
    it("has types, words, limits, what is required and what excludes each other", () => {
        const schema = fieldSchema({
            type: "object",
            doc: "all",
            atMostOne: [["a", "b", "c"]],
            fields: {
                a: { type: "text", doc: "a word", words: ["X", "Y"], required: true },
                b: { type: "number", doc: "a number", whole: true, min: 0, max: 65535 },
                c: { type: "list", doc: "a list", min: 1, max: 2, of: { type: "flag", doc: "a flag" } },
                d: {
                    type: "map",
                    doc: "a map",
                    max: 3,
                    of: { type: "number", doc: "a share", whole: false, min: 0, max: Number.MAX_VALUE },
                },
                e: { type: "any", doc: "anything" },
                f: { type: "numberOrName", doc: "a port" },
                g: { type: "text", doc: "a text", minLength: 1, maxLength: 9, format: "span" },
            },
        });
        assert.deepEqual(schema, {
            type: "object",
            description: "all",
            required: ["a"],
            not: { anyOf: [{ required: ["a", "b"] }, { required: ["a", "c"] }, { required: ["b", "c"] }] },
            properties: {
                a: { type: "string", description: "a word", enum: ["X", "Y"] },
                b: { type: "integer", description: "a number", minimum: 0, maximum: 65535 },
                c: { type: "array", description: "a list", minItems: 1, maxItems: 2, items: { type: "boolean", description: "a flag" } },
                d: {
                    type: "object",
                    description: "a map",
                    maxProperties: 3,
                    additionalProperties: { type: "number", description: "a share", minimum: 0 },
                },
                e: { description: "anything", "x-kubernetes-preserve-unknown-fields": true },
                f: { description: "a port", "x-kubernetes-int-or-string": true },
                g: { type: "string", description: "a text", minLength: 1, maxLength: 9 },
            },
        });
        assert.doesNotMatch(JSON.stringify(withoutPhrases(schema)), /description/);
    });

    it("keeps a field that is called description", () => {
        const schema = fieldSchema({ type: "object", doc: "x", fields: { description: { type: "text", doc: "y" } } });
        assert.deepEqual(withoutPhrases(schema), { type: "object", properties: { description: { type: "string" } } });
    });
});

describe("a definition", () => {
    it("has Istio's own names, versions and columns", () => {
        const { metadata, spec } = buildCrd("istio-crds", "VirtualService");
        assert.equal(metadata.name, "virtualservices.networking.istio.io");
        assert.deepEqual(spec.names, {
            kind: "VirtualService",
            listKind: "VirtualServiceList",
            plural: "virtualservices",
            singular: "virtualservice",
            shortNames: ["vs"],
            categories: ["istio-io", "networking-istio-io"],
        });
        assert.equal(spec.scope, "Namespaced");
        assert.deepEqual(
            spec.versions.map(({ name, served, storage }) => ({ name, served, storage })),
            [
                { name: "v1", served: true, storage: true },
                { name: "v1beta1", served: true, storage: false },
                { name: "v1alpha3", served: true, storage: false },
            ],
        );
        assert.deepEqual(spec.versions[0]?.additionalPrinterColumns, [
            { name: "Gateways", type: "string", jsonPath: ".spec.gateways" },
            { name: "Hosts", type: "string", jsonPath: ".spec.hosts" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ]);
        assert.deepEqual(
            spec.versions.map(({ name }) => name),
            kindTable("VirtualService").versions,
        );
    });
});

describe("the component that installs definitions", function () {
    // A program with all of them carries some hundred kilobytes of schemas.
    this.timeout(60_000);
    const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];

    it("makes one for each kind, and leaves them behind when it goes", async () => {
        const made = await evaluated(() => new gatehouse.IstioCrds("crds"));
        const definitions = made.resources.filter(({ type }) => type === CRD);
        assert.deepEqual(definitions.map(({ name }) => name).sort(), [
            "crds-authorizationpolicies",
            "crds-destinationrules",
            "crds-gateways",
            "crds-requestauthentications",
            "crds-serviceentries",
            "crds-sidecars",
            "crds-telemetries",
            "crds-virtualservices",
            "crds-workloadentries",
        ]);
        assert.deepEqual([...new Set(definitions.map(({ options }) => options.retainOnDelete))], [true]);
        object(made, "CustomResourceDefinition", "gateways.networking.istio.io");
    });

    it("is waited for by the objects of its kinds", async () => {
        const made = await evaluated(() => {
            new gatehouse.IstioCrds("crds", { kinds: ["Gateway"] });
            new gatehouse.VirtualHost("web", { gateway: ingressRef() as gatehouse.GatewayRef, hosts: ["a.example.com"], http });
        });
        const behind = (kind: string, name: string): string[] =>
            resource(made, `kubernetes:networking.istio.io/v1:${kind}`, name).options.dependencies.filter((urn) =>
                urn.includes("CustomResourceDefinition"),
            );
        assert.equal(behind("Gateway", "web-gateway").length, 1);
        assert.deepEqual(behind("VirtualService", "web-routes"), []);
    });

    it("refuses kinds that it does not know", async () => {
        assert.match(
            await refusal(() => new gatehouse.IstioCrds("crds", { kinds: ["Gateway", "EnvoyFilter" as never, "Gateway"] })),
            /kinds\[1\]: "EnvoyFilter" is not one of Gateway, .*\n {2}kinds\[2\]: Gateway is named twice/,
        );
    });
});

describe("a cluster without Istio's kinds", () => {
    it("is told of with what to do", () => {
        const errors = [
            'creation of resource … Verify that any required CRDs have been created: no matches for kind "Gateway" in version "networking.istio.io/v1"',
        ];
        assert.match(
            missingCrdsText(errors) ?? "",
            /^The cluster does not know the kind Gateway \(networking\.istio\.io\/v1\)\. Install Istio, .* new gatehouse\.IstioCrds\("istio-crds"\).*\(GH0221\)$/,
        );
        assert.equal(missingCrdsText(["Gateway is invalid"]), undefined);
    });
});
