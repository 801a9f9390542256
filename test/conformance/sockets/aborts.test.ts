/** Clients and backends that go away at any byte, for as long as it takes for rare orders of events to come. */
import { describe, it } from "mocha";
import { abortAtRandom } from "../../proxy/codec/support/aborts";

describe("connections under random aborts", () => {
    it("leak no socket and give no response to another request in 10,000 of them", async function () {
        this.timeout(600_000);
        await abortAtRandom(10_000);
    });
});
