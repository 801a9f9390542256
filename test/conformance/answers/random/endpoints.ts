/**
 * DestinationRules at random that say to which of several endpoints requests go: by what a client is known by, or not to those
 * that fail. Which endpoint it is is a proxy's own affair; whether it is one and the same, and whether sick ones are asked, is not.
 */
import * as fc from "fast-check";
import { ask, httpGateway, istioObject, type Ask, type Case } from "../../../answers/support/case";
import { destined, entryOf, extraBackend } from "../../../answers/support/meshed";

/** So often that chance chooses each of two. */
const OFTEN = 20;
const HOST = "pair.test";

const HASHED = fc.oneof(
    fc.constantFrom("x-user", "X-A", ":authority").map((httpHeaderName) => ({ httpHeaderName })),
    fc.constantFrom("user", "q").map((httpQueryParameterName) => ({ httpQueryParameterName })),
    fc.boolean().map((useSourceIp) => ({ useSourceIp })),
    fc
        .record(
            { name: fc.constantFrom("sess", "a"), ttl: fc.constantFrom("0s", "60s"), path: fc.constantFrom("/", "/p") },
            { requiredKeys: ["name"] },
        )
        .map((httpCookie) => ({ httpCookie })),
);
const TABLE = fc.constantFrom({}, { ringHash: { minimumRingSize: 16 } }, { maglev: { tableSize: 101 } });
const BALANCED = fc.oneof(
    {
        weight: 4,
        arbitrary: fc.tuple(HASHED, TABLE).map(([hashed, table]) => ({ loadBalancer: { consistentHash: { ...hashed, ...table } } })),
    },
    { weight: 1, arbitrary: fc.constantFrom("ROUND_ROBIN", "RANDOM").map((simple) => ({ loadBalancer: { simple } })) },
);
const MAYBE = fc.option(BALANCED, { nil: undefined });
const REQUEST = fc.record({
    path: fc.constantFrom("/", "/?user=ann", "/?q=1&user=bob", "/?user=", "/p?q"),
    lines: fc.subarray(["x-user: ann", "x-a: 1", "cookie: sess=abc", "cookie: a=1; b=2"], { maxLength: 2 }),
    isSubset: fc.boolean(),
});

const STICKY: fc.Arbitrary<Case> = fc
    .record({
        whole: MAYBE,
        port: MAYBE,
        subset: MAYBE,
        requests: fc.uniqueArray(REQUEST, { minLength: 8, maxLength: 8, selector: (one) => JSON.stringify(one) }),
    })
    .map(({ requests, ...drawn }) => ({
        title: JSON.stringify(drawn),
        make: (setting) => {
            const { whole, port, subset } = drawn;
            const endpoints = setting.backendPorts.map((one) => ({ address: "127.0.0.1", ports: { http: one }, labels: { v: "1" } }));
            const number = setting.ports.http;
            const asks = requests.map((request): [string, Ask] => {
                const { path, lines, isSubset } = request;
                return [JSON.stringify(request), ask(isSubset ? "subset.test" : "a.test", `GET ${path}`, lines, { times: OFTEN })];
            });
            return {
                objects: [
                    entryOf(setting, "pair", [HOST], { endpoints }, 0, "istio-system"),
                    istioObject("DestinationRule", "pair", {
                        host: HOST,
                        ...(whole || port
                            ? { trafficPolicy: { ...whole, ...(port ? { portLevelSettings: [{ port: { number }, ...port }] } : {}) } }
                            : {}),
                        subsets: [{ name: "v1", labels: { v: "1" }, ...(subset ? { trafficPolicy: subset } : {}) }],
                    }),
                    ...httpGateway(
                        setting,
                        ["*"],
                        [
                            { match: [{ authority: { exact: "subset.test" } }], route: [destined(HOST, number, { subset: "v1" })] },
                            { route: [destined(HOST, number)] },
                        ],
                    ),
                ],
                asks: Object.fromEntries(asks),
            };
        },
    }));

/** Numbers that every endpoint of two reaches within the first requests, or never. */
const COUNT = fc.constantFrom(undefined, 0, 1, 2, 3, 100);
const DETECTION = fc
    .record(
        {
            consecutive5xxErrors: COUNT,
            consecutiveGatewayErrors: COUNT,
            local: fc.constantFrom(1, 2, 100),
            maxEjectionPercent: fc.constantFrom(50, 100),
            minHealthPercent: fc.constantFrom(0, 40),
        },
        { requiredKeys: ["maxEjectionPercent"] },
    )
    .map(({ local, ...detection }) => ({
        ...detection,
        ...(local === undefined ? {} : { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: local }),
    }));
const SICK: fc.Arbitrary<Case> = fc
    .record({ detection: DETECTION, status: fc.constantFrom(500, 502, 503, 504, 429, 404, 0), attempts: fc.constantFrom(0, 0, 2) })
    .map((drawn) => ({
        title: JSON.stringify(drawn),
        make: async (setting) => {
            const { detection, status, attempts } = drawn;
            const sick = status === 0 ? undefined : await extraBackend("sick.test", { status });
            const gone = await setting.port("gone");
            const servers = sick === undefined ? [] : [sick];
            const often = (times: number): Ask => ask("a.test", "GET /", [], { times, anyReason: true });
            return {
                objects: [
                    entryOf(
                        setting,
                        "pair",
                        [HOST],
                        {
                            endpoints: [setting.backendPorts[0], sick?.port ?? gone].map((http) => ({
                                address: "127.0.0.1",
                                ports: { http },
                            })),
                        },
                        0,
                        "istio-system",
                    ),
                    istioObject("DestinationRule", "pair", {
                        host: HOST,
                        trafficPolicy: {
                            loadBalancer: { simple: "ROUND_ROBIN" },
                            outlierDetection: { interval: "1s", baseEjectionTime: "60s", ...detection },
                        },
                    }),
                    ...httpGateway(
                        setting,
                        ["a.test"],
                        [
                            {
                                retries: { attempts, ...(attempts > 0 ? { retryOn: "5xx" } : {}) },
                                route: [destined(HOST, setting.ports.http)],
                            },
                        ],
                    ),
                ],
                asks: { "at first": often(30), later: often(10) },
                servers,
                stop: async () => {
                    for (const server of servers) await server.stop();
                },
            };
        },
    }));

export const ENDPOINTS: fc.Arbitrary<Case> = fc.oneof(STICKY, SICK);
