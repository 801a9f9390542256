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

    it("are passed over where they have no name", () => {
        const store = new ObjectStore("VirtualService", false);
        for (const value of [null, "text", {}, { metadata: null }, { metadata: { name: "" } }])
            assert.equal(store.examine(value, API), undefined);
        assert.equal(store.remove({}), false);
    });
});
