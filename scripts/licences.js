// The licences of what went into a bundle, as one text to lie beside it.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./bundle");

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

module.exports = { licences };
