/** What is made once of an authority for all that it signs. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import { signerOf } from "../../components/certificate/signer";
import type { AuthorityKeys } from "../../components/certificate";

const chainOf = (ca: AuthorityKeys): Promise<readonly (string | undefined)[]> =>
    new Promise((resolve) => signerOf(ca).chain.apply(resolve));

describe("what an authority is read to", () => {
    it("is the same for all that it signs", () => {
        const ca: AuthorityKeys = { certificatePem: "one", privateKeyPem: pulumi.secret("key") };
        assert.equal(signerOf(ca), signerOf(ca));
    });

    it("follows what a program puts into its object", async () => {
        const ca: { -readonly [K in keyof AuthorityKeys]: AuthorityKeys[K] } = { certificatePem: "one", privateKeyPem: "key" };
        assert.deepEqual(await chainOf(ca), ["one", undefined]);
        ca.certificatePem = "two";
        ca.chainPem = "root";
        assert.deepEqual(await chainOf(ca), ["two", "root"]);
    });

    it("keeps a plain key secret", async () => {
        assert.equal(await pulumi.isSecret(signerOf({ certificatePem: "one", privateKeyPem: "key" }).privateKeyPem), true);
    });
});
