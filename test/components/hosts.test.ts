/** Hosts that no client could ask for are refused with the text to write instead; addresses are served where that can be. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { hostsFaults } from "../../components/gateway";
import { evaluated, object, refusal } from "./support/evaluation";
import { egressRef, ingressRef } from "./support/refs";

const destination = { host: "web.shop.svc.cluster.local", port: { number: 80 } };
const http = [{ route: [{ destination }] }];
const later = <T>(value: T): pulumi.Output<T> => pulumi.output(Promise.resolve(value)) as pulumi.Output<T>;
const gateway = () => ingressRef() as gatehouse.GatewayRef<{ "tls-sni": gatehouse.GatewayPort<"TLS"> }>;
const certificate = gatehouse.Certificate.selfSigned();

/** Each with what is said of it. */
const NEVER_ASKED: readonly (readonly [host: string, said: RegExp])[] = [
    ["shop.example.com.", /ends in a dot, which no client sends; write "shop\.example\.com"/],
    ["*.example.com.", /ends in a dot, which no client sends; write "\*\.example\.com"/],
    ["bücher.example", /no client sends as they are; write "xn--bcher-kva\.example"/],
    ["*.bücher.example", /write "\*\.xn--bcher-kva\.example"/],
    ["straße.example", /write "xn--strae-oqa\.example"/],
    ["shop。example", /write "shop\.example"/],
    ["a_b.example.com", /has the label `a_b`/],
    ["shop.*.example.com", /wildcard that is not the whole first label/],
    ["*shop.example.com", /wildcard that is not the whole first label/],
    ["**.example.com", /wildcard that is not the whole first label/],
    ["localhost", /is a short name/],
    ["shop", /is a short name/],
    [`${"a".repeat(64)}.example.com`, /label of more than 63/],
    [`${"a.".repeat(124)}example`, /is longer than 253 characters/],
    ["shop.123", /label of digits only/],
    ["192.0.2.256", /label of digits only/],
    ["shop.example.com:8443", /has a port/],
    ["https://shop.example.com", /is a URL/],
    ["shop.example.com/cart", /has a slash/],
    ["shop..example.com", /empty label/],
    [".example.com", /empty label/],
    ["shop..", /empty label/],
    ["-shop.example.com", /has the label/],
    ["shop example.com", /has the label/],
    [
        "2001:db8::1",
        /is an IPv6 address: clients write it in brackets and Istio's hosts have none, so that routes match it with no request; give a name, or `\*`/,
    ],
    ["[2001:db8::1]", /is an IPv6 address/],
    ["fe80::1%eth0", /is an IPv6 address/],
    ["xn--a.example", /has the label `xn--a`, which is no name in Punycode/],
    ["*.shop.xn--zzzzzzzzzzz99999.example", /has the label `xn--zzzzzzzzzzz99999`/],
    ["XN--99999999999.example", /has the label `XN--99999999999`, which is no name in Punycode/],
    ["xn--u-ccb.com", /no browser asks for it/],
    ["", /is empty/],
];
const ASKED = [
    "shop.example.com",
    "*.example.com",
    "CART.example.com",
    "xn--bcher-kva.example",
    "*.XN--BCHER-KVA.example",
    "xn--ls8h.example",
    "shop.xn--wgv71a119e.xn--p1ai",
    "a-b.c--d.example",
    "192.0.2.10",
    "*",
    "1.example",
];

describe("hosts", () => {
    for (const [host, said] of NEVER_ASKED) {
        it(`are refused that no client could ask for: ${host.slice(0, 40)}`, () => {
            const faults = hostsFaults("hosts", [host]);
            assert.equal(faults.length, 1);
            assert.match(faults[0]?.message ?? "", said);
        });
    }

    it("are taken that clients ask for", () => {
        assert.deepEqual(hostsFaults("hosts", ASKED), []);
    });

    it("are judged alike by every component, also where they are known later", async () => {
        const host = "bücher.example.";
        const programs: (() => void)[] = [host, later(host)].flatMap((one) => [
            () => {
                new gatehouse.VirtualHost("a", { gateway: gateway() as gatehouse.GatewayRef, hosts: [one], http });
            },
            () => {
                new gatehouse.IngressGateway("a", { namespace: "edge", tls: [{ hosts: [one], certificate }] });
            },
            () => {
                new gatehouse.TcpRoute("a", { gateway: gateway(), port: "tls-sni", sniHosts: [one], destination });
            },
            () => {
                new gatehouse.ExternalService("a", {
                    hosts: [one],
                    ports: { http: 80 },
                    via: egressRef() as gatehouse.GatewayRef<Record<never, never>, "egress">,
                });
            },
        ]);
        for (const program of programs) assert.match(await refusal(program), /ends in a dot, which no client sends/);
    });
});

describe("an address as a host", () => {
    it("is in the certificate as an address, and met by the server for every name", async () => {
        const evaluation = await evaluated(() => {
            new gatehouse.VirtualHost("own", {
                gateway: gateway() as gatehouse.GatewayRef,
                hosts: ["shop.example.com", "192.0.2.10"],
                tls: { certificate },
                http,
            });
        });
        const { spec } = object(evaluation, "Gateway", "own") as { spec: { servers: { hosts: string[] }[] } };
        assert.deepEqual(
            spec.servers.map(({ hosts }) => hosts),
            [
                ["shop.example.com", "*"],
                ["shop.example.com", "192.0.2.10"],
            ],
        );
        const secret = evaluation.kubernetesObjects().find(({ kind }) => kind === "Secret") as unknown as { data: { "tls.crt": string } };
        const names = new X509Certificate(Buffer.from(secret.data["tls.crt"], "base64")).subjectAltName ?? "";
        assert.match(names, /^DNS:shop\.example\.com, IP Address:192\.0\.2\.10$/);
        const made = evaluation.resources.find(({ type }) => type === "gatehouse:index:VirtualHost");
        assert.deepEqual(made?.outputs["urls"], ["https://shop.example.com/", "https://192.0.2.10/"]);
    });

    it("is asked of cert-manager as an address", async () => {
        const evaluation = await evaluated(() => {
            const issued = gatehouse.Certificate.fromCertManager("letsencrypt");
            new gatehouse.VirtualHost("mixed", {
                gateway: gateway() as gatehouse.GatewayRef,
                hosts: ["shop.example.com", "192.0.2.10"],
                tls: { certificate: issued },
                http,
            });
            new gatehouse.IngressGateway("bare", { namespace: "edge", tls: [{ name: "ip", hosts: ["192.0.2.11"], certificate: issued }] });
        });
        const mixed = object(evaluation, "Certificate", "mixed") as { spec: Record<string, unknown> };
        const bare = object(evaluation, "Certificate", "bare-ip") as { spec: Record<string, unknown> };
        assert.deepEqual([mixed.spec["dnsNames"], mixed.spec["ipAddresses"]], [["shop.example.com"], ["192.0.2.10"]]);
        assert.deepEqual(["dnsNames" in bare.spec, bare.spec["ipAddresses"]], [false, ["192.0.2.11"]]);
        const { spec } = object(evaluation, "Gateway", "bare") as { spec: { servers: { hosts: string[] }[] } };
        assert.deepEqual(
            spec.servers.map(({ hosts }) => hosts),
            [["*"], ["192.0.2.11"]],
        );
    });

    it("takes the server for every name, which one component can have", async () => {
        assert.match(
            await refusal(() => {
                for (const [name, host] of [
                    ["a", "192.0.2.10"],
                    ["b", "192.0.2.11"],
                ] as const) {
                    new gatehouse.VirtualHost(name, {
                        gateway: gateway() as gatehouse.GatewayRef,
                        hosts: [host],
                        tls: { certificate },
                        http,
                    });
                }
            }),
            /VirtualHost "a" and VirtualHost "b" both take the host \* on port 443/,
        );
    });

    it("is refused where nobody could ask for it", async () => {
        assert.match(
            await refusal(() => {
                new gatehouse.TcpRoute("a", { gateway: gateway(), port: "tls-sni", sniHosts: ["192.0.2.10"], destination });
            }),
            /sniHosts\[0\]: "192\.0\.2\.10" is an address, which no client names in SNI/,
        );
        assert.match(
            await refusal(() => {
                new gatehouse.ExternalService("a", { hosts: ["192.0.2.10"], ports: { http: 80 }, namespace: "shop" });
            }),
            /hosts\[0\]: "192\.0\.2\.10" is an address where a name is wanted; give a name/,
        );
    });
});

describe("hosts in upper case", () => {
    it("are asked for in lower case", async () => {
        const evaluation = await evaluated(() => {
            new gatehouse.VirtualHost("own", {
                gateway: gateway() as gatehouse.GatewayRef,
                hosts: ["Shop.Example.COM"],
                tls: { certificate },
                http,
            });
            new gatehouse.TcpRoute("sni", { gateway: gateway(), port: "tls-sni", sniHosts: ["SNI.example.com"], destination });
        });
        const hostsOf = (name: string): string[][] =>
            (object(evaluation, "Gateway", name) as { spec: { servers: { hosts: string[] }[] } }).spec.servers.map(({ hosts }) => hosts);
        assert.deepEqual([hostsOf("own"), hostsOf("sni")], [[["shop.example.com"], ["shop.example.com"]], [["sni.example.com"]]]);
    });
});
