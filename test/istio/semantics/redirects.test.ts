import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readRedirectMap, readRedirectText, redirectFaults, redirectsOf, type RedirectFormat } from "../../../istio/semantics";
import type { KubeObject } from "../../../istio/types";

const row = (from: string, to: string, status = 301): { from: string; to: string; status: number } => ({ from, to, status });
const map = (data: Record<string, string>): KubeObject =>
    ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "moved", namespace: "gw" }, data }) as unknown as KubeObject;

function faultOf(value: unknown): string {
    const read = redirectsOf(value);
    return "fault" in read ? read.fault : "";
}

describe("redirects in bulk", () => {
    it("are a list, or ConfigMaps by their names", () => {
        assert.deepEqual(redirectsOf([{ from: "/a", to: "/b" }]), { value: { keepQuery: true, list: [row("/a", "/b")], configMaps: [] } });
        assert.deepEqual(redirectsOf({ configMaps: ["one", "two"], keepQuery: false }), {
            value: { keepQuery: false, list: [], configMaps: ["one", "two"] },
        });
        assert.deepEqual(redirectsOf([{ from: "/straße a", to: "https://Shop.test:8443/ü?x=1#y", status: 308 }]), {
            value: { keepQuery: true, list: [row("/stra%C3%9Fe%20a", "https://Shop.test:8443/%C3%BC?x=1#y", 308)], configMaps: [] },
        });
    });

    it("lead nowhere that nobody meant, and end no header", () => {
        for (const to of [
            "//evil.test",
            "/\\evil.test",
            "https:\\evil.test",
            "\\\\evil.test",
            "https://shop.test\\@evil.test",
            "https://shop.test@evil.test/",
            "https:evil.test",
            "https:///evil.test",
            "javascript:alert(1)",
            "ftp://shop.test/",
            "evil.test",
            "",
        ])
            assert.match(faultOf([{ from: "/a", to }]), /^\.list\[0\]\.to: /, to);
        for (const text of ["/a\r\nset-cookie: x", "/a\nb", "/a\u0000", "/a\u0085", "/a\ud800"]) {
            assert.match(faultOf([{ from: "/a", to: text }]), /^\.list\[0\]\.to: got .*, wanted text without line breaks/, text);
            assert.match(faultOf([{ from: text, to: "/a" }]), /^\.list\[0\]\.from: got/, text);
        }
        assert.match(
            faultOf([{ from: "/blog/*", to: "/a" }]),
            /^\.list\[0\]\.from: got "\/blog\/\*", wanted a whole path: .* a route of http/,
        );
        fc.assert(
            fc.property(
                fc.oneof(
                    fc.string({ unit: "binary" }),
                    fc.webUrl(),
                    fc.string().map((text) => `/${text}`),
                ),
                (to) => {
                    const read = redirectsOf([{ from: "/a", to }]);
                    if ("fault" in read) return;
                    const location = read.value.list[0]!.to;
                    assert.match(location, /^[\x21-\x7e]+$/);
                    const { host, username } = new URL(location, "https://own.test");
                    assert.equal(username, "");
                    if (!/^https?:\/\//i.test(location)) assert.equal(host, "own.test");
                },
            ),
            { numRuns: 100 },
        );
    });

    it("are each once, and lead to an end", () => {
        const messages = (list: ReturnType<typeof row>[], hosts: string[] = []): string[] =>
            redirectFaults(list, hosts).map(({ index, message }) => `${index} ${message}`);
        assert.deepEqual(messages([row("/a", "/b"), row("/b", "/c"), row("/a?x", "/a")]), []);
        assert.deepEqual(messages([row("/a", "/b"), row("/a", "/c")]), ["1 /a is led elsewhere by entry 0 already"]);
        assert.deepEqual(messages([row("/x", "/a"), row("/a", "/b"), row("/b", "/a#c")]), ["1 leads back to itself: /a → /b → /a"]);
        assert.deepEqual(messages([row("/a", "/a?x=1")]), ["0 leads back to itself: /a → /a"]);
        const round = [row("/a", "https://Shop.test/b"), row("/b", "/a")];
        assert.deepEqual(messages(round), []);
        assert.deepEqual(messages(round, ["shop.test"]), ["0 leads back to itself: /a → /b → /a"]);
        assert.match(faultOf([row("/a", "/a")]), /^\.list\[0\]: leads back to itself/);
    });

    it("are the same however a path is spelled, as requests are routed by one form of it", () => {
        const messages = (list: ReturnType<typeof row>[], hosts: string[] = []): string[] =>
            redirectFaults(list, hosts).map(({ index, message }) => `${index} ${message}`);
        const itself = ["0 leads back to itself: /~me → /~me"];
        for (const [from, to] of [
            ["/%7Eme", "/~me"],
            ["/~me", "/%7eme"],
            ["/~me", "/x/../~me"],
            ["/./~me", "/~me?x=1#y"],
            ["/x/%2e%2e/~me", "https://own.test/%7Eme"],
        ] as const)
            assert.deepEqual(messages([row(from, to)], ["own.test"]), itself, `${from} ${to}`);
        assert.deepEqual(messages([row("/%61", "/b"), row("/b/.", "/c"), row("/b/", "/x/../%61")]), [
            "2 /b/ is led elsewhere by entry 1 already",
        ]);
        assert.deepEqual(messages([row("/a", "/b/%2E"), row("/b/", "/%61")]), ["0 leads back to itself: /a → /b/ → /a"]);
        assert.deepEqual(messages([row("/", "https://own.test?x=1")], ["own.test"]), ["0 leads back to itself: / → /"]);
        assert.deepEqual(messages([row("/a%2Fb", "/a/b")]), [], "an encoded slash is no slash");
        const { redirects, faults } = readRedirectMap(map({ "a.csv": "/%7Eme,/b\n/~me,/c\n/d,/x/../d\n" }));
        assert.deepEqual(redirects, [row("/%7Eme", "/b")]);
        assert.deepEqual(
            faults.map(({ message }) => message),
            ['line 2: /~me is led elsewhere by data["a.csv"] line 1 already', "/d leads back to itself: /d → /d"],
        );
    });

    it("are read of tables with commas, tabs, and of JSON", () => {
        const read = (text: string, format: RedirectFormat): unknown => {
            const found = readRedirectText(text, format);
            if ("fault" in found) return found.fault;
            return [
                found.rows.map(({ redirect: { from, to, status } }) => `${from} ${to} ${status}`),
                found.faults.map(({ at, fault }) => `${at}: ${fault}`),
            ];
        };
        assert.deepEqual(read('\ufefffrom,to,status\r\n# old shop\r\n\r\n/a,/b\r\n"/a,b","/c ""d""",302\r\n', "csv"), [
            ["/a /b 301", '/a,b /c%20"d" 302'],
            [],
        ]);
        assert.deepEqual(read("/a\t/b\t308\n/c\t/d", "tsv"), [["/a /b 308", "/c /d 301"], []]);
        assert.deepEqual(read('[{"from":"/a","to":"/b"}]', "json"), [["/a /b 301"], []]);
        assert.deepEqual(read('{"/a":"/b","/c":"/d"}', "json"), [["/a /b 301", "/c /d 301"], []]);
        assert.equal(read("{", "json"), "it is no JSON");
        assert.equal(read("7", "json"), "wanted a list of redirects, or an object of paths to where they lead");
        const [rows, faults] = read('/a,/b\n/c\n"/d,/e\n/f,//g\n/h,/i,200\n', "csv") as [string[], string[]];
        assert.deepEqual(rows, ["/a /b 301"]);
        assert.deepEqual(
            faults.map((text) => text.replace(/, wanted.*/, "")),
            ["line 2: has 1 columns", "line 3: has a quote that does not end", 'line 4: to: got "//g"', 'line 5: status: got "200"'],
        );
    });

    it("of a ConfigMap are those of its tables that are in order, the others are named", () => {
        const { redirects, faults, isBroken } = readRedirectMap(
            map({ "a.csv": "/a,/b\n/x,/y\n/y,/x\n", "b.json": '{"/a":"/c","/d":"/e"}', "notes.txt": "hello" }),
        );
        assert.deepEqual(redirects, [row("/a", "/b"), row("/y", "/x"), row("/d", "/e")]);
        assert.equal(isBroken, false);
        assert.deepEqual(
            faults.map(({ field, message }) => `${field} ${message}`),
            [
                'data["b.json"] entry 1: /a is led elsewhere by data["a.csv"] line 1 already',
                'data["notes.txt"] is no table of redirects: its name ends in none of .csv, .tsv and .json',
                "data /x leads back to itself: /x → /y → /x",
            ],
        );
        assert.equal(readRedirectMap(map({ "a.json": "{" })).isBroken, true);
        assert.deepEqual(readRedirectMap(map({})).redirects, []);
    });

    it("say what else is wrong", () => {
        for (const [value, fault] of [
            ["x", /^wanted a list of redirects, or an object$/],
            [{}, /^has no redirects/],
            [{ file: "a.csv" }, /^has no field "file"/],
            [{ configMaps: ["A"] }, /^\.configMaps\[0\]: got "A"/],
            [[{ from: "a", to: "/b" }], /^\.list\[0\]\.from: got "a", wanted a path/],
            [[{ from: "/a#b", to: "/b" }], /^\.list\[0\]\.from: got/],
            [[{ from: "/a%zz", to: "/b" }], /^\.list\[0\]\.from: got/],
            [[{ from: "/a", to: "https://x.test:0/" }], /^\.list\[0\]\.to: got/],
            [[{ from: "/a", to: "https://x.test:65536/" }], /^\.list\[0\]\.to: got/],
            [[{ from: "/a", to: "/b", status: [301] }], /^\.list\[0\]\.status: got \[301\], wanted one of/],
            [[{ from: "/a", to: "/b", status: "0x12d" }], /^\.list\[0\]\.status: got "0x12d", wanted one of/],
            [[{ from: "/a", to: "/b", status: 304 }], /^\.list\[0\]\.status: got 304, wanted one of 301, 302, 303, 307, 308/],
            [[{ from: "/a" }], /^\.list\[0\]\.to: got undefined/],
            [[{ from: `/${"a".repeat(5000)}`, to: "/b" }], /^\.list\[0\]\.from: has 5001 characters/],
        ] as [unknown, RegExp][])
            assert.match(faultOf(value), fault, JSON.stringify(value).slice(0, 100));
    });
});
