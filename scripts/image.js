// Lays out what the image is built from: a folder that is a whole build context and holds nothing else. Alone, as
// `node scripts/image.js`, it does only this, in a second.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");
const { imageOptions, root } = require("./bundle");
const { licences } = require("./licences");

/** The time that npm gives the files of a package: built from a checkout, the image is that of the package. */
const PACKED_AT = new Date("1985-10-26T08:15:00Z");

function layOutImage(folder) {
    fs.rmSync(folder, { recursive: true, force: true });
    const { metafile } = esbuild.buildSync(imageOptions(path.join(folder, "gatehouse.js")));
    fs.writeFileSync(path.join(folder, "gatehouse.third-party-licences.txt"), licences(Object.keys(metafile.inputs)));
    fs.copyFileSync(path.join(root, "LICENSE"), path.join(folder, "gatehouse.licence.txt"));
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    const dockerfile = fs.readFileSync(path.join(root, "proxy", "Dockerfile"), "utf8");
    fs.writeFileSync(path.join(folder, "Dockerfile"), dockerfile.replace(/^ARG VERSION=.*$/m, `ARG VERSION=${version}`));
    for (const file of fs.readdirSync(folder).map((name) => path.join(folder, name))) {
        // The image takes modes over, and its user owns none of it.
        fs.chmodSync(file, 0o644);
        fs.utimesSync(file, PACKED_AT, PACKED_AT);
    }
}

module.exports = { layOutImage };
if (require.main === module) layOutImage(path.resolve(process.argv[2] ?? path.join(root, "dist", "image")));
