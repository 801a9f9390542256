/** Limits of a VirtualHost and of both gateways: what carries them, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { MAX_CONCURRENT_ANNOTATION, RATE_LIMIT_ANNOTATION, readRateLimits } from "../../istio/semantics";
import { evaluated, object, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local" } }] }];
const one = { requests: 10, per: "1s" };

const host = (more: object): gatehouse.VirtualHost<object> =>
    new gatehouse.VirtualHost("shop", { gateway: ingressRef(), hosts: ["shop.test"], http, ...more } as never);
const gateway = (more: object): gatehouse.IngressGateway => new gatehouse.IngressGateway("edge", { namespace: "edge", ...more } as never);
const egress = (more: object): gatehouse.EgressGateway => new gatehouse.EgressGateway("out", { namespace: "out", ...more } as never);

interface Annotated {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

describe("rateLimit and maxConcurrentRequests", () => {
    it("of a VirtualHost are its VirtualService's, as the proxy reads them", async () => {
        const resources = await evaluated(() => {
            host({ rateLimit: [{ ...one, key: { address: true }, routes: ["a"] }], maxConcurrentRequests: 5 });
        });
        const { annotations = {} } = (object(resources, "VirtualService", "shop") as unknown as Annotated).metadata;
        assert.equal(annotations[RATE_LIMIT_ANNOTATION], '[{"requests":10,"per":"1s","key":{"address":true},"routes":["a"]}]');
        assert.ok("limits" in readRateLimits(annotations[RATE_LIMIT_ANNOTATION]));
        assert.equal(annotations[MAX_CONCURRENT_ANNOTATION], "5");
    });

    it("of a gateway are its Service's", async () => {
        for (const [kind, make] of [
            ["edge", gateway],
            ["out", egress],
        ] as const) {
            const resources = await evaluated(() => void make({ rateLimit: [one], maxConcurrentRequests: 5 }));
            const { annotations = {} } = (object(resources, "Service", kind) as unknown as Annotated).metadata;
            assert.equal(annotations[RATE_LIMIT_ANNOTATION], '[{"requests":10,"per":"1s"}]');
            assert.equal(annotations[MAX_CONCURRENT_ANNOTATION], "5");
        }
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [make: () => unknown, wanted: RegExp][] = [
            [() => host({ rateLimit: [] }), /rateLimit: there is no limit\. Give at least one/],
            [() => host({ rateLimit: [{ requests: 1, per: "x" }] }), /rateLimit\[0\]\.per: got "x", wanted a time as in "1m"/],
            [() => host({ rateLimit: [one, { ...one, key: {} }] }), /rateLimit\[1\]\.key: names nothing/],
            [() => host({ maxConcurrentRequests: 0 }), /maxConcurrentRequests: .*1/],
            [() => gateway({ rateLimit: [{ ...one, routes: ["a"] }] }), /rateLimit\[0\]\.routes: a gateway has no routes of its own/],
            [() => egress({ rateLimit: [{ ...one, status: 999 }] }), /rateLimit\[0\]\.status: got 999, wanted 400 to 599/],
        ];
        for (const [make, wanted] of rows) assert.match(await refusal(() => void make()), wanted);
    });

    it('are refused with dataPlane: "istio", with the filters of an EnvoyFilter that do the same', async () => {
        const given = { rateLimit: [one], maxConcurrentRequests: 5 };
        for (const make of [
            () => gateway({ ...given, dataPlane: "istio" }),
            () => egress({ ...given, dataPlane: "istio" }),
            () => host({ ...given, gateway: ingressRef({ dataPlane: "istio" }) }),
        ]) {
            const said = await refusal(() => void make());
            assert.match(
                said,
                /rateLimit: Istio has no words for it: its proxy limits rates by the filter local_ratelimit of an EnvoyFilter/,
            );
            assert.match(said, /maxConcurrentRequests: Istio has no words for it: .* adaptive_concurrency/);
        }
    });
});
