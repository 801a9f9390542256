// Builds what the package ships into dist/: the library entries and the command, each one bundled file with the
// libraries it needs inside and their licences beside it, and the type declarations.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const esbuild = require("esbuild");
const { commandOptions, libraryOptions, root } = require("./bundle");

const dist = path.join(root, "dist");

/** The folder of the package that a bundled file belongs to. */
function packageOf(input) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    return match ? match[1] : undefined;
}

/** One text with the licence of every library that went into a bundle, as most of them require. */
function licences(inputs) {
    const packages = [...new Set(inputs.map(packageOf).filter(Boolean))].sort();
    return packages.map((folder) => {
        const manifest = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
        const file = fs.readdirSync(path.join(root, folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
        const text = file ? fs.readFileSync(path.join(root, folder, file), "utf8").trim() : `Licence: ${manifest.license}`;
        return `${manifest.name} ${manifest.version}\n\n${text}\n`;
    }).join(`\n${"-".repeat(80)}\n\n`);
}

function build() {
    fs.rmSync(dist, { recursive: true, force: true });
    const results = [
        esbuild.buildSync(commandOptions("dist/gatehouse.js")),
        esbuild.buildSync(libraryOptions("components/index.ts", "dist/components/index.js")),
        esbuild.buildSync(libraryOptions("engine/testing.ts", "dist/engine/testing.js")),
    ];
    const tsc = require.resolve("typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json")], { stdio: "inherit" });
    const inputs = results.flatMap((result) => Object.keys(result.metafile.inputs));
    fs.writeFileSync(path.join(dist, "THIRD-PARTY-LICENCES.txt"), licences(inputs));
}

build();
