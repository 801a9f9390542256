/** Traffic that leaves through an egress gateway: from an application, and at the gateway itself. */
import type { KubeObject } from "../../../istio";
import {
    ask,
    GATEWAY_SELECTOR,
    httpServer,
    istioObject,
    secret,
    type Ask,
    type Case,
    type Play,
    type PortName,
    type Setting,
    type Topic,
} from "../support/case";
import { answeredBy, destined, entryOf, extraBackend, meshed, proxied, REGISTRY_ONLY, sidecar, WEB } from "../support/meshed";

const EGRESS = "egress.istio-system.svc.cluster.local";

/** Ports of the gateway's Service: others than those of its servers, for an application's proxy listens on them. */
interface Service {
    readonly http: number;
    readonly tls: number;
}
const servicePorts = async (setting: Setting): Promise<Service> => ({
    http: await setting.port("service"),
    tls: await setting.port("service-tls"),
});

/** The gateway's Service as the application sees it: its ports lead to the ports of the gateway's servers. */
function gatewayService({ ports }: Setting, service: Service): KubeObject {
    return istioObject("ServiceEntry", "egress", {
        hosts: [EGRESS],
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: [
            { number: service.http, name: "http", protocol: "HTTP" },
            { number: service.tls, name: "tls", protocol: "TLS" },
        ],
        endpoints: [{ address: "127.0.0.1", ports: { http: ports.other, tls: ports.https } }],
    });
}

const gateway = (setting: Setting, servers: readonly object[]): KubeObject =>
    istioObject("Gateway", "egress", { selector: GATEWAY_SELECTOR, servers });
const server = ({ ports }: Setting, hosts: readonly string[]): object => httpServer(ports.other, hosts);
const passthrough = ({ ports }: Setting, hosts: readonly string[]): object => ({
    port: { number: ports.https, name: "tls", protocol: "TLS" },
    hosts,
    tls: { mode: "PASSTHROUGH" },
});

/** An application's Sidecar with a listener for HTTP and one for TLS, and the gateway's Service among what it sees. */
function application(setting: Setting, policy: object = REGISTRY_ONLY): readonly KubeObject[] {
    const { ports } = setting;
    const listener = (name: PortName, protocol: string): object => ({
        port: { number: ports[name], name, protocol },
        bind: "127.0.0.1",
        captureMode: "NONE",
        hosts: ["*/*"],
    });
    return [
        meshed(setting, policy),
        sidecar(
            setting,
            {},
            { egress: [listener("http", "HTTP"), listener("tls", "TLS"), { hosts: [`istio-system/${EGRESS}`] }], ...policy },
        ),
    ];
}

const MESH = { gateways: ["mesh"] };
const GATEWAY = { gateways: ["istio-system/egress"] };

function hop(
    setting: Setting,
    service: Service,
    outside: object,
    more: { readonly mesh?: object; readonly gateway?: object } = {},
): KubeObject {
    const { ports } = setting;
    return istioObject("VirtualService", "out", {
        hosts: ["out.test"],
        gateways: ["mesh", "istio-system/egress"],
        http: [
            { match: [{ ...MESH, port: ports.http, ...more.mesh }], route: [destined(EGRESS, service.http)] },
            { match: [{ ...GATEWAY, port: ports.other, ...more.gateway }], ...outside },
        ],
    });
}

const outside = (setting: Setting, which: 0 | 1 = 0, more: object = {}): KubeObject =>
    entryOf(setting, "out", ["out.test"], more, which, "istio-system");
const get = (path = "/", headers: readonly string[] = [], host = "out.test"): Ask => ask(host, `GET ${path}`, headers, { anyReason: true });

const http = (
    title: string,
    objects: (setting: Setting, service: Service) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>>,
    more: Partial<Case> = {},
): Case => ({
    title,
    sidecar: WEB,
    make: async (setting) => {
        const service = await servicePorts(setting);
        return { objects: [...application(setting), gatewayService(setting, service), ...objects(setting, service)], asks };
    },
    ...more,
});

/** With a server outside that speaks TLS. */
async function overTls(
    setting: Setting,
    objects: (port: number, service: Service) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>>,
    certificate: { readonly cert: string; readonly key: string } = setting.certificate,
    more: object = {},
): Promise<Play> {
    const service = await servicePorts(setting);
    const one = await extraBackend("outside.test", { certificate: { ...certificate, ...more } });
    return {
        objects: [...application(setting), gatewayService(setting, service), ...objects(one.port, service)],
        asks,
        servers: [one],
        stop: () => one.stop(),
    };
}

const secured = (setting: Setting, port: number, host = "out.shop.test"): KubeObject =>
    istioObject("ServiceEntry", "out", {
        hosts: [host],
        location: "MESH_EXTERNAL",
        resolution: "STATIC",
        ports: [
            { number: setting.ports.http, name: "http", protocol: "HTTP", targetPort: port },
            { number: 443, name: "tls", protocol: "TLS", targetPort: port },
            { number: setting.ports.tls, name: "tls-port", protocol: "TLS", targetPort: port },
        ],
        endpoints: [{ address: "127.0.0.1" }],
    });

const originated = (tls: object): KubeObject =>
    istioObject("DestinationRule", "out", {
        host: "out.shop.test",
        trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls }] },
    });

const ORIGINATIONS: Readonly<
    Record<string, (setting: Setting) => { readonly tls: object; readonly keys?: Readonly<Record<string, string>> }>
> = {
    "its authority": ({ authority }) => ({
        tls: { mode: "SIMPLE", credentialName: "ca", sni: "out.shop.test" },
        keys: { "ca.crt": authority.cert },
    }),
    "no server name said": ({ authority }) => ({ tls: { mode: "SIMPLE", credentialName: "ca" }, keys: { "ca.crt": authority.cert } }),
    "a name that it has": ({ authority }) => ({
        tls: { mode: "SIMPLE", credentialName: "ca", subjectAltNames: ["shop.test"] },
        keys: { "ca.crt": authority.cert },
    }),
    "a name that it has not": ({ authority }) => ({
        tls: { mode: "SIMPLE", credentialName: "ca", subjectAltNames: ["other.test"] },
        keys: { "ca.crt": authority.cert },
    }),
    "a Secret that is not there": () => ({ tls: { mode: "SIMPLE", credentialName: "none" } }),
    "nothing that verifies": () => ({ tls: { mode: "SIMPLE", insecureSkipVerify: true } }),
    "no TLS": () => ({ tls: { mode: "DISABLE" } }),
    "a certificate of its own": (setting) => ({
        tls: { mode: "MUTUAL", credentialName: "ca" },
        keys: { "ca.crt": setting.authority.cert, "tls.crt": setting.certificate.cert, "tls.key": setting.certificate.key },
    }),
};

/** At a gateway, where Istio knows no address that a client meant. */
function atGateways(): readonly Case[] {
    const at = (
        title: string,
        resolution: string,
        hosts: readonly string[],
        asked: readonly string[],
        endpoints?: (setting: Setting) => object,
    ): Case => ({
        title: `at a gateway: ${title}`,
        make: (setting) => ({
            objects: [
                gateway(setting, [server(setting, ["*"])]),
                entryOf(setting, "out", hosts, { resolution, endpoints: undefined, ...endpoints?.(setting) }, 0, "istio-system"),
                ...hosts.map((host, index) =>
                    istioObject("VirtualService", `out-${index}`, {
                        hosts: [host],
                        gateways: ["egress"],
                        http: [{ route: [destined(host, setting.ports.http)] }],
                    }),
                ),
            ],
            asks: Object.fromEntries(asked.map((host) => [host, ask(host, "GET /", [], { port: "other", anyReason: true })])),
        }),
    });
    const here = (setting: Setting): object => ({ endpoints: [{ address: "127.0.0.1", ports: { http: setting.backendPorts[0] } }] });
    return [
        at("a wildcard with endpoints", "STATIC", ["*.out.test"], ["a.out.test", "a.b.out.test", "out.test"], here),
        at("a wildcard without resolution", "NONE", ["*.out.test"], ["a.out.test"]),
        at("a host without resolution", "NONE", ["out.test"], ["out.test"]),
        at("a wildcard that is resolved", "DYNAMIC_DNS", ["*.invalid"], ["a.invalid", "b.c.invalid", "invalid"]),
        at("a wildcard of names of this machine", "DYNAMIC_DNS", ["*.localhost"], ["a.localhost"]),
    ];
}

export const egress: Topic = {
    name: "egress",
    cases: [
        http(
            "through a gateway to the outside",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["out.test"])]),
                hop(setting, service, { route: [destined("out.test", setting.ports.http)] }),
            ],
            {
                GET: get("/a?b=1"),
                POST: ask("out.test", "POST /", [], { body: "hello" }),
                "a header": get("/", ["x-a: 1"]),
                "past the application": ask("out.test", "GET /", [], { port: "other" }),
                "another host at the gateway": ask("else.test", "GET /", [], { port: "other" }),
                "another host": get("/", [], "else.test"),
            },
        ),
        http(
            "through a gateway of every host",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["*"])]),
                hop(setting, service, { route: [destined("out.test", setting.ports.http)] }),
            ],
            {
                GET: get(),
                "another host at the gateway": ask("else.test", "GET /", [], { port: "other" }),
            },
        ),
        http(
            "rules of the gateway",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["out.test"])]),
                hop(setting, service, {
                    headers: { request: { set: { "x-egress": "1" } } },
                    rewrite: { uri: "/b" },
                    route: [destined("out.test", setting.ports.http)],
                }),
            ],
            { GET: get("/a") },
            {
                differences: {
                    GET: {
                        ours: answeredBy(0, "GET /b/a", "out.test", { "x-egress": "1", "x-forwarded-for": "127.0.0.1" }),
                        why: "every path begins with that `/`, and nobody means `/ba`",
                    },
                },
            },
        ),
        http(
            "a label of the application",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["out.test"])]),
                hop(setting, service, { directResponse: { status: 299 } }, { mesh: { sourceLabels: { app: "web" } } }),
            ],
            { GET: get() },
        ),
        http(
            "a label that the application has not",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["out.test"])]),
                hop(setting, service, { directResponse: { status: 299 } }, { mesh: { sourceLabels: { app: "api" } } }),
            ],
            { GET: get() },
            {
                differences: {
                    GET: { ours: answeredBy(0, "GET /", "out.test"), why: "a match that names gateways and labels is for whom both fit" },
                },
            },
        ),
        http(
            "only some paths through the gateway",
            (setting, service) => [
                outside(setting),
                gateway(setting, [server(setting, ["out.test"])]),
                istioObject("VirtualService", "out", {
                    hosts: ["out.test"],
                    gateways: ["mesh", "istio-system/egress"],
                    http: [
                        { match: [{ ...MESH, uri: { prefix: "/gw" } }], route: [destined(EGRESS, service.http)] },
                        { match: [GATEWAY], directResponse: { status: 299 } },
                        { route: [destined("out.test", setting.ports.http)] },
                    ],
                }),
            ],
            { through: get("/gw"), past: get("/") },
        ),
        http(
            "a gateway that is not there",
            (setting, service) => [outside(setting), hop(setting, service, { route: [destined("out.test", setting.ports.http)] })],
            { GET: get() },
        ),
        http(
            "the outside that is not there",
            (setting, service) => [
                outside(setting, 0, { endpoints: [] }),
                gateway(setting, [server(setting, ["out.test"])]),
                hop(setting, service, { route: [destined("out.test", setting.ports.http)] }),
            ],
            { GET: get() },
        ),
        http(
            "by the port of an HTTP proxy",
            (setting, service) => [
                outside(setting, 0, { ports: [{ number: 80, name: "http", protocol: "HTTP" }] }),
                gateway(setting, [server(setting, ["out.test"])]),
                sidecar(setting, {}, { egress: [{ hosts: ["*/*"] }], ...REGISTRY_ONLY }),
                istioObject("VirtualService", "out", {
                    hosts: ["out.test"],
                    gateways: ["mesh", "istio-system/egress"],
                    http: [
                        { match: [MESH], route: [destined(EGRESS, service.http)] },
                        { match: [GATEWAY], rewrite: { uri: "/gw" }, route: [destined("out.test", 80)] },
                    ],
                }),
            ],
            { GET: proxied("http://out.test/") },
        ),
        {
            title: "TLS by its name through a gateway",
            sidecar: WEB,
            make: (setting) =>
                overTls(
                    setting,
                    (port, service) => [
                        secured(setting, port),
                        gateway(setting, [passthrough(setting, ["out.shop.test"])]),
                        istioObject("VirtualService", "out", {
                            hosts: ["out.shop.test"],
                            gateways: ["mesh", "istio-system/egress"],
                            tls: [
                                {
                                    match: [{ ...MESH, port: setting.ports.tls, sniHosts: ["out.shop.test"] }],
                                    route: [destined(EGRESS, service.tls)],
                                },
                                {
                                    match: [{ ...GATEWAY, port: setting.ports.https, sniHosts: ["out.shop.test"] }],
                                    route: [destined("out.shop.test", 443)],
                                },
                            ],
                        }),
                    ],
                    {
                        "its name": ask("out.shop.test", "GET /", [], {
                            port: "tls",
                            tls: { servername: "out.shop.test" },
                            anyReason: true,
                        }),
                        "its name at the gateway": ask("out.shop.test", "GET /", [], {
                            port: "https",
                            tls: { servername: "out.shop.test" },
                            anyReason: true,
                        }),
                        "another name at the gateway": ask("x.shop.test", "GET /", [], {
                            port: "https",
                            tls: { servername: "x.shop.test" },
                            anyReason: true,
                        }),
                    },
                ),
        },
        ...Object.entries(ORIGINATIONS).map(
            ([title, of]): Case => ({
                title: `TLS that the gateway begins: ${title}`,
                sidecar: WEB,
                make: (setting) =>
                    overTls(
                        setting,
                        (port, service) => {
                            const { tls, keys } = of(setting);
                            return [
                                secured(setting, port),
                                gateway(setting, [server(setting, ["out.shop.test"])]),
                                originated(tls),
                                ...(keys ? [secret("ca", keys)] : []),
                                istioObject("VirtualService", "out", {
                                    hosts: ["out.shop.test"],
                                    gateways: ["mesh", "istio-system/egress"],
                                    http: [
                                        { match: [{ ...MESH, port: setting.ports.http }], route: [destined(EGRESS, service.http)] },
                                        { match: [GATEWAY], route: [destined("out.shop.test", 443)] },
                                    ],
                                }),
                            ];
                        },
                        { GET: get("/a", [], "out.shop.test") },
                        setting.certificate,
                        title.startsWith("a certificate")
                            ? { requestCert: true, ca: setting.authority.cert, rejectUnauthorized: true }
                            : {},
                    ),
            }),
        ),
        ...atGateways(),
    ],
};
