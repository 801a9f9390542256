/** Redirects and direct responses, each on a host of its own: what stands in their locations, heads and bodies. */
import { ask, eachAlone, type Ask, type Case, type Play, type Setting, type Topic } from "../support/case";

/** What a rule leaves gets 299. */
function answersOf(
    setting: Setting,
    rules: Readonly<Record<string, object>>,
    requests: (host: string) => Readonly<Record<string, Ask>>,
): Play {
    return eachAlone(
        setting,
        Object.fromEntries(Object.entries(rules).map(([title, rule]) => [title, [rule, { directResponse: { status: 299 } }]])),
        requests,
    );
}

const REDIRECTS: Readonly<Record<string, object>> = {
    "another port": { port: 8443 },
    "the scheme's own port": { port: 80 },
    "another scheme": { scheme: "https" },
    "another scheme and its port": { scheme: "https", port: 443 },
    "another scheme and the other's port": { scheme: "https", port: 80 },
    "the listener's port": { derivePort: "FROM_REQUEST_PORT" },
    "the scheme's port": { derivePort: "FROM_PROTOCOL_DEFAULT" },
    "the listener's port with another scheme": { scheme: "https", derivePort: "FROM_REQUEST_PORT" },
    "an authority": { authority: "B.test" },
    "an authority with a port": { authority: "b.test:99" },
    "an authority with a port beside one": { authority: "b.test:99", port: 88 },
    "an IPv6 address": { authority: "[::1]" },
    "a query": { uri: "/x?y=1" },
    "a fragment": { uri: "/x#f" },
    "no slash": { uri: "x" },
    "a whole URL": { uri: "http://z.test/x" },
    "two slashes": { uri: "//z.test/x" },
    "dot segments": { uri: "/a/../b" },
    "a function of other kinds": { uri: "/%PREFIX()%/x" },
    "a variable": { uri: "/%REQ(x-a)%" },
    "an escape": { uri: "/50%25" },
    "303": { uri: "/x", redirectCode: 303 },
    "308": { uri: "/x", redirectCode: 308 },
    "a status of 0": { uri: "/x", redirectCode: 0 },
};

const PREFIXES: Readonly<Record<string, object>> = {
    "to the root": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "/" } },
    "to another": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "/q" } },
    "between slashes": { match: [{ uri: { prefix: "/p/" } }], redirect: { prefixRewrite: "/q/" } },
    "to one with a slash": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "/q/" } },
    "to a query": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "/q?z=1" } },
    "without a slash": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "q" } },
    "to nothing": { match: [{ uri: { prefix: "/p" } }], redirect: { prefixRewrite: "", authority: "b.test" } },
};

const answer = (status: number, body?: object, response?: object): object => ({
    directResponse: { status, ...(body ? { body } : {}) },
    ...(response ? { headers: { response } } : {}),
});
const ANSWERS: Readonly<Record<string, object>> = {
    "no body": answer(503),
    "an empty body": answer(200, { string: "" }),
    "204 with a body": answer(204, { string: "body" }),
    "304 with a body": answer(304, { string: "body" }),
    "205 with a body": answer(205, { string: "body" }),
    bytes: answer(200, { bytes: Buffer.from([0, 255, 10]).toString("base64") }),
    "a NUL": answer(200, { string: "a\u0000b" }),
    "percent signs": answer(200, { string: "%REQ(x-a)% %%" }),
    "a type that is set": answer(200, { string: "{}" }, { set: { "content-type": "application/json" } }),
    "a type that is added": answer(200, { string: "{}" }, { add: { "content-type": "application/json" } }),
    "a type that is removed": answer(200, { string: "{}" }, { remove: ["content-type"] }),
    "a type of what is empty": answer(200, undefined, { set: { "content-type": "application/json" } }),
    "a type that is asked for": answer(200, { string: "{}" }, { set: { "x-type": "%RESP(content-type)%" } }),
    "a length": answer(200, { string: "abc" }, { set: { "content-length": "1" } }),
    "a coding": answer(200, { string: "a" }, { set: { "transfer-encoding": "chunked" } }),
    "a location": answer(302, { string: "a" }, { set: { location: "/z" } }),
    cookies: answer(200, { string: "a" }, { set: { "set-cookie": "b=1" }, add: { "set-cookie": "a=1" } }),
    "names in upper case": answer(200, { string: "a" }, { set: { "X-New": "  v  w " }, remove: ["Content-Type"] }),
};

type Differences = NonNullable<Case["differences"]>;
const OWN_PORT = "from `:8080` it would lead back to `:8080`";
const BODILESS: Differences[string] = {
    ours: { headers: { "content-type": "text/plain" }, body: undefined } as unknown as Differences[string]["ours"],
    why: "RFC 9110 §15.3.5: there is no body behind it",
};

export const ownAnswers: Topic = {
    name: "own-answers",
    http2: ["clients"],
    cases: [
        {
            title: "redirects",
            make: (setting) =>
                answersOf(
                    setting,
                    Object.fromEntries(
                        Object.entries(REDIRECTS).map(([title, redirect]) => [title, { match: [{ uri: { prefix: "/r" } }], redirect }]),
                    ),
                    (host) => ({
                        plain: ask(host, "GET /r/s?q=1"),
                        "with a port": ask(`${host}:8080`, "POST /r/s?q=1", ["x-a: 1"]),
                        elsewhere: ask(host, "GET /else"),
                    }),
                ),
            differences: {
                "the scheme's own port: with a port": {
                    ours: { headers: { "content-length": "0", location: "http://h3.test/r/s?q=1" } },
                    why: OWN_PORT,
                },
                "another scheme and its port: with a port": {
                    ours: { headers: { "content-length": "0", location: "https://h5.test/r/s?q=1" } },
                    why: OWN_PORT,
                },
            },
        },
        {
            title: "redirects of prefixes",
            make: (setting) =>
                answersOf(setting, PREFIXES, (host) => ({
                    exact: ask(host, "GET /p"),
                    below: ask(host, "GET /p/s?q=1"),
                    beside: ask(host, "GET /px%2Fy?"),
                    "a slash": ask(host, "GET /p/"),
                })),
        },
        {
            title: "direct responses",
            make: (setting) =>
                answersOf(setting, ANSWERS, (host) => ({
                    GET: ask(host, "GET /?a=b"),
                    POST: ask(host, "POST /", ["x-a: v"], { body: "hello" }),
                })),
            differences: {
                "204 with a body: GET": BODILESS,
                "204 with a body: POST": BODILESS,
                ...Object.fromEntries(
                    ["GET", "POST"].map((method) => [
                        `304 with a body: ${method}`,
                        {
                            ...BODILESS,
                            ours: {
                                headers: { "content-length": "4", "content-type": "text/plain" },
                                body: undefined,
                            } as unknown as Differences[string]["ours"],
                        },
                    ]),
                ),
            },
        },
    ],
};
