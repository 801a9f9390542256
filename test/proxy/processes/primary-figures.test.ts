/** What the primary tells of the configuration, of certificates and of its workers. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { finding } from "../../../istio/findings";
import { PrimaryFigures, type FiguresView } from "../../../proxy/processes/primary-figures";
import { emptyTables, type SecretEntry, type Tables } from "../../../proxy/tables";
import { Ledger, samplesOf } from "../../../proxy/telemetry";
import { makeSelfSigned } from "../../support/certificates";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

async function told(figures: PrimaryFigures, ledger: Ledger): Promise<Record<string, number>> {
    ledger.told(figures, await figures.look());
    return Object.fromEntries(samplesOf(ledger.total()));
}

const secretOf = (key: string, certificate: string): SecretEntry => ({
    key,
    certificate,
    privateKey: "",
    ca: "",
    fingerprint: key,
    origin: { group: "", kind: "Secret", namespace: "a", name: "b", field: "" },
});

describe("the figures of the primary", () => {
    it("tell of each certificate when it expires, and of those only that are served", async () => {
        const tables = (...secrets: SecretEntry[]): Tables => ({
            ...emptyTables(),
            secrets: new Map(secrets.map((one) => [one.key, one])),
        });
        const view: Mutable<FiguresView> = { version: 3, tables: undefined, findings: [], workers: [] };
        const figures = new PrimaryFigures(view, "1.2.3");
        const ledger = new Ledger();
        try {
            const { cert } = await makeSelfSigned({ dns: ["a.test"] });
            view.tables = tables(
                secretOf("kubernetes://a/web", cert),
                secretOf("kubernetes://a/ca", ""),
                secretOf("kubernetes://a/odd", "odd"),
            );
            const first = await told(figures, ledger);
            const names = Object.keys(first).filter((name) => name.includes("certificate"));
            assert.deepEqual(names, [
                'gatehouse_certificate_not_after_timestamp_seconds{secret="kubernetes://a/web"}',
                'gatehouse_certificate_expires_in_seconds{secret="kubernetes://a/web"}',
            ]);
            const [notAfter = 0, remaining = 0] = names.map((name) => first[name]!);
            assert.ok(Math.abs(notAfter - remaining - Date.now() / 1000) < 5);
            assert.equal(first['gatehouse_build_info{version="1.2.3"}'], 1);
            assert.equal(first["gatehouse_config_version"], 3);
            view.tables = tables();
            assert.deepEqual(
                Object.keys(await told(figures, ledger)).filter((name) => name.includes("certificate")),
                [],
            );
        } finally {
            figures.stop();
        }
    });

    it("count changes, and what is rejected once for as long as it is so", async () => {
        const bad = [finding("GH0401", {}, "no"), finding("GH0456", {}, "a warning")];
        const view: Mutable<FiguresView> = { version: 0, tables: undefined, findings: bad, workers: [] };
        const figures = new PrimaryFigures(view, "1");
        const ledger = new Ledger();
        try {
            assert.equal((await told(figures, ledger))["gatehouse_config_last_success_timestamp_seconds"], 0);
            figures.compiled(true);
            figures.compiled(false);
            figures.failed();
            figures.found(bad);
            figures.found([...bad]);
            figures.found([]);
            figures.found(bad);
            const all = await told(figures, ledger);
            assert.deepEqual(
                ['gatehouse_config_rejects_total{reason="GH0401"}', 'gatehouse_config_rejects_total{reason="failed"}'].map(
                    (name) => all[name],
                ),
                [2, 1],
            );
            assert.equal(all["gatehouse_config_changes_total"], 1);
            assert.deepEqual([all['gatehouse_findings{level="Error"}'], all['gatehouse_findings{level="Warning"}']], [1, 1]);
            assert.ok(all["gatehouse_config_age_seconds"]! < 60 && all["gatehouse_config_last_success_timestamp_seconds"]! > 1.7e9);
            assert.ok(all["process_cpu_seconds_total"]! > 0 && all["process_resident_memory_bytes"]! > 1e6);
            if (process.platform === "linux") assert.ok(all["process_open_fds"]! > 3 && all["process_max_fds"]! > all["process_open_fds"]!);
        } finally {
            figures.stop();
        }
    });
});
