/** A thousand tunnels through a forward proxy at once. */
import { describe, it } from "mocha";
import { CAN_COUNT, echoing, holdSlowTunnels, proxyTo } from "../../proxy/egress/slow-tunnels";

describe("a thousand slow tunnels", () => {
    it("are open at once, pass what little comes, and give every descriptor back however they end", async function () {
        if (!CAN_COUNT) return void this.skip();
        this.timeout(60_000);
        const outside = await echoing();
        const rig = await proxyTo(outside);
        try {
            await holdSlowTunnels(rig, outside, 1_000);
        } finally {
            rig.close();
            outside.close();
        }
    });
});
