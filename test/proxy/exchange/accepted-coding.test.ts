import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { acceptedCoding } from "../../../proxy/exchange/accepted-coding";

const ALL = ["zstd", "br", "gzip"] as const;

describe("Accept-Encoding", () => {
    it("is what a client likes best, in our order where it likes several as well", () => {
        for (const [header, wanted] of [
            [undefined, undefined],
            ["", undefined],
            ["gzip, deflate, br, zstd", "zstd"],
            ["gzip, deflate", "gzip"],
            ["x-gzip", "gzip"],
            ["GZIP;Q=0.5", "gzip"],
            ["gzip;q=1.0, br;q=0.8", "gzip"],
            ["gzip;q=0.2, br;q=0.8, zstd;q=0", "br"],
            ["*", "zstd"],
            ["*;q=0, gzip", "gzip"],
            ["gzip;q=0, *", "zstd"],
            ["identity", undefined],
            ["identity;q=1, gzip;q=0.5", undefined],
            ["identity;q=0.5, gzip;q=0.5", "gzip"],
            ["identity;q=0, gzip;q=0.001", "gzip"],
            ["gzip;q=0", undefined],
            ["gzip;q=2", undefined],
            ["gzip;q=0.1234", undefined],
            ["deflate, compress", undefined],
            [`gzip${" ".repeat(600)}`, undefined],
        ] as const)
            assert.equal(acceptedCoding(header, ALL), wanted, header);
        assert.equal(acceptedCoding("gzip, br", ["gzip", "br"]), "gzip");
        assert.equal(acceptedCoding("zstd", ["gzip"]), undefined);
    });

    it("never gives what a client refuses", () => {
        const part = fc.tuple(
            fc.constantFrom("gzip", "br", "zstd", "identity", "*", "deflate"),
            fc.constantFrom("", ";q=0", ";q=0.5", ";q=1", "; q=0.000"),
        );
        fc.assert(
            fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
                const taken = acceptedCoding(parts.map(([name, q]) => name + q).join(","), ALL);
                if (taken === undefined) return;
                const own = parts.filter(([name]) => name === taken).at(-1) ?? parts.filter(([name]) => name === "*").at(-1);
                assert.ok(own !== undefined && !/q=0(?:\.0+)?$/.test(own[1]), JSON.stringify([parts, taken]));
            }),
        );
    });
});
