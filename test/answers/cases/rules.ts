/** What Istio accepts at the edge of its rules, and what comes of it. */
import { answering, ask, GATEWAY_SELECTOR, httpGateway, httpServer, istioObject, secret, to, type Topic } from "../support/case";

export const rules: Topic = {
    name: "rules",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "`*` where a header's expression may stand without one",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [answering("absent", { match: [{ withoutHeaders: { "x-a": { regex: "*" } } }] }), answering("there")],
                ),
                asks: {
                    without: ask("a.test", "GET /"),
                    with: ask("a.test", "GET /", ["x-a: 1"]),
                    empty: ask("a.test", "GET /", ["x-a:"]),
                },
            }),
        },
        {
            title: "a header that only answers have",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [answering("never", { match: [{ headers: { ":status": { exact: "200" } } }] }), answering("always")],
                ),
                asks: { any: ask("a.test", "GET /"), sent: ask("a.test", "GET /", ["status: 200"]) },
            }),
        },
        {
            title: "settings of TLS on a plain server",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [
                            httpServer(setting.ports.http, ["a.test"], {
                                tls: { credentialName: "none", minProtocolVersion: "TLSV1_3", subjectAltNames: ["a"] },
                            }),
                        ],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["a.test"], gateways: ["gw"], http: [answering("in clear")] }),
                ],
                asks: { plain: ask("a.test", "GET /") },
            }),
        },
        ...(["serverCertificate", "privateKey"] as const).map((half) => ({
            title: `a Secret beside a file for ${half}`,
            make: (setting: Parameters<Topic["cases"][number]["make"]>[0]) => {
                const {
                    certificate: { cert, key },
                    ports,
                    backends,
                } = setting;
                return {
                    objects: [
                        secret("shop", { "tls.crt": cert, "tls.key": key }),
                        istioObject("Gateway", "gw", {
                            selector: GATEWAY_SELECTOR,
                            servers: [
                                {
                                    port: { number: ports.https, name: "https", protocol: "HTTPS" },
                                    hosts: ["www.shop.test"],
                                    tls: { mode: "SIMPLE", credentialName: "shop", [half]: "/not/there", caCrl: "/not/there" },
                                },
                            ],
                        }),
                        istioObject("VirtualService", "vs", { hosts: ["www.shop.test"], gateways: ["gw"], http: [to(backends[1])] }),
                    ],
                    asks: { served: ask("www.shop.test", "GET /", [], { port: "https", tls: { servername: "www.shop.test" } }) },
                };
            },
        })),
        {
            title: "hosts that differ in case, and a server's host that covers nothing",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [httpServer(setting.ports.http, ["*.", "*.a.test"])],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["x.a.test", "X.a.test"], gateways: ["gw"], http: [answering("once")] }),
                ],
                asks: { lower: ask("x.a.test", "GET /"), upper: ask("X.A.test", "GET /"), other: ask("y.a.test", "GET /") },
            }),
        },
        {
            title: "an answer of the rule that delegates",
            make: (setting) => ({
                objects: [
                    ...httpGateway(
                        setting,
                        ["a.test"],
                        [
                            {
                                match: [{ uri: { prefix: "/a" } }],
                                delegate: { name: "part" },
                                directResponse: { status: 200, body: { string: "root" } },
                            },
                            answering("behind"),
                        ],
                    ),
                    istioObject("VirtualService", "part", {
                        http: [
                            answering("own", { match: [{ uri: { prefix: "/a/own" } }] }),
                            { match: [{ uri: { prefix: "/a/route" } }], ...to(setting.backends[0]) },
                        ],
                    }),
                ],
                asks: {
                    own: ask("a.test", "GET /a/own"),
                    inherited: ask("a.test", "GET /a/route"),
                    neither: ask("a.test", "GET /a/x"),
                    behind: ask("a.test", "GET /b"),
                },
            }),
        },
        {
            title: "a gateway's name that is none behind a short one",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports.http, ["a.test"])] }),
                    istioObject("VirtualService", "vs", { hosts: ["a.test"], gateways: ["gw", "a/b/c"], http: [answering("served")] }),
                ],
                asks: { any: ask("a.test", "GET /") },
            }),
        },
        {
            title: "a destination that is a pattern",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        { match: [{ uri: { prefix: "/dash" } }], ...to("*-a.backends.test") },
                        { match: [{ uri: { prefix: "/star" } }], ...to("*.backends.test") },
                        to(setting.backends[0]),
                    ],
                ),
                asks: { dash: ask("a.test", "GET /dash"), star: ask("a.test", "GET /star"), other: ask("a.test", "GET /") },
            }),
        },
        {
            title: "variables with formats of dates",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        to(setting.backends[0], {
                            headers: {
                                request: { set: { "x-end": "%DOWNSTREAM_PEER_CERT_V_END(%b %d %H:%M:%S %Y %Z)%", "x-percent": "100%%" } },
                            },
                        }),
                    ],
                ),
                asks: { plain: ask("a.test", "GET /") },
            }),
        },
        {
            title: "a protocol that is HTTP by another name",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [{ port: { number: setting.ports.http, name: "http", protocol: "HTTP_PROXY" }, hosts: ["a.test"] }],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["a.test"], gateways: ["gw"], http: [answering("served")] }),
                ],
                asks: { any: ask("a.test", "GET /") },
            }),
        },
    ],
};
