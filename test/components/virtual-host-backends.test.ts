/** What a VirtualHost says of its backends beside where they are, and what it leaves of a redirect to HTTPS. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import type { HTTPRoute } from "../../istio";
import { UNKNOWN } from "../../components/arguments";
import { backendsOf, buildBackendRule } from "../../components/virtual-host/backends";
import { judgeVirtualHost } from "../../components/virtual-host/judge";
import { buildGateway, buildVirtualService } from "../../components/virtual-host/objects";
import { planVirtualHost, type VirtualHostData } from "../../components/virtual-host/plan";
import { evaluated, object, refusal, service } from "./support/evaluation";
import { WRONG_HEALTH_CHECKS } from "./support/health-checks";
import { ingressRef, recommended } from "./support/refs";

const destination = { service: { name: "webapp", namespace: "shop", ports: [{ name: "http", port: 8080 }] } };
const base: VirtualHostData = { gateway: ingressRef(), hosts: ["webapp.example.com"], http: [{ route: [{ destination }] }] };
const plan = (args: Partial<VirtualHostData> = {}) => planVirtualHost("webapp", { ...base, ...args });
const tls = { certificate: { kind: "signedBy" } } as const;

function told(args: Readonly<Record<string, unknown>>): string {
    return judgeVirtualHost("webapp", { ...base, ...args } as VirtualHostData)
        .faults.map(({ path, message, fix }) => `${path}: ${message} ${fix}`.trim())
        .join("\n");
}

const rulesOf = (args: Partial<VirtualHostData>) => {
    const all = plan(args);
    return backendsOf(all, all.args).map((backend) => buildBackendRule(all, backend));
};

describe("a sticky cookie", () => {
    it("is a rule of the gateway's for each backend, which nobody else sees", () => {
        assert.deepEqual(rulesOf({ stickyCookie: true }), [
            {
                metadata: {
                    name: "webapp-webapp-shop-svc-cluster-local",
                    namespace: "edge",
                    labels: recommended("virtual-host", "webapp"),
                },
                spec: {
                    host: "webapp.shop.svc.cluster.local",
                    trafficPolicy: {
                        loadBalancer: {
                            consistentHash: {
                                httpCookie: { name: "sticky", path: "/", ttl: "0s", attributes: [{ name: "SameSite", value: "Lax" }] },
                            },
                        },
                    },
                    exportTo: ["."],
                },
            },
        ]);
        assert.deepEqual(rulesOf({}), []);
        assert.deepEqual(rulesOf({ stickyCookie: false }), []);
    });

    it("is what it is told to be, and goes over TLS alone where the host does", () => {
        const cookie = (args: Partial<VirtualHostData>): unknown => {
            const [rule] = rulesOf(args);
            return rule?.spec.trafficPolicy?.loadBalancer?.consistentHash?.httpCookie;
        };
        const attributes = (sameSite: string, secure: boolean): object[] => [
            { name: "SameSite", value: sameSite },
            ...(secure ? [{ name: "Secure" }] : []),
        ];
        const own = { name: "shop", ttl: "1h", path: "/cart", sameSite: "Strict" } as const;
        assert.deepEqual(cookie({ stickyCookie: own, tls }), {
            name: "shop",
            ttl: "1h",
            path: "/cart",
            attributes: attributes("Strict", true),
        });
        const said = (args: Partial<VirtualHostData>): unknown => (cookie(args) as { attributes: unknown }).attributes;
        // In the clear no browser would send it back.
        assert.deepEqual(said({ stickyCookie: true, tls: { ...tls, http: "serve" } }), attributes("Lax", false));
        const gateway = ingressRef({ ports: { ...ingressRef().ports, web: { number: 8080, protocol: "HTTP" } } });
        assert.deepEqual(said({ stickyCookie: true, tls, gateway, plainPorts: ["web"] }), attributes("Lax", false));
        // Browsers take None with Secure only.
        assert.deepEqual(said({ stickyCookie: { sameSite: "None" } }), attributes("None", true));
    });

    it("has one rule for a host, however many routes lead there", () => {
        const other = { host: "other.shop.svc.cluster.local" };
        const rules = rulesOf({
            stickyCookie: true,
            http: [
                { match: [{ uri: { prefix: "/a" } }], route: [{ destination }, { destination: other }] },
                { route: [{ destination: { host: "webapp.shop.svc.cluster.local", port: { number: 80 } } }] },
            ],
            grpc: [{ route: [{ destination: other }] }],
        });
        assert.deepEqual(
            rules.map(({ spec }) => spec.host),
            ["webapp.shop.svc.cluster.local", "other.shop.svc.cluster.local"],
        );
    });

    for (const [what, args, expected] of [
        [
            "a subset that its rule would hide",
            { stickyCookie: true, http: [{ route: [{ destination: { host: "a.b.svc.cluster.local", subset: "v1" } }] }] },
            /http\[0\]\.route\[0\]\.destination\.subset: with stickyCookie the gateway has a DestinationRule of its own/,
        ],
        [
            "a subset of a Service",
            { healthCheck: { tcp: {} }, http: [{ route: [{ destination: { service: { ...destination.service, subset: "v1" } } }] }] },
            /http\[0\]\.route\[0\]\.destination\.subset: with healthCheck/,
        ],
        ["a name that is none", { stickyCookie: { name: "a b" } }, /stickyCookie\.name: "a b" is no name of a cookie/],
        ["a path that is none", { stickyCookie: { path: "cart;x" } }, /stickyCookie\.path: "cart;x" is no path/],
        ["a time that is none", { stickyCookie: { ttl: "1 hour" } }, /stickyCookie\.ttl: "1 hour" is no duration/],
        [
            "health checks of Istio's proxy",
            { gateway: ingressRef({ dataPlane: "istio" }), healthCheck: { http: { path: "/" } } },
            /healthCheck: Istio has no words for active health checks/,
        ],
    ] as const)
        it(`refuses ${what}`, () => {
            assert.match(told(args), expected);
        });

    it("tells once what is wrong with a health check beside it, and by its argument", async () => {
        for (const healthCheck of WRONG_HEALTH_CHECKS)
            assert.match(
                await refusal(() => void new gatehouse.VirtualHost("web", { ...base, stickyCookie: true, healthCheck } as never)),
                /One argument is wrong\.\n {2}healthCheck/,
                JSON.stringify(healthCheck),
            );
    });

    it("and a health check are taken where they are right", () => {
        for (const args of [
            { stickyCookie: { ttl: "0s" } },
            { stickyCookie: true, gateway: ingressRef({ dataPlane: "istio" }) },
            { healthCheck: { http: { path: "/healthz" } } },
        ])
            assert.equal(told(args), "", JSON.stringify(args));
        const [rule] = rulesOf({ healthCheck: { http: { path: "/healthz" } } });
        assert.deepEqual(rule?.metadata.annotations, { "gatehouse.dev/health-check": '{"http":{"path":"/healthz"}}' });
        assert.deepEqual(rule?.spec.trafficPolicy, {});
    });

    it("leaves annotations that are not known at all as they are, as error pages do", () => {
        const metadata = { annotations: UNKNOWN as never };
        const made = [
            ...rulesOf({ metadata, healthCheck: { tcp: {} } }),
            buildVirtualService(plan({ metadata, errorPages: [{ statuses: ["404"], text: "no" }] })),
            buildVirtualService(plan({ metadata })),
        ];
        assert.deepEqual(
            made.map((one) => one.metadata.annotations),
            [UNKNOWN, UNKNOWN, UNKNOWN],
        );
    });

    it("stands before the routes, for Services that are named later too", async () => {
        const evaluation = await evaluated(() => {
            const gateway = new gatehouse.IngressGateway("public", { namespace: "edge" });
            const webapp = service("webapp", "shop");
            const route = [{ destination: webapp }];
            new gatehouse.VirtualHost("web", {
                gateway,
                hosts: ["a.example.com"],
                http: [{ match: [{ uri: { prefix: "/a" } }], route }, { route }],
                stickyCookie: true,
            });
        });
        const all = evaluation.kubernetesObjects() as unknown as readonly {
            kind: string;
            metadata: { namespace: string };
            spec: { host: string };
        }[];
        const rules = all.filter(({ kind }) => kind === "DestinationRule");
        assert.deepEqual(
            rules.map(({ spec, metadata }) => [spec.host, metadata.namespace]),
            [["webapp.shop.svc.cluster.local", "edge"]],
        );
    });

    it("cannot be two for one backend of a gateway", async () => {
        const make = (name: string, more: object): void =>
            void new gatehouse.VirtualHost(name, { ...(base as object), hosts: [`${name}.example.com`], ...more } as never);
        const http = [{ route: [{ destination: { host: "webapp.shop.svc.cluster.local", port: { number: 80 } } }] }];
        const both = (one: object, two: object) => (): void => {
            make("one", { http, ...one });
            make("two", { http, ...two });
        };
        assert.match(
            await refusal(both({ stickyCookie: { ttl: "1h" } }, { stickyCookie: { ttl: "2h" } })),
            /stickyCookie: VirtualHost "one" and VirtualHost "two" differ in how the gateway edge\/public deals with webapp\.shop/,
        );
        await evaluated(both({ stickyCookie: { ttl: "1h" } }, { stickyCookie: { ttl: "1h" } }));
    });
});

describe("a redirect to HTTPS", () => {
    const server = (args: Partial<VirtualHostData>) => buildGateway(plan(args), { credentialName: "c" }).spec.servers[1];
    const rules = (args: Partial<VirtualHostData>): readonly HTTPRoute[] => buildVirtualService(plan(args)).spec.http ?? [];
    const solver = { host: "solver.acme.svc.cluster.local", port: { number: 8089 } };

    it("leads everything on unless it is told otherwise", () => {
        assert.deepEqual(server({ tls })?.tls, { httpsRedirect: true });
        assert.equal(rules({ tls }).length, 1);
        assert.deepEqual(server({ tls: { ...tls, acmeChallenge: false } })?.tls, { httpsRedirect: true });
    });

    it("leads to the port that speaks HTTPS, where that is not the one that browsers take", () => {
        const ports = { http: { number: 8080, protocol: "HTTP" }, https: { number: 8443, protocol: "HTTPS" } } as const;
        const gateway = ingressRef({ ports });
        assert.equal(server({ tls, gateway })?.tls, undefined);
        const redirect = { scheme: "https", port: 8443 };
        assert.deepEqual(rules({ tls, gateway })[0], { name: "https-redirect", match: [{ port: 8080 }], redirect });
        assert.equal(rules({ tls, gateway }).length, 2);
        const solved = rules({ tls: { ...tls, acmeChallenge: solver }, gateway });
        assert.deepEqual([solved[0]?.route?.length, solved[1]?.redirect], [1, redirect]);
        assert.equal(rules({ tls: { ...tls, http: "off" }, gateway }).length, 1);
    });

    it("leaves challenges to the routes, and to an Ingress of the solver's", () => {
        const args = { tls: { ...tls, acmeChallenge: true } };
        assert.equal(server(args)?.tls, undefined);
        assert.deepEqual(rules(args)[0], {
            name: "https-redirect",
            match: [{ port: 80, withoutHeaders: { ":path": { prefix: "/.well-known/acme-challenge/" } } }],
            redirect: { scheme: "https" },
        });
        assert.equal(rules(args).length, 2);
    });

    it("leads challenges to who solves them, before all other rules", () => {
        const args: Partial<VirtualHostData> = {
            tls: { ...tls, acmeChallenge: solver },
            httpPort: "http",
            grpc: [{ route: [{ destination }] }],
        };
        assert.deepEqual(rules(args).slice(0, 2), [
            {
                name: "acme-challenge",
                match: [{ port: 80, uri: { prefix: "/.well-known/acme-challenge/" } }],
                route: [{ destination: solver }],
            },
            { name: "https-redirect", match: [{ port: 80 }], redirect: { scheme: "https" } },
        ]);
        assert.equal(rules(args).length, 4);
    });

    it("has faults of the routes named where the program has them", () => {
        const wrong = { hosts: ["webapp.example.com"], http: [{ route: [{ destination }], timeout: "soon" }] };
        const program = (): void =>
            void new gatehouse.VirtualHost("web", {
                gateway: ingressRef() as never,
                ...wrong,
                tls: { certificate: gatehouse.Certificate.selfSigned(), acmeChallenge: solver },
            } as never);
        return refusal(program).then((message) => assert.match(message, /http\[0\]\.timeout/));
    });

    it("refuses exceptions where nothing is led on, and those that would pass by who may", () => {
        assert.match(
            told({ tls: { ...tls, http: "serve", acmeChallenge: true } }),
            /tls\.acmeChallenge: with tls\.http "serve" nothing is/,
        );
        const access = { ips: ["10.0.0.0/8"] };
        assert.match(told({ access, tls: { ...tls, acmeChallenge: true } }), /tls\.acmeChallenge: the routes would answer challenges/);
        assert.doesNotMatch(told({ access, tls: { ...tls, acmeChallenge: solver } }), /acmeChallenge/);
    });

    it("is the gateway's that another stack exports, once it is known", async () => {
        const evaluation = await evaluated(async () => {
            const pulumi = await import("@pulumi/pulumi");
            const gateway = pulumi.output(Promise.resolve(ingressRef())) as never;
            new gatehouse.VirtualHost("web", {
                gateway,
                hosts: ["a.example.com"],
                tls: { certificate: gatehouse.Certificate.selfSigned(), acmeChallenge: solver },
                http: [{ route: [{ destination: { host: "a.b.svc.cluster.local" } }] }],
            });
        });
        const { http } = object(evaluation, "VirtualService", "web")["spec"] as { http: HTTPRoute[] };
        assert.deepEqual(
            http.map(({ name }) => name),
            ["acme-challenge", "https-redirect", undefined],
        );
    });
});
