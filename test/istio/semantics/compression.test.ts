import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { compressionOf, readCompression } from "../../../istio/semantics";

describe("the annotation of compression", () => {
    it("is on by `true`, off by `false`, and tuned by an object", () => {
        const read = readCompression("true");
        assert.ok("value" in read && read.value !== false);
        const { contentTypes, ...rest } = read.value;
        assert.deepEqual(rest, { algorithms: ["zstd", "br", "gzip"], minLength: 1024, credentials: false, removeAcceptEncoding: false });
        assert.ok(contentTypes.includes("text/html") && !contentTypes.includes("text/event-stream") && !contentTypes.includes("image/png"));
        assert.deepEqual(readCompression("false"), { value: false });
        assert.deepEqual(
            compressionOf({
                algorithms: ["gzip", "gzip"],
                minLength: 30,
                contentTypes: ["Text/HTML"],
                credentials: true,
                removeAcceptEncoding: true,
            }),
            { value: { algorithms: ["gzip"], minLength: 30, contentTypes: ["text/html"], credentials: true, removeAcceptEncoding: true } },
        );
    });

    it("says what is wrong with it", () => {
        for (const [value, fault] of [
            ["on", /^wanted true, false or an object$/],
            [{ algorithms: [] }, /^\.algorithms: is empty/],
            [{ algorithms: ["deflate"] }, /^\.algorithms\[0\]: got "deflate", wanted one of zstd, br, gzip/],
            [{ minLength: 10 }, /^\.minLength: got 10, wanted 30 bytes or more/],
            [{ contentTypes: ["text/html; charset=utf-8"] }, /^\.contentTypes\[0\]: got/],
            [{ contentTypes: ["text/*"] }, /^\.contentTypes\[0\]: got/],
            [{ contentTypes: ["application/grpc+proto"] }, /^\.contentTypes\[0\]: gRPC has a compression of its own/],
            [{ level: 9 }, /^has no field "level"/],
        ] as [unknown, RegExp][]) {
            const read = compressionOf(value);
            assert.match("fault" in read ? read.fault : "", fault, JSON.stringify(value));
        }
    });
});
