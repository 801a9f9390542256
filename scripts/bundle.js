// The one recipe for bundles: the checkout's launcher, the published package and the image all run what this makes.
// Everything is bundled but what must be the user's own copy: the Pulumi SDK and the compiler.
"use strict";
const path = require("node:path");
const { pageFiles } = require("./page");

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
        define: {
            "process.env.GATEHOUSE_VERSION": JSON.stringify(require(path.join(root, "package.json")).version),
            "process.env.GATEHOUSE_PAGE": JSON.stringify(JSON.stringify(pageFiles())),
        },
    };
}

/** esbuild options for the image's bundle: of the command, what runs in a container. */
function imageOptions(outfile) {
    return { ...commandOptions(outfile), entryPoints: ["cli/image.ts"] };
}

/** Where the program of the proxy's workers lies: beside whatever bundle starts them. */
const WORKER = "gatehouse-worker.js";

/**
 * esbuild options for that program: a worker holds what serves and nothing else, no client of a cluster and no reader of
 * objects. What it does not hold it need not read at each start, of which there is one a worker.
 */
function workerOptions(outfile) {
    return { ...commandOptions(outfile), entryPoints: ["proxy/processes/worker-main.ts"] };
}

/** esbuild options for a library entry: what importing it needs beside the Pulumi SDK is inside. `define` replaces names. */
function libraryOptions(entry, outfile, define = {}) {
    const options = commandOptions(outfile);
    return { ...options, entryPoints: [entry], define: { ...options.define, ...define } };
}

module.exports = { commandOptions, imageOptions, libraryOptions, root, WORKER, workerOptions };
