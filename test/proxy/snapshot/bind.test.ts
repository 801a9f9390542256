import assert from "node:assert/strict";
import { TEXT_LOG } from "../../support/access-logs";
import { describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { bindSnapshot, chainFor, findingsOf, prepareSnapshot, type Snapshot } from "../../../proxy/snapshot";
import type { FilterChainEntry, LimitsEntry, SecretEntry, TlsTermination, VirtualHostEntry } from "../../../proxy/tables";
import { createUpstreamServices } from "../../../proxy/upstream";
import { conditionsIn } from "../../../proxy/snapshot/match/route-match";
import { cluster, delta, endpoints, forwardTo, httpsChain, match, ORIGIN, route, virtualHost } from "./entries";

const services = createUpstreamServices();
const bind = (previous: Snapshot | undefined, ...rest: Parameters<typeof delta>): Snapshot =>
    bindSnapshot(previous, delta(...rest), services);
const LISTENER = "0.0.0.0:443";
const withTls = (previous: Snapshot | undefined, ...rest: Parameters<typeof delta>): Snapshot =>
    bindSnapshot(previous, delta(...rest), services, {
        tickets: { keys: Buffer.alloc(48) },
        events: { secure: () => undefined, refused: () => undefined, unusable: () => undefined },
    });
const hostOf = (snapshot: Snapshot, host: string, table = "http.80") => snapshot.routeTables.get(table)?.hosts.find(host);

function chainOf(name: string, serverNames: readonly string[], more: Partial<TlsTermination> = {}): FilterChainEntry {
    const chain = httpsChain(name, serverNames);
    return { ...chain, tls: { ...(chain.tls as TlsTermination), ...more } };
}
function secret(key: string, fingerprint: string): SecretEntry {
    return { key, certificate: "", privateKey: "", ca: "", fingerprint, origin: ORIGIN };
}

describe("binding a snapshot", () => {
    it("takes over every virtual host but the one of 10,000 that changed", () => {
        const hosts = Array.from({ length: 10_000 }, (_, at) => virtualHost(`h${at}.test`, [route(forwardTo("c"))]));
        const first = bind(undefined, 1, { virtualHosts: hosts });
        const changed = virtualHost("h77.test", [route(forwardTo("other"))]);
        const second = bind(first, 2, { virtualHosts: [changed] });
        const differ = hosts.filter(({ domain }) => hostOf(first, domain) !== hostOf(second, domain)).map(({ domain }) => domain);
        assert.deepEqual(differ, ["h77.test"]);
        assert.equal(hostOf(second, "h77.test")!.entry, changed);
        assert.notEqual(hostOf(first, "h77.test")!.entry, changed, "the older snapshot changed");
    });

    it("binds of thousands of hosts those that are asked for, which serve as if all were bound, and tells then what is wrong", () => {
        const hosts = Array.from({ length: 600 }, (_, at) => virtualHost(`h${at}.test`, [route(forwardTo(`c${at}`))]));
        const bad = virtualHost("bad.test", [route(forwardTo("c", { clusters: [] })), route(forwardTo("c"))]);
        const all = { virtualHosts: [...hosts, bad] };
        const late: string[] = [];
        const { snapshot, commit } = prepareSnapshot(undefined, delta(1, all), services, undefined, (entry, faults) =>
            late.push(...faults.map(({ key, message }) => `${entry.domain} ${key} ${message}`)),
        );
        commit();
        const eager = bind(undefined, 1, all);
        assert.deepEqual([snapshot.faults, late], [[], []]);
        for (const domain of ["h7.test", "bad.test", "none.test"]) {
            const [one, other] = [hostOf(snapshot, domain), hostOf(eager, domain)];
            assert.deepEqual(
                [one?.domain, one?.httpsRedirect, one?.refusal, one?.routes],
                [other?.domain, other?.httpsRedirect, other?.refusal, other?.routes],
            );
        }
        assert.deepEqual(late, ["bad.test http.80 bad.test the route has no destination"]);
        assert.deepEqual(
            eager.faults.map(({ message }) => message),
            ["the route has no destination"],
        );
        assert.equal(hostOf(snapshot, "bad.test")?.routes[0]?.action.kind, "refuse");
        assert.equal(late.length, 1, "it is told once");
    });

    it("costs about as much for one of 10,000 hosts as for one of 10", () => {
        const cost = (count: number): number => {
            let snapshot = bind(undefined, 1, {
                virtualHosts: Array.from({ length: count }, (_, at) => virtualHost(`h${at}.test`, [route(forwardTo("c"))])),
            });
            const rounds = 300;
            const before = process.hrtime.bigint();
            for (let at = 0; at < rounds; at++)
                snapshot = bind(snapshot, at + 2, { virtualHosts: [virtualHost("h7.test", [route(forwardTo(`c${at}`))])] });
            return Number(process.hrtime.bigint() - before) / rounds;
        };
        cost(10);
        const few = cost(10);
        const many = cost(10_000);
        assert.ok(many < few * 20, `${Math.round(few)} ns for one of 10, ${Math.round(many)} ns for one of 10,000`);
    });

    it("removes hosts, and starts from nothing when the delta is full", () => {
        const first = bind(undefined, 1, { virtualHosts: [virtualHost("a.test", []), virtualHost("b.test", [])] });
        const second = bind(first, 2, {}, { virtualHosts: ["http.80 a.test"] });
        assert.equal(hostOf(second, "a.test"), undefined);
        assert.ok(hostOf(second, "b.test"));
        const third = bindSnapshot(
            second,
            { version: 9, full: true, set: { virtualHosts: [virtualHost("c.test", [])] }, remove: {} },
            services,
        );
        assert.equal(hostOf(third, "b.test"), undefined);
        assert.ok(hostOf(third, "c.test"));
        assert.equal(third.entries.virtualHosts.size, 1);
    });

    it("refuses the requests of a route that cannot be bound, whatever was served before, and names what is wrong", () => {
        const good = virtualHost("a.test", [route(forwardTo("c"))]);
        const origin = { ...ORIGIN, field: "spec.http[0]" };
        const path = { kind: "prefix", value: "/admin", ignoreCase: false } as const;
        const broken = { headers: [{ name: "x", match: { kind: "regex", value: "(" }, invert: false }] } as const;
        const bad = virtualHost("a.test", [
            route(forwardTo("secret"), { match: match({ path, ...broken }), origin }),
            route(forwardTo("c")),
        ]);
        const fresh = bind(undefined, 1, { virtualHosts: [bad] });
        const edited = bind(bind(undefined, 1, { virtualHosts: [good, virtualHost("b.test", [])] }), 2, { virtualHosts: [bad] });
        for (const snapshot of [fresh, edited]) {
            const { routes } = hostOf(snapshot, "a.test")!;
            assert.deepEqual(
                routes.map(({ action }) => action.kind),
                ["refuse", "forward"],
            );
            assert.deepEqual(
                conditionsIn(routes[0]!.match).map((one) => [one.about, one.path?.value]),
                [["path", "/admin"]],
                "what is understood of its conditions holds",
            );
            assert.deepEqual(
                snapshot.faults.map((fault) => fault.origin),
                [origin],
            );
        }
        assert.ok(hostOf(edited, "b.test"));
    });

    it("never leaves a host whose entry has no shape to a wildcard", () => {
        const shapeless = { ...virtualHost("a.test", []), routes: null } as never;
        const snapshot = bind(undefined, 1, { virtualHosts: [virtualHost("*.test", [route(forwardTo("c"))]), shapeless] });
        assert.deepEqual(
            hostOf(snapshot, "a.test")!.routes.map(({ action }) => action.kind),
            ["refuse"],
        );
        assert.equal(hostOf(snapshot, "b.test")!.routes[0]!.action.kind, "forward");
    });

    it("never throws, whatever stands in an entry", () => {
        const bad: VirtualHostEntry[] = [
            virtualHost("a.test", [route(forwardTo("c", { clusters: [] }))]),
            virtualHost("b.test", [route(forwardTo("c", { hostRewrite: "x\r\ny" }))]),
            virtualHost("c.test", [route(forwardTo("c", { rewrite: { kind: "regex", match: "(", substitution: "" } }))]),
            virtualHost("d.test", [route(forwardTo("c"), { request: { remove: [], set: [["a b", "c"]], add: [] } })]),
        ];
        assert.equal(bind(undefined, 1, { virtualHosts: bad }).faults.length, 4);
    });

    it("refuses whom a limit is for that cannot be bound, and keeps all others", () => {
        const limit = (key: string): LimitsEntry => ({ key, isOfGateway: true, rates: [], maxConcurrent: 1, origin: ORIGIN });
        const first = bind(undefined, 1, { limits: [{ ...limit("a"), rates: [null as never] }, limit("b")] });
        assert.deepEqual(
            first.gatewayLimits.map(({ entry, isRefused }) => [entry.key, isRefused]),
            [
                ["a", true],
                ["b", false],
            ],
        );
        assert.deepEqual(
            first.faults.map(({ table, key, origin }) => [table, key, origin]),
            [["limits", "a", ORIGIN]],
        );
        const second = bind(first, 2, { limits: [limit("a")] });
        assert.equal(second.limits.get("a")!.isRefused, false);
        assert.equal(second.limits.get("b"), first.limits.get("b"));
    });

    it("serves all others where an entry is not even of its shape", () => {
        const shapeless = (key: string): never =>
            ({
                key,
                tls: {},
                serverNames: null,
                endpoints: [null],
                routes: null,
                lb: "LEAST_REQUEST",
                protocol: "http1",
                origin: ORIGIN,
            }) as never;
        const snapshot = bind(undefined, 1, {
            virtualHosts: [shapeless("http.80 x"), virtualHost("a.test", [])],
            clusters: [shapeless("x"), cluster("c")],
            endpoints: [shapeless("x"), endpoints("c", 1)],
            chains: [shapeless("x"), httpsChain("web", ["web.test"])],
        });
        assert.deepEqual(
            snapshot.faults.map(({ table, key }) => `${table} ${key}`),
            ["virtualHosts http.80 x", "chains x", "clusters x"],
        );
        assert.ok(hostOf(snapshot, "a.test"));
        assert.equal(snapshot.clusters.get("c")!.endpoints.list.length, 1);
        assert.ok(chainFor(snapshot, "0.0.0.0:443", "web.test"));
    });

    it("keeps a cluster and its endpoints when other things of it change", async () => {
        const first = bind(undefined, 1, { clusters: [cluster("c")], endpoints: [endpoints("c", 1, 2)] });
        const kept = first.clusters.get("c")!;
        const [one, two] = kept.endpoints.list;
        const second = bind(first, 2, { clusters: [cluster("c", { lb: "RANDOM" })], endpoints: [endpoints("c", 2, 3)] });
        assert.equal(second.clusters.get("c"), kept);
        assert.equal(kept.entry.lb, "RANDOM");
        assert.equal(kept.endpoints.list[0], two);
        assert.ok(!kept.endpoints.list.includes(one!));
        const third = bind(second, 3, {}, { clusters: ["c"], endpoints: ["c"] });
        assert.equal(third.clusters.get("c"), undefined);
        // Who chose it before may still come to it.
        assert.equal(kept.endpoints.list.length, 2);
        await eventually(() => assert.equal(kept.endpoints.list.length, 0));
    });

    it("finds the endpoints of a cluster whichever of the two comes first", () => {
        const first = bind(undefined, 1, { endpoints: [endpoints("c", 1)] });
        assert.equal(bind(first, 2, { clusters: [cluster("c")] }).clusters.get("c")!.endpoints.list.length, 1);
        const other = bind(undefined, 1, { clusters: [cluster("c")] });
        assert.equal(bind(other, 2, { endpoints: [endpoints("c", 1)] }).clusters.get("c")!.endpoints.list.length, 1);
    });

    for (const field of ["secret", "caSecret", "crlSecret"] as const) {
        it(`tells a cluster of a secret that changed, and no other (${field})`, () => {
            const tls = { mode: "SIMPLE", [field]: "s", sni: "", subjectAltNames: [], insecureSkipVerify: false } as const;
            const first = bind(undefined, 1, { clusters: [cluster("with", { tls }), cluster("without")], secrets: [secret("s", "1")] });
            const before = [first.clusters.get("with")!.tls, first.clusters.get("without")!.tls];
            const second = bind(first, 2, { secrets: [secret("s", "2")] });
            assert.notEqual(second.clusters.get("with")!.tls!.identity, before[0]!.identity);
            assert.equal(second.clusters.get("without")!.tls, before[1]);
        });
    }

    it("takes back of a chain that goes only the names that are still its own", () => {
        const find = (snapshot: Snapshot, host: string) => chainFor(snapshot, "0.0.0.0:443", host)?.entry.key;
        const first = bind(undefined, 1, { chains: [httpsChain("old", ["a.test", "*.a.test"])] });
        const second = bind(first, 2, { chains: [httpsChain("new", ["a.test"])] });
        const third = bind(second, 3, {}, { chains: ["chain old"] });
        assert.deepEqual(
            ["a.test", "b.a.test"].map((host) => find(third, host)),
            ["chain new", undefined],
        );
    });

    it("knows which chain serves a host, and how many ask for client certificates", () => {
        const first = bind(undefined, 1, {
            chains: [httpsChain("web", ["web.test", "*.web.test"]), httpsChain("admin", ["admin.test"], "MUTUAL"), httpsChain("rest", [])],
        });
        const of = (snapshot: Snapshot, host: string) => chainFor(snapshot, "0.0.0.0:443", host)!.entry.key;
        assert.deepEqual(
            ["web.test", "a.web.test", "admin.test", "other.test"].map((host) => of(first, host)),
            ["chain web", "chain web", "chain admin", "chain rest"],
        );
        assert.equal(first.chainHosts.get("0.0.0.0:443")!.mutual, 1);
        const moved = bind(first, 2, { chains: [httpsChain("web", ["web.test", "admin.test"])] }, { chains: ["chain admin"] });
        assert.equal(of(moved, "admin.test"), "chain web");
        assert.equal(of(moved, "a.web.test"), "chain rest");
        assert.equal(moved.chainHosts.get("0.0.0.0:443")!.mutual, 0);
        assert.equal(of(first, "admin.test"), "chain admin", "the older snapshot changed");
    });

    it("leaves a name to the chain that has it when another certificate is all that changed", () => {
        const old = chainOf("old", ["a.test", "b.test"], { secrets: ["s"] });
        const first = withTls(undefined, 1, { chains: [old], secrets: [secret("s", "1")] });
        const second = withTls(first, 2, { chains: [chainOf("new", ["a.test"])] });
        const third = withTls(second, 3, { secrets: [secret("s", "2")] });
        assert.notEqual(third.chains.get(old.key), second.chains.get(old.key), "it was bound anew");
        assert.deepEqual(
            ["a.test", "b.test"].map((host) => chainFor(third, LISTENER, host)?.entry.key),
            ["chain new", "chain old"],
        );
    });

    it("binds the one chain of 10,000 that changed, and of those that use a secret no others than these", () => {
        const chains = Array.from({ length: 10_000 }, (_, at) =>
            chainOf(`${at}`, [`h${at}.test`], { secrets: [`s${at % 5_000}`], caSecret: `ca${at % 5_000}`, crlSecret: `crl${at % 5_000}` }),
        );
        const first = withTls(undefined, 1, { chains });
        const boundAnew = (next: Snapshot): string[] =>
            [...next.chains].flatMap(([key, one]) => (first.chains.get(key) === one ? [] : key));
        assert.deepEqual(boundAnew(withTls(first, 2, { chains: [chainOf("77", ["other.test"])] })), ["chain 77"]);
        for (const key of ["s77", "ca77", "crl77"])
            assert.deepEqual(boundAnew(withTls(first, 2, { secrets: [secret(key, "2")] })).sort(), ["chain 5077", "chain 77"]);
        const moved = withTls(first, 2, { chains: [chainOf("77", ["h77.test"], { secrets: ["elsewhere"] })] });
        assert.deepEqual([...moved.secretUsers.get("s77")!], ["chain 5077"], "it does not use the old one any more");
        assert.deepEqual([...moved.secretUsers.get("elsewhere")!], ["chain 77"]);
        assert.equal([...first.secretUsers.get("s77")!].length, 2, "the older snapshot changed");
        const gone = withTls(moved, 3, {}, { chains: ["chain 77", "chain 5077"] });
        assert.deepEqual(
            [gone.secretUsers.has("s77"), gone.secretUsers.has("elsewhere"), gone.secretUsers.has("s78")],
            [false, false, true],
        );
    });

    it("keeps the version before of a chain that cannot be bound, with its names", () => {
        const good = chainOf("web", ["web.test"]);
        const first = withTls(undefined, 1, { chains: [good] });
        for (const bad of [null, [null]]) {
            const second = withTls(first, 2, { chains: [{ ...good, serverNames: bad as never }, chainOf("b", ["b.test"])] });
            assert.deepEqual(
                second.faults.map(({ table, key }) => `${table} ${key}`),
                ["chains chain web"],
            );
            assert.equal(chainFor(second, LISTENER, "web.test"), first.chains.get("chain web"));
            assert.equal(chainFor(second, LISTENER, "b.test")?.entry.key, "chain b");
        }
    });

    it("says what is served no more once it is served no more, and takes it back with the cause", () => {
        const first = withTls(undefined, 1, { chains: [chainOf("web", ["web.test"], { secrets: ["kubernetes://edge/web"] })] });
        assert.deepEqual(
            findingsOf(first).map(({ code, missing }) => [code, missing?.name]),
            [["GH0480", "web"]],
        );
        assert.deepEqual(findingsOf(withTls(first, 2, {}, { chains: ["chain web"] })), []);
    });

    it("gives the raw entries of all tables, unchanged ones as the same objects", () => {
        const chain = httpsChain("web", ["web.test"]);
        const first = bind(undefined, 1, { chains: [chain], accessLogs: [TEXT_LOG] });
        const second = bind(first, 2, { chains: [httpsChain("admin", ["admin.test"])] });
        assert.equal(second.entries.chains.get("chain web"), chain);
        assert.deepEqual([...second.entries.chains.keys()].sort(), ["chain admin", "chain web"]);
        assert.equal(second.entries.accessLogs.size, 1);
    });
});
