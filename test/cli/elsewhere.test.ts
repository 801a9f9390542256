/** Secrets that come from elsewhere: a note to every command, and a fault only where nothing says that they will be there. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { gatehouse } from "../support/gatehouse";

const PROGRAM = path.join(__dirname, "programs", "elsewhere");
const NOTES = [
    /Info +GH0510 +Gateway edge\/managed .*Secret edge\/managed-tls is not among the objects: Certificate edge\/managed has it made in the cluster/,
    /Info +GH0510 +Gateway edge\/existing .*Secret edge\/shop-credential is not among the objects: VirtualHost existing says that it is there already/,
    /Info +GH0510 +Gateway edge\/public .*: Certificate edge\/public-wildcard-shared-example-com has it made/,
    /Info +GH0510 +Gateway edge\/external .*ExternalSecret edge\/from-vault has it made/,
];

describe("a Secret from elsewhere", function () {
    this.timeout(300_000);
    let base: string;
    before(() => { base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-elsewhere-")); });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });

    it("is a note to render and analyze, which end with 0", async () => {
        for (const command of [["render", PROGRAM, "--out", path.join(base, "out")], ["analyze", PROGRAM]]) {
            const { code, stdout, stderr } = await gatehouse(command, { timeoutMs: 150_000 });
            assert.equal(code, 0, stdout + stderr);
            for (const note of NOTES) assert.match(stdout + stderr, note);
            assert.doesNotMatch(stdout + stderr, /GH0420|IST0101/);
        }
    });

    it("is a fault where nothing makes it, or where it is made in another namespace", async () => {
        for (const [fault, missing] of [["absent", "edge/absent"], ["namespace", "edge/external"]] as const) {
            const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", path.join(base, fault), "-c", `fault=${fault}`], { timeoutMs: 150_000 });
            assert.equal(code, 1, stderr);
            assert.match(stderr, new RegExp(`Error GH0420 Gateway ${missing}`));
        }
    });

    it("is not asked for by up, which serves all else and says so", async () => {
        const { code, stdout, stderr } = await gatehouse(["up", PROGRAM, "--check", "--port-offset", "auto", "--state", path.join(base, "state")], { timeoutMs: 150_000 });
        assert.equal(code, 0, stdout + stderr);
        assert.match(stderr, /Info GH0510 .*edge\/managed-tls.*here its TLS connections are refused, and all else is served/);
        assert.match(stdout, /ok +https:\/\/sealed\.example\.com/);
        assert.match(stdout, /not tried +https:\/\/managed\.example\.com.*its certificate is in a Secret from elsewhere/);
    });
});
