import assert from "node:assert/strict";
import { once } from "node:events";
import tls from "node:tls";
import { TicketKeys, TICKET_KEY_BYTES } from "../../../proxy/tls/tickets";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { ask, Front, httpChain, listenerEntry, secretEntry, terminated, type Seen } from "../../support/front";

const NEVER = { rotationMs: 1_000_000, acceptedMs: 1_000_000 };

async function tickets(front: Front, name: string, count: number, options: tls.ConnectionOptions = {}): Promise<Buffer[]> {
    const socket = front.tls(name, options);
    const got: Buffer[] = [];
    socket.on("session", (ticket: Buffer) => got.push(ticket));
    await ask(socket);
    while (got.length < count) await once(socket, "session");
    socket.destroy();
    return got;
}

describe("session tickets", () => {
    let a: TestCertificate;
    let b: TestCertificate;
    /** Two workers. */
    let fronts: Front[];
    let keys: TicketKeys;

    before(async () => {
        const ca = await makeAuthority();
        [a, b] = await Promise.all([ca.issue({ dns: ["a.test"] }), ca.issue({ dns: ["b.test"] })]);
    });

    beforeEach(async () => {
        fronts = [new Front(), new Front()];
        keys = new TicketKeys(() => undefined, NEVER);
        for (const front of fronts) {
            front.tickets.keys = keys.current;
            await front.start({
                listeners: [listenerEntry("tls")],
                secrets: [secretEntry("a", a), secretEntry("b", b)],
                chains: [httpChain("A", ["a.test"], terminated("a")), httpChain("B", ["b.test"], terminated("b"))],
            });
        }
    });

    afterEach(() => {
        keys.stop();
        for (const front of fronts) front.close();
    });

    /** As a worker does that has heard of it. */
    const tell = (front: Front): void => {
        front.tickets.keys = keys.current;
        front.renewTickets();
    };
    const resumes = async (front: Front, ticket: Buffer, maxVersion: tls.SecureVersion, name = "a.test"): Promise<boolean> =>
        ((await ask(front.tls(name, { session: ticket, maxVersion }))) as Seen).reused;

    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        it(`resume on every worker while keys are rotated, whichever of them has heard of it first (${maxVersion})`, async () => {
            for (let rotation = 0; rotation < 4; rotation++) {
                const before = await Promise.all(fronts.map((front) => tickets(front, "a.test", 1, { maxVersion })));
                keys.rotate();
                const [early, late] = rotation % 2 === 0 ? fronts : [...fronts].reverse();
                tell(early!);
                const [between] = await tickets(early!, "a.test", 1, { maxVersion });
                assert.equal(await resumes(late!, between!, maxVersion), true, "a ticket of the new key, where nobody has told of it yet");
                tell(late!);
                for (const [ticket] of [...before, [between!]])
                    for (const front of fronts) assert.equal(await resumes(front, ticket!, maxVersion), true);
            }
        });

        it(`of a key that is two rotations old lead to a whole handshake, and to no failure (${maxVersion})`, async () => {
            const [ticket] = await tickets(fronts[0]!, "a.test", 1, { maxVersion });
            keys.rotate();
            keys.rotate();
            fronts.forEach(tell);
            for (const front of fronts) assert.equal(await resumes(front, ticket!, maxVersion), false);
        });

        it(`do not resume on another filter chain, of whatever key they are (${maxVersion})`, async () => {
            const [ticket] = await tickets(fronts[0]!, "a.test", 1, { maxVersion });
            assert.equal(await resumes(fronts[0]!, ticket!, maxVersion, "b.test"), false);
            keys.rotate();
            fronts.forEach(tell);
            for (const front of fronts) assert.equal(await resumes(front, ticket!, maxVersion, "b.test"), false);
        });
    }

    it("are renewed in TLS 1.2 where their key makes none any more", async () => {
        const maxVersion = "TLSv1.2";
        const [old] = await tickets(fronts[0]!, "a.test", 1, { maxVersion });
        keys.rotate();
        fronts.forEach(tell);
        const socket = fronts[0]!.tls("a.test", { maxVersion, session: old! });
        await ask(socket);
        const renewed = socket.getSession();
        keys.rotate();
        fronts.forEach(tell);
        assert.equal(await resumes(fronts[1]!, renewed!, maxVersion), true);
        assert.equal(await resumes(fronts[1]!, old!, maxVersion), false);
    });

    it("are two after a whole handshake of TLS 1.3, as browsers open two connections at once", async () => {
        assert.equal((await tickets(fronts[0]!, "a.test", 2)).length, 2);
    });

    it("have keys that come ahead of their use, and go when no ticket of theirs is good any more", async () => {
        const told: Buffer[] = [];
        const forgotten = new Promise<void>((resolve) => {
            const own = new TicketKeys(
                (now) => {
                    told.push(now);
                    if (told.length === 2) resolve(own.stop());
                },
                { rotationMs: 1_000_000, acceptedMs: 1 },
            );
            const first = own.current;
            own.rotate();
            const part = (of: Buffer, at: number): Buffer => of.subarray(at * TICKET_KEY_BYTES, (at + 1) * TICKET_KEY_BYTES);
            assert.deepEqual(part(told[0]!, 0), part(first, 1));
            assert.deepEqual(part(told[0]!, 2), part(first, 0));
        });
        await forgotten;
        assert.deepEqual(told[1], told[0]!.subarray(0, 2 * TICKET_KEY_BYTES));
    });
});
