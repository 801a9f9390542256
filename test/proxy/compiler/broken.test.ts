/** Any object, broken in any way, takes nothing else down: what the checks let through never makes the compiler fail. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import { parseDocuments } from "../../../istio/documents";
import { compile } from "../../../proxy/compiler";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { ResourceStore } from "../../../proxy/resources";
import { INGRESS, entries, gateway, objectsOf, routesOf, service, virtualService } from "./support";

/** What must go on, and one object of every kind beside it. */
const QUIET =
    gateway("quiet", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [quiet.example.com] }") +
    virtualService(
        "quiet",
        "{ hosts: [quiet.example.com], gateways: [quiet], http: [{ route: [{ destination: { host: quiet, port: { number: 80 } } }] }] }",
    ) +
    service("quiet", 80, { namespace: "istio-system" });
const LOUD =
    gateway(
        "loud",
        `- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["./loud.example.com"], tls: { httpsRedirect: true } }
- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [loud.example.com], tls: { mode: MUTUAL, credentialName: c } }
- { port: { number: 444, name: tls, protocol: TLS }, hosts: [sni.example.com], tls: { mode: PASSTHROUGH } }
- { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }`,
    ) +
    virtualService(
        "loud",
        `{ hosts: [loud.example.com], gateways: [loud], exportTo: ["*"], http: [
        { name: nn, match: [{ uri: { prefix: /a }, headers: { h: { exact: "1" } }, gateways: [loud], port: 80 }], rewrite: { uri: /b }, timeout: 1s, retries: { attempts: 1, retryOn: "5xx" }, headers: { request: { set: { a: b } } }, mirror: { host: loud }, route: [{ destination: { host: loud, subset: s }, weight: 1 }, { destination: { host: ext.example.com }, weight: 2 }] },
        { match: [{ uri: { exact: /r } }], redirect: { uri: /x } }, { match: [{ uri: { exact: /d } }], directResponse: { status: 200, body: { string: x } } }, { delegate: { name: part } }] }`,
    ) +
    virtualService("part", "{ http: [{ route: [{ destination: { host: loud } }] }] }") +
    virtualService(
        "sni",
        "{ hosts: [sni.example.com], gateways: [loud], tls: [{ match: [{ sniHosts: [sni.example.com] }], route: [{ destination: { host: loud } }] }], tcp: [{ match: [{ port: 9000 }], route: [{ destination: { host: loud } }] }] }",
    ) +
    service("loud", 80, { namespace: "istio-system" }) +
    `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ext, namespace: istio-system }
spec: { hosts: [ext.example.com], ports: [{ number: 80, name: http, protocol: HTTP }], resolution: STATIC, endpoints: [{ address: 10.0.0.1, ports: { http: 81 }, labels: { a: b } }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: loud, namespace: istio-system }
spec: { host: loud, trafficPolicy: { connectionPool: { tcp: { connectTimeout: 1s } }, tls: { mode: SIMPLE, credentialName: c }, portLevelSettings: [{ port: { number: 81 } }] }, subsets: [{ name: s, labels: { v: "1" } }] }
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: t, namespace: istio-system }
spec: { selector: { matchLabels: { istio: ingressgateway } }, accessLogging: [{ providers: [{ name: envoy }], filter: { expression: "true" } }] }
---
apiVersion: v1
kind: Secret
metadata: { name: c, namespace: istio-system }
stringData: { tls.crt: x, tls.key: y }
---
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: istio-system, labels: { v: "1" } }
`;

type Path = readonly (string | number)[];
type Json = Record<string | number, unknown>;

function pathsOf(value: unknown, path: Path): Path[] {
    if (typeof value !== "object" || value === null) return [path];
    return [
        ...(path.length > 0 ? [path] : []),
        ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key])),
    ];
}
function withValue(object: unknown, path: Path, value: unknown): unknown {
    const copy = structuredClone(object) as Json;
    const parent = path.slice(0, -1).reduce<Json>((at, key) => at[key] as Json, copy);
    const last = path.at(-1) ?? "";
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    return copy;
}

describe("a broken object", () => {
    const quiet = objectsOf(QUIET);
    const loud = objectsOf(LOUD).map(({ object }) => object);
    const junk = fc.constantFrom<unknown>(
        undefined,
        null,
        "",
        "*",
        "nonsense",
        -1,
        0,
        70_000,
        1.5,
        true,
        [],
        {},
        [null],
        [[]],
        { a: { b: [] } },
        "a/b/c",
        "1s",
        "*.example.com",
        "quiet.example.com",
        "__proto__",
    );
    const change = fc.record({ index: fc.nat(loud.length - 1), at: fc.double({ min: 0, max: 0.999, noNaN: true }), value: junk });
    const broken = ({ index, at, value }: { readonly index: number; readonly at: number; readonly value: unknown }): unknown[] =>
        loud.map((object, place) => {
            if (place !== index) return object;
            const paths = pathsOf(object, []).filter(
                ([first]) => first === "spec" || first === "stringData" || first === "endpoints" || first === "ports",
            );
            const path = paths[Math.floor(at * paths.length)];
            return path ? withValue(object, path, value) : object;
        });
    const servesQuietly = (objects: readonly PlacedObject[]): void => {
        const { tables, findings } = compile({ ...INGRESS, objects });
        assert.deepEqual(
            routesOf(tables, "http.80")["quiet.example.com"]?.at(-1),
            "any → outbound|80||quiet.istio-system.svc.cluster.local",
        );
        assert.deepEqual(
            findings.filter(({ code }) => code === "GH0459").map(({ message }) => message),
            [],
        );
        assert.deepEqual(structuredClone(tables), tables);
        assert.equal(
            entries(tables, "listeners").some(({ port }) => port === 80),
            true,
        );
    };

    it("changes nothing for the others, whether it is kept as it was or never was", () => {
        const good = loud.map((object) => stringify(object)).join("---\n");
        fc.assert(
            fc.property(change, fc.boolean(), (one, wasGood) => {
                const store = new ResourceStore();
                if (wasGood) store.setFile("loud.yaml", parseDocuments(good, "loud.yaml"));
                const before = store.read().objects.length;
                store.setFile(
                    "loud.yaml",
                    parseDocuments(
                        broken(one)
                            .map((object) => stringify(object))
                            .join("---\n"),
                        "loud.yaml",
                    ),
                );
                const { objects } = store.read();
                if (wasGood) assert.ok(objects.length >= before - 1);
                servesQuietly([...quiet, ...objects]);
            }),
            { numRuns: 100 },
        );
    });
});
