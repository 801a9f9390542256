/** How endpoints are chosen, as DestinationRules and Services say it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { CompileInput } from "../../../../proxy/compiler";
import type { ClusterEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, gateway, virtualService } from "../support";

const BASE = `${gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }')}${virtualService(
    "v",
    "{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: { host: app.test } }] }] }",
    { namespace: "istio-system" },
)}`;
const ENTRY = `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: app, namespace: istio-system }
spec:
  hosts: [app.test]
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP }]
  endpoints: [{ address: 10.0.0.1 }, { address: 10.0.0.2 }]
`;

function compiled(loadBalancer: string, more: { readonly yaml?: string; readonly options?: Partial<CompileInput> } = {}) {
    const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: app, namespace: istio-system }
spec: { host: app.test, trafficPolicy: { loadBalancer: ${loadBalancer} } }
`;
    return compileYaml(`${BASE}${more.yaml ?? ENTRY}${rule}`, more.options ?? {});
}

function chosenBy(loadBalancer: string): Pick<ClusterEntry, "lb" | "hash" | "warmup"> {
    const compilation = compiled(loadBalancer);
    assert.deepEqual(codesOf(compilation), []);
    const { lb, hash, warmup } = [...compilation.tables.clusters.values()][0]!;
    return { lb, ...(hash ? { hash } : {}), ...(warmup ? { warmup } : {}) };
}

describe("a consistent hash", () => {
    it("gives a cookie that stays one line of bytes, whatever the rule has in it", () => {
        const said = String.raw`{ name: "s\r\nid", ttl: 1s, path: "/\n\u010d", attributes: [{ name: "A\0", value: "v\r\nset-cookie: x" }] }`;
        assert.deepEqual(chosenBy(`{ consistentHash: { httpCookie: ${said} } }`).hash, {
            policy: {
                kind: "cookie",
                name: "sid",
                ttlSeconds: 1,
                path: "/\xc4\x8d",
                attributes: [{ name: "A", value: "vset-cookie: x" }],
            },
        });
    });

    it("is of what the rule names", () => {
        for (const [said, policy] of [
            ["httpHeaderName: X-User", { kind: "header", name: "x-user" }],
            ["useSourceIp: true", { kind: "sourceIp" }],
            ["httpQueryParameterName: user", { kind: "query", name: "user" }],
            ["httpCookie: { name: sid }", { kind: "cookie", name: "sid", path: "", attributes: [] }],
            [
                "httpCookie: { name: sid, ttl: 0s, path: /app, attributes: [{ name: Secure }, { name: SameSite, value: Lax }] }",
                {
                    kind: "cookie",
                    name: "sid",
                    ttlSeconds: 0,
                    path: "/app",
                    attributes: [
                        { name: "Secure", value: "" },
                        { name: "SameSite", value: "Lax" },
                    ],
                },
            ],
        ] as const)
            assert.deepEqual(chosenBy(`{ consistentHash: { ${said} } }`), { lb: "RING_HASH", hash: { policy } }, said);
    });

    it("gives a cookie whole seconds to live", () => {
        for (const [ttl, ttlSeconds] of [
            ["1500ms", 1],
            ["0.5s", 0],
            ["1h", 3600],
        ] as const) {
            const policy = chosenBy(`{ consistentHash: { httpCookie: { name: sid, ttl: ${ttl} } } }`).hash?.policy;
            assert.equal(policy?.kind === "cookie" ? policy.ttlSeconds : undefined, ttlSeconds, ttl);
        }
    });

    it("is looked up in a ring, or in a Maglev table where that is asked for", () => {
        const by = "useSourceIp: true";
        const policy = { kind: "sourceIp" } as const;
        assert.deepEqual(chosenBy(`{ consistentHash: { ${by}, ringHash: { minimumRingSize: 4096 } } }`).hash, { policy, size: 4096 });
        assert.deepEqual(chosenBy(`{ consistentHash: { ${by}, maglev: { tableSize: 251 } } }`), {
            lb: "MAGLEV",
            hash: { policy, size: 251 },
        });
        assert.deepEqual(
            compiled(`{ consistentHash: { ${by}, minimumRingSize: 77 } }`).tables.clusters.get("outbound|80||app.test")?.hash,
            {
                policy,
                size: 77,
            },
        );
    });

    it("of nothing is a choice at random, as a place on Envoy's ring is then", () => {
        assert.deepEqual(chosenBy("{ consistentHash: {} }"), { lb: "RANDOM" });
        assert.deepEqual(chosenBy("{ consistentHash: { useSourceIp: false } }"), { lb: "RANDOM" });
    });
});

describe("PASSTHROUGH", () => {
    it("leads a mesh's traffic to the address that it was meant for, and a gateway's to an endpoint", () => {
        const rule = "{ simple: PASSTHROUGH }";
        const discovered = (options: Partial<CompileInput>): string[] =>
            [...compiled(rule, { options }).tables.clusters.values()]
                .filter(({ key }) => key.endsWith("app.test"))
                .map((one) => one.discovery);
        assert.deepEqual(discovered({}), ["static"]);
        assert.deepEqual(
            discovered({ mode: "mesh", namespace: "istio-system", labels: {}, httpProxy: { address: "127.0.0.1", port: 15080 } }),
            ["original"],
        );
    });
});

describe("a warmup", () => {
    it("has Envoy's defaults, and none where a hash or chance decides", () => {
        const warmup = { windowMs: 10_000, minPercent: 10, aggression: 1 };
        assert.deepEqual(chosenBy("{ warmup: { duration: 10s } }"), { lb: "LEAST_REQUEST", warmup });
        assert.deepEqual(chosenBy("{ simple: ROUND_ROBIN, warmup: { duration: 10s, minimumPercent: 20, aggression: 1.5 } }"), {
            lb: "ROUND_ROBIN",
            warmup: { ...warmup, minPercent: 20, aggression: 1.5 },
        });
        assert.deepEqual(
            compiled("{ simple: LEAST_REQUEST, warmupDurationSecs: 10s }").tables.clusters.get("outbound|80||app.test")?.warmup,
            warmup,
        );
        assert.deepEqual(chosenBy("{ simple: RANDOM, warmup: { duration: 10s } }"), { lb: "RANDOM" });
        assert.equal(chosenBy("{ consistentHash: { useSourceIp: true }, warmup: { duration: 10s } }").warmup, undefined);
    });
});

describe("a Service with session affinity", () => {
    const SERVICE = `
---
apiVersion: v1
kind: Service
metadata: { name: app, namespace: istio-system }
spec: { sessionAffinity: ClientIP, ports: [{ name: http, port: 80 }] }
`;
    const lbOf = (loadBalancer: string): string | undefined => {
        const compilation = compileYaml(
            BASE.replace("host: app.test", "host: app") +
                SERVICE +
                `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: app, namespace: istio-system }
spec: { host: app, trafficPolicy: { loadBalancer: ${loadBalancer} } }
`,
        );
        return [...compilation.tables.clusters.values()][0]?.lb;
    };

    it("leads a client's address to one endpoint, unless a rule says how one is chosen", () => {
        assert.equal(lbOf("{ localityLbSetting: { enabled: false } }"), "RING_HASH");
        assert.equal(lbOf("{ simple: UNSPECIFIED }"), "RING_HASH");
        assert.equal(lbOf("{ simple: ROUND_ROBIN }"), "ROUND_ROBIN");
        assert.equal(lbOf("{ consistentHash: { httpHeaderName: a, maglev: { tableSize: 251 } } }"), "MAGLEV");
    });
});
