/** The order in which handshakes begin, with sockets that are none. */
import assert from "node:assert/strict";
import type net from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, it } from "mocha";
import { HandshakeQueue } from "../../../proxy/listeners/handshake-queue";

interface Raw {
    destroyed: boolean;
    destroy(): void;
}
const socket = (): Raw => ({
    destroyed: false,
    destroy() {
        this.destroyed = true;
    },
});

function queue(most?: number): {
    readonly queue: HandshakeQueue;
    readonly begun: string[];
    readonly lost: string[];
    add(client: string, raw?: Raw): Raw;
} {
    const begun: string[] = [];
    const lost: string[] = [];
    const made = new HandshakeQueue(() => lost.push("one"), most);
    return {
        queue: made,
        begun,
        lost,
        add: (client, raw = socket()) => {
            made.add(client, raw as unknown as net.Socket, () => begun.push(client));
            return raw;
        },
    };
}

describe("handshakes that wait their turn", () => {
    it("begin at once where there is one, and one in each turn where there are several", async () => {
        const { begun, add } = queue();
        for (const client of ["a", "a", "a"]) add(client);
        assert.deepEqual(begun, ["a"]);
        await nextTurn();
        assert.deepEqual(begun, ["a", "a"]);
        await nextTurn();
        assert.deepEqual(begun, ["a", "a", "a"]);
    });

    it("let clients take turns, so that who floods waits for itself", async () => {
        const { begun, add } = queue();
        for (let count = 0; count < 100; count++) add("flood");
        add("other");
        add("third");
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        assert.deepEqual(begun, ["flood", "flood", "other", "third", "flood"]);
    });

    it("do not begin where the client is gone, and cost no turn", async () => {
        const { begun, add } = queue();
        add("a");
        add("gone").destroyed = true;
        add("b");
        await nextTurn();
        assert.deepEqual(begun, ["a", "b"]);
    });

    it("are so many at most: beyond it who has most waiting loses its last one", async () => {
        const { queue: made, begun, lost, add } = queue(3);
        add("a");
        const flood = [add("flood"), add("flood"), add("flood")];
        const other = add("other");
        assert.deepEqual(
            [made.waiting, lost.length, flood.map(({ destroyed }) => destroyed), other.destroyed],
            [3, 1, [false, false, true], false],
        );
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        assert.deepEqual(begun, ["a", "flood", "other", "flood"]);
    });
});
