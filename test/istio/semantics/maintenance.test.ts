import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CLOSED, maintenanceOf, readMaintenance } from "../../../istio/semantics";

const ACME = "/.well-known/acme-challenge/*";

describe("the annotation of maintenance", () => {
    it("is on by `true`, off by `false`, and tuned by an object", () => {
        assert.deepEqual(readMaintenance("true"), { value: CLOSED });
        assert.deepEqual(readMaintenance("{}"), { value: CLOSED });
        assert.deepEqual(readMaintenance("false"), { value: false });
        const bypass = {
            header: { name: "X-Team", value: "edge team" },
            cookie: { name: "team", value: "edge" },
            addresses: ["10.0.0.0/8", "2001:db8::1"],
            paths: ["/healthz", "/internal/*"],
        };
        assert.deepEqual(maintenanceOf({ status: 500, retryAfter: "90s", page: { html: "<p>{{status}}" }, bypass }), {
            value: {
                status: 500,
                retryAfter: "90",
                page: { html: "<p>{{status}}" },
                bypass: { ...bypass, header: { name: "x-team", value: "edge team" }, paths: [ACME, ...bypass.paths] },
            },
        });
        for (const [given, said] of [
            ["2026-01-31T06:00:00Z", "Sat, 31 Jan 2026 06:00:00 GMT"],
            ["2026-01-31T06:00:00+01:00", "Sat, 31 Jan 2026 05:00:00 GMT"],
            ["1500ms", "2"],
            ["0", "0"],
        ]) {
            const read = maintenanceOf({ retryAfter: given });
            assert.ok("value" in read && read.value !== false);
            assert.equal(read.value.retryAfter, said);
        }
    });

    it("says what is wrong with it", () => {
        const rows: [value: unknown, fault: RegExp][] = [
            ["on", /^wanted true, false or an object$/],
            [{ statuses: 503 }, /^has no field "statuses"/],
            [{ status: 200 }, /^\.status: got 200, wanted 500 to 599/],
            [{ status: "503" }, /^\.status: got "503"/],
            [{ retryAfter: 300 }, /^\.retryAfter: got 300, wanted a duration/],
            [{ retryAfter: "2026-13-31T06:00:00Z" }, /^\.retryAfter: got/],
            [{ retryAfter: "-5m" }, /^\.retryAfter: got/],
            [{ page: {} }, /^\.page: has no page/],
            [{ page: { html: "{{path}}" } }, /^\.page\.html: there is no \{\{path\}\}/],
            [{ page: { json: "{" } }, /^\.page\.json: is no JSON/],
            [{ bypass: { ip: [] } }, /^\.bypass: has no field "ip"/],
            [{ bypass: { header: { name: "x team", value: "a" } } }, /^\.bypass\.header\.name: wanted a name/],
            [{ bypass: { header: { name: "x-team", value: "" } } }, /^\.bypass\.header\.value: wanted/],
            [
                { bypass: { header: { name: "X-Forwarded-For", value: "10.0.0.1" } } },
                /^\.bypass\.header\.name: got "X-Forwarded-For", which tells nobody apart/,
            ],
            [{ bypass: { cookie: { name: "a", value: "b;c" } } }, /^\.bypass\.cookie\.value: wanted what a cookie can hold/],
            [{ bypass: { addresses: ["::ffff:10.0.0.0/8"] } }, /^\.bypass\.addresses\[0\]: got "::ffff:10\.0\.0\.0\/8"/],
            [{ bypass: { addresses: ["10.0.0.0/33"] } }, /^\.bypass\.addresses\[0\]: got "10\.0\.0\.0\/33"/],
            [{ bypass: { paths: ["/a", "b"] } }, /^\.bypass\.paths\[1\]: got "b"/],
            [{ bypass: { paths: ["/a*b"] } }, /^\.bypass\.paths\[0\]: got/],
        ];
        for (const [value, fault] of rows) {
            const read = maintenanceOf(value);
            assert.match("fault" in read ? read.fault : "", fault, JSON.stringify(value));
        }
    });
});
