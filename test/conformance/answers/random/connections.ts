/** Servers for TLS that ends here or passes through, for HTTPS and for TCP, at random, with what leads connections on; and connections to them. */
import * as fc from "fast-check";
import type { KubeObject } from "../../../../istio";
import { ask, GATEWAY_SELECTOR, istioObject, secret, type Ask, type Case, type Setting } from "../../../answers/support/case";
import { destined, entryOf, extraBackend } from "../../../answers/support/meshed";

const NAMES = ["a.shop.test", "b.shop.test", "x.shop.test", "shop.test", "else.test", ""];

/** No host is in two of them: one that another server has already makes Istio drop the whole server. */
const HOSTS = fc.constantFrom(["a.shop.test"], ["b.shop.test", "shop.test"], ["x.shop.test"], ["*.shop.test"], ["*"]);
const TLS_SERVER = fc.record({ hosts: HOSTS, mode: fc.constantFrom("PASSTHROUGH", "PASSTHROUGH", "SIMPLE") });
const TARGET = fc.constantFrom("plain-one.test", "plain-two.test", "secure-one.test", "secure-two.test", "nowhere.test");
const SHARED = fc.tuple(TARGET, TARGET, fc.boolean()).map(([one, other, isFirst]) => [
    { to: one, weight: isFirst ? 1 : 0 },
    { to: other, weight: isFirst ? 0 : 1 },
]);
const ROUTE = fc.oneof(
    TARGET.map((to) => [{ to, weight: 0 }]),
    SHARED,
);
const TLS_RULE = fc.record({ port: fc.constantFrom(undefined, undefined, "tls", "other"), route: ROUTE });
const TCP_RULE = fc.record({ port: fc.constantFrom(undefined, "tcp", "other", "tls"), route: ROUTE });
/** Nor is one that everybody's VirtualService asks for: two rules for one name make Envoy refuse the listener. */
const SERVICE = fc
    .record({
        hosts: HOSTS,
        tls: fc.array(TLS_RULE, { maxLength: 1 }),
        tcp: fc.array(TCP_RULE, { maxLength: 2 }),
        http: fc.boolean(),
    })
    .map((one) => (one.hosts[0] === "*" ? { ...one, tls: [] } : one))
    .filter(({ tls, tcp, http }) => http || tls.length + tcp.length > 0);
const ASK = fc.record({
    port: fc.constantFrom("tls" as const, "tls" as const, "https" as const, "tcp" as const, "other" as const),
    name: fc.constantFrom(...NAMES),
    isSecure: fc.constantFrom(true, true, true, false),
});

interface Drawn {
    readonly tls: readonly { readonly hosts: readonly string[]; readonly mode: string }[];
    readonly https: readonly string[];
    readonly services: readonly {
        readonly hosts: readonly string[];
        readonly tls: readonly { readonly port: Port; readonly route: Route }[];
        readonly tcp: readonly { readonly port: Port; readonly route: Route }[];
        readonly http: boolean;
    }[];
}
type Port = "tls" | "tcp" | "other" | undefined;
type Route = readonly { readonly to: string; readonly weight: number }[];

/** What is sent in clear to a port that expects TLS is answered by nobody; who expects a first word waits for it. */
function asked({ port, name, isSecure }: { port: "tls" | "https" | "tcp" | "other"; name: string; isSecure: boolean }): Ask {
    const tls = isSecure ? { tls: name === "" ? {} : { servername: name } } : {};
    return ask(name === "" ? "none.test" : name, "GET /", [], { port, ...tls, anyReason: true, waitMs: 1_500 });
}

function objectsOf({ tls, https, services }: Drawn, setting: Setting): readonly KubeObject[] {
    const { ports } = setting;
    const numbered = (port: Port): object => (port === undefined ? {} : { port: ports[port] });
    const routed = (route: Route): object[] => route.map(({ to, weight }) => ({ ...destined(to, ports.http), weight }));
    return [
        istioObject("Gateway", "gw", {
            selector: GATEWAY_SELECTOR,
            servers: [
                ...tls.map(({ hosts, mode }, at) => ({
                    port: { number: ports.tls, name: `tls-${at}`, protocol: "TLS" },
                    hosts,
                    tls: { mode, ...(mode === "SIMPLE" ? { credentialName: "certs" } : {}) },
                })),
                {
                    port: { number: ports.https, name: "https", protocol: "HTTPS" },
                    hosts: https,
                    tls: { mode: "SIMPLE", credentialName: "certs" },
                },
                { port: { number: ports.tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
                { port: { number: ports.other, name: "tcp-other", protocol: "TCP" }, hosts: ["*"] },
            ],
        }),
        ...services.map(({ hosts, tls: byName, tcp, http }, at) =>
            istioObject("VirtualService", `vs-${at}`, {
                hosts,
                gateways: ["gw"],
                ...(byName.length > 0
                    ? {
                          tls: byName.map(({ port, route }) => ({
                              match: [{ sniHosts: hosts, ...numbered(port) }],
                              route: routed(route),
                          })),
                      }
                    : {}),
                ...(tcp.length > 0
                    ? { tcp: tcp.map(({ port, route }) => ({ ...(port ? { match: [numbered(port)] } : {}), route: routed(route) })) }
                    : {}),
                ...(http ? { http: [{ directResponse: { status: 200, body: { string: `own ${at}` } } }] } : {}),
            }),
        ),
    ];
}

export const CONNECTIONS: fc.Arbitrary<Case> = fc
    .record({
        tls: fc.uniqueArray(TLS_SERVER, { minLength: 1, maxLength: 2, selector: ({ hosts }) => hosts[0] }),
        https: HOSTS,
        services: fc.uniqueArray(SERVICE, { minLength: 1, maxLength: 3, selector: ({ hosts }) => hosts[0] }) as fc.Arbitrary<
            Drawn["services"]
        >,
        asks: fc.uniqueArray(ASK, { minLength: 15, maxLength: 15, selector: (one) => JSON.stringify(one) }),
    })
    .map(({ asks, ...drawn }) => ({
        title: JSON.stringify(drawn),
        make: async (setting) => {
            const { cert, key } = setting.certificate;
            const secure = [
                await extraBackend("secure.one", { certificate: { cert, key } }),
                await extraBackend("secure.two", { certificate: { cert, key } }),
            ];
            const entry = (name: string, port: number): KubeObject =>
                entryOf(setting, name.replace(".test", ""), [name], {
                    ports: [{ number: setting.ports.http, name: "tcp", protocol: "TCP" }],
                    endpoints: [{ address: "127.0.0.1", ports: { tcp: port } }],
                });
            return {
                objects: [
                    secret("certs", { "tls.crt": cert, "tls.key": key }),
                    ...["plain-one.test", "plain-two.test"].map((name, at) => entry(name, setting.backendPorts[at] ?? 0)),
                    ...["secure-one.test", "secure-two.test"].map((name, at) => entry(name, secure[at]?.port ?? 0)),
                    ...objectsOf(drawn, setting),
                ],
                asks: Object.fromEntries(asks.map((one) => [JSON.stringify(one), asked(one)])),
                servers: secure,
                stop: async () => {
                    for (const server of secure) await server.stop();
                },
            };
        },
    }));
