/** What is wrong with arguments is said before anything is made, all of it at once, by the argument's own name. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { evaluated, refusal, resource, service } from "./support/evaluation";
import { ingressRef } from "./support/refs";

type Loose = Record<string, unknown>;
const gateway =
    (args: Loose = {}) =>
    () =>
        new gatehouse.IngressGateway("public", { namespace: "edge", image: "i", ...args } as never);
const hosts = ["a.example.com"];
const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];
const host =
    (args: Loose = {}, ref: unknown = ingressRef()) =>
    () =>
        new gatehouse.VirtualHost("web", { gateway: ref, hosts, http, ...args } as never);
const tcp =
    (args: Loose = {}) =>
    () =>
        new gatehouse.TcpRoute("echo", {
            gateway: ingressRef(),
            port: "tcp-echo",
            destination: { host: "echo.apps.svc.cluster.local", port: { number: 1 } },
            ...args,
        } as never);
const external =
    (args: Loose = {}) =>
    () =>
        new gatehouse.ExternalService("out", { hosts: ["example.org"], ports: { http: 80 }, namespace: "out", ...args } as never);
const egress =
    (args: Loose = {}) =>
    () =>
        new gatehouse.EgressGateway("egress", { namespace: "out", image: "i", ...args } as never);
const certificate = gatehouse.Certificate.selfSigned();

/** [what, program, what the message says] */
const REFUSED: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
        "a value of Istio's, with what is wrong and what to write as two sentences",
        host({ http: [{ ...http[0], timeout: "5" }] }),
        /http\[0\]\.timeout: got `5`, wanted a duration such as `5s`, `1m30s` or `100ms`\. Write a unit: `5s`\. \(GH0104\)/,
    ],
    [
        "a name that Kubernetes does not take",
        () => new gatehouse.IngressGateway("My Gateway", { namespace: "edge", image: "i" }),
        /name: "My Gateway" is not a name .*GH0201/,
    ],
    ["a namespace that Kubernetes does not take", gateway({ namespace: "a.b" }), /namespace: "a\.b".*GH0201/],
    [
        "the PROXY protocol of one route, which the gateway expects on all ports",
        tcp({ proxyProtocol: "required" }),
        /proxyProtocol: this has no PROXY protocol of its own: .* Give the IngressGateway proxyProtocol; .*GH0210/,
    ],
    ["the PROXY protocol of one host", host({ proxyProtocol: "optional" }), /proxyProtocol: this has no PROXY protocol of its own/],
    [
        "a port out of range",
        gateway({ ports: { tcp: 70000 } }),
        /ports\.tcp: 70000 is not a port; wanted a whole number from 1 to 65535\. \(GH0202\)/,
    ],
    [
        "a port whose protocol nothing says",
        gateway({ ports: { web: 8080 } }),
        /ports\.web: the name "web" does not say the protocol\. Begin it with one of http,/,
    ],
    [
        "a protocol that there is not",
        gateway({ ports: { web: { number: 1, protocol: "HTTP3" } } }),
        /ports\.web\.protocol: "HTTP3" is not a protocol; wanted one of HTTP,/,
    ],
    [
        "a port name that Kubernetes does not take",
        gateway({ ports: { "tcp-a-very-long-name": 1 } }),
        /"tcp-a-very-long-name" is not a port name/,
    ],
    ["a number twice", gateway({ ports: { "tcp-a": 80 } }), /number 80 is also that of the port/],
    ["a target port twice", gateway({ ports: { "tcp-a": { number: 1, targetPort: 443 } } }), /targetPort 443 is also that of the port/],
    [
        "a port of the proxy's own",
        gateway({ ports: { "tcp-a": 15021 } }),
        /15021 is the proxy's own port inside the pod\. Give another targetPort/,
    ],
    ["no port at all", gateway({ ports: { http: false, https: false } }), /ports: the gateway has no port left/],
    [
        "a node port without a node",
        egress({ ports: { http: { number: 80, nodePort: 30000 } } }),
        /ports\.http\.nodePort: a Service of type ClusterIP has no node ports/,
    ],
    [
        "a source range that is no CIDR",
        gateway({ service: { loadBalancerSourceRanges: ["10.0.0.0/8", "10.0.0.1"] } }),
        /service\.loadBalancerSourceRanges\[1\]: "10\.0\.0\.1" is not a CIDR/,
    ],
    [
        "source ranges without a load balancer",
        gateway({ service: { type: "NodePort", loadBalancerSourceRanges: ["10.0.0.0/8"] } }),
        /service\.loadBalancerSourceRanges: a Service of type NodePort has no such field; it is for LoadBalancer/,
    ],
    [
        "a policy for traffic from outside without a way in",
        egress({ service: { externalTrafficPolicy: "Local" } }),
        /service\.externalTrafficPolicy: a Service of type ClusterIP has no such field; it is for LoadBalancer and NodePort/,
    ],
    [
        "a health check that nobody asks",
        gateway({ service: { healthCheckNodePort: 30001 } }),
        /service\.healthCheckNodePort: only a load balancer .* Give externalTrafficPolicy: "Local"/,
    ],
    [
        "a rollout that cannot be waited for",
        gateway({ rollout: { timeoutSeconds: 1 } }),
        /rollout\.timeoutSeconds: 1 is not a whole number from 10/,
    ],
    ["a surge that is no share", gateway({ rollout: { maxSurge: "0%" } }), /rollout\.maxSurge: "0%" is not a whole number from 1/],
    [
        "no time left to end in",
        gateway({ pod: { preStopSleepSeconds: 60, terminationGracePeriodSeconds: 60 } }),
        /pod\.terminationGracePeriodSeconds: of 60 s none is left to end in, after 60 s of serving on/,
    ],
    [
        "more replicas at least than at most",
        gateway({ autoscaling: { minReplicas: 3, maxReplicas: 2 } }),
        /autoscaling\.maxReplicas: 2 is less than the minReplicas of 3/,
    ],
    ["replicas beside autoscaling", gateway({ replicas: 3 }), /replicas: autoscaling decides how many replicas there are/],
    [
        "a log whose format a gateway says",
        gateway({ accessLog: { format: "%PROTOCOL%" } as never }),
        /accessLog\.format: what is written, and where to, is a log provider's to say.* Define one in extensionProviders/s,
    ],
    [
        "a log's provider beside several",
        gateway({ accessLog: { provider: "a", providers: ["b"] } }),
        /accessLog\.provider: stands beside providers/,
    ],
    ["a log of nobody", gateway({ accessLog: { providers: [] } }), /accessLog\.providers: names nobody, .* Give accessLog: false/],
    ["a fraction of a replica", gateway({ autoscaling: false, replicas: 1.5 }), /replicas: 1\.5 is not a whole number/],
    [
        "a volume of no Secret",
        gateway({ secretVolumes: [{ secretName: "My_Secret", mountPath: "/certs" }] }),
        /secretVolumes\[0\]\.secretName: `My_Secret` is not the name of a Secret/,
    ],
    [
        "a mount that is not a path",
        gateway({ secretVolumes: [{ secretName: "a", mountPath: "certs" }] }),
        /secretVolumes\[0\]\.mountPath: "certs" is not an absolute path/,
    ],
    ["an unknown data plane", gateway({ dataPlane: "envoy" }), /dataPlane: "envoy" is not one of gatehouse and istio/],
    ["a root namespace that is no name", gateway({ rootNamespace: "Mesh" }), /rootNamespace: "Mesh"/],
    [
        "a root namespace for Istio's own proxy",
        gateway({ dataPlane: "istio", image: undefined, rootNamespace: "mesh" }),
        /rootNamespace: Istio's control plane knows its root namespace by itself\. Leave it out/,
    ],
    [
        "a way with underscores that there is not",
        gateway({ underscoresInHeaders: "allow" }),
        /underscoresInHeaders: "allow" is not one of forward, drop and reject/,
    ],
    [
        "a way with underscores on Istio's own proxy",
        gateway({ dataPlane: "istio", image: undefined, underscoresInHeaders: "drop" }),
        /underscoresInHeaders: Istio's proxy takes no such argument\. Leave it out/,
    ],
    [
        "shared TLS without a port for it",
        gateway({ ports: { https: false }, tls: [{ hosts: ["*.example.com"], certificate }] }),
        /tls\[0\]: the gateway has no port that speaks HTTPS/,
    ],
    [
        "a wildcard in the wrong place",
        host({ hosts: ["a.*.example.com"] }),
        /hosts\[0\]: "a\.\*\.example\.com" has a wildcard that is not the whole first label/,
    ],
    ["a URL as a host", host({ hosts: ["https://a.example.com"] }), /hosts\[0\]: .* is a URL where a host name is wanted/],
    [
        "a host twice in one component",
        host({ hosts: ["a.example.com", "A.example.com"] }),
        /hosts\[1\]: A\.example\.com stands in hosts\[0\] already/,
    ],
    ["no host", host({ hosts: [] }), /hosts: there is no host/],
    ["no route", host({ http: [] }), /http: there is no route/],
    [
        "an egress gateway as ingress",
        host({}, ingressRef({ kind: "egress" })),
        /gateway: edge\/public is an egress gateway; wanted an ingress gateway\. \(GH0205\)/,
    ],
    ["a ref of another shape", host({}, { version: 2 }), /gateway: this is a ref of version 2; this release reads version 1/],
    ["no gateway", host({}, null), /gateway: there is no gateway/],
    [
        "TLS on a gateway without a port for it",
        host({ tls: { certificate } }, ingressRef({ ports: { http: { number: 80, protocol: "HTTP" } } })),
        /tls: the gateway has no port that speaks HTTPS; edge\/public has http 80 \(HTTP\)\. \(GH0203\)/,
    ],
    [
        "a redirect on a gateway without plain HTTP",
        host({ tls: { certificate, http: "redirect" } }, ingressRef({ ports: { https: { number: 443, protocol: "HTTPS" } } })),
        /tls\.http: the gateway has no port that speaks HTTP/,
    ],
    [
        "a made certificate for every host",
        host({ hosts: ["*"], tls: { certificate } }),
        /tls\.certificate: no certificate can be made for the host `\*`/,
    ],
    [
        "a certificate of more than 398 days",
        host({ tls: { certificate: gatehouse.Certificate.selfSigned({ validityHours: 9553 }) } }),
        /tls\.certificate\.validityHours: 9553 hours are more than the 398 days/,
    ],
    [
        "a certificate that is always due",
        host({ tls: { certificate: gatehouse.Certificate.selfSigned({ validityHours: 24, earlyRenewalHours: 24 }) } }),
        /tls\.certificate\.earlyRenewalHours: a certificate of 24 hours .* is always due/,
    ],
    [
        "mutual TLS without authorities",
        host({ tls: { certificate, mode: "MUTUAL" } }),
        /tls\.mode: MUTUAL needs the authorities of the clients\. Give clientCaPem/,
    ],
    [
        "a certificate of no kind",
        host({ tls: { certificate: { kind: "fromVault" } } }),
        /tls\.certificate\.kind: "fromVault" is not a kind of certificate/,
    ],
    [
        "files that are not in the container",
        host({ tls: { certificate: gatehouse.Certificate.fromFiles({ certificate: "tls.crt", privateKey: "/tls.key" }) } }),
        /tls\.certificate\.certificate: "tls\.crt" is not an absolute path/,
    ],
    [
        "a port that the gateway lacks",
        tcp({ port: "tcp-gone" }),
        /port: the gateway has no port "tcp-gone"; edge\/public has http 80 \(HTTP\), https 443 \(HTTPS\), tcp-echo 31400 \(TCP\), tls-sni 31401 \(TLS\)\. \(GH0203\)/,
    ],
    ["a TCP route on a port for HTTP", tcp({ port: "http" }), /port: http speaks HTTP, which a VirtualHost routes/],
    ["SNI hosts without TLS", tcp({ sniHosts: hosts }), /sniHosts: tcp-echo speaks TCP, in which clients name no host/],
    ["something that is no destination", tcp({ destination: {} }), /destination: this is not a destination/],
    [
        "a wildcard without a gateway",
        external({ hosts: ["*.example.org"] }),
        /hosts\[0\]: \*\.example\.org has no address that could be looked up: only a proxy sees/,
    ],
    ["every host outside", external({ hosts: ["*"] }), /hosts\[0\]: `\*` would take the traffic/],
    ["an external service without a home", external({ namespace: undefined }), /namespace: without via nothing says where/],
    [
        "a Secret for proxies that read none",
        external({ tls: { credentialName: "c" } }),
        /tls\.credentialName: without via it is the applications'/,
    ],
    [
        "Istio's root namespace under a policy",
        egress({ applyTo: ["shop", "istio-system"] }),
        /applyTo\[1\]: istio-system is Istio's root namespace/,
    ],
    [
        "no arguments",
        () => new gatehouse.VirtualHost("web", undefined as never),
        /VirtualHost "web": One argument is wrong\.\n {2}args: there are no arguments; wanted an object/,
    ],
    ["TLS without a certificate", host({ tls: {} }), /tls\.certificate: there is no certificate/],
    ["a signature of nobody", host({ tls: { certificate: { kind: "signedBy" } } }), /tls\.certificate\.ca: there is no authority/],
    [
        "an authority without its key",
        host({ tls: { certificate: { kind: "signedBy", ca: { certificatePem: "x" } } } }),
        /tls\.certificate\.ca\.privateKeyPem: there is no PEM/,
    ],
    [
        "PEMs that are not given",
        host({ tls: { certificate: { kind: "fromPem" } } }),
        /2 arguments are wrong\.\n {2}tls\.certificate\.certificatePem: there is no PEM.*\n {2}tls\.certificate\.privateKeyPem: there is no PEM/,
    ],
    [
        "cert-manager without an issuer",
        host({ tls: { certificate: { kind: "fromCertManager" } } }),
        /tls\.certificate\.issuer: the issuer has no name/,
    ],
    [
        "an issuer of another kind",
        host({ tls: { certificate: { kind: "fromCertManager", issuer: { name: "le", kind: "Isuer" } } } }),
        /tls\.certificate\.issuer\.kind: "Isuer" is not one of/,
    ],
    ["a service that is not one", tcp({ destination: { service: "echo", port: 1 } }), /destination: this is not a Service that has a name/],
    [
        "a port out of range in a destination",
        tcp({ destination: { host: "echo.apps.svc.cluster.local", port: { number: 70000 } } }),
        /destination\.port\.number/,
    ],
    ["a namespace where a list is wanted", egress({ applyTo: "shop" }), /applyTo: this is not a list/],
    [
        "hosts that come later as a whole",
        host({ hosts: pulumi.output(Promise.resolve(hosts)) }),
        /hosts: this says which resources there are, and is not known yet\. Give it as it is/,
    ],
    [
        "ports that come later as a whole",
        gateway({ ports: pulumi.output(Promise.resolve({ tcp: 1 })) }),
        /One argument is wrong\.\n {2}ports: this says which resources there are/,
    ],
    [
        "a certificate whose kind comes later",
        host({ tls: { certificate: pulumi.output(Promise.resolve({ kind: "selfSigned" })) } }),
        /tls\.certificate\.kind: this says which resources there are/,
    ],
    ["something that is no route", host({ http: [null, { route: [null] }] }), /http\[0\]: [^]*http\[1\]\.route\[0\]: /],
    ["a misspelt argument", gateway({ networkPolcy: false }), /networkPolcy: there is no such argument\. Did you mean `networkPolicy`\?/],
    [
        "a misspelt argument below another",
        host({ tls: { certificate, clientCAPem: "x" } }),
        /tls\.clientCAPem: there is no such argument\. Did you mean `clientCaPem`\?/,
    ],
    [
        "a misspelt argument of an entry",
        gateway({ secretVolumes: [{ secretName: "a", mountpath: "/certs" }] }),
        /secretVolumes\[0\]\.mountpath: there is no such argument\. Did you mean `mountPath`\?/,
    ],
    [
        "a misspelt argument of a certificate",
        host({ tls: { certificate: { kind: "selfSigned", validityHour: 10 } } }),
        /tls\.certificate\.validityHour: .*Did you mean `validityHours`\?/,
    ],
    ["a text where a flag is wanted", gateway({ networkPolicy: "no" }), /networkPolicy: "no" is neither true nor false\. \(GH0210\)/],
    ["a number where a text is wanted", gateway({ pod: { env: { A: 1 } } }), /pod\.env\.A: 1 is not a text/],
    ["a text where an object is wanted", gateway({ pod: "small" }), /pod: this is not an object/],
    ["a text where a list is wanted", gateway({ service: { ipFamilies: "IPv4" } }), /service\.ipFamilies: this is not a list/],
    ["what is none of several", gateway({ autoscaling: true }), /autoscaling: true is not what is wanted: an object or false/],
    ["a part of a replica", gateway({ autoscaling: { minReplicas: 1.5 } }), /autoscaling\.minReplicas: 1\.5 is not a whole number from 1/],
    ["a word that there is not", gateway({ service: { externalTrafficPolicy: "local" } }), /"local" is not one of Cluster and Local/],
    ["a mode that there is not", host({ tls: { certificate, mode: "SIMPEL" } }), /tls\.mode: /],
    [
        "bounds that cross beside what is no bound",
        gateway({ autoscaling: { minReplicas: 5, maxReplicas: 3, note: "x" } }),
        /maxReplicas: 3 is less/,
    ],
    ...Object.entries({
        "autoscaling.minReplicas": (it: unknown) => gateway({ autoscaling: { minReplicas: it } }),
        replicas: (it: unknown) => gateway({ autoscaling: false, replicas: it }),
        "service.type": (it: unknown) => gateway({ service: { type: it } }),
        "rollout.timeoutSeconds": (it: unknown) => gateway({ rollout: { timeoutSeconds: it } }),
        "rollout.maxSurge": (it: unknown) => gateway({ rollout: { maxSurge: it } }),
        "pod.preStopSleepSeconds": (it: unknown) => gateway({ pod: { preStopSleepSeconds: it } }),
        "pod.terminationGracePeriodSeconds": (it: unknown) => gateway({ pod: { terminationGracePeriodSeconds: it } }),
        outboundTrafficPolicy: (it: unknown) => egress({ outboundTrafficPolicy: it }),
        "tls[0].http": (it: unknown) => gateway({ tls: [{ hosts, certificate, http: it }] }),
        "tls.http": (it: unknown) => host({ tls: { certificate, http: it } }),
        "tls.certificate.algorithm": (it: unknown) => host({ tls: { certificate: { kind: "selfSigned", algorithm: it } } }),
    }).map(
        ([path, program]) =>
            [
                `what has to be known and is not: ${path}`,
                () => program(pulumi.output(5))(),
                new RegExp(`  ${path.replaceAll(/[[\].]/g, "\\$&")}: a value that is not known yet is not`),
            ] as const,
    ),
    ["an authority without a name", () => new gatehouse.CertificateAuthority("ca", { commonName: "" }), /commonName: "" is not a name/],
];

/** The arguments that a message names, in its order. */
function pathsIn(message: string): string[] {
    return [...message.matchAll(/^ {2}(\S+): /gm)].map(([, path = ""]) => path);
}

describe("wrong arguments", () => {
    for (const [what, program, expected] of REFUSED) {
        it(`are named: ${what}`, async () => {
            assert.match(await refusal(program), expected);
        });
    }

    it("are all told at once, without a stack", async () => {
        const typo = [{ match: [{ uri: { prefx: "/" } }], route: [{ destination: {} }], timeout: "soon" }];
        const message = await refusal(
            host({
                namespace: "N",
                hosts: ["a b", "*.*.c"],
                http: typo,
                tls: { certificate: { kind: "signedBy", validityHours: 0 }, http: "often", minProtocolVersion: "TLSV9" },
            }),
        );
        assert.match(message, /VirtualHost "web": \d+ arguments are wrong\.\n {2}namespace: /);
        assert.doesNotMatch(message, /^ +at /m);
        assert.deepEqual(pathsIn(message), [
            "namespace",
            "hosts[0]",
            "hosts[1]",
            "tls.http",
            "tls.certificate.validityHours",
            "tls.certificate.ca",
            "http[0].route[0].destination",
            "tls.minProtocolVersion",
            "http[0].match[0].uri.prefx",
            "http[0].timeout",
        ]);
    });

    it("are all told of every component", async () => {
        assert.deepEqual(
            pathsIn(await refusal(host({ httpPort: "web", http: [{ route: [{ destination: { host: "a.b" } }], timeout: "soon" }] }))),
            ["httpPort", "http[0].timeout"],
        );
        assert.deepEqual(pathsIn(await refusal(tcp({ port: "tcp-gone", destination: {} }))), ["port", "destination"]);
        assert.deepEqual(
            pathsIn(
                await refusal(
                    gateway({ ports: { web: 1 }, replicas: 3, image: " ", tls: [{ hosts: ["a b"], certificate: { kind: "fromVault" } }] }),
                ),
            ),
            ["ports.web", "replicas", "image", "tls[0].hosts[0]", "tls[0].certificate.kind"],
        );
        assert.deepEqual(pathsIn(await refusal(external({ hosts: ["*"], ports: { http: 0 }, endpoints: [{ address: "a b" }] }))), [
            "hosts[0]",
            "ports.http",
            "endpoints[0].address",
        ]);
    });

    it("are an error that Pulumi knows and prints without a stack", () => {
        assert.throws(tcp({ port: "tcp-gone" }), (error: unknown) => {
            assert.ok(pulumi.InputPropertiesError.isInstance(error) && pulumi.RunError.isInstance(error));
            assert.deepEqual(
                (error as pulumi.InputPropertiesError).errors.map(({ propertyPath }) => propertyPath),
                ["port"],
            );
            assert.equal((error as unknown as Error).stack, (error as unknown as Error).message);
            return true;
        });
    });

    it("register nothing", () => {
        // There is no engine here: a resource that came to be registered would say so.
        assert.throws(gateway({ ports: { tcp: 0 } }), gatehouse.ArgumentsError);
    });

    it("are found in Outputs too, and then reach no child", async () => {
        const later = <T>(value: T): pulumi.Output<T> => pulumi.output(Promise.resolve(value)) as pulumi.Output<T>;
        assert.match(await refusal(host({ hosts: [later("a b")] })), /VirtualHost "web": One argument is wrong\.\n {2}hosts\[0\]: "a b"/);
        assert.match(await refusal(host({}, later(ingressRef({ kind: "egress" })))), /gateway: edge\/public is an egress gateway/);
        assert.match(
            await refusal(tcp({ gateway: later(ingressRef({ ports: {} })) })),
            /the gateway has no port "tcp-echo"; edge\/public has none/,
        );
        assert.match(await refusal(gateway({ namespace: later("A") })), /namespace: "A" is not a name/);
    });

    it("are found at once beside values that come later", () => {
        const later = pulumi.output(new Promise<string>(() => undefined));
        assert.throws(host({ namespace: later, hosts: ["a b"] }), /hosts\[0\]: "a b"/);
        assert.throws(gateway({ namespace: later, ports: { tcp: 0 } }), /ports\.tcp: 0 is not a port/);
    });

    it("are found in a route at once, though its destination is a Service yet to be made", async () => {
        assert.match(
            await refusal(() => host({ http: [{ match: [{ uri: { prefx: "/" } }], route: [{ destination: service("web") }] }] })()),
            /http\[0\]\.match\[0\]\.uri/,
        );
    });
});

describe("arguments as plain JavaScript has them", () => {
    it("are nothing where they are null or undefined", async () => {
        const destination = { host: "echo.apps.svc.cluster.local", port: { number: 1 } };
        const made = await evaluated(() => {
            host({ metadata: null, hots: undefined })();
            tcp({ metadata: null, destination })();
            external({ metadata: null })();
            gateway({ metadata: null, service: { type: null } })();
        });
        assert.ok(resource(made, "kubernetes:networking.istio.io/v1:VirtualService", "web-routes"));
    });

    it("are read of getters of a class", async () => {
        class Settings {
            get namespace(): string {
                return "edge";
            }
            get image(): string {
                return "i";
            }
        }
        const made = await evaluated(() => new gatehouse.IngressGateway("public", new Settings() as never));
        assert.equal(resource(made, "gatehouse:index:IngressGateway", "public").inputs["namespace"], "edge");
    });

    it("may have words of their own that are as short as an argument's name, and are another", async () => {
        await evaluated(() => gateway({ tags: ["a"] })());
    });
});

describe("arguments that have more than is asked for", () => {
    it("are taken: a program hands on its own, and Kubernetes' own fields reach the Service", async () => {
        const made = await evaluated(() => {
            gateway({ team: "shop", service: { publishNotReadyAddresses: true }, resources: { requests: { cpu: 1 } } })();
        });
        const service = made.kubernetesObjects().find(({ kind }) => kind === "Service") as { spec?: Loose } | undefined;
        assert.equal(service?.spec?.["publishNotReadyAddresses"], true);
        const component = made.resources.find(({ type }) => type === "gatehouse:index:IngressGateway");
        assert.equal("team" in (component?.inputs ?? {}), false);
    });
});

describe("an image", () => {
    const bare = (): unknown => new gatehouse.IngressGateway("public", { namespace: "edge" });

    it("is asked for before the first child where the build has none", async () => {
        const message = await refusal(bare, { config: { "gatehouse:image": "" } });
        assert.match(
            message,
            /IngressGateway "public": One argument is wrong\.\n {2}image: this build of the package has no image of its own\. Give image, or set it for every gateway: pulumi config set gatehouse:image <image>\. \(GH0209\)/,
        );
    });

    it("is not asked for where Istio's injector brings one", async () => {
        const program = (): unknown => new gatehouse.IngressGateway("public", { namespace: "edge", dataPlane: "istio" });
        await assert.doesNotReject(evaluated(program, { config: { "gatehouse:image": "" } }));
    });
});
