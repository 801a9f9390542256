/** `npm run e2e:tools` on a machine that has nothing: it says what to fetch, and that something is missing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../support/checkout";
import { run } from "../support/gatehouse";

describe("the look for tools", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-tools-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const look = () =>
        run(process.execPath, [path.join(root, "scripts/e2e-tools.js"), "--check"], {
            env: { HOME: folder, PATH: folder, GATEHOUSE_TOOLS: folder },
        });

    it("says of each that is missing what to get, and where to put it", async () => {
        const { code, stdout } = await look();
        assert.equal(code, 1);
        assert.match(stdout, /^missing {2}pulumi: get the Pulumi CLI's release archive, 3\.\d+ or later$/m);
        assert.match(
            stdout,
            /^missing {2}istio-crds\.yaml: get manifests\/charts\/base\/files\/crd-all\.gen\.yaml of an Istio 1\.\d+ release archive/m,
        );
        assert.match(stdout, /^missing {2}curl: get the package curl: apt-get install curl$/m);
        assert.ok(stdout.includes(`Put the files into ${folder} `), stdout);
    });

    it("tells a tool that is too old from one that is missing", async () => {
        writeFileSync(path.join(folder, "etcd"), "#!/bin/sh\necho 'etcd Version: 3.4.1'\n", { mode: 0o755 });
        writeFileSync(path.join(folder, "kwok"), "#!/bin/sh\necho 'kwok version v0.8.0'\n", { mode: 0o755 });
        const { stdout } = await look();
        assert.match(stdout, /^too old {2}etcd 3\.4\.1 \(.*\): get the etcd 3\.\d+ release archive$/m);
        assert.match(stdout, /^found {4}kwok 0\.8\.0 \(.*\)$/m);
    });
});
