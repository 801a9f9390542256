// Builds what the package ships into dist/: the library entries and the command, each one bundled file with the
// libraries it needs inside and their licences beside it, the type declarations, and what the image is built from.
// GATEHOUSE_IMAGE=name@sha256:... is the release's image, which gateways run that name none.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const esbuild = require("esbuild");
const { commandOptions, libraryOptions, root, WORKER, workerOptions } = require("./bundle");
const { layOutImage } = require("./image");
const { licences } = require("./licences");
const { releaseImage } = require("./release-image");

const dist = path.join(root, "dist");

/** What makes a folder a policy pack: Pulumi reads its entry and its version here. */
function layOutPolicyPack(folder) {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, "policy", "package.json"), "utf8"));
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    fs.writeFileSync(path.join(folder, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
    fs.copyFileSync(path.join(root, "policy", "PulumiPolicy.yaml"), path.join(folder, "PulumiPolicy.yaml"));
}

function build() {
    const define = releaseImage(process.env);
    fs.rmSync(dist, { recursive: true, force: true });
    const results = [
        esbuild.buildSync(commandOptions("dist/gatehouse.js")),
        esbuild.buildSync(workerOptions(`dist/${WORKER}`)),
        esbuild.buildSync(libraryOptions("components/index.ts", "dist/components/index.js", define)),
        esbuild.buildSync(libraryOptions("components/image/index.ts", "dist/components/image/index.js")),
        esbuild.buildSync(libraryOptions("engine/testing.ts", "dist/engine/testing.js")),
        esbuild.buildSync(libraryOptions("policy/library.ts", "dist/policy/library.js")),
        esbuild.buildSync(libraryOptions("policy/pack.ts", "dist/policy/index.js")),
    ];
    const tsc = require.resolve("typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json")], { stdio: "inherit" });
    const inputs = results.flatMap((result) => Object.keys(result.metafile.inputs));
    fs.writeFileSync(path.join(dist, "THIRD-PARTY-LICENCES.txt"), licences(inputs));
    layOutImage(path.join(dist, "image"));
    layOutPolicyPack(path.join(dist, "policy"));
}

build();
