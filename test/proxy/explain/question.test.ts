/** What a question takes for a token, an address and the names in a client's certificate. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseQuestion } from "../../../proxy/explain";

describe("a question", () => {
    it("sends a token as Authorization, however it was pasted, and what is none not at all", () => {
        for (const token of ["a.b.c", " a.b.c\n", "Bearer a.b.c"])
            assert.deepEqual(parseQuestion("http://a.test/", { headers: ["x: 1"], token }).headers, [
                "x",
                "1",
                "authorization",
                "Bearer a.b.c",
            ]);
        assert.throws(() => parseQuestion("http://a.test/", { token: " " }), /the token is empty/);
        for (const token of ["a.b.c\nx: 1", "a b", "\u00e4"])
            assert.throws(() => parseQuestion("http://a.test/", { token }), /characters that no token has/);
    });

    it("comes from an address, and with the names of a certificate as policies write them", () => {
        const { clientAddress, clientPrincipals } = parseQuestion("https://a.test/", {
            clientAddress: "2001:db8::1",
            clientPrincipals: ["cluster.local/ns/shop/sa/web", "spiffe://cluster.local/ns/shop/sa/api"],
        });
        assert.equal(clientAddress, "2001:db8::1");
        assert.deepEqual(clientPrincipals, ["spiffe://cluster.local/ns/shop/sa/web", "spiffe://cluster.local/ns/shop/sa/api"]);
        assert.throws(() => parseQuestion("http://a.test/", { clientAddress: "10.0.0.0/8" }), /"10\.0\.0\.0\/8" is no IP address/);
        assert.deepEqual(
            Object.keys(parseQuestion("http://a.test/")).filter((key) => key.startsWith("client")),
            [],
        );
    });
});
