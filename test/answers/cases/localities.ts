/** Endpoints in other zones and regions than the gateway: whose turn it is, who takes over, and what is shared out. */
import type { KubeObject } from "../../../istio";
import { meshConfig } from "../support/access";
import { ask, httpServer, istioObject, type Ask, type Case, type Differences, type Setting, type Topic } from "../support/case";
import { destined, entryOf } from "../support/meshed";

const HOST = "pair.test";
/** A gateway of its own place, and so of its own labels. */
const HERE = { locality: "r1/z1/s1", labels: { istio: "placed-gateway", tier: "front" } };
/** So often that chance chooses both of two. */
const OFTEN = 20;
const WATCHED = { outlierDetection: { consecutive5xxErrors: 1, interval: "1s", baseEjectionTime: "60s", maxEjectionPercent: 100 } };

interface Place {
    readonly locality?: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Nobody listens there. */
    readonly isGone?: true;
}

const once: Ask = ask("a.test", "GET /", [], { anyReason: true });
const often = (times = OFTEN): Ask => ({ ...once, times });
/** Which of the two answers; or, where it may be either, that both do. */
const ONE = { GET: once };
const BOTH = { GET: often() };

function placed(
    title: string,
    places: readonly Place[],
    trafficPolicy: object,
    asks: Readonly<Record<string, Ask>> = ONE,
    more: (setting: Setting) => readonly KubeObject[] = () => [],
    differences: Differences = {},
): Case {
    return {
        title,
        differences,
        ...HERE,
        make: async (setting) => {
            const ports = [...setting.backendPorts];
            const gone = await setting.port("gone");
            const endpoints = places.map(({ isGone, ...place }) => ({
                address: "127.0.0.1",
                ports: { http: isGone ? gone : (ports.shift() ?? 0) },
                ...place,
            }));
            return {
                objects: [
                    entryOf(setting, "pair", [HOST], { endpoints }, 0, "istio-system"),
                    istioObject("DestinationRule", "pair", { host: HOST, trafficPolicy }),
                    istioObject("Gateway", "gw", {
                        selector: { istio: HERE.labels.istio },
                        servers: [httpServer(setting.ports.http, ["*"])],
                    }),
                    istioObject("VirtualService", "vs", {
                        hosts: ["a.test"],
                        gateways: ["gw"],
                        http: [{ retries: { attempts: 0 }, route: [destined(HOST, setting.ports.http)] }],
                    }),
                    ...more(setting),
                ],
                asks,
            };
        },
    };
}

const ELSEWHERE: Differences = {
    "at first": {
        ours: { headers: { "content-type": "text/plain" }, spread: { backends: 1, statuses: [200] } },
        why: "nothing was sent to the endpoint that can't be reached: the request goes to another as soon as this one is out",
    },
};
const at = (locality: string, more: Partial<Place> = {}): Place => ({ locality, ...more });
const balanced = (localityLbSetting: object, more: object = {}): object => ({ loadBalancer: { localityLbSetting }, ...more });

export const localities: Topic = {
    name: "localities",
    cases: [
        placed("the zone before the region", [at("r1/z2"), at("r1/z1/s2")], WATCHED, { GET: once, again: often() }),
        placed("the subzone before the zone", [at("r1/z1/s2"), at("r1/z1/s1")], WATCHED),
        placed("the region before others", [at("r2/z1/s1"), at("r1/z9")], WATCHED),
        placed("none nearer than another", [at("r2/z1"), at("r3/z1")], WATCHED, BOTH),
        placed("no outlier detection", [at("r2/z1"), at("r1/z1/s1")], {}, BOTH),
        placed("an endpoint that says no place", [{}, at("r1/z1/s1")], WATCHED),
        placed(
            "the near one is lost",
            [at("r1/z1/s1", { isGone: true }), at("r1/z2"), at("r2")],
            WATCHED,
            { "at first": often(4), later: once },
            () => [],
            ELSEWHERE,
        ),
        placed(
            "the near one and the next are lost",
            [at("r1/z1/s1", { isGone: true }), at("r1/z1/s2", { isGone: true }), at("r2")],
            WATCHED,
            { "at first": often(5), later: once },
            () => [],
            ELSEWHERE,
        ),
        placed("turned off", [at("r2/z1"), at("r1/z1/s1")], balanced({ enabled: false }, WATCHED), BOTH),
        placed("another region to fail over to", [at("r2"), at("r3")], balanced({ failover: [{ from: "r1", to: "r3" }] }, WATCHED)),
        placed("another region from elsewhere", [at("r2"), at("r3")], balanced({ failover: [{ from: "r2", to: "r3" }] }, WATCHED), BOTH),
        placed(
            "labels of the gateway and of endpoints",
            [at("r1/z1/s1", { labels: { tier: "back" } }), at("r9", { labels: { tier: "front" } })],
            balanced({ failoverPriority: ["tier"] }, WATCHED),
        ),
        placed(
            "labels of a value",
            [at("r1/z1/s1", { labels: { tier: "front" } }), at("r9", { labels: { tier: "back" } })],
            balanced({ failoverPriority: ["tier=back"] }, WATCHED),
        ),
        placed("all to one region", [at("r1/z1/s1"), at("r2/z5")], balanced({ distribute: [{ from: "r1/*", to: { "r2/*": 100 } }] })),
        placed(
            "all of a zone to another",
            [at("r1/z2/s1"), at("r1/z1/s1")],
            balanced({ distribute: [{ from: "r1/z1/*", to: { "r1/z2/*": 100 } }] }),
        ),
        placed(
            "shared out to two",
            [at("r1/z2"), at("r2/z1")],
            balanced({ distribute: [{ from: "r1/z1/*", to: { "r1/z2/*": 50, "r2/*": 50 } }] }),
            { GET: often(30) },
        ),
        placed(
            "shared out from elsewhere",
            [at("r1/z1/s1"), at("r2")],
            balanced({ distribute: [{ from: "r2/*", to: { "r2/*": 100 } }] }),
            BOTH,
        ),
        placed(
            "the first that fits of several",
            [at("r1/z1/s1"), at("r2")],
            balanced({
                distribute: [
                    { from: "r1/z1/*", to: { "r2/*": 100 } },
                    { from: "r1/*", to: { "r1/*": 100 } },
                ],
            }),
        ),
        placed(
            "shared out to where nobody is",
            [at("r1/z1/s1"), at("r2")],
            balanced({ distribute: [{ from: "r1/*", to: { "r7/*": 100 } }] }),
        ),
        placed("the mesh's own", [at("r2"), at("r3")], WATCHED, ONE, () => [
            meshConfig({ localityLbSetting: { enabled: true, failover: [{ from: "r1", to: "r3" }] } }),
        ]),
    ],
};
