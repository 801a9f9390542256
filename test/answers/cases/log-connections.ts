/** What a gateway's access log has of connections whose bytes it passes on, and of those that come to nothing. */
import { EventEmitter, once } from "node:events";
import type net from "node:net";
import type { KubeObject } from "../../../istio";
import { from, GATEWAY_PODS, policy } from "../support/access";
import { GATEWAY_SELECTOR, istioObject, secret, type Ask, type Setting, type Topic } from "../support/case";
import { logged, serverAt, serviceAt } from "./log-lines";

const REQUEST = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
const knock = (more: Partial<Ask> = {}): Ask => ({ port: "tcp", sends: [REQUEST], anyReason: true, waitMs: 2_000, ...more });
const ended = (servername: string, more: object = {}): Ask => knock({ port: "https", tls: { servername, ...more } });
const passed = (servername: string): Ask => knock({ port: "tls", tls: { servername } });

const leading = (host: string): object => ({ route: [{ destination: { host, port: { number: 80 } } }] });

/** A TCP server on a port of its own, which leads to this host. */
function door(name: string, port: number, host: string): KubeObject[] {
    return [
        istioObject("Gateway", name, {
            selector: GATEWAY_SELECTOR,
            servers: [{ port: { number: port, name: "tcp", protocol: "TCP" }, hosts: ["*"] }],
        }),
        istioObject("VirtualService", name, { hosts: ["*"], gateways: [name], tcp: [{ match: [{ port }], ...leading(host) }] }),
    ];
}

const settingsOf = (name: string, host: string, tcp: object): KubeObject =>
    istioObject("DestinationRule", name, { host, trafficPolicy: { connectionPool: { tcp } } });

/** Reads the first bytes, and then does this. */
const after =
    (serve: (socket: net.Socket) => void) =>
    (socket: net.Socket): void =>
        void socket.once("data", () => serve(socket));

async function tcpOf(setting: Setting): Promise<Made> {
    const { ports } = setting;
    const heard = new EventEmitter();
    const [good, closed, hang] = [await setting.port("good"), await setting.port("closed"), await setting.port("hang")];
    const stops = [
        await serverAt(
            good,
            after((socket) => socket.end("hello")),
        ),
        await serverAt(hang, (socket) => void socket.on("data", () => heard.emit("data"))),
    ];
    const [resets] = [await setting.port("resets")];
    stops.push(
        await serverAt(
            resets,
            after((socket) => socket.resetAndDestroy()),
        ),
    );
    return {
        objects: [
            ...door("good", ports.tcp, "good.test"),
            ...door("empty", ports.http, "empty.test"),
            ...door("refused", ports.https, "refused.test"),
            ...door("unknown", ports.tls, "nobody.test"),
            ...door("resets", ports.other, "resets.test"),
            ...door("idle", ports.proxy, "idle.test"),
            serviceAt("good.test", good, "TCP"),
            serviceAt("empty.test", undefined, "TCP"),
            serviceAt("refused.test", closed, "TCP"),
            serviceAt("resets.test", resets, "TCP"),
            serviceAt("idle.test", hang, "TCP"),
            settingsOf("idle", "idle.test", { idleTimeout: "0.3s" }),
            policy("deny-client", { ...GATEWAY_PODS, action: "DENY", rules: [from({ ipBlocks: ["127.0.0.9"] })] }),
        ],
        asks: {
            "what goes well": knock(),
            "no endpoint": knock({ port: "http" }),
            "an endpoint that refuses": knock({ port: "https" }),
            "a destination that nobody knows": knock({ port: "tls" }),
            "an endpoint that resets": knock({ port: "other" }),
            "nothing for a while": knock({ port: "proxy" }),
            "a client that resets": knock({ port: "proxy", end: true, resets: true, endsAfter: () => once(heard, "data") }),
            "an address that is refused": knock({ from: "127.0.0.9" }),
        },
        stop: async () => {
            for (const stop of stops) await stop();
        },
    };
}

interface Made {
    readonly objects: readonly KubeObject[];
    readonly asks: Readonly<Record<string, Ask>>;
    readonly stop?: () => Promise<void>;
}

async function longOf(setting: Setting): Promise<Made> {
    const hang = await setting.port("hang");
    const stop = await serverAt(hang, (socket) => socket.resume());
    return {
        objects: [
            ...door("long", setting.ports.tcp, "long.test"),
            serviceAt("long.test", hang, "TCP"),
            settingsOf("long", "long.test", { maxConnectionDuration: "0.3s" }),
        ],
        asks: { "longer than it may be": knock(), "a client that goes": knock({ end: true }) },
        stop,
    };
}

async function tlsOf(setting: Setting): Promise<Made> {
    const { ports, certificate } = setting;
    const inner = await setting.port("inner");
    const stop = await serverAt(
        inner,
        after((socket) => socket.end("hello")),
    );
    return {
        objects: [
            secret("shop", { "tls.crt": certificate.cert, "tls.key": certificate.key }),
            istioObject("Gateway", "gw", {
                selector: GATEWAY_SELECTOR,
                servers: [
                    {
                        port: { number: ports.https, name: "ended", protocol: "TLS" },
                        hosts: ["a.shop.test"],
                        tls: { mode: "SIMPLE", credentialName: "shop" },
                    },
                    { port: { number: ports.tls, name: "passed", protocol: "TLS" }, hosts: ["*.shop.test"], tls: { mode: "PASSTHROUGH" } },
                ],
            }),
            istioObject("VirtualService", "ended", {
                hosts: ["a.shop.test"],
                gateways: ["gw"],
                tcp: [{ match: [{ port: ports.https }], ...leading(setting.backends[0]) }],
            }),
            istioObject("VirtualService", "passed", {
                hosts: ["*.shop.test"],
                gateways: ["gw"],
                tls: [
                    { match: [{ port: ports.tls, sniHosts: ["a.shop.test"] }], ...leading("inner.test") },
                    { match: [{ port: ports.tls, sniHosts: ["e.shop.test"] }], ...leading("empty.test") },
                ],
            }),
            serviceAt("inner.test", inner, "TLS"),
            serviceAt("empty.test", undefined, "TLS"),
        ],
        asks: {
            "TLS that ends here": ended("a.shop.test"),
            "TLS for a name that nobody has": ended("b.shop.test"),
            "no TLS": knock({ port: "https", waitMs: 700 }),
            "TLS that is passed on": passed("a.shop.test"),
            "TLS that is passed on to nobody": passed("e.shop.test"),
            "TLS that is passed on, for a name that nobody has": passed("x.shop.test"),
            "no TLS where it is passed on": knock({ port: "tls", waitMs: 700 }),
        },
        stop,
    };
}

export const logConnections: Topic = {
    name: "log-connections",
    cases: [
        logged("TCP", tcpOf, {
            differences: {
                "an address that is refused": {
                    ours: ({ log = [] }) => ({
                        log: log.map((one) => one.replace("51 0 <ms>", "0 0 <ms>").replace(/"127.0.0.1:<good>".*?test \S+/, '"-" - -')),
                    }),
                    why: "Envoy connects to the destination before it knows that the client may not have it",
                },
            },
        }),
        logged("TCP that takes long", longOf),
        logged("TLS", tlsOf),
    ],
};
