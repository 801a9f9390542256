import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { normalisePath } from "../../../istio/semantics/path";

describe("the normal form of a path", () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
        ["/", "/"],
        ["/a/b", "/a/b"],
        ["/a/./b", "/a/b"],
        ["/a/../b", "/b"],
        ["/a/b/..", "/a/"],
        ["/a/b/.", "/a/b/"],
        ["/a/%2e%2E/b", "/b"],
        ["/a/.%2e/b", "/b"],
        ["/../../etc/passwd", "/etc/passwd"],
        ["/%2e%2e/x", "/x"],
        ["/a//b", "/a//b"],
        ["/a//../b", "/a/b"],
        ["/a%2fb", "/a%2fb"],
        ["/a/%2F../b", "/a/%2F../b"],
        ["/%7Euser/%41", "/~user/A"],
        ["/%20x", "/%20x"],
        ["/a%25/2e", "/a%25/2e"],
        ["/a%252e", "/a%252e"],
        ["/.well-known/x", "/.well-known/x"],
        ["/a/...", "/a/..."],
        ["/a/..b", "/a/..b"],
        ["/a\\..\\b", "/b"],
        ["/x?a=/../%2e", "/x?a=/../%2e"],
        ["/a/../x?y=%zz", "/x?y=%zz"],
        ["/.?q", "/?q"],
        ["*", "*"],
        ["/a/..;/b", "/b"],
        ["/a/..;x=1/b", "/b"],
        ["/a/.;x/b", "/a/b"],
        ["/a/..;", "/"],
        ["/a/%2e%2e;/b", "/b"],
        ["/a;/../b", "/b"],
        ["/a/...;/b", "/a/...;/b"],
        ["/a/..%3b/b", "/a/..%3b/b"],
        ["/a|b^c`{}", "/a%7Cb%5Ec%60%7B%7D"],
        ['/"<>?"<>', '/%22%3C%3E?"<>'],
        ["/[]'!$&()*+,;=:@", "/[]'!$&()*+,;=:@"],
        ["", undefined],
        ["a", undefined],
        ["/a%00", undefined],
        ["/a%0", undefined],
        ["/a%", undefined],
        ["/a%zz", undefined],
        ["/a#b", undefined],
        ["/a?b#c", undefined],
        ["/a b", undefined],
        ["/é", undefined],
        ["/a\u0000", undefined],
        ["/%?41", undefined],
    ];
    for (const [path, expected] of cases) {
        it(`of ${JSON.stringify(path)} is ${expected ?? "refused"}`, () => assert.equal(normalisePath(path), expected));
    }

    const piece = fc.constantFrom("/", "a", ".", "..", "%2e", "%2E", "%2f", "%61", "%25", "2e", "\\", "~", "?", "%41", "%c3%a9", ";", "|");
    const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);

    it("is its own normal form", () => {
        fc.assert(
            fc.property(path, (text) => {
                const once = normalisePath(text);
                if (once !== undefined) assert.equal(normalisePath(once), once);
            }),
            { numRuns: 3000 },
        );
    });

    it("has no dot segment, in whatever way it was written, and never leaves the root", () => {
        fc.assert(
            fc.property(path, (text) => {
                const pathname = normalisePath(text)?.split("?")[0];
                if (pathname === undefined) return;
                assert.ok(pathname.startsWith("/"));
                for (const segment of pathname.split("/").map((one) => one.split(";")[0]!))
                    assert.ok(
                        ![".", ".."].includes(decodeURIComponent(segment.replaceAll("%c3%a9", "x")).toLowerCase()),
                        `${text} gave ${pathname}`,
                    );
            }),
            { numRuns: 3000 },
        );
    });

    it("is what WHATWG URLs make of it, but for what they leave encoded", () => {
        const simple = fc
            .array(fc.constantFrom("/", "a", ".", "..", "/.", "/..", "b"), { maxLength: 12 })
            .map((pieces) => `/${pieces.join("")}`);
        fc.assert(
            fc.property(simple, (text) => assert.equal(normalisePath(text), new URL(`http://h${text}`).pathname)),
            { numRuns: 2000 },
        );
    });
});
