/** Names that are made from other texts. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import * as gatehouse from "pulumi-gatehouse";
import { derivedName, derivedNames, joinedName, LABEL_NAME, OBJECT_NAME, slug } from "../../components/arguments";
import { podVolumes, proxyContainer } from "../../components/workload/containers";
import { planWorkload, type WorkloadData } from "../../components/workload";
import { evaluated } from "./support/evaluation";
import { egressRef } from "./support/refs";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const cut = (secret: string): string => `secret-${slug(secret)}`.slice(0, 63);

/** Secrets' names that are alike on purpose, and any text at all. */
const text = fc.oneof(
    fc.array(fc.constantFrom("a", "b", "-", ".", "A", "_", "*"), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")),
    fc
        .tuple(fc.integer({ min: 45, max: 70 }), fc.constantFrom("", "-", ".", "x", "-x", ".x"))
        .map(([length, end]) => "n".repeat(length) + end),
    fc.string(),
);
const texts = fc.array(text, { maxLength: 8 });

describe("derived names", () => {
    it("are valid, one for each text and the same in every order", () => {
        fc.assert(
            fc.property(texts, fc.constantFrom(LABEL_NAME, { ...LABEL_NAME, max: 15 }), (list, kind) => {
                const names = derivedNames(list, cut, kind);
                for (const name of names) assert.ok(LABEL.test(name) && name.length <= kind.max, name);
                assert.equal(new Set(names).size, new Set(list).size);
                assert.deepEqual(derivedNames([...list].reverse(), cut, kind).reverse(), names);
            }),
        );
    });

    it("are what they read like, where that is a name and no other's", () => {
        fc.assert(
            fc.property(texts, (list) => {
                const plain = [...new Set(list)].map(cut);
                const names = derivedNames([...new Set(list)], cut, LABEL_NAME);
                plain.forEach((name, index) => {
                    if (LABEL.test(name) && plain.indexOf(name) === plain.lastIndexOf(name)) assert.equal(names[index], name);
                });
            }),
        );
    });

    it("stay apart from what a hash comes to", () => {
        const [first = ""] = derivedNames(["a.b", "a-b"], slug, LABEL_NAME);
        const names = derivedNames(["a.b", "a-b", first], slug, LABEL_NAME);
        assert.equal(new Set(names).size, 3);
        assert.equal(names[2], first);
    });

    it("of objects may have dots, and no more than there is room for", () => {
        fc.assert(
            fc.property(fc.oneof(text, fc.string({ minLength: 240, maxLength: 300 })), (one) => {
                const name = derivedName(one, OBJECT_NAME);
                assert.ok(SUBDOMAIN.test(name) && name.length <= 253, name);
            }),
        );
        assert.equal(derivedName("public-wild.example", OBJECT_NAME), "public-wild.example");
    });
});

/** Secrets of which a plain reading makes names that no API server takes. */
const ALIKE = ["shop.tls", "shop-tls", `${"n".repeat(56)}-one`, `${"n".repeat(56)}-two`, `${"m".repeat(55)}-three`, "kept"];

describe("the volumes of Secrets", () => {
    const plan = planWorkload("ingress", "public", {
        namespace: "edge",
        image: "x",
        secretVolumes: ALIKE.map((secretName, index) => ({ secretName, mountPath: `/etc/${index}` })),
    } as WorkloadData);

    it("have names that are theirs, and mounts that name them", () => {
        const volumes = podVolumes(plan).filter((one) => (one as { secret?: unknown }).secret !== undefined) as {
            name: string;
            secret: { secretName: string };
        }[];
        assert.deepEqual(
            volumes.map(({ secret }) => secret.secretName),
            ALIKE,
        );
        assert.equal(new Set(volumes.map(({ name }) => name)).size, ALIKE.length);
        for (const { name } of volumes) assert.ok(LABEL.test(name) && name.length <= 63, name);
        assert.equal(volumes.at(-1)?.name, "secret-kept");
        const mounts = proxyContainer(plan).volumeMounts as { name: string; mountPath: string }[];
        assert.deepEqual(
            mounts.filter(({ mountPath }) => mountPath.startsWith("/etc/")).map(({ name }) => name),
            volumes.map(({ name }) => name),
        );
    });
});

describe("the children of gateways and services that read alike", () => {
    it("are told apart", async () => {
        const via = egressRef() as gatehouse.GatewayRef<Record<never, never>, "egress">;
        const { resources } = await evaluated(() => {
            new gatehouse.EgressGateway("a", { namespace: "one", applyTo: ["x-policy", "policy-x", "x"] });
            new gatehouse.EgressGateway("a-policy-x", { namespace: "two" });
            new gatehouse.EgressGateway("a-policy", { namespace: "three", applyTo: ["y"] });
            new gatehouse.ExternalService("b", { hosts: ["rule.c.c", "d.c"], ports: { http: 80 }, via, namespace: "one" });
            new gatehouse.ExternalService("b-rule", {
                hosts: ["c.c", "e.c"],
                ports: { http: 80 },
                via,
                namespace: "two",
                metadata: { name: "other" },
            });
        });
        const named = (type: string): string[] =>
            resources
                .filter((one) => one.type.endsWith(`:${type}`))
                .map(({ name }) => name)
                .sort();
        assert.equal(named("Sidecar").length, 7);
        assert.ok(named("Sidecar").includes("a-policy-x") && named("Sidecar").includes("a-policy-x-policy"));
        assert.equal(named("DestinationRule").length, 4);
        assert.ok(named("DestinationRule").includes("b-rule-d-c"));
    });

    it("are each their own, and what can be read in one way stays as it reads", () => {
        const part = fc.array(fc.constantFrom("a", "b", "policy", "x"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("-"));
        fc.assert(
            fc.property(
                fc.uniqueArray(fc.tuple(part, part), { selector: ([first, second]) => `${first} ${second}`, maxLength: 30 }),
                (pairs) => {
                    const names = [
                        ...pairs.map(([first, second]) => joinedName(first, "policy", second)),
                        ...new Set(pairs.map(([first]) => `${first}-policy`)),
                    ];
                    assert.equal(new Set(names).size, names.length);
                },
            ),
        );
        assert.equal(joinedName("egress", "policy", "shop"), "egress-policy-shop");
    });
});

describe("the children of an ExternalService", () => {
    it("are as many as its hosts, whatever these read like", async () => {
        const hosts = ["a-b.example.com", "a.b.example.com", "c.example.com"];
        const evaluation = await evaluated(() => {
            new gatehouse.ExternalService("api", {
                hosts,
                ports: { http: 80 },
                via: egressRef() as gatehouse.GatewayRef<Record<never, never>, "egress">,
                namespace: "shop",
            });
        });
        const rules = evaluation.kubernetesObjects().filter(({ kind }) => kind === "DestinationRule") as unknown as {
            metadata: { name: string };
            spec: { host: string };
        }[];
        assert.deepEqual(rules.map(({ spec }) => spec.host).sort(), [...hosts].sort());
        assert.equal(new Set(rules.map(({ metadata }) => metadata.name)).size, hosts.length);
        assert.equal(rules.find(({ spec }) => spec.host === "c.example.com")?.metadata.name, "api-c-example-com");
    });
});

describe("the objects of a gateway's shared hosts", () => {
    it("have names that an API server takes, however long the host is", async () => {
        const host = `*.${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}.com`;
        const evaluation = await evaluated(() => {
            new gatehouse.IngressGateway("public", {
                namespace: "edge",
                tls: [
                    { hosts: [host], certificate: gatehouse.Certificate.fromCertManager("letsencrypt") },
                    { name: "My_Wild", hosts: ["*.example.com"], certificate: gatehouse.Certificate.selfSigned() },
                ],
            });
        });
        const names = evaluation.kubernetesObjects().map(({ metadata }) => metadata.name);
        for (const name of names) assert.ok(SUBDOMAIN.test(name) && name.length <= 253, name);
    });
});
