import assert from "node:assert/strict";
import { findingText, parseDocuments, unsupportedFields, validateObject, type Finding } from "../../istio";

const networking = (kind: string, spec: unknown, metadata: object = { name: "web", namespace: "shop" }): unknown => ({
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata,
    spec,
});
const virtualService = (rule: object, spec: object = {}): unknown =>
    networking("VirtualService", { hosts: ["a.example.com"], http: [rule], ...spec });
const ROUTE = [{ destination: { host: "a.shop.svc.cluster.local" } }];
const texts = (value: unknown): string[] => validateObject(value).findings.map(findingText);
const only = (value: unknown): Finding => {
    const { findings } = validateObject(value);
    assert.equal(findings.length, 1, findings.map(findingText).join("\n"));
    return findings[0] as Finding;
};

describe("what validation says", () => {
    it("names object, field, what it got and wanted, and the fix", () => {
        assert.deepEqual(
            texts(networking("Gateway", { servers: [{ port: { number: 70000, name: "http", protocol: "HTTTP" }, hosts: ["a.com"] }] })),
            [
                "Error GH0104 Gateway shop/web spec.servers[0].port.number: got `70000`, wanted 0 to 65535.",
                "Error GH0104 Gateway shop/web spec.servers[0].port.protocol: got `HTTTP`, wanted one of HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS, MYSQL.",
            ],
        );
        assert.deepEqual(texts(virtualService({ route: ROUTE, timeOut: "1s" })), [
            "Error GH0101 VirtualService shop/web spec.http[0].timeOut: there is no field `timeOut` here. Did you mean `timeout`?",
        ]);
        assert.deepEqual(texts(virtualService({ route: ROUTE, timeout: "0s" })), [
            "Error GH0104 VirtualService shop/web spec.http[0].timeout: got `0s`, wanted at least `1ms`. Leave the field out: a time of 0 is not a way to say `no limit`.",
        ]);
    });

    it("reports all faults of an object at once, and none twice", () => {
        const { findings } = validateObject(
            virtualService({ rout: ROUTE, timeout: 5, retries: { attempts: 1, retryOn: "5xx,conect-failure" } }),
        );
        assert.deepEqual(
            findings.map(({ field, fix }) => [field, fix]),
            [
                ["spec.http[0].rout", "Did you mean `route`?"],
                ["spec.http[0].timeout", "Write a unit: `5s`."],
                ["spec.http[0].retries.retryOn", "Did you mean `connect-failure`?"],
            ],
        );
    });

    it("tells of a number or a flag what to write, where quotes alone would not make it right", () => {
        const pool = (http: object): readonly string[] =>
            validateObject(networking("DestinationRule", { host: "reviews", trafficPolicy: { connectionPool: { http } } })).findings.map(
                ({ fix }) => fix,
            );
        assert.deepEqual(pool({ h2UpgradePolicy: true }), ["Write one of DEFAULT, DO_NOT_UPGRADE, UPGRADE."]);
        assert.deepEqual(pool({ http2KeepAlive: { interval: 2, timeout: "1s" } }), ["Write a unit: `2s`."]);
        assert.deepEqual(pool({ http2KeepAlive: { interval: 0, timeout: "1s" } }), [
            "Leave the field out: a time of 0 is not a way to say `no limit`.",
        ]);
    });

    it("names old shapes with what to write today", () => {
        const old: [unknown, string, RegExp][] = [
            [virtualService({ match: { uri: { prefix: "/" } }, route: ROUTE }), "spec.http[0].match", /Write a list of blocks/],
            [virtualService({ route: [{ destination: { name: "a" } }] }), "spec.http[0].route[0].destination.name", /Write `host`/],
            [virtualService({ route: ROUTE, websocketUpgrade: true }), "spec.http[0].websocketUpgrade", /Leave it out/],
            [virtualService({ route: ROUTE, appendHeaders: { a: "b" } }), "spec.http[0].appendHeaders", /headers\.request/],
            [networking("DestinationRule", { name: "reviews", host: "reviews" }), "spec.name", /Write `host`/],
            [
                { apiVersion: "config.istio.io/v1alpha2", kind: "RouteRule", metadata: { name: "x" }, spec: {} },
                "apiVersion",
                /VirtualService/,
            ],
        ];
        for (const [value, field, fix] of old) {
            const found = validateObject(value).findings.find(({ code }) => code === "GH0109");
            assert.equal(found?.field, field);
            assert.match(found?.fix ?? "", fix);
        }
        const hosts = only(networking("Gateway", { servers: [{ port: { number: 80, name: "http", protocol: "HTTP" } }] }));
        assert.equal(hosts.field, "spec.servers[0].hosts");
        assert.match(hosts.fix, /hosts: \["\*"\]/);
    });

    it("names each part of an old Ingress, and nothing that the new form would want", () => {
        const [parsed] = parseDocuments(
            `apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: old
spec:
  rules:
  - http:
      paths:
      - path: /status/*
        backend:
          serviceName: httpbin
          servicePort: 8000
`,
            "old.yaml",
        ).documents;
        const { findings, object } = validateObject(parsed?.object, parsed);
        assert.equal(object, undefined);
        assert.deepEqual(
            findings.map(({ code, field, place }) => [code, field, place?.line]),
            [
                ["GH0109", "apiVersion", 1],
                ["GH0109", "spec.rules[0].http.paths[0].backend.serviceName", 11],
                ["GH0109", "spec.rules[0].http.paths[0].backend.servicePort", 12],
            ],
        );
    });

    it("tells a misspelt kind, group or version from one that is not read", () => {
        const at = (apiVersion: string, kind: string): Finding[] =>
            validateObject({ apiVersion, kind, metadata: { name: "x" }, spec: {} }).findings;
        const said = (apiVersion: string, kind: string): string =>
            at(apiVersion, kind)
                .map(({ code, level, fix }) => `${code} ${level} ${fix}`)
                .join();
        assert.equal(said("networking.istio.io/v1", "Gatewy"), "GH0107 Error Did you mean `Gateway`?");
        assert.equal(said("apps/v1", "Deploymnt"), "GH0107 Error Did you mean `Deployment`?");
        assert.equal(said("networking.istio.oi/v1", "Gateway"), "GH0108 Error Did you mean `networking.istio.io`?");
        assert.equal(said("networking.istio.io/v2", "Gateway"), "GH0108 Error Write `networking.istio.io/v1`.");
        assert.equal(said("v1", "Gateway"), "GH0108 Error Write `networking.istio.io/… or gateway.networking.k8s.io/…`.");
        assert.equal(said("vv1", "Service"), "GH0108 Error Write `v1`.");
        for (const [apiVersion, kind] of [
            ["apps/v1", "Deployment"],
            ["v1", "ServiceAccount"],
            ["rbac.authorization.k8s.io/v1", "Role"],
            ["v1", "ConfigMap"],
            ["v1", "Namespace"],
            ["autoscaling/v2", "HorizontalPodAutoscaler"],
            ["policy/v1", "PodDisruptionBudget"],
            ["networking.k8s.io/v1", "NetworkPolicy"],
            ["networking.k8s.io/v1", "IngressClass"],
        ] as const) {
            assert.deepEqual(at(apiVersion, kind), [], kind);
        }
        for (const [apiVersion, kind] of [
            ["security.istio.io/v1", "PeerAuthentication"],
            ["gateway.networking.k8s.io/v1", "Gateway"],
            ["cert-manager.io/v1", "Certificate"],
        ] as const) {
            assert.deepEqual(
                at(apiVersion, kind).map(({ level }) => level),
                ["Info"],
                kind,
            );
        }
    });

    it("takes unknown fields of Kubernetes' kinds, and warns of what looks like a slip", () => {
        const service = (spec: object): unknown => ({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "a", ownerReferences: [] },
            spec: { ports: [{ port: 80 }], ...spec },
        });
        const kept = validateObject(service({ clusterIPs: [], futureField: 1, sessionAffinity: "None", externalName: null }));
        assert.deepEqual(kept, { object: service({ clusterIPs: [], futureField: 1, sessionAffinity: "None" }), findings: [] });
        const slip = only(service({ selectr: { a: "b" } }));
        assert.deepEqual([slip.code, slip.level, slip.fix], ["GH0112", "Warning", "Did you mean `selector`?"]);
        assert.ok(validateObject(service({ selectr: { a: "b" } })).object, "a warning is no refusal");
        assert.equal(
            only(
                service({
                    ports: [
                        { port: 80, targetPort: "web", name: "a" },
                        { port: 81, name: "a" },
                    ],
                }),
            ).code,
            "GH0106",
        );
    });

    it("accepts the gateway names of old releases with a warning", () => {
        const warning = only(virtualService({ route: ROUTE }, { gateways: ["default-gateway.istio-system.svc.cluster.local"] }));
        assert.deepEqual([warning.level, warning.fix], ["Warning", "Write `istio-system/default-gateway`."]);
    });

    it("takes a header with nothing behind it for presence, and drops other nulls", () => {
        const { object } = validateObject(
            virtualService({ match: [{ headers: { "x-user": null }, uri: null }], route: ROUTE, timeout: null }),
        );
        assert.deepEqual(object?.kind === "VirtualService" && object.spec.http, [{ match: [{ headers: { "x-user": {} } }], route: ROUTE }]);
    });

    it("names what is valid and not served, once and at its top", () => {
        const rule = networking("DestinationRule", {
            host: "a",
            trafficPolicy: {
                outlierDetection: { interval: "5s" },
                loadBalancer: { consistentHash: { httpCookie: { name: "c", ttl: "0s" } } },
                tls: { mode: "ISTIO_MUTUAL" },
            },
        });
        const { object, findings } = validateObject(rule);
        assert.deepEqual(findings, []);
        assert.deepEqual(object && unsupportedFields(object).map(({ code, field }) => `${code} ${field}`), [
            "GH0110 spec.trafficPolicy.tls.mode",
        ]);
        const nested = validateObject(
            networking("Sidecar", { inboundConnectionPool: { http: { http2KeepAlive: { interval: "1s", timeout: "1s" } } } }),
        ).object;
        assert.deepEqual(nested && unsupportedFields(nested).map(({ field }) => field), ["spec.inboundConnectionPool"]);
        const served = validateObject(
            virtualService({ route: ROUTE, timeout: "5s", mirror: { host: "m" }, mirrorPercentage: { value: 1 } }),
        ).object;
        assert.deepEqual(served && unsupportedFields(served), []);
    });

    it("takes revocation lists and pins of certificates for served", () => {
        const tls = {
            mode: "MUTUAL",
            serverCertificate: "/c",
            privateKey: "/k",
            caCertificates: "/ca",
            caCrl: "/crl",
            verifyCertificateSpki: [Buffer.alloc(32).toString("base64")],
            verifyCertificateHash: ["ab".repeat(32)],
        };
        const server = networking("Gateway", { servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["*"], tls }] });
        const client = networking("DestinationRule", {
            host: "a",
            trafficPolicy: { tls: { mode: "SIMPLE", caCertificates: "/ca", caCrl: "/crl" } },
        });
        for (const document of [server, client]) {
            const { object, findings } = validateObject(document);
            assert.deepEqual(
                findings.filter(({ level }) => level === "Error"),
                [],
            );
            assert.deepEqual(object && unsupportedFields(object), []);
        }
    });

    it("says what to write for old names that are still read", () => {
        const warned = (spec: object): string[] =>
            validateObject(networking("DestinationRule", { host: "a", ...spec })).findings.map(
                ({ level, field, fix }) => `${level} ${field} ${fix}`,
            );
        assert.deepEqual(
            warned({ trafficPolicy: { loadBalancer: { simple: "LEAST_CONN" }, outlierDetection: { consecutiveErrors: 5 } } }),
            [
                "Warning spec.trafficPolicy.loadBalancer.simple Write `LEAST_REQUEST`.",
                "Warning spec.trafficPolicy.outlierDetection.consecutiveErrors Write `consecutive5xxErrors` or `consecutiveGatewayErrors`.",
            ],
        );
    });

    it("says that a certificate is not used where the mode was forgotten", () => {
        const warning = only(
            networking("Gateway", {
                servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["a.com"], tls: { credentialName: "x" } }],
            }),
        );
        assert.equal(warning.level, "Warning");
        assert.match(warning.fix, /mode: SIMPLE/);
    });
});

describe("secrets in messages", () => {
    const body = "c2VjcmV0LWtleQ".repeat(6);
    const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;

    it("are not there, wherever a key was pasted", () => {
        const values: unknown[] = [
            virtualService({ route: ROUTE, timeout: pem }),
            virtualService({ route: [{ destination: { host: pem, subset: pem } }] }),
            virtualService({ route: ROUTE, match: [{ uri: { regex: `(${pem}` }, headers: { [pem]: { exact: "x" } }, port: pem }] }),
            virtualService({ route: ROUTE, [pem]: 1 }),
            networking("Gateway", {
                servers: [
                    {
                        port: { number: 443, name: pem, protocol: pem },
                        bind: pem,
                        hosts: [pem, `ns/${pem}`, body],
                        tls: { mode: pem, credentialName: 5, cipherSuites: [pem] },
                    },
                ],
            }),
            networking("Gateway", {}, { name: pem, namespace: pem }),
            networking("Gateway", {}, { name: "x", labels: { [pem]: "v".repeat(64) }, annotations: { [pem]: "v" } }),
            networking(pem, {}),
            { apiVersion: pem, kind: pem, metadata: { name: "x" } },
            networking("ServiceEntry", {
                hosts: [pem],
                addresses: [pem],
                ports: [{ number: 1, name: pem, protocol: pem }],
                endpoints: [{ address: pem, labels: { [pem]: pem } }],
                exportTo: [pem],
            }),
            networking("DestinationRule", { host: pem, subsets: [{ name: pem }] }),
        ];
        for (const value of values) {
            const { findings } = validateObject(value);
            assert.ok(findings.length > 0);
            assert.ok(!JSON.stringify(findings).includes(body.slice(0, 28)), JSON.stringify(findings));
        }
    });

    it("are not there for any value of a Secret", () => {
        for (const data of [
            { password: "hunter2!" },
            { password: 4711 },
            { password: true },
            "hunter2",
            ["hunter2"],
            { password: { a: "hunter2" } },
        ]) {
            const { findings } = validateObject({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data });
            assert.ok(findings.length > 0, JSON.stringify(data));
            assert.doesNotMatch(JSON.stringify(findings), /hunter|4711/);
        }
    });
});
