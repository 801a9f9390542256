import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../../istio";
import { healthCheckAnnotations } from "../../../components/health-check";
import { HEALTH_CHECK_ANNOTATION, readHealthCheck } from "../../../istio/semantics";

const DEFAULTS = { intervalMs: 10_000, jitterMs: 1_000, timeoutMs: 1_000, unhealthyThreshold: 3, healthyThreshold: 1 };

describe("the annotation of a health check", () => {
    it("is read with Envoy's words and our defaults", () => {
        const rows: [text: string, check: object][] = [
            ['{"tcp":{}}', { ask: { kind: "tcp" }, ...DEFAULTS }],
            ['{"http":{"path":"/h"}}', { ask: { kind: "http", path: "/h", statuses: [[200, 200]] }, ...DEFAULTS }],
            ['{"grpc":{}}', { ask: { kind: "grpc", service: "" }, ...DEFAULTS }],
            [
                '{"http":{"path":"/h?a=b","host":"a.test:81","expectedStatuses":["204","300-399"]},"port":81,"interval":"2s","jitter":"0s","timeout":"500ms","unhealthyThreshold":1,"healthyThreshold":4}',
                {
                    ask: {
                        kind: "http",
                        path: "/h?a=b",
                        host: "a.test:81",
                        statuses: [
                            [204, 204],
                            [300, 399],
                        ],
                    },
                    port: 81,
                    intervalMs: 2_000,
                    jitterMs: 0,
                    timeoutMs: 500,
                    unhealthyThreshold: 1,
                    healthyThreshold: 4,
                },
            ],
        ];
        for (const [text, check] of rows) assert.deepEqual(readHealthCheck(text), check, text);
    });

    it("is read as the component writes it", () => {
        const text = healthCheckAnnotations({ grpc: { service: "shop" }, interval: "5s" })[HEALTH_CHECK_ANNOTATION] ?? "";
        assert.deepEqual(readHealthCheck(text), { ask: { kind: "grpc", service: "shop" }, ...DEFAULTS, intervalMs: 5_000, jitterMs: 500 });
    });

    it("says what is wrong with it, in a DestinationRule by its field", () => {
        const rows: [text: string, fault: string][] = [
            ["{", "it is no JSON"],
            ["[]", "wanted an object"],
            ["null", "wanted an object"],
            ["{}", "none of http, tcp and grpc, wanted one"],
            ['{"tcp":{},"grpc":{}}', "tcp and grpc of http, tcp and grpc, wanted one"],
            ['{"tcp":{},"retries":1}', 'has no field "retries"'],
            ['{"tcp":{"port":1}}', 'tcp: has no field "port"'],
            ['{"http":{}}', 'http.path: got nothing, wanted a path as in "/healthz"'],
            ['{"http":{"path":"h"}}', 'http.path: got "h"'],
            ['{"http":{"path":"/a b"}}', 'http.path: got "/a b"'],
            ['{"http":{"path":"/","host":""}}', 'http.host: got ""'],
            ['{"http":{"path":"/","host":"a\\r\\nb"}}', 'http.host: got "a\\r\\nb"'],
            [
                '{"http":{"path":"/","expectedStatuses":["20"]}}',
                'http.expectedStatuses: got "20", wanted a status, or a range as in "200-299"',
            ],
            [
                '{"http":{"path":"/","expectedStatuses":["300-200"]}}',
                'http.expectedStatuses: got "300-200", wanted a status, or a range as in "200-299"',
            ],
            ['{"http":{"path":"/","expectedStatuses":[]}}', 'http.expectedStatuses: wanted a list as in ["200", "300-399"]'],
            ['{"tcp":{},"interval":"0s"}', 'interval: got "0s", wanted a time as in "10s", from 10 ms to a day'],
            ['{"tcp":{},"interval":5}', 'interval: got 5, wanted a time as in "10s", from 10 ms to a day'],
            ['{"tcp":{},"unhealthyThreshold":0}', "unhealthyThreshold: got 0, wanted 1 to 1000"],
            ['{"tcp":{},"port":70000}', "port: got 70000, wanted 1 to 65535"],
        ];
        for (const [text, fault] of rows) assert.deepEqual(readHealthCheck(text), { fault }, text);
        const said = (kind: string, spec: object): string[] =>
            validateObject({
                apiVersion: "networking.istio.io/v1",
                kind,
                metadata: { name: "a", namespace: "b", annotations: { [HEALTH_CHECK_ANNOTATION]: '{"tcp":1}' } },
                spec,
            }).findings.map(({ code, field, message }) => `${code} ${field}: ${message}`);
        const field = `metadata.annotations["${HEALTH_CHECK_ANNOTATION}"]`;
        assert.deepEqual(said("DestinationRule", { host: "app" }), [`GH0104 ${field}: is no health check: tcp: wanted an object`]);
        const other = said("ServiceEntry", {
            hosts: ["a.test"],
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            resolution: "DNS",
        });
        assert.deepEqual(other, [`GH0111 ${field}: a ServiceEntry has no such annotation`]);
    });
});
