/** What Telemetry objects change of Istio's metrics: the narrower level has the last word (Istio's mergeMetrics). */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formattedTag, TAG_COMPILERS } from "../../../../proxy/log";
import type { MetricsEntry } from "../../../../proxy/tables";
import { RECORD } from "../../telemetry/istio/support";
import { compileYaml } from "../support";

interface Level {
    readonly namespace?: string;
    readonly selector?: object;
    readonly metrics: readonly object[];
}

function compiled(levels: readonly Level[]): { readonly entry: MetricsEntry | undefined; readonly said: readonly string[] } {
    const documents = levels.map(({ namespace = "istio-system", selector, metrics }, at) =>
        JSON.stringify({
            apiVersion: "telemetry.istio.io/v1",
            kind: "Telemetry",
            metadata: { name: `t${at}`, namespace },
            spec: { ...(selector ? { selector } : {}), metrics },
        }),
    );
    const yaml = documents.length > 0 ? documents.join("\n---\n") : "{apiVersion: v1, kind: Pod, metadata: {name: p}}";
    const { tables, findings } = compileYaml(yaml, { namespace: "edge" });
    return { entry: tables.metrics.get("default"), said: findings.map(({ code, field = "" }) => `${code} ${field}`) };
}

const off = (metric: string): object => ({ match: { metric }, disabled: true });
const names = (entry: MetricsEntry | undefined): readonly string[] => (entry?.metrics ?? []).map(({ metric }) => metric);

describe("Telemetry objects over metrics", () => {
    it("leave all of them as they are where nobody says anything", () => {
        assert.equal(compiled([]).entry, undefined);
    });

    it("switch off what they name, and a narrower one on again", () => {
        const mesh = { metrics: [{ overrides: [off("ALL_METRICS")] }] };
        assert.deepEqual(names(compiled([mesh]).entry), []);
        const own = { namespace: "edge", metrics: [{ overrides: [off("REQUEST_SIZE")] }] };
        const { entry } = compiled([mesh, own]);
        assert.deepEqual([names(entry).length, names(entry).includes("REQUEST_SIZE")], [9, false]);
        const server = { metrics: [{ overrides: [{ match: { metric: "REQUEST_COUNT", mode: "SERVER" }, disabled: true }] }] };
        assert.equal(names(compiled([server]).entry).length, 10, "a gateway is a client");
        const all = { metrics: [{ overrides: [{ match: { metric: "ALL_METRICS", mode: "SERVER" }, disabled: true }] }] };
        assert.equal(names(compiled([all]).entry).length, 10, "of all of them too");
        const none = {
            metrics: [{ overrides: [off("ALL_METRICS"), { match: { metric: "REQUEST_COUNT", mode: "SERVER" }, disabled: false }] }],
        };
        assert.deepEqual(names(compiled([none]).entry), [], "what is on for the server's side is off here");
        const foreign = { metrics: [{ providers: [{ name: "stackdriver" }] }] };
        assert.deepEqual(compiled([foreign]), {
            entry: { key: "default", reportingMs: 5000, metrics: [] },
            said: ["GH0469 spec.metrics[0].providers[0].name"],
        });
    });

    it("are told where a tag names what nothing is called, and not of one that is removed", () => {
        const tagOverrides = {
            host: { value: "request.hots" },
            fine: { value: "request.host" },
            both: { value: 'a.b == c.d ? "1" : "2"' },
            gone: { operation: "REMOVE", value: "" },
        };
        const at = (tag: string): string => `GH0469 spec.metrics[0].overrides[0].tagOverrides[${tag}].value`;
        assert.deepEqual(compiled([{ metrics: [{ overrides: [{ tagOverrides }] }] }]).said, [at("both"), at("both"), at("host")]);
        const { entry } = compiled([{ metrics: [{ overrides: [{ tagOverrides }] }] }]);
        assert.deepEqual(
            entry?.metrics[0]?.tags.map(({ name }) => name),
            ["both", "fine", "gone", "host"],
        );
    });

    it("have no tag without a name, and none that is Prometheus' own", () => {
        const tagOverrides = Object.fromEntries(["", "le", "__name__", "-"].map((name) => [name, { value: "'a'" }]));
        const { entry, said } = compiled([{ metrics: [{ overrides: [{ tagOverrides }] }] }]);
        assert.deepEqual(
            said,
            ["", "__name__", "le"].map((name) => `GH0469 spec.metrics[0].overrides[0].tagOverrides[${name}]`),
        );
        assert.deepEqual(
            entry?.metrics[0]?.tags.map(({ name }) => name),
            ["_"],
        );
    });

    it("change tags level by level, by legal names", () => {
        const tag = (value: string): object => ({ operation: "UPSERT", value });
        const mesh = {
            metrics: [{ overrides: [{ tagOverrides: { "a.b": tag("request.host"), kept: tag("'m'") } }], reportingInterval: "10s" }],
        };
        const workload = {
            namespace: "edge",
            selector: { matchLabels: { istio: "ingressgateway" } },
            metrics: [
                { overrides: [{ match: { metric: "REQUEST_COUNT" }, tagOverrides: { "a.b": { operation: "REMOVE" }, le: tag("1") } }] },
            ],
        };
        const { entry, said } = compiled([mesh, workload]);
        assert.deepEqual(said, ["GH0469 spec.metrics[0].overrides[0].tagOverrides[le]"]);
        assert.equal(entry?.reportingMs, 10_000);
        const tags = entry?.metrics.map(({ metric, tags: all }) => [metric, all.map(({ name, expression }) => [name, expression])]);
        assert.deepEqual(tags?.slice(0, 2), [
            [
                "REQUEST_COUNT",
                [
                    ["a_b", undefined],
                    ["kept", "'m'"],
                ],
            ],
            [
                "REQUEST_DURATION",
                [
                    ["a_b", "request.host"],
                    ["kept", "'m'"],
                ],
            ],
        ]);
    });
});

describe("tags of metrics", () => {
    it("are read of requests by CEL", () => {
        const read = (expression: string): unknown => {
            const reader = TAG_COMPILERS.requests(expression);
            return typeof reader === "string"
                ? "unreadable"
                : reader({ ...RECORD, method: "GET", authority: "a.test", connection: { scheme: "http" } as never });
        };
        assert.deepEqual(["request.host", "response.code", "'x'", "response.code >= 500", "request.headers['none']", "a b"].map(read), [
            "a.test",
            "200",
            "x",
            "false",
            undefined,
            "unreadable",
        ]);
    });

    it("are texts of characters, in metrics, and the bytes that were sent, in traces, where nothing is escaped", () => {
        const sent = {
            ...RECORD,
            method: "GET",
            requestHeaders: ["x-a", '\xc3\xa9"\\', "x-b", "\xff"],
            connection: { scheme: "http" } as never,
        };
        const metric = (expression: string): unknown => {
            const reader = TAG_COMPILERS.requests(expression);
            return typeof reader === "string" ? reader : reader(sent);
        };
        assert.deepEqual(["request.headers['x-a'] + 'ü'", "request.headers['x-b']"].map(metric), ['é"\\ü', "\xff"]);
        assert.equal(formattedTag("ü %REQ(X-A)% %CEL(request.headers['x-a'])%%REQ(NO)%")(sent), '\xc3\xbc \xc3\xa9"\\ \xc3\xa9"\\');
    });
});
