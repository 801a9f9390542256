/** Random configurations and requests that meet often enough to be interesting. */
import fc from "fast-check";
import type { KubeObject } from "../../../istio";

export const BACKENDS = ["b0.test", "b1.test", "b2.test"] as const;
/** Declared, but without endpoints. */
export const EMPTY = "empty.test";

const hosts = fc.constantFrom("a.test", "b.a.test", "*.a.test", "*.test", "*");
const words = fc.constantFrom("a", "b", "A", "/a", "ab");
const paths = fc.constantFrom("/", "/a", "/a/", "/a/b", "/A", "/ab", "/a/b/c");
const stringMatch = fc.oneof(
    words.map((exact) => ({ exact })),
    words.map((prefix) => ({ prefix })),
    fc.constantFrom("a.*", "[ab]+", ".*b").map((regex) => ({ regex })),
);
const pathMatch = fc.oneof(
    paths.map((exact) => ({ exact })),
    paths.map((prefix) => ({ prefix })),
    fc.constantFrom("/a.*", "/[ab]/?", "(/.*)?/b").map((regex) => ({ regex })),
);

const match = fc.record(
    {
        uri: pathMatch,
        ignoreUriCase: fc.boolean(),
        method: fc.constantFrom({ exact: "GET" }, { exact: "POST" }, { regex: "P.*" }),
        headers: fc.dictionary(fc.constantFrom("x-a", "x-b", "x_a"), stringMatch, { minKeys: 1, maxKeys: 2 }),
        withoutHeaders: fc.dictionary(
            fc.constantFrom("x-a", "x-b", "content-length", "expect", "te", "connection", "upgrade"),
            fc.oneof(stringMatch, fc.constant({})),
            { minKeys: 1, maxKeys: 1 },
        ),
        queryParams: fc.dictionary(fc.constantFrom("p", "q"), stringMatch, { minKeys: 1, maxKeys: 1 }),
        authority: fc.constantFrom({ exact: "a.test" }, { prefix: "b" }),
        scheme: fc.constantFrom({ exact: "http" }, { exact: "https" }),
    },
    { requiredKeys: [] },
);

const destination = fc.constantFrom(...BACKENDS, EMPTY, "missing.test").map((host) => ({ destination: { host, port: { number: 80 } } }));
const action = fc.oneof(
    {
        weight: 6,
        arbitrary: fc.record(
            {
                route: destination.map((one) => [one]),
                rewrite: fc.constantFrom({ uri: "/new" }, { uri: "/" }, { authority: "other.test" }),
            },
            { requiredKeys: ["route"] },
        ),
    },
    {
        weight: 1,
        arbitrary: fc.tuple(destination, destination).map(([one, other]) => ({
            route: [
                { ...one, weight: 100 },
                { ...other, weight: 0 },
            ],
        })),
    },
    {
        weight: 2,
        arbitrary: fc.record({
            redirect: fc.record(
                {
                    uri: fc.constant("/to"),
                    authority: fc.constant("to.test"),
                    scheme: fc.constant("https"),
                    redirectCode: fc.constantFrom(302, 308),
                },
                { requiredKeys: ["redirectCode"] },
            ),
        }),
    },
    { weight: 2, arbitrary: fc.record({ directResponse: fc.constantFrom({ status: 418 }, { status: 200, body: { string: "here" } }) }) },
);
const fault = fc.constantFrom(
    { abort: { percentage: { value: 100 }, httpStatus: 503 } },
    { abort: { percentage: { value: 0 }, httpStatus: 503 } },
);
const cors = fc.constant({ allowOrigins: [{ exact: "https://o.test" }], allowMethods: ["GET"] });
const rule = fc
    .tuple(action, fc.record({ match: fc.array(match, { minLength: 1, maxLength: 2 }), fault, corsPolicy: cors }, { requiredKeys: [] }))
    .map(([does, rest]) => ({ ...rest, ...does }));

const server = fc.record(
    { hosts: fc.uniqueArray(hosts, { minLength: 1, maxLength: 2 }), tls: fc.constant({ httpsRedirect: true }) },
    { requiredKeys: ["hosts"] },
);
const route = fc.record({
    hosts: fc.uniqueArray(hosts, { minLength: 1, maxLength: 2 }),
    http: fc.array(rule, { minLength: 1, maxLength: 4 }),
});

/** A Gateway with a server or two on port 80, and the VirtualServices bound to it. */
export const configuration = fc
    .tuple(fc.array(server, { minLength: 1, maxLength: 2 }), fc.array(route, { minLength: 1, maxLength: 3 }))
    .map(
        ([servers, routes]): KubeObject[] =>
            [
                {
                    apiVersion: "networking.istio.io/v1",
                    kind: "Gateway",
                    metadata: { name: "gw", namespace: "ns" },
                    spec: {
                        selector: { istio: "x" },
                        servers: servers.map((one, at) => ({ port: { number: 80, name: `http-${at}`, protocol: "HTTP" }, ...one })),
                    },
                },
                ...routes.map((one, at) => ({
                    apiVersion: "networking.istio.io/v1",
                    kind: "VirtualService",
                    metadata: { name: `vs-${at}`, namespace: "ns" },
                    spec: { gateways: ["gw"], ...one },
                })),
            ] as unknown as KubeObject[],
    );

export interface RandomRequest {
    readonly method: string;
    readonly authority: string;
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
}

const header = fc.oneof(
    fc.tuple(fc.constantFrom("x-a", "x-b"), fc.constantFrom("a", "b", "ab", "")),
    fc.constant(["origin", "https://o.test"] as const),
    fc.constant(["access-control-request-method", "GET"] as const),
    fc.constantFrom(
        ["content-length", "0"] as const,
        ["expect", "100-continue"] as const,
        ["te", "trailers"] as const,
        ["te", "gzip"] as const,
        ["x_a", "a"] as const,
        ["x_own", "a"] as const,
        ["upgrade", "websocket"] as const,
        ["connection", "x-a"] as const,
        ["expect", "what"] as const,
    ),
);
export const request: fc.Arbitrary<RandomRequest> = fc.record({
    method: fc.constantFrom("GET", "GET", "POST", "OPTIONS"),
    authority: fc.constantFrom("a.test", "b.a.test", "c.b.a.test", "z.test", "A.test:80", "a.test.", "nowhere", "", "u@a.test"),
    path: fc
        .tuple(
            fc.oneof(paths, fc.constantFrom("//a", "/a/../b", "/%61", "/a%2fb", "/..", "/a%", "/a\\b")),
            fc.constantFrom("", "?p=a", "?q=b&p=ab", "?p", "#a", "?p=a#b"),
        )
        .map(([path, query]) => path + query),
    headers: fc.uniqueArray(header, { maxLength: 3, selector: ([name]) => name }),
});
