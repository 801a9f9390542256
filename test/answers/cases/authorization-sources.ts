/** Where a request comes from: addresses, and the names in a client's certificate. */
import { dnsName, labCertificate, mailName, uriName, type LabPair } from "../../support/certificate-lab";
import { authorities } from "../support/asking-servers";
import { access, allows, both, deniedHere, denies, from, get, GATEWAY_PODS, letInHere, policy, UNREADABLE } from "../support/access";
import { answering, ask, GATEWAY_SELECTOR, istioObject, nameOf, secret, type Ask, type Case, type Topic } from "../support/case";

const NINE = get("/", [], { from: "127.0.0.9" });
const ONE = get("/");
const ADDRESSES = { "127.0.0.1": ONE, "127.0.0.9": NINE, "127.1.0.1": get("/", [], { from: "127.1.0.1" }) };
const FORWARDED = {
    "127.0.0.1": ONE,
    "127.0.0.9": NINE,
    forwarded: get("/", ["x-forwarded-for: 9.9.9.9"]),
    "forwarded twice": get("/", ["x-forwarded-for: 9.9.9.9, 8.8.8.8"]),
    "another name": get("/", ["x-real-ip: 9.9.9.9", "x-envoy-external-address: 9.9.9.9", "forwarded: for=9.9.9.9"]),
};

/** What a certificate may say of its owner. */
function owners(root: LabPair): Record<string, LabPair | undefined> {
    const of = (...names: Parameters<typeof uriName>[0][]): LabPair =>
        labCertificate({ cn: "client", signer: root, names: names.map(uriName) });
    return {
        "a service account": of("spiffe://cluster.local/ns/shop/sa/web"),
        "another account": of("spiffe://cluster.local/ns/shop/sa/db"),
        "another namespace": of("spiffe://cluster.local/ns/other/sa/web"),
        "another trust domain": of("spiffe://td.test/ns/shop/sa/web"),
        "SPIFFE of another shape": of("spiffe://cluster.local/shop/web"),
        "a longer one": of("spiffe://cluster.local/ns/shop/sa/web/x"),
        "in capitals": of("SPIFFE://cluster.local/ns/shop/sa/WEB"),
        "another URI": of("https://shop.test/ns/shop/sa/web"),
        "two names": of("spiffe://cluster.local/ns/other/sa/a", "spiffe://cluster.local/ns/shop/sa/web"),
        "a DNS name": labCertificate({ cn: "client", signer: root, names: [dnsName("cluster.local/ns/shop/sa/web")] }),
        "an address of mail": labCertificate({ cn: "client", signer: root, names: [mailName("a@shop.test")] }),
        "a common name": labCertificate({ cn: "cluster.local/ns/shop/sa/web", signer: root }),
        none: undefined,
    };
}

const SOURCES: Readonly<Record<string, object>> = {
    principal: { principals: ["cluster.local/ns/shop/sa/web"] },
    "principal with its scheme": { principals: ["spiffe://cluster.local/ns/shop/sa/web"] },
    "principals by their beginning": { principals: ["cluster.local/ns/shop/*"] },
    "principals by their end": { principals: ["*/sa/web"] },
    "any principal": { principals: ["*"] },
    "not the principal": { notPrincipals: ["cluster.local/ns/shop/sa/web"] },
    "no principal": { notPrincipals: ["*"] },
    namespace: { namespaces: ["shop"] },
    "namespaces by their beginning": { namespaces: ["sh*"] },
    "namespaces by their end": { namespaces: ["*op"] },
    "any namespace": { namespaces: ["*"] },
    "not the namespace": { notNamespaces: ["shop"] },
    "no namespace": { notNamespaces: ["*"] },
    "service account": { serviceAccounts: ["shop/web"] },
    "service account without a namespace": { serviceAccounts: ["web"] },
    "not the service account": { notServiceAccounts: ["shop/web"] },
    "a principal and an address": { principals: ["*"], ipBlocks: ["127.0.0.0/8"] },
    "a principal and another address": { principals: ["*"], ipBlocks: ["10.0.0.0/8"] },
};

const WHEN: Readonly<Record<string, object>> = {
    "source.principal": { key: "source.principal", values: ["cluster.local/ns/shop/sa/web"] },
    "source.principal is not": { key: "source.principal", notValues: ["cluster.local/ns/shop/sa/web"] },
    "source.namespace": { key: "source.namespace", values: ["shop"] },
    "source.namespace is not": { key: "source.namespace", notValues: ["shop"] },
    "source.serviceAccount": { key: "source.serviceAccount", values: ["shop/web"] },
    "source.serviceAccount is not": { key: "source.serviceAccount", notValues: ["shop/web"] },
    "connection.sni": { key: "connection.sni", values: ["*.shop.test"] },
    "connection.sni is not": { key: "connection.sni", notValues: ["*.shop.test"] },
};

/** Each rule on a host of its own, behind one server that takes a certificate and can do without. */
function certificates(
    title: string,
    mode: "MUTUAL" | "OPTIONAL_MUTUAL" | "SIMPLE",
    rules: Readonly<Record<string, object>>,
    chosen: readonly string[],
    differences: NonNullable<Case["differences"]> = {},
): Case {
    return {
        title,
        differences,
        make: (setting) => {
            const { root } = authorities();
            const { cert, key } = setting.certificate;
            const clients = Object.entries(owners(root)).filter(([name]) => chosen.length === 0 || chosen.includes(name));
            const all = Object.entries(rules).map(([name, rule], at) => ({ name, rule, host: `h${at}.shop.test` }));
            const asks: Record<string, Ask> = {};
            for (const { name, host } of all)
                for (const [client, pair] of clients)
                    asks[`${name}: ${client}`] = ask(host, "GET /", [], {
                        port: "https",
                        tls: { servername: host, ...(pair ? { cert: pair.cert, key: pair.key } : {}) },
                        anyReason: true,
                    });
            return {
                objects: [
                    secret("shop", { "tls.crt": cert, "tls.key": key, "ca.crt": root.cert }),
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [
                            {
                                port: { number: setting.ports.https, name: "https", protocol: "HTTPS" },
                                hosts: ["*.shop.test"],
                                tls: { mode, credentialName: "shop" },
                            },
                        ],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["*.shop.test"], gateways: ["gw"], http: [answering("in")] }),
                    ...all.map(({ name, rule, host }) =>
                        policy(nameOf(name), {
                            ...GATEWAY_PODS,
                            action: "DENY",
                            rules: [{ to: [{ operation: { hosts: [host] } }], ...rule }],
                        }),
                    ),
                ],
                asks,
            };
        },
    };
}

const bySource = (sources: Readonly<Record<string, object>>): Record<string, object> =>
    Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, from(source)]));
const byCondition = (conditions: Readonly<Record<string, object>>): Record<string, object> =>
    Object.fromEntries(Object.entries(conditions).map(([name, condition]) => [name, { when: [condition] }]));
const FEW = ["a service account", "another account", "another trust domain", "another URI", "a DNS name", "none"];

const MAPPED = "RFC 4291 §2.5.5.2: it is the same address";
const URI_ONLY = "only a URI names a workload: a DNS name or a common name that looks like one is in nobody's namespace";
const NOT_URI = ["a DNS name", "a common name"];
const named = (...rules: readonly string[]): readonly string[] => rules.flatMap((name) => NOT_URI.map((owner) => `${name}: ${owner}`));
const NAMES_ONLY = {
    ...letInHere(URI_ONLY, ...named("namespace", "namespaces by their beginning", "namespaces by their end", "any namespace")),
    ...deniedHere(URI_ONLY, ...named("not the namespace", "no namespace")),
};

export const authorizationSources: Topic = {
    name: "authorization-sources",
    http2: ["clients"],
    cases: [
        ...both("an address", from({ ipBlocks: ["127.0.0.9"] }), ADDRESSES),
        ...both("not an address", from({ notIpBlocks: ["127.0.0.9"] }), ADDRESSES),
        access("a network", [denies(from({ ipBlocks: ["127.1.0.0/16", "10.0.0.0/8"] }))], ADDRESSES),
        access("a network whose last bits are set", [denies(from({ ipBlocks: ["127.0.0.77/24"] }))], ADDRESSES),
        access("a network without one", [denies(from({ ipBlocks: ["127.0.0.0/8"], notIpBlocks: ["127.0.0.9/32"] }))], ADDRESSES),
        access("everything of IPv4", [denies(from({ ipBlocks: ["0.0.0.0/0"] }))], ADDRESSES),
        access("everything of IPv6", [denies(from({ ipBlocks: ["::/0"] }))], ADDRESSES),
        access("IPv4 in IPv6", [denies(from({ ipBlocks: ["::ffff:127.0.0.1"] }))], ADDRESSES, {
            differences: deniedHere(MAPPED, "127.0.0.1"),
        }),
        access("IPv4 in IPv6 with a length", [denies(from({ ipBlocks: ["::ffff:127.0.0.0/104"] }))], ADDRESSES, {
            differences: deniedHere(MAPPED, ...Object.keys(ADDRESSES)),
        }),
        ...both("IPv4 in IPv6 that begins before it", from({ ipBlocks: ["::ffff:127.0.0.0/33"] }), ADDRESSES),
        access("what is no address beside what is one: denied", [denies(from({ ipBlocks: ["nonsense", "127.0.0.1"] }))], ADDRESSES, {
            differences: deniedHere(UNREADABLE, "127.0.0.9", "127.1.0.1"),
        }),
        access("what is no address beside what is one: allowed", [allows(from({ ipBlocks: ["nonsense", "127.0.0.1"] }))], ADDRESSES),
        ...both("a client's address", from({ remoteIpBlocks: ["9.9.9.9", "127.0.0.9"] }), FORWARDED),
        ...both("not a client's address", from({ notRemoteIpBlocks: ["9.9.9.9", "127.0.0.9"] }), FORWARDED),
        access(
            "several fields of a source, and several sources",
            [denies(from({ ipBlocks: ["127.0.0.0/8"], notRemoteIpBlocks: ["127.0.0.9"] }, { ipBlocks: ["127.0.0.9"] }))],
            ADDRESSES,
        ),
        access(
            "several fields that contradict each other",
            [denies(from({ ipBlocks: ["127.0.0.1"], remoteIpBlocks: ["127.0.0.9"] }))],
            ADDRESSES,
        ),
        ...(["principals", "namespaces", "requestPrincipals"] as const).flatMap((field) => [
            access(`${field} of nobody`, [allows(from({ [field]: ["*"] }))], { any: ONE }),
            access(
                `not${field[0]?.toUpperCase()}${field.slice(1)} of nobody`,
                [denies(from({ [`not${field[0]?.toUpperCase()}${field.slice(1)}`]: ["*"] }))],
                { any: ONE },
            ),
        ]),
        access("serviceAccounts of nobody", [allows(from({ serviceAccounts: ["istio-system/gateway"] }))], { any: ONE }),
        access("notServiceAccounts of nobody", [denies(from({ notServiceAccounts: ["istio-system/gateway"] }))], { any: ONE }),
        certificates("the names of certificates", "OPTIONAL_MUTUAL", bySource(SOURCES), [], NAMES_ONLY),
        certificates("the names of certificates in conditions", "OPTIONAL_MUTUAL", byCondition(WHEN), FEW, {
            ...letInHere(URI_ONLY, "source.namespace: a DNS name"),
            ...deniedHere(URI_ONLY, "source.namespace is not: a DNS name"),
        }),
        certificates(
            "certificates that must be shown",
            "MUTUAL",
            bySource({ principal: SOURCES["principal"] ?? {}, "not the principal": SOURCES["not the principal"] ?? {} }),
            FEW,
        ),
        certificates(
            "certificates that nobody asks for",
            "SIMPLE",
            bySource({ "any principal": SOURCES["any principal"] ?? {}, "no principal": SOURCES["no principal"] ?? {} }),
            FEW,
        ),
    ],
};
