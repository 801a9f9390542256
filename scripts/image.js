// Lays out what the image is built from: a folder that is a whole build context and holds nothing else. Alone, as
// `node scripts/image.js`, it does only this, in a second.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");
const { imageOptions, root } = require("./bundle");
const { licences } = require("./licences");

function layOutImage(folder) {
    fs.rmSync(folder, { recursive: true, force: true });
    const { metafile } = esbuild.buildSync(imageOptions(path.join(folder, "gatehouse.js")));
    fs.writeFileSync(path.join(folder, "THIRD-PARTY-LICENCES.txt"), licences(Object.keys(metafile.inputs)));
    fs.copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    const dockerfile = fs.readFileSync(path.join(root, "proxy", "Dockerfile"), "utf8");
    fs.writeFileSync(path.join(folder, "Dockerfile"), dockerfile.replace(/^ARG VERSION=.*$/m, `ARG VERSION=${version}`));
    // The image takes modes over, and its user owns none of it.
    for (const name of fs.readdirSync(folder)) fs.chmodSync(path.join(folder, name), 0o644);
}

module.exports = { layOutImage };
if (require.main === module) layOutImage(path.resolve(process.argv[2] ?? path.join(root, "dist", "image")));
