import assert from "node:assert/strict";
import { once } from "node:events";
import tls from "node:tls";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import type { SecretEntry, TlsTermination } from "../../../proxy/tables";
import { dnsName, labAuthority, labCertificate, labRevocations, labStaple, type LabPair } from "../../support/certificate-lab";
import { ask, Front, httpChain, listenerEntry, secretEntry, terminated, type Seen } from "../../support/front";

const LISTENER = [listenerEntry("tls")];

describe("revocation of client certificates", () => {
    let root: LabPair;
    let server: LabPair;
    let good: LabPair;
    let bad: LabPair;
    let front: Front;

    before(() => {
        root = labAuthority("Root");
        server = labCertificate({ cn: "a.test", names: [dnsName("a.test")], signer: root });
        [good, bad] = [labCertificate({ cn: "good", signer: root }), labCertificate({ cn: "bad", signer: root })];
    });
    beforeEach(() => {
        front = new Front();
    });
    afterEach(() => front.close());

    const authority = (crl?: string): SecretEntry => ({
        ...secretEntry("ca", {}, root.cert),
        fingerprint: crl ?? "none",
        ...(crl === undefined ? {} : { crl }),
    });
    const entries = (crl?: string, chain: Partial<TlsTermination> = {}, more: readonly SecretEntry[] = []) => ({
        listeners: LISTENER,
        secrets: [secretEntry("a", server), authority(crl), ...more],
        chains: [httpChain("A", ["a.test"], terminated("a", { mode: "MUTUAL", caSecret: "ca", ...chain }))],
    });
    const isServed = async (client: LabPair, options: tls.ConnectionOptions = {}): Promise<boolean> =>
        typeof (await ask(front.tls("a.test", { ...client, ...options }))) !== "string";

    it("takes effect for the next handshake", async () => {
        await front.start(entries(labRevocations(root, [])));
        assert.deepEqual([await isServed(good), await isServed(bad)], [true, true]);
        front.apply(entries(labRevocations(root, [bad])));
        assert.deepEqual([await isServed(good), await isServed(bad)], [true, false]);
    });

    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        it(`holds for sessions from before it (${maxVersion})`, async () => {
            await front.start(entries());
            const socket = front.tls("a.test", { ...bad, maxVersion });
            const session = once(socket, "session");
            assert.equal(typeof (await ask(socket)), "object");
            const [ticket] = (await session) as [Buffer];
            socket.destroy();
            const again = (await ask(front.tls("a.test", { ...bad, maxVersion, session: ticket }))) as Seen;
            assert.equal(again.reused, true);
            front.apply(entries(labRevocations(root, [bad])));
            assert.equal(await isServed(bad, { maxVersion, session: ticket }), false);
        });

        it(`ends sessions when the list or the certificate runs out (${maxVersion})`, async () => {
            const soon = labCertificate({ cn: "soon", signer: root, until: 3 / 86_400 });
            await front.start(entries(labRevocations(root, [bad])));
            const socket = front.tls("a.test", { ...soon, maxVersion });
            const session = once(socket, "session");
            assert.equal(typeof (await ask(socket)), "object");
            const [ticket] = (await session) as [Buffer];
            const real = Date.now;
            Date.now = () => real() + 10_000;
            try {
                assert.equal(await isServed(soon, { maxVersion, session: ticket }), false);
            } finally {
                Date.now = real;
            }
        });
    }

    it("lets nobody in by a list that can't be read, and says so, also where others were served before", async () => {
        await front.start(entries(labRevocations(root, [bad])));
        for (const list of ["no list", "\n", labRevocations(root, [bad]).slice(0, 120), root.cert]) {
            front.apply(entries(list));
            assert.equal(await isServed(good), false);
            assert.match(
                front
                    .findings()
                    .map(({ message }) => message)
                    .join(),
                /list of revoked certificates can't be read/,
            );
        }
        front.apply(entries(labRevocations(root, [bad])));
        assert.equal(await isServed(good), true);
    });

    it("reads a list that stands apart, and lets nobody in without it", async () => {
        const list = { ...secretEntry("list", {}), crl: labRevocations(root, [bad]) };
        await front.start(entries(undefined, { crlSecret: "list" }, [list]));
        assert.deepEqual([await isServed(good), await isServed(bad)], [true, false]);
        front.apply(entries(undefined, { crlSecret: "list" }));
        assert.equal(await isServed(good), false);
    });

    it("does not go on with an authority from before, when the certificate beside the new one is bad", async () => {
        const other = labAuthority("Other");
        await front.start(entries());
        front.apply({ ...entries(), secrets: [secretEntry("a", { ...server, key: good.key }), secretEntry("ca", {}, other.cert)] });
        assert.equal(await isServed(good), false);
    });
});

describe("OCSP responses", () => {
    const root = labAuthority("Root");
    const server = labCertificate({ cn: "a.test", names: [dnsName("a.test")], signer: root });
    let front: Front;
    beforeEach(() => {
        front = new Front();
    });
    afterEach(() => front.close());

    async function shown(staple: Buffer, requestOCSP = true): Promise<Buffer | null | undefined> {
        await front.start({
            listeners: LISTENER,
            secrets: [{ ...secretEntry("a", server), staple: staple.toString("base64") }],
            chains: [httpChain("A", ["a.test"], terminated("a"))],
        });
        const socket = front.tls("a.test", { requestOCSP });
        let got: Buffer | null | undefined;
        socket.on("OCSPResponse", (response) => {
            got = response;
        });
        assert.equal(typeof (await ask(socket)), "object");
        return got;
    }

    it("are shown to clients that ask for them", async () => {
        const staple = labStaple(root, server);
        assert.deepEqual(await shown(staple), staple);
    });
    it("are not shown to others", async () => assert.equal(await shown(labStaple(root, server), false), undefined));
    it("are not shown out of their time", async () => assert.equal(await shown(labStaple(root, server, { from: -5, until: -1 })), null));
    it("are not shown for another certificate", async () =>
        assert.equal(await shown(labStaple(root, labCertificate({ cn: "x", signer: root }))), null));
    it("are not shown when they are none", async () => assert.equal(await shown(Buffer.from("no response")), null));
    it("are not shown when they are a refusal", async () => assert.equal(await shown(labStaple(root, server, { answer: 6 })), null));
});
