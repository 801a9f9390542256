import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { addressText, plainAddress, withoutBrackets } from "../../../proxy/net/address";

describe("addresses", () => {
    it("are written with brackets where colons would be taken for the port", () => {
        assert.equal(addressText("1.2.3.4", 80), "1.2.3.4:80");
        assert.equal(addressText("::1", 80), "[::1]:80");
        assert.equal(addressText(undefined, 80), "");
    });

    it("are without brackets to whoever connects", () => {
        assert.deepEqual(["[::1]", "::1", "a.test", "[::1", "1.2.3.4"].map(withoutBrackets), ["::1", "::1", "a.test", "[::1", "1.2.3.4"]);
    });

    it("show an IPv4 client of a dual-stack listener as what it is", () => {
        assert.equal(plainAddress("::ffff:1.2.3.4"), "1.2.3.4");
        assert.equal(addressText("::ffff:1.2.3.4", 80), "1.2.3.4:80");
        assert.equal(plainAddress("::ffff:a:b"), "::ffff:a:b");
    });
});
