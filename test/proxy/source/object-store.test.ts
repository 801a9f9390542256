/** The objects of one kind, taken up one change at a time. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { findingText } from "../../../istio/findings";
import { ObjectStore } from "../../../proxy/source/kubernetes/object-store";
import { virtualService } from "./support/cluster";

const API = "networking.istio.io/v1";

function versioned(name: string, host: string, resourceVersion: string): object {
    return virtualService(name, host, { resourceVersion });
}

describe("the objects of one kind", () => {
    it("are not looked over again in a version that is held", () => {
        const store = new ObjectStore("VirtualService", false);
        const first = store.examine(versioned("a", "a.example.com", "1"), API)!;
        assert.equal(store.put(first), true);
        assert.equal(store.examine(versioned("a", "other.example.com", "1"), API), first);
        assert.notEqual(store.examine(versioned("a", "other.example.com", "2"), API), first);
    });

    it("are one list while none changed, and a list that has all others the same when one did", () => {
        const store = new ObjectStore("VirtualService", false);
        for (const name of ["a", "b"]) store.put(store.examine(versioned(name, `${name}.example.com`, "1"), API)!);
        const before = store.objects;
        assert.equal(store.put(store.examine(versioned("a", "a.example.com", "2"), API)!), false);
        assert.equal(store.objects, before);
        assert.equal(store.put(store.examine(versioned("a", "new.example.com", "3"), API)!), true);
        assert.notEqual(store.objects, before);
        assert.equal(store.objects[1], before[1]);
    });

    it("have a good version before and after one that we fail on ourselves, which is reported", () => {
        const store = new ObjectStore("VirtualService", false);
        store.put(store.examine(versioned("a", "a.example.com", "1"), API)!);
        const [before] = store.objects;
        const broken = Object.defineProperty({ ...versioned("a", "a.example.com", "2") }, "spec", {
            enumerable: true,
            get: () => {
                throw new Error("on purpose");
            },
        });
        store.put(store.examine(broken, API)!);
        assert.equal(store.objects[0], before);
        assert.equal(
            store.findings.map(findingText).join(),
            "Error GH0459 VirtualService gw/a: The object could not be read: on purpose. Please report this with the object.",
        );
    });

    it("name the mounted files of what is in force, however the newest version is bad", () => {
        const gateway = (more: object): object => ({
            metadata: { name: "a", namespace: "gw", ...more },
            spec: {
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: ["a.test"],
                        tls: { mode: "SIMPLE", serverCertificate: "/tls/cert", privateKey: "/tls/key" },
                    },
                ],
            },
        });
        const broken = {
            "a field": { ...gateway({ resourceVersion: "2" }), spec: { servers: "none" } },
            "its outline": gateway({ resourceVersion: "2", namespace: 7 }),
            "our own fault": Object.defineProperty(gateway({ resourceVersion: "2" }), "spec", {
                enumerable: true,
                get: () => {
                    throw new Error("on purpose");
                },
            }),
        };
        for (const [how, value] of Object.entries(broken)) {
            const store = new ObjectStore("Gateway", false);
            assert.deepEqual(store.files, []);
            store.put(store.examine(how === "its outline" ? gateway({ namespace: undefined }) : gateway({}), API)!);
            const { files, objects } = store;
            assert.deepEqual(files, ["/tls/cert", "/tls/key"]);
            store.put(store.examine(value, API)!);
            assert.equal(store.objects, objects, how);
            assert.equal(store.files, files, how);
            assert.ok(store.findings.length > 0, how);
        }
        const store = new ObjectStore("Gateway", false);
        store.put(store.examine(broken["our own fault"], API)!);
        assert.deepEqual(store.files, [], "what has never been good names none");
    });

    it("are the same list of findings while none changed, whatever else did", () => {
        const store = new ObjectStore("VirtualService", false);
        store.put(store.examine({ metadata: { name: "bad", namespace: "gw", resourceVersion: "1" }, spec: { hosts: 7 } }, API)!);
        const { findings } = store;
        assert.ok(findings.length > 1);
        store.put(store.examine(versioned("a", "a.example.com", "1"), API)!);
        assert.equal(store.findings, findings);
        assert.equal(store.replace([store.examine(versioned("a", "a.example.com", "1"), API)!]), true);
        assert.deepEqual([store.findings, store.objects.length], [[], 1]);
    });

    it("are passed over where they have no name", () => {
        const store = new ObjectStore("VirtualService", false);
        for (const value of [null, "text", {}, { metadata: null }, { metadata: { name: "" } }])
            assert.equal(store.examine(value, API), undefined);
        assert.equal(store.remove({}), false);
    });
});
