/** `transformations` and `transforms`: what a program adds to every resource below a component reaches all that it makes. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import type { Evaluation } from "pulumi-gatehouse/testing";
import { makeSelfSigned } from "../support/certificates";
import { evaluated, IMAGE, service } from "./support/evaluation";
import { variants } from "./support/leaves";
import { egressRef, ingressRef } from "./support/refs";

type Args = Record<string, unknown>;
type Opts = pulumi.ComponentResourceOptions;
interface Case {
    readonly args: Args;
    /** The kinds of its children, in the order of the alphabet. */
    readonly kinds: string;
    readonly make: (args: Args, opts: Opts) => void;
}

const ref = (): unknown => ({ ...ingressRef(), shared: [{ gateway: "edge/public", hosts: ["*.shared.example"] }] });
const http = [{ match: [{ uri: { prefix: "/" } }], route: [{ destination: { host: "web", port: { number: 80 } } }], timeout: "5s" }];
const metadata = { name: "shop", labels: { tier: "front" }, annotations: { note: "kept" } };
const WORKLOAD =
    "ClusterRole ClusterRoleBinding Deployment HorizontalPodAutoscaler NetworkPolicy PodDisruptionBudget Role RoleBinding Service ServiceAccount";
const sorted = (kinds: string): string => kinds.split(" ").sort().join(" ");
const virtualHost = (args: Args, opts: Opts): void => void new gatehouse.VirtualHost("web", args as never, opts);
const externalService = (args: Args, opts: Opts): void => void new gatehouse.ExternalService("api", args as never, opts);
const issuer = gatehouse.Certificate.fromCertManager("letsencrypt");

const CASES: Readonly<Record<string, Case>> = {
    "an IngressGateway": {
        args: {
            namespace: "edge",
            image: "registry.example/gatehouse:1.2.3",
            accessLog: { filter: "true" },
            metadata,
            pod: { labels: { a: "b" }, annotations: { c: "d" }, env: { E: "f" }, imagePullSecrets: ["pull"] },
            service: { annotations: { cloud: "x" }, externalTrafficPolicy: "Local", loadBalancerSourceRanges: ["10.0.0.0/8"] },
            secretVolumes: [{ secretName: "files", mountPath: "/files" }],
            tls: [
                {
                    hosts: ["*.example.com"],
                    name: "wild",
                    certificate: gatehouse.Certificate.selfSigned(),
                    subjectAltNames: ["client.example.com"],
                },
            ],
        },
        kinds: sorted(`${WORKLOAD} Gateway Secret Telemetry`),
        make: (args, opts) => void new gatehouse.IngressGateway("public", args as never, opts),
    },
    "an IngressGateway on Istio's data plane": {
        args: {
            namespace: "edge",
            dataPlane: "istio",
            autoscaling: false,
            networkPolicy: false,
            tls: [{ name: "wild", hosts: ["*.example.com"], certificate: issuer }],
        },
        kinds: "Certificate Deployment Gateway PodDisruptionBudget Role RoleBinding Service ServiceAccount",
        make: (args, opts) => void new gatehouse.IngressGateway("public", args as never, opts),
    },
    "an EgressGateway": {
        args: { namespace: "out", metadata, applyTo: ["shop"], outboundTrafficPolicy: "ALLOW_ANY" },
        kinds: sorted(`${WORKLOAD} Sidecar Sidecar`),
        make: (args, opts) => void new gatehouse.EgressGateway("egress", args as never, opts),
    },
    "a VirtualHost": {
        args: {
            gateway: ref(),
            hosts: ["a.example.org", "b.example.org"],
            namespace: "shop",
            metadata,
            http,
            tls: { certificate: gatehouse.Certificate.selfSigned(), subjectAltNames: ["x.example.com"], mode: "SIMPLE" },
        },
        kinds: "Gateway Secret VirtualService",
        make: virtualHost,
    },
    "a VirtualHost with a certificate of cert-manager": {
        args: { gateway: ref(), hosts: ["a.example.org", "192.0.2.1"], http, tls: { certificate: issuer } },
        kinds: "Certificate Gateway VirtualService",
        make: virtualHost,
    },
    "a VirtualHost with a shared certificate": {
        args: { gateway: ref(), hosts: ["a.shared.example"], namespace: "shop", http },
        kinds: "VirtualService",
        make: virtualHost,
    },
    "a TcpRoute": {
        args: {
            gateway: ref(),
            port: "tls-sni",
            sniHosts: ["a.example.org"],
            destination: { host: "echo", port: { number: 9000 } },
            namespace: "shop",
            metadata,
        },
        kinds: "Gateway VirtualService",
        make: (args, opts) => void new gatehouse.TcpRoute("echo", args as never, opts),
    },
    "an ExternalService": {
        args: { hosts: ["a.example.net"], ports: { https: 443 }, namespace: "shop", addresses: ["192.0.2.7"], exportTo: ["."], metadata },
        kinds: "ServiceEntry",
        make: externalService,
    },
    "an ExternalService through a gateway": {
        args: {
            hosts: ["a.example.net", "b.example.net"],
            ports: { http: { number: 80, targetPort: 443 } },
            via: egressRef(),
            tls: { sni: "c.example.net" },
            namespace: "shop",
            metadata,
        },
        kinds: "DestinationRule DestinationRule Gateway ServiceEntry VirtualService",
        make: externalService,
    },
};

const later = (value: unknown): unknown => pulumi.output(Promise.resolve(value));
/** What a program writes to label whatever is below. */
const labelled = <Options>({
    type,
    props,
    opts,
}: {
    readonly type: string;
    readonly props: pulumi.Inputs;
    readonly opts: Options;
}): { props: pulumi.Inputs; opts: Options } | undefined =>
    type.startsWith("kubernetes:")
        ? { props: { ...props, metadata: { ...props["metadata"], labels: { ...props["metadata"]?.labels, team: "x" } } }, opts }
        : undefined;
const labelling: pulumi.ResourceTransformation = labelled;
const labellingLater: pulumi.ResourceTransform = (args) => Promise.resolve(labelled(args));

interface Labelled {
    readonly kind: string;
    readonly metadata: { readonly labels?: Record<string, string> };
}
const objectsOf = (made: Evaluation): Labelled[] =>
    made
        .kubernetesObjects()
        .map((one) => one as unknown as Labelled)
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const kindsOf = (objects: readonly Labelled[]): string =>
    objects
        .map(({ kind }) => kind)
        .sort()
        .join(" ");
const withoutLabel = ({ metadata: { labels = {}, ...rest }, ...object }: Labelled): object => {
    const { team: _team, ...others } = labels;
    return { ...object, metadata: { ...rest, labels: others } };
};
/** Keys and what is made of them differ with each run. */
const comparable = (objects: readonly object[]): unknown =>
    JSON.parse(
        JSON.stringify(objects, (key, value: unknown) =>
            ["data", "stringData"].includes(key) || key === "credentialName" ? undefined : value,
        ).replace(/-[0-9a-f]{7,8}"/g, '-drawn"'),
    );

async function plain(one: Case): Promise<Labelled[]> {
    return objectsOf(await evaluated(() => one.make(one.args, {})));
}

describe("a label that a transformation adds", function () {
    this.timeout(120_000);

    for (const [name, one] of Object.entries(CASES)) {
        it(`reaches every child of ${name}`, async () => {
            const before = await plain(one);
            assert.equal(kindsOf(before), one.kinds);
            const above: Readonly<Record<string, () => void>> = {
                "the parent's": () =>
                    one.make(one.args, {
                        parent: new pulumi.ComponentResource("example:index:Team", "team", {}, { transformations: [labelling] }),
                    }),
                "the stack's": () => {
                    pulumi.runtime.registerStackTransformation(labelling);
                    one.make(one.args, {});
                },
            };
            const ways: Readonly<Record<string, () => void>> = {
                transformations: () => one.make(one.args, { transformations: [labelling] }),
                transforms: () => one.make(one.args, { transforms: [labellingLater] }),
                ...(name === "a VirtualHost" ? above : {}),
            };
            for (const [way, program] of Object.entries(ways)) {
                const after = objectsOf(await evaluated(program));
                assert.deepEqual(
                    after.filter(({ metadata: { labels } }) => labels?.["team"] !== "x").map(({ kind }) => kind),
                    [],
                    way,
                );
                assert.deepEqual(comparable(after.map(withoutLabel)), comparable(before.map(withoutLabel)), way);
            }
        });

        it(`reaches every child of ${name}, whichever value of its arguments comes later`, async () => {
            const before = comparable((await plain(one)).map(withoutLabel));
            const paths = variants(one.args, later)
                .map(({ path }) => path)
                .filter((path) => COMES_LATER.test(path));
            for (const group of [0, 1, 2, 3]) {
                const chosen = paths.filter((_path, index) => index % 4 === group);
                const path = chosen.join(", ");
                const args = chosen.reduce(
                    (all, one) => variants(all, later).find((variant) => variant.path === one)?.args ?? all,
                    one.args,
                );
                const after = objectsOf(await evaluated(() => one.make(args, { transformations: [labelling] })));
                assert.deepEqual(
                    after.filter(({ metadata: { labels } }) => labels?.["team"] !== "x").map(({ kind }) => kind),
                    [],
                    path,
                );
                assert.deepEqual(comparable(after.map(withoutLabel)), before, path);
            }
        });
    }

    it("reaches the Secret of a certificate that comes later, and the definitions of kinds", async () => {
        const { cert, key } = await makeSelfSigned({ dns: ["a.example.org"] });
        const made = objectsOf(
            await evaluated(() => {
                pulumi.runtime.registerStackTransformation(labelling);
                new gatehouse.IstioCrds("crds", { kinds: ["Gateway"] });
                const certificate = gatehouse.Certificate.fromPem({
                    certificatePem: pulumi.output(Promise.resolve(cert)),
                    privateKeyPem: pulumi.secret(key),
                });
                new gatehouse.VirtualHost("web", {
                    gateway: ref() as never,
                    hosts: ["a.example.org"],
                    tls: { certificate },
                    http: [{ route: [{ destination: service("web") }] }],
                });
            }),
        );
        assert.equal(kindsOf(made), "CustomResourceDefinition Gateway Secret Service VirtualService");
        assert.deepEqual(
            made.filter(({ metadata: { labels } }) => labels?.["team"] !== "x"),
            [],
        );
    });

    it("reaches routes of a gateway of another stack", async () => {
        const made = objectsOf(
            await evaluated(() => {
                pulumi.runtime.registerStackTransformation(labelling);
                const gateway = later(ref()) as never;
                new gatehouse.VirtualHost("web", {
                    gateway,
                    hosts: ["a.example.org"],
                    tls: { certificate: gatehouse.Certificate.selfSigned() },
                    http: http as never,
                });
                new gatehouse.VirtualHost("shared", { gateway, hosts: ["a.shared.example"], http: http as never });
                new gatehouse.TcpRoute("echo", {
                    gateway,
                    port: "tls-sni" as never,
                    sniHosts: ["b.example.org"],
                    destination: later({ host: "echo", port: { number: 1 } }) as never,
                });
                new gatehouse.ExternalService("api", { hosts: ["a.example.net"], ports: { http: 80 }, via: later(egressRef()) as never });
            }),
        );
        assert.equal(
            kindsOf(made),
            "DestinationRule Gateway Gateway Gateway Secret ServiceEntry VirtualService VirtualService VirtualService VirtualService",
        );
        assert.deepEqual(
            made.filter(({ metadata: { labels } }) => labels?.["team"] !== "x"),
            [],
        );
    });
});

/** Arguments that may be Outputs by their types. */
const COMES_LATER =
    /^(namespace|image|gateway|via|destination|(metadata\.(name|(labels|annotations)\.\w+))|hosts\[\d\]|sniHosts\[\d\]|addresses\[\d\]|exportTo\[\d\]|accessLog\.\w+|tracing\.\w+(\..*)?|pod\.(labels|annotations|env)\.\w+|pod\.imagePullSecrets\[\d\]|service\.(annotations\.\w+|externalTrafficPolicy|loadBalancerSourceRanges\[\d\])|secretVolumes\[\d\]\.secretName|tls\.(sni|subjectAltNames\[\d\])|tls\[0\]\.(hosts\[0\]|subjectAltNames\[0\])|http\[0\]\.(timeout|match\[0\]\.uri\.prefix|route\[0\]\.destination(\..*)?)|(gateway|via)\.(namespace|labels\.[-\w]+)|destination\..*)$/;

describe("what a transformation reads of a workload", () => {
    const seen = async (args: Args): Promise<Record<string, Record<string, unknown>>> => {
        const found: Record<string, Record<string, unknown>> = {};
        await evaluated(
            () => {
                new gatehouse.IngressGateway("public", args as never, {
                    transformations: [
                        ({ type, props, opts }) => {
                            found[type.split(":").at(-1) ?? ""] = props as Record<string, unknown>;
                            return { props, opts };
                        },
                    ],
                });
            },
            { config: IMAGE },
        );
        return found;
    };

    it("is plain where it is known, beside what is not", async () => {
        for (const namespace of ["edge", later("edge")]) {
            const { Deployment, Service } = (await seen({
                namespace,
                autoscaling: false,
                replicas: 3,
                service: { annotations: { cloud: "x" } },
            })) as Record<string, { metadata: Args; spec: Args }>;
            assert.equal(Deployment?.spec["replicas"], 3);
            const template = Deployment?.spec["template"] as { metadata: { labels: Args } };
            assert.equal(template.metadata.labels["gateway-name"], "public");
            assert.equal(Service?.spec["type"], "LoadBalancer");
            assert.equal((Service?.metadata["annotations"] as Args)["cloud"], "x");
            assert.equal(pulumi.Output.isInstance(Service?.metadata["namespace"]), namespace !== "edge");
        }
    });

    it("holds no Output at all where everything is known", async () => {
        const walk = (value: unknown): boolean =>
            pulumi.Output.isInstance(value) || (typeof value === "object" && value !== null && Object.values(value).some(walk));
        const found = await seen({ namespace: "edge" });
        assert.deepEqual(
            Object.entries(found)
                .filter(([kind, props]) => kind !== "IngressGateway" && walk(props))
                .map(([kind]) => kind),
            [],
        );
        assert.ok(Object.keys(found).length > 10);
    });

    it("is changed in part, and the rest stays", async () => {
        const made = await evaluated(() => {
            new gatehouse.IngressGateway(
                "public",
                { namespace: later("edge") as never, autoscaling: false },
                {
                    transformations: [
                        ({ type, props, opts }) => {
                            if (type === "kubernetes:apps/v1:Deployment") {
                                const { spec } = props as { spec: { template: { metadata: { labels: Args } } } };
                                return {
                                    props: {
                                        ...props,
                                        spec: {
                                            ...spec,
                                            replicas: 7,
                                            template: {
                                                ...spec.template,
                                                metadata: {
                                                    ...spec.template.metadata,
                                                    labels: { ...spec.template.metadata.labels, team: "x" },
                                                },
                                            },
                                        },
                                    },
                                    opts,
                                };
                            }
                            return type === "kubernetes:core/v1:Service"
                                ? { props: { ...props, spec: { ...props["spec"], type: "NodePort" } }, opts }
                                : undefined;
                        },
                    ],
                },
            );
        });
        const [deployment] = made.kubernetesObjects().filter(({ kind }) => kind === "Deployment") as unknown as {
            spec: { replicas: number; selector: unknown; template: { metadata: { labels: Args } } };
        }[];
        assert.equal(deployment?.spec.replicas, 7);
        assert.equal(deployment.spec.template.metadata.labels["team"], "x");
        assert.equal(deployment.spec.template.metadata.labels["gateway-namespace"], "edge");
        const [reached] = made.kubernetesObjects().filter(({ kind }) => kind === "Service") as unknown as {
            spec: { type: string; ports: unknown[] };
        }[];
        assert.equal(reached?.spec.type, "NodePort");
        assert.equal(reached.spec.ports.length, 2);
    });
});
