/** One program for several clusters: what each command makes of it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { gatehouse } from "../support/gatehouse";

const PROGRAM = path.join(__dirname, "programs", "two-clusters");

describe("a program for two clusters", function () {
    this.timeout(300_000);
    let base: string;
    before(() => { base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-clusters-")); });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });

    it("is rendered into a folder for each", async () => {
        const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", base]);
        assert.equal(code, 0, stderr);
        for (const site of ["east", "west"]) assert.match(readFileSync(path.join(base, site, "edge-virtualservice-web.yaml"), "utf8"), new RegExp(`string: ${site}`));
        assert.doesNotMatch(stderr, /GH05/);
    });

    it("is checked without one cluster's hosts standing in the other's way", async () => {
        const { stdout } = await gatehouse(["check", PROGRAM, "-o", "json"]);
        const found = (JSON.parse(stdout) as { policy: string; message: string }[]).filter(({ policy }) => policy === "host-claimed-once");
        assert.deepEqual(found, []);
    });

    it("is analysed as the first of them, which is said", async () => {
        const { code, stderr, stdout } = await gatehouse(["analyze", PROGRAM]);
        assert.equal(code, 0, stdout);
        assert.match(stdout + stderr, /Warning +GH0511 .*It stands in the cluster of the provider east and in the cluster of the provider west; here the first one counts/);
    });

    it("names what two providers make twice in one of them", async () => {
        const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", path.join(base, "twice"), "-c", "fault=twice"]);
        assert.equal(code, 1);
        assert.match(stderr, /Error GH0507 VirtualService edge\/web.*two-clusters makes it twice in one cluster, and not alike/);
    });
});
