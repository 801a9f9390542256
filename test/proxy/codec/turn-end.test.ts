import assert from "node:assert/strict";
import net from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, it } from "mocha";
import { onConnectionFault } from "../../../proxy/net/connection-faults";
import { beginTurn, endTurn, flushSoon, type Flushed } from "../../../proxy/codec/turn-end";

class Waiting implements Flushed {
    readonly socket = new net.Socket();
    flushes = 0;
    flush(): void {
        this.flushes++;
    }
}

/** One callback of a socket, which has something written. */
function callback(): Waiting {
    const one = new Waiting();
    beginTurn();
    flushSoon(one);
    endTurn();
    return one;
}

/** Until it is known how many callbacks a turn has. */
async function turnsOf(callbacks: number): Promise<void> {
    for (let turn = 0; turn < 200; turn++) {
        for (let at = 0; at < callbacks; at++) callback();
        await nextTurn();
    }
}

describe("what a turn has brought forth", () => {
    it("is written behind each callback where they come one at a time", async () => {
        await turnsOf(1);
        assert.equal(callback().flushes, 1);
    });

    it("is written behind all of them where there are many, and before anything is waited for", async () => {
        await turnsOf(8);
        const all = Array.from({ length: 8 }, callback);
        assert.deepEqual(
            all.map(({ flushes }) => flushes),
            all.map(() => 0),
        );
        await nextTurn();
        await nextTurn();
        assert.deepEqual(
            all.map(({ flushes }) => flushes),
            all.map(() => 1),
        );
    });

    it("does not wait for more than a bounded number of others", async () => {
        await turnsOf(8);
        const all = Array.from({ length: 100 }, callback);
        assert.equal(all[0]!.flushes, 1);
    });

    for (const many of [1, 8]) {
        it(`is written where no callback of a socket's brought it forth, with ${many} in the turns before`, async () => {
            await turnsOf(many);
            const one = new Waiting();
            flushSoon(one);
            await nextTurn();
            await nextTurn();
            assert.equal(one.flushes, 1);
        });
    }

    it("is written where another one's writing brings it forth", async () => {
        await turnsOf(1);
        const last = new Waiting();
        const first = new Waiting();
        first.flush = () => {
            callback();
            flushSoon(last);
        };
        beginTurn();
        flushSoon(first);
        endTurn();
        assert.equal(last.flushes, 1);
    });

    it("is written by all others though one of them fails", async () => {
        const told: unknown[] = [];
        onConnectionFault((error) => told.push(error));
        await turnsOf(8);
        const bad = new Waiting();
        bad.flush = () => {
            throw new Error("on purpose");
        };
        beginTurn();
        flushSoon(bad);
        endTurn();
        const good = callback();
        await nextTurn();
        await nextTurn();
        onConnectionFault(undefined);
        assert.deepEqual([good.flushes, bad.socket.destroyed, told.length], [1, true, 1]);
    });
});
