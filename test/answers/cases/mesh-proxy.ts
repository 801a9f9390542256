/** The port of an application's proxy for clients that speak to an HTTP proxy. */
import type { KubeObject } from "../../../istio";
import { ask, type Answer, type Case, type Setting, type Topic } from "../support/case";
import {
    answeredBy,
    destined,
    entryOf,
    meshed,
    proxied,
    refused,
    REGISTRY_ONLY,
    routed,
    side,
    sidecar,
    tunnelled,
} from "../support/meshed";

const HTTP = { number: 80, name: "http", protocol: "HTTP" };

/** Hosts on port 80: at Istio's proxy port only they have a route. */
function standing(setting: Setting, policy: object = REGISTRY_ONLY): readonly KubeObject[] {
    return [
        meshed(setting, policy),
        entryOf(setting, "a", ["a.test"], { ports: [HTTP] }),
        entryOf(setting, "w", ["*.w.test"], { ports: [HTTP] }, 1),
        entryOf(setting, "p", ["p.test"]),
    ];
}

function noTunnel(authority: string): Partial<Answer> {
    const body = `Egress refused: there is no tunnel to ${authority}.\n`;
    // Of a port that a label stands for.
    const length = body.replace(/<\w+>/, "12345").length;
    return {
        status: 502,
        headers: { "content-length": `${length}`, "content-type": "text/plain", "x-gatehouse-egress-refused": "no_connect" },
        body,
    };
}

const NOT_ITS_PORT = "nothing is known on the port that was asked for";
const ONLY_PORT = "a listener that shows a host shows it to who asks the proxy too";
const OF_PORT = "the rule is for the port that was asked for";

const rules = (title: string, http: readonly object[], more: Partial<Case> = {}): Case =>
    side(
        title,
        (setting) => [...standing(setting), entryOf(setting, "b", ["b.test"], { ports: [HTTP] }, 1), routed("a", ["a.test"], http)],
        () => ({ "GET /": proxied("http://a.test/"), "GET /x": proxied("http://a.test/x"), POST: proxied("http://a.test/", "POST") }),
        more,
    );

export const meshProxy: Topic = {
    name: "mesh-proxy",
    cases: [
        side(
            "the absolute form",
            (setting) => standing(setting),
            ({ ports }) => ({
                host: proxied("http://a.test/x?y=1"),
                "a host with its port": ask("a.test:80", "GET http://a.test:80/x", [], { port: "proxy" }),
                "a host in capitals": ask("A.TEST", "GET http://A.Test/x", [], { port: "proxy" }),
                "a dot behind the host": ask("a.test.", "GET http://a.test./", [], { port: "proxy" }),
                "below a wildcard": proxied("http://x.w.test/"),
                "another Host": ask("x.w.test", "GET http://a.test/", [], { port: "proxy" }),
                "no path": ask("a.test", "GET http://a.test", [], { port: "proxy" }),
                "a query without a path": ask("a.test", "GET http://a.test?x", [], { port: "proxy" }),
                body: ask("a.test", "POST http://a.test/", [], { port: "proxy", body: "hello" }),
                OPTIONS: ask("a.test", "OPTIONS http://a.test", [], { port: "proxy" }),
                "https in clear": ask("a.test", "GET https://a.test/", [], { port: "proxy" }),
                "the origin form": ask("a.test", "GET /x", [], { port: "proxy" }),
                "the origin form of a host that is not there": ask("else.test", "GET /x", [], { port: "proxy" }),
                unknown: proxied("http://else.test/"),
                "an address": ask("127.0.0.1", "GET http://127.0.0.1/", [], { port: "proxy" }),
                "another port": ask("a.test:81", "GET http://a.test:81/", [], { port: "proxy" }),
                "a host on another port": ask(`p.test:${ports.http}`, `GET http://p.test:${ports.http}/`, [], { port: "proxy" }),
                "a host without its port": ask("p.test", "GET http://p.test/", [], { port: "proxy" }),
                "proxy headers": ask("a.test", "GET http://a.test/", ["proxy-authorization: Basic x", "proxy-connection: keep-alive"], {
                    port: "proxy",
                }),
                "a user": ask("a.test", "GET http://u:p@a.test/", [], { port: "proxy" }),
                "a fragment": ask("a.test", "GET http://a.test/#x", [], { port: "proxy" }),
            }),
            {
                differences: {
                    OPTIONS: { ours: refused(404), why: "RFC 9112 §3.2.4: it is asked of the server, not of a path" },
                    "a query without a path": { ours: answeredBy(0, "GET /?x", "a.test"), why: "RFC 9112 §3.2.1: no path is `/`" },
                    "https in clear": { ours: refused(403), why: "what is meant for TLS is not sent without" },
                    "another port": { ours: refused(502), why: NOT_ITS_PORT },
                    "a host on another port": {
                        ours: answeredBy(0, "GET /", "p.test:<http>"),
                        why: "the port is the one that was asked for",
                    },
                    "a user": { ours: refused(400), why: "RFC 9110 §4.2.4" },
                },
            },
        ),
        side(
            "CONNECT",
            (setting) => standing(setting),
            ({ ports }) => ({
                "a host": tunnelled("a.test:80"),
                "a host on another port": tunnelled(`p.test:${ports.http}`),
                "an unknown one": tunnelled("else.test:443"),
                "an address": tunnelled("127.0.0.1:80"),
                "no port": tunnelled("a.test"),
            }),
            {
                differences: {
                    ...Object.fromEntries(
                        (
                            [
                                ["a host", "a.test:80"],
                                ["a host on another port", "p.test:<http>"],
                                ["an unknown one", "else.test:443"],
                                ["an address", "127.0.0.1:80"],
                            ] as const
                        ).map(([title, authority]) => [
                            title,
                            { ours: noTunnel(authority), why: "no tunnel leads to what speaks HTTP, or is not known; it is said why" },
                        ]),
                    ),
                    "no port": { ours: refused(400), why: "the status says it" },
                },
            },
        ),
        side(
            "what is in no registry, let through",
            (setting) => standing(setting, { outboundTrafficPolicy: { mode: "ALLOW_ANY" } }),
            () => ({ known: proxied("http://a.test/"), unknown: proxied("http://else.test/") }),
        ),
        side(
            "a Sidecar's hosts",
            (setting) => [...standing(setting), sidecar(setting, {}, { egress: [{ hosts: ["./a.test"] }], ...REGISTRY_ONLY })],
            () => ({ seen: proxied("http://a.test/"), hidden: proxied("http://x.w.test/"), unknown: proxied("http://else.test/") }),
        ),
        side(
            "hosts of a listener with a port",
            (setting) => [
                ...standing(setting),
                sidecar(
                    setting,
                    {},
                    {
                        egress: [
                            { port: { number: setting.ports.http, name: "http", protocol: "HTTP" }, captureMode: "NONE", hosts: ["*/*"] },
                            { hosts: ["./a.test"] },
                        ],
                        ...REGISTRY_ONLY,
                    },
                ),
            ],
            () => ({ seen: proxied("http://a.test/"), hidden: proxied("http://x.w.test/") }),
            { differences: { hidden: { ours: answeredBy(1, "GET /", "x.w.test"), why: ONLY_PORT } } },
        ),
        rules("a rule", [{ match: [{ uri: { prefix: "/x" } }], directResponse: { status: 299 } }, { route: [destined("b.test")] }]),
        rules("a rule of a method", [
            { match: [{ method: { exact: "POST" } }], directResponse: { status: 299 } },
            { route: [destined("a.test")] },
        ]),
        rules("a rule of the application", [
            { match: [{ sourceLabels: { app: "api" } }], directResponse: { status: 299 } },
            { match: [{ sourceLabels: { app: "web" } }], directResponse: { status: 298 } },
        ]),
        rules("a rule of port 80", [{ match: [{ port: 80 }], directResponse: { status: 299 } }, { route: [destined("b.test")] }], {
            differences: Object.fromEntries(["GET /", "GET /x", "POST"].map((title) => [title, { ours: refused(299), why: OF_PORT }])),
        }),
        rules("a rule of another port", [{ match: [{ port: 81 }], directResponse: { status: 299 } }, { route: [destined("b.test")] }]),
        rules("a redirect", [{ redirect: { uri: "/y", authority: "b.test" } }]),
        rules("a rewrite", [{ rewrite: { uri: "/y", authority: "c.test" }, route: [destined("b.test")] }], {
            differences: {
                "GET /x": { ours: answeredBy(1, "GET /y/x", "c.test"), why: "every path begins with that `/`, and nobody means `/yx`" },
            },
        }),
        rules("a destination with its port", [{ route: [destined("b.test", 80)] }]),
        side(
            "a VirtualService without a service",
            (setting) => [...standing(setting), routed("v", ["v.test"], [{ route: [destined("a.test")] }])],
            () => ({ GET: proxied("http://v.test/") }),
            { differences: { GET: { ours: answeredBy(0, "GET /", "v.test"), why: "the rule says where the host is" } } },
        ),
        side(
            "services by every name",
            (setting) => [
                meshed(setting, REGISTRY_ONLY),
                ...["apps", "other"].map((namespace, at) =>
                    entryOf(
                        setting,
                        "svc",
                        [`svc.${namespace}.svc.cluster.local`],
                        { ports: [HTTP], location: "MESH_INTERNAL", addresses: [`127.0.0.${70 + at}`] },
                        at as 0 | 1,
                        namespace,
                    ),
                ),
            ],
            () =>
                Object.fromEntries(
                    [
                        "svc",
                        "svc.apps",
                        "svc.apps.svc",
                        "svc.apps.svc.cluster.local",
                        "svc.other",
                        "svc.other.svc",
                        "svc.other.svc.cluster.local",
                        "127.0.0.70",
                        "127.0.0.71",
                    ].map((host) => [host, proxied(`http://${host}/`)]),
                ),
        ),
    ],
};
