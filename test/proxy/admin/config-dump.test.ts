/** What the admin server shows of who may pass: enough to see what holds, and nothing that opens a door. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { jsonFormat } from "../../../istio/log-format";
import { configDump } from "../../../proxy/admin/config-dump";
import {
    emptyTables,
    TABLE_NAMES,
    type AccessLogEntry,
    type AttributeEntry,
    type AttributeTestEntry,
    type AuthorizationPolicyEntry,
    type RouteEntry,
    type Tables,
    type TracingEntry,
} from "../../../proxy/tables";

const ORIGIN = { group: "security.istio.io", kind: "AuthorizationPolicy", namespace: "shop", name: "keep", field: "spec" };
const HASH = "$2y$10$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvabcdefghij";

const test = (attribute: AttributeEntry, value: string): AttributeTestEntry => ({
    attribute,
    values: [{ kind: "exact", value, ignoreCase: false }],
    notValues: [{ kind: "prefix", value: `not-${value}`, ignoreCase: false }],
    field: "when[0]",
});
const rule = (...tests: AttributeTestEntry[]): AuthorizationPolicyEntry => ({
    key: "shop/keep",
    namespace: "shop",
    name: "keep",
    action: "ALLOW",
    dryRun: false,
    rules: [{ field: "spec.rules[0]", index: 0, from: [tests], to: [tests], when: tests }],
    connectionRules: [{ field: "spec.rules[0]", index: 0, from: [tests], to: [tests], when: tests }],
    origin: ORIGIN,
});
const dumped = (tables: Partial<Tables>): string => JSON.stringify(configDump({ ...emptyTables(), ...tables }));

describe("the dump of the configuration", () => {
    it("has every table", () => {
        assert.deepEqual(Object.keys(configDump(emptyTables())), [...TABLE_NAMES]);
    });

    it("shows what a rule asks for, but of a header that may be a password only its name", () => {
        const hidden = ["x-api-key", "authorization", "cookie", "x-team", "proxy-authorization"].map((name) =>
            test({ kind: "header", name }, `hunter2 ${name}`),
        );
        const shown = [
            test({ kind: "header", name: "user-agent" }, "curl"),
            test({ kind: "path" }, "/admin"),
            test({ kind: "claim", path: ["groups"] }, "staff"),
        ];
        const text = dumped({ authorizations: new Map([["shop/keep", rule(...hidden, ...shown)]]) });
        assert.doesNotMatch(text, /hunter2/);
        for (const part of ["x-api-key", "x-team", '"curl"', '"not-curl"', '"/admin"', '"staff"']) assert.ok(text.includes(part), part);
        assert.equal(text.match(/"redacted"/g)?.length, 2 * 2 * 3 * hidden.length);
    });

    it("shows of a route no header that sounds like a password, and to strangers none but harmless ones, and no body", () => {
        const value = (name: string): readonly [string, string] => [name, `hunter2 of ${name}`];
        const names = ["authorization", "x-api-key", "x-team", "user-agent"];
        const ops = { remove: [], set: names.map(value), add: names.map(value) };
        const exact = (name: string) => ({ name, match: { kind: "exact" as const, value: value(name)[1] } });
        const routes: RouteEntry[] = [
            {
                name: "a",
                match: { headers: names.map((name) => ({ ...exact(name), invert: false })), queryParams: names.map(exact), claims: [] },
                action: {
                    kind: "forward",
                    clusters: [{ cluster: "c", weight: 1, request: ops, response: ops }],
                    timeoutMs: 0,
                    retry: { attempts: 0, on: [], statusCodes: [], perTryTimeoutMs: 0, backoffMs: 25 },
                    mirrors: [],
                },
                request: ops,
                response: ops,
                origin: ORIGIN,
            },
            { name: "b", action: { kind: "direct", status: 200, body: "aHVudGVyMg==" }, origin: ORIGIN },
        ];
        const host = { key: "t *", routeTable: "t", domain: "*", httpsRedirect: false, routes, origin: ORIGIN };
        const tables = { ...emptyTables(), virtualHosts: new Map([[host.key, host]]) };
        const shown = (isShared: boolean): string[] => {
            const text = JSON.stringify(configDump(tables, ["virtualHosts"], isShared));
            return [...names.filter((name) => text.includes(value(name)[1])), ...(text.includes("aHVudGVyMg==") ? ["the body"] : [])];
        };
        assert.deepEqual(shown(false), ["x-team", "user-agent", "the body"]);
        assert.deepEqual(shown(true), ["user-agent"]);
    });

    it("shows to strangers no page, no text that a request is compared with, and no value of a tag", () => {
        const page = { statuses: [[400, 599] as const], of: "all" as const, json: "hunter2", text: "hunter2", html: "hunter2" };
        const filter = `request.headers['x-team'] == "hunter2" && request.method == 'hunter2'`;
        const collector = {
            provider: "otel",
            cluster: "c",
            authority: "c",
            protocol: "otlp-http" as const,
            path: "/v1/traces?key=password",
            timeoutMs: 1,
            headers: [{ name: "api-key", value: "password" }],
            resource: [],
            hasEnvironment: false,
            origin: ORIGIN,
        };
        const tracing: TracingEntry = {
            key: "default",
            collector,
            propagation: "w3c",
            randomPercent: 1,
            usesRequestId: false,
            tags: [
                { name: "team", kind: "literal", value: "hunter2" },
                { name: "a", kind: "header", header: "x-team", otherwise: "hunter2" },
                { name: "b", kind: "header", header: "x-api-key", otherwise: "password" },
                { name: "c", kind: "environment", variable: "TEAM", otherwise: "hunter2" },
            ],
            maxPathLength: 256,
            node: { namespace: "", domain: "" },
            origin: ORIGIN,
        };
        const log = (key: string, expression: string): [string, AccessLogEntry] => [
            key,
            {
                key,
                to: { kind: "file", path: "/dev/stdout", format: { kind: "text", text: "%PROTOCOL%" } as never },
                filter: expression,
                origin: ORIGIN,
            },
        ];
        const tables: Tables = {
            ...emptyTables(),
            errorPages: new Map([["*", { key: "*", pages: [page], origin: ORIGIN }]]),
            accessLogs: new Map([log("a", filter), log("b", "request.headers['x-api-key'] == r'password'")]),
            metrics: new Map([
                [
                    "default",
                    {
                        key: "default",
                        reportingMs: 1,
                        metrics: [{ metric: "REQUEST_COUNT" as never, tags: [{ name: "t", expression: filter, origin: ORIGIN }] }],
                    },
                ],
            ]),
            tracing: new Map([["default", tracing]]),
        };
        const shared = JSON.stringify(configDump(tables, [], true));
        assert.doesNotMatch(shared, /hunter2|password/);
        for (const part of ["request.headers['x-team'] == 'redacted'", "/v1/traces?redacted", "%PROTOCOL%"])
            assert.ok(shared.includes(part), part);
        const own = JSON.stringify(configDump(tables));
        assert.doesNotMatch(own, /password/);
        assert.equal(own.match(/hunter2/g)?.length, 3 + 2 + 2 + 3);
    });

    it("shows of an expression no text but the names in brackets, however the text is written", () => {
        const log = (filter: string): string => {
            const entry = { key: "a", to: { kind: "file", path: "/dev/stdout", format: {} as never } as const, filter, origin: ORIGIN };
            const { accessLogs } = configDump({ ...emptyTables(), accessLogs: new Map([["a", entry]]) }, ["accessLogs"], true);
            return (accessLogs as readonly AccessLogEntry[])[0]!.filter;
        };
        for (const [filter, shown] of [
            [`request.headers['x-team'] in ['hunter2', "hunter2"]`, `request.headers['x-team'] in ['redacted', 'redacted']`],
            [`request.headers['x-team'] in ['hunter2']`, `request.headers['x-team'] in ['redacted']`],
            [
                `request.headers[ "x-team" ] == r'\' || 'hunter2' == r'\'`,
                `request.headers[ "x-team" ] == 'redacted' || 'redacted' == 'redacted'`,
            ],
            [`request.path == """a"hunter2"b"""`, `request.path == 'redacted'`],
            [`request.path == b'hunter2' // hunter2`, `request.path == 'redacted' `],
            [`request.path == 'hunter2`, `'redacted'`],
            [`{'hunter2': 1}['hunter2'] == 1 && request.\`x-y\` == 1`, `{'redacted': 1}['hunter2'] == 1 && request.\`x-y\` == 1`],
        ] as const)
            assert.equal(log(filter), shown);
    });

    it("shows of a log's fields no value whose name sounds like a password's", () => {
        const fields = { at: "%START_TIME%", token: "hunter2", nested: { list: [{ "x-api-key": "hunter2", code: "%RESPONSE_CODE%" }] } };
        const files = {
            key: "a",
            to: { kind: "file", path: "/dev/stdout", format: jsonFormat(fields, false) } as const,
            filter: "",
            origin: ORIGIN,
        };
        const collector = { provider: "otel" } as never;
        const attributes = [
            ["password", "hunter2"],
            ["code", "%RESPONSE_CODE%"],
        ] as const;
        const records = { key: "b", to: { kind: "otlp", collector, text: "", attributes } as const, filter: "", origin: ORIGIN };
        const accessLogs = new Map<string, AccessLogEntry>([
            ["a", files],
            ["b", records],
        ]);
        for (const isShared of [true, false]) {
            const text = JSON.stringify(configDump({ ...emptyTables(), accessLogs }, ["accessLogs"], isShared));
            assert.equal(text.includes("hunter2"), false);
            assert.deepEqual([text.match(/redacted/g)?.length, text.match(/%RESPONSE_CODE%/g)?.length], [3, 2]);
        }
    });

    it("shows of keys their names and never a key, and says why there is none", () => {
        const jwks = JSON.stringify({
            keys: [
                { kid: "a", kty: "RSA", alg: "RS256", use: "sig", n: "modulus", e: "AQAB", d: "private" },
                { kty: "oct", k: "shared" },
            ],
        });
        const entries = [
            { key: "https://issuer/keys", jwks, why: "" },
            { key: "https://dead/keys", jwks: "", why: "nobody answers" },
            { key: "odd", jwks: "no JSON", why: "" },
            { key: "https://ann:pw@issuer/keys?api_key=opaque&v=1", jwks: "", why: "" },
        ];
        const { keySets } = configDump({ ...emptyTables(), keySets: new Map(entries.map((one) => [one.key, one])) });
        assert.deepEqual(keySets, [
            { key: "https://issuer/keys", keys: [{ kid: "a", kty: "RSA", alg: "RS256", use: "sig" }, { kty: "oct" }], why: "" },
            { key: "https://dead/keys", keys: [], why: "nobody answers" },
            { key: "odd", keys: "unreadable", why: "" },
            { key: "https://redacted@issuer/keys?api_key=redacted&v=1", keys: [], why: "" },
        ]);
    });

    it("shows of providers no hash and no header that they are sent", () => {
        const text = dumped({
            providers: new Map([
                ["basic", { key: "basic", kind: "basic-auth", realm: "ops", userHeader: "", users: [["ann", HASH]], origin: ORIGIN }],
                [
                    "oauth",
                    {
                        key: "oauth",
                        kind: "http",
                        cluster: "outbound|80||oauth.auth",
                        authority: "oauth.auth",
                        timeoutMs: 600,
                        pathPrefix: "/check",
                        failOpen: false,
                        statusOnError: 403,
                        includeRequestHeaders: ["cookie"],
                        includeAdditionalHeaders: [["x-key", "hunter2"]],
                        headersToUpstreamOnAllow: [],
                        headersToDownstreamOnAllow: [],
                        headersToDownstreamOnDeny: [],
                        clearRouteCache: false,
                        origin: ORIGIN,
                    },
                ],
                ["none", { key: "none", kind: "unserved", why: "it speaks gRPC", origin: ORIGIN }],
            ]),
        });
        assert.doesNotMatch(text, /hunter2|\$2y\$|ann/);
        for (const part of ['"users":1', '"x-key","redacted"', "/check", "it speaks gRPC"]) assert.ok(text.includes(part), part);
    });
});
