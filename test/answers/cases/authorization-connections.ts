/** Policies where a gateway passes on bytes: TCP servers, TLS that it ends and TLS that it does not. */
import type { KubeObject } from "../../../istio";
import { labCertificate, uriName, type LabPair } from "../../support/certificate-lab";
import { authorities } from "../support/asking-servers";
import { policy, GATEWAY_PODS, from, to as operation, when, access, get } from "../support/access";
import { GATEWAY_SELECTOR, istioObject, secret, to, type Ask, type Case, type Setting, type Topic } from "../support/case";

const REQUEST = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";

/** A TCP server, one that ends TLS with certificates of clients, and one that passes TLS on to it. */
function doors(setting: Setting, root: LabPair): KubeObject[] {
    const { ports, certificate, backends } = setting;
    const host = "inner.backends.test";
    return [
        secret("shop", { "tls.crt": certificate.cert, "tls.key": certificate.key, "ca.crt": root.cert }),
        istioObject("ServiceEntry", "inner", {
            hosts: [host],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: 443, name: "tls", protocol: "TLS" }],
            endpoints: [{ address: "127.0.0.1", ports: { tls: ports.https } }],
        }),
        istioObject("Gateway", "gw", {
            selector: GATEWAY_SELECTOR,
            servers: [
                { port: { number: ports.tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
                {
                    port: { number: ports.https, name: "tls-ended", protocol: "TLS" },
                    hosts: ["*.shop.test"],
                    tls: { mode: "OPTIONAL_MUTUAL", credentialName: "shop" },
                },
                { port: { number: ports.tls, name: "tls-passed", protocol: "TLS" }, hosts: ["*.shop.test"], tls: { mode: "PASSTHROUGH" } },
            ],
        }),
        istioObject("VirtualService", "vs", {
            hosts: ["*"],
            gateways: ["gw"],
            tcp: [
                { match: [{ port: ports.tcp }], ...to(backends[0]) },
                { match: [{ port: ports.https }], ...to(backends[0]) },
            ],
        }),
        istioObject("VirtualService", "passed", {
            hosts: ["*.shop.test"],
            gateways: ["gw"],
            tls: [{ match: [{ port: ports.tls, sniHosts: ["*.shop.test"] }], route: [{ destination: { host, port: { number: 443 } } }] }],
        }),
    ];
}

/** Each door, with and without what a policy may look at. */
function knocks(root: LabPair): Record<string, Ask> {
    const known = labCertificate({ cn: "client", signer: root, names: [uriName("spiffe://cluster.local/ns/shop/sa/web")] });
    const tls = (servername: string, pair?: LabPair) => ({ servername, ...(pair ? { cert: pair.cert, key: pair.key } : {}) });
    const knock = (more: Partial<Ask>): Ask => ({ sends: [REQUEST], anyReason: true, waitMs: 1_500, ...more });
    return {
        tcp: knock({ port: "tcp" }),
        "tcp from another address": knock({ port: "tcp", from: "127.0.0.9" }),
        "TLS ended": knock({ port: "https", tls: tls("a.shop.test") }),
        "TLS ended, of a client that is known": knock({ port: "https", tls: tls("b.shop.test", known) }),
        "TLS passed on": knock({ port: "tls", tls: tls("a.shop.test") }),
        "TLS passed on to another name": knock({ port: "tls", tls: tls("b.shop.test") }),
    };
}

function under(title: string, spec: object | readonly object[] | ((setting: Setting) => object), more: Partial<Case> = {}): Case {
    return {
        title,
        make: (setting) => {
            const { root } = authorities();
            const said = typeof spec === "function" ? (spec as (setting: Setting) => object)(setting) : spec;
            const list = Array.isArray(said) ? (said as readonly object[]) : [said];
            return {
                objects: [...doors(setting, root), ...list.map((one, at) => policy(`policy-${at}`, { ...GATEWAY_PODS, ...one }))],
                asks: knocks(root),
            };
        },
        ...more,
    };
}

const deny = (...rules: readonly object[]): object => ({ action: "DENY", rules });
const allow = (...rules: readonly object[]): object => ({ rules });

/** Fields that only HTTP has. */
const HTTP_ONLY: Readonly<Record<string, object>> = {
    hosts: operation({ hosts: ["a.test"] }),
    notHosts: operation({ notHosts: ["a.test"] }),
    methods: operation({ methods: ["GET"] }),
    notMethods: operation({ notMethods: ["GET"] }),
    paths: operation({ paths: ["/x"] }),
    notPaths: operation({ notPaths: ["/x"] }),
    requestPrincipals: from({ requestPrincipals: ["*"] }),
    notRequestPrincipals: from({ notRequestPrincipals: ["*"] }),
    remoteIpBlocks: from({ remoteIpBlocks: ["127.0.0.9"] }),
    notRemoteIpBlocks: from({ notRemoteIpBlocks: ["127.0.0.9"] }),
    "request.headers": when("request.headers[x-a]", ["1"]),
    "request.headers that are not": when("request.headers[x-a]", undefined, ["1"]),
    "request.auth.claims": when("request.auth.claims[iss]", ["x"]),
    "request.auth.principal": when("request.auth.principal", ["x"]),
    "remote.ip": when("remote.ip", ["127.0.0.9"]),
};
const beside = (name: string): object => ({ ...from({ ipBlocks: ["127.0.0.9"] }), ...HTTP_ONLY[name] });

export const authorizationConnections: Topic = {
    name: "authorization-connections",
    cases: [
        under("everybody is denied", deny({})),
        under("nobody is allowed", {}),
        under("an address is denied", deny(from({ ipBlocks: ["127.0.0.9"] }))),
        under("an address is allowed", allow(from({ ipBlocks: ["127.0.0.9"] }))),
        under("a port is denied", ({ ports }) => deny(operation({ ports: [`${ports.tcp}`] }))),
        under("all ports but one are denied", ({ ports }) => deny(operation({ notPorts: [`${ports.tcp}`] }))),
        under("a principal is denied", deny(from({ principals: ["cluster.local/ns/shop/sa/web"] }))),
        under("a principal is allowed", allow(from({ principals: ["cluster.local/ns/shop/sa/web"] }))),
        under("a namespace is denied", deny(from({ namespaces: ["shop"] }))),
        under("a service account is allowed", allow(from({ serviceAccounts: ["shop/web"] }))),
        under("a server's name is denied", deny(when("connection.sni", ["a.shop.test"]))),
        under("a server's name is allowed", allow(when("connection.sni", ["a.shop.test"]))),
        under("server names by their end are denied", deny(when("connection.sni", ["*.shop.test"], ["b.shop.test"]))),
        under("destination.ip and destination.port", ({ ports }) =>
            deny({
                when: [
                    { key: "destination.ip", values: ["127.0.0.1"] },
                    { key: "destination.port", values: [`${ports.tls}`] },
                ],
            }),
        ),
        ...Object.entries(HTTP_ONLY).flatMap(([name, rule]) => [
            under(`${name}: denied`, deny(rule)),
            under(`${name}: allowed`, allow(rule)),
        ]),
        under("an address and a method: denied", deny({ ...from({ ipBlocks: ["127.0.0.9"] }), ...operation({ methods: ["GET"] }) })),
        under("an address and a method: allowed", allow({ ...from({ ipBlocks: ["127.0.0.9"] }), ...operation({ methods: ["GET"] }) })),
        under("an address and a header: denied", deny(beside("request.headers"))),
        under("a method or a port: denied", ({ ports }) => deny(operation({ methods: ["GET"] }, { ports: [`${ports.tcp}`] }))),
        under("a method or a port: allowed", ({ ports }) => allow(operation({ methods: ["GET"] }, { ports: [`${ports.tcp}`] }))),
        under("a claim's owner or an address: denied", deny(from({ requestPrincipals: ["*"] }, { ipBlocks: ["127.0.0.9"] }))),
        under("a claim's owner or an address: allowed", allow(from({ requestPrincipals: ["*"] }, { ipBlocks: ["127.0.0.9"] }))),
        under("a rule with a method beside one without", allow(operation({ methods: ["GET"] }), from({ ipBlocks: ["127.0.0.9"] }))),
        under("AUDIT alone", { action: "AUDIT", rules: [{}] }),
        under("a dry run cannot be told from a policy by its rules", [deny(from({ ipBlocks: ["127.0.0.9"] })), allow({})]),
        under("CUSTOM without a provider", { action: "CUSTOM", provider: { name: "none" }, rules: [{}] }),
        access(
            "connections of HTTP are asked by request",
            [policy("deny", { ...GATEWAY_PODS, action: "DENY", rules: [operation({ paths: ["/x"] })] })],
            { one: get("/x"), other: get("/y") },
        ),
    ],
};
