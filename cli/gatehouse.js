#!/usr/bin/env node
// Starts the command. In the published package that is dist/gatehouse.js. In a checkout there is no build step: the
// sources are bundled when one of them changed (a fraction of a second) and the bundle is run, so that what a
// contributor tries is what a user gets. Written so that an old Node can read it and say which one is wanted.
"use strict";
var path = require("path");
var fs = require("fs");
var childProcess = require("child_process");

var root = path.resolve(__dirname, "..");
var WANTED = [22, 12];

function nodeIsNewEnough() {
    var parts = process.versions.node.split(".").map(Number);
    return parts[0] > WANTED[0] || (parts[0] === WANTED[0] && parts[1] >= WANTED[1]);
}

/** The Node of the checkout's dev dependency, run in this one's place. */
function runUnderProjectNode() {
    var own = path.join(root, "node_modules", "node", "bin", "node");
    if (!fs.existsSync(own)) {
        process.stderr.write("gatehouse needs Node " + WANTED.join(".") + " or newer; this is " + process.versions.node + ".\n");
        process.exit(3);
    }
    // Nobody writes to the pipe. Its end tells the command that this process is gone, whatever ended it.
    var child = childProcess.spawn(own, [__filename].concat(process.argv.slice(2)), {
        stdio: ["inherit", "inherit", "inherit", "pipe"],
        env: Object.assign({}, process.env, { GATEHOUSE_LAUNCHER_PIPE: "3" }),
    });
    ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
        process.on(signal, function () { child.kill(signal); });
    });
    child.on("exit", function (code, signal) {
        process.exit(signal ? 128 + (require("os").constants.signals[signal] || 0) : code);
    });
}

/** Under a launcher of another Node, which may be killed and then passes no signal on: its end is a SIGTERM. */
function endWithLauncher() {
    var fd = Number(process.env.GATEHOUSE_LAUNCHER_PIPE);
    delete process.env.GATEHOUSE_LAUNCHER_PIPE;
    if (!fd) return;
    var pipe = new (require("net").Socket)({ fd: fd, readable: true, writable: false });
    pipe.on("error", function () { /* close follows */ });
    pipe.on("close", function () { process.kill(process.pid, "SIGTERM"); });
    pipe.resume();
    pipe.unref();
}

/**
 * npm runs a command below a shell, and passes its own SIGTERM on to that shell alone: whoever ends `npx` or `npm run`
 * would leave the command behind. Its parent's end is a SIGTERM then.
 */
function endWithNpm() {
    if (!process.env.npm_command) return;
    var parent = process.ppid;
    var timer = setInterval(function () {
        if (process.ppid === parent) return;
        clearInterval(timer);
        process.kill(process.pid, "SIGTERM");
    }, 250);
    timer.unref();
}

/** True while no source that went into the bundle is newer than it. */
function isFresh(bundle, manifest) {
    try {
        var inputs = JSON.parse(fs.readFileSync(manifest, "utf8"));
        var made = fs.statSync(bundle).mtimeMs;
        return inputs.every(function (file) { return fs.statSync(path.join(root, file)).mtimeMs < made; });
    } catch (_missing) {
        return false;
    }
}

/** Bundles the sources of the checkout if needed and returns the bundle's path. */
function checkoutBundle() {
    var folder = path.join(root, "node_modules", ".cache", "gatehouse");
    var bundle = path.join(folder, "gatehouse.js");
    var manifest = path.join(folder, "inputs.json");
    if (isFresh(bundle, manifest)) return bundle;
    fs.mkdirSync(folder, { recursive: true });
    // Two commands may start at once: each writes its own files and renames them into place.
    var own = path.join(folder, "gatehouse." + process.pid + ".js");
    var recipe = require("../scripts/bundle");
    var started = new Date();
    var results = [require("esbuild").buildSync(recipe.commandOptions(own)), require("esbuild").buildSync(recipe.workerOptions(own + ".worker"))];
    fs.utimesSync(own, started, started);
    var inputs = results.reduce(function (all, result) { return all.concat(Object.keys(result.metafile.inputs)); }, ["package.json", "scripts/bundle.js", "scripts/page.js"]);
    fs.writeFileSync(own + ".inputs", JSON.stringify(Array.from(new Set(inputs.concat(require("../scripts/page").pageSources())))));
    fs.renameSync(own + ".worker", path.join(folder, recipe.WORKER));
    fs.renameSync(own + ".inputs", manifest);
    fs.renameSync(own, bundle);
    return bundle;
}

/**
 * A folder that nobody else can have written to: compiled code that lies there is run (CWE-379). In a checkout it lies
 * beside the bundle, elsewhere among the user's own caches; undefined where there is none, and nothing is kept then.
 */
function privateFolder(candidates) {
    for (var i = 0; i < candidates.length; i++) {
        try {
            fs.mkdirSync(candidates[i], { recursive: true, mode: 448 /* 0700 */ });
            var stat = fs.lstatSync(candidates[i]);
            var isOwn = !process.getuid || stat.uid === process.getuid();
            if (stat.isDirectory() && isOwn && (process.platform === "win32" || (stat.mode & 18 /* 0022 */) === 0)) return candidates[i];
        } catch (_unusable) { /* The next one. */ }
    }
    return undefined;
}

function compileCacheFolder(inCheckout) {
    var home = require("os").homedir();
    var own = process.env.XDG_CACHE_HOME && path.isAbsolute(process.env.XDG_CACHE_HOME) ? process.env.XDG_CACHE_HOME : path.isAbsolute(home) ? path.join(home, ".cache") : undefined;
    return privateFolder([
        inCheckout ? path.join(root, "node_modules", ".cache", "gatehouse", "compile") : undefined,
        own && path.join(own, "gatehouse", "compile"),
    ].filter(Boolean));
}

function main() {
    // Without a listener Node opens its inspector, by which anybody on the machine could run code here.
    process.on("SIGUSR1", function () { /* Nothing to reopen: logs go to stdout and stderr. */ });
    endWithNpm();
    if (!nodeIsNewEnough()) return runUnderProjectNode();
    endWithLauncher();
    var inCheckout = fs.existsSync(path.join(__dirname, "main.ts"));
    var entry;
    try {
        entry = inCheckout ? checkoutBundle() : path.join(root, "dist", "gatehouse.js");
    } catch (error) {
        process.stderr.write("gatehouse could not be bundled from its sources: " + error.message + "\n");
        process.exit(3);
    }
    process.argv[1] = entry;
    var cache = compileCacheFolder(inCheckout);
    if (cache) require("module").enableCompileCache(cache);
    require(entry);
}

main();
