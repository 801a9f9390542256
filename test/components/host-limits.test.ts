/** What the hosts of a VirtualHost take: what carries it, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { LIMITS_ANNOTATION } from "../../istio/semantics";
import { evaluated, object, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ name: "upload", route: [{ destination: { host: "web.shop.svc.cluster.local" } }] }];
const host = (limits: unknown, more: object = {}): gatehouse.VirtualHost<object> =>
    new gatehouse.VirtualHost("shop", { gateway: ingressRef(), hosts: ["shop.test"], http, limits, ...more } as never);

describe("limits of a VirtualHost", () => {
    it("are an annotation of its VirtualService", async () => {
        const limits = { maxRequestBodyBytes: 1000, routes: { upload: { maxRequestBodyBytes: 5000 } } };
        const resources = await evaluated(() => {
            host(limits);
        });
        const { metadata } = object(resources, "VirtualService", "shop") as unknown as {
            metadata: { annotations?: Record<string, string> };
        };
        assert.deepEqual(JSON.parse(metadata.annotations?.[LIMITS_ANNOTATION] ?? "null"), limits);
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [limits: unknown, wanted: RegExp][] = [
            [{}, /limits: it has no limit\./],
            [{ maxRequestBodyBytes: 2 ** 51 }, /limits\.maxRequestBodyBytes: got 2251799813685248, wanted a whole number from 1 to/],
            [{ routes: { upload: { maxRequestBodyBytes: 2 ** 51 } } }, /limits\.routes\.upload\.maxRequestBodyBytes: got/],
            [
                { routes: { other: { maxRequestBodyBytes: 1 } } },
                /limits\.routes\.other: no HTTP route has this name\. Give the route its `name`/,
            ],
        ];
        for (const [limits, wanted] of rows) assert.match(await refusal(() => host(limits)), wanted);
    });

    it("of a TcpRoute are an annotation of its VirtualService too, and are judged", async () => {
        const route = (limits: unknown, more: object = {}): gatehouse.TcpRoute<object> =>
            new gatehouse.TcpRoute("echo", {
                gateway: { ...ingressRef({ ports: { tcp: { number: 31400, protocol: "TCP" } } }), ...more },
                port: "tcp",
                destination: { host: "echo.shop.svc.cluster.local" },
                limits,
            } as never);
        const resources = await evaluated(() => {
            route({ connectionsPerAddress: 5 });
        });
        const { metadata } = object(resources, "VirtualService", "echo") as unknown as {
            metadata: { annotations?: Record<string, string> };
        };
        assert.deepEqual(JSON.parse(metadata.annotations?.[LIMITS_ANNOTATION] ?? "null"), { connectionsPerAddress: 5 });
        assert.match(await refusal(() => route({})), /limits: it has no limit\./);
        assert.match(
            await refusal(() => route({ connections: 20_000_000 })),
            /limits\.connections: got 20000000, wanted a whole number from 1 to 10000000/,
        );
        assert.match(
            await refusal(() => route({ connections: 1 }, { dataPlane: "istio" })),
            /limits: Istio has no words for limits of connections/,
        );
    });

    it("are refused with Istio's proxy, which has no words for them", async () => {
        const refused = await refusal(() => host({ maxRequestBodyBytes: 1 }, { gateway: { ...ingressRef(), dataPlane: "istio" } }));
        assert.match(refused, /limits: Istio has no words for limits of requests but those of an EnvoyFilter.* dataPlane "gatehouse"/);
    });
});
