/** What is traced: off unless a provider is named, the narrower scope wins, as istiod merges Telemetry objects and the mesh's configuration. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { configDump } from "../../../../proxy/admin/config-dump";
import type { TracingEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml } from "../support";

const telemetry = (name: string, spec: string, namespace = "istio-system"): string =>
    `\n---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const mesh = (text: string): string =>
    `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata:\n  mesh: |\n${text
        .split("\n")
        .map((line) => `    ${line}`)
        .join("\n")}\n`;
const SERVICE = `\n---\napiVersion: v1\nkind: Service\nmetadata: { name: otel, namespace: obs }\nspec: { ports: [{ name: grpc-otlp, port: 4317 }, { name: http-otlp, port: 4318 }, { name: http-zipkin, port: 9411 }] }\n`;
const HOST = "otel.obs.svc.cluster.local";
const PROVIDERS = `extensionProviders:
- name: otel
  opentelemetry: { service: obs/${HOST}, port: 4317, maxTagLength: 99, grpc: { timeout: 2s, initialMetadata: [{ name: X-Key, envName: KEY }] }, resourceDetectors: { environment: {} } }
- name: http
  opentelemetry: { service: ${HOST}, port: 4318, http: { path: v1/traces, timeout: 7s, headers: [{ name: x-key, value: s3cret }] } }
- name: zip
  zipkin: { service: ${HOST}, port: 9411, enable64bitTraceId: true, traceContextOption: USE_B3_WITH_W3C_PROPAGATION }
- name: dog
  datadog: { service: ${HOST}, port: 1 }`;
const ON = "tracing: [{ providers: [{ name: otel }] }]";
const LABELS = { istio: "ingressgateway", app: "gw", "service.istio.io/canonical-name": "edge-gw" };

function compile(yaml: string, config = PROVIDERS): ReturnType<typeof compileYaml> {
    return compileYaml(mesh(config) + SERVICE + yaml, { namespace: "edge", labels: LABELS });
}
const entryOf = (yaml: string, config?: string): TracingEntry | undefined => compile(yaml, config).tables.tracing.get("default");
const tags = (entry: TracingEntry | undefined): unknown =>
    Object.fromEntries((entry?.tags ?? []).filter(({ name }) => !name.startsWith("istio.")).map(({ name, kind }) => [name, kind]));

describe("tracing", () => {
    it("is off when nobody asks, and where a provider alone is defined", () => {
        assert.equal(entryOf(""), undefined);
        assert.equal(entryOf(telemetry("m", "{ tracing: [{ randomSamplingPercentage: 50 }] }")), undefined);
        assert.equal(entryOf(telemetry("m", "{ tracing: [{ match: { mode: SERVER }, providers: [{ name: otel }] }] }")), undefined);
    });

    it("goes to the provider's service as any other destination, by gRPC unless it says HTTP", () => {
        const { tables } = compile(telemetry("m", `{ ${ON} }`));
        const { collector, randomPercent, propagation, maxPathLength, usesRequestId } = tables.tracing.get("default")!;
        const { origin, resource, ...rest } = collector;
        assert.deepEqual(rest, {
            provider: "otel",
            cluster: `outbound|4317||${HOST}`,
            authority: HOST,
            protocol: "otlp-grpc",
            path: "",
            timeoutMs: 2_000,
            headers: [{ name: "x-key", envName: "KEY" }],
            hasEnvironment: true,
        });
        assert.deepEqual(
            [resource[0], origin.name, origin.field],
            [["service.name", "gw.edge"], "istio", "data.mesh.extensionProviders[0]"],
        );
        assert.deepEqual([randomPercent, propagation, maxPathLength, usesRequestId], [1, "w3c", 99, true]);
        assert.equal(tables.clusters.get(rest.cluster)!.protocol, "http2");
        const http = entryOf(telemetry("m", "{ tracing: [{ providers: [{ name: http }] }] }"))!.collector;
        assert.deepEqual([http.protocol, http.path, http.timeoutMs], ["otlp-http", "/v1/traces", 7_000]);
        const zipkin = entryOf(telemetry("m", "{ tracing: [{ providers: [{ name: zip }] }] }"))!;
        assert.deepEqual([zipkin.collector.path, zipkin.propagation, zipkin.hasShortIds], ["/api/v2/spans", "b3-w3c", true]);
    });

    it("shows no header's value that may be a key", () => {
        const { tables } = compile(telemetry("m", "{ tracing: [{ providers: [{ name: http }] }] }"));
        const text = JSON.stringify(configDump(tables));
        assert.match(text, /redacted/);
        assert.doesNotMatch(text, /s3cret/);
    });

    it("is what the narrower scope says of each setting, and tags as a whole", () => {
        const wide = telemetry(
            "m",
            `{ tracing: [{ providers: [{ name: zip }], randomSamplingPercentage: 5, customTags: { a: { literal: { value: x } } } }] }`,
        );
        const own = (spec: string): TracingEntry | undefined => entryOf(wide + telemetry("ns", `{ tracing: [${spec}] }`, "edge"));
        assert.equal(own("{ providers: [{ name: otel }] }")!.collector.provider, "otel");
        assert.deepEqual([own("{ randomSamplingPercentage: 0 }")!.randomPercent, own("{}")!.randomPercent], [0, 5]);
        assert.deepEqual(tags(own("{ customTags: { b: { header: { name: X-B } }, c: { environment: { name: C, defaultValue: d } } } }")), {
            b: "header",
            c: "environment",
        });
        assert.deepEqual(tags(own("{}")), { a: "literal" });
        assert.equal(own("{ disableSpanReporting: true }"), undefined);
        assert.equal(own("{ disableContextPropagation: true }")!.noPropagation, true);
        assert.equal(own("{ useRequestIdForTraceSampling: false }")!.usesRequestId, false);
        const names = own("{}")!.tags.map(({ name }) => name);
        assert.deepEqual(names, [
            "a",
            "istio.canonical_revision",
            "istio.canonical_service",
            "istio.cluster_id",
            "istio.mesh_id",
            "istio.namespace",
        ]);
        assert.deepEqual(own("{ enableIstioTags: false }")!.tags.length, 1);
    });

    it("falls back to the mesh's configuration: provider, sampling, tags, length and the name", () => {
        const more = `${PROVIDERS}
defaultProviders: { tracing: [http, otel] }
defaultConfig: { tracingServiceName: CANONICAL_NAME_AND_NAMESPACE, tracing: { sampling: 20, maxPathTagLength: 77, customTags: { z: { literal: { value: v } } } } }`;
        const entry = entryOf("", more)!;
        assert.deepEqual(
            [entry.collector.provider, entry.randomPercent, entry.maxPathLength, entry.collector.resource[0], tags(entry)],
            ["http", 20, 77, ["service.name", "edge-gw.edge"], { z: "literal" }],
        );
        assert.equal(entryOf(telemetry("m", "{ tracing: [{ disableSpanReporting: true }] }"), more), undefined);
    });

    it("takes numbers that are said as text, as ProtoJSON does", () => {
        const tracing = (said: string): TracingEntry | undefined =>
            entryOf(telemetry("m", `{ ${ON} }`), `${PROVIDERS}\ndefaultConfig: { tracing: ${said} }`);
        assert.equal(tracing('{ sampling: "20.5" }')?.randomPercent, 20.5);
        assert.equal(tracing('{ sampling: "5e1" }')?.randomPercent, 50);
        assert.equal(tracing('{ sampling: "all" }')?.randomPercent, 1);
        assert.equal(tracing('{ maxPathTagLength: "33" }')?.maxPathLength, 99, "the provider's own comes first, and says 99");
    });

    it("has each setting of the narrowest mesh configuration that says it", () => {
        const own = `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: own, namespace: edge, labels: { gatehouse.dev/mesh-config: "true" } }\ndata:\n  mesh: |\n    defaultConfig: { tracing: { sampling: 7, customTags: { a: { literal: { value: own } } } } }\n`;
        const shared = `${PROVIDERS}
defaultConfig: { tracingServiceName: CANONICAL_NAME_AND_NAMESPACE, tracing: { sampling: 20, customTags: { a: { header: { name: x } }, b: { literal: { value: v } } } } }`;
        const entry = entryOf(own + telemetry("m", `{ ${ON} }`), shared)!;
        assert.deepEqual([entry.randomPercent, tags(entry)], [7, { a: "literal", b: "literal" }]);
        assert.deepEqual(entry.collector.resource[0], ["service.name", "edge-gw.edge"]);
    });

    it("has tags by formats of access logs", () => {
        const entry = entryOf(
            telemetry(
                "m",
                '{ tracing: [{ providers: [{ name: otel }], customTags: { f: { formatter: { value: "%RESPONSE_FLAGS%/%REQ(a)%" } } } }] }',
            ),
        );
        assert.deepEqual(tags(entry), { f: "format" });
    });

    it("leaves out tags of the mesh's configuration that say no text, each named, and tells all others", () => {
        const wrong = {
            a: 5,
            b: { literal: { value: 5 } },
            c: { literal: "x" },
            d: { header: { name: "x", defaultValue: 5 } },
            e: { header: {} },
            f: { environment: { name: 5 } },
            g: { formatter: {} },
            h: { formatter: { value: "%REQ(a%" } },
        };
        const customTags = { ...wrong, fine: { header: { name: "X-A" } } };
        const yaml = telemetry("m", `{ ${ON} }`);
        const config = `${PROVIDERS}\ndefaultConfig: { tracing: { customTags: ${JSON.stringify(customTags)} } }`;
        assert.deepEqual(tags(entryOf(yaml, config)), { fine: "header" });
        const told = codesOf(compile(yaml, config))
            .map(String)
            .filter((one) => one.includes("customTags"));
        assert.deepEqual(
            told.map((one) => /customTags\.(\w)/.exec(one)?.[1]),
            Object.keys(wrong),
        );
        for (const one of told) assert.match(one, /^GH0497 ConfigMap istio-system\/istio data\.mesh\.defaultConfig\.tracing\.customTags/);
    });

    for (const [title, yaml, config, message] of [
        [
            "a provider that is not there",
            telemetry("m", "{ tracing: [{ providers: [{ name: otle }] }] }"),
            PROVIDERS,
            /"otle" is the name of no extension provider; nothing is traced/,
        ],
        [
            "a provider that takes none",
            telemetry("m", "{ tracing: [{ providers: [{ name: dog }] }] }"),
            PROVIDERS,
            /datadog, which takes no traces/,
        ],
        [
            "a service that is not there",
            telemetry("m", `{ ${ON} }`),
            PROVIDERS.replaceAll(HOST, "no.obs.svc.cluster.local"),
            /No Service or ServiceEntry of the name no\.obs.*nothing is traced/,
        ],
        ["a port that is not there", telemetry("m", `{ ${ON} }`), PROVIDERS.replace("4317", "4399"), /has no port 4399/],
        ["a provider that is wrong", telemetry("m", `{ ${ON} }`), PROVIDERS.replace("port: 4317", "port: no"), /port is no such number/],
        [
            "a tag by a format that is none",
            telemetry("m", '{ tracing: [{ providers: [{ name: otel }], customTags: { f: { formatter: { value: "%REQ(a%" } } } }] }'),
            PROVIDERS,
            /tag f is not told/,
        ],
        [
            "a tag by an operator that is none",
            telemetry("m", '{ tracing: [{ providers: [{ name: otel }], customTags: { f: { formatter: { value: "%NOBODY%" } } } }] }'),
            PROVIDERS,
            /Of the tag f these have no value: .*NOBODY/,
        ],
        [
            "a tracer by an address alone",
            "",
            "defaultConfig: { tracing: { zipkin: { address: zipkin.obs:9411 } } }",
            /Tracers by an address alone/,
        ],
    ] as const) {
        it(`says of ${title} where it stands and what comes of it`, () => {
            const compiled = compile(yaml, config);
            assert.ok(
                codesOf(compiled).some((code) => String(code).includes("GH0497")),
                JSON.stringify(compiled.findings),
            );
            assert.ok(
                compiled.findings.some((one) => one.code === "GH0497" && message.test(one.message)),
                JSON.stringify(compiled.findings),
            );
        });
    }
});
