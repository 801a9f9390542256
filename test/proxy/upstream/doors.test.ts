import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";

describe("the upstream room", () => {
    it("knows its codecs in one file, which is where another one enters", () => {
        const folder = path.join(__dirname, "../../../proxy/upstream");
        const knowing = readdirSync(folder).filter((file) => readFileSync(path.join(folder, file), "utf8").includes("/codec/"));
        assert.deepEqual(knowing, ["codecs.ts"]);
    });
});
