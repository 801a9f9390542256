/** The soak in short: as `npm run soak`, with a worker killed and the certificate rotated often enough for half a minute. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { soak, TEN_MINUTES } from "../../../bench/soak/soak";

const SECONDS = 40;
/** What caches of a young process may still grow by. */
const GROWTH_MB = 60;
const SPARE_DESCRIPTORS = 6;

describe(`${SECONDS} seconds of mixed load`, function () {
    this.timeout((SECONDS + 120) * 1000);

    it("lose no request but those of a killed worker, and leave neither memory nor descriptors behind", async () => {
        const result = await soak({ ...TEN_MINUTES, seconds: SECONDS, rotateMs: 4_000, killMs: 15_000 });
        assert.deepEqual(result.failed, []);
        assert.equal(result.kills, 2);
        assert.ok(result.reloads > SECONDS / 2 && result.rotations > 5, JSON.stringify(result));
        assert.ok(result.certificates > 3, `${result.certificates} certificates were seen`);
        for (const kind of ["HTTP/1.1", "HTTPS", "HTTP/2", "gRPC", "WebSocket", "TCP"])
            assert.ok((result.answered[kind] ?? 0) > SECONDS, `${kind}: ${result.answered[kind]}`);
        const [warm, , after] = result.primary;
        assert.ok(after!.megabytes - warm!.megabytes < GROWTH_MB, JSON.stringify(result.primary));
        assert.ok(after!.descriptors - warm!.descriptors <= SPARE_DESCRIPTORS, JSON.stringify(result.primary));
        const [, loaded, idle] = result.workers;
        assert.ok(idle!.sockets < loaded!.sockets, JSON.stringify(result.workers));
    });
});
