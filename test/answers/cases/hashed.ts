/** Which of several backends a key leads to: the same one at each request, and another only where its own one is lost. */
import type { KubeObject } from "../../../istio";
import {
    ask,
    GATEWAY_SELECTOR,
    httpGateway,
    istioObject,
    type Ask,
    type Case,
    type Differences,
    type Setting,
    type Topic,
} from "../support/case";
import { destined, entryOf, extraBackend } from "../support/meshed";

const HOST = "many.test";
/** So many that each of four backends has some. */
const KEYS = Array.from({ length: 40 }, (_, at) => at);
const NAMES = ["a.many.test", "b.many.test", "c.many.test", "lost.many.test"];

const byHeader = (): readonly Ask[] => KEYS.map((key) => ask("a.test", "GET /", [`x-user: user-${key}`], { anyReason: true }));
const byCookie = (): readonly Ask[] => KEYS.map((key) => ask("a.test", "GET /", [`cookie: sess=client-${key}`], { anyReason: true }));
const byQuery = (): readonly Ask[] => KEYS.map((key) => ask("a.test", `GET /?user=${key}`, [], { anyReason: true }));
const byAddress = (port: "http" | "tcp") => (): readonly Ask[] =>
    KEYS.map((key) => ask("a.test", "GET /", [], { from: `127.0.1.${key + 1}`, port, anyReason: true }));

/** As it is, twice, while one is found to be gone, and without it. */
const lost = (keys: readonly Ask[], lose: () => Promise<void>): Record<string, Ask> => ({
    "at first": { ...keys[0]!, keys },
    again: { ...keys[0]!, keys },
    "while one is lost": { ...keys[0]!, keys, before: lose, isLoss: true },
    afterwards: { ...keys[0]!, keys, isLoss: true },
});
function hashedCase(
    title: string,
    consistentHash: object,
    keys: () => readonly Ask[],
    more: (setting: Setting) => readonly KubeObject[] = () => [],
    differences: Differences = {},
): Case {
    return {
        title,
        differences,
        make: async (setting) => {
            const servers = await Promise.all(NAMES.map((name) => extraBackend(name)));
            const { http } = setting.ports;
            return {
                objects: [
                    entryOf(
                        setting,
                        "many",
                        [HOST],
                        { endpoints: servers.map(({ port }) => ({ address: "127.0.0.1", ports: { http: port } })) },
                        0,
                        "istio-system",
                    ),
                    istioObject("DestinationRule", "many", {
                        host: HOST,
                        trafficPolicy: {
                            loadBalancer: { consistentHash },
                            outlierDetection: {
                                consecutive5xxErrors: 2,
                                interval: "1s",
                                baseEjectionTime: "60s",
                                maxEjectionPercent: 100,
                            },
                        },
                    }),
                    ...httpGateway(setting, ["a.test"], [{ retries: { attempts: 0 }, route: [destined(HOST, http)] }]),
                    ...more(setting),
                ],
                asks: lost(keys(), () => servers[3]!.stop()),
                servers,
                stop: async () => {
                    for (const server of servers) await server.stop();
                },
            };
        },
    };
}

function streams({ ports }: Setting): readonly KubeObject[] {
    return [
        istioObject("Gateway", "streams", {
            selector: GATEWAY_SELECTOR,
            servers: [{ port: { number: ports.tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] }],
        }),
        istioObject("VirtualService", "streams", {
            hosts: ["*"],
            gateways: ["streams"],
            tcp: [{ route: [destined(HOST, ports.http)] }],
        }),
    ];
}

export const hashed: Topic = {
    name: "hashed",
    cases: [
        hashedCase("a header", { httpHeaderName: "x-user" }, byHeader),
        hashedCase("a cookie", { httpCookie: { name: "sess" } }, byCookie),
        hashedCase("a parameter", { httpQueryParameterName: "user", ringHash: { minimumRingSize: 4096 } }, byQuery),
        hashedCase("the client's address", { useSourceIp: true }, byAddress("http")),
        hashedCase("a table of Maglev's", { httpHeaderName: "x-user", maglev: { tableSize: 65_537 } }, byHeader),
        hashedCase("the client's address, of a connection", { useSourceIp: true }, byAddress("tcp"), streams, {
            "while one is lost": {
                ours: { status: 200, spread: { backends: 3, statuses: [200], moved: "few" } },
                why: "nothing was sent to the one that can't be reached: another one is tried",
            },
        }),
    ],
};
