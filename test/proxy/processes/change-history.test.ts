/** What is remembered of changes and rejects: what people ask for, and no more than a bounded part of it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { finding, type Finding } from "../../../istio/findings";
import { ChangeHistory } from "../../../proxy/processes/change-history";
import { diffTables, type Tables } from "../../../proxy/tables";
import { ORIGIN } from "../../support/front";
import { clusterTo, says, tablesOf, type RigEntries } from "../../support/proxy-rig";

const AT = new Date("2026-01-02T03:04:05Z");
const OTHER = { ...ORIGIN, name: "other" };

class Changing {
    readonly history = new ChangeHistory(() => AT);
    #tables: Tables | undefined;
    #version = 0;

    to(entries: RigEntries): this {
        const tables = tablesOf(entries);
        this.history.applied(diffTables(this.#tables, tables, ++this.#version), tables);
        this.#tables = tables;
        return this;
    }
}

function named(name: string, level: "Error" | "Warning" = "Error"): Finding {
    const object = { group: "networking.istio.io", kind: "Gateway", namespace: "ns", name };
    return { ...finding("GH0485", { object, field: "spec.servers[0]" }, `${name} is wrong`, "mend it"), level };
}

describe("the history of changes", () => {
    it("tells what of the tables changed with the objects that it came from, removed ones too, the newest first", () => {
        const host = says("http.80", "a.test", "a");
        const other = { ...says("http.80", "b.test", "b"), origin: OTHER };
        const { report } = new Changing()
            .to({ virtualHosts: [host, other] })
            .to({ virtualHosts: [{ ...host, httpsRedirect: true }, other] })
            .to({ virtualHosts: [{ ...host, httpsRedirect: true }] }).history;
        assert.equal(report.version, 3);
        const ref = ({ group, kind, namespace, name }: typeof ORIGIN) => ({ group, kind, namespace, name });
        assert.deepEqual(report.changes, [
            {
                at: AT.toISOString(),
                version: 3,
                tables: { virtualHosts: { set: 0, removed: 1 } },
                objects: [ref(OTHER)],
                more: 0,
                times: 1,
            },
            {
                at: AT.toISOString(),
                version: 2,
                tables: { virtualHosts: { set: 1, removed: 0 } },
                objects: [ref(ORIGIN)],
                more: 0,
                times: 1,
            },
            { at: AT.toISOString(), version: 1, tables: { virtualHosts: { set: 2, removed: 0 } }, objects: [], more: 0, times: 1 },
        ]);
    });

    it("lets changes of endpoints alone stand as one, so that they push nothing out", () => {
        const changing = new Changing().to(clusterTo("c", 1));
        for (let port = 2; port < 500; port++) changing.to(clusterTo("c", port));
        const { changes } = changing.history.report;
        assert.deepEqual(
            changes.map(({ version, times, objects }) => [version, times, objects.map(({ name }) => name)]),
            [
                [499, 498, [ORIGIN.name]],
                [1, 1, []],
            ],
        );
    });

    it("names the first of many objects and counts the others, and forgets what is long ago", () => {
        const hosts = (text: string) =>
            Array.from({ length: 50 }, (_none, n) => ({ ...says("http.80", `h${n}.test`, text), origin: { ...ORIGIN, name: `o${n}` } }));
        const changing = new Changing();
        for (let n = 0; n < 150; n++) changing.to({ virtualHosts: hosts(String(n)) });
        const { changes } = changing.history.report;
        assert.equal(changes.length, 100);
        assert.deepEqual([changes[0]!.objects.length, changes[0]!.more], [20, 30]);
    });

    it("tells an error with its object, field and reason when it comes and when it is gone, and nothing of warnings", () => {
        const { history } = new Changing();
        history.found([named("a"), named("w", "Warning")]);
        history.found([named("b"), named("a")]);
        history.found([named("b")]);
        const { rejects } = history.report;
        assert.deepEqual(
            rejects.map(({ kind, object, field, reason, code, fix }) => [kind, object?.name, field, reason, code, fix]),
            [
                ["resolved", "a", "spec.servers[0]", "a is wrong", "GH0485", "mend it"],
                ["rejected", "b", "spec.servers[0]", "b is wrong", "GH0485", "mend it"],
                ["rejected", "a", "spec.servers[0]", "a is wrong", "GH0485", "mend it"],
            ],
        );
        for (let n = 0; n < 300; n++) history.found([named(`n${n}`)]);
        assert.equal(history.report.rejects.length, 200);
        history.failed("compilation failed", new Error("boom"));
        assert.deepEqual(history.report.rejects[0], { at: AT.toISOString(), kind: "failed", reason: "compilation failed: boom" });
    });
});
