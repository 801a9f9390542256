// What the page is made of: its program as one file, its style and its frame. The build puts them into the command; a
// checkout that runs the sources asks for them when the page is first opened.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");

const root = path.resolve(__dirname, "..");
const folder = path.join(root, "page");

function pageFiles() {
    const { outputFiles } = esbuild.buildSync({
        absWorkingDir: root,
        entryPoints: ["page/main.ts"],
        outfile: "page.js",
        bundle: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        minify: true,
        legalComments: "none",
        logLevel: "silent",
        write: false,
    });
    return {
        html: fs.readFileSync(path.join(folder, "index.html"), "utf8"),
        css: fs.readFileSync(path.join(folder, "page.css"), "utf8"),
        js: outputFiles[0].text,
    };
}

/** What it is made of here, relative to the checkout. */
function pageSources() {
    return fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|css|html)$/.test(file)).map((file) => path.join("page", file));
}

module.exports = { pageFiles, pageSources };
