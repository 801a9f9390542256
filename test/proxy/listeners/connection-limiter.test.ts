/** Which connections are one too many, of one worker and of several. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type net from "node:net";
import { after, before, describe, it } from "mocha";
import fc from "fast-check";
import type { GatewayOptions } from "../../../istio/semantics";
import { ConnectionLimiter, SharedCounts } from "../../../proxy/listeners";
import { clientKey } from "../../../proxy/net/client-key";
import { Tallies } from "../../../proxy/processes/tallies";
import type { ListenerEntry } from "../../../proxy/tables";
import { testAdoption } from "../../../proxy/tcp";
import { eventually } from "../../support/eventually";
import { Front, httpChain, listenerEntry, ORIGIN, tcpChain } from "../../support/front";

const KEY = "0.0.0.0:80";
const listener = (options: GatewayOptions, more: Partial<ListenerEntry> = {}): ListenerEntry => ({
    ...listenerEntry("http", KEY),
    options,
    ...more,
});
const raw = (): net.Socket => new EventEmitter() as net.Socket;

describe("connections that are one too many", () => {
    it("are those of a listener, until one of them is gone", () => {
        const admission = new ConnectionLimiter();
        const one = listener({ limits: { connections: 2 } });
        const first = raw();
        assert.equal(admission.admit(one, first, "192.0.2.1"), undefined);
        assert.equal(admission.admit(one, raw(), "192.0.2.2"), undefined);
        assert.equal(admission.admit(one, raw(), "192.0.2.3"), "downstream_cx_overflow");
        assert.equal(admission.admit({ ...one, key: "0.0.0.0:443" }, raw(), "192.0.2.3"), undefined, "another listener has its own");
        first.emit("close");
        assert.equal(admission.admit(one, raw(), "192.0.2.3"), undefined);
    });

    it("are those of a client: an address, or all of an IPv6 network", () => {
        const admission = new ConnectionLimiter();
        const one = listener({ limits: { connectionsPerAddress: 1 } });
        const asked = (address: string): unknown => admission.admit(one, raw(), address);
        assert.equal(asked("192.0.2.1"), undefined);
        assert.equal(asked("192.0.2.1"), "downstream_cx_overflow_address");
        assert.equal(asked("192.0.2.2"), undefined);
        assert.equal(asked("2001:db8::1"), undefined);
        assert.equal(asked("2001:db8:0:0:9::"), "downstream_cx_overflow_address");
        assert.equal(asked("2001:db8:0:1::1"), undefined);
    });

    it("are those that a client begins in one second", () => {
        let now = 10_000;
        const admission = new ConnectionLimiter(new SharedCounts(), () => now);
        const one = listener({ limits: { connectionsPerSecondPerAddress: 2 } });
        const asked = (): unknown => admission.admit(one, raw(), "192.0.2.1");
        assert.deepEqual([asked(), asked(), asked()], [undefined, undefined, "downstream_cx_rate_address"]);
        now = 11_000;
        assert.equal(asked(), undefined);
    });

    it("are none of a proxy that is trusted to speak for its clients", () => {
        const options: GatewayOptions = { limits: { connectionsPerAddress: 1 }, trustedProxies: ["192.0.2.0/24"] };
        const admission = new ConnectionLimiter();
        for (let count = 0; count < 3; count++) assert.equal(admission.admit(listener(options), raw(), "192.0.2.1"), undefined);
        const counted = listener({ limits: { connectionsPerAddress: 1 } }, { trustedProxies: 1 });
        for (let count = 0; count < 3; count++) assert.equal(admission.admit(counted, raw(), "198.51.100.1"), undefined);
    });

    it("are not counted where nothing is limited", () => {
        const admission = new ConnectionLimiter();
        admission.admit(listener({}), raw(), "192.0.2.1");
        admission.admit(listener({ limits: { headers: 100 } }), raw(), "192.0.2.1");
        assert.equal(admission.counts.of(`listener ${KEY}`), 0);
    });

    it("are closed before a byte is read of them, counted, and told in the access log", async () => {
        const front = await new Front().start({
            listeners: [listener({ limits: { connections: 1 } })],
            chains: [httpChain("web", [], undefined, KEY)],
        });
        after(() => front.close());
        const first = front.connect();
        await once(first, "connect");
        await eventually(() => assert.equal(front.connections.active, 1));
        const second = front.connect();
        await once(second, "close");
        assert.deepEqual(
            front.records.map(({ details, flags }) => [details, flags]),
            [["downstream_cx_overflow", ""]],
        );
    });
});

describe("connections of a route that are one too many", () => {
    // As in a worker.
    before(async () => void (await testAdoption()));

    it("are closed before a backend hears of them, whichever listener leads there", async () => {
        const chain = tcpChain("db", [], undefined, KEY);
        const target = {
            kind: "tcp",
            route: { clusters: [{ cluster: "db", weight: 1 }], limits: { connectionsPerAddress: 1 }, origin: ORIGIN },
        } as const;
        const dialled: string[] = [];
        const front = await new Front({
            connectTcp: (cluster) => {
                dialled.push(cluster);
                return () => {};
            },
        }).start({ listeners: [listenerEntry("tcp", KEY)], chains: [{ ...chain, target }] });
        after(() => front.close());
        front.connect();
        await eventually(() => assert.equal(dialled.length, 1));
        const second = front.connect().resume();
        await once(second, "close");
        assert.deepEqual([dialled.length, front.records.at(-1)?.details], [1, "downstream_cx_overflow_address"]);
    });
});

describe("what workers count together", () => {
    /** Workers whose words arrive at once. */
    function workers(count: number): { readonly counts: SharedCounts[]; readonly tallies: Tallies<SharedCounts> } {
        const tallies = new Tallies<SharedCounts>((worker, changes) => worker.hear(changes));
        const counts = Array.from({ length: count }, () => new SharedCounts());
        for (const one of counts) {
            tallies.enter(one);
            one.tell = (changes) => tallies.heard(one, changes);
        }
        return { counts, tallies };
    }

    it("is the sum, as soon as it is told", async () => {
        const { counts } = workers(3);
        counts[0]!.add("k");
        counts[0]!.add("k");
        counts[1]!.add("k");
        await eventually(() =>
            assert.deepEqual(
                counts.map((one) => one.of("k")),
                [3, 3, 3],
            ),
        );
        counts[0]!.remove("k");
        await eventually(() =>
            assert.deepEqual(
                counts.map((one) => one.of("k")),
                [2, 2, 2],
            ),
        );
    });

    it("loses what a worker has counted that is gone, and is known to the one that comes", async () => {
        const { counts, tallies } = workers(2);
        counts[0]!.add("k");
        counts[1]!.add("k");
        await eventually(() =>
            assert.deepEqual(
                counts.map((one) => one.of("k")),
                [2, 2],
            ),
        );
        tallies.leave(counts[0]!);
        assert.equal(counts[1]!.of("k"), 1);
        const next = new SharedCounts();
        tallies.enter(next);
        assert.equal(next.of("k"), 1);
    });
});

describe("what is one client", () => {
    it("is the same for two addresses of IPv6 only where their first 64 bits are", () => {
        fc.assert(
            fc.property(fc.bigInt({ min: 1n << 100n, max: (1n << 128n) - 1n }), fc.integer({ min: 0, max: 127 }), (address, bit) => {
                const text = (value: bigint): string =>
                    value
                        .toString(16)
                        .padStart(32, "0")
                        .replace(/(.{4})(?!$)/g, "$1:");
                const isSame = clientKey(text(address)) === clientKey(text(address ^ (1n << BigInt(bit))));
                return isSame === bit < 64;
            }),
            { numRuns: 100 },
        );
        assert.equal(clientKey("2001:db8::1"), clientKey("2001:db8:0:0:ffff:ffff:ffff:ffff"));
        assert.notEqual(clientKey("2001:db8::1"), clientKey("2001:db8:0:1::1"));
        assert.equal(clientKey("192.0.2.1"), "192.0.2.1");
    });
});
