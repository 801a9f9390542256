/** The last good version of each object, whatever its files come to say. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { finding, findingText } from "../../../istio/findings";
import { rootNamespaceOf } from "../../../istio/semantics/root-namespace";
import { ResourceStore } from "../../../proxy/resources";

const vs = (name: string, host: string, kind = "VirtualService"): string =>
    `apiVersion: networking.istio.io/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: { hosts: [${host}], gateways: [g], http: [{ directResponse: { status: 200 } }] }\n`;
const BAD = vs("a", "bad.example.com").replace("http:", "htp:");

function put(store: ResourceStore, file: string, text: string): void {
    store.setFile(file, parseDocuments(text, file));
}
function hosts(store: ResourceStore): string[] {
    return store
        .read()
        .objects.map(({ object }) => `${object.metadata.name}=${(object as unknown as { spec: { hosts: string[] } }).spec.hosts.join()}`);
}
function said(store: ResourceStore): string {
    return store.read().findings.map(findingText).join("\n");
}

describe("the store of objects", () => {
    it("loses neither a last good version nor whom a bad object refuses when its document can't be read next", () => {
        const store = new ResourceStore();
        const unreadable = "spec: [ {\n";
        put(store, "a.yaml", vs("a", "one.example.com"));
        assert.deepEqual(hosts(store), ["a=one.example.com"]);
        for (const text of [BAD, unreadable, unreadable]) {
            put(store, "a.yaml", text);
            assert.deepEqual(hosts(store), ["a=one.example.com"]);
        }
        put(store, "b.yaml", BAD.replace("name: a", "name: b"));
        for (const text of [unreadable, unreadable]) {
            put(store, "b.yaml", text);
            assert.deepEqual(
                store.read().objects.map(({ object, refused }) => [object.metadata.name, refused]),
                [
                    ["a", undefined],
                    ["b", "its VirtualService has never been good"],
                ],
            );
        }
        put(store, "b.yaml", "");
        assert.deepEqual(hosts(store), ["a=one.example.com"]);
    });

    it("keeps the last good version of an object that goes bad, says so, and takes the next good one", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", vs("a", "one.example.com"));
        assert.deepEqual([hosts(store), said(store)], [["a=one.example.com"], ""]);
        put(store, "a.yaml", BAD);
        assert.deepEqual(hosts(store), ["a=one.example.com"]);
        assert.match(said(store), /VirtualService default\/a spec\.htp/);
        assert.match(said(store), /Warning GH0403 VirtualService default\/a: .*stays in force.*\(a\.yaml:1\)/);
        put(store, "a.yaml", vs("a", "two.example.com"));
        assert.deepEqual([hosts(store), said(store)], [["a=two.example.com"], ""]);
    });

    it("has of a VirtualService that never was good only whom to refuse, and says so", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", `${BAD}---\n${vs("b", "b.example.com")}`);
        const [refused, good] = store.read().objects;
        assert.deepEqual((refused?.object as { spec?: unknown } | undefined)?.spec, { hosts: ["bad.example.com"], gateways: ["g"] });
        assert.deepEqual([refused?.refused, good?.refused], ["its VirtualService has never been good", undefined]);
        assert.match(said(store), /Error GH0404 VirtualService default\/a: .* get 500/);
        put(store, "a.yaml", vs("a", "a.example.com"));
        assert.equal(store.read().objects[0]?.refused, undefined);
        put(store, "a.yaml", BAD);
        assert.deepEqual(hosts(store), ["a=a.example.com"], "the last good version comes first");
    });

    it("keeps what the mesh's ConfigMap said of the root namespace while its text or its document is none", () => {
        const store = new ResourceStore();
        const mesh = (text: string): string =>
            `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: ${JSON.stringify(text)} }\n`;
        const root = (): string => rootNamespaceOf(store.read().objects[0]?.object);
        put(store, "mesh.yaml", mesh("rootNamespace: mesh-config"));
        assert.equal(root(), "mesh-config");
        put(store, "mesh.yaml", mesh("rootNamespace: [mesh"));
        assert.equal(root(), "mesh-config");
        assert.match(said(store), /GH0403 ConfigMap istio-system\/istio/);
        assert.match(
            said(store),
            /GH0114 ConfigMap istio-system\/istio data\.mesh: the mesh's configuration can't be read: the indentation/,
        );
        for (const none of ["5", "- rootNamespace: other"]) {
            put(store, "mesh.yaml", mesh(none));
            assert.equal(root(), "mesh-config", none);
            assert.match(said(store), /GH0114 .* it is no mapping of settings/);
        }
        put(store, "mesh.yaml", mesh("").replace("data:", "data: ["));
        assert.equal(root(), "mesh-config");
        put(store, "mesh.yaml", mesh("rootNamespace: other"));
        assert.equal(root(), "other");
        put(store, "mesh.yaml", mesh("").replace("name: istio", "name: other"));
        assert.deepEqual(store.read().objects, []);
    });

    it("has no object of another kind that never was good", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: g }\nspec: { selectors: {} }\n");
        assert.deepEqual(store.read().objects, []);
        assert.match(said(store), /Error GH0404 Gateway default\/g/);
    });

    it("forgets what a file no longer holds, and what a deleted file held", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", `${vs("a", "a.example.com")}---\n${vs("b", "b.example.com")}`);
        put(store, "a.yaml", vs("b", "b.example.com"));
        assert.deepEqual(hosts(store), ["b=b.example.com"]);
        store.removeFile("a.yaml");
        assert.deepEqual([hosts(store), said(store)], [[], ""]);
    });

    it("keeps what stood in a document that can't be read, and reads its neighbours", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", `${vs("a", "a.example.com")}---\n${vs("b", "b.example.com")}`);
        put(store, "a.yaml", `${vs("a", "a.example.com").slice(0, -20)}\n---\n${vs("b", "new.example.com")}`);
        assert.deepEqual(hosts(store), ["a=a.example.com", "b=new.example.com"]);
        assert.match(said(store), /GH0114.*a\.yaml:\d/);
        assert.match(said(store), /GH0403 VirtualService default\/a/);
        put(store, "a.yaml", "[".repeat(3));
        assert.deepEqual(hosts(store), ["a=a.example.com", "b=new.example.com"], "twice in a row");
        put(store, "a.yaml", vs("b", "b.example.com"));
        assert.deepEqual([hosts(store), said(store)], [["b=b.example.com"], ""]);
    });

    it("keeps what stood in a file that can't be read", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", vs("a", "a.example.com"));
        store.failFile("a.yaml", finding("GH0401", { place: { file: "a.yaml", line: 1 } }, "no."));
        assert.deepEqual([hosts(store), said(store)], [["a=a.example.com"], "Error GH0401: no (a.yaml:1)."]);
        put(store, "a.yaml", vs("a", "a.example.com"));
        assert.equal(said(store), "");
    });

    it("takes nothing away while a file stands there of which nobody knows what it holds, as one that was moved while broken", () => {
        const unreadable = `${vs("a", "one.example.com")}  bad: [\n`;
        for (const moved of [
            (store: ResourceStore) => put(store, "z.yaml", unreadable),
            (store: ResourceStore) => store.failFile("z.yaml", finding("GH0401", {}, "z.yaml can't be read.")),
        ]) {
            const store = new ResourceStore();
            put(store, "a.yaml", vs("a", "one.example.com"));
            put(store, "b.yaml", vs("b", "two.example.com"));
            store.read();
            put(store, "a.yaml", unreadable);
            store.read();
            store.removeFile("a.yaml");
            moved(store);
            for (const _ of [1, 2]) {
                assert.deepEqual(hosts(store), ["b=two.example.com", "a=one.example.com"]);
                assert.match(
                    said(store),
                    /Warning GH0403 VirtualService default\/a: .*it is gone, but may stand in z\.yaml:\d+, which can't be read/,
                );
            }
            put(store, "z.yaml", vs("a", "three.example.com"));
            assert.deepEqual([hosts(store), said(store)], [["a=three.example.com", "b=two.example.com"], ""]);
            store.removeFile("z.yaml");
            assert.deepEqual(hosts(store), ["b=two.example.com"]);
        }
    });

    it("lets objects go beside what is no file of resources by its nature, and beside a broken file whose objects are known", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", vs("a", "one.example.com"));
        put(store, "b.yaml", vs("b", "two.example.com"));
        store.failFile("pipe.yaml", finding("GH0401", {}, "pipe.yaml can't be read."), true);
        store.read();
        put(store, "b.yaml", "spec: [ {\n");
        store.removeFile("a.yaml");
        assert.deepEqual(hosts(store), ["b=two.example.com"]);
    });

    it("takes the first by file name of an object in two files, and names both", () => {
        const store = new ResourceStore();
        put(store, "b.yaml", vs("a", "from-b.example.com"));
        put(store, "a.yaml", `\n${vs("a", "from-a.example.com")}`);
        assert.deepEqual(hosts(store), ["a=from-a.example.com"]);
        assert.match(said(store), /Error GH0402 VirtualService default\/a: .*a\.yaml:2 and in b\.yaml:1; the first is in force/);
        store.removeFile("a.yaml");
        assert.deepEqual([hosts(store), said(store)], [["a=from-b.example.com"], ""]);
    });

    it("gives the same object for one that says the same, with its new place", () => {
        const store = new ResourceStore();
        put(store, "a.yaml", vs("a", "a.example.com"));
        const [before] = store.read().objects;
        put(store, "a.yaml", `# moved\n${vs("a", "a.example.com")}`);
        const [after] = store.read().objects;
        assert.equal(after?.object, before?.object);
        assert.deepEqual([before?.place?.line, after?.place?.line], [1, 2]);
    });

    it("keeps kinds apart that share a name, and leaves out kinds nobody reads", () => {
        const store = new ResourceStore();
        put(
            store,
            "a.yaml",
            `apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: g }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\n`,
        );
        assert.deepEqual(store.read().objects, []);
        assert.doesNotMatch(said(store), /Deployment/);
    });

    it("has one order, whatever the order of reading", () => {
        const [one, two] = [new ResourceStore(), new ResourceStore()];
        const files = { "a.yaml": vs("x", "x.example.com"), "b.yaml": vs("a", "a.example.com"), "c.yaml": BAD };
        for (const [file, text] of Object.entries(files)) put(one, file, text);
        for (const [file, text] of Object.entries(files).reverse()) put(two, file, text);
        assert.deepEqual([hosts(one), said(one)], [hosts(two), said(two)]);
    });
});
