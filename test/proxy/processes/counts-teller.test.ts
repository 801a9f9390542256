/** A worker tells many series bit by bit, loses none of it, and answers once all is told that was counted when it was asked. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CountsTeller } from "../../../proxy/processes/counts-teller";
import { Ledger, MetricRegistry, type News } from "../../../proxy/telemetry";

const HOSTS = 3_000;
/** Of one turn of the event loop. */
const MOST = 128;

describe("what a worker has counted", () => {
    function worker() {
        const registry = new MetricRegistry(HOSTS);
        const hosts = registry.counters("hosts", "", ["host"]);
        const times = registry.histograms("times", "", ["host"]);
        const count = (by: number): void => {
            for (let at = 0; at < HOSTS; at++) {
                hosts.of(String(at)).add(by);
                times.of(String(at)).observe(by);
            }
        };
        const ledger = new Ledger();
        const said: News[] = [];
        const teller = new CountsTeller(registry, (news) => {
            said.push(news);
            ledger.told(registry, structuredClone(news));
        });
        const total = (): number =>
            ledger
                .total()
                .reduce((sum, { name, series }) => sum + (name === "hosts" ? series.reduce((n, [, [one = 0]]) => n + one, 0) : 0), 0);
        return { registry, count, ledger, said, teller, total };
    }

    it("is told in slices, between which other work is done, and nothing is lost that is counted meanwhile", async () => {
        const { registry, count, ledger, said, teller, total } = worker();
        count(1);
        let turns = 0;
        const turn = (): void => {
            turns++;
            if (turns < 5) count(1);
            if (turns < 1_000) setImmediate(turn);
        };
        setImmediate(turn);
        await new Promise<void>((resolve) => teller.tell(resolve));
        assert.ok(total() >= HOSTS);
        assert.ok(turns >= (2 * HOSTS) / MOST - 1, `${turns} turns in between`);
        turns = 1_000;
        for (const { changed } of said) assert.ok(changed.length <= MOST);
        await new Promise<void>((resolve) => teller.tell(resolve));
        assert.equal(total(), 5 * HOSTS);
        assert.deepEqual(ledger.of(registry), registry.counts());
    });

    it("is told to each who asks as of then, while it is told to others", async () => {
        const { count, said, teller, total } = worker();
        const heard: number[] = [];
        const ask = async (): Promise<void> => {
            const wanted = counted;
            await new Promise<void>((resolve) => teller.tell(resolve));
            assert.ok(total() >= wanted * HOSTS);
            heard.push(wanted);
        };
        let counted = 0;
        const asked: Promise<void>[] = [];
        for (let round = 0; round < 4; round++) {
            count(1);
            counted++;
            asked.push(ask());
            await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(asked);
        assert.deepEqual(heard, [1, 2, 3, 4]);
        const before = said.length;
        await new Promise<void>((resolve) => teller.tell(resolve));
        assert.equal(said.length, before + 1, "nothing is told twice");
        assert.equal(said.at(-1)!.changed.length, 0);
    });
});
