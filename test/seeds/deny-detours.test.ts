/**
 * No way around a DENY: whatever spelling of a request means the same thing to a backend is denied with its plain form, and
 * whatever is not denied gets to the backend as it would without the policy. Through real sockets, byte by byte.
 *
 * Left out are the detours that Istio's own proxy has, which are answered as it answers them and named by `analyze`: doubled
 * slashes, `%2f` and `%5c`, parameters behind `;`, a path or a method in another case, and a port where `notHosts` names none.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { rawAnswer } from "../support/raw-answer";
import { denyYaml, edgeYaml, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const DENY = denyYaml(
    "deny",
    `
    - to:
        - operation: { paths: ["/admin*", /secret, "*.bak", "/files/{*}/raw", "/tree/{**}/leaf"] }
        - operation: { hosts: [internal.example.com, "internal.example.com:*", "*.lab.example.com"] }
        - operation: { methods: [DELETE], paths: ["/orders*"] }
    - when: [{ key: "request.headers[x-mode]", values: [debug, "trace-*"] }]
    - when: [{ key: "request.headers[x-agent]", values: ["*bot"] }]`,
);

/** A request as somebody would write it, of which one thing is denied. */
interface Plain {
    readonly method: string;
    readonly host: string;
    /** Segments that no rule is about may come before the query. */
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
}

const OPEN = "www.example.com";
const plain: fc.Arbitrary<Plain> = fc.oneof(
    fc
        .constantFrom(
            "/admin",
            "/admin/users",
            "/administrator",
            "/secret",
            "/old/site.bak",
            "/files/a/raw",

            "/tree/a/b/leaf",
        )
        .map((path) => ({ method: "GET", host: OPEN, path, headers: [] })),
    fc
        .constantFrom("internal.example.com", "a.lab.example.com", "b.a.lab.example.com")
        .map((host) => ({ method: "GET", host, path: "/open", headers: [] })),
    fc.constantFrom("/orders", "/orders/7").map((path) => ({ method: "DELETE", host: OPEN, path, headers: [] })),
    fc
        .constantFrom(["x-mode", "debug"] as const, ["x-mode", "trace-1"] as const, ["x-agent", "some-bot"] as const)
        .map((header) => ({ method: "GET", host: OPEN, path: "/open", headers: [header] })),
);

/** What stands on the wire in place of a plain request. */
interface Written {
    readonly method: string;
    readonly target: string;
    readonly host: string;
    readonly version: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: string;
    /** What is sent ahead on the same connection, without waiting. */
    readonly ahead: readonly string[];
}

type Change = (written: Written) => Written;

const UNRESERVED = /[A-Za-z0-9._~-]/;
const hex = (char: string, isUpper: boolean): string => {
    const code = char.charCodeAt(0).toString(16);
    return `%${isUpper ? code.toUpperCase() : code}`;
};
/** The path of an absolute-form target stands behind its authority. */
const inPath = (target: string, change: (path: string) => string): string => {
    const [, front = "", path = "", rest = ""] = /^(https?:\/\/[^/?#]*)?([^?#]*)(.*)$/i.exec(target) ?? [];
    return `${front}${change(path)}${rest}`;
};
const mixedCase = (text: string, seed: number): string =>
    [...text].map((char, at) => ((seed >> (at % 30)) & 1 ? char.toUpperCase() : char.toLowerCase())).join("");

const change: fc.Arbitrary<Change> = fc.oneof(
    // Encoding of what needs none.
    fc.tuple(fc.nat(), fc.boolean()).map(
        ([seed, isUpper]): Change =>
            (one) => ({
                ...one,
                target: inPath(one.target, (path) =>
                    [...path]
                        .map((char, at) =>
                            UNRESERVED.test(char) && path[at - 1] !== "%" && path[at - 2] !== "%" && ((seed >> (at % 30)) & 1) === 1
                                ? hex(char, isUpper)
                                : char,
                        )
                        .join(""),
                ),
            }),
    ),
    // Segments that go nowhere.
    fc.tuple(fc.constantFrom("/.", "/%2e", "/x/..", "/x/%2E%2e", "/./x/.%2e", "/a/b/../.."), fc.nat({ max: 3 })).map(
        ([nowhere, place]): Change =>
            (one) => ({
                ...one,
                target: inPath(one.target, (path) => {
                    const slashes = [...path.matchAll(/\//g)].map(({ index }) => index);
                    const at = slashes[place % slashes.length] ?? 0;
                    return `${path.slice(0, at)}${nowhere}${path.slice(at)}`;
                }),
            }),
    ),
    // A slash of another system.
    fc.nat({ max: 3 }).map(
        (place): Change =>
            (one) => ({
                ...one,
                target: inPath(one.target, (path) => {
                    const slashes = [...path.matchAll(/\//g)].map(({ index }) => index).slice(1);
                    const at = slashes[place % Math.max(1, slashes.length)];
                    return at === undefined ? path : `${path.slice(0, at)}\\${path.slice(at + 1)}`;
                }),
            }),
    ),
    fc.constantFrom("?", "?x=/open", "?a=b&c=%2f..%2f").map(
        (query): Change =>
            (one) =>
                one.target.includes("?") || one.target.includes("#") ? one : { ...one, target: `${one.target}${query}` },
    ),
    fc.constant<Change>((one) => (one.target.includes("#") ? one : { ...one, target: `${one.target}#/open` })),
    fc.nat().map(
        (seed): Change =>
            (one) => ({
                ...one,
                host: mixedCase(one.host, seed),
                target: one.target.replace(/^(https?:\/\/)([^/?#]*)/i, (_, scheme: string, host: string) => scheme + mixedCase(host, seed)),
            }),
    ),
    // As a URL, which wins over Host.
    fc.constantFrom("http", "HTTP").map(
        (scheme): Change =>
            (one) =>
                /^http/i.test(one.target) ? one : { ...one, target: `${scheme}://${one.host}${one.target}`, host: "open.example.org" },
    ),
    fc.constant<Change>((one) => ({ ...one, version: "HTTP/1.0" })),
    fc.nat().map(
        (seed): Change =>
            (one) => ({ ...one, headers: one.headers.map(([name, value]) => [mixedCase(name, seed), value] as const) }),
    ),
    // A line more of the same name, before it or behind it, and space around a value.
    fc.boolean().map(
        (isBefore): Change =>
            (one) => ({
                ...one,
                headers: one.headers.flatMap(([name, value]) =>
                    isBefore ? [[name, "open"] as const, [name, value] as const] : [[name, value] as const, [name, "open"] as const],
                ),
            }),
    ),
    fc.constantFrom("  ", "\t").map(
        (space): Change =>
            (one) => ({ ...one, headers: one.headers.map(([name, value]) => [name, `${space}${value.trim()}${space}`] as const) }),
    ),
    // Headers that some servers take for what the request asks.
    fc
        .constantFrom<readonly [string, string]>(
            ["x-original-url", "/open"],
            ["x-rewrite-url", "/open"],
            ["x-http-method-override", "GET"],
            ["x-forwarded-host", OPEN],
        )
        .map(
            (header): Change =>
                (one) => ({ ...one, headers: [...one.headers, header] }),
        ),
    // Behind others that are let in, on one connection.
    fc
        .array(
            fc.constantFrom(
                "GET /open HTTP/1.1\r\nhost: www.example.com\r\n\r\n",
                "POST /open HTTP/1.1\r\nhost: www.example.com\r\ncontent-length: 3\r\n\r\nabc",
                "POST /open HTTP/1.1\r\nhost: www.example.com\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            ),
            { minLength: 1, maxLength: 3 },
        )
        .map(
            (ahead): Change =>
                (one) => ({ ...one, ahead: [...ahead, ...one.ahead] }),
        ),
    fc.constant<Change>((one) => ({
        ...one,
        body: "abc",
        headers: [...one.headers.filter(([name]) => !/^content-length$/i.test(name)), ["content-length", "3"] as const],
    })),
);

function written({ method, host, path, headers }: Plain): Written {
    return { method, target: path, host, version: "HTTP/1.1", headers, body: "", ahead: [] };
}

function bytesOf({ method, target, host, version, headers, body, ahead }: Written): Buffer {
    const lines = [
        `${method} ${target} ${version}`,
        `host: ${host}`,
        "connection: close",
        ...headers.map(([name, value]) => `${name}:${value}`),
        "",
        body,
    ];
    return Buffer.from(ahead.join("") + lines.join("\r\n"), "latin1");
}

describe("a DENY", function () {
    this.timeout(600_000);
    let web: Backend;
    let scenario: Scenario;
    /** What reached the backend that is not for `/open` of an open host. */
    let reached: string[] = [];

    before(async () => {
        web = await httpBackend(({ method, url, headers }, response) => {
            if (headers["x-probe"] !== undefined) reached.push(`${method} ${headers.host} ${url}`);
            response.end("web");
        });
        scenario = await play({
            ports: [80],
            files: {
                "objects.yaml": edgeYaml("*"),
                "deny.yaml": DENY,
                "web.yaml": serviceYaml("web", 80, web.port, { namespace: "shop" }),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await web.stop();
    });

    async function statuses(one: Written): Promise<number[]> {
        const text = await rawAnswer(scenario.port(80), bytesOf({ ...one, headers: [...one.headers, ["x-probe", "1"]] }));
        return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    }

    it("denies every plain form that it is about, and lets others through", async () => {
        for (const one of fc.sample(plain, 60)) assert.deepEqual(await statuses(written(one)), [403], JSON.stringify(one));
        assert.deepEqual(await statuses(written({ method: "GET", host: OPEN, path: "/open", headers: [] })), [200]);
        assert.deepEqual(await statuses(written({ method: "GET", host: OPEN, path: "/orders", headers: [["x-mode", "quiet"]] })), [200]);
    });

    it("is not got around by another spelling of the same request", async () => {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        console.log(`      seed ${seed}`);
        let denied = 0;
        await fc.assert(
            fc.asyncProperty(plain, fc.array(change, { minLength: 1, maxLength: 4 }), async (one, changes) => {
                reached = [];
                const spelt = changes.reduce((before, make) => make(before), written(one));
                const answers = await statuses(spelt);
                assert.deepEqual(reached, [], JSON.stringify(spelt));
                denied += answers.at(-1) === 403 ? 1 : 0;
                assert.ok([403, 400, 404, 426].includes(answers.at(-1) ?? 0), `${answers.join()} to ${JSON.stringify(spelt)}`);
            }),
            { numRuns: Number(process.env["RUNS"] ?? 700), seed },
        );
        // Not because nothing of it is HTTP.
        assert.ok(denied > 300, `${denied} were denied`);
    });
});
