/** The line of a request log that people read, whatever the client wrote. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { requestLineFor, type ShownRecord } from "../../../cli/up/request-line";

const plain = (_style: unknown, text: string): string => text;
const line = (record: ShownRecord): string => requestLineFor(record, "istio-ingress/public", plain);
const request: ShownRecord = {
    start_time: "2026-01-02T03:04:05.678Z",
    method: "GET",
    path: "/x?y=1",
    protocol: "HTTP/1.1",
    authority: "web.example.com",
    response_code: 200,
    response_flags: "-",
    response_code_details: "via_upstream",
    duration: 3,
    upstream_cluster: "outbound|80|v1|web.shop.svc.cluster.local",
};

describe("a line of the request log", () => {
    it("says when, what, how long and where to", () => {
        assert.equal(line(request), "03:04:05.678  200  GET web.example.com/x?y=1  3 ms  → web.shop/v1:80  istio-ingress/public");
    });

    it("says why where it did not go well", () => {
        const lost: ShownRecord = {
            ...request,
            response_code: 503,
            response_flags: "UF",
            response_code_details: "upstream_reset_before_response_started{connection_failure}",
            upstream_transport_failure_reason: "ECONNREFUSED",
        };
        assert.match(line(lost), /503 .* UF upstream_reset_before_response_started\{connection_failure\} ECONNREFUSED/);
        const nowhere = {
            ...request,
            response_code: 404,
            response_flags: "NR",
            response_code_details: "route_not_found",
            upstream_cluster: null,
        };
        assert.match(line(nowhere), /404 .*3 ms {2}NR route_not_found {2}istio-ingress/);
        assert.match(line({ ...request, response_code: 0, response_flags: "DC" }), / --- /);
    });

    it("tells of a connection without requests by its server name and bytes", () => {
        const connection: ShownRecord = {
            start_time: request.start_time!,
            requested_server_name: "db.example.com",
            bytes_received: 5,
            bytes_sent: 7,
            duration: 9,
            upstream_cluster: "outbound|3306||db.shop.svc.cluster.local",
        };
        assert.equal(line(connection), "03:04:05.678  tcp  db.example.com  5 B in, 7 B out  9 ms  → db.shop:3306  istio-ingress/public");
    });

    it("is one line that no terminal obeys, whatever there is in the request", () => {
        for (const bad of ["\r\n", "\u001b[2J", "\u009b31m", "\u202e", "\u2028", "\ud800", "\u0007"])
            for (const field of [
                "method",
                "path",
                "authority",
                "response_flags",
                "response_code_details",
                "upstream_transport_failure_reason",
            ])
                assert.doesNotMatch(line({ ...request, [field]: `a${bad}b` }), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u, field);
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                assert.doesNotMatch(line({ ...request, path: text, authority: text }), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
            }),
            { numRuns: 100 },
        );
        assert.ok(line({ ...request, path: "x".repeat(50_000) }).length < 400);
    });

    it("has its colours by the status", () => {
        const styles: string[] = [];
        for (const response_code of [200, 301, 404, 500])
            requestLineFor({ ...request, response_code }, "g", (style, text) => {
                if (text === String(response_code)) styles.push(String(style));
                return text;
            });
        assert.deepEqual(styles, ["green", "cyan", "yellow", "red"]);
    });
});
