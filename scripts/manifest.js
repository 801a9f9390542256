// The published package.json differs from the checkout's in one thing: the `development` condition, which leads to the
// sources, is not in it. Bundlers and test runners set that condition for everything, and the sources are not published.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const file = path.resolve(__dirname, "..", "package.json");
const kept = `${file}.checkout`;

function publish() {
    if (!fs.existsSync(kept)) fs.copyFileSync(file, kept);
    const manifest = JSON.parse(fs.readFileSync(kept, "utf8"));
    for (const target of Object.values(manifest.exports)) {
        if (typeof target === "object") delete target.development;
    }
    delete manifest.scripts;
    delete manifest.devDependencies;
    delete manifest.allowScripts;
    fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

function restore() {
    if (fs.existsSync(kept)) fs.renameSync(kept, file);
}

if (process.argv[2] === "publish") publish();
else if (process.argv[2] === "restore") restore();
else throw new Error("usage: manifest.js publish|restore");
