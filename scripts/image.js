// Lays out what the image is built from: a folder that is a whole build context and holds nothing else. Alone, as
// `node scripts/image.js`, it does only this, in a second. What is as it was stays as it was, since somebody may be
// reading it: in a checkout, every program that builds the image lays it out.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");
const { imageOptions, root, WORKER, workerOptions } = require("./bundle");
const { licences } = require("./licences");
const { tarOf } = require("./tar");

/** Name and content of every file. What goes into the image is an archive: files have the times of whoever unpacked them. */
function imageContext() {
    const command = esbuild.buildSync({ ...imageOptions("gatehouse.js"), write: false });
    const worker = esbuild.buildSync({ ...workerOptions(WORKER), write: false });
    const inputs = [command, worker].flatMap(({ metafile }) => Object.keys(metafile.inputs));
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    const dockerfile = fs.readFileSync(path.join(root, "proxy", "Dockerfile"), "utf8");
    return {
        "Dockerfile": Buffer.from(dockerfile.replace(/^ARG VERSION=.*$/m, `ARG VERSION=${version}`)),
        "gatehouse.tar": tarOf("gatehouse", {
            "LICENSE": fs.readFileSync(path.join(root, "LICENSE")),
            "THIRD-PARTY-LICENCES.txt": Buffer.from(licences(inputs)),
            [WORKER]: Buffer.from(worker.outputFiles[0].contents),
            "gatehouse.js": Buffer.from(command.outputFiles[0].contents),
        }),
    };
}

function layOutImage(folder) {
    const context = imageContext();
    fs.mkdirSync(folder, { recursive: true });
    for (const name of fs.readdirSync(folder)) if (!Object.hasOwn(context, name)) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    for (const [name, content] of Object.entries(context)) {
        const file = path.join(folder, name);
        if (fs.existsSync(file) && fs.readFileSync(file).equals(content)) continue;
        const own = path.join(path.dirname(folder), `.${name}.${process.pid}`);
        fs.writeFileSync(own, content);
        fs.renameSync(own, file);
    }
}

module.exports = { layOutImage };
if (require.main === module) layOutImage(path.resolve(process.argv[2] ?? path.join(root, "dist", "image")));
