import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { keyOfFiles, keyOfNothing, keyOfSecret, objectOfKey } from "../../../proxy/tables";

describe("keys of credentials", () => {
    it("are read back into the Secret, or the first of the files, that they were made of", () => {
        const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,20}[a-z0-9])?$/);
        fc.assert(
            fc.property(name, name, (namespace, secret) => {
                assert.deepEqual(objectOfKey(keyOfSecret(namespace, secret)), { group: "", kind: "Secret", namespace, name: secret });
            }),
        );
        const path = fc.string({ unit: fc.constantFrom("/", "~", "%", "7", "E", "2", "5", "a", ":", "é"), minLength: 1 });
        fc.assert(
            fc.property(fc.array(path, { minLength: 1, maxLength: 2 }), (paths) => {
                assert.deepEqual(objectOfKey(keyOfFiles(...paths)), { group: "", kind: "File", namespace: "", name: paths[0] });
            }),
        );
    });

    it("are as many as what they are made of", () => {
        const paths = ["/a", "/a~/b", "/a%7E/b", "~", "%7E", "%", "%25"];
        const made = paths.flatMap((one) => [keyOfFiles(one), ...paths.map((other) => keyOfFiles(one, other))]);
        assert.equal(new Set(made).size, made.length);
    });

    it("stand for nothing where there never is a credential", () => {
        for (const key of [keyOfNothing("a//b"), keyOfNothing("kubernetes://a/b"), keyOfFiles(""), "web", "", "kubernetes://a/b/c"])
            assert.equal(objectOfKey(key), undefined, key);
    });
});
