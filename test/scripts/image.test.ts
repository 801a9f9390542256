/** What the image is built from, and the release's image in the package. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { after, before, describe, it } from "mocha";
import { root } from "../support/checkout";
import { run } from "../support/gatehouse";
import { script } from "../support/scripts";

const { libraryOptions } = script("bundle");
const { layOutImage } = script("image");
const { releaseImage } = script("release-image");
const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("the image's build context", () => {
    let folder: string;
    const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-context-"));
        layOutImage(folder);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("holds the Dockerfile, what it adds, and nothing else", () => {
        const added = /^ADD (.*) \/$/m.exec(read("Dockerfile"))?.[1] ?? "";
        assert.deepEqual(readdirSync(folder).sort(), ["Dockerfile", added]);
    });

    it("adds files that everyone reads and root owns, of no time, so that the image is the same whenever it is built", async () => {
        const { stdout } = await run(
            "tar",
            ["--list", "--verbose", "--numeric-owner", "--full-time", "--file", path.join(folder, "gatehouse.tar")],
            { env: { TZ: "UTC" } },
        );
        const lines = stdout
            .trim()
            .split("\n")
            .map((line) => line.split(/\s+/));
        assert.deepEqual(
            lines.map(([mode, owner, , day, time, name]) => [mode, owner, day, time, name].join(" ")),
            [
                "drwxr-xr-x 0/0 1970-01-01 00:00:00 gatehouse/",
                "-rw-r--r-- 0/0 1970-01-01 00:00:00 gatehouse/LICENSE",
                "-rw-r--r-- 0/0 1970-01-01 00:00:00 gatehouse/THIRD-PARTY-LICENCES.txt",
                "-rw-r--r-- 0/0 1970-01-01 00:00:00 gatehouse/gatehouse-worker.js",
                "-rw-r--r-- 0/0 1970-01-01 00:00:00 gatehouse/gatehouse.js",
            ],
        );
    });

    it("says the package's version where nobody gives another", () => {
        const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
        assert.match(read("Dockerfile"), new RegExp(`^ARG VERSION=${version}$`, "m"));
    });

    it("names no base of its own", () => {
        assert.match(read("Dockerfile"), /^ARG BASE$/m);
    });

    it("has a bundle that runs alone, without the embedded engine, and the licences of what is in it", async () => {
        const unpacked = mkdtempSync(path.join(folder, "unpacked-"));
        assert.equal((await run("tar", ["--extract", "--file", path.join(folder, "gatehouse.tar"), "--directory", unpacked])).code, 0);
        const file = (name: string): string => path.join(unpacked, "gatehouse", name);
        const help = await run(process.execPath, [file("gatehouse.js"), "proxy", "--help"], { cwd: unpacked });
        assert.deepEqual({ code: help.code, stderr: help.stderr }, { code: 0, stderr: "" });
        assert.match(help.stdout, /--kubernetes/);
        assert.doesNotMatch(readFileSync(file("gatehouse.js"), "utf8"), /\/\/ engine\//);
        // What reads a cluster and compiles its objects is the primary's alone.
        assert.doesNotMatch(readFileSync(file("gatehouse-worker.js"), "utf8"), /\/\/ proxy\/(?:source|compiler)\/|kubernetes\/client-node/);
        const licences = readFileSync(file("THIRD-PARTY-LICENCES.txt"), "utf8");
        for (const name of ["commander", "re2js", "yaml"]) assert.match(licences, new RegExp(`^${name} \\d`, "m"));
    });
});

describe("the release's image", () => {
    const image = `registry.example:5000/team/gatehouse:1.2.3@${DIGEST}`;
    /** What a gateway without an image of its own would run, of a package that was built so. */
    function built(environment: Record<string, string>): unknown {
        const { outputFiles } = buildSync({
            ...libraryOptions("components/workload/image.ts", "release.js", releaseImage(environment)),
            write: false,
        });
        const module = { exports: {} as { releaseImage?: unknown } };
        new Function("module", "exports", "require", outputFiles?.[0]?.text ?? "")(module, module.exports, require);
        return module.exports.releaseImage;
    }

    it("is written into the package by the build that is given one", () => {
        assert.equal(built({ GATEHOUSE_IMAGE: image }), image);
    });

    it("is absent otherwise", () => {
        assert.equal(built({}), undefined);
        assert.equal(built({ GATEHOUSE_IMAGE: "" }), undefined);
    });

    it("is pinned by its digest, or the build fails", () => {
        for (const bad of [
            "gatehouse",
            "registry.example/gatehouse:1.2.3",
            `gatehouse@sha256:${"a".repeat(63)}`,
            `Gatehouse@${DIGEST}`,
            `gatehouse@${DIGEST} `,
            `@${DIGEST}`,
        ]) {
            assert.throws(() => releaseImage({ GATEHOUSE_IMAGE: bad }), /GATEHOUSE_IMAGE is .*; wanted an image by its digest/, bad);
        }
    });
});
