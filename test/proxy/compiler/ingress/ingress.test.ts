/** Ingresses as tables: whose they are, which rules a host has and in which order, certificates, and what is missing. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { compile } from "../../../../proxy/compiler";
import { makeAuthority, type TestCertificate } from "../../../support/certificates";
import { codesOf, compileYaml, entries, gateway, INGRESS, messagesOf, NOW, objectsOf, routesOf, service, virtualService } from "../support";

interface IngressOptions {
    readonly namespace?: string;
    readonly created?: string;
    readonly annotation?: string | false;
    readonly className?: string;
}

function ingress(name: string, spec: string, options: IngressOptions = {}): string {
    const { namespace = "shop", created, annotation = options.className === undefined ? "istio" : false, className } = options;
    const body = spec.trim().replace(/^\{/, className === undefined ? "{" : `{ ingressClassName: ${className},`);
    return `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: ${namespace}
${created ? `  creationTimestamp: "${created}"\n` : ""}${annotation === false ? "" : `  annotations: { kubernetes.io/ingress.class: "${annotation}" }\n`}spec: ${body}
`;
}

const path = (text: string, to = "web", type = "Prefix", port = "number: 80"): string =>
    `{ path: "${text}", pathType: ${type}, backend: { service: { name: ${to}, port: { ${port} } } } }`;
const rule = (host: string, ...paths: string[]): string =>
    `{ ${host === "" ? "" : `host: "${host}", `}http: { paths: [${paths.join(", ")}] } }`;
const rules = (...all: string[]): string => `{ rules: [${all.join(", ")}] }`;
const WEB = service("web", 80, { namespace: "shop" });
const TWO = WEB + service("api", 8080, { namespace: "shop" });
const to = (name: string, port: number, namespace = "shop"): string => `outbound|${port}||${name}.${namespace}.svc.cluster.local`;
const OWN_LABELS = { app: "edge" };
const EDGE = { labels: OWN_LABELS, namespace: "edge", now: NOW } as const;
const ownClass = (name: string, more = ""): string => `
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: ${name}${more} }
spec:
  controller: gatehouse.dev/ingress-controller
  parameters: { kind: Service, scope: Namespace, namespace: edge, name: edge }
`;
const EDGE_SERVICE = `
---
apiVersion: v1
kind: Service
metadata: { name: edge, namespace: edge }
spec: { selector: { app: edge }, ports: [{ name: http, port: 80, targetPort: 8080 }, { name: https, port: 443, targetPort: 8443 }] }
`;
const mesh = (text: string): string => `
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: ${JSON.stringify(text)} }
`;
const domains = (tables: Parameters<typeof routesOf>[0], table = "http.80"): string[] => Object.keys(routesOf(tables, table)).sort();

describe("whose an Ingress is", () => {
    const one = rules(rule("a.example.com", path("/")));
    const isServed = (yaml: string, options: object = {}): boolean => domains(compileYaml(yaml + WEB, options).tables).length > 0;

    it("is Istio's gateway's by the annotation that the mesh's configuration says, and nobody else's", () => {
        assert.equal(isServed(ingress("i", one)), true);
        assert.equal(isServed(ingress("i", one, { annotation: "nginx" })), false);
        assert.equal(isServed(ingress("i", one), { labels: { istio: "other" } }), false);
        assert.equal(isServed(ingress("i", one) + mesh("ingressClass: edge")), false);
        assert.equal(isServed(ingress("i", one, { annotation: "edge" }) + mesh("ingressClass: edge")), true);
        assert.equal(isServed(ingress("i", one) + mesh("ingressControllerMode: OFF")), false);
        assert.equal(isServed(ingress("i", one) + mesh("ingressSelector: private"), { labels: { istio: "private" } }), true);
        assert.equal(isServed(ingress("i", one) + mesh("ingressService: private"), { labels: { istio: "private" } }), true);
        assert.equal(isServed(ingress("i", one) + mesh("ingressService: private")), false);
    });

    it("is Istio's by an IngressClass with Istio's controller, and without a class in mode DEFAULT alone", () => {
        const istio =
            "\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: { name: mesh }\nspec: { controller: istio.io/ingress-controller }\n";
        assert.equal(isServed(ingress("i", one, { className: "mesh" }) + istio), true);
        assert.equal(isServed(ingress("i", one, { annotation: false })), false);
        assert.equal(isServed(ingress("i", one, { annotation: false }) + mesh("ingressControllerMode: DEFAULT")), true);
    });

    it("is served by the gateway whose Service its own class names", () => {
        const yaml = ingress("i", one, { className: "edge" }) + ownClass("edge") + EDGE_SERVICE;
        assert.equal(isServed(yaml, { ...EDGE, now: NOW }), false, "the Service translates port 80 to 8080");
        assert.deepEqual(domains(compileYaml(yaml + WEB, EDGE).tables, "http.8080"), ["a.example.com"]);
        assert.deepEqual(domains(compileYaml(yaml + WEB, { ...EDGE, labels: { app: "other" } }).tables, "http.8080"), []);
        assert.deepEqual(domains(compileYaml(yaml + WEB, { ...EDGE, namespace: "elsewhere" }).tables, "http.8080"), []);
        assert.deepEqual(domains(compileYaml(yaml + WEB, { labels: {} }).tables), ["a.example.com"], "a proxy without labels serves all");
        const byAnnotation = ingress("i", one, { annotation: "edge" }) + ownClass("edge") + EDGE_SERVICE;
        assert.deepEqual(domains(compileYaml(byAnnotation + WEB, EDGE).tables, "http.8080"), ["a.example.com"]);
    });

    it("takes the default class where no API server has given one", () => {
        const isDefault = ', annotations: { ingressclass.kubernetes.io/is-default-class: "true" }';
        const yaml = ingress("i", one, { annotation: false }) + ownClass("edge", isDefault) + EDGE_SERVICE + WEB;
        assert.deepEqual(domains(compileYaml(yaml, EDGE).tables, "http.8080"), ["a.example.com"]);
        const unplaced = objectsOf(yaml).map(({ object }) => ({ object }));
        assert.deepEqual(domains(compile({ ...EDGE, objects: unplaced }).tables, "http.8080"), []);
    });

    it("is named where its class is not there, or names no gateway", () => {
        assert.deepEqual(codesOf(compileYaml(ingress("i", one, { className: "gone" }) + WEB)), [
            "GH0458 Ingress shop/i spec.ingressClassName",
        ]);
        const vague = ownClass("edge").replace(/\n {2}parameters.*\n/, "\n");
        const compilation = compileYaml(ingress("i", one, { className: "edge" }) + vague + EDGE_SERVICE + WEB, EDGE);
        assert.deepEqual(codesOf(compilation), ["GH0458 Ingress shop/i spec.ingressClassName"]);
        assert.match(messagesOf(compilation), /does not say which gateway serves it/);
    });
});

describe("the rules of a host", () => {
    it("come longest path first, exact before prefix, and what matches everything last", () => {
        const yaml = ingress(
            "i",
            rules(
                rule(
                    "a.example.com",
                    path("/"),
                    path("/foo"),
                    path("/foo", "api", "Exact", "number: 8080"),
                    path("/foo/bar/"),
                    path("/status/*", "web", "ImplementationSpecific"),
                    path("/only", "web", "ImplementationSpecific"),
                    path("/re.*", "web", "ImplementationSpecific"),
                ),
            ),
        );
        assert.deepEqual(routesOf(compileYaml(yaml + TWO).tables, "http.80"), {
            "a.example.com": [
                `segment /foo/bar/ → ${to("web", 80)}`,
                `segment /status → ${to("web", 80)}`,
                `exact /only → ${to("web", 80)}`,
                `exact /foo → ${to("api", 8080)}`,
                `segment /foo → ${to("web", 80)}`,
                `segment /re → ${to("web", 80)}`,
                `any → ${to("web", 80)}`,
            ],
        });
    });

    it("are those of all Ingresses of the host, the oldest first where a path is in both", () => {
        const yaml =
            ingress("younger", rules(rule("a.example.com", path("/api", "web"), path("/new", "web"))), {
                created: "2024-02-01T00:00:00Z",
            }) +
            ingress("older", rules(rule("A.example.com", path("/api", "api", "Prefix", "number: 8080"))), {
                created: "2024-01-01T00:00:00Z",
            });
        const compilation = compileYaml(yaml + TWO);
        assert.deepEqual(routesOf(compilation.tables, "http.80"), {
            "a.example.com": [`segment /api → ${to("api", 8080)}`, `segment /new → ${to("web", 80)}`],
        });
        assert.deepEqual(codesOf(compilation), ["GH0472 Ingress shop/younger spec.rules[0].http.paths[0]"]);
        assert.match(messagesOf(compilation), /\/api of a\.example\.com is routed by Ingress shop\/older/);
    });

    it("end with the default backend, which is also for hosts that nobody names", () => {
        const yaml = ingress(
            "i",
            `{ defaultBackend: { service: { name: web, port: { number: 80 } } }, rules: [${rule("a.example.com", path("/api"))}] }`,
        );
        assert.deepEqual(routesOf(compileYaml(yaml + WEB).tables, "http.80"), {
            "a.example.com": [`segment /api → ${to("web", 80)}`, `any → ${to("web", 80)}`],
            "*": [`any → ${to("web", 80)}`],
        });
    });

    it("find a port by its name in the Service, in its namespace", () => {
        const compilation = compileYaml(
            ingress("i", rules(rule("", path("/", "api", "Prefix", "name: http"), path("/x", "api", "Prefix", "name: gone")))) + TWO,
        );
        assert.deepEqual(routesOf(compilation.tables, "http.80"), { "*": [`segment /x → ${to("api", 0)}`, `any → ${to("api", 8080)}`] });
        assert.deepEqual(codesOf(compilation), ["GH0438 Ingress shop/i spec.rules[0].http.paths[1].backend.service.port.name"]);
    });

    it("answer for themselves where a Service or a kind of backend is missing, and the rest goes on", () => {
        const resource = `{ path: /r, pathType: Prefix, backend: { resource: { apiGroup: k8s.example.com, kind: Bucket, name: b } } }`;
        const compilation = compileYaml(ingress("i", rules(rule("a.example.com", resource, path("/gone", "gone"), path("/")))) + WEB);
        assert.deepEqual(routesOf(compilation.tables, "http.80"), {
            "a.example.com": [`segment /gone → ${to("gone", 80)}`, "segment /r → refuse", `any → ${to("web", 80)}`],
        });
        assert.deepEqual(codesOf(compilation), [
            "GH0470 Ingress shop/i spec.rules[0].http.paths[0].backend.resource",
            "GH0436 Ingress shop/i spec.rules[0].http.paths[1].backend.service.name",
        ]);
        assert.equal(compilation.tables.clusters.has(to("gone", 80)), false);
    });

    it("mean one label by a star under our own class, and any number under Istio's", () => {
        const star = (className: string | undefined): string =>
            ingress(
                "i",
                rules(rule("*.example.com", path("/")), rule("", path("/all", "api", "Prefix", "number: 8080"))),
                className === undefined ? {} : { className },
            );
        const authorities = (yaml: string, options: object, table: string): unknown =>
            entries(compileYaml(yaml + TWO, options).tables, "virtualHosts")
                .filter(({ routeTable, domain }) => routeTable === table && domain === "*.example.com")
                .flatMap(({ routes }) => routes.map(({ match }) => match?.authority));
        assert.deepEqual(authorities(star(undefined), {}, "http.80"), [undefined]);
        const [first, second, ...more] = authorities(star("edge") + ownClass("edge") + EDGE_SERVICE, EDGE, "http.8080") as {
            value: string;
        }[];
        assert.deepEqual(more, []);
        const fits = (one: { value: string } | undefined, host: string): boolean =>
            new RegExp(`^${(one?.value ?? "").replace("(?i)", "")}$`, "i").test(host);
        for (const [host, under] of [
            ["a.example.com", first],
            ["A.Example.com:8080", first],
            ["a.b.example.com", second],
            ["a.b.c.example.com.:80", second],
        ] as const)
            assert.deepEqual([fits(first, host), fits(second, host)], [under === first, under === second], host);
        assert.equal(fits(first, "example.com") || fits(second, "aXexample.com"), false);
    });
});

describe("Ingresses beside others", () => {
    it("come behind the rules of VirtualServices for the same host, and what matches everything behind both", () => {
        const yaml =
            gateway("public", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*.example.com"] }') +
            virtualService(
                "vs",
                `{ hosts: [a.example.com], gateways: [public], http: [{ match: [{ uri: { prefix: /v } }], route: [{ destination: { host: web.shop.svc.cluster.local } }] }, { route: [{ destination: { host: api.shop.svc.cluster.local } }] }] }`,
                { created: "2025-01-01T00:00:00Z" },
            ) +
            ingress("i", rules(rule("a.example.com", path("/"), path("/api")), rule("b.example.com", path("/"))), {
                created: "2024-01-01T00:00:00Z",
            });
        assert.deepEqual(routesOf(compileYaml(yaml + TWO).tables, "http.80"), {
            "a.example.com": [
                `prefix /v → ${to("web", 80)}`,
                `segment /api → ${to("web", 80)}`,
                `any → ${to("api", 8080)}`,
                `any → ${to("web", 80)}`,
            ],
            "b.example.com": [`any → ${to("web", 80)}`],
        });
    });

    it("are guarded by the policies of the gateway's pods", () => {
        const policy = (labels: string): string =>
            `\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: deny, namespace: istio-system }\nspec: { selector: { matchLabels: ${labels} }, action: DENY, rules: [{ to: [{ operation: { paths: ["/admin"] } }] }] }\n`;
        const yaml = ingress("i", rules(rule("a.example.com", path("/")))) + WEB;
        const accessOf = (text: string, options: object = {}): unknown[] => {
            const { tables } = compileYaml(text, options);
            return entries(tables, "routeTables").map(({ access }) => (access === undefined ? undefined : tables.access.get(access)?.deny));
        };
        assert.deepEqual(accessOf(yaml), [undefined]);
        assert.deepEqual(accessOf(yaml + policy("{ istio: ingressgateway }")), [["istio-system/deny"]]);
        assert.deepEqual(accessOf(yaml + policy("{ istio: other }")), [undefined]);
        assert.deepEqual(
            accessOf(yaml + policy("{ istio: ingressgateway }"), { labels: {} }),
            [["istio-system/deny"]],
            "of a proxy without labels too",
        );
        const closed = yaml + policy("{ istio: ingressgateway }").replace("action: DENY", "action: NONSENSE");
        assert.ok(codesOf(compileYaml(closed)).some((code) => code.includes("AuthorizationPolicy")));
        assert.notEqual(entries(compileYaml(closed).tables, "routeTables")[0]?.refusal, undefined);
    });
});

describe("the certificates of Ingresses", () => {
    let cert: TestCertificate;
    before(async () => {
        cert = await (await makeAuthority()).issue({ dns: ["a.example.com", "b.example.com"] });
    });
    const secret = (name: string, namespace = "istio-system"): string =>
        `\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: ${namespace} }\ntype: kubernetes.io/tls\nstringData: { tls.crt: ${JSON.stringify(cert.cert)}, tls.key: ${JSON.stringify(cert.key)} }\n`;
    const tls = (host: string, ...list: string[]): string => `{ tls: [${list.join(", ")}], rules: [${rule(host, path("/"))}] }`;

    it("make a server on 443 for their hosts, with the rules of those hosts alone", () => {
        const yaml =
            ingress("i", tls("a.example.com", "{ hosts: [a.example.com], secretName: shop }"), { created: "2024-01-01T00:00:00Z" }) +
            ingress("second", tls("a.example.com", "{ hosts: [A.example.com], secretName: shop }").replace('"/"', '"/two"'), {
                created: "2024-02-01T00:00:00Z",
            }) +
            ingress("other", rules(rule("b.example.com", path("/"))), { created: "2024-03-01T00:00:00Z" });
        const compilation = compileYaml(yaml + WEB + secret("shop"));
        assert.deepEqual(codesOf(compilation), []);
        const table = "https.443.https-443-ingress-i-shop-0";
        assert.deepEqual(routesOf(compilation.tables, table), {
            "a.example.com": [`segment /two → ${to("web", 80)}`, `any → ${to("web", 80)}`],
        });
        assert.deepEqual(
            entries(compilation.tables, "chains").map(({ listener, serverNames }) => [listener, serverNames]),
            [
                ["0.0.0.0:443", ["a.example.com"]],
                ["0.0.0.0:80", []],
            ].sort(),
        );
        assert.deepEqual(domains(compilation.tables), ["a.example.com", "b.example.com"]);
    });

    it("are looked up in the gateway's namespace, and named with where there is one", () => {
        const compilation = compileYaml(
            ingress("i", tls("a.example.com", "{ hosts: [a.example.com], secretName: shop }")) + WEB + secret("shop", "shop"),
        );
        assert.deepEqual(codesOf(compilation), ["GH0420 Ingress shop/i spec.tls[0].secretName"]);
        assert.match(messagesOf(compilation), /There is one in namespace shop, this object's own: put it in istio-system/);
        assert.deepEqual(domains(compilation.tables), ["a.example.com"]);
    });

    it("leave a host to the Gateway or the older Ingress that names it, and say so", () => {
        const yaml =
            gateway(
                "public",
                "- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.example.com], tls: { mode: SIMPLE, credentialName: own } }",
            ) + ingress("i", tls("a.example.com", "{ hosts: [a.example.com, b.example.com], secretName: shop }"));
        const compilation = compileYaml(yaml + WEB + secret("shop") + secret("own"));
        assert.ok(codesOf(compilation).includes("GH0412 Ingress shop/i spec.tls[0].hosts[0]"));
        assert.deepEqual(
            entries(compilation.tables, "chains").flatMap(({ serverNames, origin }) => serverNames.map((name) => `${name} ${origin.kind}`)),
            ["b.example.com Ingress", "a.example.com Gateway"],
        );
    });

    it("without a Secret's name are none, and without hosts are for every host", () => {
        const none = compileYaml(ingress("i", tls("a.example.com", "{ hosts: [a.example.com] }")) + WEB);
        assert.deepEqual(codesOf(none), ["GH0471 Ingress shop/i spec.tls[0]"]);
        assert.deepEqual(
            entries(none.tables, "listeners").map(({ port }) => port),
            [80],
        );
        const all = compileYaml(ingress("i", tls("a.example.com", "{ secretName: shop }")) + WEB + secret("shop"));
        assert.deepEqual(routesOf(all.tables, "https.443.https-443-ingress-i-shop-0"), { "a.example.com": [`any → ${to("web", 80)}`] });
    });
});

describe("a change of one Ingress among many", () => {
    it("changes the entries of its host alone, and nothing is compiled otherwise than at once", () => {
        const many = (changed: boolean): string =>
            Array.from({ length: 50 }, (_, at) =>
                ingress(`i${at}`, rules(rule(`h${at}.example.com`, path("/"), ...(changed && at === 7 ? [path("/new")] : [])))),
            ).join("");
        const files = { "all.yaml": many(false) + WEB };
        const first = compileYaml(files, INGRESS);
        const second = compileYaml({ "all.yaml": many(true) + WEB }, INGRESS);
        const moved = [...second.tables.virtualHosts.keys()].filter(
            (key) =>
                JSON.stringify(first.tables.virtualHosts.get(key)?.routes.length) !==
                JSON.stringify(second.tables.virtualHosts.get(key)?.routes.length),
        );
        assert.deepEqual(moved, ["http.80 h7.example.com"]);
    });
});
