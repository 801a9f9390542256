/** Who asks for metrics gets the format that they like best, of those that there are. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { acceptsGzip, wantedFormat } from "../../../proxy/admin/accepted-formats";

/** As Prometheus 2 and 3 send it. */
const PROMETHEUS_2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

describe("the format of metrics", () => {
    for (const [accept, format] of [
        [undefined, "text"],
        ["", "text"],
        ["*/*", "text"],
        ["text/html,*/*;q=0.8", "text"],
        ["text/plain", "text"],
        [PROMETHEUS_2, "openmetrics"],
        [PROMETHEUS_3, "openmetrics"],
        ["application/openmetrics-text", "openmetrics"],
        ['Application/OpenMetrics-Text; Version="1.0.0"', "openmetrics"],
        ["application/openmetrics-text;version=0.0.1", "text"],
        ["application/openmetrics-text;version=1.0.0;q=0", "text"],
        ["application/openmetrics-text;version=1.0.0;q=0.1,text/plain;q=0.9", "text"],
        ["application/openmetrics-text;q=x", "text"],
        [";;,,=", "text"],
    ] as const)
        it(`is ${format} for ${JSON.stringify(accept)}`, () => assert.equal(wantedFormat(accept), format));

    it("is compressed for those who take that", () => {
        const taken = ["gzip", "deflate, GZIP;q=0.5", "*", "x-gzip"].map((one) => acceptsGzip(one));
        assert.deepEqual(taken, [true, true, true, true]);
        const refused = [undefined, "", "identity", "br", "gzip;q=0", "gzip;q=0, *"].map((one) => acceptsGzip(one));
        assert.deepEqual(refused, [false, false, false, false, false, false]);
    });
});
