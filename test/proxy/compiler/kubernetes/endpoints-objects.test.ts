/** Endpoints of a folder, read as Kubernetes mirrors them into slices. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { inspectObject } from "../../../../istio";
import { Compiler } from "../../../../proxy/compiler";
import type { PlacedObject } from "../../../../proxy/resources/placed-object";
import { compileYaml, codesOf, entries, gateway, INGRESS, objectsOf, virtualService } from "../support";

const SITE =
    gateway("g", `- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }`) +
    virtualService(
        "v",
        `{ hosts: ["a.test"], gateways: [istio-system/g], http: [{ route: [{ destination: { host: db.shop.svc.cluster.local, port: { number: 80 } } }] }] }`,
    );
const service = (spec = ""): string => `
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { ports: [{ name: http, port: 80 }]${spec} }
`;
const endpoints = (subsets: string, metadata = ""): string => `
---
apiVersion: v1
kind: Endpoints
metadata: { name: db, namespace: shop${metadata} }
subsets: ${subsets}
`;
const SUBSETS =
    "[{ addresses: [{ ip: 10.0.0.1 }, { ip: 10.0.0.2 }], notReadyAddresses: [{ ip: 10.0.0.3 }], ports: [{ name: http, port: 8080 }] }]";
const SLICE = `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
ports: [{ name: http, port: 9090 }]
endpoints: [{ addresses: [10.9.9.9] }]
`;
const reached = (yaml: string): string[] =>
    entries(compileYaml(SITE + yaml).tables, "endpoints").flatMap((one) => one.endpoints.map(({ address, port }) => `${address} ${port}`));

describe("Endpoints", () => {
    it("are where a Service without a selector leads, those that are ready", () => {
        assert.deepEqual(reached(service() + endpoints(SUBSETS)), ["10.0.0.1 8080", "10.0.0.2 8080"]);
        assert.deepEqual(
            codesOf(compileYaml(SITE + service() + endpoints(SUBSETS))).filter((line) => line.startsWith("GH0454")),
            [],
        );
    });

    it("have subsets of several ports and families", () => {
        assert.deepEqual(
            reached(
                service() +
                    endpoints(
                        '[{ addresses: [{ ip: 10.0.0.1 }, { ip: "2001:db8::1" }], ports: [{ name: http, port: 1 }] }, { addresses: [{ ip: 10.0.0.1 }], ports: [{ name: http, port: 2 }, { name: other, port: 3 }] }]',
                    ),
            ),
            ["10.0.0.1 1", "10.0.0.1 2", "2001:db8::1 1"],
        );
    });

    for (const [title, yaml] of [
        ["a Service with a selector", service(", selector: { app: db }") + endpoints(SUBSETS)],
        ["a label that says so", service() + endpoints(SUBSETS, ', labels: { endpointslice.kubernetes.io/skip-mirror: "true" }')],
        ["a lock of early controllers", service() + endpoints(SUBSETS, ", annotations: { control-plane.alpha.kubernetes.io/leader: x }")],
        ["the name of another Service", service() + endpoints(SUBSETS).replace("name: db", "name: other")],
        ["another namespace", service() + endpoints(SUBSETS).replace("namespace: shop", "namespace: other")],
    ] as const) {
        it(`do not count with ${title}`, () => assert.deepEqual(reached(yaml), []));
    }

    it("do not count beside a slice", () => assert.deepEqual(reached(service() + endpoints(SUBSETS) + SLICE), ["10.9.9.9 9090"]));

    it("that are missing beside a missing slice are named", () => {
        const { findings } = compileYaml(SITE + service());
        assert.match(findings.find(({ code }) => code === "GH0454")?.message ?? "", /and there are no Endpoints of its name/);
    });

    it("with an address that is none are refused", () => {
        const { findings } = inspectObject(
            objectsOf(endpoints("[{ addresses: [{ ip: db.example.com }], ports: [{ port: 1 }] }]"))[0]?.object ?? ({} as never),
        );
        assert.deepEqual(
            findings.map(({ field, message }) => `${field} ${message}`),
            ["subsets[0].addresses[0].ip got `db.example.com`, wanted an IP address"],
        );
    });

    it("give way, come back and change as objects do", () => {
        const compiler = new Compiler();
        const [site, own, ends, slice] = [SITE, service(), endpoints(SUBSETS), SLICE].map((yaml) => objectsOf(yaml)) as [
            PlacedObject[],
            PlacedObject[],
            PlacedObject[],
            PlacedObject[],
        ];
        const at = (objects: readonly PlacedObject[]): string[] =>
            entries(compiler.compile({ ...INGRESS, objects }).tables, "endpoints").flatMap((one) =>
                one.endpoints.map(({ address }) => address),
            );
        assert.deepEqual(at([...site, ...own, ...ends]), ["10.0.0.1", "10.0.0.2"]);
        assert.deepEqual(at([...site, ...own, ...ends, ...slice]), ["10.9.9.9"]);
        assert.deepEqual(at([...site, ...own, ...ends]), ["10.0.0.1", "10.0.0.2"]);
        assert.deepEqual(at([...site, ...own]), []);
        assert.deepEqual(
            at([...site, ...own, ...objectsOf(endpoints("[{ addresses: [{ ip: 10.0.0.7 }], ports: [{ name: http, port: 1 }] }]"))]),
            ["10.0.0.7"],
        );
    });
});
