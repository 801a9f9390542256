/** What rules say beside where to go, at random: CORS, and copies of requests to others; with their requests. */
import * as fc from "fast-check";
import { ask, httpGateway, to, type Ask, type Case } from "../../../answers/support/case";

const ORIGINS = ["https://a.test", "https://b.a.test", "http://a.test", "https://A.test", "https://a.test:8443", "null", ""];
const METHODS = ["OPTIONS", "OPTIONS", "OPTIONS", "GET", "POST"];

const ORIGIN = fc.oneof(
    fc.constantFrom(...ORIGINS.slice(0, 3), "*").map((exact) => ({ exact })),
    fc.constantFrom("https://", "https://a", "http").map((prefix) => ({ prefix })),
    fc.constantFrom("https://.*", ".*a\\.test", "https?://a.test(:\\d+)?").map((regex) => ({ regex })),
);
const CORS = fc.record(
    {
        allowOrigins: fc.array(ORIGIN, { minLength: 1, maxLength: 2 }),
        allowMethods: fc.constantFrom(["GET"], ["GET", "POST"], ["*"]),
        allowHeaders: fc.constantFrom(["x-a"], ["x-a", "X-B"], ["*"]),
        exposeHeaders: fc.constantFrom(["x-out"], ["x-out", "x-more"]),
        maxAge: fc.constantFrom("1h", "0s", "90s"),
        allowCredentials: fc.boolean(),
        unmatchedPreflights: fc.constantFrom("UNSPECIFIED", "FORWARD", "IGNORE"),
    },
    { requiredKeys: ["allowOrigins"] },
);
const COPY = fc.constantFrom("one.backends.test", "two.backends.test", "nowhere.test");
const PERCENT = fc.constantFrom(undefined, { value: 100 }, { value: 0 });
const MIRROR = fc.oneof(
    fc
        .tuple(COPY, PERCENT)
        .map(([host, mirrorPercentage]) => ({ mirror: destination(host), ...(mirrorPercentage ? { mirrorPercentage } : {}) })),
    fc
        .array(
            fc
                .tuple(COPY, PERCENT)
                .map(([host, percentage]) => ({ destination: destination(host), ...(percentage ? { percentage } : {}) })),
            { minLength: 1, maxLength: 2 },
        )
        .map((mirrors) => ({ mirrors })),
);
const EXTRA = fc.constantFrom<object>(
    {},
    {},
    { headers: { request: { set: { "x-set": "1" }, remove: ["x-a"] }, response: { set: { "access-control-allow-origin": "own" } } } },
    { headers: { response: { add: { "x-out": "1" } } } },
    { rewrite: { uri: "/z", authority: "h.test" } },
    { fault: { abort: { httpStatus: 418, percentage: { value: 100 } } } },
);
const RULE = fc.record({
    path: fc.constantFrom("/a", "/b", "/"),
    backend: fc.constantFrom("one.backends.test", "two.backends.test", "nowhere.test"),
    cors: fc.option(CORS, { nil: undefined }),
    mirror: fc.option(MIRROR, { nil: {} }),
    extra: EXTRA,
});
const REQUEST = fc.record({
    path: fc.constantFrom("/a", "/a/x", "/b", "/c?d"),
    method: fc.constantFrom(...METHODS),
    origin: fc.constantFrom(...ORIGINS, undefined),
    asks: fc.constantFrom(undefined, "GET", "POST", "PUT", ""),
    lines: fc.subarray(["x-a: 1", "access-control-request-headers: x-a, x-c"]),
    body: fc.constantFrom("", "", "text"),
});

/** A rewritten `/` is another one at Istio's gateway, as docs/proxy.md says. */
function withoutPath(extra: object): object {
    return "rewrite" in extra ? { rewrite: { authority: "h.test" } } : extra;
}

function destination(host: string): object {
    return { host, port: { number: 80 } };
}

export const POLICIES: fc.Arbitrary<Case> = fc
    .record({ rules: fc.array(RULE, { minLength: 1, maxLength: 3 }), requests: fc.array(REQUEST, { minLength: 20, maxLength: 20 }) })
    .map(({ rules, requests }) => ({
        title: JSON.stringify(rules),
        make: (setting) => {
            const asks: Record<string, Ask> = {};
            for (const request of requests) {
                const { path, method, origin, asks: wanted, lines, body } = request;
                const all = [
                    ...(origin === undefined ? [] : [`origin: ${origin}`]),
                    ...(wanted === undefined ? [] : [`access-control-request-method: ${wanted}`]),
                    ...lines,
                ];
                asks[JSON.stringify(request)] = ask("a.test", `${method} ${path}`, all, {
                    anyReason: true,
                    body: method === "POST" ? body : "",
                    copies: true,
                });
            }
            const http = rules.map(({ path, backend, cors, mirror, extra }) => ({
                match: [{ uri: { prefix: path } }],
                ...to(backend),
                ...(cors ? { corsPolicy: cors } : {}),
                ...mirror,
                ...(path === "/" ? withoutPath(extra) : extra),
            }));
            return { objects: httpGateway(setting, ["*"], http), asks };
        },
    }));
