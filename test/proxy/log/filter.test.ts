import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConnectionRecord, RequestRecord } from "../../../proxy/telemetry";
import { celFault } from "../../../istio/validation/rules/cel";
import { compileFilter, type Filter } from "../../../proxy/log/filter";

const RECORD = {
    method: "GET",
    authority: "web.test",
    path: "/api/x?q=1",
    status: 503,
    protocol: "HTTP/1.1",
    bytesReceived: 10,
    bytesSent: 20,
    remoteAddress: "10.0.0.1",
    remotePort: 5,
    details: "via_upstream",
    requestId: "1",
    upstreamHost: "",
    upstreamWorkload: "",
    upstreamFailure: "",
    requestHeaders: ["user-agent", "curl", "x-a", "b"],
    responseHeaders: ["x-r", "1"],
    connection: {
        remoteAddress: "10.0.0.1",
        remotePort: 5,
        localAddress: "10.0.0.2",
        localPort: 80,
        scheme: "http",
        serverName: "",
        forwardedClientCert: "",
    },
} as unknown as RequestRecord;

const CONNECTION: ConnectionRecord = {
    start: 0,
    duration: 5,
    bytesReceived: 10,
    bytesSent: 20,
    flags: "",
    details: "",
    upstreamFailure: "",
    upstreamHost: "10.1.0.1:3306",
    upstreamWorkload: "",
    cluster: "outbound|3306||db.shop.svc.cluster.local",
    upstreamLocalAddress: "10.0.0.2:9",
    downstreamLocalAddress: "[fd00::2]:443",
    downstreamRemoteAddress: "[fd00::1]:5",
    serverName: "db.test",
    mtls: true,
    policyMarks: [],
};

function compiled(filter: string): Filter {
    const found = compileFilter(filter);
    if (typeof found === "string") throw new Error(found);
    return found;
}

function logs(filter: string, record = RECORD): boolean {
    return compiled(filter).request(record);
}

describe("access log filter", () => {
    it("compares attributes", () => {
        for (const filter of [
            "response.code >= 400",
            "response.code == 503 && request.method == 'GET'",
            "!(response.code < 500)",
            'request.url_path == "/api/x"',
            "request.query == 'q=1'",
            "request.path.startsWith('/api')",
            "request.host.endsWith('.test') && request.host.contains('eb')",
            "response.code in [500, 503]",
            "-1 < request.size",
            "request.headers['x-a'] == 'b'",
            "request.headers['X-A'] == 'b'",
            "response.headers[\"x-r\"] == '1'",
            "has(request.useragent)",
            "!has(request.headers.absent)",
            "connection.mtls == false",
            "source.address == '10.0.0.1:5'",
        ])
            assert.equal(logs(filter), true, filter);
        for (const filter of [
            "response.code < 400",
            "request.method == 'POST'",
            "response.code in []",
            "!has(request.useragent)",
            "response.code == '503'",
        ])
            assert.equal(logs(filter), false, filter);
    });

    it("does not log where a key is missing, unless the rest decides", () => {
        assert.equal(logs("request.headers['absent'] == 'x'"), false);
        assert.equal(logs("request.headers['absent'] != 'x'"), false);
        assert.equal(logs("!(request.headers['absent'] == 'x')"), false);
        assert.equal(logs("request.headers['absent'] == 'x' || response.code == 503"), true);
        assert.equal(logs("response.code == 503 || upstream.address == 'x'"), true);
        assert.equal(logs("!(upstream.address == 'x' && response.code == 200)"), true);
        assert.equal(logs("response.code >= 0", { ...RECORD, status: 0 }), false);
    });

    it("compares text of other letters with the bytes that were sent", () => {
        const record = { ...RECORD, requestHeaders: ["x-city", Buffer.from("Zürich").toString("latin1")] };
        for (const filter of [
            "request.headers['x-city'] == 'Zürich'",
            "request.headers['x-city'].contains('ü')",
            "request.headers['x-city'] in ['Zürich']",
        ])
            assert.equal(logs(filter, record), true, filter);
    });

    it("asks a connection without requests what it has, and takes the rest for missing", () => {
        for (const filter of [
            "request.size == 10 && response.size == 20",
            "!has(response.code_details)",
            "connection.mtls && connection.requested_server_name == 'db.test'",
            "source.address == '[fd00::1]:5' && source.port == 5",
            "destination.address == '[fd00::2]:443' && destination.port == 443",
            "upstream.address == '10.1.0.1:3306' && !has(upstream.transport_failure_reason)",
            "!has(request.method) && !has(response.code)",
            "response.code >= 500 || response.size > 0",
        ])
            assert.equal(compiled(filter).connection(CONNECTION), true, filter);
        for (const name of ["path", "url_path", "query", "host", "method", "protocol", "scheme", "id", "useragent", "referer"])
            assert.equal(compiled(`has(request.${name})`).connection(CONNECTION), false, name);
        for (const filter of ["response.code >= 0", "request.headers['x-a'] == 'b'", "has(response.headers.a)", "request.scheme == 'http'"])
            assert.equal(compiled(filter).connection(CONNECTION), false, filter);
        assert.equal(
            compiled("has(source.address) || has(upstream.address)").connection({
                ...CONNECTION,
                downstreamRemoteAddress: "",
                upstreamHost: "",
                upstreamWorkload: "",
            }),
            false,
        );
    });

    it("writes addresses of requests and of connections alike", () => {
        const connection = { ...RECORD.connection, remoteAddress: "fd00::1", localAddress: "fd00::2" };
        const filter = "source.address == '[fd00::1]:5' && destination.address.startsWith('[fd00::2]:')";
        assert.equal(logs(filter, { ...RECORD, connection, remoteAddress: "fd00::1" }), true);
        assert.equal(compiled(filter).connection(CONNECTION), true);
    });

    it("knows nothing of a request that was refused for its bytes", () => {
        const refused = {
            ...RECORD,
            method: "",
            authority: "",
            path: "",
            protocol: "",
            requestId: "",
            status: 400,
            requestHeaders: [],
            responseHeaders: [],
            responseTrailers: undefined,
        };
        for (const name of ["path", "url_path", "query", "host", "method", "protocol", "scheme", "id"])
            assert.equal(logs(`has(request.${name})`, refused), false, name);
        assert.equal(logs("response.code == 400 && source.port == 5", refused), true);
    });

    it("binds && before ||", () => {
        assert.equal(logs("response.code == 503 || response.code == 1 && response.code == 2"), true);
        assert.equal(logs("(response.code == 503 || response.code == 1) && response.code == 2"), false);
    });

    it("says what it does not understand", () => {
        for (const filter of ["", "response.code >=", "request.path.constructor('a')", "1 +", "response.code >= 400)", "'open", "@", "("]) {
            assert.equal(typeof compileFilter(filter), "string", filter);
        }
        assert.match(compileFilter("request.path.matches('(')") as string, /no regular expression/);
        assert.equal(typeof compileFilter("(".repeat(100_000)), "string");
        assert.equal(typeof compileFilter("true" + " && true".repeat(100_000)), "string");
        assert.equal(typeof compileFilter("!".repeat(100_000) + "true"), "string");
    });

    it("takes rows of operators and fields of any length, or says that they are too long, and ends no stack", () => {
        const row = (first: string, more: string): Filter | string => compileFilter(first + more.repeat(Math.floor(16_000 / more.length)));
        for (const sign of ["&&", "||"]) {
            const filter = row("true", `${sign}true`);
            assert.ok(typeof filter !== "string" && filter.request(RECORD));
        }
        for (const more of ["+1", "-1", "*1", "==1", "<1", ".a", "[0]", "['a']", " in [1]"])
            assert.match(row("request.size", more) as string, /nested too deeply/, more);
        const nested = (depth: number): string => (depth === 0 ? "1" : `(${nested(depth - 1)}${"+1".repeat(80)})`);
        assert.match(compileFilter(nested(90)) as string, /nested too deeply/);
    });

    it("says what is wrong without the texts of a filter, which may be passwords", () => {
        for (const filter of [
            `request.headers['x-key'] 'hunter2'`,
            `request.headers['x-key'] == "hunter2" "hunter2"`,
            `request.headers['x-key'] == 'hunter2`,
            `request.headers['x-key'].matches('hunter2(')`,
            `request.headers['x-key'].matches('hunter2\\\\8')`,
            `request.headers['x-key'].'hunter2'`,
            `has('hunter2')`,
            `{'a' 'hunter2'}`,
        ]) {
            assert.doesNotMatch(compileFilter(filter) as string, /hunter2/, filter);
            assert.doesNotMatch(celFault(filter) ?? "", /hunter2/, filter);
        }
    });

    it("never throws", () => {
        const piece = fc.constantFrom(
            "response.code",
            "request.headers['a']",
            "has(",
            ")",
            "(",
            "!",
            "&&",
            "||",
            "==",
            "in",
            "[",
            "]",
            "1",
            "'x'",
            ".",
            "startsWith",
            ",",
            "-",
            "true",
        );
        fc.assert(
            fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
                const filter = compileFilter(pieces.join(" "));
                if (typeof filter === "string") return;
                assert.equal(typeof filter.request(RECORD), "boolean");
                assert.equal(typeof filter.connection(CONNECTION), "boolean");
            }),
            { numRuns: 2000 },
        );
    });
});
