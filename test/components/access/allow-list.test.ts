/** The allow list of a TCP route holds on its port wherever the pods come to listen for it, and counts on no other. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import { validateObject, type AuthorizationPolicy } from "../../../istio";
import type { AnyRef } from "../../../components/gateway";
import { buildAllowList } from "../../../components/tcp-route/objects";
import { planTcpRoute, type TcpRouteData } from "../../../components/tcp-route/plan";
import { ingressRef } from "../support/refs";
import { passesProxy } from "./bundled-proxy";
import { letConnect, letIn, type Asked } from "./evaluator";

const PORTS: AnyRef["ports"] = {
    http: { number: 80, protocol: "HTTP", targetPort: 8080 },
    https: { number: 443, protocol: "HTTPS" },
    "tcp-echo": { number: 31400, protocol: "TCP", targetPort: 9000 },
    "tls-sni": { number: 31401, protocol: "TLS", targetPort: 9001 },
};
const destination = { host: "echo.shop.svc.cluster.local", port: { number: 2701 } };
const CLIENTS = ["10.1.2.3", "192.0.2.7", "198.51.100.1", "2001:db8::1"];
const LISTED = new Set(["10.1.2.3", "192.0.2.7"]);

function listOf(port: string, more: Partial<TcpRouteData> = {}, ports = PORTS): AuthorizationPolicy {
    const gateway = ingressRef({ ports });
    const args = { gateway, port, destination, ipAllowList: ["10.0.0.0/8", "192.0.2.7"], ...more };
    const policy = buildAllowList(planTcpRoute("echo", args));
    const { findings } = validateObject({ apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", ...policy });
    assert.deepEqual(findings, []);
    return policy.spec;
}

const client = (address: string, port: number, serverName = ""): Asked => ({
    peer: "172.16.0.1",
    client: address,
    port,
    serverName,
    host: "web.example.com",
    method: "GET",
    path: "/",
    headers: {},
    principals: [],
    claims: {},
});

function connects(asked: Asked, policy: AuthorizationPolicy): boolean {
    const passes = passesProxy(asked, [policy], false);
    assert.equal(letConnect(asked, [policy]), passes, "the bundled proxy decides as Istio's rules say");
    return passes;
}

describe("the allow list of a TCP route", () => {
    it("holds on its port, and on one to which another stack has moved it since", () => {
        const policy = listOf("tcp-echo");
        const moved = fc.integer({ min: 1, max: 65_535 }).filter((port) => ![8080, 443, 9001].includes(port));
        fc.assert(
            fc.property(fc.constantFrom(...CLIENTS), fc.oneof(fc.constant(9000), moved), (address, port) => {
                assert.equal(connects(client(address, port), policy), LISTED.has(address));
            }),
        );
    });

    it("counts on none of the gateway's other ports, HTTP's among them", () => {
        const policy = listOf("tcp-echo");
        for (const address of CLIENTS) {
            for (const port of [8080, 443]) {
                assert.ok(passesProxy(client(address, port), [policy]) && letIn(client(address, port), [policy]), `${address} ${port}`);
                assert.ok(connects(client(address, port), policy), `a connection from ${address} to ${port}`);
            }
            assert.ok(connects(client(address, 9001, "a.example.com"), policy), address);
        }
    });

    it("is for the names that clients ask for alone, on a moved port too", () => {
        const policy = listOf("tls-sni", { sniHosts: ["A.example.com", "*.b.example.com"] });
        for (const port of [9001, 9501])
            for (const address of CLIENTS)
                for (const [name, isNamed] of [
                    ["a.example.com", true],
                    ["x.b.example.com", true],
                    ["c.example.com", false],
                ] as const)
                    assert.equal(connects(client(address, port, name), policy), !isNamed || LISTED.has(address), `${name} ${port}`);
    });

    it("is for all that the pods serve, where they have one port", () => {
        const policy = listOf("tcp-echo", {}, { "tcp-echo": { number: 31400, protocol: "TCP" } });
        assert.deepEqual(policy.rules, [{ from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8", "192.0.2.7"] } }] }]);
        for (const address of CLIENTS) assert.equal(connects(client(address, 9), policy), LISTED.has(address), address);
    });
});
