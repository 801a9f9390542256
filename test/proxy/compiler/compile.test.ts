/** What holds of every compilation: one result whatever the order, small changes small, no object takes another down. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PROXY_CODES } from "../../../istio/codes/proxy";
import { compile } from "../../../proxy/compiler";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { deltaSize, diffTables } from "../../../proxy/tables";
import { fleet, routeOf } from "./fleet";
import { INGRESS, codesOf, compileYaml, entries, gateway, objectsOf, service, virtualService } from "./support";

const BUSY =
    gateway(
        "a",
        '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }\n- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [x.example.com], tls: { mode: SIMPLE, credentialName: none } }',
    ) +
    gateway(
        "b",
        '- { port: { number: 80, name: tcp, protocol: TCP }, hosts: ["*"] }\n- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [x.example.com, y.example.com], tls: { mode: SIMPLE, credentialName: none } }',
    ) +
    virtualService(
        "one",
        "{ hosts: [x.example.com], gateways: [a, b], http: [{ match: [{ uri: { prefix: /1 } }], route: [{ destination: { host: s } }] }] }",
    ) +
    virtualService("two", '{ hosts: [x.example.com, "*.example.com"], gateways: [a], http: [{ route: [{ destination: { host: s } }] }] }') +
    virtualService(
        "two",
        "{ hosts: [x.example.com], gateways: [istio-system/a], http: [{ match: [{ method: { exact: GET } }], route: [{ destination: { host: nobody } }] }] }",
        { namespace: "team" },
    ) +
    service("s", 80, { namespace: "istio-system" }) +
    service("s", 81, { namespace: "team" });

const plain = (input: readonly PlacedObject[]): unknown => {
    const { tables, findings } = compile({ ...INGRESS, objects: input });
    return { tables: Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, [...table]])), findings };
};

describe("a compilation", () => {
    it("gives the same tables and findings, in the same order, whatever the order of the objects", () => {
        const objects = objectsOf(BUSY);
        const expected = plain(objects);
        fc.assert(
            fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), (shuffled) =>
                assert.deepEqual(plain(shuffled), expected),
            ),
            { numRuns: 60 },
        );
    });

    it("gives plain data that crosses a process boundary unchanged", () => {
        const { tables } = compileYaml(BUSY);
        assert.deepEqual(structuredClone(tables), tables);
    });

    it("says for every entry from which object, field, file and line it comes", () => {
        const { tables } = compileYaml(BUSY);
        for (const name of ["listeners", "chains", "routeTables", "virtualHosts", "clusters"] as const) {
            for (const { origin } of entries(tables, name)) {
                assert.ok(
                    origin.kind && origin.name && origin.field && origin.file === "all.yaml" && (origin.line ?? 0) > 1,
                    JSON.stringify(origin),
                );
            }
        }
    });

    it("names no cluster, secret or table that nothing uses, and no listener without a chain", () => {
        const { tables } = compileYaml(BUSY);
        const targets = new Set(entries(tables, "chains").map(({ target }) => (target.kind === "http" ? target.routeTable : "")));
        assert.deepEqual(
            [...tables.routeTables.keys()].filter((key) => !targets.has(key)),
            [],
        );
        assert.deepEqual([...tables.endpoints.keys()], [...tables.clusters.keys()]);
        const listeners = new Set(entries(tables, "chains").map(({ listener }) => listener));
        assert.deepEqual(
            [...tables.listeners.keys()].filter((key) => !listeners.has(key)),
            [],
        );
    });

    it("moves one entry when one of many hosts changes, and one when one pod does", () => {
        const objects = fleet(500);
        const input = { ...INGRESS, labels: { "gateway-name": "public" }, namespace: "istio-ingress" };
        const before = compile({ ...input, objects }).tables;
        const replaced = (name: string, object: PlacedObject["object"]): PlacedObject[] =>
            objects.map((one) => (one.object.metadata.name === name && one.object.kind === object.kind ? { object } : one));
        const routed = diffTables(before, compile({ ...input, objects: replaced("route-77", routeOf(77, "/v2/")) }).tables, 2);
        assert.deepEqual([deltaSize(routed), routed.set.virtualHosts?.map(({ key }) => key)], [1, ["http.80 host-77.example.com"]]);
        const slice = objects.find(({ object }) => object.metadata.name === "app-77-x")?.object;
        const moved = diffTables(
            before,
            compile({
                ...input,
                objects: replaced("app-77-x", { ...slice, endpoints: [{ addresses: ["10.9.9.9"] }] } as unknown as PlacedObject["object"]),
            }).tables,
            2,
        );
        assert.deepEqual(
            [deltaSize(moved), moved.set.endpoints?.map(({ key }) => key)],
            [1, ["outbound|80||app-77.apps.svc.cluster.local"]],
        );
    });

    it("costs as much a host when one Gateway has thousands of them", () => {
        const time = (hosts: number): number => {
            const objects = fleet(hosts, { shared: true });
            const started = process.cpuUsage();
            compile({ ...INGRESS, labels: { "gateway-name": "public" }, objects });
            const { user, system } = process.cpuUsage(started);
            return user + system;
        };
        time(500);
        const [few, many] = [Math.min(time(500), time(500), time(500)), Math.min(time(4000), time(4000), time(4000))];
        assert.ok(many < few * 8 * 4, `500 hosts: ${few} µs, 4000 hosts: ${many} µs`);
    });

    it("leaves out an object on which it fails itself, names it, and serves the rest", () => {
        const objects = objectsOf(BUSY).map((one) =>
            one.object.metadata.name !== "one"
                ? one
                : {
                      ...one,
                      object: {
                          ...one.object,
                          spec: { hosts: ["x.example.com"], gateways: ["a"], http: [{ route: [{ destination: null }] }] },
                      } as unknown as PlacedObject["object"],
                  },
        );
        const compilation = compile({ ...INGRESS, objects });
        assert.ok(codesOf(compilation).some((code) => code.startsWith("GH0459 VirtualService istio-system/one")));
        assert.ok(compilation.tables.virtualHosts.has("http.80 x.example.com"));
    });

    it("reports every code that the compiler has", () => {
        const folder = path.join(__dirname, "../../../proxy");
        const sources = ["compiler", "resources", "source"]
            .flatMap((room) =>
                readdirSync(path.join(folder, room), { recursive: true, encoding: "utf8" })
                    .filter((file) => file.endsWith(".ts"))
                    .map((file) => readFileSync(path.join(folder, room, file), "utf8")),
            )
            .join("\n");
        const unused = Object.keys(PROXY_CODES).filter((code) => code < "GH0460" && !sources.includes(`"${code}"`));
        assert.deepEqual(unused, []);
    });
});
