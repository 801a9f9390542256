/** The package schema is one that Pulumi takes, and says all that the schemas of the components say. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import { COMPONENTS, packageSchema } from "../../components/package-schema";
import { needTools } from "../support/tools";

type Json = Readonly<Record<string, unknown>>;
const schema = packageSchema({ version: "1.2.3", kubernetes: "4.34.2" });
const inputs = (name: string): Readonly<Record<string, Json>> => {
    const { inputProperties } = schema.resources[`gatehouse:index:${name}`] as { inputProperties: Readonly<Record<string, Json>> };
    return inputProperties;
};
const type = (name: string): { properties: Readonly<Record<string, Json>>; required?: readonly string[]; enum?: readonly Json[] } =>
    schema.types[`gatehouse:index:${name}`] as never;

/** Every `$ref` below. */
function refsIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" ? [String(inner)] : refsIn(inner)));
}

const tokenOf = (resource: object): string => (resource as { readonly __pulumiType: string }).__pulumiType;

const FOREIGN = /^\/kubernetes\/v4\.34\.2\/schema\.json#\/(types|resources)\/(.*)$/;

describe("the package schema", () => {
    it("has every component with all of its arguments, but for functions", () => {
        assert.deepEqual(
            Object.keys(schema.resources),
            Object.keys(COMPONENTS).map((name) => `gatehouse:index:${name}`),
        );
        for (const [name, { args }] of Object.entries(COMPONENTS)) {
            const all = Object.keys(args.fields).filter((field) => field !== "extraManifestTransforms");
            assert.deepEqual(Object.keys(inputs(name)), all);
        }
    });

    it("says what has to be there and what may not come later", () => {
        assert.deepEqual((schema.resources["gatehouse:index:VirtualHost"] as Json)["requiredInputs"], ["gateway", "hosts"]);
        const { namespace, networkPolicy, service } = inputs("IngressGateway");
        assert.deepEqual([namespace?.["plain"], networkPolicy?.["plain"], service?.["plain"]], [undefined, true, true]);
        assert.equal(type("FromPem").properties["privateKeyPem"]?.["secret"], true);
    });

    it("gives one of several as an object with a member for each", () => {
        assert.deepEqual(Object.keys(type("Certificate").properties), [
            "selfSigned",
            "signedBy",
            "fromPem",
            "fromSecret",
            "fromFiles",
            "fromCertManager",
        ]);
        assert.deepEqual(Object.keys(type("PortChoice").properties), ["number", "spec", "off"]);
        assert.deepEqual(Object.keys(type("Destination").properties), ["host", "service"]);
        assert.ok(!JSON.stringify(schema).includes('"oneOf"'));
    });

    it("has Istio's routes as their field table has them, with destinations of its own", () => {
        const { properties } = type("HTTPRoute");
        assert.deepEqual(properties["mirror"]?.["$ref"], "#/types/gatehouse:index:Destination");
        assert.deepEqual(type("HTTPRouteRoute").required, ["destination"]);
        assert.equal(properties["timeout"]?.["plain"], undefined);
        assert.ok(!("mirror_percent" in properties));
    });

    it("has every type that it refers to, and no other", () => {
        const refs = new Set(refsIn(schema));
        const own = [...refs].filter((ref) => ref.startsWith("#/types/")).map((ref) => ref.slice("#/types/".length));
        assert.deepEqual(own.sort(), Object.keys(schema.types));
        const foreign = [...refs].filter((ref) => !ref.startsWith("#/types/") && ref !== "pulumi.json#/Any");
        assert.deepEqual(
            foreign.filter((ref) => !FOREIGN.test(ref)),
            [],
        );
        const resources = foreign.map((ref) => FOREIGN.exec(ref)).flatMap((found) => (found?.[1] === "resources" ? [found[2]] : []));
        assert.deepEqual(
            resources.map((token) => token?.replace("%2F", "/")).sort(),
            [k8s.apps.v1.Deployment, k8s.core.v1.Service, k8s.core.v1.ServiceAccount].map(tokenOf).sort(),
        );
    });

    it("passes Pulumi's own check", async function () {
        const { pulumi } = needTools(this, "the check of the package schema", "pulumi");
        this.timeout(60_000);
        const folder = await mkdtemp(path.join(tmpdir(), "gatehouse-schema-"));
        // The provider beside the tool may be of another version, whose schema has other references.
        const alone = JSON.parse(
            JSON.stringify(schema, (key, value: unknown) => (key === "$ref" && FOREIGN.test(String(value)) ? "pulumi.json#/Any" : value)),
        ) as Json;
        try {
            const file = path.join(folder, "schema.json");
            await writeFile(file, JSON.stringify(alone));
            const env = { ...process.env, PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: "1" };
            const { stdout, stderr } = await promisify(execFile)(pulumi, ["schema", "check", file], { env });
            assert.doesNotMatch(`${stdout}${stderr}`, /error/i);
        } finally {
            await rm(folder, { recursive: true });
        }
    });
});
