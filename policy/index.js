// The pack of a checkout, bundled from its sources in memory by the recipe of the published one. Pulumi's own runner of
// TypeScript would check the types of all of them before each preview, which takes longer than the preview.
"use strict";
const path = require("node:path");
const esbuild = require("esbuild");
const { libraryOptions } = require("../scripts/bundle");

const { outputFiles } = esbuild.buildSync({ ...libraryOptions("policy/pack.ts", "policy/pack.js"), write: false });
module._compile(outputFiles[0].text, path.join(__dirname, "pack.js"));
