/** Which version of an object is in force does not depend on where it is read: files and the API server are held to one rule. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { ResourceStore } from "../../../proxy/resources";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { ObjectStore } from "../../../proxy/source/kubernetes/object-store";

interface Case {
    readonly apiVersion: string;
    /** What stands beside `metadata`: two good versions, and bad ones. */
    readonly good: readonly [object, object];
    readonly bad: readonly object[];
    readonly namespace?: string;
    readonly name?: string;
}

const ISTIO = "networking.istio.io/v1";
const server = (host: string): object => ({
    port: { number: 443, name: "https", protocol: "HTTPS" },
    hosts: [host],
    tls: { mode: "SIMPLE", credentialName: "c" },
});
const CASES: Readonly<Record<string, Case>> = {
    VirtualService: {
        apiVersion: ISTIO,
        good: [
            { spec: { hosts: ["a.test"], gateways: ["g"], http: [{ directResponse: { status: 200 } }] } },
            { spec: { hosts: ["b.test"], gateways: ["g"], http: [{ directResponse: { status: 200 } }] } },
        ],
        bad: [{ spec: { hosts: ["a.test"], htp: [] } }, { spec: "none" }],
    },
    Gateway: {
        apiVersion: ISTIO,
        good: [
            { spec: { selector: { a: "b" }, servers: [server("a.test")] } },
            { spec: { selector: { a: "b" }, servers: [server("b.test")] } },
        ],
        bad: [
            { spec: { selector: { a: "b" }, servers: [{ ...server("a.test"), port: { number: 443, name: "https", protocol: "NONE" } }] } },
            {},
        ],
    },
    DestinationRule: {
        apiVersion: ISTIO,
        good: [{ spec: { host: "a.test" } }, { spec: { host: "a.test", trafficPolicy: { tls: { mode: "SIMPLE" } } } }],
        bad: [{ spec: { host: "a.test", trafficPolicy: { tls: { mode: "NONE" } } } }, { spec: { host: "a.test", subsets: 7 } }],
    },
    ServiceEntry: {
        apiVersion: ISTIO,
        good: ["a.test", "b.test"].map((host) => ({
            spec: { hosts: [host], ports: [{ number: 80, name: "http", protocol: "HTTP" }], resolution: "DNS" },
        })) as unknown as [object, object],
        bad: [{ spec: { hosts: ["a.test"], ports: 7 } }],
    },
    AuthorizationPolicy: {
        apiVersion: "security.istio.io/v1",
        good: [{ spec: { action: "DENY", rules: [{}] } }, { spec: { action: "DENY", rules: [{}], selector: { matchLabels: { a: "b" } } } }],
        bad: [
            { spec: { action: "DENY", rulez: [{}] } },
            { spec: { action: "DENY", rulez: [{}], selector: { matchLabels: { a: "b" } } } },
            { spec: 7 },
        ],
    },
    Telemetry: {
        apiVersion: "telemetry.istio.io/v1",
        good: [{ spec: { accessLogging: [{ disabled: true }] } }, { spec: {} }],
        bad: [{ spec: { accessLogging: 7 } }],
    },
    Service: {
        apiVersion: "v1",
        good: [{ spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 81 }] } }],
        bad: [{ spec: { ports: [{ port: "no" }] } }],
    },
    ConfigMap: {
        apiVersion: "v1",
        namespace: "istio-system",
        name: "istio",
        good: [{ data: { mesh: "rootNamespace: a" } }, { data: { mesh: "rootNamespace: b" } }],
        bad: [{ data: { mesh: "rootNamespace: [" } }, { data: { mesh: "5" } }, { data: { mesh: "- rootNamespace: c" } }, {}],
    },
};

/** A version of an object: the number of a good or a bad one; undefined: it is gone. */
type Step = { readonly good: number } | { readonly bad: number } | undefined;
const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ good: fc.nat(1) }),
    fc.record({ bad: fc.nat(2) }),
    fc.record({ bad: fc.nat(2) }),
    fc.constant(undefined),
);

function meaning(objects: readonly PlacedObject[]): unknown {
    return objects.map(({ object, isClosed, isAnywhere, refused }) => ({ object, isClosed, isAnywhere, refused }));
}

describe("the version of an object that is in force", () => {
    for (const [kind, { apiVersion, good, bad, namespace = "gw", name = "one" }] of Object.entries(CASES)) {
        it(`is the same in a folder and in a cluster, whatever came before: ${kind}`, () => {
            fc.assert(
                fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
                    const files = new ResourceStore();
                    const cluster = new ObjectStore(kind, false);
                    let last: unknown;
                    for (const [at, one] of steps.entries()) {
                        const metadata = { name, namespace };
                        const content = one && ("good" in one ? good[one.good] : bad[one.bad % bad.length]);
                        const object = { apiVersion, kind, metadata, ...content };
                        if (one) files.setFile("a.yaml", parseDocuments(JSON.stringify(object), "a.yaml"));
                        else files.removeFile("a.yaml");
                        if (one)
                            cluster.put(cluster.examine({ ...object, metadata: { ...metadata, resourceVersion: `${at}` } }, apiVersion)!);
                        else cluster.remove(object);
                        const { objects, findings } = files.read();
                        assert.deepEqual(meaning(cluster.objects), meaning(objects));
                        assert.deepEqual(cluster.findings.map(({ code }) => code).sort(), findings.map(({ code }) => code).sort());
                        if (one === undefined) last = undefined;
                        else if ("good" in one) last = content;
                        // A bad version changes nothing of a good one.
                        if (last !== undefined) {
                            const [inForce] = cluster.objects;
                            assert.deepEqual(inForce && { ...inForce }, { object: { apiVersion, kind, metadata, ...(last as object) } });
                            assert.equal(
                                findings.some(({ code }) => code === "GH0403"),
                                one !== undefined && "bad" in one,
                            );
                        }
                    }
                }),
                { numRuns: 60 },
            );
        });
    }
});
