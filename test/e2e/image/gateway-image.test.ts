/** `GatewayImage` under the real Pulumi: a real builder builds it, a real registry keeps it, a real daemon runs it. */
import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { closedPort } from "../../../harness/ports";
import { PulumiHome } from "../../support/pulumi-home";
import { PulumiWorkspace, type PulumiRun } from "../support";
import { buildBase } from "./support/build";
import { Builder } from "./support/builder";
import { Container, HARDENED } from "./support/container";
import { ContainerDaemon } from "./support/container-daemon";
import { Registry } from "./support/registry";

const WHAT = "building the image with the stack";
const PROGRAM = path.join(__dirname, "programs/gateway-image");
const PASSWORD = "hush-hush-hush";

describe("a stack that builds the image of its gateways", function () {
    this.timeout(600_000);
    let daemon: ContainerDaemon;
    let registry: Registry;
    let builder: Builder;
    let home: PulumiHome;
    let stack: PulumiWorkspace;
    let ref: string;

    const passed = (run: PulumiRun): PulumiRun => {
        assert.equal(run.code, 0, run.text);
        return run;
    };
    /** What an `up` with one setting changed fails with; the setting is put back. */
    const failureWith = async (key: string, value: string, before: string): Promise<string> => {
        await stack.setConfig(key, value);
        const { code, text } = await stack.up();
        await stack.setConfig(key, before);
        assert.notEqual(code, 0, text);
        return text;
    };
    const refNow = async (): Promise<string> => (await stack.outputs<{ ref: string }>()).ref;
    let base: string;
    let tag: string;

    before(async function () {
        daemon = await ContainerDaemon.start(this, WHAT);
        registry = await Registry.start(this, WHAT, daemon.folder);
        builder = await Builder.start(this, WHAT, daemon.folder);
        home = PulumiHome.open(this, WHAT, "pulumi-resource-docker-build");
        const pushed = `${registry.address}/base/node:24`;
        await daemon.ask("tag", await buildBase(daemon), pushed);
        await daemon.ask("push", pushed);
        base = `${pushed}@${await registry.digest("base/node", "24")}`;
        tag = `${registry.address}/team/gatehouse:1.0`;
        stack = await PulumiWorkspace.init(home, PROGRAM, {
            kubeconfig: "",
            config: { base, tag, builder: builder.name, registry: registry.address },
            env: { ...daemon.environment, BUILDX_CONFIG: builder.config },
        });
        await stack.setConfig("password", PASSWORD, { secret: true });
    });
    after(async () => {
        home?.close();
        await builder?.stop();
        await registry?.stop();
        await daemon?.stop();
    });

    it("previews it without a build, and does not know its digest yet", async () => {
        const { text } = passed(await stack.preview());
        assert.match(text, /gatehouse-image/);
        assert.equal(await registry.digest("team/gatehouse", "1.0"), undefined);
    });

    it("builds and pushes it, and refers to it by its digest", async () => {
        passed(await stack.up());
        ref = await refNow();
        assert.equal(ref, `${tag}@${await registry.digest("team/gatehouse", "1.0")}`);
        const { config } = await registry.config("team/gatehouse", "1.0");
        assert.deepEqual(
            [config.Labels?.team, config.Labels?.["org.opencontainers.image.revision"], config.User],
            ["edge", "abc123", "65532:65532"],
        );
    });

    it("keeps the registry's password out of its state", async () => {
        assert.doesNotMatch(stack.stateFile(), new RegExp(PASSWORD));
        assert.doesNotMatch(JSON.stringify(await stack.resources()), new RegExp(PASSWORD));
    });

    it("changes nothing when nothing has changed", async () => {
        const { text } = passed(await stack.up());
        assert.match(text, /3 unchanged/);
        assert.doesNotMatch(text, /updated|replaced/);
    });

    it("has a daemon pull it by its reference, and run it", async () => {
        await daemon.ask("pull", ref);
        const container = await Container.run(daemon, ref, HARDENED, ["--version"]);
        assert.equal(await container.ended(), 0);
        assert.match(await container.output(), /^\d+\.\d+\.\d+\n$/);
    });

    it("loads it into the daemon of the machine that builds instead, under its tag", async () => {
        await stack.setConfig("push", "false");
        await stack.setConfig("tag", "gatehouse:loaded");
        passed(await stack.up());
        assert.equal(await refNow(), "gatehouse:loaded");
        const container = await Container.run(daemon, "gatehouse:loaded", HARDENED, ["--version"]);
        assert.equal(await container.ended(), 0);
    });

    it("is the same image from a builder that has never built it and files that are new", async () => {
        await builder.renew();
        // As after another install of the package.
        for (const file of ["Dockerfile", "gatehouse.tar"]) utimesSync(path.join(root, "dist/image", file), new Date(), new Date());
        await stack.setConfig("push", "true");
        await stack.setConfig("tag", `${tag}.1`);
        passed(await stack.up());
        assert.equal((await refNow()).split("@")[1], ref.split("@")[1]);
    });

    it("says which builder is not there", async () => {
        assert.match(await failureWith("builder", "nobody", builder.name), /no builder "nobody" found/);
    });

    it("says which base cannot be pulled", async () => {
        const wrong = base.replace(/[0-9a-f]{64}$/, "0".repeat(64));
        assert.match(await failureWith("base", wrong, base), new RegExp(`${wrong.replace(":24@", "(:24)?@")}: not found`));
    });

    it("says which registry cannot be pushed to", async () => {
        const closed = `127.0.0.1:${await closedPort()}`;
        assert.match(
            await failureWith("tag", `${closed}/team/gatehouse:1.0`, tag),
            new RegExp(`failed to push ${closed}/team/gatehouse:1\\.0.*connection refused`),
        );
    });

    it("refuses a base without a digest before anything is built", async () => {
        const text = await failureWith("base", `${registry.address}/base/node:24`, base);
        assert.match(text, /GatewayImage "gatehouse": One argument is wrong\.\s+base: ".*" has no digest.*\(GH0230\)/);
        assert.doesNotMatch(text, /at .*\.ts:\d+/);
    });

    it("leaves what was pushed when the stack is gone: pods may still be started from it", async () => {
        passed(await stack.destroy());
        assert.equal(await registry.digest("team/gatehouse", "1.0"), ref.split("@")[1]);
    });
});
