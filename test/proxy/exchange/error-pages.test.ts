/** Pages in the place of plain answers: which are replaced, by which page, in which form, and what of the answer stays. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, it } from "mocha";
import type { ErrorPageEntry, RouteActionEntry, VirtualHostEntry } from "../../../proxy/tables";
import { delta, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { Gateway, type Asked } from "./asking";

const OF_HOST = "VirtualService default/web";
const page = (statuses: [number, number], more: Partial<ErrorPageEntry>): ErrorPageEntry => ({
    statuses: [statuses],
    of: "gateway",
    ...more,
});
const status = (one: number, more: Partial<ErrorPageEntry>): ErrorPageEntry => page([one, one], more);

interface Pages {
    readonly host?: readonly ErrorPageEntry[];
    readonly gateway?: readonly ErrorPageEntry[];
    readonly action?: RouteActionEntry;
    readonly more?: Partial<VirtualHostEntry>;
}

function gateway({ host, gateway: all, action = forwardTo("c"), more = {} }: Pages): Gateway {
    const errorPages = [
        ...(host ? [{ key: OF_HOST, pages: host, origin: ORIGIN }] : []),
        ...(all ? [{ key: "*", pages: all, origin: { ...ORIGIN, group: "", kind: "Service", name: "edge" } }] : []),
    ];
    const own = host ? { errorPages: OF_HOST } : {};
    return new Gateway(
        delta(1, { virtualHosts: [virtualHost("a.test", [route(action, { match: prefix("/on") })], { ...own, ...more })], errorPages }),
        "c",
    );
}

const told = ({ response }: Asked): [number, string | undefined, string] => [
    response.status,
    response.header("content-type"),
    response.body,
];

describe("error pages of answers of our own", () => {
    it("are those of the host, then those of the gateway, then none", () => {
        const g = gateway({ host: [status(404, { text: "host" })], gateway: [page([400, 599], { text: "gateway" })] });
        const plain = "text/plain; charset=utf-8";
        assert.deepEqual(told(g.ask("a.test/off")), [404, plain, "host"]);
        assert.deepEqual(told(g.ask("b.test/off")), [404, plain, "gateway"], "a host that nobody has");
        g.cluster().failures = ["no-endpoint"];
        assert.deepEqual(told(g.ask("a.test/on")), [503, plain, "gateway"], "the host has no page for it");
        const none = gateway({ host: [status(403, { text: "x" })] });
        assert.deepEqual(told(none.ask("a.test/off")), [404, undefined, ""]);
        none.cluster().failures = ["no-endpoint"];
        assert.deepEqual(told(none.ask("a.test/on")), [503, "text/plain", "no healthy upstream"]);
    });

    it("are by status, the narrowest range first, whatever the order", () => {
        const g = gateway({
            host: [
                page([400, 599], { text: "any" }),
                page([500, 504], { text: "few" }),
                status(503, { text: "one" }),
                page([500, 599], { text: "5xx" }),
            ],
            action: { kind: "refuse", why: "x" },
        });
        assert.equal(g.ask("a.test/off").response.body, "any");
        assert.equal(g.ask("a.test/on").response.body, "few");
        for (const [abort, body] of [
            [503, "one"],
            [504, "few"],
            [599, "5xx"],
            [499, "any"],
        ] as const) {
            const fault = { abort: { percent: 100, status: abort } };
            const faulty = new Gateway(
                delta(1, {
                    virtualHosts: [virtualHost("a.test", [route(forwardTo("c"), { fault })], { errorPages: OF_HOST })],
                    errorPages: [...g.snapshot.entries.errorPages.values()],
                }),
                "c",
            );
            assert.deepEqual([faulty.ask("a.test/").response.status, faulty.ask("a.test/").response.body], [abort, body]);
        }
    });

    it("are in the form that the client likes best, and plain where it takes none of them", () => {
        const g = gateway({ host: [status(404, { json: '{"status":{{status}}}', text: "text", html: "<p>html" })] });
        const json = "application/json";
        const rows: [accept: string | undefined, type: string | undefined][] = [
            [undefined, json],
            ["", json],
            ["*/*", json],
            ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "text/html; charset=utf-8"],
            ["TEXT/HTML", "text/html; charset=utf-8"],
            ["text/*", "text/plain; charset=utf-8"],
            ["text/html;q=0.5, application/json;q=0.4", "text/html; charset=utf-8"],
            ["text/html;q=0.4, application/json;level=1;q=0.5", json],
            ["application/problem+json", "application/problem+json"],
            ["application/json;q=0, */*", "application/problem+json"],
            ["application/*;q=0, */*;q=0.1", "text/plain; charset=utf-8"],
            ["text/html;q=0, text/*", "text/plain; charset=utf-8"],
            ["image/png", undefined],
            ["*/*;q=0", undefined],
        ];
        for (const [accept, type] of rows) {
            const { response } = g.ask("a.test/off", { headers: accept === undefined ? [] : ["accept", accept] });
            assert.deepEqual([response.status, response.header("content-type")], [404, type], accept);
            assert.equal(response.header("vary"), type === undefined ? undefined : "Accept", accept);
        }
        const { response } = g.ask("a.test/off", { headers: ["accept", "text/html;q=0.1", "accept", "text/plain"] });
        assert.equal(response.body, "text", "two lines are one list");
        assert.equal(
            gateway({ host: [status(404, { text: "x" })] })
                .ask("a.test/off")
                .response.header("vary"),
            undefined,
            "one form",
        );
    });

    it("have values put in, which mean nothing in any form", () => {
        const g = gateway({
            gateway: [
                page([400, 599], {
                    json: '{"s":{{status}},"r":"{{reason}}","h":"{{host}}","i":"{{ requestId }}"}',
                    html: "{{status}}|{{reason}}|{{host}}|{{requestId}}",
                    text: "é {{reason}}",
                }),
            ],
        });
        const asked = g.ask("B.test:8080/off", { headers: ["accept", "text/html"] });
        assert.match(asked.response.body, /^404\|Not Found\|b\.test\|[0-9a-f-]{36}$/);
        assert.equal(asked.response.body.split("|")[3], asked.record().requestId);
        const { s, r, h } = JSON.parse(g.ask("b.test/off").response.body) as Record<string, unknown>;
        assert.deepEqual([s, r, h], [404, "Not Found", "b.test"]);
        for (const host of ["<script>", '"', "a'b", "a&b", "a b", "a\\"]) {
            const body = g.ask(`${host}/off`, { headers: ["accept", "text/html"] }).response.body;
            assert.match(body, /^404\|Not Found\|\|/, host);
            assert.equal((JSON.parse(g.ask(`${host}/off`).response.body) as { h: string }).h, "");
        }
        const plain = g.ask("b.test/off", { headers: ["accept", "text/plain"] }).response;
        assert.equal(plain.contentLength, Buffer.byteLength("é Not Found"));
        assert.equal(plain.body, Buffer.from("é Not Found").toString("latin1"));
    });

    it("have no body for HEAD, and the length of what GET gets", () => {
        const g = gateway({ host: [status(404, { text: "four" })] });
        const { response, record } = g.ask("a.test/off", { method: "HEAD" });
        assert.deepEqual(
            [response.status, response.contentLength, response.body, response.ended, record().bytesSent],
            [404, 4, "", true, 0],
        );
    });

    it("leave the rest of the answer as it is", () => {
        const g = gateway({
            host: [page([400, 599], { html: "<p>page" })],
            action: forwardTo("c", { clusters: [{ cluster: "c", weight: 100, response: { remove: [], set: [["x-own", "1"]], add: [] } }] }),
        });
        g.cluster().failures = ["overflow"];
        const { response, record } = g.ask("a.test/on");
        assert.deepEqual([response.status, response.body, response.header("x-own")], [503, "<p>page", "1"]);
        assert.deepEqual([record().flags, record().bytesSent], ["UO", 7]);
        const bad = g.ask("a.test/on/%00").response;
        assert.deepEqual([bad.status, bad.body], [400, "<p>page"], "what was wrong was found before the host");
    });

    it("are not for redirects, gRPC, CONNECT, what a rule writes, nor clients of a proxy", () => {
        const pages = [page([400, 599], { text: "page" })];
        const redirect = gateway({ host: pages, action: { kind: "redirect", status: 302, path: { kind: "full", value: "/x" } } });
        assert.deepEqual([redirect.ask("a.test/on").response.status, redirect.ask("a.test/on").response.body], [302, ""]);
        const call = redirect.ask("a.test/off", { method: "POST", headers: ["content-type", "application/grpc"] }).response;
        assert.deepEqual([call.status, call.body, call.header("grpc-status")], [200, "", "12"]);
        assert.equal(redirect.ask("a.test:443", { method: "CONNECT", path: "" }, { isProxy: true }).response.body.includes("page"), false);
        const written = (body?: string): RouteActionEntry => ({
            kind: "direct",
            status: 503,
            ...(body === undefined ? {} : { body: Buffer.from(body).toString("base64") }),
        });
        assert.equal(gateway({ host: pages, action: written("soon") }).ask("a.test/on").response.body, "soon");
        assert.equal(gateway({ host: pages, action: written() }).ask("a.test/on").response.body, "page", "the rule says nothing");
        const all = [page([400, 599], { text: "page", of: "all" })];
        assert.equal(gateway({ host: all, action: written("soon") }).ask("a.test/on").response.body, "page");
    });
});

describe("error pages of backends' answers", () => {
    const all = [page([500, 599], { html: "<p>{{status}}", of: "all" })];
    const headers = (): string[] => [
        ...["content-type", "application/json", "content-length", "5", "content-encoding", "br", "etag", '"x"'],
        ...["retry-after", "7", "www-authenticate", "Basic", "set-cookie", "a=b", "cache-control", "no-store"],
    ];

    it("are given where they are asked for alone", () => {
        const g = gateway({ host: [page([500, 599], { text: "own" })] });
        const asked = g.ask("a.test/on");
        g.cluster().last.answer(503, ["content-type", "text/x"], "backend's");
        assert.deepEqual(told(asked), [503, "text/x", "backend's"]);
        const other = gateway({ host: [page([500, 599], { text: "own" })], gateway: all });
        const replaced = other.ask("a.test/on");
        other.cluster().last.answer(503, headers(), "wrong");
        assert.deepEqual(told(replaced), [503, "text/html; charset=utf-8", "<p>503"], "the host's is for the gateway's own");
        const fine = other.ask("a.test/on");
        other.cluster().last.answer(499, headers(), "wrong");
        assert.equal(fine.response.body, "wrong");
    });

    it("take the place of the body and of what is said of it; all else stays", () => {
        const g = gateway({ host: all });
        const { response, record } = g.ask("a.test/on");
        g.cluster().last.answer(503, headers(), "wrong");
        assert.deepEqual([response.status, response.body, response.contentLength, response.ended], [503, "<p>503", 6, true]);
        assert.deepEqual(
            ["content-length", "content-encoding", "etag", "retry-after", "www-authenticate", "set-cookie", "cache-control"].map((name) =>
                response.header(name),
            ),
            [undefined, undefined, undefined, "7", "Basic", "a=b", "no-store"],
        );
        assert.deepEqual([record().bytesSent, record().details, g.cluster().last.wasReset], [6, "via_upstream", undefined]);
    });

    it("are given where there is no body, where it breaks off, and to HEAD without one", () => {
        const g = gateway({ host: all });
        const empty = g.ask("a.test/on");
        g.cluster().last.answer(500);
        assert.deepEqual([empty.response.body, empty.response.ended, empty.record().bytesSent], ["<p>500", true, 6]);
        const broken = g.ask("a.test/on");
        g.cluster().last.receiver.onResponseHead({ status: 500, headers: [], contentLength: 9 }, false);
        assert.equal(broken.response.body, "", "its end is waited for");
        g.cluster().last.receiver.onResponseReset("connection-closed", true, "");
        assert.deepEqual([broken.response.body, broken.response.ended, broken.response.wasReset], ["<p>500", true, undefined]);
        assert.equal(broken.records.length, 1);
        const head = g.ask("a.test/on", { method: "HEAD" });
        g.cluster().last.receiver.onResponseHead({ status: 500, headers: ["content-length", "9"], contentLength: 9 }, true);
        assert.deepEqual([head.response.contentLength, head.response.body, head.response.ended, head.record().bytesSent], [6, "", true, 0]);
    });

    it("do not wait for a body without an end", async () => {
        const g = gateway({ host: all });
        const long = g.ask("a.test/on");
        g.cluster().last.receiver.onResponseHead({ status: 500, headers: [], contentLength: -1 }, false);
        for (let sent = 0; sent < 70_000; sent += 10_000) g.cluster().last.receiver.onResponseData(Buffer.alloc(10_000));
        assert.deepEqual([long.response.body, long.response.ended, g.cluster().last.wasReset], ["<p>500", true, "local"]);
        assert.equal(long.record().bytesSent, 6);
        const slow = g.ask("a.test/on");
        g.cluster().last.receiver.onResponseHead({ status: 500, headers: [], contentLength: -1 }, false);
        for (let turns = 0; !slow.response.ended && turns < 300; turns++) await delay(10);
        assert.deepEqual([slow.response.body, g.cluster().last.wasReset, slow.records.length], ["<p>500", "local", 1]);
    });

    it("are not given to calls of gRPC, nor where a client is gone", () => {
        const g = gateway({ host: all });
        const call = g.ask("a.test/on", { method: "POST", headers: ["content-type", "application/grpc"] });
        g.cluster().last.answer(503, ["content-type", "text/x"], "x");
        assert.deepEqual([call.response.status, call.response.body], [503, "x"]);
        const gone = g.ask("a.test/on");
        g.cluster().last.receiver.onResponseHead({ status: 500, headers: [], contentLength: 9 }, false);
        gone.receiver.onRequestReset("client-gone");
        assert.deepEqual([gone.response.body, g.cluster().last.wasReset, gone.records.length], ["", "client-gone", 1]);
    });
});
