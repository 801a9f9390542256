/** proxy-status says in one word how it stands, and in a line each why. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { statusOf } from "../../../cli/introspect/proxy-status";
import { finding } from "../../../istio";
import { rejectsOf } from "../../../proxy/admin/rejects";
import { compileYaml } from "../../proxy/compiler/support";

const CART = { group: "networking.istio.io", kind: "VirtualService", namespace: "shop", name: "cart" };
const PLACE = { file: "a.yaml", line: 3 };
const worker = (number: number, version: number, staleSeconds = 0): Parameters<typeof statusOf>[1]["workers"][number] => ({
    number,
    restarts: 0,
    version,
    inSync: staleSeconds === 0,
    staleSeconds,
});
const SYNC: Parameters<typeof statusOf>[1] = {
    gatehouse: "1.0.0",
    ready: true,
    draining: false,
    version: 5,
    workers: [worker(1, 5), worker(2, 5)],
    source: { kind: "directory" },
    rejected: [],
};

describe("the status of a proxy", () => {
    it("is SYNCED where every worker serves what the source has", () => {
        const { status, CDS, LDS, EDS, RDS, SDS, reasons } = statusOf("a", SYNC);
        assert.deepEqual([status, CDS, LDS, EDS, RDS, SDS, reasons], ["SYNCED", "SYNCED", "SYNCED", "SYNCED", "SYNCED", "SYNCED", []]);
    });

    it("is STALE while one worker is behind, or the source has been silent, with the age", () => {
        const late = statusOf("a", { ...SYNC, workers: [worker(1, 5), worker(2, 4, 12)] });
        assert.deepEqual(
            [late.status, late.staleSeconds, late.reasons],
            ["STALE", 12, ["STALE: worker 2 serves version 4 of 5, for 12 s"]],
        );
        const silent = statusOf("a", { ...SYNC, source: { kind: "kubernetes", behindSeconds: 95 } });
        assert.deepEqual([silent.status, silent.staleSeconds], ["STALE", 95]);
        assert.equal(statusOf("a", { ...SYNC, source: { kind: "kubernetes", behindSeconds: 5 } }).status, "SYNCED");
    });

    it("is STALE while a worker is started again and serves nothing yet", () => {
        const { status, reasons } = statusOf("a", { ...SYNC, workers: [worker(1, 5), { ...worker(2, 0), inSync: false, restarts: 3 }] });
        assert.deepEqual([status, reasons], ["STALE", ["STALE: worker 2 has begun and serves nothing yet; it was started again 3 times"]]);
    });

    it("is NOT SENT before anything was read", () => {
        assert.equal(statusOf("a", { ...SYNC, version: 0 }).status, "NOT SENT");
        assert.equal(statusOf("a", { ...SYNC, source: null }).status, "NOT SENT");
    });

    it("is REJECTED for the object that is not in force as it stands, in the service of its kind, with the reason", () => {
        const bad = finding("GH0101", { object: CART, field: "spec.htp", place: PLACE }, "There is no field htp.", "Write http.");
        const kept = finding("GH0403", { object: CART, place: PLACE }, "The last good version stays in force.");
        const other = finding("GH0433", { object: { ...CART, name: "other" } }, "A rule is never reached.");
        const rejected = rejectsOf([bad, kept, other]);
        const { status, RDS, CDS, reasons } = statusOf("a", { ...SYNC, rejected });
        assert.deepEqual([status, RDS, CDS], ["REJECTED", "REJECTED", "SYNCED"]);
        assert.deepEqual(reasons, [
            "REJECTED: VirtualService shop/cart spec.htp: There is no field htp (a.yaml:3) [GH0101]; the last good version is served. Write http.",
        ]);
    });

    it("names of a worker's refusal and of a file that can't be read what they are, and what is served instead", () => {
        const refused = finding("GH0487", { object: CART }, "cart was refused by a worker.");
        const absent = finding("GH0404", { object: { ...CART, name: "never" } }, "It has never been good.");
        const unreadable = finding("GH0401", { place: PLACE }, "a.yaml can't be read.");
        assert.deepEqual(
            rejectsOf([refused, absent, unreadable]).map((one) => [one.object?.name, one.code, one.served]),
            [
                ["cart", "GH0487", "the last good version"],
                ["never", "GH0404", "nothing of it"],
                [undefined, "GH0401", "what was read of it before"],
            ],
        );
    });

    it("is REJECTED for the Gateway whose host or port another one has, and says which one that is and why, and what is served", () => {
        const gateway = (name: string, server: string): string =>
            `---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: ${name}, namespace: istio-system }\n` +
            `spec: { selector: { istio: ingressgateway }, servers: [${server}] }\n`;
        const tls = (hosts: string): string =>
            `{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [${hosts}], tls: { mode: SIMPLE, credentialName: x } }`;
        const tcp = "{ port: { number: 9000, name: tcp, protocol: TCP }, hosts: ['*'] }";
        const { findings } = compileYaml(
            gateway("a", `${tls("shared.example.com")}, ${tcp}`) + gateway("b", `${tls("shared.example.com, b.example.com")}, ${tcp}`),
        );
        const { status, LDS, RDS, reasons } = statusOf("a", { ...SYNC, rejected: rejectsOf(findings) });
        assert.deepEqual([status, LDS, RDS], ["REJECTED", "REJECTED", "SYNCED"]);
        const told = (field: string, what: string): RegExp =>
            new RegExp(
                `^REJECTED: Gateway istio-system/b ${field}: ${what} Gateway istio-system/a .*, which comes first by name; .*what else stands in it is served`,
            );
        assert.equal(reasons.length, 2);
        for (const [field, what] of [
            ["spec.servers\\[0\\].hosts\\[0\\]", "Host shared.example.com on port 443 is already served by"],
            ["spec.servers\\[1\\]", "Port 9000 is already served as TCP by"],
        ] as const)
            assert.ok(
                reasons.some((one) => told(field, what).test(one)),
                `${what}: ${reasons.join("\n")}`,
            );
    });
});
