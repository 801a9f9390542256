/** Clients and backends that go away at any byte. */
import { describe, it } from "mocha";
import { abortAtRandom } from "./support/aborts";

describe("connections under random aborts", () => {
    it("leak no socket and give no response to another request in 400 of them", async function () {
        this.timeout(600_000);
        await abortAtRandom(400);
    });
});
