/** Whose address a client's is behind proxies that are trusted. */
import type { KubeObject } from "../../../istio";
import { access, allows, deniedHere, denies, from, get, letInHere, meshConfig, when } from "../support/access";
import { httpGateway, to, type Ask, type Case, type Topic } from "../support/case";

const trusting = (numTrustedProxies: number): KubeObject => meshConfig({ defaultConfig: { gatewayTopology: { numTrustedProxies } } });

const forwarded = (...values: readonly string[]): Ask =>
    get(
        "/",
        values.map((value) => `x-forwarded-for: ${value}`),
    );

const ASKS: Readonly<Record<string, Ask>> = {
    none: get("/"),
    "from 127.0.0.9": get("/", [], { from: "127.0.0.9" }),
    "one entry": forwarded("9.9.9.9"),
    "one entry from 127.0.0.9": get("/", ["x-forwarded-for: 9.9.9.9"], { from: "127.0.0.9" }),
    "two entries, the first": forwarded("9.9.9.9, 8.8.8.8"),
    "two entries, the second": forwarded("8.8.8.8, 9.9.9.9"),
    "three entries, the first": forwarded("9.9.9.9, 8.8.8.8, 7.7.7.7"),
    "three entries, the second": forwarded("8.8.8.8,9.9.9.9,7.7.7.7"),
    "two lines, the first": forwarded("9.9.9.9", "8.8.8.8"),
    "two lines, the second": forwarded("8.8.8.8", "9.9.9.9"),
    empty: forwarded(""),
    "an empty entry before": forwarded(", 9.9.9.9"),
    "an empty entry behind": forwarded("9.9.9.9,"),
    "a port": forwarded("9.9.9.9:1234"),
    "no address": forwarded("nonsense"),
    "no address before": forwarded("nonsense, 9.9.9.9"),
    "no address behind": forwarded("9.9.9.9, nonsense"),
    "no address in the middle": forwarded("8.8.8.8, nonsense, 9.9.9.9"),
    IPv6: forwarded("2001:db8::9"),
    "IPv6 in brackets": forwarded("[2001:db8::9]"),
    "IPv6 with a port": forwarded("[2001:db8::9]:80"),
    "IPv6 written long": forwarded("2001:DB8:0:0:0:0:0:9"),
    "IPv4 in IPv6": forwarded("::ffff:9.9.9.9"),
    spaces: forwarded("  9.9.9.9  "),
    "leading zeros": forwarded("09.9.9.9"),
    "a private address": forwarded("10.1.2.3"),
    "x-envoy-external-address": get("/", ["x-envoy-external-address: 9.9.9.9"]),
};
const NINES = ["9.9.9.9", "2001:db8::/32"];

/** Whom the backend takes for its client. */
const told = (hops: number): Case => ({
    title: `${hops} trusted: what a backend is told`,
    differences: {
        "a scheme that is none": {
            ours: {
                backend: [
                    {
                        at: "one.backends.test",
                        request: "GET / HTTP/1.1",
                        headers: { host: "a.test", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
                    },
                ],
            },
            why: "what is no scheme of HTTP says nothing",
        },
    },
    make: (setting) => ({
        objects: [trusting(hops), ...httpGateway(setting, ["*"], [to(setting.backends[0])])],
        asks: {
            none: get("/"),
            "one entry": forwarded("9.9.9.9"),
            "two entries": forwarded("9.9.9.9, 8.8.8.8"),
            "a scheme": get("/", ["x-forwarded-proto: https"]),
            "a scheme that is none": get("/", ["x-forwarded-proto: ftp"]),
            "a scheme and an entry": get("/", ["x-forwarded-proto: https", "x-forwarded-for: 9.9.9.9"]),
            "a host": get("/", ["x-forwarded-host: evil.test", "x-forwarded-port: 1"]),
            "a certificate": get("/", ["x-forwarded-client-cert: By=x"]),
        },
    }),
});

const by = (title: string, hops: number, objects: readonly KubeObject[], differences: Case["differences"] = {}): Case =>
    access(`${hops} trusted: ${title}`, [trusting(hops), ...objects], ASKS, { differences });

const SAME = "RFC 4291 §2.5.5.2: it is the same address";
const MAPPED = "IPv4 in IPv6";
/** Where the last entry that is an address is 9.9.9.9. */
const NINE = [
    "one entry",
    "one entry from 127.0.0.9",
    "two entries, the second",
    "two lines, the second",
    "an empty entry before",
    "no address before",
    "no address in the middle",
    "spaces",
];

export const trustedProxies: Topic = {
    name: "trusted-proxies",
    http2: ["clients", "backends"],
    cases: [
        by("remoteIpBlocks are denied", 0, [denies(from({ remoteIpBlocks: NINES }))]),
        by("remoteIpBlocks are denied", 1, [denies(from({ remoteIpBlocks: NINES }))], deniedHere(SAME, MAPPED)),
        by("remoteIpBlocks are denied", 2, [denies(from({ remoteIpBlocks: NINES }))]),
        by("remoteIpBlocks are allowed", 1, [allows(from({ remoteIpBlocks: NINES }))], letInHere(SAME, MAPPED)),
        by("notRemoteIpBlocks are denied", 1, [denies(from({ notRemoteIpBlocks: [...NINES, "127.0.0.1"] }))], letInHere(SAME, MAPPED)),
        by("remote.ip is denied", 2, [denies(when("remote.ip", NINES))]),
        by("ipBlocks are denied", 1, [denies(from({ ipBlocks: ["9.9.9.9", "127.0.0.9"] }))]),
        by("IPv4 in IPv6 is denied", 1, [denies(from({ remoteIpBlocks: ["::ffff:9.9.9.9"] }))], deniedHere(SAME, ...NINE)),
        by("the peer is denied", 2, [denies(from({ remoteIpBlocks: ["127.0.0.0/8"] }))]),
        told(1),
        told(2),
    ],
};
