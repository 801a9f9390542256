/** The image of gateways: what it is built with, what is refused, and what a program gets of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { GatewayImage, type GatewayImageArgs } from "pulumi-gatehouse/image";
import { secretsInClear } from "pulumi-gatehouse/testing";
import { buildImage, builtReference } from "../../components/image/objects";
import { gatewayImageFaults, type GatewayImageData } from "../../components/image/plan";
import { parseReference } from "../../components/image/reference";
import { root } from "../support/checkout";
import { script } from "../support/scripts";
import { evaluated as evaluatedWithin, refusal, resource } from "./support/evaluation";

/** A checkout lays the image's files out first. */
const evaluated = (program: () => unknown): ReturnType<typeof evaluatedWithin> => evaluatedWithin(program, { timeoutMs: 60_000 });

const DIGEST = `sha256:${"0a".repeat(32)}`;
const BASE = `registry.example/base/node:24@${DIGEST}`;
const TAG = "registry.example/team/gatehouse:1.2.3";

describe("the name of an image", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
    const registry = fc.constantFrom("registry.example", "localhost", "127.0.0.1:5000", "[::1]:5000", "registry.example:443");
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);

    it("is read into its parts", () => {
        fc.assert(
            fc.property(
                fc.option(registry),
                fc.array(component, { minLength: 1, maxLength: 3 }),
                fc.option(tag),
                fc.boolean(),
                (host, parts, label, pinned) => {
                    const name = [
                        ...(host === null ? [] : [host]),
                        ...parts.map((part) => (host === null ? part.replaceAll(".", "") : part)),
                    ].join("/");
                    const expected = {
                        ...(host === null ? {} : { registry: host }),
                        name,
                        ...(label === null ? {} : { tag: label }),
                        ...(pinned ? { digest: DIGEST } : {}),
                    };
                    assert.deepEqual(parseReference(`${name}${label === null ? "" : `:${label}`}${pinned ? `@${DIGEST}` : ""}`), expected);
                },
            ),
        );
    });

    it("is refused where a registry would refuse it", () => {
        for (const bad of [
            "",
            ":1",
            "Gatehouse",
            "team//gatehouse",
            "/gatehouse",
            "gatehouse:",
            "gatehouse:1:2",
            "gatehouse@sha256:00",
            `gatehouse@${DIGEST}@${DIGEST}`,
            `gatehouse@${DIGEST.toUpperCase()}`,
            "a b",
            "a".repeat(256),
            undefined,
            7,
        ]) {
            assert.equal(parseReference(bad), undefined, String(bad));
        }
    });
});

describe("the build of a gateway's image", () => {
    it("is pushed for both kinds of machines, from the base, under fixed times", () => {
        assert.deepEqual(buildImage("dist/image", { base: BASE, tags: [TAG] }), {
            context: { location: "dist/image" },
            buildArgs: { BASE, SOURCE_DATE_EPOCH: "0" },
            tags: [TAG],
            platforms: ["linux/amd64", "linux/arm64"],
            push: true,
            load: false,
            labels: {},
            buildOnPreview: false,
        });
    });

    it("is as it is asked for", () => {
        const data: GatewayImageData = {
            base: BASE,
            tags: [TAG],
            platforms: ["linux/arm64"],
            builder: { name: "remote" },
            load: true,
            labels: { team: "edge" },
            revision: "abc",
            buildOnPreview: true,
        };
        assert.deepEqual(buildImage(".", data), {
            context: { location: "." },
            buildArgs: { BASE, SOURCE_DATE_EPOCH: "0", REVISION: "abc" },
            tags: [TAG],
            platforms: ["linux/arm64"],
            builder: { name: "remote" },
            push: true,
            load: true,
            labels: { team: "edge" },
            buildOnPreview: true,
        });
    });

    it("leaves the platform to the builder where a daemon takes it", () => {
        assert.equal(buildImage(".", { base: BASE, tags: ["gatehouse:dev"], push: false, load: true }).platforms, undefined);
    });

    it("is referred to by its digest once it is pushed, else by its tag", () => {
        assert.equal(builtReference({ tags: [TAG, "other"], push: true }, DIGEST), `${TAG}@${DIGEST}`);
        assert.equal(builtReference({ tags: ["gatehouse:dev"], push: false }, DIGEST), "gatehouse:dev");
        assert.equal(builtReference({ tags: [TAG], push: true }, ""), TAG);
    });
});

describe("the arguments of a gateway's image", () => {
    const faults = (data: object): string[] =>
        gatewayImageFaults(data as GatewayImageData).map(({ code, path: field }) => `${field} ${code}`);

    it("pass when they are whole", () => {
        assert.deepEqual(faults({ image: `${TAG}@${DIGEST}` }), []);
        assert.deepEqual(
            faults({ base: BASE, tags: [TAG, "localhost:5000/gatehouse:x"], registries: [{ address: "registry.example" }] }),
            [],
        );
        assert.deepEqual(faults({ base: BASE, tags: ["gatehouse:dev"], push: false, load: true }), []);
    });

    it("pin what exists and what is built on by a digest", () => {
        assert.deepEqual(faults({ image: TAG }), ["image GH0230"]);
        assert.deepEqual(faults({ image: "" }), ["image GH0230"]);
        assert.deepEqual(faults({ base: "registry.example/node:24", tags: [TAG] }), ["base GH0230"]);
        assert.deepEqual(faults({ tags: [TAG] }), ["base GH0230"]);
    });

    it("name the image in full, each name once", () => {
        assert.deepEqual(faults({ base: BASE }), ["tags GH0230"]);
        assert.deepEqual(faults({ base: BASE, tags: [] }), ["tags GH0230"]);
        assert.deepEqual(faults({ base: BASE, tags: ["registry.example/gatehouse", `${TAG}@${DIGEST}`, "team/gatehouse:1", TAG, TAG] }), [
            "tags[0] GH0230",
            "tags[1] GH0230",
            "tags[2] GH0230",
            "tags[4] GH0230",
        ]);
    });

    it("say one thing only", () => {
        assert.deepEqual(faults({ image: `${TAG}@${DIGEST}`, base: BASE, tags: [TAG] }), ["image GH0210"]);
    });

    it("have an outcome that there can be", () => {
        assert.deepEqual(faults({ base: BASE, tags: [TAG], push: false }), ["push GH0210"]);
        assert.deepEqual(faults({ base: BASE, tags: [TAG], load: true, platforms: ["linux/amd64", "linux/arm64"] }), ["platforms GH0210"]);
        assert.deepEqual(faults({ base: BASE, tags: [TAG], platforms: ["windows/amd64"] }), ["platforms[0] GH0210"]);
    });

    it("are texts where texts are wanted", () => {
        const texts = { registries: [{ username: "me" }], builder: {}, labels: { a: 1 }, revision: "" };
        assert.deepEqual(faults({ base: BASE, tags: [TAG], ...texts }), [
            "registries[0].address GH0210",
            "builder.name GH0210",
            'labels["a"] GH0210',
            "revision GH0210",
        ]);
    });
});

describe("a program with an image", function () {
    this.timeout(120_000);
    const program = (args: unknown) => (): void => {
        const image = new GatewayImage("gatehouse", args as GatewayImageArgs);
        new gatehouse.IngressGateway("public", { namespace: "edge", image: image.ref });
    };
    const imageOf = async (args: unknown): Promise<unknown> => {
        const { inputs } = resource(await evaluated(program(args)), "kubernetes:apps/v1:Deployment", "public-deployment");
        return (inputs.spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]?.image;
    };

    it("runs the one that exists, and builds nothing", async () => {
        const evaluation = await evaluated(program({ image: pulumi.output(`${TAG}@${DIGEST}`) }));
        assert.deepEqual(
            evaluation.resources.filter(({ type }) => type.startsWith("docker-build:")),
            [],
        );
        assert.equal(await imageOf({ image: `${TAG}@${DIGEST}` }), `${TAG}@${DIGEST}`);
    });

    it("has the build as the image's child, and its passwords secret", async () => {
        const password = "hush-hush-hush";
        const evaluation = await evaluated(
            program({ base: pulumi.output(BASE), tags: [TAG], registries: [{ address: "registry.example", username: "me", password }] }),
        );
        const build = resource(evaluation, "docker-build:index:Image", "gatehouse-image");
        assert.match(build.parent ?? "", /gatehouse:index:GatewayImage::gatehouse$/);
        assert.equal((build.inputs.buildArgs as Record<string, unknown>).BASE, BASE);
        assert.equal(build.options.retainOnDelete, true, "what was pushed outlives the stack");
        assert.deepEqual(build.secretInputs, ["registries[0].password"]);
        assert.doesNotMatch(JSON.stringify(resource(evaluation, "gatehouse:index:GatewayImage", "gatehouse").inputs), /hush/);
        assert.deepEqual(secretsInClear(evaluation), []);
    });

    it("is evaluated where nothing is built, and names the image that there is going to be", async () => {
        assert.equal(await imageOf({ base: BASE, tags: [TAG] }), TAG);
    });

    it("is told all that is wrong before anything is registered", async () => {
        const message = await refusal(program({ base: "node:24", tags: ["Gatehouse"], push: false }));
        assert.match(message, /GatewayImage "gatehouse": 3 arguments are wrong\./);
        assert.match(message, /base: "node:24" has no digest/);
        assert.match(await refusal(program(undefined)), /there are no arguments/);
        assert.match(await refusal(program({ base: BASE, tags: TAG })), /tags: this is not a list/);
    });

    it("is told which package builds images where it is missing", () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-peer-"));
        try {
            mkdirSync(path.join(folder, "node_modules/@pulumi"), { recursive: true });
            symlinkSync(path.join(root, "node_modules/@pulumi/pulumi"), path.join(folder, "node_modules/@pulumi/pulumi"));
            const entry = path.join(folder, "entry.js");
            buildSync(script("bundle").libraryOptions("components/image/docker-build.ts", entry));
            const told = execFileSync(process.execPath, ["-p", `JSON.stringify(require(${JSON.stringify(entry)}).loadDockerBuild())`], {
                encoding: "utf8",
                cwd: folder,
            });
            assert.match(told, /"code":"GH0231".*npm install @pulumi\/docker-build/);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });
});
