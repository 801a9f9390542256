/** What proxy-config prints, from what a proxy says of itself: istioctl's columns, then what only we know. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { clusterRows, clusterTable } from "../../../cli/introspect/clusters";
import { EMPTY_CONFIG, type ConfigDump, type ShownCertificate } from "../../../cli/introspect/config";
import { endpointRows, endpointTable } from "../../../cli/introspect/endpoints";
import { listenerRows, listenerTable } from "../../../cli/introspect/listeners";
import { policyRows } from "../../../cli/introspect/policies";
import { routeRows, routeTable } from "../../../cli/introspect/routes";
import { secretRows, secretTable } from "../../../cli/introspect/secrets";
import { tableText } from "../../../cli/introspect/table";
import { finding } from "../../../istio";
import type { EndpointAnswer } from "../../../proxy/admin/inspection";
import type { FilterChainEntry, RouteEntry, VirtualHostEntry } from "../../../proxy/tables";
import { httpChain, listenerEntry, ORIGIN, tcpChain, terminated } from "../../support/front";
import { clusterTo } from "../../support/proxy-rig";

const EMPTY = EMPTY_CONFIG;

const VS = { group: "networking.istio.io", kind: "VirtualService", namespace: "shop", name: "cart", field: "spec.http[0]" };
const lines = (text: string): string[] => text.split("\n");

const route = (more: Partial<RouteEntry> = {}): RouteEntry => ({
    name: "default",
    action: { kind: "direct", status: 200 },
    origin: VS,
    ...more,
});
const host = (domain: string, routes: readonly RouteEntry[], more: Partial<VirtualHostEntry> = {}): VirtualHostEntry => ({
    key: `http.80 ${domain}`,
    routeTable: "http.80",
    domain,
    httpsRedirect: false,
    routes,
    origin: ORIGIN,
    ...more,
});
const web = (key = "0.0.0.0:80"): FilterChainEntry => ({
    ...httpChain("web", [], undefined, key),
    target: { kind: "http", routeTable: "http.80" },
});

describe("the listeners of a proxy", () => {
    const dump: ConfigDump = {
        ...EMPTY,
        listeners: [
            { ...listenerEntry("tls", "0.0.0.0:443"), targetPort: 8443 },
            { ...listenerEntry("http", "0.0.0.0:80"), targetPort: 8080 },
            { ...listenerEntry("tcp", "0.0.0.0:31400"), targetPort: 31400 },
        ],
        chains: [
            web(),
            tcpChain("echo", [], undefined, "0.0.0.0:31400"),
            {
                ...tcpChain("split", ["a.test", "b.test"], undefined, "0.0.0.0:443"),
                target: {
                    kind: "tcp",
                    route: {
                        clusters: [
                            { cluster: "one", weight: 80 },
                            { cluster: "two", weight: 20 },
                        ],
                        origin: ORIGIN,
                    },
                },
            },
        ],
    };

    it("stand by port, with the ports that are open, and name the server and whether it is open", () => {
        const open = new Map([
            ["0.0.0.0:80", 8080],
            ["0.0.0.0:31400", 39400],
        ]);
        const { header, rows } = listenerTable(listenerRows(dump, open, {}));
        assert.deepEqual(header.slice(0, 4), ["ADDRESSES", "PORT", "MATCH", "DESTINATION"]);
        assert.deepEqual(
            rows.map((row) => row.join("|")),
            [
                "0.0.0.0|8080|ALL|Route: http.8080|80|OPEN|Gateway ingress/public spec.servers[0]",
                "0.0.0.0|8443|SNI: a.test,b.test|Cluster: one (80), two (20)|443|NOT OPEN|Gateway ingress/public spec.servers[0]",
                "0.0.0.0|39400|ALL|Cluster: echo|31400|OPEN|Gateway ingress/public spec.servers[0]",
            ],
        );
    });

    it("are found by the open port and by the Gateway's, by address and by type", () => {
        const ports = (filter: Parameters<typeof listenerRows>[2]): number[] =>
            listenerRows(dump, new Map(), filter).map(({ port }) => port);
        assert.deepEqual(ports({ port: 8080 }), [8080]);
        assert.deepEqual(ports({ port: 443 }), [8443]);
        assert.deepEqual(ports({ type: "http" }), [8080]);
        assert.deepEqual(ports({ address: "10.0.0.1" }), []);
    });
});

describe("the routes of a proxy", () => {
    const forward: RouteEntry["action"] = {
        kind: "forward",
        clusters: [
            { cluster: "outbound|80|v1|web", weight: 90 },
            { cluster: "outbound|80|v2|web", weight: 10 },
        ],
        timeoutMs: 0,
        retry: { attempts: 0, on: [], statusCodes: [], perTryTimeoutMs: 0, backoffMs: 25 },
        mirrors: [],
    };
    const routes: RouteEntry[] = [
        route({
            match: {
                path: { kind: "prefix", value: "/api", ignoreCase: true },
                method: { kind: "exact", value: "GET" },
                headers: [
                    { name: "x-team", match: { kind: "exact", value: "a" }, invert: false },
                    { name: "x-old", match: { kind: "present" }, invert: true },
                ],
                queryParams: [{ name: "v", match: { kind: "regex", value: "[12]" } }],
                claims: [{ path: ["realm", "role"], match: { kind: "exact", value: "ops" }, invert: false }],
            },
            action: forward,
        }),
        route({
            match: { path: { kind: "exact", value: "/status", ignoreCase: false }, headers: [], queryParams: [], claims: [] },
            action: { kind: "redirect", status: 301 },
            origin: { ...VS, name: "status", field: "spec.http[3]", file: "a.yaml", line: 7 },
        }),
        route({ match: { path: { kind: "regex", value: "/i/[0-9]+", ignoreCase: false }, headers: [], queryParams: [], claims: [] } }),
        route({ match: { path: { kind: "segment", value: "/seg", ignoreCase: false }, headers: [], queryParams: [], claims: [] } }),
        route({ action: { kind: "refuse", why: "its delegate is gone" } }),
    ];
    const dump: ConfigDump = {
        ...EMPTY,
        listeners: [{ ...listenerEntry("http", "0.0.0.0:80"), targetPort: 8080 }],
        chains: [web()],
        routeTables: [
            { key: "https.443.https.public.ingress", port: 443, origin: ORIGIN },
            { key: "http.80", port: 80, origin: ORIGIN },
        ],
        virtualHosts: [host("web.test", routes), host("*.a.test", [], { httpsRedirect: true }), host("b.test", [])],
    };

    it("stand in the order in which they are tried, each with its object, whatever object that is", () => {
        const { header, rows } = routeTable(routeRows(dump, {}));
        assert.deepEqual(header.slice(0, 5), ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"]);
        assert.deepEqual(
            rows.map((row) => row.join(" | ")),
            [
                "http.8080 | *.a.test:80 | *.a.test | /* | 404 | - | 301 to https | Gateway ingress/public spec.servers[0]",
                "http.8080 | b.test:80 | b.test | /* | 404 | - | 404 | Gateway ingress/public spec.servers[0]",
                "http.8080 | web.test:80 | web.test | /api* | cart.shop | path in any case, method=GET, x-team=a, not x-old, ?v~[12], claim realm.role=ops | 90 outbound|80|v1|web, 10 outbound|80|v2|web | VirtualService shop/cart spec.http[0]",
                "http.8080 | web.test:80 | web.test | /status | status.shop | - | 301 redirect | VirtualService shop/status spec.http[3] (a.yaml:7)",
                "http.8080 | web.test:80 | web.test | regex /i/[0-9]+ | cart.shop | - | 200 direct response | VirtualService shop/cart spec.http[0]",
                "http.8080 | web.test:80 | web.test | PathPrefix:/seg | cart.shop | - | 200 direct response | VirtualService shop/cart spec.http[0]",
                "http.8080 | web.test:80 | web.test | /* | cart.shop | - | 500: its delegate is gone | VirtualService shop/cart spec.http[0]",
                "https.443.https.public.ingress | blackhole:443 | * | /* | 404 | - | 404 | Gateway ingress/public spec.servers[0]",
            ],
        );
    });

    it("are found by the name that is shown and by the Gateway's port, and by host", () => {
        const count = (filter: Parameters<typeof routeRows>[1]): number => routeRows(dump, filter).length;
        assert.deepEqual([count({ name: "http.8080" }), count({ name: "http.80" }), count({ name: "http.81" })], [7, 7, 0]);
        assert.deepEqual([count({ port: 8080 }), count({ port: 443 }), count({ fqdn: ".A.test" })], [7, 1, 1]);
    });

    it("of ten thousand hosts cost less than two seconds of CPU", () => {
        const many = Array.from({ length: 10_000 }, (_, at) => host(`h${at}.test`, [route(), route()]));
        const before = process.cpuUsage();
        const text = tableText(routeTable(routeRows({ ...dump, virtualHosts: many }, { name: "http.8080" })));
        const { user } = process.cpuUsage(before);
        assert.ok(user < 2_000_000, `${user} µs`);
        assert.equal(lines(text).length, 20_001);
    });
});

describe("the clusters of a proxy", () => {
    const [base] = clusterTo("x", 80).clusters;
    const cluster = (key: string, more: object = {}): ConfigDump["clusters"][number] => ({ ...base!, key, ...more });

    it("stand by host, subset and port, with the DestinationRules that hold and those that lost, and why", () => {
        const clusters = [
            cluster("outbound|9000||b.test", { discovery: "dns" }),
            cluster("outbound|80|v1|b.test", {
                rules: {
                    applied: ["DestinationRule shop/reviews"],
                    lost: [{ rule: "DestinationRule other/late", why: "the older one has a policy" }],
                },
            }),
            cluster("outbound|80||b.test"),
            cluster("PassthroughCluster", { discovery: "original" }),
        ];
        const { header, rows } = clusterTable(clusterRows({ clusters }, {}));
        assert.deepEqual(header.slice(0, 6), ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"]);
        assert.deepEqual(
            rows.map((row) => row.slice(0, 7).join(" | ")),
            [
                "PassthroughCluster | - | - | - | ORIGINAL_DST |  | -",
                "b.test | 80 | - | outbound | EDS |  | -",
                "b.test | 9000 | - | outbound | STRICT_DNS |  | -",
                "b.test | 80 | v1 | outbound | EDS | reviews.shop | late.other (the older one has a policy)",
            ],
        );
        const keys = (filter: Parameters<typeof clusterRows>[1]): string[] => clusterRows({ clusters }, filter).map(({ key }) => key);
        assert.deepEqual(keys({ port: 80, subset: "v" }), ["outbound|80|v1|b.test"]);
        assert.deepEqual(keys({ direction: "outbound", port: 9000 }), ["outbound|9000||b.test"]);
        assert.deepEqual(keys({ fqdn: "passthrough" }), ["PassthroughCluster"]);
    });
});

describe("the endpoints of a proxy", () => {
    const at = (address: string, more: Partial<EndpointAnswer> = {}): EndpointAnswer => ({
        cluster: "outbound|80||web",
        address,
        weight: 1,
        priority: 0,
        locality: "",
        ejected: false,
        failing: false,
        active: 0,
        connections: 0,
        workers: [],
        ...more,
    });
    const state = { failing: false, active: 0, connections: 0 };
    const live = {
        endpoints: [
            at("10.0.0.2:80"),
            at("10.0.0.1:9000", { failing: true, locality: "eu/a" }),
            at("10.0.0.1:80", {
                ejected: true,
                workers: [
                    { ...state, worker: 1, ejected: true },
                    { ...state, worker: 2, ejected: false },
                ],
            }),
        ],
        unresolved: [{ cluster: "outbound|443||gone", why: "gone: ENOTFOUND", workers: [1] }],
    };

    it("stand by address, with their health, who leaves them out, and last the clusters that have none", () => {
        const { header, rows } = endpointTable(endpointRows(live, {}));
        assert.deepEqual(header.slice(0, 4), ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"]);
        assert.deepEqual(
            rows.map((row) => [...row.slice(0, 4), row.at(-1)].join(" ")),
            [
                "10.0.0.1:80 HEALTHY FAILED outbound|80||web left out by worker 1 of 2",
                "10.0.0.1:9000 UNHEALTHY OK outbound|80||web -",
                "10.0.0.2:80 HEALTHY OK outbound|80||web -",
                "- NONE OK outbound|443||gone gone: ENOTFOUND",
            ],
        );
        const found = (filter: Parameters<typeof endpointRows>[1]): string[] => endpointRows(live, filter).map(({ endpoint }) => endpoint);
        assert.deepEqual(found({ address: "10.0.0.1", port: 80 }), ["10.0.0.1:80"]);
        assert.deepEqual(found({ status: "unhealthy" }), ["10.0.0.1:9000"]);
        assert.deepEqual(found({ cluster: "outbound|443||gone" }), ["-"]);
    });
});

describe("the secrets of a proxy", () => {
    const DAY = 86_400_000;
    const now = Date.parse("2030-01-01T00:00:00Z");
    const shown = (from: number, until: number): ShownCertificate => ({
        subject: "CN=web.test",
        issuer: "CN=ca",
        serialNumber: "0A1B",
        subjectAltName: "DNS:web.test",
        notBefore: new Date(now + from * DAY).toISOString(),
        notAfter: new Date(now + until * DAY).toISOString(),
    });
    const secret = (
        name: string,
        certificate: ShownCertificate | null,
        ca: ShownCertificate | null = null,
    ): ConfigDump["secrets"][number] => ({
        key: `kubernetes://ns/${name}`,
        fingerprint: "",
        certificate,
        ca,
        origin: ORIGIN,
    });
    const chain = (name: string, keys: string[]): FilterChainEntry => tcpChain(name, [`${name}.test`], terminated(keys));
    const dump = {
        secrets: [secret("web", shown(-1, 30)), secret("old", shown(-30, -2)), secret("both", shown(-1, 5), shown(-1, 300))],
        chains: [
            chain("web", ["kubernetes://ns/web"]),
            chain("gone", ["kubernetes://ns/gone"]),
            chain("bad", ["kubernetes://ns/bad"]),
            chain("old", ["kubernetes://ns/old"]),
        ],
        clusters: [],
    };

    it("stand with their times and serials as istioctl writes them, whom they are for, and why one is not served", () => {
        const contexts = [{ chain: "gone", served: false, problem: "kubernetes://ns/gone is not there", workers: [1] }];
        const about = { object: { group: "", kind: "Secret", namespace: "ns", name: "bad" } };
        const { header, rows } = secretTable(secretRows(dump, contexts, [finding("GH0118", about, "It lacks tls.key.")], now, {}));
        assert.deepEqual(header.slice(0, 7), ["RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"]);
        const serial = "0a1b".padStart(32, "0");
        assert.deepEqual(
            rows.map((row) => row.join("|")),
            [
                "kubernetes://ns/bad||WARMING|false||||-|bad.test|GH0118: It lacks tls.key",
                `kubernetes://ns/both|Cert Chain|ACTIVE|true|${serial}|2030-01-06T00:00:00Z|2029-12-31T00:00:00Z|5|-|-`,
                `kubernetes://ns/both-cacert|CA|ACTIVE|true|${serial}|2030-10-28T00:00:00Z|2029-12-31T00:00:00Z|300|-|-`,
                "kubernetes://ns/gone||WARMING|false||||-|gone.test|kubernetes://ns/gone is not there",
                `kubernetes://ns/old|Cert Chain|ACTIVE|false|${serial}|2029-12-30T00:00:00Z|2029-12-02T00:00:00Z|-2|old.test|expired on 2029-12-30T00:00:00Z: clients refuse it`,
                `kubernetes://ns/web|Cert Chain|ACTIVE|true|${serial}|2030-01-31T00:00:00Z|2029-12-31T00:00:00Z|30|web.test|-`,
            ],
        );
        assert.deepEqual(
            secretRows(dump, contexts, [], now, { fqdn: "web" }).map(({ name }) => name),
            ["kubernetes://ns/web"],
        );
    });
});

describe("the policies of a proxy", () => {
    it("stand in Istio's order, each with the servers that it holds for", () => {
        const policy = (name: string, action: "ALLOW" | "DENY", dryRun = false): ConfigDump["authorizations"][number] => ({
            key: `shop/${name}`,
            namespace: "shop",
            name,
            action,
            dryRun,
            rules: [{}],
            connectionRules: [],
            origin: { ...ORIGIN, kind: "AuthorizationPolicy", namespace: "shop", name, field: "" },
        });
        const dump: ConfigDump = {
            ...EMPTY,
            listeners: [{ ...listenerEntry("http", "0.0.0.0:80"), targetPort: 8080 }],
            chains: [web(), { ...tcpChain("echo", [], undefined, "0.0.0.0:80"), refusal: { detail: "it can't be read", origin: ORIGIN } }],
            routeTables: [{ key: "http.80", port: 80, access: "both", origin: ORIGIN }],
            virtualHosts: [host("web.test", [route()], { access: "deny" })],
            access: [
                { key: "both", authentications: [], custom: [], audit: [], deny: ["shop/no"], allow: [["shop/yes"]] },
                { key: "deny", authentications: [], custom: [], audit: [], deny: ["shop/no"], allow: [] },
            ],
            authorizations: [policy("yes", "ALLOW"), policy("no", "DENY"), policy("unused", "DENY", true)],
        };
        const said = (filter = {}): string[] =>
            policyRows(dump, filter).map((one) => `${one.action} ${one.policy} ${one.dryRun} ${one.appliesTo.join(", ")}`);
        assert.deepEqual(said(), [
            "REFUSE public.ingress false echo",
            "DENY no.shop false http.8080, http.8080 web.test",
            "DENY unused.shop true ",
            "ALLOW yes.shop false http.8080",
        ]);
        assert.deepEqual(said({ name: "yes" }), ["ALLOW yes.shop false http.8080"]);
        assert.deepEqual(said({ port: 81 }), []);
    });
});

describe("a table", () => {
    it("is as wide as its cells, and none of them can end a line or move the cursor", () => {
        const text = tableText({
            header: ["A", "LONG NAME", "C"],
            rows: [
                ["a\nb", "x", "\u001b[31mred"],
                ["", "y", ""],
            ],
            gap: 2,
        });
        assert.deepEqual(lines(text), ["A    LONG NAME  C", "a?b  x          ?[31mred", "     y"]);
    });
});
