// The one recipe for the command's bundle: the checkout's launcher, the published package and the image all run what
// this makes. Everything is bundled but what must be the user's own copy: the Pulumi SDK and the compiler.
"use strict";
const path = require("node:path");

const root = path.resolve(__dirname, "..");

/** Resolved from the stack's own folder at run time: two copies of the SDK in one program are a live hazard. */
const EXTERNAL = ["@pulumi/*", "typescript", "ts-node", "@swc/core"];

/** esbuild options for the command, written to `outfile`. */
function commandOptions(outfile) {
    return {
        absWorkingDir: root,
        entryPoints: ["cli/main.ts"],
        outfile,
        bundle: true,
        platform: "node",
        target: "node22.12",
        format: "cjs",
        conditions: ["development", "node"],
        external: EXTERNAL,
        sourcemap: false,
        legalComments: "none",
        metafile: true,
        logLevel: "silent",
        define: { "process.env.GATEHOUSE_VERSION": JSON.stringify(require(path.join(root, "package.json")).version) },
    };
}

/** esbuild options for a library entry: what importing it needs beside the Pulumi SDK is inside. */
function libraryOptions(entry, outfile) {
    return { ...commandOptions(outfile), entryPoints: [entry] };
}

module.exports = { commandOptions, libraryOptions, root };
