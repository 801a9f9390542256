/** The same of an application's proxy: whatever changes between two compilations, the second gives what one gives that starts from nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { compile, Compiler, type Compilation, type CompileInput } from "../../../proxy/compiler";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { deltaSize, diffTables, TABLE_NAMES } from "../../../proxy/tables";
import { NOW, objectsOf } from "./support";

const CLIENT = {
    mode: "mesh",
    namespace: "shop",
    labels: { app: "web" },
    now: NOW,
    httpProxy: { address: "127.0.0.1", port: 15080 },
} as const;

const object = (kind: string, api: string, name: string, spec: string, { namespace = "shop", created = "", more = "" } = {}): string =>
    `---\napiVersion: ${api}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace}${created && `, creationTimestamp: "${created}"`}${more} }\n${spec}\n`;
const istio = (kind: string, name: string, spec: string, options = {}): string =>
    object(kind, "networking.istio.io/v1", name, `spec: ${spec}`, options);
const entry = (name: string, spec: string, options = {}): string => istio("ServiceEntry", name, spec, options);
const routes = (name: string, spec: string, options = {}): string => istio("VirtualService", name, spec, options);
const service = (name: string, spec: string, options = {}): string => object("Service", "v1", name, `spec: ${spec}`, options);
const slice = (of: string, address: string): string =>
    object(
        "EndpointSlice",
        "discovery.k8s.io/v1",
        `${of}-1`,
        `addressType: IPv4\nports: [{ name: http, port: 8080 }]\nendpoints: [{ addresses: [${address}] }]`,
        { more: `, labels: { kubernetes.io/service-name: ${of} }` },
    );
const HTTP = "{ number: 80, name: http, protocol: HTTP }";
const TLS = "{ number: 443, name: tls, protocol: TLS }";
const at = (address: string): string => `resolution: STATIC, endpoints: [{ address: ${address} }]`;
const to = (host: string): string => `route: [{ destination: { host: ${host} } }]`;

/** For each object the versions that it may have. What they say of each other is what the cases are made of. */
const SLOTS: readonly (readonly string[])[] = [
    [
        service(
            "reviews",
            "{ clusterIP: 10.0.0.7, ports: [{ name: http, port: 80 }, { name: mysql, port: 3306 }, { name: any, port: 9000 }] }",
        ),
        service("reviews", "{ clusterIP: 10.0.0.7, ports: [{ name: http, port: 80 }] }", { created: "2024-01-01T00:00:00Z" }),
        service("reviews", "{ clusterIP: None, ports: [{ name: tcp, port: 3306 }, { name: http, port: 80 }] }"),
        service("reviews", "{ type: ExternalName, externalName: a.test, ports: [{ name: http, port: 80 }] }"),
    ],
    [slice("reviews", "10.1.0.1"), slice("reviews", "10.1.0.2")],
    [
        service("ratings", "{ clusterIP: 10.0.0.8, ports: [{ name: http, port: 80 }] }", { namespace: "other" }),
        service("ratings", "{ clusterIP: 10.0.0.8, ports: [{ name: http, port: 80 }] }", {
            namespace: "other",
            more: ', annotations: { networking.istio.io/exportTo: "." }',
        }),
        service("reviews", "{ clusterIP: 10.0.0.9, ports: [{ name: tcp, port: 3306 }] }", { namespace: "other" }),
    ],
    [
        entry("a", `{ hosts: [a.test], ports: [${HTTP}, ${TLS}], ${at("192.0.2.1")} }`),
        entry("a", `{ hosts: [a.test], ports: [${HTTP}, ${TLS}], ${at("192.0.2.2")} }`),
        entry("a", `{ hosts: [a.test, b.test], ports: [${TLS}], ${at("192.0.2.1")} }`, { created: "2025-01-01T00:00:00Z" }),
        entry("a", `{ hosts: [a.test], exportTo: ["."], ports: [${HTTP}], resolution: DNS }`, { namespace: "other" }),
    ],
    [
        entry(
            "b",
            `{ hosts: [b.test], addresses: [10.5.0.1, 10.6.0.0/16], ports: [${TLS}, { number: 5000, name: tcp, protocol: TCP }], ${at("192.0.2.3")} }`,
        ),
        entry("b", `{ hosts: [b.test, a.test], ports: [${HTTP}, { number: 443, name: other, protocol: HTTPS }], ${at("192.0.2.4")} }`, {
            created: "2023-01-01T00:00:00Z",
        }),
        entry("b", `{ hosts: ["*.test"], ports: [${HTTP}, { number: 5000, name: any }], resolution: NONE }`, {
            namespace: "other",
            created: "2023-01-01T00:00:00Z",
        }),
        entry(
            "b",
            `{ hosts: [b.test], addresses: [127.0.0.9], ports: [${HTTP}, { number: 5000, name: tcp, protocol: TCP }], ${at("192.0.2.3")} }`,
        ),
    ],
    [
        routes("v", `{ hosts: [a.test], http: [{ match: [{ uri: { prefix: /1 } }], ${to("reviews")} }, { ${to("a.test")} }] }`),
        routes(
            "v",
            `{ hosts: [a.test, "*.test"], gateways: [mesh], http: [{ match: [{ port: 80 }], ${to("b.test")} }], tls: [{ match: [{ sniHosts: [a.test], port: 443 }], ${to("b.test")} }] }`,
        ),
        routes("v", `{ hosts: [a.test, unknown.test], exportTo: ["."], http: [{ delegate: { name: d } }] }`, {
            created: "2022-01-01T00:00:00Z",
        }),
        routes("v", `{ hosts: ["*"], gateways: [other], http: [{ ${to("a.test")} }] }`),
    ],
    [
        routes(
            "w",
            `{ hosts: ["*.test"], http: [{ ${to("ratings.other.svc.cluster.local")} }], tls: [{ match: [{ sniHosts: ["*.test"], destinationSubnets: [10.6.0.0/16] }], ${to("a.test")} }], tcp: [{ match: [{ port: 5000 }], ${to("a.test")} }] }`,
            { namespace: "other" },
        ),
        routes("w", `{ hosts: [a.test], exportTo: [shop], http: [{ ${to("gone.test")} }] }`, {
            namespace: "other",
            created: "2021-01-01T00:00:00Z",
        }),
        routes("w", `{ hosts: [b.test], exportTo: ["."], http: [{ ${to("a.test")} }] }`, { namespace: "other" }),
    ],
    [routes("d", `{ http: [{ match: [{ uri: { prefix: /d } }], ${to("b.test")} }] }`), routes("d", `{ http: [{ ${to("a.test")} }] }`)],
    [
        istio("Sidecar", "s", '{ egress: [{ hosts: ["./*"] }] }'),
        istio(
            "Sidecar",
            "s",
            '{ egress: [{ port: { number: 9080, protocol: HTTP, name: x }, hosts: ["./a.test", "other/*"] }, { port: { number: 443, protocol: TLS, name: y }, bind: 0.0.0.0, hosts: ["*/*"] }, { hosts: ["*/b.test", "./*"] }], outboundTrafficPolicy: { mode: REGISTRY_ONLY } }',
        ),
        istio(
            "Sidecar",
            "s",
            '{ egress: [{ port: { number: 3128, protocol: HTTP_PROXY, name: p }, bind: 127.0.0.1, hosts: ["*/*"] }, { hosts: ["*/*"] }], outboundTrafficPolicy: { mode: ALLOW_ANY, egressProxy: { host: a.test, port: { number: 80 } } } }',
        ),
        istio("Sidecar", "s", '{ workloadSelector: { labels: { app: db } }, egress: [{ hosts: ["~/*"] }] }', {
            created: "2020-01-01T00:00:00Z",
        }),
        istio(
            "Sidecar",
            "s",
            '{ egress: [{ port: { number: 443, protocol: TLS, name: y }, captureMode: NONE, bind: 127.0.0.5, hosts: ["*/*"] }] }',
            { namespace: "istio-system" },
        ),
    ],
    [
        istio("DestinationRule", "r", "{ host: a.test, trafficPolicy: { connectionPool: { tcp: { connectTimeout: 3s } } } }"),
        istio("DestinationRule", "r", "{ host: a.test, trafficPolicy: { tls: { mode: SIMPLE } } }", { namespace: "istio-system" }),
        istio("DestinationRule", "r", '{ host: "*.test", exportTo: ["."], trafficPolicy: { loadBalancer: { simple: RANDOM } } }', {
            namespace: "other",
        }),
    ],
    [
        object("ConfigMap", "v1", "istio", 'data: { mesh: "outboundTrafficPolicy: { mode: REGISTRY_ONLY }" }', {
            namespace: "istio-system",
        }),
        object("ConfigMap", "v1", "istio", 'data: { mesh: "accessLogFile: /dev/stdout" }', { namespace: "istio-system" }),
    ],
];

/** Of many that are alike, which are there: what comes, goes and changes among them stands between others. */
const MANY = 16;
const many = Array.from({ length: MANY }, (_, index) =>
    ["192.0.2.10", "192.0.2.11"].map((address) =>
        objectsOf(
            entry(
                `many-${index}`,
                `{ hosts: [many-${index}.test], ports: [${HTTP}, ${TLS}], ${at(address)} }`,
                index % 3 ? {} : { created: "2024-05-05T00:00:00Z" },
            ),
        ),
    ),
);
const parsed = SLOTS.map((versions) => versions.map((text) => objectsOf(text)));

/** What is done between two compilations; `version` -1: there is none. */
type Edit =
    | { readonly kind: "set"; readonly slot: number; readonly version: number }
    | { readonly kind: "many"; readonly from: number; readonly to: number; readonly version: number }
    | { readonly kind: "order"; readonly by: number };

const edit: fc.Arbitrary<Edit> = fc.oneof(
    {
        weight: 8,
        arbitrary: fc.record({
            kind: fc.constant("set" as const),
            slot: fc.nat(SLOTS.length - 1),
            version: fc.integer({ min: -1, max: 4 }),
        }),
    },
    {
        weight: 4,
        arbitrary: fc.record({
            kind: fc.constant("many" as const),
            from: fc.nat(MANY),
            to: fc.nat(MANY),
            version: fc.integer({ min: -1, max: 1 }),
        }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("order" as const), by: fc.nat(20) }) },
);

class World {
    readonly #slots: (readonly PlacedObject[])[] = SLOTS.map(() => []);
    readonly #many: (readonly PlacedObject[])[] = many.map(() => []);
    #order = 0;

    apply(one: Edit): void {
        switch (one.kind) {
            case "set":
                this.#slots[one.slot] = parsed[one.slot]?.[one.version] ?? [];
                break;
            case "many":
                for (let index = one.from; index < one.to; index++) this.#many[index] = many[index]?.[one.version] ?? [];
                break;
            case "order":
                this.#order = one.by;
                break;
            default:
                one satisfies never;
        }
    }

    input(): CompileInput {
        const objects = [...this.#slots.flat(), ...this.#many.flat()];
        const from = this.#order % Math.max(1, objects.length);
        return { ...CLIENT, objects: [...objects.slice(from), ...objects.slice(0, from)] };
    }
}

const plain = ({ tables, findings }: Compilation): unknown => ({ tables: TABLE_NAMES.map((name) => [...tables[name]]), findings });

describe("a mesh that is compiled again", () => {
    it("comes out as one that is compiled for the first time, whatever was edited in between", () => {
        const start: readonly Edit[] = [
            ...SLOTS.map((_, slot): Edit => ({ kind: "set", slot, version: slot < 8 ? 0 : -1 })),
            { kind: "many", from: 0, to: MANY, version: 0 },
        ];
        fc.assert(
            fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 }), (steps) => {
                const compiler = new Compiler();
                const world = new World();
                for (const edits of [start, ...steps]) {
                    for (const one of edits) world.apply(one);
                    const input = world.input();
                    assert.deepEqual(plain(compiler.compile(input)), plain(compile(input)));
                }
            }),
            { numRuns: 15 },
        );
    });

    it("sends of a change what changed: of an endpoint its own, of a host its names", () => {
        const compiler = new Compiler();
        const world = new World();
        world.apply({ kind: "many", from: 0, to: MANY, version: 0 });
        const first = compiler.compile(world.input()).tables;
        world.apply({ kind: "many", from: 7, to: 8, version: 1 });
        const second = compiler.compile(world.input()).tables;
        assert.equal(deltaSize(diffTables(first, second, 2)), 2, "the endpoint, on its two ports");
        for (const name of ["listeners", "chains", "routeTables", "clusters"] as const) assert.equal(second[name], first[name], name);
        world.apply({ kind: "many", from: 9, to: 10, version: -1 });
        const { set, remove } = diffTables(second, compiler.compile(world.input()).tables, 3);
        assert.deepEqual(set, {});
        assert.deepEqual(
            Object.values(remove)
                .flat()
                .filter((key) => !/many-9\.test|outbound\|\d+\|\|many-9\.test/.test(key)),
            [],
        );
    });
});
