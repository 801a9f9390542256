/** The walks users start from, as YAML by hand, compiled. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { codesOf, compileYaml, entries, gateway, messagesOf, routesOf, service, virtualService } from "./support";

const WEBAPP = "webapp.istioinaction.io";
const CATALOG = "catalog.istioinaction.io";
const HTTP = `- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["${WEBAPP}"] }`;
const https = (name: string, host: string, credential: string): string =>
    `- { port: { number: 443, name: ${name}, protocol: HTTPS }, tls: { mode: SIMPLE, credentialName: ${credential} }, hosts: ["${host}"] }`;
const WEBAPP_ROUTE = virtualService(
    "webapp-vs-from-gw",
    `{ hosts: ["${WEBAPP}"], gateways: [coolstore-gateway], http: [{ route: [{ destination: { host: webapp, port: { number: 80 } } }] }] }`,
);
const CATALOG_ROUTE = virtualService(
    "catalog-vs-from-gw",
    `{ hosts: ["${CATALOG}"], gateways: [coolstore-gateway], http: [{ route: [{ destination: { host: catalog, port: { number: 80 } } }] }] }`,
);
const WEBAPP_SERVICE = service("webapp", 80, { namespace: "istio-system" });
const WEBAPP_CLUSTER = "outbound|80||webapp.istio-system.svc.cluster.local";

const secret = (name: string, { cert, key }: TestCertificate): string =>
    `\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: istio-system }\ntype: kubernetes.io/tls\nstringData: { tls.crt: ${JSON.stringify(cert)}, tls.key: ${JSON.stringify(key)} }\n`;

describe("the scenarios as tables", () => {
    let webapp: TestCertificate;
    let catalog: TestCertificate;
    before(async () => {
        const ca = await makeAuthority();
        webapp = await ca.issue({ dns: [WEBAPP] });
        catalog = await ca.issue({ dns: [CATALOG] });
    });

    it("S1: an HTTP virtual host, entry by entry", () => {
        const files = {
            "gateway.yaml": gateway("coolstore-gateway", HTTP).trim(),
            "route.yaml": WEBAPP_ROUTE.trim(),
            "service.yaml": WEBAPP_SERVICE.trim(),
        };
        const { tables, findings } = compileYaml(files);
        const origin = {
            group: "networking.istio.io",
            kind: "Gateway",
            namespace: "istio-system",
            name: "coolstore-gateway",
            file: "gateway.yaml",
        };
        const route = {
            group: "networking.istio.io",
            kind: "VirtualService",
            namespace: "istio-system",
            name: "webapp-vs-from-gw",
            file: "route.yaml",
        };
        assert.deepEqual(findings, []);
        assert.deepEqual(entries(tables, "listeners"), [
            {
                key: "0.0.0.0:80",
                bind: "0.0.0.0",
                port: 80,
                targetPort: 80,
                kind: "http",
                origin: { ...origin, field: "spec.servers[0].port", line: 8 },
            },
        ]);
        assert.deepEqual(entries(tables, "chains"), [
            {
                key: "0.0.0.0:80 http",
                listener: "0.0.0.0:80",
                serverNames: [],
                target: { kind: "http", routeTable: "http.80" },
                origin: { ...origin, field: "spec.servers[0]", line: 8 },
            },
        ]);
        assert.deepEqual(entries(tables, "routeTables"), [
            { key: "http.80", port: 80, origin: { ...origin, field: "spec.servers[0]", line: 8 } },
        ]);
        assert.deepEqual(entries(tables, "virtualHosts"), [
            {
                key: `http.80 ${WEBAPP}`,
                routeTable: "http.80",
                domain: WEBAPP,
                httpsRedirect: false,
                routes: [
                    {
                        name: "",
                        action: {
                            kind: "forward",
                            clusters: [{ cluster: WEBAPP_CLUSTER, weight: 100 }],
                            timeoutMs: 0,
                            mirrors: [],
                            retry: {
                                attempts: 2,
                                on: ["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"],
                                statusCodes: [],
                                perTryTimeoutMs: 0,
                                backoffMs: 25,
                            },
                        },
                        origin: { ...route, field: "spec.http[0]", line: 5 },
                    },
                ],
                origin: { ...route, field: "spec.hosts", line: 5 },
            },
        ]);
        assert.deepEqual(entries(tables, "clusters"), [
            {
                key: WEBAPP_CLUSTER,
                lb: "LEAST_REQUEST",
                protocol: "http1",
                connectTimeoutMs: 10_000,
                idleTimeoutMs: 3_600_000,
                maxRequestsPerConnection: 0,
                maxConnections: 4_294_967_295,
                maxPendingRequests: 4_294_967_295,
                maxRequests: 4_294_967_295,
                discovery: "static",
                origin: {
                    group: "",
                    kind: "Service",
                    namespace: "istio-system",
                    name: "webapp",
                    field: "spec.ports[0]",
                    file: "service.yaml",
                    line: 5,
                },
            },
        ]);
        assert.deepEqual(entries(tables, "endpoints"), [
            { key: WEBAPP_CLUSTER, endpoints: [{ address: "10.0.0.1", port: 8080, weight: 1 }] },
        ]);
        assert.equal(tables.secrets.size + tables.accessLogs.size, 0);
    });

    it("S2: HTTPS with a Secret of the proxy's namespace", () => {
        const { tables, findings } = compileYaml(
            gateway("coolstore-gateway", `${HTTP}\n${https("https", WEBAPP, "webapp-credential")}`, { namespace: "istioinaction" }) +
                virtualService(
                    "webapp",
                    `{ hosts: ["${WEBAPP}"], gateways: [coolstore-gateway], http: [{ route: [{ destination: { host: webapp } }] }] }`,
                    { namespace: "istioinaction" },
                ) +
                service("webapp", 80, { namespace: "istioinaction" }) +
                secret("webapp-credential", webapp),
        );
        assert.deepEqual(findings, []);
        const [chain] = entries(tables, "chains");
        assert.deepEqual(
            { ...chain, origin: undefined },
            {
                key: "0.0.0.0:443 istioinaction/coolstore-gateway https",
                listener: "0.0.0.0:443",
                serverNames: [WEBAPP],
                tls: {
                    mode: "SIMPLE",
                    secrets: ["kubernetes://istio-system/webapp-credential"],
                    minVersion: "TLSv1.2",
                    maxVersion: "TLSv1.3",
                    cipherSuites: [],
                    alpn: ["h2", "http/1.1"],
                    subjectAltNames: [],
                    insecureSkipVerify: false,
                },
                target: { kind: "http", routeTable: "https.443.https.coolstore-gateway.istioinaction" },
                origin: undefined,
            },
        );
        const [entry] = entries(tables, "secrets");
        assert.equal(entry?.key, "kubernetes://istio-system/webapp-credential");
        assert.deepEqual([entry.certificate, entry.privateKey, entry.ca], [webapp.cert, webapp.key, ""]);
        assert.match(entry.fingerprint, /^[0-9a-f]{64}$/);
        assert.deepEqual(Object.keys(routesOf(tables, "https.443.https.coolstore-gateway.istioinaction")), [WEBAPP]);
    });

    it("S3: httpsRedirect, also without a VirtualService", () => {
        const redirect = gateway(
            "coolstore-gateway",
            `- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["${WEBAPP}", "./${CATALOG}"], tls: { httpsRedirect: true } }`,
        );
        const { tables, findings } = compileYaml(redirect + WEBAPP_ROUTE + WEBAPP_SERVICE);
        assert.deepEqual(routesOf(tables, "http.80"), {
            [CATALOG]: ["redirect to https"],
            [WEBAPP]: ["redirect to https", `any → ${WEBAPP_CLUSTER}`],
        });
        assert.deepEqual(findings, []);
    });

    it("S4: each host on 443 has its own chain, certificate and route table", () => {
        const { tables, findings } = compileYaml(
            gateway(
                "coolstore-gateway",
                `${https("https-webapp", WEBAPP, "webapp-credential")}\n${https("https-catalog", CATALOG, "catalog-credential")}`,
            ) +
                WEBAPP_ROUTE +
                CATALOG_ROUTE +
                WEBAPP_SERVICE +
                service("catalog", 80, { namespace: "istio-system" }) +
                secret("webapp-credential", webapp) +
                secret("catalog-credential", catalog),
        );
        assert.deepEqual(findings, []);
        assert.deepEqual(
            entries(tables, "chains").map(({ serverNames, tls, target }) => [
                serverNames,
                tls?.mode === "SIMPLE" ? tls.secrets : [],
                target,
            ]),
            [
                [
                    [CATALOG],
                    ["kubernetes://istio-system/catalog-credential"],
                    { kind: "http", routeTable: "https.443.https-catalog.coolstore-gateway.istio-system" },
                ],
                [
                    [WEBAPP],
                    ["kubernetes://istio-system/webapp-credential"],
                    { kind: "http", routeTable: "https.443.https-webapp.coolstore-gateway.istio-system" },
                ],
            ],
        );
        // Neither host can be reached on the other's connection.
        assert.deepEqual(Object.keys(routesOf(tables, "https.443.https-webapp.coolstore-gateway.istio-system")), [WEBAPP]);
        assert.equal(tables.secrets.size, 2);
    });

    it("S5: TCP by port", () => {
        const { tables, findings } = compileYaml(
            gateway("echo-tcp-gateway", '- { port: { number: 31400, name: tcp-echo, protocol: TCP }, hosts: ["*"] }', {
                namespace: "istioinaction",
            }) +
                virtualService(
                    "tcp-echo-vs-from-gw",
                    '{ hosts: ["*"], gateways: [echo-tcp-gateway], tcp: [{ match: [{ port: 31400 }], route: [{ destination: { host: tcp-echo-service, port: { number: 2701 } } }] }] }',
                    { namespace: "istioinaction" },
                ) +
                service("tcp-echo-service", 2701, { namespace: "istioinaction", portName: "tcp" }),
        );
        assert.deepEqual(findings, []);
        const [chain] = entries(tables, "chains");
        assert.equal(entries(tables, "listeners")[0]?.kind, "tcp");
        assert.deepEqual(chain?.target.kind === "tcp" && chain.target.route.clusters, [
            { cluster: "outbound|2701||tcp-echo-service.istioinaction.svc.cluster.local", weight: 100 },
        ]);
        assert.deepEqual(
            entries(tables, "clusters").map(({ protocol }) => protocol),
            ["tcp"],
        );
    });

    it("S6: two backends behind one passthrough port", () => {
        const one = (number: number): string => {
            const host = `simple-sni-${number}.istioinaction.io`;
            return (
                gateway(
                    `sni-passthrough-gateway-${number}`,
                    `- { port: { number: 31400, name: tls-${number}, protocol: TLS }, hosts: ["${host}"], tls: { mode: PASSTHROUGH } }`,
                    { namespace: "istioinaction" },
                ) +
                virtualService(
                    `simple-sni-${number}-vs`,
                    `{ hosts: ["${host}"], gateways: [sni-passthrough-gateway-${number}], tls: [{ match: [{ port: 31400, sniHosts: ["${host}"] }], route: [{ destination: { host: simple-tls-service-${number}, port: { number: 80 } } }] }] }`,
                    { namespace: "istioinaction" },
                ) +
                service(`simple-tls-service-${number}`, 80, { namespace: "istioinaction", portName: "tls" })
            );
        };
        const { tables, findings } = compileYaml(one(1) + one(2));
        assert.deepEqual(findings, []);
        assert.deepEqual(
            entries(tables, "listeners").map(({ key, kind }) => [key, kind]),
            [["0.0.0.0:31400", "tls"]],
        );
        assert.deepEqual(
            entries(tables, "chains").map(({ serverNames, tls, target }) => [
                serverNames,
                tls,
                target.kind === "tcp" && target.route.clusters[0]?.cluster,
            ]),
            [
                [
                    ["simple-sni-1.istioinaction.io"],
                    { mode: "PASSTHROUGH" },
                    "outbound|80||simple-tls-service-1.istioinaction.svc.cluster.local",
                ],
                [
                    ["simple-sni-2.istioinaction.io"],
                    { mode: "PASSTHROUGH" },
                    "outbound|80||simple-tls-service-2.istioinaction.svc.cluster.local",
                ],
            ],
        );
    });

    it("S9: a gateway of one's own takes its own Gateways and no others", () => {
        const yaml =
            gateway("echo", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }', {
                namespace: "default",
                selector: "{ gateway-name: echo-ingress, gateway-type: ingress }",
            }) +
            virtualService(
                "echo",
                '{ hosts: ["*"], gateways: [echo], http: [{ route: [{ destination: { host: echo.default.svc.cluster.local, port: { number: 80 } } }] }] }',
                { namespace: "default" },
            ) +
            service("echo", 80) +
            gateway("coolstore-gateway", HTTP) +
            WEBAPP_ROUTE +
            WEBAPP_SERVICE;
        const own = compileYaml(yaml, {
            labels: { "gateway-name": "echo-ingress", "gateway-type": "ingress", app: "x" },
            namespace: "default",
        });
        assert.deepEqual([...own.tables.listeners.keys()], ["0.0.0.0:8000"]);
        assert.deepEqual(routesOf(own.tables, "http.8000"), { "*": ["any → outbound|80||echo.default.svc.cluster.local"] });
        assert.deepEqual([...own.tables.clusters.keys()], ["outbound|80||echo.default.svc.cluster.local"]);
        assert.deepEqual([...compileYaml(yaml).tables.listeners.keys()], ["0.0.0.0:80"]);
        assert.deepEqual(
            [...compileYaml(yaml, { labels: {} }).tables.listeners.keys()],
            ["0.0.0.0:80", "0.0.0.0:8000"],
            "without labels every Gateway is served",
        );
    });

    it("S12: certificates from files, and what is said when they are missing", () => {
        const yaml = gateway(
            "default-gateway",
            '- { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE, serverCertificate: /etc/istio/ingressgateway-certs/tls.crt, privateKey: /etc/istio/ingressgateway-certs/tls.key } }',
        );
        const files = new Map([
            ["/etc/istio/ingressgateway-certs/tls.crt", { text: webapp.cert }],
            ["/etc/istio/ingressgateway-certs/tls.key", { text: webapp.key }],
        ]);
        const good = compileYaml(yaml, { files });
        const key = "file:///etc/istio/ingressgateway-certs/tls.crt~/etc/istio/ingressgateway-certs/tls.key";
        const [chain] = entries(good.tables, "chains");
        assert.deepEqual(chain?.tls?.mode === "SIMPLE" && chain.tls.secrets, [key]);
        assert.deepEqual(chain?.serverNames, [], "a server for any host takes clients without SNI too");
        assert.equal(good.tables.secrets.get(key)?.certificate, webapp.cert);

        const missing = compileYaml(yaml, {
            files: new Map([["/etc/istio/ingressgateway-certs/tls.crt", { error: "there is no such file" }]]),
        });
        assert.equal(missing.tables.secrets.size, 0);
        assert.equal(missing.tables.chains.size, 1);
        assert.match(
            messagesOf(missing),
            /GH0425 Gateway istio-system\/default-gateway .*\/etc\/istio\/ingressgateway-certs\/tls\.crt.*no such file/,
        );
        const kept = compileYaml(yaml, { files: new Map(), previousSecrets: good.tables.secrets });
        assert.equal(kept.tables.secrets.get(key)?.certificate, webapp.cert);
        assert.match(messagesOf(kept), /last good version stays in force/);
    });

    it("S13: two VirtualServices on one host, one by the old name of its Gateway", () => {
        const { tables, findings } = compileYaml(
            gateway("default-gateway", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }') +
                virtualService(
                    "httpbin",
                    '{ hosts: ["*"], gateways: [istio-system/default-gateway], http: [{ match: [{ uri: { prefix: /status } }, { uri: { prefix: /delay } }], route: [{ destination: { host: httpbin, port: { number: 8000 } } }] }] }',
                    { namespace: "default" },
                ) +
                virtualService(
                    "counter",
                    '{ hosts: ["*"], gateways: [default-gateway.istio-system.svc.cluster.local], http: [{ match: [{ uri: { exact: /counter } }], route: [{ destination: { host: counter, port: { number: 80 } } }] }] }',
                    { namespace: "default" },
                ) +
                service("httpbin", 8000) +
                service("counter", 80),
        );
        assert.deepEqual(routesOf(tables, "http.80"), {
            "*": [
                "exact /counter → outbound|80||counter.default.svc.cluster.local",
                "prefix /status → outbound|8000||httpbin.default.svc.cluster.local",
                "prefix /delay → outbound|8000||httpbin.default.svc.cluster.local",
            ],
        });
        assert.deepEqual(
            findings.map(({ code, level, object }) => [code, level, object?.name]),
            [["GH0430", "Warning", "counter"]],
        );
    });

    it("S15: HTTP, HTTPS and MySQL on one Service of many ports", () => {
        const yaml =
            `
---
apiVersion: v1
kind: Service
metadata: { name: nodeport-gateway, namespace: istio-system }
spec:
  type: NodePort
  selector: { istio: ingressgateway }
  ports:
    - { name: http2, port: 80, targetPort: 8080, nodePort: 30000 }
    - { name: https, port: 443, targetPort: 8443, nodePort: 30443 }
    - { name: mysql, port: 3306, targetPort: 3306, nodePort: 30306 }
` +
            gateway(
                "gateway",
                `- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }\n${https("https", WEBAPP, "webapp-credential")}\n- { port: { number: 3306, name: mysql, protocol: TCP }, hosts: ["mysql.example.com"] }`,
            ) +
            virtualService(
                "webapp",
                `{ hosts: ["${WEBAPP}"], gateways: [gateway], http: [{ route: [{ destination: { host: webapp } }] }] }`,
            ) +
            virtualService(
                "tcp",
                '{ hosts: ["*"], gateways: [gateway], tcp: [{ match: [{ port: 3306 }], route: [{ destination: { host: mysql, port: { number: 3306 } } }] }] }',
            ) +
            WEBAPP_SERVICE +
            service("mysql", 3306, { namespace: "istio-system", portName: "mysql" }) +
            secret("webapp-credential", webapp);
        const compilation = compileYaml(yaml);
        assert.deepEqual(codesOf(compilation), []);
        assert.deepEqual(
            entries(compilation.tables, "listeners").map(({ key, targetPort, kind }) => [key, targetPort, kind]),
            [
                ["0.0.0.0:3306", 3306, "tcp"],
                ["0.0.0.0:443", 8443, "tls"],
                ["0.0.0.0:80", 8080, "http"],
            ],
        );
        assert.deepEqual([...compilation.tables.routeTables.keys()], ["http.8080", "https.443.https.gateway.istio-system"]);
        const mysql = compilation.tables.chains.get("0.0.0.0:3306 tcp");
        assert.deepEqual(
            [mysql?.serverNames, mysql?.target.kind === "tcp" && mysql.target.route.clusters[0]?.cluster],
            [[], "outbound|3306||mysql.istio-system.svc.cluster.local"],
        );
    });
});
