/** Every text of a configuration that is compared with a request or put into a head is its UTF-8 bytes there. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { hasControl, readableText, wireText } from "../../../istio/wire-text";
import type { CorsEntry, HeaderOpsEntry, RouteActionEntry, RouteMatchEntry } from "../../../proxy/tables";
import { conditionsIn } from "../../../proxy/snapshot/match/route-match";
import { bindVirtualHost } from "../../../proxy/snapshot/route";
import { matchesRoute, type RoutedRequest } from "../../../proxy/snapshot";
import { forwardTo, route, virtualHost } from "./entries";

/** So long that no pattern made of it is taken for a comparison by mistake. */
const TEXT = "/aü€";
const WIRE = Buffer.from(TEXT).toString("latin1");

describe("text on the wire", () => {
    it("is the UTF-8 bytes of a text, and can be read back", () => {
        assert.equal(wireText("Zürich €"), "Z\xc3\xbcrich \xe2\x82\xac");
        assert.equal(readableText("Z\xc3\xbcrich"), "Zürich");
        assert.equal(readableText("\xfc"), "\xfc", "no UTF-8 stays what it is");
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                const wire = wireText(text);
                assert.ok(!/[^\x00-\xff]/.test(wire));
                assert.equal(readableText(wire), Buffer.from(text).toString());
                assert.equal(hasControl(wire), hasControl(text), "no byte of a letter is a control");
            }),
        );
    });
});

/** `a.b[0]` of every text below a value, but for what says where it came from. */
function textsOf(value: unknown, at: string, found: Map<string, string> = new Map()): Map<string, string> {
    if (typeof value === "string") found.set(at, value);
    else if (typeof value === "object" && value !== null && !Buffer.isBuffer(value)) {
        for (const [key, inner] of Object.entries(value))
            if (!["origin", "regex", "pattern", "why"].includes(key)) textsOf(inner, `${at}.${key}`, found);
    }
    return found;
}

describe("the texts of the tables", () => {
    const strings = [
        { kind: "exact", value: TEXT },
        { kind: "prefix", value: TEXT },
        { kind: "regex", value: `${TEXT}.x` },
    ] as const;
    const ops: HeaderOpsEntry = {
        remove: [],
        set: [
            ["x-a", TEXT],
            ["x-b", `${TEXT}%PROTOCOL%${TEXT}`],
        ],
        add: [["x-c", TEXT]],
    };
    const cors: CorsEntry = {
        allowOrigins: strings,
        allowMethods: TEXT,
        allowHeaders: TEXT,
        exposeHeaders: TEXT,
        maxAge: "5",
        allowCredentials: true,
        forwardUnmatchedPreflights: true,
    };
    const actions: readonly RouteActionEntry[] = [
        forwardTo("c", { hostRewrite: TEXT }),
        forwardTo("c", {
            clusters: [
                { cluster: "c", weight: 1, request: ops, response: ops, hostRewrite: TEXT },
                { cluster: "d", weight: 1, request: { ...ops, set: [["host", TEXT]] } },
            ],
        }),
        { kind: "redirect", status: 301, authority: TEXT, path: { kind: "full", value: TEXT } },
        { kind: "redirect", status: 301, path: { kind: "prefix", value: TEXT } },
        { kind: "direct", status: 200, body: Buffer.from(TEXT).toString("base64") },
    ];
    const matches: readonly RouteMatchEntry[] = strings.map((one) => ({
        path: { kind: "regex", value: `${TEXT}.x`, ignoreCase: false },
        scheme: one,
        method: one,
        authority: one,
        headers: [
            { name: "x-a", match: one, invert: false },
            { name: "x-b", match: one, invert: true },
        ],
        queryParams: [{ name: TEXT, match: one }],
        // What a claim is called is compared within the token, where text is text.
        claims: [{ path: ["a"], match: one, invert: false }],
    }));

    it("are bytes wherever they are bound", () => {
        const routes = actions.flatMap((action) =>
            matches.map((match) => route(action, { name: TEXT, match, request: ops, response: ops, cors })),
        );
        const { host, faults } = bindVirtualHost(virtualHost("a.test", routes));
        assert.deepEqual(faults, []);
        const byKey = host.routes.map((one) => ({
            ...one,
            match: conditionsIn(one.match).map((condition) => ({ [condition.about]: { ...condition, next: undefined } })),
        }));
        const texts = [...textsOf(byKey, "routes")].filter(([at]) => !at.endsWith(".cluster"));
        assert.deepEqual(
            texts.filter(([, text]) => /[^\x00-\xff]/.test(text) || text.includes("ü")),
            [],
            "not converted",
        );
        assert.deepEqual(
            texts.filter(([, text]) => text.includes("\xc3\x83")),
            [],
            "converted twice",
        );
        const named = new Set(texts.filter(([, text]) => text.includes(WIRE)).map(([at]) => at.replace(/\.\d+(?=\.|$)/g, "")));
        for (const at of [
            "name",
            "match.scheme.value.value",
            "match.method.value.value",
            "match.authority.value.value",
            "match.headers.value.value",
            "match.queryParams.name",
            "match.queryParams.value.value",
            "match.claims.value.value",
            "match.path.path.value",
            "action.destinations.request.set.value.text",
            "action.destinations.request.set.value.parts",
            "action.destinations.response.add.value.text",
            "action.destinations.hostRewrite",
            "action.authority",
            "action.path.value",
            "action.response.set.value.text",
            "cors.allowOrigins.value",
            "cors.entry.allowMethods",
            "cors.entry.allowHeaders",
            "cors.entry.exposeHeaders",
        ])
            assert.ok(named.has(`routes.${at}`), at);
    });

    it("match a path whichever case its escapes are in", () => {
        const at = (kind: "exact" | "prefix" | "segment", value: string, pathname: string): boolean =>
            matchesRoute(
                bindVirtualHost(
                    virtualHost("a.test", [
                        route(forwardTo("c"), {
                            match: { path: { kind, value, ignoreCase: false }, headers: [], queryParams: [], claims: [] },
                        }),
                    ]),
                ).host.routes[0]!.match,
                { pathname } as RoutedRequest,
            );
        for (const pathname of ["/%C3%BC", "/%c3%bc", "/%c3%BC"])
            for (const value of ["/ü", "/%C3%BC", "/%c3%bc"])
                for (const kind of ["exact", "prefix", "segment"] as const) assert.ok(at(kind, value, pathname), `${value} ${pathname}`);
        assert.ok(at("prefix", "/ü", "/%c3%bc/a%2fb"));
        assert.ok(!at("exact", "/ü", "/%c3%bd"));
        assert.ok(!at("exact", "/ab", "/aB"));
    });

    it("are encoded where paths of requests are", () => {
        const encoded = "/a%C3%BC%E2%82%AC";
        const bound = (["exact", "prefix", "segment"] as const).map(
            (kind) =>
                bindVirtualHost(
                    virtualHost("a.test", [
                        route(forwardTo("c", { rewrite: { kind: "prefix", value: TEXT } }), {
                            match: { path: { kind, value: TEXT, ignoreCase: false }, headers: [], queryParams: [], claims: [] },
                        }),
                    ]),
                ).host.routes[0]!,
        );
        for (const one of bound) {
            assert.equal(one.match!.path!.value, encoded);
            assert.equal(one.action.kind === "forward" && one.action.rewrite!.value, encoded);
        }
        assert.deepEqual(
            bound.map(({ action }) => action.kind === "forward" && action.rewrite!.replaced),
            [-1, encoded.length, encoded.length],
        );
    });
});
