/** What is believed of a client behind proxies in front: what so many of them have added, and nothing that it said itself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { clientBehind } from "../../../proxy/exchange/features/edge-headers";
import { compile } from "../../../proxy/compiler";
import type { HeaderList } from "../../../proxy/http/doors";
import { access, policyOf } from "../snapshot/access-entries";
import { delta, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { Gateway, valueOf, type Asked } from "./asking";

const TABLES = delta(1, {
    virtualHosts: [virtualHost("*", [route({ kind: "direct", status: 200 })])],
    routeTables: [{ key: "http.80", port: 80, origin: ORIGIN, access: "a" }],
    access: [access("a", { allow: [["shop/one"]] })],
    authorizations: [
        policyOf("one", { action: "ALLOW", rules: [{ from: [{ source: { remoteIpBlocks: ["10.0.0.0/8", "192.0.2.7"] } }] }] }),
    ],
});

function ask(trustedProxies: number, headers: HeaderList): Asked {
    return new Gateway(TABLES).ask("h/", { headers }, { trustedProxies });
}

describe("a client behind proxies", () => {
    const cases: readonly (readonly [hops: number, said: readonly string[], address: string])[] = [
        [0, ["10.0.0.1"], "192.0.2.7"],
        [1, ["10.0.0.1"], "10.0.0.1"],
        [1, ["10.0.0.1, 203.0.113.9"], "203.0.113.9"],
        [2, ["6.6.6.6, 10.0.0.1 ,203.0.113.9"], "10.0.0.1"],
        [2, ["10.0.0.1", "203.0.113.9"], "10.0.0.1"],
        [2, ["10.0.0.1"], "192.0.2.7"],
        [1, [], "192.0.2.7"],
        [1, ["nobody"], "192.0.2.7"],
        [1, ["10.0.0.1:80"], "192.0.2.7"],
        [1, ["10.0.0.1,"], "192.0.2.7"],
        [1, ["2001:db8::1"], "2001:db8::1"],
        [1, ["2001:DB8::0001"], "2001:db8::1"],
        [1, ["::ffff:10.0.0.1"], "10.0.0.1"],
        [2, ["10.0.0.1, x"], "10.0.0.1"],
    ];
    for (const [hops, said, address] of cases)
        it(`is ${address} behind ${hops} that say ${said.join(" and ") || "nothing"}`, () => {
            const { response, record } = ask(
                hops,
                said.flatMap((line) => ["x-forwarded-for", line]),
            );
            assert.equal(record().remoteAddress, address);
            assert.equal(response.status, address.startsWith("10.") || address === "192.0.2.7" ? 200 : 403);
            const headers = record().requestHeaders;
            assert.equal(valueOf(headers, "x-envoy-external-address"), address);
            assert.equal(valueOf(headers, "x-forwarded-for"), [...said, "192.0.2.7"].join(","));
        });

    it("came by the scheme that they say, and by ours where they say none", () => {
        const proto = (hops: number, said: string): string | undefined =>
            valueOf(ask(hops, ["x-forwarded-proto", said]).record().requestHeaders, "x-forwarded-proto");
        assert.deepEqual([proto(0, "https"), proto(1, "HTTPS"), proto(1, "ftp")], ["http", "https", "http"]);
        const twice = ask(1, ["x-forwarded-proto", "http", "x-forwarded-proto", "https"]).record().requestHeaders;
        assert.equal(valueOf(twice, "x-forwarded-proto"), "http");
    });

    it("is not sent to HTTPS where it came by it", () => {
        const host = virtualHost("*", [route({ kind: "direct", status: 200 })], { httpsRedirect: true });
        const gateway = new Gateway(delta(1, { virtualHosts: [host] }));
        const status = (trustedProxies: number): number | undefined =>
            gateway.ask("h/", { headers: ["x-forwarded-proto", "https"] }, { trustedProxies }).response.status;
        assert.deepEqual([status(0), status(1)], [301, 200]);
    });

    it("is never said by itself: what stands before the entries of the hops changes nothing", () => {
        fc.assert(
            fc.property(fc.string({ maxLength: 30 }), fc.array(fc.ipV4(), { minLength: 1, maxLength: 4 }), (own, entries) => {
                assert.equal(clientBehind(entries.length, `${own},${entries.join(",")}`), entries[0]);
            }),
        );
    });
});

describe("the number of trusted proxies", () => {
    const mesh = (count: unknown): object => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "istio-system", name: "istio" },
        data: { mesh: JSON.stringify({ defaultConfig: { gatewayTopology: { numTrustedProxies: count } } }) },
    });
    const gateway = {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { namespace: "shop", name: "web" },
        spec: { servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
    };
    const trusted = (count: unknown, said?: number): unknown => {
        const objects = [mesh(count), gateway].map((object) => ({ object, place: undefined })) as never;
        const { tables } = compile({ objects, namespace: "shop", now: 0, ...(said === undefined ? {} : { trustedProxies: said }) });
        return [...tables.listeners.values()].map(({ trustedProxies }) => trustedProxies);
    };

    it("is the mesh's, unless the proxy is told another", () => {
        assert.deepEqual(trusted(2), [2]);
        assert.deepEqual(trusted(2, 1), [1]);
        assert.deepEqual(trusted(2, 0), [undefined]);
        assert.deepEqual(trusted(undefined), [undefined]);
        assert.deepEqual([trusted(-1), trusted("x"), trusted(1.5)], [[undefined], [undefined], [undefined]]);
    });
});
