/** The support bundle is an archive that tar reads, and nothing that looks like a secret is in it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, it } from "mocha";
import { scrubbed } from "../../../cli/introspect/scrub";
import { tarOf } from "../../../cli/introspect/tar";
import { makeAuthority } from "../../support/certificates";

describe("an archive", () => {
    it("is read by tar, whatever length its files have", () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-tar-"));
        const files = [0, 1, 511, 512, 513, 5_000].map((length) => ({ name: `d/f${length}.txt`, content: "é".repeat(length) }));
        writeFileSync(path.join(folder, "a.tar.gz"), gzipSync(tarOf(files, 1_900_000_000)));
        execFileSync("tar", ["xzf", "a.tar.gz"], { cwd: folder, stdio: "pipe" });
        for (const { name, content } of files) assert.equal(readFileSync(path.join(folder, name), "utf8"), content);
        rmSync(folder, { recursive: true, force: true });
    });
});

describe("what leaves the machine", () => {
    it("has no private key, token, password of an address or hash, and is else as it was", async () => {
        const { key } = await makeAuthority().then((authority) => authority.issue({ dns: ["a.test"] }));
        const token = `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(30)}`;
        const hash = `$2y$10$${"a".repeat(53)}`;
        const hidden = [
            key,
            JSON.stringify(key),
            token,
            hash,
            "Basic dXNlcjpwYXNz",
            "Bearer opaque-token-1",
            "https://ann:pw@issuer.test/keys",
            '"/x?a=1&api_key=opaque-parameter&b=2"',
            '"/x?X-Amz-Signature=opaque-parameter"',
        ];
        const text = hidden.map((one, at) => `${at}: ${one} :${at}`).join("\n");
        const left = scrubbed(text);
        for (const part of ["PRIVATE KEY", token, hash, "dXNlcjpwYXNz", "opaque-token-1", "ann:pw", "opaque-parameter"])
            assert.ok(!left.includes(part), part);
        assert.match(left, /6: https:\/\/redacted@issuer\.test\/keys :6/);
        assert.match(left, /7: "\/x\?a=1&api_key=redacted&b=2" :7/);
        fc.assert(
            fc.property(fc.stringMatching(/^[a-z0-9 ./|{}",:-]{0,80}$/), (plain) => {
                fc.pre(!/(bearer|basic|digest|negotiate)\s/i.test(plain) && !/:\/\/.*@/.test(plain));
                assert.equal(scrubbed(plain), plain);
            }),
            { numRuns: 100 },
        );
    });
});
