/** What holds between the components of one program, and between programs. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { secretsInClear, type Evaluation } from "pulumi-gatehouse/testing";
import { evaluated, object, refusal, resource, service } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];
const later = <T>(value: T): pulumi.Output<T> => pulumi.output(Promise.resolve(value)) as pulumi.Output<T>;
const certificate = gatehouse.Certificate.selfSigned();

describe("what only one component of a program can have", () => {
    const gateway = () =>
        ingressRef() as gatehouse.GatewayRef<{ "tcp-echo": gatehouse.GatewayPort<"TCP">; "tls-sni": gatehouse.GatewayPort<"TLS"> }>;
    const destination = { host: "echo.apps.svc.cluster.local", port: { number: 1 } };

    it("is a host", async () => {
        const message = await refusal(() => {
            const ingress = gateway();
            new gatehouse.VirtualHost("b", { gateway: ingress, hosts: ["a.example.com"], http });
            new gatehouse.VirtualHost("a", { gateway: ingress, hosts: ["other.example.com", "A.example.com"], http });
        });
        assert.match(
            message,
            /hosts\[1\]: VirtualHost "a" and VirtualHost "b" both take the host a\.example\.com on port 80 of the gateway edge\/public\. Give it to one of them\. .*\(GH0208\)/,
        );
    });

    it("is a host, also where it is known later only", async () => {
        const message = await refusal(() => {
            const ingress = new gatehouse.IngressGateway("public", { namespace: later("edge") });
            new gatehouse.VirtualHost("b", { gateway: ingress, hosts: [later("a.example.com")], http });
            new gatehouse.VirtualHost("a", { gateway: ingress, hosts: ["a.example.com"], http });
        });
        assert.match(message, /VirtualHost "a" and VirtualHost "b" both take the host a\.example\.com on port 80/);
    });

    it("is a host of the platform's own certificate and one that brings its own", async () => {
        const message = await refusal(() => {
            const ingress = new gatehouse.IngressGateway("public", { namespace: "edge", tls: [{ hosts: ["a.example.com"], certificate }] });
            new gatehouse.VirtualHost("a", { gateway: ingress, hosts: ["a.example.com"], tls: { certificate, http: "off" }, http });
        });
        assert.match(message, /IngressGateway "public" and VirtualHost "a" both take the host a\.example\.com on port 443/);
    });

    it("is a port for TCP, and a name on a port for TLS", async () => {
        assert.match(
            await refusal(() => {
                const ingress = gateway();
                new gatehouse.TcpRoute("a", { gateway: ingress, port: "tcp-echo", destination });
                new gatehouse.TcpRoute("b", { gateway: ingress, port: "tcp-echo", destination });
            }),
            /port: TcpRoute "a" and TcpRoute "b" both take the port tcp-echo 31400 of the gateway edge\/public/,
        );
        assert.match(
            await refusal(() => {
                const ingress = gateway();
                new gatehouse.TcpRoute("a", { gateway: ingress, port: "tls-sni", sniHosts: ["a.example.com"], destination });
                new gatehouse.TcpRoute("b", {
                    gateway: ingress,
                    port: "tls-sni",
                    sniHosts: ["b.example.com", "a.example.com"],
                    destination,
                });
            }),
            /sniHosts\[1\]: TcpRoute "a" and TcpRoute "b" both take the host a\.example\.com on port 31401/,
        );
    });

    it("is the name of an object", async () => {
        assert.match(
            await refusal(() => {
                new gatehouse.IngressGateway("public", { namespace: "edge" });
                new gatehouse.EgressGateway("public", { namespace: "edge" });
            }),
            /EgressGateway "public" and IngressGateway "public" both take the name Deployment edge\/public/,
        );
    });

    it("is free again in the next program, and on another gateway", async () => {
        const program = (): void => {
            new gatehouse.VirtualHost("a", { gateway: gateway(), hosts: ["a.example.com"], http });
            const other = new gatehouse.IngressGateway("other", { namespace: "edge" });
            new gatehouse.VirtualHost("b", { gateway: other, hosts: ["a.example.com"], http });
        };
        await evaluated(program);
        await assert.doesNotReject(evaluated(program));
    });
});

describe("a destination", () => {
    const program = (destination: () => pulumi.Input<gatehouse.DestinationArgs>) => () => {
        new gatehouse.VirtualHost("web", {
            gateway: ingressRef() as gatehouse.GatewayRef,
            hosts: ["a.example.com"],
            http: [{ route: [{ destination: destination() }] }],
        });
    };
    const routeOf = async (destination: () => pulumi.Input<gatehouse.DestinationArgs>): Promise<unknown> => {
        const { spec } = object(await evaluated(program(destination)), "VirtualService", "web") as {
            spec: { http: { route: { destination: unknown }[] }[] };
        };
        return spec.http[0]?.route[0]?.destination;
    };
    const two = [
        { name: "http", port: 80 },
        { name: "admin", port: 9090 },
    ];

    it("may be a Service, whose one port is taken", async () => {
        assert.deepEqual(await routeOf(() => service("web", "shop")), { host: "web.shop.svc.cluster.local", port: { number: 80 } });
    });

    it("may be an Output of a Service, or anything shaped like one", async () => {
        assert.deepEqual(await routeOf(() => pulumi.output(service("web", "shop"))), {
            host: "web.shop.svc.cluster.local",
            port: { number: 80 },
        });
        assert.deepEqual(
            await routeOf(() => ({ metadata: { name: "web", namespace: later("shop") }, spec: { ports: [{ port: 8080 }] } })),
            { host: "web.shop.svc.cluster.local", port: { number: 8080 } },
        );
    });

    it("names a port of a Service that has several, by name or number", async () => {
        assert.deepEqual(await routeOf(() => ({ service: service("web", "shop", two), port: "admin", subset: "v2" })), {
            host: "web.shop.svc.cluster.local",
            port: { number: 9090 },
            subset: "v2",
        });
        assert.deepEqual(await routeOf(() => ({ service: service("web", "shop", two), port: 80 })), {
            host: "web.shop.svc.cluster.local",
            port: { number: 80 },
        });
    });

    it("is refused without a port of several, or with one that is not there", async () => {
        assert.match(
            await refusal(program(() => service("web", "shop", two))),
            /http\[0\]\.route\[0\]\.destination: Service shop\/web has several ports: http 80, admin 9090\. Name one: \{ service, port \}\. \(GH0206\)/,
        );
        assert.match(
            await refusal(program(() => ({ service: service("web", "shop", two), port: "metrics" }))),
            /destination\.port: Service shop\/web has no port "metrics"; it has http 80, admin 9090/,
        );
    });

    it("does not put the Service itself into the state", async () => {
        const made = await evaluated(program(() => service("web", "shop")));
        const { inputs } = resource(made, "gatehouse:index:VirtualHost", "web");
        assert.deepEqual(inputs["http"], [
            { route: [{ destination: { service: { name: "web", namespace: "shop", ports: [{ name: "http", port: 80 }] } } }] },
        ]);
    });
});

describe("values that come later", () => {
    it("may be every leaf there is", async () => {
        const made = await evaluated(() => {
            const ca = new gatehouse.CertificateAuthority("ca", { commonName: later("CA") });
            const ingress = new gatehouse.IngressGateway("public", {
                namespace: later("edge"),
                image: later("i"),
                ports: { "tcp-echo": 31400 },
                metadata: { labels: { team: later("a") } },
                service: { loadBalancerSourceRanges: [later("10.0.0.0/8")] },
                accessLog: { filter: later("true") },
                tls: [{ name: "wild", hosts: [later("*.example.com")], certificate: gatehouse.Certificate.signedBy(ca) }],
                secretVolumes: [{ secretName: later("s"), mountPath: "/s" }],
            });
            new gatehouse.VirtualHost("web", {
                gateway: ingress,
                hosts: [later("a.example.org")],
                namespace: later("shop"),
                tls: { certificate: gatehouse.Certificate.signedBy(ca) },
                http: [
                    {
                        match: [{ uri: { prefix: later("/") } }],
                        route: [{ destination: { host: later("web"), port: { number: later(80) } } }],
                    },
                ],
            });
            new gatehouse.VirtualHost("shared", { gateway: ingress.ref, hosts: [later("b.example.com")], http });
            new gatehouse.TcpRoute("echo", {
                gateway: later(0).apply(() => ingress.ref),
                port: "tcp-echo",
                destination: later({ host: "echo", port: { number: 1 } }),
            });
            const egress = new gatehouse.EgressGateway("egress", { namespace: later("out") });
            new gatehouse.ExternalService("ext", {
                hosts: [later("example.org")],
                ports: { http: 80 },
                via: egress,
                exportTo: [later("*")],
            });
        });
        const kinds = made.kubernetesObjects().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
        // The platform's certificate covers the host of `shared`: no Gateway of its own.
        assert.deepEqual(kinds.filter((one) => one.startsWith("Gateway ")).sort(), [
            "Gateway echo",
            "Gateway ext",
            "Gateway public",
            "Gateway web",
        ]);
        assert.deepEqual(secretsInClear(made), []);
        assert.doesNotMatch(JSON.stringify(made.resources), /\\u0001/);
    });
});

describe("shared hosts that come later", () => {
    const shared =
        (...hosts: string[]) =>
        () =>
            new gatehouse.IngressGateway("public", {
                namespace: "edge",
                tls: hosts.map((host) => ({
                    hosts: [pulumi.output(Promise.resolve(host))],
                    certificate: gatehouse.Certificate.selfSigned(),
                })),
            });

    it("have children that are named before the hosts are known", async () => {
        const made = await evaluated(shared("*.example.com"));
        assert.ok(resource(made, "kubernetes:core/v1:Secret", "public-shared-tls"));
        const { spec } = object(made, "Gateway", "public") as { spec: { servers: { port: { name: string } }[] } };
        assert.deepEqual(
            spec.servers.map(({ port }) => port.name),
            ["https-shared", "http-shared"],
        );
    });

    it("need a name where there are several", async () => {
        assert.match(
            await refusal(shared("*.example.com", "*.example.org")),
            /tls\[1\]\.name: the name "shared" is taken by tls\[0\]\. Give each its own/,
        );
    });
});

describe("the options of children", () => {
    it("leave the number of replicas to the autoscaler", async () => {
        const made = await evaluated(() => {
            new gatehouse.IngressGateway("a", { namespace: "edge" });
            new gatehouse.IngressGateway("b", { namespace: "edge", autoscaling: false });
        });
        assert.deepEqual(resource(made, "kubernetes:apps/v1:Deployment", "a-deployment").options.ignoreChanges, ["spec.replicas"]);
        assert.deepEqual(resource(made, "kubernetes:apps/v1:Deployment", "b-deployment").options.ignoreChanges, []);
    });

    it("keep an object that was deployed under an older name of its API version", async () => {
        const made = await evaluated(
            () => new gatehouse.IngressGateway("a", { namespace: "edge", tls: [{ hosts: ["a.example.com"], certificate }] }),
        );
        const { options, type } = resource(made, "kubernetes:networking.istio.io/v1:Gateway", "a-gateway");
        assert.equal(type, "kubernetes:networking.istio.io/v1:Gateway");
        assert.deepEqual(
            options.aliases.map((alias) => (typeof alias === "string" ? alias : alias.type)),
            ["kubernetes:networking.istio.io/v1beta1:Gateway", "kubernetes:networking.istio.io/v1alpha3:Gateway"],
        );
    });

    it("let pods start with the rights they need, and never behind the Service that waits for them", async () => {
        const made = await evaluated(() => new gatehouse.IngressGateway("a", { namespace: "edge" }));
        const behind = (name: string, type: string): string[] =>
            resource(made, type, name).options.dependencies.map((urn) => urn.split("::").slice(-2).join(" ").replace(/^.*\$/, ""));
        assert.deepEqual(
            behind("a-deployment", "kubernetes:apps/v1:Deployment")
                .filter((one) => !one.startsWith("gatehouse:"))
                .sort(),
            [
                "kubernetes:core/v1:ServiceAccount a-account",
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole a-routing",
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding a-routing",
                "kubernetes:rbac.authorization.k8s.io/v1:Role a-secrets",
                "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding a-secrets",
            ],
        );
    });

    it("let rules for a host stand before the routes to it", async () => {
        const made = await evaluated(() => {
            const via = new gatehouse.EgressGateway("egress", { namespace: "out" });
            new gatehouse.ExternalService("ext", { hosts: ["a.example.org", "b.example.org"], ports: { http: 80 }, via });
        });
        const { dependencies } = resource(made, "kubernetes:networking.istio.io/v1:VirtualService", "ext-routes").options;
        for (const rule of ["ext-rule-a-example-org", "ext-rule-b-example-org"])
            assert.ok(
                dependencies.some((urn) => urn.endsWith(`::${rule}`)),
                rule,
            );
    });
});

describe("the outputs of another stack", () => {
    const platform = (program: () => object): Promise<Evaluation> => evaluated(program, { project: "platform" });
    const exported = () => ({ ingress: new gatehouse.IngressGateway("public", { namespace: "edge", ports: { "tcp-echo": 31400 } }).ref });

    it("give a gateway to routes", async () => {
        const below = await platform(exported);
        const made = await evaluated(
            () => {
                const { ingress } = gatehouse.stackOutputs<{ ingress: pulumi.Output<gatehouse.GatewayRef> }>("platform");
                new gatehouse.TcpRoute("echo", {
                    gateway: ingress,
                    port: "tcp-echo" as never,
                    namespace: "apps",
                    destination: { host: "echo", port: { number: 2701 } },
                });
            },
            { stacks: [below] },
        );
        const { spec } = object(made, "Gateway", "echo") as { spec: { selector: unknown; servers: { port: unknown }[] } };
        assert.deepEqual(spec.selector, { "gateway-name": "public", "gateway-namespace": "edge", "gateway-type": "ingress" });
        assert.deepEqual(spec.servers[0]?.port, { number: 31400, protocol: "TCP", name: "tcp-echo" });
    });

    it("are refused with the ports there are, where the deployed platform lacks one", async () => {
        const below = await platform(exported);
        assert.match(
            await refusal(
                () => {
                    const { ingress } = gatehouse.stackOutputs<{ ingress: pulumi.Output<gatehouse.GatewayRef> }>("platform");
                    new gatehouse.TcpRoute("echo", {
                        gateway: ingress,
                        port: "tcp-gone" as never,
                        destination: { host: "echo", port: { number: 1 } },
                    });
                },
                { stacks: [below] },
            ),
            /port: the gateway has no port "tcp-gone"; edge\/public has http 80 \(HTTP\), https 443 \(HTTPS\), tcp-echo 31400 \(TCP\)/,
        );
    });

    it("are named where the stack does not export them", async () => {
        const below = await platform(() => ({ a: 1, b: 2 }));
        assert.match(
            await refusal(() => gatehouse.stackOutputs<{ c: number }>("platform").c.apply((c) => c), { stacks: [below] }),
            /stackOutputs\("organization\/platform\/dev"\): .*\n {2}c: the stack does not export it; it exports a, b\./,
        );
    });

    it("keep what is secret secret, and may be asked for twice", async () => {
        const below = await platform(() => ({ token: pulumi.secret("very secret") }));
        const made = await evaluated(
            () => ({
                one: gatehouse.stackOutputs<{ token: string }>("platform").token,
                two: gatehouse.stackOutputs<{ token: string }>("organization/platform/dev").token,
            }),
            { stacks: [below] },
        );
        assert.deepEqual(made.outputs, { one: "very secret", two: "very secret" });
        assert.deepEqual([...made.secretOutputs].sort(), ["one", "two"]);
    });
});
