/** Endpoints that are taken out for what they answer. */
import { ask, httpGateway, istioObject, type Answer, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { destined, entryOf, extraBackend } from "../support/meshed";

const HOST = "pair.test";
/** So often that each of two endpoints fails as often as it takes. */
const OFTEN = 24;
const often = (times = OFTEN): Ask => ask("a.test", "GET /", [], { times, anyReason: true });

interface Sick {
    /** What the second endpoint answers; 0: it is not there. */
    readonly status: number;
    /** What the first answers. Default: it is well. */
    readonly first?: number;
    readonly http?: object;
}

function outliers(title: string, outlierDetection: object, { status, first, http = {} }: Sick, more: Partial<Case> = {}): Case {
    return {
        title,
        make: async (setting: Setting) => {
            const sick = status === 0 ? undefined : await extraBackend("sick.test", { status });
            const other = first === undefined ? undefined : await extraBackend("other.test", { status: first });
            const gone = await setting.port("gone");
            const servers = [sick, other].filter((one) => one !== undefined);
            return {
                objects: [
                    entryOf(
                        setting,
                        "pair",
                        [HOST],
                        {
                            endpoints: [other?.port ?? setting.backendPorts[0], sick?.port ?? gone].map((port) => ({
                                address: "127.0.0.1",
                                ports: { http: port },
                            })),
                        },
                        0,
                        "istio-system",
                    ),
                    istioObject("DestinationRule", "pair", {
                        host: HOST,
                        trafficPolicy: {
                            loadBalancer: { simple: "ROUND_ROBIN" },
                            outlierDetection: { interval: "1s", baseEjectionTime: "60s", ...outlierDetection },
                        },
                    }),
                    ...httpGateway(
                        setting,
                        ["a.test"],
                        [{ retries: { attempts: 0 }, route: [destined(HOST, setting.ports.http)], ...http }],
                    ),
                ],
                asks: { "at first": often(), later: often(8) },
                servers,
                stop: async () => {
                    for (const server of servers) await server.stop();
                },
            };
        },
        ...more,
    };
}

const NOBODY = "nobody is asked where nobody is well, unless `minHealthPercent` says so";
/** Only the one that is well answers. */
const WELL: Partial<Answer> = { status: 200, headers: { "content-type": "text/plain" }, spread: { backends: 1, statuses: [200] } };

const ALL = { maxEjectionPercent: 100 };

export const outlierEndpoints: Topic = {
    name: "outliers",
    cases: [
        outliers("5xx in a row", { consecutive5xxErrors: 2, ...ALL }, { status: 500 }),
        outliers("the first 5xx", { consecutive5xxErrors: 1, ...ALL }, { status: 501 }),
        outliers("more in a row than there were", { consecutive5xxErrors: 100, ...ALL }, { status: 500 }),
        outliers("no number of them", { consecutive5xxErrors: 0, ...ALL }, { status: 500 }),
        outliers("statuses of gateways", { consecutiveGatewayErrors: 2, consecutive5xxErrors: 0, ...ALL }, { status: 503 }),
        outliers("502 as a gateway's", { consecutiveGatewayErrors: 2, consecutive5xxErrors: 0, ...ALL }, { status: 502 }),
        outliers("504 as a gateway's", { consecutiveGatewayErrors: 2, consecutive5xxErrors: 0, ...ALL }, { status: 504 }),
        outliers("500 that is no gateway's", { consecutiveGatewayErrors: 2, consecutive5xxErrors: 0, ...ALL }, { status: 500 }),
        outliers("both counts", { consecutiveGatewayErrors: 3, consecutive5xxErrors: 2, ...ALL }, { status: 500 }),
        outliers("4xx", { consecutive5xxErrors: 1, ...ALL }, { status: 429 }),
        outliers(
            "codes of its own",
            { consecutive5xxErrors: 1, outlierDetectionHttpErrorCodes: [429], ...ALL },
            { status: 429 },
            { differences: { later: { ours: WELL, why: "it says that 429 is an error" } } },
        ),
        outliers("nothing said but that it is done", { ...ALL }, { status: 500 }),
        outliers("the old word", { consecutiveErrors: 1, ...ALL }, { status: 500 }),
        outliers(
            "a share that lets none out",
            { consecutive5xxErrors: 1, maxEjectionPercent: 10 },
            { status: 500 },
            {
                differences: {
                    later: {
                        ours: WELL,
                        why: "one may be out where another is well: who asks for it has three endpoints more often than ten",
                    },
                },
            },
        ),
        outliers("a share that lets one of two out", { consecutive5xxErrors: 1, maxEjectionPercent: 50 }, { status: 500 }),
        outliers("as many well as must be", { consecutive5xxErrors: 1, minHealthPercent: 50, ...ALL }, { status: 500 }),
        outliers("fewer well than must be", { consecutive5xxErrors: 1, minHealthPercent: 60, ...ALL }, { status: 500 }),
        outliers(
            "both are sick",
            { consecutive5xxErrors: 1, ...ALL },
            { status: 500, first: 500 },
            {
                differences: {
                    "at first": {
                        ours: { status: 500, headers: undefined as never, spread: { backends: 2, statuses: [500, 503] } },
                        why: NOBODY,
                    },
                    later: { ours: { status: 503, spread: { backends: 0, statuses: [503] } }, why: NOBODY },
                },
            },
        ),
        outliers("an endpoint that is not there", { consecutive5xxErrors: 2, ...ALL }, { status: 0 }),
        outliers(
            "an endpoint that is not there, counted apart",
            { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2, consecutive5xxErrors: 0, ...ALL },
            { status: 0 },
        ),
        outliers(
            "500 where failures to connect are counted apart",
            { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 1, consecutive5xxErrors: 0, ...ALL },
            { status: 500 },
        ),
        outliers(
            "what is tried again",
            { consecutive5xxErrors: 2, ...ALL },
            { status: 503, http: { retries: { attempts: 2, retryOn: "5xx" } } },
        ),
    ],
};
