/** Hosts that are being looked after: what everybody is told, who passes, and what becomes of connections. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import { maintenanceOf, type Maintenance } from "../../../istio/semantics";
import type { EdgeEntry, VirtualHostEntry } from "../../../proxy/tables";
import { cluster, delta, endpoints, forwardTo, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { Gateway, type Asked } from "./asking";
import { RawClient } from "./client";
import { startProxy } from "./harness";

const KEY = "VirtualService default/web";

function of(value: unknown): Maintenance | false {
    const read = maintenanceOf(value);
    if ("fault" in read) throw new Error(read.fault);
    return read.value;
}

const edge = (key: string, value: unknown): EdgeEntry => ({ key, maintenance: { value: of(value), origin: ORIGIN }, origin: ORIGIN });

function gateway(given: {
    readonly host?: unknown;
    readonly gateway?: unknown;
    readonly more?: Partial<VirtualHostEntry>;
    readonly errorPages?: string;
}): Gateway {
    const { host, gateway: all, more = {}, errorPages } = given;
    const edges = [...(host === undefined ? [] : [edge(KEY, host)]), ...(all === undefined ? [] : [edge("*", all)])];
    const own = host === undefined ? {} : { edge: [KEY] };
    const pages = errorPages === undefined ? [] : [{ statuses: [[503, 503]] as const, of: "gateway" as const, text: errorPages }];
    return new Gateway(
        delta(1, {
            virtualHosts: [virtualHost("a.test", [route(forwardTo("c"))], { ...own, ...more })],
            edges,
            errorPages: pages.length === 0 ? [] : [{ key: "*", pages, origin: ORIGIN }],
        }),
        "c",
    );
}

const told = ({ response }: Asked): unknown[] => [
    response.status,
    response.header("retry-after"),
    response.header("cache-control"),
    response.header("content-type"),
    response.body,
];
const PLAIN = [503, "300", "no-store", "text/plain", "down for maintenance, please try again later"];

describe("maintenance", () => {
    it("tells everybody to come back, of a host or of all that a gateway serves", () => {
        const ofHost = gateway({ host: true });
        const asked = ofHost.ask("a.test/x");
        assert.deepEqual(told(asked), PLAIN);
        assert.deepEqual([asked.record().details, asked.record().flags], ["maintenance", ""]);
        assert.equal(ofHost.ask("b.test/x").response.status, 404);
        const ofAll = gateway({ gateway: true });
        assert.deepEqual(told(ofAll.ask("a.test/x")), PLAIN);
        assert.deepEqual(told(ofAll.ask("b.test/x")), PLAIN, "a host that nobody has");
        const but = gateway({ host: false, gateway: true });
        but.ask("a.test/x");
        assert.equal(but.cluster().requests.length, 1, "a host that is served all the same");
        assert.equal(ofHost.cluster().requests.length, 0);
    });

    it("has a page of its own, in the form that a client likes, else the error page for the status", () => {
        const page = { html: "<p>{{host}}", json: '{"s":{{status}}}' };
        const g = gateway({ host: { page, status: 500, retryAfter: "2026-01-31T06:00:00Z" }, errorPages: "error page" });
        const browser = g.ask("a.test/x", { headers: ["accept", "text/html,*/*;q=0.8"] });
        const time = "Sat, 31 Jan 2026 06:00:00 GMT";
        assert.deepEqual(told(browser), [500, time, "no-store", "text/html; charset=utf-8", "<p>a.test"]);
        assert.equal(browser.response.header("vary"), "Accept");
        assert.deepEqual(told(g.ask("a.test/x")), [500, time, "no-store", "application/json", '{"s":500}']);
        const none = gateway({ host: true, errorPages: "error page" });
        assert.deepEqual(told(none.ask("a.test/x")), [503, "300", "no-store", "text/plain; charset=utf-8", "error page"]);
        const written = gateway({ host: { page: { text: "own" } }, errorPages: "error page" });
        assert.equal(written.ask("a.test/x").response.body, "own");
    });

    it("lets pass who says the header or the cookie, comes from the addresses, or asks for the paths", () => {
        const bypass = {
            header: { name: "x-team", value: "edge" },
            cookie: { name: "team", value: "edge" },
            addresses: ["10.0.0.0/8", "2001:db8::/32"],
            paths: ["/healthz", "/internal/*"],
        };
        const passes = (target: string, headers: string[] = [], remoteAddress = "192.0.2.7"): boolean => {
            const g = gateway({ host: { bypass } });
            g.ask(`a.test${target}`, { headers }, { remoteAddress });
            return g.cluster().requests.length === 1;
        };
        for (const [target, headers, address] of [
            ["/x", ["x-team", "edge"]],
            ["/x", ["cookie", "a=b; team=edge; c=d"]],
            ["/x", [], "10.1.2.3"],
            ["/x", [], "2001:db8::7"],
            ["/healthz"],
            ["/healthz?a=b"],
            ["/internal/x"],
            ["/internal/a%2Fb"],
            ["/.well-known/acme-challenge/token"],
        ] as [string, string[]?, string?][])
            assert.equal(passes(target, headers, address), true, JSON.stringify([target, headers, address]));
        for (const [target, headers, address] of [
            ["/x", ["x-team", "edge "]],
            ["/x", ["x-team", "edg"]],
            ["/x", ["x-team", "EDGE"]],
            ["/x", ["cookie", "xteam=edge"]],
            ["/x", ["x-forwarded-for", "10.1.2.3"]],
            ["/x", ["x-envoy-external-address", "10.1.2.3"]],
            ["/healthz/x"],
            ["/healthz/../x"],
            ["/internal/../x"],
            ["/.well-known/acme-challenge/../../x"],
            ["/.well-known/acme-challenge/..%2f..%2fx"],
            ["/internal/..%2Fx"],
            ["/internal/a%5c..%5c..%5cx"],
        ] as [string, string[]?, string?][])
            assert.equal(passes(target, headers, address), false, JSON.stringify([target, headers, address]));
    });

    it("keeps the header and the cookie from backends, and whatever else there is in their lines", () => {
        const bypass = { header: { name: "x-team", value: "edge" }, cookie: { name: "team", value: "edge" }, paths: ["/healthz"] };
        const forwarded = (target: string, headers: string[]): (string | undefined)[] => {
            const g = gateway({ host: { bypass } });
            g.ask(`a.test${target}`, { headers });
            const { last } = g.cluster();
            return [last.header("x-team"), last.header("cookie")];
        };
        assert.deepEqual(forwarded("/x", ["x-team", "edge", "cookie", "a=b"]), [undefined, "a=b"]);
        assert.deepEqual(forwarded("/x", ["cookie", "team=edge"]), [undefined, undefined]);
        assert.deepEqual(forwarded("/x", ["cookie", "a=b; team=edge; steam=1", "cookie", "team=edge"]), [undefined, "a=b; steam=1"]);
        assert.deepEqual(forwarded("/healthz", ["x-team", "edge", "cookie", "team=edge; c=d"]), [undefined, "c=d"]);
        const served = gateway({ host: false });
        served.ask("a.test/x", { headers: ["x-team", "edge"] });
        assert.equal(served.cluster().last.header("x-team"), "edge", "nobody is kept out, and it is a header like any other");
    });

    it("is read by pages of the origins that a rule allows, and their preflights are answered", () => {
        const cors = {
            allowOrigins: [{ kind: "exact", value: "https://app.test" }],
            allowMethods: "GET,POST",
            allowHeaders: "x-a",
            exposeHeaders: "",
            maxAge: "",
            allowCredentials: false,
            forwardUnmatchedPreflights: true,
        } as const;
        const g = gateway({ host: true, more: { routes: [route(forwardTo("c"), { cors })] } });
        const said = ({ response }: Asked): unknown[] => [response.status, response.header("access-control-allow-origin")];
        assert.deepEqual(said(g.ask("a.test/x", { headers: ["origin", "https://app.test"] })), [503, "https://app.test"]);
        assert.deepEqual(said(g.ask("a.test/x", { headers: ["origin", "https://other.test"] })), [503, undefined]);
        const preflight = (origin: string): Asked =>
            g.ask("a.test/x", { method: "OPTIONS", headers: ["origin", origin, "access-control-request-method", "POST"] });
        assert.deepEqual(said(preflight("https://app.test")), [200, "https://app.test"]);
        assert.deepEqual(said(preflight("https://other.test")), [503, undefined], "none leads to the backend");
        assert.equal(g.cluster().requests.length, 0);
    });

    it("answers before anybody is asked who they are, behind the redirect to HTTPS", () => {
        const guarded = gateway({ host: true });
        guarded.ask("a.test/x", { headers: ["authorization", "Bearer x"] });
        assert.equal(guarded.ask("a.test/x").response.status, 503);
        const led = gateway({ host: true, more: { httpsRedirect: true } });
        assert.equal(led.ask("a.test/x").response.status, 301);
        assert.equal(led.ask("a.test/x", {}, { scheme: "https" }).response.status, 503);
    });

    it("is UNAVAILABLE for calls of gRPC, whatever the status", () => {
        for (const status of [503, 500]) {
            const { response } = gateway({ host: { status, page: { text: "x" } } }).ask("a.test/x", {
                headers: ["content-type", "application/grpc"],
            });
            assert.deepEqual([response.status, response.header("grpc-status")], [200, "14"]);
        }
    });

    it("comes and goes with one change, and leaves connections and WebSockets as they are", async () => {
        const backend = createServer((_request, response) => response.end("served")).on("upgrade", (_request, socket) => {
            socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
            socket.on("data", (chunk: Buffer) => socket.write(`back ${chunk.toString()}`));
            socket.on("end", () => socket.end()).on("error", () => undefined);
        });
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const tables = (version: number, value: unknown): Parameters<typeof startProxy>[0] =>
            delta(version, {
                clusters: [cluster("c")],
                endpoints: [endpoints("c", (backend.address() as AddressInfo).port)],
                virtualHosts: [virtualHost("*", [route(forwardTo("c"))], { edge: [KEY] })],
                edges: [edge(KEY, value)],
            });
        const proxy = await startProxy(tables(1, false));
        const socket = new RawClient(proxy.port);
        socket.get(
            "/ws",
            "web.test",
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==",
        );
        assert.match(await socket.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /);
        const client = new RawClient(proxy.port);
        assert.equal((await client.get("/").response()).body, "served");
        proxy.apply({ version: 2, full: false, set: { edges: [edge(KEY, true)] }, remove: {} });
        const kept = await client.get("/").response();
        assert.equal(kept.status, 503);
        assert.doesNotMatch(kept.text, /connection: close/i);
        assert.equal(await socket.send("ping").until(/ping/), "back ping");
        const sent = "POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 4\r\n\r\nbody";
        assert.equal((await client.send(sent).response()).status, 503);
        proxy.apply({ version: 3, full: false, set: { edges: [edge(KEY, false)] }, remove: {} });
        assert.equal((await client.get("/").response()).body, "served");
        await Promise.all([client.close(), socket.close()]);
        await proxy.close();
        backend.close();
        backend.closeAllConnections();
    });
});
