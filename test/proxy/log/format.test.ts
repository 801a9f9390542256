/** Envoy's formats of access logs: every operator, in text and JSON, whatever a client writes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { faultsOf, jsonFormat, LOG_OPERATORS, parseLogFormat, textFormat, type JsonFormat } from "../../../istio/log-format";
import { lineFormat } from "../../../proxy/log/format/line";
import type { ConnectionRecord, RequestRecord } from "../../../proxy/telemetry";
import { CONNECTION, REQUEST } from "./records";

const text = (format: string, record: RequestRecord = REQUEST, omit = false): string =>
    lineFormat(textFormat(format, omit)).request(record).slice(0, -1);
const json = (fields: { readonly [key: string]: JsonFormat }, record: RequestRecord = REQUEST, omit = false): unknown =>
    JSON.parse(lineFormat(jsonFormat(fields, omit)).request(record));

describe("a format of access logs", () => {
    it("writes of each request what is its own, whatever stood in the line before", () => {
        const value = fc.oneof(fc.constantFrom("a", 'a"b', "\x1b[2J", "\r\n", "\xff", "x".repeat(300), ""), fc.string({ unit: "binary" }));
        const settings = textFormat("%REQ(X-A)% %PROTOCOL% %REQ(:PATH)% %REQ(X-A)%", false);
        const kept = lineFormat(settings);
        fc.assert(
            fc.property(fc.array(fc.tuple(value, value), { maxLength: 8 }), (values) => {
                for (const [header, path] of values) {
                    const record = { ...REQUEST, path, requestHeaders: ["x-a", header] };
                    assert.equal(kept.request(record), lineFormat(settings).request(record));
                }
            }),
        );
    });

    it("writes each time as it is, whatever time the line before had", () => {
        const far = Date.UTC(9_999, 11, 31);
        const time = fc.oneof(fc.integer({ min: 1_795_255_200_000, max: 1_795_255_202_000 }), fc.integer({ min: -far, max: far }));
        fc.assert(
            fc.property(fc.array(time), (times) => {
                for (const start of times) assert.equal(text("%START_TIME%", { ...REQUEST, start }), new Date(start).toISOString());
            }),
        );
    });

    it("tells how often an upstream was tried", () => {
        assert.equal(text("%UPSTREAM_REQUEST_ATTEMPT_COUNT%", { ...REQUEST, attempts: 3 }), "3");
        assert.deepEqual(json({ tries: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%" }, { ...REQUEST, attempts: 3 }), { tries: 3 });
    });

    it("writes what a PROXY protocol's header said, and whose the connection was before it", () => {
        const part = (type: number, hex: string): { type: number; value: Buffer } => ({ type, value: Buffer.from(hex, "hex") });
        const ssl = `0100000000${"210007"}${Buffer.from("TLSv1.3").toString("hex")}${"220001"}61`;
        const tlvs = [
            part(2, "612e74657374"),
            part(0xea, "0176706365"),
            part(0x20, ssl),
            part(0xee, "0105000000"),
            part(0xe0, "0000000000000007"),
        ];
        const direct = { remoteAddress: "10.0.0.9", remotePort: 7, localAddress: "10.0.0.1", localPort: 8443 };
        const request = { ...REQUEST, connection: { ...REQUEST.connection, tlvs, direct } };
        const of = (key: string): string => `%DYNAMIC_METADATA(envoy.filters.listener.proxy_protocol:${key})%`;
        assert.equal(
            text(
                ["authority", "aws_vpce_id", "ssl_version", "ssl_cn", "azure_link_id", "gcp_psc_connection_id", "tlv_0x02", "alpn", "x"]
                    .map(of)
                    .join("|"),
                request,
            ),
            "a.test|vpce|TLSv1.3|a|5|7|612e74657374|-|-",
        );
        assert.equal(text(of("authority")), "-");
        assert.equal(text("%DYNAMIC_METADATA(other:authority)%", request), "-");
        assert.equal(text("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%|%DOWNSTREAM_DIRECT_LOCAL_PORT%", request), "10.0.0.9:7|8443");
        const parsed = parseLogFormat(of("alpn"));
        assert.deepEqual(typeof parsed === "string" ? parsed : [parsed.unknown, parsed.unserved], [[], []]);
    });

    // What stands on the right was written by Envoy 1.40 of a request like this one.
    for (const [format, expected] of [
        ["%REQ(X-A)% %REQ(X-A):2% %REQ(NO)% %REQ(NO?X-A):1% %REQ(X-E)%| %REQ(X-E?X-A)%", "one on - o | "],
        [
            "%START_TIME%|%START_TIME(%Y/%m/%d)%|%START_TIME(%s.%3f)%|%START_TIME()%",
            "2026-11-21T10:00:00.005Z|2026/11/21|1795255200.005|2026-11-21T10:00:00.005Z",
        ],
        [
            "%START_TIME(%6f)%|%START_TIME(%9f)%|%START_TIME(%f)%|%START_TIME(%1f)%|%START_TIME(%E3S)%|%START_TIME(%J %)%",
            "005000|005000000|005000000|0|00.005|%J %",
        ],
        [
            "%PATH%|%PATH(NQ)%|%QUERY_PARAM(b)%|%QUERY_PARAMS(ORIG)%|%QUERY_PARAM(z)%|%REQ_WITHOUT_QUERY(:PATH)%|%REQ_WITHOUT_QUERY(X-NO?:PATH):3%",
            "/a?b=c|/a|c|b=c|-|/a|/a",
        ],
        [
            "%PROTOCOL%|%RESPONSE_CODE%|%RESPONSE_FLAGS%|%RESPONSE_FLAGS_LONG%|%RESPONSE_CODE_DETAILS%|%CONNECTION_TERMINATION_DETAILS%",
            "HTTP/1.1|200|-|-|via_upstream|-",
        ],
        ["%BYTES_RECEIVED%|%BYTES_SENT%|%DURATION%|%REQUEST_DURATION%|%RESPONSE_DURATION%|%RESPONSE_TX_DURATION%", "3|14|12|1|10|3"],
        ["%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%|%COMMON_DURATION(DS_RX_END:US_RX_BEG)%|%COMMON_DURATION(A:B:ms)%", "12000|9|-"],
        [
            "%GRPC_STATUS%|%GRPC_STATUS_NUMBER%|%TRAILER(X)%|%LOCAL_REPLY_BODY%|%ACCESS_LOG_TYPE%|%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
            "-|-|-||DownstreamEnd|1",
        ],
        [
            "%UPSTREAM_HOST%|%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%|%UPSTREAM_REMOTE_PORT%|%UPSTREAM_LOCAL_PORT%|%UPSTREAM_PROTOCOL%",
            "10.1.2.3:80|10.1.2.3|80|5000|HTTP/1.1",
        ],
        [
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%|%DOWNSTREAM_REMOTE_PORT%|%DOWNSTREAM_LOCAL_ADDRESS%|%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%|%DOWNSTREAM_LOCAL_PORT%",
            "10.0.0.1|40000|[::1]:8443|::1|8443",
        ],
        [
            "%REQUESTED_SERVER_NAME%|%REQUESTED_SERVER_NAME(HOST_FIRST)%|%ROUTE_NAME%|%STREAM_ID%|%CONNECTION_ID%",
            "web.test|web.test:8080|default|id-1|7",
        ],
        [
            "%METADATA(ROUTE:a)%|%DYNAMIC_METADATA(a:b)%|%FILTER_STATE(x)%|%VIRTUAL_CLUSTER_NAME%|%CEL(request.path)%|%CEL(request.headers['x-no'])%",
            "-|-|-|-|/a?b=c|-",
        ],
        [
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(24)%|%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(9)%|%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT( 0)%|%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(129)%|%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(64)%|%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT()%",
            "10.0.0.0/24|10.0.0.0/9|0.0.0.0/0|10.0.0.1/32|::/64|10.1.2.3",
        ],
        [
            "%REQUESTED_SERVER_NAME(HOST_FIRST:HOST)%|%REQUESTED_SERVER_NAME(SNI_ONLY:ORIG)%|%REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)%",
            "web.test:8080|web.test|web.test",
        ],
        [
            `%COALESCE({"operators":[{"command":"REQ","param":"x-no"},{"command":"REQ","param":"x-a","max_length":2}]})%|%COALESCE({"operators":["GRPC_STATUS","PROTOCOL"]}):4%|%COALESCE({"operators":[{"command":"REQ","param":"x-no"}]})%`,
            "on|HTTP|-",
        ],
        ["%QUERY_PARAMS(DECODED)%|%REQ(X-A):9999999999%|%ENVIRONMENT(NO_SUCH_VARIABLE)%|%CEL(response.code):2%", "b=c|one|-|20"],
        [
            "%CEL(1e10)%|%CEL(0.1+0.2)%|%CEL(1234567.0)%|%CEL(0.00001)%|%CEL(-1.5e-7)%|%CEL(1.0)%|%CEL(-0.0)%|%CEL(1.0/0.0)%",
            "1e+10|0.3|1.23457e+06|1e-05|-1.5e-07|1|-0|inf",
        ],
        [
            "%CEL(duration('0s'))%|%CEL(duration('3661s'))%|%CEL(duration('0.000123s'))%|%CEL(duration('-1.5s'))%|%CEL(duration('1500ms'))%",
            "0|1h1m1s|123us|-1.5s|1.5s",
        ],
        [
            "%CEL(timestamp('2026-01-02T03:04:05Z'))%|%CEL(timestamp('2026-01-02T03:04:50.670Z'))%",
            "2026-01-02T03:04:05+00:00|2026-01-02T03:04:50.67+00:00",
        ],
        [
            "%CEL(null)%|%CEL([1])%|%CEL({1:2})%|%CEL(type(1))%|%CEL(5u)%|%CEL(b'abc')%|%TYPED_CEL(true)%",
            "NULL|CelList value|CelMap value|CelType value|5|abc|true",
        ],
        ["%METADATA(DYNAMIC:envoy.filters.listener.proxy_protocol:authority)%", "-"],
        ["%TRACE_ID%|%SPAN_ID%", "0af7651916cd43dd8448eb211c80319c|b7ad6b7169203331"],
        ["100%% %%%PROTOCOL%", "100% %HTTP/1.1"],
        ["%DOWNSTREAM_TLS_VERSION%|%DOWNSTREAM_PEER_SUBJECT%|%DOWNSTREAM_PEER_CERT_V_START(%Y)%|%NONSENSE%", "TLSv1.3|CN=a|2026|-"],
    ] as const)
        it(`writes ${format}`, () => assert.equal(text(format), expected));

    it("writes values of %TYPED_CEL% in JSON as what they are, and of %CEL% as text, as Envoy does", () => {
        const typed = (expression: string, name = "TYPED_CEL"): string => {
            const line = lineFormat(jsonFormat({ a: `%${name}(${expression})%` }, false)).request(REQUEST);
            return line.slice('{"a":'.length, -2);
        };
        for (const [expression, json] of [
            ["response.code", "200"],
            ["0.1 + 0.2", "0.30000000000000004"],
            ["5u", "5"],
            ["1.0 / 0.0", "null"],
            ["null", "null"],
            ["request.headers['x-no']", "null"],
            ["connection.mtls", "false"],
            ["b'abc'", '"YWJj"'],
            ["duration('90s')", '"90s"'],
            ["duration('-1500ms')", '"-1.500s"'],
            ["timestamp('2026-01-02T03:04:05Z')", '"2026-01-02T03:04:05Z"'],
            ["timestamp('2026-01-02T03:04:05.670Z')", '"2026-01-02T03:04:05.670Z"'],
            ["[1, [2.5, null], {'b': 1, 'a': 'x'}]", '[1,[2.5,null],{"a":"x","b":1}]'],
            ["{1: 2}", '{"1":2}'],
            ["type(1)", "null"],
        ] as const)
            assert.equal(typed(expression), json, expression);
        assert.equal(typed("response.code", "CEL"), '"200"');
        const both = { a: "%TYPED_CEL(request.path):3%", b: "%TYPED_CEL(response.code)%x", c: "%TYPED_CEL(null)%" };
        assert.equal(lineFormat(jsonFormat(both, false)).request(REQUEST), '{"a":"/a?","b":"200x","c":null}\n');
        assert.equal(lineFormat(jsonFormat(both, true)).request(REQUEST), '{"a":"/a?","b":"200x"}\n');
    });

    it("takes what Envoy takes, and no more: what a format can't say is told of it without the texts in it", () => {
        for (const format of [
            "%START_TIME(%s):3%",
            "%GRPC_STATUS(NUMBER):3%",
            "%RESPONSE_CODE_DETAILS:3%",
            "%REQUESTED_SERVER_NAME(SNI_ONLY):3%",
            "%REQUESTED_SERVER_NAME(SNI_ONLY:XX)%",
            "%COMMON_DURATION(DS_RX_BEG:DS_TX_END):3%",
            "%QUERY_PARAMS(PATH)%",
            "%PATH(NQ:XX)%",
            "%CEL(+++)%",
            "%TYPED_CEL(f())%",
            "%CEL(request.path == 'hunter2' 'hunter2')%",
            "%COALESCE(x)%",
            '%COALESCE({"operators":[]})%',
            '%COALESCE({"operators":["NOPE"]})%',
            '%COALESCE({"operators":[{"command":"REQ"}]})%',
            '%COALESCE({"operators":[{"command":"REQ","param":"a","max_length":0}]})%',
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(/24)%",
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(24):3%",
        ]) {
            const parsed = parseLogFormat(format);
            assert.equal(typeof parsed, "string", format);
            assert.doesNotMatch(parsed as string, /hunter2/);
        }
        const told = parseLogFormat(`%CEL(bogus.thing == 'hunter2')% %COALESCE({"operators":["TLS_JA3_FINGERPRINT","PROTOCOL"]})%`);
        assert.deepEqual(typeof told === "string" ? told : told.unserved, ["%CEL(bogus.thing == '…')%", "%TLS_JA3_FINGERPRINT%"]);
    });

    it("joins the lines of headers that Envoy keeps as one, and takes the first of others", () => {
        const record = { ...REQUEST, requestHeaders: ["user-agent", "one", "x", "1", "user-agent", "two", "x", "2"] };
        assert.equal(text("%REQ(USER-AGENT)%|%REQ(X)%", record), "one,two|1");
    });

    it("leaves out what is empty where it is asked to", () => {
        assert.equal(text("%REQ(NO)%|%ROUTE_NAME%|%GRPC_STATUS%|%DURATION%|%PROTOCOL%|", REQUEST, true), "|default||12|HTTP/1.1|");
        const fields = {
            a: "%REQ(X-A)%",
            no: "%REQ(NO)%",
            mix: "x %REQ(NO)% y",
            l: ["%REQ(NO)%", 3],
            o: { in: "%REQ(NO)%" },
            nul: null,
            fl: "%RESPONSE_FLAGS%",
        };
        assert.deepEqual(json(fields, REQUEST, true), { a: "one", fl: "-", l: [3], mix: "x  y" });
    });

    it("writes JSON with keys in order, numbers as numbers, and null for what is not there", () => {
        const fields = {
            z: "%BYTES_SENT% bytes",
            n: "%BYTES_SENT%",
            no: "%REQ(NO)%",
            mix: "x %REQ(NO)% y",
            lit: "100%%",
            num: 12,
            t: true,
            nul: null,
            l: ["%PROTOCOL%", 3, { d: "%DURATION%" }],
            'h"k': "é",
        };
        const line = lineFormat(jsonFormat(fields, false)).request(REQUEST);
        assert.deepEqual(JSON.parse(line), {
            'h"k': "é",
            l: ["HTTP/1.1", 3, { d: 12 }],
            lit: "100%",
            mix: "x - y",
            n: 14,
            no: null,
            nul: null,
            num: 12,
            t: true,
            z: "14 bytes",
        });
        assert.deepEqual(Object.keys(JSON.parse(line) as object), Object.keys(fields).sort());
    });

    it("says the status of a gRPC call in each of its forms", () => {
        const call = (status: number, trailers: string[] | undefined): RequestRecord => ({
            ...REQUEST,
            status,
            requestHeaders: ["content-type", "application/grpc"],
            responseHeaders: [],
            responseTrailers: trailers,
        });
        const format = "%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%";
        assert.equal(text(format, call(200, ["grpc-status", "7"])), "PermissionDenied PERMISSION_DENIED 7 7");
        assert.equal(text(format, call(200, ["grpc-status", "99"])), "99 99 99 99");
        assert.equal(text(format, call(503, undefined)), "Unavailable UNAVAILABLE 14 14");
    });

    for (const format of [
        "%REQ(X",
        "%REQ%",
        "%REQ()%",
        "%REQ(X?Y?Z)%",
        "%REQ(X):%",
        "%REQ(X):-1%",
        "100% sure",
        "%PROTOCOL(x)%",
        "%PROTOCOL:3%",
        "%req(x)%",
        "%REQ(a b)%",
        "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:m)%",
        "%ENVIRONMENT%",
        "%METADATA(NOPE:a)%",
        "%GRPC_STATUS(x)%",
        "%REQUESTED_SERVER_NAME(x)%",
        "%REQ(X):10",
        "%DURATION(ms)%",
    ])
        it(`is none where Envoy refuses it: ${format}`, () => assert.equal(typeof parseLogFormat(format), "string"));

    it("tells of operators that nobody has, and of those without a value here", () => {
        assert.deepEqual(faultsOf(textFormat("%NONSENSE% %FILTER_STATE(x:PLAIN)% %PROTOCOL%", false)), {
            refused: undefined,
            unknown: ["%NONSENSE%"],
            unserved: ["%FILTER_STATE(x:PLAIN)%"],
        });
    });

    // What a client, an upstream or a certificate may have written.
    const hostile = fc.oneof(
        fc.constantFrom(
            '\r\n{"forged": 1}',
            '"',
            "\\",
            "\x1b[2J",
            "\u2028",
            "\ud800",
            "\xc3\x28",
            "\xff",
            "\0",
            "x".repeat(50_000),
            '" 200 -',
            "%PROTOCOL%",
            "}",
        ),
        fc.string({ unit: "binary" }),
    );
    const ARGUMENTS: Readonly<Record<string, string>> = {
        METADATA: "ROUTE:a",
        QUERY_PARAM: "b",
        ENVIRONMENT: "HOME",
        CEL: "request.headers['x']",
        TYPED_CEL: "request.headers",
        COALESCE: '{"operators":[{"command":"REQ","param":"x"},"DOWNSTREAM_PEER_SUBJECT"]}',
        COMMON_DURATION: "DS_RX_BEG:DS_TX_END",
    };
    const all = [...LOG_OPERATORS].map(([name, { argument }]) =>
        argument === "wanted" ? `%${name}(${ARGUMENTS[name] ?? "x"})%` : `%${name}%`,
    );

    it("is one line of ASCII, and JSON that can be read, whatever every operator comes to", () => {
        assert.equal(typeof parseLogFormat(all.join(" ")), "object");
        const [inText, inJson] = [
            lineFormat(textFormat(all.join(" "), false)),
            lineFormat(jsonFormat({ whole: all, mixed: all.join('"') }, false)),
        ];
        fc.assert(
            fc.property(hostile, (value) => {
                const names = { uri: value, dns: value, ip: value, email: value };
                const certificate = {
                    subject: value,
                    issuer: value,
                    serial: value,
                    sha256: value,
                    sha1: value,
                    encoded: value,
                    validFrom: 0,
                    validTo: 0,
                    names,
                };
                const tls = { version: value, cipher: value, peer: certificate, local: certificate, principals: undefined };
                const connection = {
                    ...REQUEST.connection,
                    serverName: value,
                    remoteAddress: value,
                    localAddress: value,
                    chain: value,
                    tls,
                };
                const request: RequestRecord = {
                    ...REQUEST,
                    method: value,
                    path: `/?b=${value}`,
                    target: value,
                    authority: value,
                    protocol: value,
                    flags: value,
                    details: value,
                    requestId: value,
                    routeName: value,
                    cluster: value,
                    upstreamHost: value,
                    upstreamLocalAddress: value,
                    upstreamFailure: value,
                    upstreamProtocol: value,
                    remoteAddress: value,
                    connection,
                    requestHeaders: ["x", value, "traceparent", value],
                    responseHeaders: ["x", value],
                    responseTrailers: ["x", value],
                };
                const closed: ConnectionRecord = {
                    ...CONNECTION,
                    serverName: value,
                    flags: value,
                    details: value,
                    cluster: value,
                    upstreamHost: value,
                    downstreamRemoteAddress: value,
                    downstreamLocalAddress: value,
                    tls,
                };
                for (const line of [inText.request(request), inText.connection(closed)]) assert.match(line, /^[\x20-\x7e]*\n$/);
                for (const line of [inJson.request(request), inJson.connection(closed)]) {
                    assert.match(line, /^[\x20-\x7e]*\n$/);
                    JSON.parse(line);
                }
            }),
            { numRuns: 60 },
        );
    });
});
