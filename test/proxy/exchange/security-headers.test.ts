/** Security headers on whatever a client is answered, and what a backend or a route says of the same. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { securityHeadersOf, type SecurityHeaders } from "../../../istio/semantics";
import type { RouteEntry, VirtualHostEntry } from "../../../proxy/tables";
import { delta, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { Gateway } from "./asking";

const KEY = "VirtualService default/web";

function of(value: unknown): SecurityHeaders {
    const read = securityHeadersOf(value);
    if ("fault" in read) throw new Error(read.fault);
    return read.value;
}

interface Given {
    readonly host?: unknown;
    readonly gateway?: unknown;
    readonly routes?: readonly RouteEntry[];
    readonly more?: Partial<VirtualHostEntry>;
}

function gateway({ host, gateway: all, routes = [route(forwardTo("c"), { match: prefix("/on") })], more = {} }: Given): Gateway {
    const edges = [
        ...(host === undefined ? [] : [{ key: KEY, securityHeaders: { value: of(host), origin: ORIGIN }, origin: ORIGIN }]),
        ...(all === undefined ? [] : [{ key: "*", securityHeaders: { value: of(all), origin: ORIGIN }, origin: ORIGIN }]),
    ];
    return new Gateway(
        delta(1, { virtualHosts: [virtualHost("a.test", routes, { ...(host === undefined ? {} : { edge: [KEY] }), ...more })], edges }),
        "c",
    );
}

const NAMES = [
    "strict-transport-security",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "x-frame-options",
    "content-security-policy",
];
const said = (response: { header(name: string): string | undefined }): string[] =>
    NAMES.filter((name) => response.header(name) !== undefined);
const PLAIN = NAMES.slice(1);

describe("security headers", () => {
    it("are on responses of backends, refusals, errors and hosts that nobody has, and over TLS alone tell of TLS", () => {
        const g = gateway({ gateway: true });
        const asked = g.ask("a.test/on");
        g.cluster().last.answer(200, ["content-type", "text/html"], "x");
        assert.deepEqual(said(asked.response), PLAIN);
        assert.deepEqual(said(g.ask("a.test/off").response), PLAIN, "404");
        assert.deepEqual(said(g.ask("b.test/").response), PLAIN, "nobody's host");
        g.cluster().failures = ["no-endpoint"];
        assert.deepEqual(said(g.ask("a.test/on").response), PLAIN, "503");
        const secure = g.ask("a.test/off", {}, { scheme: "https" });
        assert.deepEqual(said(secure.response), NAMES);
    });

    it("are on redirects and direct answers too", () => {
        const g = gateway({
            host: true,
            routes: [
                route({ kind: "redirect", status: 302, authority: "b.test" }, { match: prefix("/go") }),
                route({ kind: "direct", status: 200, body: Buffer.from("x").toString("base64") }, { match: prefix("/x") }),
            ],
        });
        for (const path of ["/go", "/x"]) assert.deepEqual(said(g.ask(`a.test${path}`).response), PLAIN, path);
        const led = gateway({ host: true, more: { httpsRedirect: true } }).ask("a.test/on").response;
        assert.deepEqual([led.status, ...said(led)], [301, ...PLAIN]);
    });

    it("leave what a backend says, and who may frame a page as strict as it has it", () => {
        const answered = (value: unknown, ...headers: string[]): Record<string, string | undefined> => {
            const g = gateway({ host: value });
            const { response } = g.ask("a.test/on");
            g.cluster().last.answer(200, headers, "x");
            return Object.fromEntries(
                ["x-frame-options", "content-security-policy", "referrer-policy"].map((name) => [name, response.header(name)]),
            );
        };
        const referrer = "strict-origin-when-cross-origin";
        assert.deepEqual(answered(true, "x-frame-options", "DENY"), {
            "x-frame-options": "DENY",
            "content-security-policy": undefined,
            "referrer-policy": referrer,
        });
        assert.deepEqual(answered({ contentSecurityPolicy: "default-src 'self'" }, "x-frame-options", "DENY"), {
            "x-frame-options": "DENY",
            "content-security-policy": "default-src 'self'",
            "referrer-policy": referrer,
        });
        assert.deepEqual(answered(true, "content-security-policy", "Frame-Ancestors https://b.test", "referrer-policy", "origin"), {
            "x-frame-options": undefined,
            "content-security-policy": "Frame-Ancestors https://b.test",
            "referrer-policy": "origin",
        });
        assert.deepEqual(answered(true, "content-security-policy", "default-src 'none'"), {
            "x-frame-options": "SAMEORIGIN",
            "content-security-policy": "default-src 'none'",
            "referrer-policy": referrer,
        });
        assert.deepEqual(
            answered(
                { override: true, frameAncestors: "https://b.test" },
                "x-frame-options",
                "DENY",
                "content-security-policy",
                "a",
                "referrer-policy",
                "origin",
            ),
            { "x-frame-options": undefined, "content-security-policy": "frame-ancestors https://b.test", "referrer-policy": referrer },
        );
    });

    it("are the host's before the gateway's, and none where the host says none", () => {
        const host = gateway({ host: { frameAncestors: "'none'" }, gateway: true }).ask("a.test/off").response;
        assert.equal(host.header("x-frame-options"), "DENY");
        assert.deepEqual(said(gateway({ host: false, gateway: true }).ask("a.test/off").response), []);
    });

    it("have exceptions by what a route does to the same headers", () => {
        const embed = route(forwardTo("c"), {
            response: { remove: ["x-frame-options", "content-security-policy"], set: [["referrer-policy", "origin"]], add: [] },
        });
        const g = gateway({ host: true, routes: [embed] });
        const asked = g.ask("a.test/on");
        g.cluster().last.answer(200, [], "x");
        assert.equal(asked.response.header("x-frame-options"), undefined);
        assert.equal(asked.response.header("content-security-policy"), undefined);
        assert.equal(asked.response.header("referrer-policy"), "origin");
        assert.equal(asked.response.header("x-content-type-options"), "nosniff");
    });

    it("are on no answer to a call of gRPC", () => {
        const { response } = gateway({ host: true }).ask("a.test/off", { headers: ["content-type", "application/grpc"] });
        assert.deepEqual(said(response), []);
    });
});
