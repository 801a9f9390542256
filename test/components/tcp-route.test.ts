/** What a TcpRoute makes of its arguments, object by object. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildTcpRoute } from "../../components/tcp-route/objects";
import { planTcpRoute, type TcpRouteData } from "../../components/tcp-route/plan";
import { ingressRef, recommended, selector } from "./support/refs";

const destination = { host: "echo", port: { number: 2701 } };
const build = (args: Partial<TcpRouteData>) =>
    buildTcpRoute(planTcpRoute("echo", { gateway: ingressRef(), port: "tcp-echo", destination, ...args }));
const labels = recommended("tcp-route", "echo");

describe("a TCP route", () => {
    it("passes a port on", () => {
        assert.deepEqual(build({ namespace: "apps" }), {
            gateway: {
                metadata: { name: "echo", namespace: "edge", labels },
                spec: { selector, servers: [{ port: { number: 31400, protocol: "TCP", name: "tcp-echo" }, hosts: ["*"] }] },
            },
            virtualService: {
                metadata: { name: "echo", namespace: "apps", labels },
                spec: {
                    hosts: ["*"],
                    gateways: ["edge/echo"],
                    tcp: [
                        {
                            match: [{ port: 31400 }],
                            route: [{ destination: { host: "echo.apps.svc.cluster.local", port: { number: 2701 } } }],
                        },
                    ],
                },
            },
        });
    });

    it("passes TLS through by the name that clients ask for", () => {
        const { gateway, virtualService } = build({ port: "tls-sni", sniHosts: ["a.example.com"] });
        assert.deepEqual(gateway.spec.servers, [
            { port: { number: 31401, protocol: "TLS", name: "tls-sni" }, hosts: ["a.example.com"], tls: { mode: "PASSTHROUGH" } },
        ]);
        assert.deepEqual(virtualService.spec, {
            hosts: ["a.example.com"],
            gateways: ["edge/echo"],
            tls: [
                {
                    match: [{ port: 31401, sniHosts: ["a.example.com"] }],
                    route: [{ destination: { host: "echo.edge.svc.cluster.local", port: { number: 2701 } } }],
                },
            ],
        });
    });

    it("passes TLS through whatever name clients ask for, where none is given", () => {
        const { gateway, virtualService } = build({ port: "tls-sni" });
        assert.deepEqual(gateway.spec.servers[0]?.hosts, ["*"]);
        assert.deepEqual(virtualService.spec.tls?.[0]?.match, [{ port: 31401, sniHosts: ["*"] }]);
    });
});
