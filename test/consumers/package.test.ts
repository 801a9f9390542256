/**
 * The package as its users get it: packed, installed into three projects of different make, imported with its types,
 * and its command run there. Needs a package registry, so it has a script of its own: `npm run test:package`.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../support/checkout";

const PROGRAM = `
const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Demo CA" });
const ingress = new gatehouse.IngressGateway("public", {
    namespace: "istio-ingress",
    image: new GatewayImage("gatehouse", { image: "registry.example/gatehouse@sha256:${"0".repeat(64)}" }).ref,
    ports: { "tcp-echo": 31400 },
});
new gatehouse.VirtualHost("webapp", {
    gateway: ingress,
    hosts: ["webapp.istioinaction.io"],
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
    http: [{ route: [{ destination: { host: "webapp.default.svc.cluster.local", port: { number: 80 } } }] }],
});
new gatehouse.TcpRoute("echo", { gateway: ingress, port: "tcp-echo", destination: { host: "echo.default.svc.cluster.local", port: { number: 2701 } } });
`;
const WRONG_PORT = `
// @ts-expect-error an undeclared port name does not compile
new gatehouse.TcpRoute("nope", { gateway: ingress, port: "tcp-nope", destination: { host: "echo.default.svc.cluster.local", port: { number: 2701 } } });
`;

/** A user's own test of a program, without mocks. */
const UNIT_TEST = `
"use strict";
const assert = require("node:assert/strict");
const { evaluate, secretsInClear } = require("pulumi-gatehouse/testing");
evaluate(() => {
    const gatehouse = require("pulumi-gatehouse");
    const { GatewayImage } = require("pulumi-gatehouse/image");
    ${PROGRAM}
}).then((evaluation) => {
    assert.ok(evaluation.resources.some(({ type }) => type === "gatehouse:index:VirtualHost"));
    assert.deepEqual(secretsInClear(evaluation), []);
});
`;

interface Consumer {
    readonly name: string;
    readonly manifest: Record<string, unknown>;
    readonly install: readonly string[];
    readonly files: Record<string, string>;
    /** Runs after installing, with the project's own tools. */
    readonly check: readonly string[];
}

const pulumiYaml = (main: string, typescript: boolean): string =>
    `name: consumer\nruntime:\n  name: nodejs\n  options:\n    typescript: ${typescript}\nmain: ${main}\n`;

const CONSUMERS: readonly Consumer[] = [
    {
        name: "a CommonJS project with TypeScript 5.4",
        manifest: { name: "consumer", private: true },
        install: ["typescript@5.4.5", "@types/node@22", "ts-node@10.9.2"],
        files: {
            "index.ts": `import * as gatehouse from "pulumi-gatehouse";\nimport { GatewayImage } from "pulumi-gatehouse/image";\nimport { evaluate } from "pulumi-gatehouse/testing";\nexport const testing = typeof evaluate;\n${PROGRAM}`,
            "wrong.ts": `import * as gatehouse from "pulumi-gatehouse";\nimport { GatewayImage } from "pulumi-gatehouse/image";\n${PROGRAM}${WRONG_PORT}`,
            "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true, target: "es2022", module: "commonjs", moduleResolution: "node10", skipLibCheck: false, noEmit: true, types: ["node"] }, files: ["index.ts", "wrong.ts"] }),
            "Pulumi.yaml": pulumiYaml("index.ts", true),
        },
        check: ["tsc", "-p", "."],
    },
    {
        name: "an ES module project with TypeScript 6",
        manifest: { name: "consumer", private: true, type: "module" },
        install: ["typescript@6.0.3", "@types/node@24"],
        files: {
            "index.ts": `import * as gatehouse from "pulumi-gatehouse";\nimport { GatewayImage } from "pulumi-gatehouse/image";\nimport { evaluate } from "pulumi-gatehouse/testing";\nexport const testing = typeof evaluate;\n${PROGRAM}`,
            "wrong.ts": `import * as gatehouse from "pulumi-gatehouse";\nimport { GatewayImage } from "pulumi-gatehouse/image";\n${PROGRAM}${WRONG_PORT}`,
            "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true, target: "es2023", module: "nodenext", skipLibCheck: false, outDir: "out", rootDir: ".", types: ["node"] }, files: ["index.ts", "wrong.ts"] }),
            "Pulumi.yaml": pulumiYaml("out/index.js", false),
        },
        check: ["tsc", "-p", "."],
    },
    {
        name: "a JavaScript project",
        manifest: { name: "consumer", private: true },
        install: [],
        files: {
            "index.js": `"use strict";\nconst gatehouse = require("pulumi-gatehouse");\nconst { GatewayImage } = require("pulumi-gatehouse/image");\n${PROGRAM}`,
            "unit.js": UNIT_TEST,
            "Pulumi.yaml": pulumiYaml("index.js", false),
        },
        check: ["node", "unit.js"],
    },
];

describe("the published package", function () {
    this.timeout(600_000);
    const work = mkdtempSync(path.join(tmpdir(), "gatehouse-package-"));
    let tarball = "";

    before(() => {
        execFileSync("npm", ["pack", "--silent", "--pack-destination", work], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
        const made = readdirSync(work).find((file) => file.endsWith(".tgz"));
        assert.ok(made, "npm pack made no tarball");
        tarball = path.join(work, made);
    });
    after(() => { rmSync(work, { recursive: true, force: true }); });

    it("holds the files of the image, which is built without a checkout", () => {
        const listed = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
        const files = listed.filter((file) => file.startsWith("package/dist/image/")).map((file) => path.basename(file));
        assert.deepEqual(files.sort(), ["Dockerfile", "gatehouse.tar"]);
    });

    it("holds no sources, no tests and no condition that leads to them", () => {
        const listed = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
        assert.deepEqual(listed.filter((file) => /^package\/(components|istio|engine|proxy|test|stacks)\//.test(file)), []);
        const manifest = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" });
        assert.doesNotMatch(manifest, /development|devDependencies/);
        assert.ok(!existsSync(path.join(root, "package.json.checkout")), "the checkout's own manifest was not put back");
    });

    for (const consumer of CONSUMERS) {
        it(`installs into ${consumer.name}, imports with types, and runs its command`, () => {
            const folder = mkdtempSync(path.join(work, "consumer-"));
            writeFileSync(path.join(folder, "package.json"), JSON.stringify(consumer.manifest));
            for (const [name, text] of Object.entries(consumer.files)) writeFileSync(path.join(folder, name), text);
            const run = (command: string, args: readonly string[]): string =>
                execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
            run("npm", ["install", "--no-audit", "--no-fund", "--silent", "--prefer-offline", tarball, ...consumer.install]);
            run("npx", consumer.check);

            assert.match(run("npx", ["gatehouse", "--version"]), /\d+\.\d+\.\d+/);
            const out = path.join(folder, "rendered");
            mkdirSync(out);
            run("npx", ["gatehouse", "render", ".", "--out", out]);
            const rendered = readdirSync(out).filter((file) => file.endsWith(".yaml")).map((file) => readFileSync(path.join(out, file), "utf8")).join("\n---\n");
            for (const kind of ["Gateway", "VirtualService", "Secret", "Deployment"]) assert.match(rendered, new RegExp(`^kind: ${kind}$`, "m"));
        });
    }
});
