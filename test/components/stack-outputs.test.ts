/** References between stacks in a program's own unit tests. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { run } from "../support/gatehouse";

/** `organization`: the last argument of `setMocks`, which many tests leave out. */
const PROGRAM = (organization: string): string => `
    const pulumi = require("@pulumi/pulumi");
    pulumi.runtime.setMocks({ newResource: ({ inputs, name }) => ({ id: name, state: { ...inputs, outputs: { url: "https://" + inputs.name } } }), call: ({ inputs }) => inputs }, "shop", "dev", true${organization});
    const { stackOutputs } = require("pulumi-gatehouse");
    stackOutputs("platform").url.apply((url) => console.log(url));`;

describe("stackOutputs under setMocks", () => {
    for (const [title, organization, wanted] of [
        ["with an organization", ', "acme"', "acme"],
        ["without one", "", "organization"],
    ] as const) {
        it(`refers to the stack of the project ${title}`, async () => {
            const { code, stdout, stderr } = await run(process.execPath, [
                "--conditions=development",
                "-r",
                "ts-node/register/transpile-only",
                "-e",
                PROGRAM(organization),
            ]);
            assert.deepEqual([code, stdout], [0, `https://${wanted}/platform/dev\n`], stderr);
        });
    }
});
