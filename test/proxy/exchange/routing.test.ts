import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "mocha";
import { PASSES } from "../../../proxy/exchange";
import type { RouteActionEntry, RouteEntry, VirtualHostEntry } from "../../../proxy/tables";
import { access, policyOf } from "../snapshot/access-entries";
import { delta, forwardTo, httpsChain, match, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { sourcesBelow } from "../../support/checkout";
import { Gateway, type Asked } from "./asking";

function gateway(...hosts: readonly VirtualHostEntry[]): Gateway {
    return new Gateway(delta(1, { virtualHosts: hosts }), "c", "d");
}
const direct = (status: number, body?: string): RouteActionEntry => ({
    kind: "direct",
    status,
    ...(body === undefined ? {} : { body: Buffer.from(body).toString("base64") }),
});
const named = (name: string, action: RouteActionEntry, more: Partial<RouteEntry> = {}): RouteEntry => route(action, { name, ...more });

describe("the passes", () => {
    it("have one order for requests", () => {
        assert.deepEqual(
            PASSES.flatMap(({ name, request }) => (request ? [name] : [])),
            [
                "overload",
                "protocol",
                "path",
                "upgrade",
                "edge-headers",
                "tracing",
                "host",
                "rate-limit",
                "compression",
                "maintenance",
                "external",
                "authentication",
                "authorization",
                "rate-limit-claims",
                "connect",
                "grpc-web",
                "found",
                "underscores",
                "https-redirect",
                "redirects",
                "route",
                "fault",
                "cors",
                "body-limit",
                "action",
                "rewrite",
            ],
        );
    });

    it("have one for the heads of requests that are sent on", () => {
        assert.deepEqual(
            PASSES.flatMap(({ name, forward }) => (forward ? [name] : [])),
            ["compression", "egress", "retries", "deadline", "rewrite", "header-ops", "affinity", "trace-headers"],
        );
    });

    it("have the opposite one for responses", () => {
        assert.deepEqual(PASSES.flatMap(({ name, response }) => (response ? [name] : [])).reverse(), [
            "security-headers",
            "affinity",
            "header-ops",
            "own-answers",
            "cors",
            "external",
            "rate-limit",
            "edge-headers",
        ]);
    });
});

describe("the file of a feature", () => {
    it("has the same name where its part of a rule is bound", () => {
        const names = (folder: string): string[] => sourcesBelow(folder).map((file) => path.basename(file, ".ts"));
        const run = names("proxy/exchange/features");
        assert.deepEqual(
            names("proxy/snapshot/features").filter((name) => !run.includes(name)),
            [],
        );
    });
});

describe("the virtual host of a request", () => {
    const hosts = gateway(
        virtualHost("web.test", [named("exact", direct(200))]),
        virtualHost("*.test", [named("short", direct(200))]),
        virtualHost("*.a.test", [named("long", direct(200))]),
    );
    const cases: readonly (readonly [string, string])[] = [
        ["web.test", "exact"],
        ["WEB.test:8080", "exact"],
        ["web.test.", "exact"],
        ["x.test", "short"],
        ["x.a.test", "long"],
        ["x.y.a.test", "long"],
        ["a.test", "short"],
    ];
    for (const [authority, name] of cases) {
        it(`of ${authority} is the ${name} one`, () => assert.equal(hosts.ask(`${authority}/`).record().routeName, name));
    }

    it("is not there for another host: 404 without a body", () => {
        const { response, record } = hosts.ask("other.example/");
        assert.deepEqual([response.status, response.body, response.ended], [404, "", true]);
        assert.deepEqual([record().flags, record().details, record().status], ["NR", "route_not_found", 404]);
    });

    it("is not there where the listener has no routes at all", () => {
        assert.equal(hosts.ask("web.test/", {}, { routeTable: "http.81" }).response.status, 404);
    });
});

describe("the route of a request", () => {
    it("is the first that matches, whatever follows is more exact", () => {
        const g = gateway(
            virtualHost("*", [
                named("api", direct(200), { match: prefix("/api") }),
                named("v2", direct(200), { match: prefix("/api/v2") }),
                named("rest", direct(200)),
            ]),
        );
        assert.deepEqual(
            ["/api/v2", "/apix", "/x"].map((path) => g.ask(`h${path}`).record().routeName),
            ["api", "api", "rest"],
        );
    });

    it("is chosen by the normalised path, which is also what is forwarded", () => {
        const g = gateway(virtualHost("*", [named("admin", direct(403), { match: prefix("/admin") }), named("rest", forwardTo("c"))]));
        assert.equal(g.ask("h/x/%2e%2e/%61dmin").response.status, 403, "a walk around the rule");
        g.ask("h/a/%2e%2e/b%2fc?q=%2e%2e");
        assert.equal(g.cluster().last.head.path, "/b%2fc?q=%2e%2e");
    });

    it("sees the headers as a gateway makes them", () => {
        const g = gateway(
            virtualHost("*", [
                named("spoofed", direct(200), {
                    match: match({ headers: [{ name: "x-forwarded-proto", match: { kind: "exact", value: "https" }, invert: false }] }),
                }),
            ]),
        );
        assert.equal(g.ask("h/", { headers: ["x-forwarded-proto", "https"] }).response.status, 404);
    });

    it("is not there: 404 without a body", () => {
        const { response, record } = gateway(virtualHost("*", [named("a", direct(200), { match: prefix("/a") })])).ask("h/b");
        assert.deepEqual([response.status, response.body, record().flags], [404, "", "NR"]);
    });
});

describe("OPTIONS *", () => {
    it("has no route: it asks for no path", () => {
        const { response } = gateway(virtualHost("h", [named("all", direct(200))])).ask("h/", { method: "OPTIONS", path: "*" });
        assert.equal(response.status, 404);
    });
});

describe("requests that are refused before their route", () => {
    const g = gateway(virtualHost("*", [route(forwardTo("c"))]));
    const refused = (asked: Asked): readonly [number, string] => [asked.response.status, asked.record().details];

    it("are those of HTTP/1.0", () => assert.deepEqual(refused(g.ask("h/", { protocol: "HTTP/1.0" })), [426, "low_version"]));
    it("are those with a path that no server may get", () => assert.deepEqual(refused(g.ask("h/%00")), [400, "path_normalization_failed"]));
    it("are redirects for an empty host, which there is no location for", () => {
        const redirects = gateway(virtualHost("*", [route({ kind: "redirect", status: 301, path: { kind: "full", value: "/x" } })]));
        assert.deepEqual(refused(redirects.ask("/")), [400, "missing_host_header"]);
        assert.deepEqual(refused(gateway(virtualHost("*", [], { httpsRedirect: true })).ask("/")), [400, "missing_host_header"]);
    });
    it("are not those with an empty host, where any is served", () => {
        g.ask("/a");
        assert.deepEqual([g.cluster().last.head.authority, g.cluster().last.head.path], ["", "/a"]);
        assert.deepEqual(refused(gateway(virtualHost("web.test", [route(forwardTo("c"))])).ask("/")), [404, "route_not_found"]);
    });
    it("are upgrades to anything but websocket", () => assert.deepEqual(refused(g.ask("h/", { upgrade: "tcp" })), [403, "upgrade_failed"]));

    it("are not upgrades to h2c, which are answered as they stand", () => {
        g.ask("h/", { upgrade: "h2c" });
        assert.equal(g.cluster().last.head.upgrade, "");
    });
});

describe("httpsRedirect", () => {
    const g = gateway(
        virtualHost("web.test", [route(forwardTo("c"))], { httpsRedirect: true }),
        virtualHost("bare.test", [], { httpsRedirect: true }),
    );
    const location = (target: string): string | undefined => g.ask(target).response.header("location");

    it("sends every request to https with the host as it was sent, without the port that speaks plain HTTP", () => {
        const { response } = g.ask("web.test/a?b=c");
        assert.deepEqual([response.status, response.body], [301, ""]);
        assert.equal(response.header("location"), "https://web.test/a?b=c");
        assert.equal(location("web.test:8080/"), "https://web.test:8080/");
        assert.equal(location("WEB.test:80/x"), "https://WEB.test/x");
        const on8080 = g.ask("web.test:8080/x", {}, { port: 8080 }).response.header("location");
        assert.equal(on8080, "https://web.test/x");
        assert.equal(location("[::1]:80/"), undefined);
    });

    it("holds where there is no route", () => assert.equal(location("bare.test/x"), "https://bare.test/x"));
    it("does not touch requests that came by https", () => assert.equal(g.ask("web.test/", {}, { scheme: "https" }).response.status, 0));
});

describe("redirects", () => {
    type Redirect = Extract<RouteActionEntry, { kind: "redirect" }>;
    const location = (redirect: Partial<Redirect>, target: string, path?: RouteEntry["match"], port = 80): string | undefined =>
        gateway(virtualHost("*", [route({ kind: "redirect", status: 301, ...redirect }, path ? { match: path } : {})]))
            .ask(target, {}, { port })
            .response.header("location");

    const cases: readonly (readonly [string, string | undefined, string])[] = [
        ["keeps a host without a port", location({ path: { kind: "full", value: "/foo" } }, "b/x"), "http://b/foo"],
        ["keeps the host's port", location({ path: { kind: "full", value: "/foo" } }, "b:80/x"), "http://b:80/foo"],
        ["takes the listener's port", location({ port: "request" }, "b/foo", undefined, 85), "http://b:85/foo"],
        ["takes the listener's port for https too", location({ scheme: "https", port: "request" }, "b/foo"), "https://b:80/foo"],
        ["leaves out a listener's port that the scheme means", location({ port: "request" }, "b/foo"), "http://b/foo"],
        ["drops the default port of a scheme that is left", location({ scheme: "https" }, "b:80/foo"), "https://b/foo"],
        ["keeps another port when the scheme is left", location({ scheme: "https" }, "b:8080/foo"), "https://b:8080/foo"],
        ["takes a given port in place of the host's", location({ scheme: "https", port: 8443 }, "b:8080/foo"), "https://b:8443/foo"],
        ["leaves out a given port that the scheme means", location({ port: 80 }, "b:8080/foo"), "http://b/foo"],
        ["leaves out https's port for https only", location({ scheme: "https", port: 443 }, "b:8080/foo"), "https://b/foo"],
        ["names https's port for http", location({ port: 443 }, "b/foo"), "http://b:443/foo"],
        ["takes a given authority", location({ authority: "new.test" }, "b:8080/foo?x"), "http://new.test/foo?x"],
        ["keeps the query with a new path", location({ path: { kind: "full", value: "/n" } }, "b/foo?x=1"), "http://b/n?x=1"],
        ["prefers a query of its own", location({ path: { kind: "full", value: "/n?y" } }, "b/foo?x=1"), "http://b/n?y"],
        ["replaces a prefix", location({ path: { kind: "prefix", value: "/n" } }, "b/foo/bar?x", prefix("/foo")), "http://b/n/bar?x"],
        ["knows an address with a port", location({ port: 81 }, "[::1]:80/foo"), "http://[::1]:81/foo"],
        ["knows an address without one", location({ port: 81 }, "[::1]/foo"), "http://[::1]:81/foo"],
    ];
    for (const [name, got, expected] of cases) it(name, () => assert.equal(got, expected));

    it("have the status of their route and no body", () => {
        const { response } = gateway(virtualHost("*", [route({ kind: "redirect", status: 308, authority: "x" })])).ask("h/");
        assert.deepEqual([response.status, response.body, response.contentLength], [308, "", 0]);
    });
});

describe("direct responses", () => {
    it("have their body as plain text, unless an operation says otherwise", () => {
        const text = gateway(virtualHost("*", [route(direct(418, "tea"))])).ask("h/").response;
        assert.deepEqual([text.status, text.body, text.contentLength, text.header("content-type")], [418, "tea", 3, "text/plain"]);
        const json = gateway(
            virtualHost("*", [
                route(direct(200, "{}"), { response: { remove: [], set: [["content-type", "application/json"]], add: [] } }),
            ]),
        ).ask("h/").response;
        assert.equal(json.header("content-type"), "application/json");
    });

    it("have no body for HEAD, but its length", () => {
        const { response } = gateway(virtualHost("*", [route(direct(200, "tea"))])).ask("h/", { method: "HEAD" });
        assert.deepEqual([response.body, response.contentLength, response.ended], ["", 3, true]);
    });
});

describe("a host that is another chain's, asked for on this one's connection", () => {
    const table = (name: string, domain: string): VirtualHostEntry =>
        virtualHost(domain, [named(name, direct(200))], { routeTable: `https.443.${name}` });
    const on = (name: string, serverName: string) =>
        ({ scheme: "https", serverName, chain: `chain ${name}`, routeTable: `https.443.${name}` }) as const;
    const g = new Gateway(
        delta(1, {
            chains: [
                httpsChain("web", ["web.test"]),
                httpsChain("shop", ["shop.test"]),
                httpsChain("admin", ["admin.test"], "MUTUAL"),
                httpsChain("rest", []),
            ],
            virtualHosts: [table("web", "web.test"), table("shop", "shop.test"), table("admin", "admin.test"), table("rest", "*")],
        }),
    );

    it("is served where it is this chain's", () => assert.equal(g.ask("web.test/", {}, on("web", "web.test")).response.status, 200));

    it("is 421 where only the other chain has it", () => {
        const { response, record } = g.ask("shop.test/", {}, on("web", "web.test"));
        assert.deepEqual([response.status, record().details], [421, "misdirected_request"]);
    });

    it("is 404 where no chain has it", () => {
        const alone = new Gateway(delta(1, { chains: [httpsChain("web", ["web.test"])], virtualHosts: [table("web", "web.test")] }));
        assert.equal(alone.ask("other.test/", {}, on("web", "web.test")).response.status, 404);
    });

    it("is always 421 where its own chain asks for a client certificate", () => {
        assert.equal(g.ask("admin.test/", {}, on("rest", "")).response.status, 421, "the catch-all would have served it");
        assert.equal(g.ask("admin.test/", {}, on("admin", "admin.test")).response.status, 200);
    });

    it("is always 421 on a connection that gave a client certificate for another", () => {
        assert.equal(g.ask("web.test/", {}, on("admin", "admin.test")).response.status, 421);
        assert.equal(g.ask("any.test/", {}, on("admin", "admin.test")).response.status, 421);
    });

    it("is 421 where the other chain passes its bytes on, to whatever has them", () => {
        const passed = httpsChain("passed", ["passed.test"]);
        const tcp = new Gateway(
            delta(1, {
                chains: [
                    httpsChain("web", ["*.test"]),
                    { ...passed, tls: { mode: "PASSTHROUGH" }, target: { kind: "tcp", route: { clusters: [], origin: ORIGIN } } },
                ],
                virtualHosts: [table("web", "web.test")],
            }),
        );
        assert.equal(tcp.ask("passed.test/", {}, on("web", "web.test")).response.status, 421);
        assert.equal(tcp.ask("nobody.test/", {}, on("web", "web.test")).response.status, 404);
    });

    it("is 421 without a server name too, and by the name alone, whatever its case, port and dot", () => {
        assert.equal(g.ask("WEB.test:8443/", {}, on("web", "web.test")).response.status, 200);
        const { response, record } = g.ask("Shop.test.:443/", {}, on("web", ""));
        assert.deepEqual([response.status, record().flags], [421, "NR"]);
    });

    it("is nothing that those learn who may not pass", () => {
        const deny = policyOf("all", { action: "DENY", rules: [{ from: [{ source: { ipBlocks: ["192.0.2.7"] } }] }] });
        const kept = new Gateway(
            delta(1, {
                chains: [
                    httpsChain("web", ["web.test"]),
                    httpsChain("shop", ["*.shop.test"]),
                    httpsChain("admin", ["admin.test"], "MUTUAL"),
                ],
                virtualHosts: [table("web", "web.test"), table("shop", "secret.shop.test")],
                routeTables: [{ key: "https.443.web", port: 443, origin: ORIGIN, access: "a" }],
                access: [access("a", { deny: [deny.key] })],
                authorizations: [deny],
            }),
        );
        const asked = ["web.test", "secret.shop.test", "none.shop.test", "nobody.test"].map(
            (host) => kept.ask(`${host}/`, {}, on("web", "web.test")).response.status,
        );
        assert.deepEqual(asked, [403, 403, 403, 403]);
        assert.equal(
            kept.ask("secret.shop.test/", {}, { ...on("web", "web.test"), remoteAddress: "192.0.2.8" }).response.status,
            421,
            "who may pass is told",
        );
    });

    it("is served by a table that has it too, where no client certificate is in play", () => {
        const simple = new Gateway(
            delta(1, {
                chains: [httpsChain("shop", ["shop.test"]), httpsChain("rest", [])],
                virtualHosts: [table("shop", "shop.test"), table("rest", "*")],
            }),
        );
        assert.equal(simple.ask("shop.test/", {}, on("rest", "")).record().routeName, "rest");
    });
});
