/** The plainest things a gateway does: whatever else is compared stands on these. */
import { ask, GATEWAY_SELECTOR, httpGateway, istioObject, reply, secret, to, type Topic } from "../support/case";

export const basics: Topic = {
    name: "basics",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "a route, a redirect, an answer of the gateway's own, and no route",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        { match: [{ uri: { exact: "/gone" } }], redirect: { uri: "/items", authority: "b.test" } },
                        { match: [{ uri: { prefix: "/direct" } }], directResponse: { status: 418, body: { string: "short and stout" } } },
                        { match: [{ uri: { prefix: "/items" } }], ...to(setting.backends[0]) },
                    ],
                ),
                asks: {
                    "a route": ask("a.test", "GET /items?x=1", ["X-Own: 1"]),
                    "a body": ask("a.test", "POST /items", [], { body: "hello" }),
                    "a redirect": ask("a.test", "GET /gone?x=1"),
                    "an own answer": ask("a.test", "GET /direct"),
                    "no route": ask("a.test", "GET /else"),
                    "no host": ask("other.test", "GET /items"),
                    "a backend's own bytes": ask("a.test", "GET /items", [
                        reply("HTTP/1.1 203 Odd\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\nok"),
                    ]),
                },
            }),
        },
        {
            title: "TLS, by name",
            make: (setting) => {
                const {
                    certificate: { cert, key },
                    ports,
                    backends,
                } = setting;
                const tls = { servername: "www.shop.test" };
                return {
                    objects: [
                        secret("shop", { "tls.crt": cert, "tls.key": key }),
                        istioObject("Gateway", "gw", {
                            selector: GATEWAY_SELECTOR,
                            servers: [
                                {
                                    port: { number: ports.https, name: "https", protocol: "HTTPS" },
                                    hosts: ["www.shop.test"],
                                    tls: { mode: "SIMPLE", credentialName: "shop" },
                                },
                            ],
                        }),
                        istioObject("VirtualService", "vs", { hosts: ["www.shop.test"], gateways: ["gw"], http: [to(backends[1])] }),
                    ],
                    asks: {
                        "its name": ask("www.shop.test", "GET /", [], { port: "https", tls }),
                        "another name": ask("www.shop.test", "GET /", [], { port: "https", tls: { servername: "other.test" } }),
                        "a port that is not open": ask("www.shop.test", "GET /", [], { port: "http" }),
                    },
                };
            },
        },
    ],
};
