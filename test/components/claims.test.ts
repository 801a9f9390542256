/** The names of objects, and clusters: what two components may both have, and what not. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { programRegister } from "../../components/arguments";
import { evaluated, refusal } from "./support/evaluation";
import { egressRef, ingressRef } from "./support/refs";

const destination = { host: "web.shop.svc.cluster.local", port: { number: 80 } };
const http = [{ route: [{ destination }] }];
const later = <T>(value: T): pulumi.Output<T> => pulumi.output(Promise.resolve(value)) as pulumi.Output<T>;
const certificate = gatehouse.Certificate.selfSigned();
const issued = gatehouse.Certificate.fromCertManager("letsencrypt");
const gateway = () =>
    ingressRef() as gatehouse.GatewayRef<{ "tcp-echo": gatehouse.GatewayPort<"TCP">; "tls-sni": gatehouse.GatewayPort<"TLS"> }>;
const via = () => egressRef() as gatehouse.GatewayRef<Record<never, never>, "egress">;

/** Every two components of one entry make an object of one name. */
const CLASHES: Readonly<Record<string, { readonly program: () => void; readonly told: RegExp }>> = {
    "two VirtualHosts called alike in two namespaces": {
        program: () => {
            new gatehouse.VirtualHost("a", {
                gateway: gateway(),
                hosts: ["a.example.com"],
                namespace: "one",
                http,
                metadata: { name: "web" },
            });
            new gatehouse.VirtualHost("b", {
                gateway: gateway(),
                hosts: ["b.example.com"],
                namespace: "two",
                http,
                metadata: { name: "web" },
            });
        },
        told: /metadata\.name: VirtualHost "a" and VirtualHost "b" both take the name Gateway edge\/web\. Give one of them another metadata\.name\. Where they are for two clusters, give each `provider` in its options: .* \(GH0208\)/,
    },
    "a VirtualHost and a TcpRoute": {
        program: () => {
            new gatehouse.VirtualHost("web", { gateway: gateway(), hosts: ["a.example.com"], namespace: "one", http });
            new gatehouse.TcpRoute("web", { gateway: gateway(), port: "tcp-echo", destination });
        },
        told: /TcpRoute "web" and VirtualHost "web" both take the name Gateway edge\/web\./,
    },
    "a gateway with tls and a VirtualHost": {
        program: () => {
            const ingress = new gatehouse.IngressGateway("web", { namespace: "edge", tls: [{ hosts: ["*.example.com"], certificate }] });
            new gatehouse.VirtualHost("web", { gateway: ingress, hosts: ["a.example.org"], http });
        },
        told: /IngressGateway "web" and VirtualHost "web" both take the name Gateway edge\/web\./,
    },
    "two hosts with certificates of cert-manager": {
        program: () => {
            new gatehouse.IngressGateway("web", {
                namespace: "edge",
                tls: [{ name: "wild", hosts: ["*.example.com"], certificate: issued }],
            });
            new gatehouse.VirtualHost("web-wild", { gateway: gateway(), hosts: ["a.example.org"], tls: { certificate: issued }, http });
        },
        told: /IngressGateway "web" and VirtualHost "web-wild" both take the name Certificate edge\/web-wild\./,
    },
    "two components of one class and name below different parents": {
        program: () => {
            for (const [team, host] of [
                ["one", "a.example.com"],
                ["two", "b.example.com"],
            ] as const) {
                const parent = new pulumi.ComponentResource(`example:index:Team${team}`, team);
                new gatehouse.VirtualHost("web", { gateway: gateway(), hosts: [host], http }, { parent });
            }
        },
        told: /two components VirtualHost "web" both take the name VirtualService edge\/web\./,
    },
    "the Sidecar of a namespace": {
        program: () => {
            new gatehouse.EgressGateway("a", { namespace: "edge", applyTo: ["shop"] });
            new gatehouse.EgressGateway("b", { namespace: "edge", applyTo: ["shop"] });
        },
        told: /applyTo\[0\]: EgressGateway "a" and EgressGateway "b" both take the name Sidecar shop\/default\. Give it to one of them\./,
    },
    "the own Sidecar of an egress gateway and the policy of a namespace": {
        program: () => {
            new gatehouse.EgressGateway("default", { namespace: "edge" });
            new gatehouse.EgressGateway("b", { namespace: "other", applyTo: ["edge"] });
        },
        told: /applyTo\[0\]: EgressGateway "b" and EgressGateway "default" both take the name Sidecar edge\/default\./,
    },
    "an ExternalService's objects at its gateway and a TcpRoute's": {
        program: () => {
            new gatehouse.ExternalService("web", { hosts: ["api.example.com"], ports: { http: 80 }, via: via(), namespace: "shop" });
            new gatehouse.TcpRoute("web", { gateway: { ...gateway(), namespace: via().namespace }, port: "tcp-echo", destination });
        },
        told: /ExternalService "web" and TcpRoute "web" both take the name Gateway out\/web\./,
    },
    "the rules of two ExternalServices": {
        program: () => {
            new gatehouse.ExternalService("api", {
                hosts: ["a.example.com", "b.example.com"],
                ports: { http: 80 },
                via: via(),
                namespace: "shop",
            });
            new gatehouse.ExternalService("api-a-example-com", {
                hosts: ["c.example.com"],
                ports: { http: 80 },
                via: via(),
                namespace: "shop",
            });
        },
        told: /both take the name DestinationRule out\/api-a-example-com\./,
    },
    "the definitions of kinds": {
        program: () => {
            new gatehouse.IstioCrds("a", { kinds: ["Gateway"] });
            new gatehouse.IstioCrds("b", { kinds: ["Sidecar", "Gateway"] });
        },
        told: /kinds\[1\]: IstioCrds "a" and IstioCrds "b" both take the name CustomResourceDefinition gateways\.networking\.istio\.io\./,
    },
    "names that are known later only": {
        program: () => {
            new gatehouse.VirtualHost("a", {
                gateway: gateway(),
                hosts: ["a.example.com"],
                namespace: later("one"),
                http,
                metadata: { name: later("web") },
            });
            new gatehouse.VirtualHost("b", {
                gateway: gateway(),
                hosts: ["b.example.com"],
                namespace: later("two"),
                http,
                metadata: { name: "web" },
            });
        },
        told: /VirtualHost "a" and VirtualHost "b" both take the name Gateway edge\/web\./,
    },
};

describe("the name of an object that two components would make", () => {
    for (const [name, { program, told }] of Object.entries(CLASHES)) {
        it(`is told: ${name}`, async () => {
            assert.match(await refusal(program), told);
        });
    }

    it("is taken for every object there is", async () => {
        let taken: string[] = [];
        const evaluation = await evaluated(() => {
            const { owners } = programRegister();
            const ingress = new gatehouse.IngressGateway("public", {
                namespace: "edge",
                accessLog: true,
                tls: [{ hosts: ["*.example.com"], certificate: issued }],
                ports: { "tcp-echo": 31400 },
            });
            new gatehouse.IngressGateway("mesh", { namespace: "edge", dataPlane: "istio", autoscaling: false, networkPolicy: false });
            new gatehouse.VirtualHost("own", {
                gateway: ingress,
                hosts: ["a.example.org"],
                namespace: "shop",
                tls: { certificate: issued },
                http,
            });
            new gatehouse.VirtualHost("shared", { gateway: ingress, hosts: ["a.example.com"], http });
            new gatehouse.TcpRoute("echo", { gateway: ingress, port: "tcp-echo", destination });
            const egress = new gatehouse.EgressGateway("out", { namespace: "egress", applyTo: ["shop"] });
            new gatehouse.ExternalService("straight", { hosts: ["d.example.com"], ports: { https: 443 }, namespace: "shop" });
            new gatehouse.ExternalService("round", {
                hosts: ["b.example.net", "c.example.net"],
                ports: { http: 80 },
                via: egress,
                namespace: "shop",
            });
            new gatehouse.IstioCrds("crds");
            return pulumi.output(Promise.resolve("")).apply(() => {
                taken = [...owners.keys()];
                return {};
            });
        });
        const names = evaluation
            .kubernetesObjects()
            .map(
                ({ kind, metadata }) =>
                    `default: object ${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`,
            );
        assert.ok(names.length > 40);
        assert.deepEqual(
            names.filter((name) => !taken.includes(name)),
            [],
        );
    });
});

/** Two of everything, each in a cluster of its own. */
function inCluster(opts: pulumi.ComponentResourceOptions, suffix: string): void {
    const parent = new pulumi.ComponentResource(`example:index:Site${suffix}`, suffix, {}, opts);
    const ingress = new gatehouse.IngressGateway(
        "public",
        { namespace: "edge", ports: { "tcp-echo": 31400 }, tls: [{ hosts: ["*.example.com"], certificate }] },
        { parent },
    );
    new gatehouse.VirtualHost("web", { gateway: ingress, hosts: ["a.example.org"], http }, { parent });
    new gatehouse.TcpRoute("echo", { gateway: ingress, port: "tcp-echo", destination }, { parent });
    new gatehouse.ExternalService("api", { hosts: ["api.example.net"], ports: { https: 443 }, namespace: "shop" }, { parent });
    new gatehouse.IstioCrds("crds", { kinds: ["Gateway"] }, { parent });
}

describe("two clusters", () => {
    const provider = (name: string): k8s.Provider => new k8s.Provider(name, { context: name });

    it("may hold the same each", async () => {
        await assert.doesNotReject(
            evaluated(() => {
                inCluster({ providers: { kubernetes: provider("one") } }, "A");
                inCluster({ providers: [provider("two")] }, "B");
                inCluster({ provider: provider("three") }, "C");
                inCluster({}, "D");
            }),
        );
    });

    it("may hold the same each where a transformation says which", async () => {
        await assert.doesNotReject(
            evaluated(() => {
                for (const name of ["A", "B"]) {
                    const own = provider(name.toLowerCase());
                    inCluster(
                        {
                            transformations: [
                                ({ type, props, opts }) =>
                                    type.startsWith("kubernetes:") ? { props, opts: { ...opts, provider: own } } : undefined,
                            ],
                        },
                        name,
                    );
                }
            }),
        );
    });

    it("are one where the provider is one", async () => {
        assert.match(
            await refusal(() => {
                const one = provider("one");
                inCluster({ providers: { kubernetes: one } }, "A");
                inCluster({ provider: one }, "B");
            }),
            /two components IngressGateway "public" both take the name Deployment edge\/public/,
        );
    });

    it("are one where only a transform puts the provider in place, and what is refused says how to tell them apart", async () => {
        const told = await refusal(() => {
            for (const name of ["A", "B"]) {
                const own = provider(name.toLowerCase());
                inCluster(
                    {
                        transforms: [
                            ({ props, opts }) =>
                                Promise.resolve({ props, opts: { ...opts, provider: own } as pulumi.CustomResourceOptions }),
                        ],
                    },
                    name,
                );
            }
        });
        assert.match(
            told,
            /Where they are for two clusters, give each `provider` in its options: one that a transform puts in place is not seen\. \(GH0208\)/,
        );
    });

    it("are not spoken of where a component names its own", async () => {
        const one = provider("one");
        const told = await refusal(() => {
            for (const name of ["a", "b"])
                new gatehouse.VirtualHost(name, { gateway: gateway(), hosts: ["a.example.com"], http }, { provider: one });
        });
        assert.match(told, /Give it to one of them\. \(GH0208\)/);
    });

    it("are one where transformations leave the provider alone", async () => {
        assert.match(
            await refusal(() => {
                const transformations: pulumi.ResourceTransformation[] = [({ props, opts }) => ({ props, opts })];
                inCluster({ transformations }, "A");
                inCluster({}, "B");
            }),
            /two components IngressGateway "public" both take the name Deployment edge\/public/,
        );
    });
});
