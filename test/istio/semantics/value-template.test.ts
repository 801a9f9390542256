import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bindHeaderOps } from "../../../proxy/snapshot/features/header-ops";
import { formatDate, parseDateFormat } from "../../../istio/semantics/date-format";
import { notServed, parseTemplate, unknownVariables } from "../../../istio/semantics/value-template";

describe("a header value", () => {
    it("without variables is its text, two percent signs being one", () => {
        assert.deepEqual(parseTemplate("100%% of it"), { text: "100% of it", parts: undefined });
    });

    it("keeps what is no variable as it stands", () => {
        for (const text of ["50%", "%UNKNOWN_THING%", "%REQ%", "%req(x)%", "%PROTOCOL(x)%", "%ENVIRONMENT%", "a%b%c"])
            assert.deepEqual(parseTemplate(text), { text, parts: undefined });
    });

    it("has nothing in the place of a variable of Envoy's that is not served", () => {
        for (const text of [
            "%START_TIME(%Y%n)%",
            "%RESPONSE_CODE_DETAILS(x)%",
            "%CONNECTION_ID%",
            '%UPSTREAM_METADATA(["a", "b"])%',
            "%TLS_JA3_FINGERPRINT%",
        ]) {
            assert.deepEqual(parseTemplate(text), { text: "", parts: undefined }, text);
        }
        assert.deepEqual(parseTemplate("a%TRACE_ID%b"), { text: "ab", parts: undefined });
    });

    it("is cut into text and variables", () => {
        assert.deepEqual(parseTemplate("a %PROTOCOL% b%REQ(X-A?:path):7%").parts, [
            "a ",
            { name: "PROTOCOL", header: "", alternative: "", length: 0, format: undefined },
            " b",
            { name: "REQ", header: "x-a", alternative: ":path", length: 7, format: undefined },
        ]);
    });
});

describe("variables that are not known", () => {
    it("are found, and nothing else is", () => {
        assert.deepEqual(unknownVariables("%% %REQ(a)%%NO_SUCH%x%ENVIRONMENT(PATH)%-%REQ% 50% %PROTOCOL%"), ["%NO_SUCH%", "%REQ%"]);
        assert.deepEqual(unknownVariables("100%%PROTOCOL%"), []);
    });
});

describe("a variable of the environment", () => {
    const environment = { CITY: "Z\u00fcrich", BAD: "a\r\nx: y", EMPTY: "" };
    const text = (source: string): string => parseTemplate(source, environment).text;

    it("is read once, in UTF-8, and is a dash where there is none", () => {
        assert.deepEqual(parseTemplate("[%ENVIRONMENT(CITY)%] %ENVIRONMENT(NONE)%%ENVIRONMENT(EMPTY)%", environment), {
            text: `[${Buffer.from("Z\u00fcrich").toString("latin1")}] -`,
            parts: undefined,
        });
        assert.equal(text("%ENVIRONMENT(CITY):1%"), "Z");
    });

    it("cannot end a header's line", () => assert.equal(text("%ENVIRONMENT(BAD)%"), ""));
});

describe("a date's format", () => {
    const shown = (format: string, time: number): string => formatDate(parseDateFormat(format) ?? [], time, false);

    it("has ISO 8601's weeks, and those of Sunday and Monday", () => {
        const days = ["2024-12-30", "2026-01-01", "2027-01-01", "2028-12-31"].map((day) => shown("%G-%V %g %U %W %j", Date.parse(day)));
        assert.deepEqual(days, ["2025-01 25 52 53 365", "2026-01 26 00 00 001", "2026-53 26 00 00 001", "2028-52 28 53 52 366"]);
    });

    it("has as many digits of a second as it asks for", () => {
        assert.deepEqual(
            ["%3f", "%f", "%1f", "%E*S", "%E2S", "%E*f"].map((one) => shown(one, 1_020)),
            ["020", "020000000", "0", "01.02", "01.02", "02"],
        );
        assert.equal(shown("%E*S|%s.%3f", 61_000), "01|61.000");
    });

    it("with a line's end is none", () => {
        for (const format of ["%n", "%Y%-n", "%5En"]) assert.equal(parseDateFormat(format), undefined, format);
    });
});

describe("variables that are not served", () => {
    it("are named with their header and its field", () => {
        const headers = { request: { set: { "x-a": "%START_TIME(%s)% %NO_SUCH%" } }, response: { add: { "x-b": "%CONNECTION_ID%" } } };
        assert.deepEqual(
            notServed(headers).map(({ field, message }) => `${field}: ${message}`),
            [
                "request.set.x-a: header x-a has %NO_SUCH%, no variable that the bundled proxy knows; it stays in the header as it stands",
                "response.add.x-b: header x-b has %CONNECTION_ID%, no variable that the bundled proxy knows; nothing is sent in its place",
            ],
        );
    });
});

describe("header operations", () => {
    it("leave out host and pseudo-headers, which are not theirs", () => {
        const ops = bindHeaderOps({
            remove: ["host", ":path", "a"],
            set: [
                ["host", "x"],
                [":authority", "x"],
            ],
            add: [],
        });
        assert.deepEqual(ops, { remove: ["a"], set: [], add: [] });
    });

    it("that would break a head are an error", () => {
        assert.throws(() => bindHeaderOps({ remove: [], set: [["a", "x\r\ny: z"]], add: [] }), /value of header a/);
        assert.throws(() => bindHeaderOps({ remove: [], set: [], add: [["a b", "x"]] }), /not a token/);
    });
});
