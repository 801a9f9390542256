/** Which servers are served, on which ports, and who wins where two want the same. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { makeAuthority } from "../../../support/certificates";
import { codesOf, compileYaml, entries, gateway, messagesOf, routesOf, service, virtualService } from "../support";

const http = (port: number, hosts: string, extra = ""): string =>
    `- { port: { number: ${port}, name: http-${port}, protocol: HTTP }, hosts: [${hosts}]${extra} }`;
const tcp = (port: number): string => `- { port: { number: ${port}, name: tcp-${port}, protocol: TCP }, hosts: ["*"] }`;
const tls = (port: number, hosts: string, credential = "missing"): string =>
    `- { port: { number: ${port}, name: https-${port}, protocol: HTTPS }, hosts: [${hosts}], tls: { mode: SIMPLE, credentialName: ${credential} } }`;
const route = (name: string, gateways: string, host: string, to = name): string =>
    virtualService(
        name,
        `{ hosts: ["${host}"], gateways: [${gateways}], http: [{ route: [{ destination: { host: ${to}, port: { number: 80 } } }] }] }`,
    ) + service(to, 80, { namespace: "istio-system" });
const cluster = (name: string): string => `outbound|80||${name}.istio-system.svc.cluster.local`;

const gatewayService = (ports: string, name = "edge", namespace = "istio-system", selector = "{ istio: ingressgateway }"): string =>
    `\n---\napiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { selector: ${selector}, ports: [${ports}] }\n`;

describe("selecting Gateways", () => {
    it("takes those of every namespace whose selector the pod satisfies", () => {
        const { tables } = compileYaml(
            gateway("mine", http(80, '"*"'), { namespace: "team-a" }) +
                gateway("theirs", http(81, '"*"'), { selector: "{ istio: ingressgateway, tier: gold }" }),
        );
        assert.deepEqual([...tables.listeners.keys()], ["0.0.0.0:80"]);
    });

    it("takes one without a selector, and warns", () => {
        const compilation = compileYaml(gateway("all", http(80, '"*"'), { selector: "{}" }));
        assert.equal(compilation.tables.listeners.size, 1);
        assert.ok(codesOf(compilation).includes("GH0410 Gateway istio-system/all spec.selector"));
    });

    it("does not take a Gateway of the Gateway API for one of Istio's", () => {
        const { tables } = compileYaml(gateway("other", http(80, '"*"')).replace("networking.istio.io/v1", "gateway.networking.k8s.io/v1"));
        assert.equal(tables.listeners.size, 0);
    });
});

describe("merging servers on a port", () => {
    it("makes one route table of all plaintext HTTP servers", () => {
        const { tables, findings } = compileYaml(
            gateway("a", http(80, '"a.example.com"')) +
                gateway("b", http(80, '"b.example.com"')) +
                route("a", "a", "a.example.com") +
                route("b", "b", "b.example.com"),
        );
        assert.deepEqual(findings, []);
        assert.equal(tables.chains.size, 1);
        assert.deepEqual(routesOf(tables, "http.80"), {
            "a.example.com": [`any → ${cluster("a")}`],
            "b.example.com": [`any → ${cluster("b")}`],
        });
    });

    it("lets the older Gateway win where protocols differ, and names both", () => {
        const younger = gateway("a", http(9000, '"*"'), { created: "2026-02-01T00:00:00Z" });
        const older =
            gateway("b", tcp(9000), { created: "2026-01-01T00:00:00Z" }) +
            virtualService("t", '{ hosts: ["*"], gateways: [b], tcp: [{ route: [{ destination: { host: t, port: { number: 80 } } }] }] }') +
            service("t", 80, { namespace: "istio-system" });
        const compilation = compileYaml(younger + older);
        assert.deepEqual(
            entries(compilation.tables, "listeners").map(({ kind }) => kind),
            ["tcp"],
        );
        assert.match(
            messagesOf(compilation),
            /GH0411 Gateway istio-system\/a spec\.servers\[0\]: Port 9000 is already served as TCP by Gateway istio-system\/b spec\.servers\[0\]/,
        );
    });

    for (const [title, first, second] of [
        ["TCP beside TCP", tcp(9000), tcp(9000)],
        ["TLS beside plaintext", http(9000, '"*"'), tls(9000, '"*"')],
    ] as const) {
        it(`drops the later of two servers: ${title}`, () => {
            const compilation = compileYaml(gateway("a", first) + gateway("b", second));
            assert.equal(codesOf(compilation).filter((code) => code === "GH0411 Gateway istio-system/b spec.servers[0]").length, 1);
        });
    }

    it("lets different bind addresses coexist, and names the route table after a given one", () => {
        const { tables } = compileYaml(gateway("a", tls(9000, '"*"')) + gateway("b", http(9000, '"*"', ", bind: 127.0.0.1")));
        assert.deepEqual([...tables.listeners.keys()], ["0.0.0.0:9000", "127.0.0.1:9000"]);
        assert.ok(tables.routeTables.has("http.9000.127.0.0.1"));
    });

    it("skips only the host that is taken on a TLS port, and says by whom", () => {
        const compilation = compileYaml(
            gateway("a", tls(443, '"shared.example.com", "a.example.com"')) +
                gateway("b", tls(443, '"ns/shared.example.com", "b.example.com"')),
        );
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ serverNames }) => serverNames),
            [["shared.example.com", "a.example.com"], ["b.example.com"]],
        );
        assert.match(
            messagesOf(compilation),
            /GH0412 Gateway istio-system\/b spec\.servers\[0\]\.hosts\[0\]: Host shared\.example\.com on port 443 is already served by Gateway istio-system\/a spec\.servers\[0\], which comes first by name; here it is skipped/,
        );
    });

    it("says why the one that has a host or port comes first: by age, by name, or within the object", () => {
        const at = (year: number): { created: string } => ({ created: `${year}-01-01T00:00:00Z` });
        const told = (yaml: string): string => /, which (.*?);/.exec(messagesOf(compileYaml(yaml)))?.[1] ?? "";
        const host = tls(443, '"x.example.com"');
        assert.equal(told(gateway("a", host, at(2026)) + gateway("b", host, at(2025))), "is older and comes first");
        assert.equal(told(gateway("a", host, at(2026)) + gateway("b", host)), "has no creationTimestamp and comes first");
        assert.equal(told(gateway("a", host, at(2026)) + gateway("b", host, at(2026))), "is as old and comes first by name");
        assert.equal(told(gateway("a", `${host}\n${host.replace("https-443", "other")}`)), "comes first in the object");
        assert.equal(told(gateway("a", tcp(9000), at(2026)) + gateway("b", tcp(9000), at(2025))), "is older and comes first");
    });

    it("does not serve a server whose hosts are all taken", () => {
        const compilation = compileYaml(gateway("a", tls(443, '"x.example.com"')) + gateway("b", tls(443, '"x.example.com"')));
        assert.equal(compilation.tables.chains.size, 1);
        assert.deepEqual([...compilation.tables.routeTables.keys()], ["https.443.https-443.a.istio-system"]);
    });
});

describe("finding the pod's port", () => {
    const one = gateway("g", http(80, '"*"'));

    it("opens the targetPort of the Service in front of the gateway", () => {
        const { tables } = compileYaml(one + gatewayService("{ name: http, port: 80, targetPort: 8080 }"));
        assert.deepEqual(
            entries(tables, "listeners").map(({ key, port, targetPort }) => [key, port, targetPort]),
            [["0.0.0.0:80", 80, 8080]],
        );
        assert.deepEqual([...tables.routeTables.keys()], ["http.8080"]);
    });

    it("ignores Services of other pods and other namespaces", () => {
        const { tables } = compileYaml(
            one +
                gatewayService("{ name: http, port: 80, targetPort: 1 }", "x", "other") +
                gatewayService("{ name: http, port: 80, targetPort: 2 }", "z", "istio-system", "{ app: other }"),
        );
        assert.deepEqual(
            entries(tables, "listeners").map(({ targetPort }) => targetPort),
            [80],
        );
    });

    it("opens one listener for each target of several Services", () => {
        const { tables } = compileYaml(
            one +
                gatewayService("{ name: http, port: 80, targetPort: 9090 }", "a") +
                gatewayService("{ name: http, port: 80, targetPort: 8080 }", "b"),
        );
        assert.deepEqual(
            entries(tables, "listeners").map(({ key, targetPort }) => [key, targetPort]),
            [
                ["0.0.0.0:80", 8080],
                ["0.0.0.0:80@9090", 9090],
            ],
        );
        assert.deepEqual(
            entries(tables, "chains").map(({ listener }) => listener),
            ["0.0.0.0:80", "0.0.0.0:80@9090"],
        );
    });

    it("can be told not to translate", () => {
        const { tables } = compileYaml(
            gateway("g", http(80, '"*"'), { labels: '{ experimental.istio.io/disable-gateway-port-translation: "true" }' }) +
                gatewayService("{ name: http, port: 80, targetPort: 8080 }"),
        );
        assert.deepEqual(
            entries(tables, "listeners").map(({ targetPort }) => targetPort),
            [80],
        );
    });

    it("takes the port itself for a named targetPort, and says so", () => {
        const compilation = compileYaml(one + gatewayService("{ name: http, port: 80, targetPort: web }"));
        assert.deepEqual(
            entries(compilation.tables, "listeners").map(({ targetPort }) => targetPort),
            [80],
        );
        assert.ok(codesOf(compilation).includes("GH0415 Service istio-system/edge spec.ports[0].targetPort"));
    });
});

describe("servers that the bundled proxy refuses", () => {
    for (const [title, server, field] of [
        ["a unix socket", '- { port: { number: 0, name: http, protocol: HTTP }, bind: "unix:///x", hosts: ["*"] }', "bind"],
        ["ISTIO_MUTUAL", '- { port: { number: 443, name: tls, protocol: HTTPS }, hosts: ["*"], tls: { mode: ISTIO_MUTUAL } }', "tls.mode"],
        [
            "AUTO_PASSTHROUGH",
            '- { port: { number: 443, name: tls, protocol: TLS }, hosts: ["*"], tls: { mode: AUTO_PASSTHROUGH } }',
            "tls.mode",
        ],
    ] as const) {
        it(`says so for ${title}, and serves the rest`, () => {
            const compilation = compileYaml(gateway("g", `${server}\n${http(80, '"*"')}`));
            assert.ok(codesOf(compilation).includes(`GH0413 Gateway istio-system/g spec.servers[0].${field}`));
            assert.deepEqual([...compilation.tables.listeners.keys()], ["0.0.0.0:80"]);
        });
    }

    it("refuses every handshake where a file of revoked certificates can't be read", async () => {
        const { cert, key } = await makeAuthority();
        const files = new Map([
            ["/c", { text: cert }],
            ["/k", { text: key }],
            ["/ca", { text: cert }],
        ]);
        const compilation = compileYaml(
            gateway(
                "g",
                '- { port: { number: 443, name: tls, protocol: HTTPS }, hosts: ["*"], tls: { mode: MUTUAL, serverCertificate: /c, privateKey: /k, caCertificates: /ca, caCrl: /crl } }',
            ),
            { files },
        );
        const [chain] = entries(compilation.tables, "chains");
        const list = chain?.tls?.mode === "MUTUAL" ? chain.tls.crlSecret : undefined;
        assert.ok(list !== undefined && !compilation.tables.secrets.has(list));
        assert.ok(codesOf(compilation).includes("GH0425 Gateway istio-system/g spec.servers[0].tls.caCrl"));
    });

    it("leaves out cipher suites that mean nothing", () => {
        const compilation = compileYaml(
            gateway(
                "g",
                '- { port: { number: 443, name: tls, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE, serverCertificate: /c, privateKey: /k, cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256, NONSENSE, ECDHE-RSA-AES128-GCM-SHA256, TLS_AES_128_GCM_SHA256] } }',
            ),
        );
        const [chain] = entries(compilation.tables, "chains");
        assert.deepEqual(chain?.tls?.mode === "SIMPLE" && chain.tls.cipherSuites, ["ECDHE-RSA-AES128-GCM-SHA256"]);
        assert.equal(codesOf(compilation).filter((code) => code.startsWith("GH0417")).length, 3);
    });
});

describe("servers without a route", () => {
    it("keeps a TCP port closed and an HTTP port open", () => {
        const compilation = compileYaml(gateway("g", `${tcp(9000)}\n${http(80, '"*"')}`));
        assert.deepEqual([...compilation.tables.listeners.keys()], ["0.0.0.0:80"]);
        assert.deepEqual(codesOf(compilation), [
            "GH0416 Gateway istio-system/g spec.servers[1]",
            "GH0414 Gateway istio-system/g spec.servers[0]",
        ]);
    });

    it("takes the first TCP rule of the first VirtualService that has one, and names the idle ones", () => {
        const rule = (name: string, port: number): string =>
            virtualService(
                name,
                `{ hosts: ["*"], gateways: [g], tcp: [{ match: [{ port: ${port} }], route: [{ destination: { host: ${name}, port: { number: 80 } } }] }] }`,
            ) + service(name, 80, { namespace: "istio-system" });
        const compilation = compileYaml(gateway("g", tcp(9000)) + rule("a", 1) + rule("b", 9000) + rule("c", 9000));
        const [chain] = entries(compilation.tables, "chains");
        assert.deepEqual(chain?.target.kind === "tcp" && chain.target.route.clusters, [{ cluster: cluster("b"), weight: 100 }]);
        assert.deepEqual(codesOf(compilation), ["GH0446 VirtualService istio-system/c spec.tcp[0]"]);
    });

    it("routes terminated TLS by tcp rules, and by no tls rule", () => {
        const server =
            '- { port: { number: 8443, name: tls, protocol: TLS }, hosts: ["db.example.com"], tls: { mode: SIMPLE, serverCertificate: /c, privateKey: /k } }';
        const tlsRule = "tls: [{ match: [{ sniHosts: [db.example.com] }], route: [{ destination: { host: db, port: { number: 80 } } }] }]";
        const closed = compileYaml(gateway("g", server) + virtualService("v", `{ hosts: [db.example.com], gateways: [g], ${tlsRule} }`));
        assert.equal(closed.tables.listeners.size, 0);
        const open = compileYaml(
            gateway("g", server) +
                virtualService(
                    "v",
                    "{ hosts: [db.example.com], gateways: [g], tcp: [{ route: [{ destination: { host: db, port: { number: 80 } } }] }] }",
                ),
        );
        const [chain] = entries(open.tables, "chains");
        assert.deepEqual([chain?.serverNames, chain?.tls?.mode, chain?.target.kind], [["db.example.com"], "SIMPLE", "tcp"]);
    });
});

describe("passthrough routes", () => {
    const server = (hosts: string): string =>
        `- { port: { number: 443, name: tls, protocol: TLS }, hosts: [${hosts}], tls: { mode: PASSTHROUGH } }`;
    const rule = (name: string, hosts: string, sni: string): string =>
        virtualService(
            name,
            `{ hosts: [${hosts}], gateways: [g], tls: [{ match: [{ sniHosts: [${sni}] }], route: [{ destination: { host: ${name}, port: { number: 80 } } }] }] }`,
        ) + service(name, 80, { namespace: "istio-system" });

    it("makes a chain of each match, and gives a repeated name to the first alone", () => {
        const compilation = compileYaml(
            gateway("g", server('"*.example.com"')) +
                rule("a", '"*.example.com"', 'x.example.com, "*.example.com"') +
                rule("b", '"*.example.com"', "X.example.com, y.example.com"),
        );
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ serverNames }) => serverNames),
            [["x.example.com", "*.example.com"], ["y.example.com"]],
        );
        assert.match(
            messagesOf(compilation),
            /GH0445 VirtualService istio-system\/b .*x\.example\.com on port 443 is already routed by VirtualService istio-system\/a/,
        );
    });

    it("routes by the names that meshes send, and by addresses", () => {
        const name = "outbound_.15010_._.istiod.istio-system.svc.cluster.local";
        const compilation = compileYaml(gateway("g", server('"*"')) + rule("a", '"*"', `${name}, 10.0.0.1`));
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ serverNames }) => serverNames),
            [[name, "10.0.0.1"]],
        );
    });

    it("opens no name that the Gateway does not have", () => {
        const compilation = compileYaml(
            gateway("g", server("mine.example.com")) + rule("a", '"*.example.com"', "mine.example.com, other.example.com"),
        );
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ serverNames }) => serverNames),
            [["mine.example.com"]],
        );
        assert.deepEqual(codesOf(compilation), ["GH0446 VirtualService istio-system/a spec.tls[0].match[0].sniHosts[1]"]);
    });

    it("is what HTTPS without a mode means", () => {
        const compilation = compileYaml(
            gateway("g", "- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.example.com], tls: {} }") +
                rule("a", "a.example.com", "a.example.com"),
        );
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ tls: one }) => one?.mode),
            ["PASSTHROUGH"],
        );
    });
});

describe("gRPC-Web", () => {
    const of = (...servers: readonly (readonly [port: number, protocol: string])[]): Record<string, unknown> => {
        const texts = servers.map(
            ([port, protocol], at) => `- { port: { number: ${port}, name: p-${at}, protocol: ${protocol} }, hosts: [h${at}.example.com] }`,
        );
        const { tables } = compileYaml(gateway("g", texts.join("\n")));
        return Object.fromEntries(entries(tables, "routeTables").map(({ key, grpcWeb }) => [key, grpcWeb]));
    };

    it("is for the ports of servers that say it", () => {
        assert.deepEqual(of([80, "HTTP"], [81, "GRPC-WEB"], [82, "GRPC"], [83, "grpc-web"]), {
            "http.80": undefined,
            "http.81": true,
            "http.82": undefined,
            "http.83": true,
        });
    });

    it("is for a port where its first server says it", () => {
        assert.deepEqual(of([80, "GRPC-WEB"], [80, "HTTP"]), { "http.80": true });
        assert.deepEqual(of([80, "HTTP"], [80, "GRPC-WEB"]), { "http.80": undefined });
    });
});
