/** Access logs: off by default, the narrower scope wins. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { DEFAULT_TEXT_FORMAT } from "../../../../istio/log-format";
import { codesOf, compileYaml } from "../support";

const telemetry = (name: string, spec: string, namespace = "istio-system", created = "2026-01-01T00:00:00Z"): string =>
    `\n---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: { name: ${name}, namespace: ${namespace}, creationTimestamp: "${created}" }\nspec: ${spec}\n`;
const ON = "accessLogging: [{ providers: [{ name: Envoy }] }]";
const EDGE = { namespace: "edge" } as const;
const log = (yaml: string): unknown => {
    const entry = compileYaml(yaml || "{apiVersion: v1, kind: Pod, metadata: {name: p}}", EDGE).tables.accessLogs.get("envoy");
    return (
        entry && {
            format: entry.to.kind === "file" ? entry.to.format.kind : "record",
            filter: entry.filter,
            from: `${entry.origin.namespace}/${entry.origin.name}`,
        }
    );
};
const SELECT = "selector: { matchLabels: { istio: ingressgateway } }";

describe("the access log", () => {
    for (const [title, yaml, expected] of [
        ["is off when nobody asks", "", undefined],
        ["is on for the mesh", telemetry("mesh", `{ ${ON} }`), { format: "text", filter: "", from: "istio-system/mesh" }],
        ["is on for a namespace", telemetry("ns", `{ ${ON} }`, "edge"), { format: "text", filter: "", from: "edge/ns" }],
        ["is on for a workload", telemetry("w", `{ ${SELECT}, ${ON} }`, "edge"), { format: "text", filter: "", from: "edge/w" }],
        ["is not on for another workload", telemetry("w", `{ selector: { matchLabels: { app: x } }, ${ON} }`, "edge"), undefined],
        ["is not on for another namespace", telemetry("ns", `{ ${ON} }`, "other"), undefined],
        [
            "is off where the workload disables it",
            telemetry("mesh", `{ ${ON} }`) + telemetry("w", `{ ${SELECT}, accessLogging: [{ disabled: true }] }`, "edge"),
            undefined,
        ],
        [
            "is on again where the workload says so",
            telemetry("mesh", "{ accessLogging: [{ providers: [{ name: envoy }], disabled: true }] }") +
                telemetry("w", `{ ${SELECT}, accessLogging: [{ disabled: false }] }`, "edge"),
            { format: "text", filter: "", from: "edge/w" },
        ],
        [
            "leaves a filter without providers alone, as Istio does",
            telemetry("mesh", "{ accessLogging: [{ providers: [{ name: envoy }], filter: { expression: a } }] }") +
                telemetry("ns", '{ accessLogging: [{ filter: { expression: "response.code >= 400" } }] }', "edge"),
            { format: "text", filter: "a", from: "edge/ns" },
        ],
        [
            "replaces providers",
            telemetry("mesh", `{ ${ON} }`) + telemetry("ns", "{ accessLogging: [{ providers: [{ name: otel }] }] }", "edge"),
            undefined,
        ],
        [
            "has nothing of the server's side",
            telemetry("ns", "{ accessLogging: [{ match: { mode: SERVER }, providers: [{ name: envoy }] }] }", "edge"),
            undefined,
        ],
    ] as const) {
        it(title, () => assert.deepEqual(log(yaml), expected));
    }

    it("names a second Telemetry at a level, an unknown provider, and a missing one", () => {
        assert.deepEqual(
            codesOf(compileYaml(telemetry("b", `{ ${ON} }`, "edge") + telemetry("a", `{ ${ON} }`, "edge", "2026-02-01T00:00:00Z"), EDGE)),
            ["GH0456 Telemetry edge/a"],
        );
        assert.ok(
            codesOf(compileYaml(telemetry("a", "{ accessLogging: [{ providers: [{ name: otel }] }] }", "edge"), EDGE)).includes(
                "GH0457 Telemetry edge/a spec.accessLogging[0].providers[0].name",
            ),
        );
        assert.deepEqual(codesOf(compileYaml(telemetry("a", "{ accessLogging: [{}] }", "edge"), EDGE)), [
            "GH0457 Telemetry edge/a spec.accessLogging[0]",
        ]);
    });

    it("says what of the mesh's configuration is not what it should be, and takes all else of it", () => {
        const told = (mesh: object): string[] =>
            compileYaml(
                `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: ${JSON.stringify(JSON.stringify(mesh))} }\n`,
                EDGE,
            ).findings.map(({ code, field }) => `${code} ${field}`);
        assert.deepEqual(told({ accessLogFile: "/dev/stdout", accessLogEncoding: "JSON", accessLogFormat: "{}" }), []);
        assert.deepEqual(told({ accessLogFile: true }), ["GH0479 data.mesh.accessLogFile"]);
        assert.deepEqual(told({ accessLogFile: "/dev/stdout", accessLogEncoding: "json", accessLogFormat: 5 }), [
            "GH0479 data.mesh.accessLogEncoding",
            "GH0479 data.mesh.accessLogFormat",
        ]);
        for (const wrong of ["envoy", [5], { a: 1 }])
            assert.deepEqual(
                told({ defaultProviders: { accessLogging: wrong, metrics: wrong, tracing: wrong } }).filter((one) =>
                    one.includes("default"),
                ),
                [
                    "GH0457 data.mesh.defaultProviders.accessLogging",
                    "GH0469 data.mesh.defaultProviders.metrics",
                    "GH0497 data.mesh.defaultProviders.tracing",
                ],
            );
    });

    describe("at a collector of OpenTelemetry", () => {
        const HOST = "otel.obs.svc.cluster.local";
        const SERVICE =
            "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: otel, namespace: obs }\nspec: { ports: [{ name: grpc, port: 4317 }] }\n";
        const compiled = (settings: string): ReturnType<typeof compileYaml> =>
            compileYaml(
                `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata:\n  mesh: |\n    extensionProviders: [{ name: Otel, envoyOtelAls: ${settings} }]\n` +
                    SERVICE +
                    telemetry(
                        "a",
                        '{ accessLogging: [{ providers: [{ name: otel }], filter: { expression: "response.code > 1" } }] }',
                        "edge",
                    ),
                EDGE,
            );

        it("goes to the provider's service, text and labels as they are said, who tells it as spans do", () => {
            const { tables } = compiled(
                `{ service: obs/${HOST}, port: 4317, logName: edge, logFormat: { text: "%PROTOCOL%", labels: { z: "%RESPONSE_CODE%", a: x, num: 1 } } }`,
            );
            const { to, filter } = tables.accessLogs.get("otel")!;
            assert.ok(to.kind === "otlp");
            const { cluster, protocol, authority, resource } = to.collector;
            assert.deepEqual(
                [filter, to.text, to.attributes, cluster, protocol, authority],
                [
                    "response.code > 1",
                    "%PROTOCOL%",
                    [
                        ["a", "x"],
                        ["num", ""],
                        ["z", "%RESPONSE_CODE%"],
                    ],
                    `outbound|4317||${HOST}`,
                    "otlp-grpc",
                    HOST,
                ],
            );
            assert.deepEqual(resource, [
                ["service.name", "istio-proxy.edge"],
                ["telemetry.sdk.language", "nodejs"],
                ["telemetry.sdk.name", "gatehouse"],
                ["log_name", "edge"],
            ]);
            assert.ok(tables.clusters.has(cluster));
            const short = compiled(`{ service: ${HOST}, port: 4317 }`).tables.accessLogs.get("otel")!.to;
            assert.ok(short.kind === "otlp" && short.text === DEFAULT_TEXT_FORMAT && short.attributes.length === 0);
        });

        for (const [title, settings, code, field] of [
            ["a service that is not there", "{ service: no.obs.svc.cluster.local, port: 4317 }", "GH0457", "envoyOtelAls.service"],
            ["a port that is not there", `{ service: ${HOST}, port: 1 }`, "GH0457", "envoyOtelAls.port"],
            [
                "labels that are none",
                `{ service: ${HOST}, port: 4317, logFormat: { labels: [] } }`,
                "GH0457",
                "envoyOtelAls.logFormat.labels",
            ],
            [
                "a text that can't be read",
                `{ service: ${HOST}, port: 4317, logFormat: { text: "%REQ(" } }`,
                "GH0479",
                "envoyOtelAls.logFormat.text",
            ],
            [
                "a label that can't be read",
                `{ service: ${HOST}, port: 4317, logFormat: { labels: { a: "%REQ(" } } }`,
                "GH0479",
                "envoyOtelAls.logFormat.labels",
            ],
        ] as const)
            it(`logs nothing by ${title}, and says so`, () => {
                const result = compiled(settings);
                assert.equal(result.tables.accessLogs.size, 0);
                assert.deepEqual(codesOf(result), [`${code} ConfigMap istio-system/istio data.mesh.extensionProviders[0].${field}`]);
            });
    });
});
