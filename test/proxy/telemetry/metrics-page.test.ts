/** docs/observability.md has every metric that is served, and no other. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { CODEC_FIGURES } from "../../../proxy/codec";
import { PrimaryFigures } from "../../../proxy/processes/primary-figures";
import { emptyTables } from "../../../proxy/tables";
import { Figures, IstioMetrics, MetricRegistry, ProcessFigures } from "../../../proxy/telemetry";
import { exposedName } from "../../../proxy/telemetry/names";
import { root } from "../../support/checkout";
import { table, withTables } from "../../support/markdown-tables";
import { FIELDS } from "./istio/support";

function definitions(): MetricRegistry["definitions"] {
    const { registry } = new Figures({ openConnections: () => 0, droppedLogLines: () => 0, codecs: CODEC_FIGURES });
    const istio = new MetricRegistry();
    new IstioMetrics(istio, FIELDS).configure();
    const own = new MetricRegistry();
    new ProcessFigures(own, "worker-1").stop();
    const primary = new PrimaryFigures({ version: 1, tables: emptyTables(), findings: [], workers: [] }, "1");
    primary.stop();
    const all = [istio, registry, primary.registry, own].flatMap((one) => one.definitions);
    return all.filter((one, at) => all.findIndex(({ name }) => name === one.name) === at);
}

/** Those of Istio's labels that all of its metrics have are said once. */
function labelsText(name: string, labels: readonly string[]): string {
    if (!name.startsWith("istio_")) return labels.map((label) => `\`${label}\``).join(", ");
    const own = labels.filter((label) => !/^(reporter|source_|destination_)/.test(label));
    return ["Istio's", ...own.map((label) => `\`${label}\``)].join(", ");
}

describe("the page of metrics", () => {
    it("lists all of them as they are told", () => {
        const page = path.join(root, "docs", "observability.md");
        const metrics = table(
            ["metric", "type", "labels", "meaning"],
            definitions().map((one) => [`\`${exposedName(one)}\``, one.kind, labelsText(one.name, one.labels), one.help]),
        );
        const wanted = withTables(readFileSync(page, "utf8"), { metrics });
        // `UPDATE=1 npx mocha test/proxy/telemetry` writes the page anew after a metric was added.
        if (process.env["UPDATE"]) writeFileSync(page, wanted);
        assert.equal(readFileSync(page, "utf8"), wanted);
    });

    it("has names that Prometheus takes, each once and each with what it counts", () => {
        const names = definitions().map(exposedName);
        assert.equal(new Set(names).size, names.length);
        for (const name of names) assert.match(name, /^(?:gatehouse|istio|process)_[a-z0-9_]+$/);
        for (const { help, labels } of definitions()) {
            assert.notEqual(help, "");
            for (const label of labels) assert.match(label, /^[a-z][a-z_]*$/);
        }
    });
});
