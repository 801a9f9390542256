import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { choiceText, endpointsText } from "../../../proxy/explain/choice";
import { cluster } from "../snapshot/entries";

describe("explain of the choice of an endpoint", () => {
    it("says who comes first, and who then", () => {
        const one = { port: 80, weight: 1 };
        assert.equal(
            endpointsText([
                { ...one, address: "10.0.0.1", priority: 1 },
                { ...one, address: "10.0.0.2" },
                { ...one, address: "fd00::1" },
                { ...one, address: "10.0.0.3", priority: 2 },
            ]),
            "10.0.0.2:80, [fd00::1]:80; as far as these are not well: 10.0.0.1:80; as far as these are not well: 10.0.0.3:80",
        );
    });

    it("says what a client is known by", () => {
        const said = (hash: NonNullable<Parameters<typeof choiceText>[0]>["hash"], protocol: "http1" | "tcp" = "http1"): string =>
            choiceText(cluster("c", { lb: "RING_HASH", protocol, ...(hash ? { hash } : {}) }));
        const cookie = { kind: "cookie", name: "sid", path: "", attributes: [] } as const;
        assert.equal(said(undefined), "");
        assert.equal(said({ policy: { kind: "header", name: "x-user" } }), ", one endpoint for one x-user");
        assert.equal(said({ policy: { kind: "header", name: "x-user" } }, "tcp"), "");
        assert.equal(said({ policy: { kind: "query", name: "user" } }), ", one endpoint for one parameter user");
        assert.equal(said({ policy: { kind: "sourceIp" } }, "tcp"), ", one endpoint for one client's address");
        assert.equal(said({ policy: cookie }), ", one endpoint for one cookie sid");
        assert.equal(said({ policy: { ...cookie, ttlSeconds: 0 } }), ", one endpoint for one cookie sid, which is given to who has none");
        assert.equal(choiceText(cluster("c", { zoneAware: { zone: "r/z", minClusterSize: 6 } })), ", those of r/z first");
    });
});
