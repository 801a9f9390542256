/** Images are not built by the engine, and stand for what is going to be built. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as dockerBuild from "@pulumi/docker-build";
import { evaluate } from "../../../engine/testing";
import { engineFailure } from "../support";

describe("the docker-build provider", () => {
    it("refers to an image by its first tag, without a digest that nobody knows", async () => {
        const { outputs } = await evaluate(() => {
            const image = new dockerBuild.Image("x", { push: true, tags: ["registry.example/x:1", "registry.example/x:latest"] });
            const plain = new dockerBuild.Image("plain", { push: false });
            return { ref: image.ref, digest: image.digest, plain: plain.ref };
        });
        assert.deepEqual(outputs, { ref: "registry.example/x:1", digest: "", plain: "" });
    });

    it("leaves the rest to the real one", async () => {
        const { message } = await engineFailure(() =>
            evaluate(() => void new dockerBuild.Index("x", { sources: [], tag: "registry.example/x:1" })),
        );
        assert.match(message, /It knows Image, and builds none/);
    });
});
