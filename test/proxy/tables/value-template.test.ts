import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bindHeaderOps } from "../../../proxy/snapshot/header-ops";
import { parseTemplate, unknownVariables } from "../../../proxy/tables/value-template";

describe("a header value", () => {
    it("without variables is its text, two percent signs being one", () => {
        assert.deepEqual(parseTemplate("100%% of it"), { text: "100% of it", parts: undefined });
    });

    it("keeps what is no variable as it stands", () => {
        for (const text of ["50%", "%UNKNOWN_THING%", "%REQ%", "%req(x)%", "%PROTOCOL(x)%", "a%b%c"]) assert.deepEqual(parseTemplate(text), { text, parts: undefined });
    });

    it("has nothing in the place of a variable of Envoy's that is not served", () => {
        for (const text of ["%DOWNSTREAM_PEER_CERT_V_END(%b %d %H:%M:%S %Y %Z)%", "%START_TIME(%s.%3f)%", "%CONNECTION_ID%", "%UPSTREAM_METADATA([\"a\", \"b\"])%", "%TLS_JA3_FINGERPRINT%"]) {
            assert.deepEqual(parseTemplate(text), { text: "", parts: undefined }, text);
        }
        assert.deepEqual(parseTemplate("a%STREAM_ID%b"), { text: "ab", parts: undefined });
    });

    it("is cut into text and variables", () => {
        assert.deepEqual(parseTemplate("a %PROTOCOL% b%REQ(X-A?:path):7%").parts, [
            "a ", { name: "PROTOCOL", header: "", alternative: "", length: 0 }, " b", { name: "REQ", header: "x-a", alternative: ":path", length: 7 },
        ]);
    });
});

describe("variables that are not known", () => {
    it("are found, and nothing else is", () => {
        assert.deepEqual(unknownVariables("%% %REQ(a)%%NO_SUCH%x%ENVIRONMENT(PATH)%-%REQ% 50% %PROTOCOL%"), ["%NO_SUCH%", "%ENVIRONMENT(PATH)%", "%REQ%"]);
        assert.deepEqual(unknownVariables("100%%PROTOCOL%"), []);
    });
});

describe("header operations", () => {
    it("leave out host and pseudo-headers, which are not theirs", () => {
        const ops = bindHeaderOps({ remove: ["host", ":path", "a"], set: [["host", "x"], [":authority", "x"]], add: [] });
        assert.deepEqual(ops, { remove: ["a"], set: [], add: [] });
    });

    it("that would break a head are an error", () => {
        assert.throws(() => bindHeaderOps({ remove: [], set: [["a", "x\r\ny: z"]], add: [] }), /value of header a/);
        assert.throws(() => bindHeaderOps({ remove: [], set: [], add: [["a b", "x"]] }), /not a token/);
    });
});
