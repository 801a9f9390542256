import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { isOwnDoor, setOwnDoors } from "../../../proxy/net/own-doors";

describe("a proxy's own doors", () => {
    afterEach(() => setOwnDoors([]));

    it("are the address and port that are open, and no other", () => {
        setOwnDoors([
            { address: "127.0.0.1", port: 15080 },
            { address: "127.0.0.5", port: 15080 },
        ]);
        assert.deepEqual(
            [isOwnDoor("127.0.0.1", 15080), isOwnDoor("127.0.0.5", 15080), isOwnDoor("127.0.0.6", 15080), isOwnDoor("127.0.0.1", 15081)],
            [true, true, false, false],
        );
    });

    it("on every address are all of this machine's", () => {
        setOwnDoors([
            { address: "127.0.0.1", port: 15001 },
            { address: "::", port: 15001 },
            { address: "127.0.0.2", port: 15001 },
        ]);
        const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
        for (const address of [...own, "127.0.0.9", "::1", "0.0.0.0"]) assert.ok(isOwnDoor(address, 15001), address);
        assert.equal(isOwnDoor("192.0.2.1", 15001), false);
    });
});
