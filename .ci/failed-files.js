// Mocha's own report, and the files of the tests that failed, a line each, in the file that FAILED_FILES names: those are run once more.
"use strict";
const fs = require("node:fs");
const { reporters } = require("mocha");

module.exports = class FailedFiles extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const failed = new Set();
        runner.on("fail", (test) => failed.add(test.file ?? test.parent?.file ?? "?"));
        runner.once("end", () => fs.writeFileSync(process.env.FAILED_FILES, [...failed].map((file) => `${file}\n`).join("")));
    }
};
