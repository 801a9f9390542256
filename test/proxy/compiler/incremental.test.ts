/** A compiler that goes on from what it compiled before gives, to the byte, what one gives that starts from nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { before, describe, it } from "mocha";
import { compile, Compiler, type Compilation, type CompileInput } from "../../../proxy/compiler";
import type { FileContent, PlacedObject } from "../../../proxy/resources/placed-object";
import { deltaSize, diffTables, TABLE_NAMES } from "../../../proxy/tables";
import { makeAuthority } from "../../support/certificates";
import { fleet, routeOf } from "./fleet";
import { gateway, INGRESS, NOW, objectsOf, service, virtualService } from "./support";

const DAY = 24 * 60 * 60 * 1000;
const FILES = { certificate: "/certs/a.crt", key: "/certs/a.key" };
const http = (hosts: string, more = ""): string => `- { port: { number: 80, name: http, protocol: HTTP }, hosts: [${hosts}]${more} }`;
const https = (hosts: string, tls: string, port = 443, name = "https"): string =>
    `- { port: { number: ${port}, name: ${name}, protocol: HTTPS }, hosts: [${hosts}], tls: { ${tls} } }`;
const to = (host: string, more = ""): string => `{ route: [{ destination: { host: ${host}${more} } }] }`;

const policy = (spec: string): string =>
    `---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: p, namespace: istio-system }\nspec: ${spec}\n`;

/** For each object the versions that it may have. What they say of each other is what the cases are made of. */
const SLOTS: readonly (readonly string[])[] = [
    [
        gateway("a", `${http('"*"')}\n${https("x.test, y.test", "mode: SIMPLE, credentialName: one")}`),
        gateway("a", `${http("x.test", ", tls: { httpsRedirect: true }")}\n${https("x.test", "mode: SIMPLE, credentialName: two")}`),
        gateway("a", http("team/x.test"), { selector: "{ istio: other }" }),
    ],
    [
        gateway("b", `${http('x.test, "*.test"')}\n${https("y.test, z.test", "mode: MUTUAL, credentialName: one")}`, {
            created: "2024-01-01T00:00:00Z",
        }),
        gateway(
            "b",
            `- { port: { number: 80, name: tcp, protocol: TCP }, hosts: ["*"] }\n${https('"*.test"', "mode: SIMPLE, credentialNames: [two, one]")}`,
        ),
        gateway("b", https("x.test", `mode: SIMPLE, serverCertificate: ${FILES.certificate}, privateKey: ${FILES.key}`)),
    ],
    [
        gateway(
            "c",
            '- { port: { number: 443, name: tls, protocol: TLS }, hosts: ["*.test"], tls: { mode: PASSTHROUGH } }\n- { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }',
        ),
        gateway("c", "- { port: { number: 8443, name: tls, protocol: TLS }, hosts: [q.test], tls: { mode: SIMPLE, credentialName: two } }"),
        gateway("c", https("z.test", "mode: SIMPLE, credentialName: other/one", 444, "other"), { namespace: "team" }),
    ],
    [
        virtualService(
            "v",
            `{ hosts: [x.test, y.test], gateways: [a, b], http: [{ match: [{ uri: { prefix: /1 } }], route: [{ destination: { host: s, port: { number: 80 } } }] }, ${to("s")}, ${to("t.team.svc.cluster.local")}] }`,
        ),
        virtualService(
            "v",
            `{ hosts: ["*.test"], gateways: [a, istio-system/b, team/c], http: [{ match: [{ port: 80 }, { gateways: [a] }], ${to("s", ", subset: one").slice(1)}, ${to("nobody")}] }`,
        ),
        virtualService(
            "v",
            '{ hosts: [x.test], gateways: [gone, a.istio-system], exportTo: ["."], http: [{ match: [{ uri: { prefix: /d } }], delegate: { name: d } }] }',
        ),
    ],
    [
        virtualService("w", `{ hosts: [x.test], gateways: [istio-system/a, mesh], http: [${to("t", ", port: { number: 80 }")}] }`, {
            namespace: "team",
        }),
        virtualService(
            "w",
            `{ hosts: [x.test, z.test], gateways: [istio-system/b, c], http: [{ mirror: { host: ext.test }, ${to("ext.test").slice(1)}] }`,
            { namespace: "team", created: "2023-01-01T00:00:00Z" },
        ),
        virtualService(
            "w",
            `{ hosts: [z.test], gateways: [istio-system/c], tls: [{ match: [{ sniHosts: [z.test, "*.test"] }], ${to("s").slice(1)}], tcp: [{ match: [{ port: 9000 }], ${to("s").slice(1)}, { match: [{ port: 80 }], ${to("gone").slice(1)}] }`,
        ),
    ],
    [
        virtualService("d", `{ http: [{ match: [{ uri: { prefix: /d/e } }], ${to("s").slice(1)}] }`),
        virtualService("d", `{ http: [{ match: [{ uri: { prefix: /z } }], ${to("s").slice(1)}, { delegate: { name: v } }] }`),
        virtualService(
            "d",
            `{ hosts: [d.test], gateways: [a], tls: [{ match: [{ sniHosts: [d.test] }], ${to("s").slice(1)}], http: [${to("s")}] }`,
        ),
    ],
    [
        service("s", 80, { namespace: "istio-system" }),
        service("s", 81, { namespace: "istio-system", portName: "grpc", address: "10.0.0.9" }),
        `${service("s", 80, { namespace: "istio-system" })}${service("other", 80, { namespace: "istio-system" })}`,
        "---\napiVersion: v1\nkind: Service\nmetadata: { name: s, namespace: istio-system }\nspec: { selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 8080 }, { name: https, port: 443, targetPort: named }] }\n",
    ],
    [service("t", 80, { namespace: "team" }), service("t", 443, { namespace: "team", portName: "https" })],
    [
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: s-2, namespace: istio-system, labels: { kubernetes.io/service-name: s } }\naddressType: IPv4\nports: [{ name: http, port: 8081 }]\nendpoints: [{ addresses: [10.0.1.1], targetRef: { kind: Pod, name: p } }, { addresses: [10.0.1.2], conditions: { ready: false } }]\n",
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: s-2, namespace: istio-system, labels: { kubernetes.io/service-name: t } }\naddressType: IPv4\nports: [{ name: http, port: 8081 }]\nendpoints: [{ addresses: [10.0.1.3] }]\n",
    ],
    [
        '---\napiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: istio-system, labels: { v: "1" } }\n',
        "---\napiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: istio-system }\n",
    ],
    [
        '---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: s, namespace: istio-system }\nspec: { host: s, subsets: [{ name: one, labels: { v: "1" } }] }\n',
        '---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: s, namespace: istio-system }\nspec: { host: "*.cluster.local", trafficPolicy: { tls: { mode: MUTUAL, credentialName: two }, connectionPool: { tcp: { connectTimeout: 3s } } } }\n',
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: s, namespace: team }\nspec: { host: t, trafficPolicy: { tls: { mode: ISTIO_MUTUAL } } }\n",
    ],
    [
        "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: ext, namespace: team }\nspec: { hosts: [ext.test], ports: [{ number: 80, name: http, protocol: HTTP }], resolution: DNS }\n",
        '---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: ext, namespace: team }\nspec: { hosts: ["*.test", s.istio-system.svc.cluster.local], ports: [{ number: 80, name: http, protocol: HTTP }], resolution: STATIC, endpoints: [{ address: 10.1.1.1 }] }\n',
        '---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: ext, namespace: team }\nspec: { hosts: [ext.test], exportTo: ["."], ports: [{ number: 80, name: http, protocol: HTTP }], resolution: NONE }\n',
    ],
    [
        "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: { name: m, namespace: istio-system }\nspec: { accessLogging: [{ providers: [{ name: envoy }] }] }\n",
        '---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: { name: m, namespace: istio-system }\nspec: { accessLogging: [{ providers: [{ name: other }], filter: { expression: "true" } }] }\n',
    ],
    ["---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: i }\nspec: {}\n"],
    [
        policy("{ action: DENY, rules: [{ to: [{ operation: { paths: [/1] } }] }] }"),
        policy("{ action: DENY, rules: [{ to: [{ operation: { paths: [/2] } }] }] }"),
        policy("{ targetRefs: [{ group: networking.istio.io, kind: Gateway, name: a }] }"),
        policy('{ rules: [{ from: [{ source: { ipBlocks: ["::/129"] } }] }] }'),
    ],
];

/** What is done between two compilations. */
type Edit =
    | { readonly kind: "set"; readonly slot: number; readonly version: number; readonly lines: number }
    | { readonly kind: "secret"; readonly name: "one" | "two"; readonly version: number }
    | { readonly kind: "file"; readonly version: number }
    | { readonly kind: "time"; readonly days: number }
    | { readonly kind: "order"; readonly by: number };

const edit: fc.Arbitrary<Edit> = fc.oneof(
    {
        weight: 12,
        arbitrary: fc.record({
            kind: fc.constant("set" as const),
            slot: fc.nat(SLOTS.length - 1),
            version: fc.integer({ min: -1, max: 3 }),
            lines: fc.nat(2),
        }),
    },
    {
        weight: 3,
        arbitrary: fc.record({
            kind: fc.constant("secret" as const),
            name: fc.constantFrom("one" as const, "two" as const),
            version: fc.integer({ min: -1, max: 3 }),
        }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("file" as const), version: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), days: fc.integer({ min: -3, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("order" as const), by: fc.nat(20) }) },
);

const plain = ({ tables, findings }: Compilation): unknown => ({ tables: TABLE_NAMES.map((name) => [...tables[name]]), findings });

describe("a compiler that goes on from what it compiled before", () => {
    let secrets: readonly Readonly<Record<string, string>>[];
    let parsed: readonly (readonly (readonly PlacedObject[])[])[];

    before(async () => {
        const authority = await makeAuthority();
        const [x, any, soon] = await Promise.all([
            authority.issue({ dns: ["x.test"] }),
            authority.issue({ dns: ["*.test"] }),
            authority.issue({ dns: ["y.test"], notBefore: new Date(NOW - DAY), notAfter: new Date(NOW + 20 * DAY) }),
        ]);
        secrets = [
            { "tls.crt": x.cert, "tls.key": x.key, "ca.crt": authority.cert },
            { "tls.crt": any.cert, "tls.key": any.key },
            { "tls.crt": soon.cert, "tls.key": x.key },
            { "tls.crt": soon.cert, "tls.key": soon.key },
        ];
        parsed = SLOTS.map((versions) => versions.map((text) => objectsOf(text)));
    });

    /** The world that edits are made in, and what a compilation is given of it. */
    class World {
        #slots: (readonly PlacedObject[])[] = SLOTS.map(() => []);
        #secrets = new Map<string, PlacedObject>();
        #files = new Map<string, FileContent>();
        #order = 0;
        #now = NOW;

        apply(one: Edit): void {
            switch (one.kind) {
                case "set": {
                    // The same objects anew: as a file is read again of which other lines changed.
                    const objects = parsed[one.slot]?.[one.version] ?? [];
                    this.#slots[one.slot] =
                        one.lines === 0
                            ? objects
                            : objects.map(({ object, place }) => ({
                                  object,
                                  place: { file: "moved.yaml", line: (place?.line ?? 0) + one.lines },
                              }));
                    break;
                }
                case "secret": {
                    const stringData = secrets[one.version];
                    if (stringData === undefined) this.#secrets.delete(one.name);
                    else
                        this.#secrets.set(one.name, {
                            object: {
                                apiVersion: "v1",
                                kind: "Secret",
                                metadata: { name: one.name, namespace: "istio-system" },
                                stringData,
                            } as unknown as PlacedObject["object"],
                        });
                    break;
                }
                case "file": {
                    const data = secrets[one.version];
                    this.#files = new Map([
                        [FILES.certificate, { text: data?.["tls.crt"] ?? "" }],
                        [FILES.key, one.version === 2 ? { error: "gone" } : { text: data?.["tls.key"] ?? "" }],
                    ]);
                    break;
                }
                case "time":
                    this.#now += one.days * DAY;
                    break;
                case "order":
                    this.#order = one.by;
                    break;
                default:
                    one satisfies never;
            }
        }

        input(previous: Compilation | undefined): CompileInput {
            const objects = [...this.#slots.flat(), ...this.#secrets.values()];
            const at = this.#order % Math.max(1, objects.length);
            return {
                ...INGRESS,
                now: this.#now,
                files: this.#files,
                objects: [...objects.slice(at), ...objects.slice(0, at)],
                ...(previous ? { previousSecrets: previous.tables.secrets } : {}),
            };
        }
    }

    it("gives what one gives that starts from nothing, whatever was edited in between", () => {
        fc.assert(
            fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 12 }), (steps) => {
                const compiler = new Compiler();
                const world = new World();
                let previous: Compilation | undefined;
                let time = 0;
                for (const edits of [SLOTS.map((_, slot): Edit => ({ kind: "set", slot, version: 0, lines: 0 })), ...steps]) {
                    for (const one of edits) world.apply(one);
                    const input = world.input(previous);
                    const next = compiler.compile(input);
                    assert.deepEqual(plain(next), plain(compile(input)));
                    // A clock that was set back makes it forget, not err.
                    if (previous && input.now >= time)
                        for (const name of TABLE_NAMES) assertShared(previous.tables[name], next.tables[name]);
                    previous = next;
                    time = input.now;
                }
            }),
            { numRuns: 25 },
        );
    });

    /** What says the same is the same object. */
    function assertShared(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): void {
        const [was, is] = [[...before], [...after]];
        if (JSON.stringify(was) === JSON.stringify(is)) assert.equal(after, before);
        for (const [key, entry] of is) {
            const old = before.get(key);
            if (old !== entry) assert.notDeepEqual(entry, old, key);
        }
    }

    it("hands on what did not change as the same objects, so that a change of one host is found by identity", () => {
        const compiler = new Compiler();
        const input = { ...INGRESS, labels: { "gateway-name": "public" }, namespace: "istio-ingress" };
        const objects = fleet(200);
        const first = compiler.compile({ ...input, objects });
        const second = compiler.compile({
            ...input,
            objects: objects.map((one) => (one.object.metadata.name === "route-77" ? { object: routeOf(77, "/v2/") } : one)),
        });
        assert.equal(second.tables.clusters, first.tables.clusters);
        assert.equal(second.findings, first.findings);
        const changed = [...second.tables.virtualHosts].filter(([key, entry]) => first.tables.virtualHosts.get(key) !== entry);
        assert.deepEqual(
            changed.map(([key]) => key),
            ["http.80 host-77.example.com"],
        );
        assert.equal(deltaSize(diffTables(first.tables, second.tables, 2)), 1);
    });

    /** Enough hosts that lists are read piece by piece. */
    it("gives the same of many hosts, of which some change, come and go", () => {
        const hosts = 70;
        const part = fc.constantFrom("gateway", "route", "secret" as const);
        const edit = fc.record({ part, index: fc.nat(hosts - 1), what: fc.constantFrom("change", "remove", "restore") });
        const [own] = secrets;
        const base = fleet(hosts, { cert: own?.["tls.crt"] ?? "", key: own?.["tls.key"] ?? "" });
        const nameOf = (kind: string, index: number): string =>
            ({ gateway: `gateway-${index}`, route: `route-${index}`, secret: `credential-${index}` })[kind] ?? "";
        fc.assert(
            fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }), (steps) => {
                const compiler = new Compiler();
                const gone = new Set<string>();
                const changed = new Map<string, PlacedObject>();
                let previous: Compilation | undefined;
                for (const [step, edits] of [[], ...steps].entries()) {
                    for (const { part: kind, index, what } of edits) {
                        const name = nameOf(kind, index);
                        if (what === "remove") gone.add(name);
                        else gone.delete(name);
                        if (what !== "change") continue;
                        const before = base.find(({ object }) => object.metadata.name === name)?.object;
                        const now = kind === "route" ? routeOf(index, `/v${step}/`) : structuredClone(before);
                        if (now) changed.set(name, { object: { ...now, metadata: { ...now.metadata, labels: { step: String(step) } } } });
                    }
                    const objects = base
                        .filter(({ object }) => !gone.has(object.metadata.name))
                        .map((one) => changed.get(one.object.metadata.name) ?? one);
                    const input = {
                        ...INGRESS,
                        labels: { "gateway-name": "public" },
                        namespace: "istio-ingress",
                        objects,
                        ...(previous ? { previousSecrets: previous.tables.secrets } : {}),
                    };
                    const next = compiler.compile(input);
                    assert.deepEqual(plain(next), plain(compile(input)));
                    previous = next;
                }
            }),
            { numRuns: 4 },
        );
    });

    it("starts from nothing after a failure", () => {
        const compiler = new Compiler();
        const objects = objectsOf(SLOTS.map(([text]) => text).join(""));
        compiler.compile({ ...INGRESS, objects });
        const bad = {
            object: { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "bad", namespace: "x" }, spec: null },
        } as unknown as PlacedObject;
        assert.throws(() => compiler.compile({ ...INGRESS, objects: [...objects, bad] }));
        assert.deepEqual(plain(compiler.compile({ ...INGRESS, objects })), plain(compile({ ...INGRESS, objects })));
    });

    it("takes an object that is given twice as given once", () => {
        const compiler = new Compiler();
        const [first, ...rest] = objectsOf(SLOTS.map(([text]) => text).join(""));
        for (const objects of [
            [first!, ...rest],
            [first!, first!, ...rest],
            [...rest, first!, first!],
            [first!, ...rest],
            rest,
            [first!, ...rest],
        ]) {
            assert.deepEqual(plain(compiler.compile({ ...INGRESS, objects })), plain(compile({ ...INGRESS, objects })));
        }
    });
});
