/** What a preview does not know is no violation, and no secret value stands in a message. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { checkResources, type ResourceData } from "../../policy/library";
import { entryOf, POLICY_NAMES, type PolicyName } from "../../policy/table";
import { documents, EXAMPLE_CONFIG, sections, type Section } from "./support/page";
import { pathsOf, resource, withUnknowns, type PlainObject } from "./support/resources";

const RUNS = 40;
const CONFIG: Readonly<Record<string, object>> = EXAMPLE_CONFIG;
const alone = (name: PolicyName): unknown => ({
    all: "disabled",
    [name]: { ...CONFIG[name], enforcementLevel: entryOf(name).enforcementLevel },
});
const written = sections().filter(({ fixed }) => fixed.language === "yaml");
const objectsOf = ({ fixed }: Section): PlainObject[] => documents(fixed.text) as unknown as PlainObject[];

/** Kind and apiVersion are the program's own words and always known. */
const mayBeUnknown = (path: readonly (string | number)[]): boolean => path[1] !== "kind" && path[1] !== "apiVersion" && path.length > 1;

describe("policies where values are not known", function () {
    this.timeout(60_000);
    for (const section of written) {
        it(`find nothing in the fixed example of ${section.name}, whatever of it is unknown`, () => {
            const objects = objectsOf(section);
            const paths = pathsOf(objects).filter(mayBeUnknown);
            fc.assert(
                fc.property(fc.subarray(paths, { minLength: 1, maxLength: 4 }), (unknown) => {
                    const resources = withUnknowns(objects, unknown).map((object, index) => ({
                        ...resource(object),
                        urn: `urn:pulumi:dev::shop::example::${index}`,
                    }));
                    const violations = checkResources(resources, { config: alone(section.name as PolicyName), complete: true });
                    assert.deepEqual(
                        violations.map(({ message }) => message),
                        [],
                    );
                }),
                { numRuns: RUNS },
            );
        });
    }

    it("do not fail on values of any shape", () => {
        const kinds = [...new Set(written.flatMap((section) => objectsOf(section).map(({ apiVersion, kind }) => ({ apiVersion, kind }))))];
        const value = fc.letrec((tie) => ({
            any: fc.oneof(
                { depthSize: "small" },
                fc.string(),
                fc.integer(),
                fc.boolean(),
                fc.constant(null),
                fc.array(tie("any"), { maxLength: 3 }),
                fc.dictionary(
                    fc.constantFrom(
                        "spec",
                        "servers",
                        "hosts",
                        "http",
                        "route",
                        "selector",
                        "template",
                        "containers",
                        "tls",
                        "metadata",
                        "labels",
                        "match",
                        "data",
                    ),
                    tie("any"),
                    { maxKeys: 4 },
                ),
            ),
        })).any;
        fc.assert(
            fc.property(fc.constantFrom(...kinds), value, value, (kind, spec, metadata) => {
                checkResources(
                    [
                        resource({
                            ...kind,
                            metadata: (typeof metadata === "object" && metadata !== null ? metadata : {}) as PlainObject["metadata"],
                            spec,
                            data: spec,
                        }),
                    ],
                    { complete: true },
                );
            }),
            { numRuns: 300 },
        );
    });
});

describe("policies and secrets", () => {
    const MARKER = "s3cr3t-marker-91";
    const secret = (data: ResourceData, paths: readonly string[]): ResourceData => ({ ...data, secretInputs: paths, secretOutputs: paths });

    it("never repeat a value that is marked as secret", () => {
        const gateway = resource({
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "edge", namespace: "shop" },
            spec: {
                selector: { app: MARKER },
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: [`*.${MARKER}.example.com`, MARKER],
                        tls: { mode: "SIMPLE", credentialName: `other/${MARKER}`, cipherSuites: [MARKER], minProtocolVersion: MARKER },
                    },
                ],
            },
        });
        const hosts = ["spec.selector.app", "spec.servers[0].hosts[0]", "spec.servers[0].hosts[1]", "spec.servers[0].tls"];
        const violations = checkResources([secret(gateway, hosts)], { complete: true });
        assert.ok(violations.length >= 3, String(violations.length));
        assert.doesNotMatch(JSON.stringify(violations), new RegExp(MARKER));
    });

    it("never repeat what a Secret holds, marked or not", () => {
        const held = resource({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "edge", namespace: "shop" },
            stringData: { host: MARKER, "tls.crt": MARKER },
        });
        const route = resource({
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "edge", namespace: "shop" },
            spec: {
                hosts: [`*.${MARKER}`],
                gateways: [`shop/${MARKER}`],
                http: [{ route: [{ destination: { host: MARKER, subset: MARKER } }] }],
            },
        });
        const violations = checkResources([held, route], { complete: true });
        assert.ok(violations.some(({ policy }) => policy === "destination-exists"));
        assert.doesNotMatch(JSON.stringify(violations.map(({ message }) => message)), new RegExp(MARKER));
    });

    it("say nothing of a private key that is marked, and name one that is not by its place alone", () => {
        const key = `-----BEGIN PRIVATE KEY-----\n${MARKER}${"A".repeat(80)}\n-----END PRIVATE KEY-----\n`;
        const map = resource({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "edge", namespace: "shop" },
            data: { text: key, base64: Buffer.from(key).toString("base64") },
        });
        const found = checkResources([map]);
        assert.deepEqual(
            found.map(({ policy }) => policy),
            ["private-key-in-inputs", "private-key-in-inputs", "private-key-in-outputs", "private-key-in-outputs"],
        );
        assert.match(found[0]?.message ?? "", /^ConfigMap shop\/edge data\.text is a private key in clear/);
        assert.doesNotMatch(JSON.stringify(found), new RegExp(MARKER));
        assert.deepEqual(checkResources([secret(map, ["data"])]), []);
    });

    it("have every policy in the table judged here or through the page", () => {
        assert.deepEqual(
            POLICY_NAMES.filter((name) => !sections().some((one) => one.name === name)),
            [],
        );
    });
});
