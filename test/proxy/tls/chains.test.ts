import assert from "node:assert/strict";
import { once } from "node:events";
import tls from "node:tls";
import { keyOfFiles } from "../../../proxy/tables";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { ask, certificateFor, Front, httpChain, listenerEntry, secretEntry, terminated, type Seen } from "../../support/front";

const LISTENER = [listenerEntry("tls")];

async function session(front: Front, name: string, options: tls.ConnectionOptions = {}): Promise<Buffer> {
    const socket = front.tls(name, options);
    const got = new Promise<Buffer>((resolve) => socket.once("session", resolve));
    assert.notEqual(typeof (await ask(socket)), "string");
    const ticket = await got;
    socket.destroy();
    return ticket;
}

describe("terminated filter chains", () => {
    let ca: TestAuthority;
    let otherCa: TestAuthority;
    let a: TestCertificate;
    let b: TestCertificate;
    let client: TestCertificate;
    let stranger: TestCertificate;
    let front: Front;

    before(async () => {
        [ca, otherCa] = await Promise.all([makeAuthority("CA 1"), makeAuthority("CA 2")]);
        [a, b, client, stranger] = await Promise.all([
            ca.issue({ dns: ["a.test"] }),
            ca.issue({ dns: ["b.test"] }),
            ca.issue({ commonName: "client", uris: ["spiffe://cluster/ns/x/sa/client"], dns: ["client.test"] }),
            otherCa.issue({ commonName: "stranger" }),
        ]);
    });
    beforeEach(() => {
        front = new Front();
    });
    afterEach(() => front.close());

    it("serves each name with its own certificate, wildcards and names in upper case too", async () => {
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("b", b)],
            chains: [httpChain("A", ["a.test"], terminated("a")), httpChain("B", ["*.b.test"], terminated("b"))],
        });
        assert.equal(await certificateFor(front, "a.test"), "a.test");
        assert.equal(await certificateFor(front, "A.Test"), "a.test");
        assert.equal(await certificateFor(front, "x.y.b.test"), "b.test");
        const seen = (await ask(front.tls("x.b.test"))) as Seen;
        assert.deepEqual([seen.chain, seen.routeTable, seen.serverName, seen.scheme], ["B", "table B", "x.b.test", "https"]);
    });

    it("are served among thousands before all of them are built, and one that can't be is named on its first connection", async () => {
        const many = Array.from({ length: 300 }, (_, i) => httpChain(`C${i}`, [`c${i}.test`], terminated("a")));
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("mixed", { cert: a.cert, key: b.key })],
            chains: [
                ...many,
                httpChain("mixed", ["mixed.test"], terminated("mixed")),
                httpChain("none", ["none.test"], terminated("absent")),
            ],
        });
        assert.deepEqual(front.findings(), [], "nothing was looked at");
        assert.equal(await certificateFor(front, "c299.test"), "a.test");
        for (const name of ["mixed.test", "none.test", "mixed.test"])
            assert.match(await certificateFor(front, name), /^(closed|ECONNRESET)$/);
        assert.deepEqual(front.unusable, [
            "mixed: mixed: the private key does not belong to the certificate",
            "none: absent is not there, or holds nothing that can be served",
        ]);
        assert.equal(front.refused.length, 3);
        // A change is looked at as ever.
        front.apply({ listeners: LISTENER, secrets: [secretEntry("a", { cert: a.cert, key: b.key })], chains: many });
        assert.equal(front.findings().length, 300);
        assert.equal(await certificateFor(front, "c299.test"), "a.test", "what was served before is");
    });

    it("hold nothing of a handshake as long as the connection: no timer, and no copy of what was offered", async () => {
        const served: tls.TLSSocket[] = [];
        front = new Front({
            serveHttp: (socket) => {
                served.push(socket as tls.TLSSocket);
                const destroy = (): void => void socket.destroy();
                return { drain: destroy, destroy };
            },
        });
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] });
        const socket = front.tls("a.test", { ALPNProtocols: ["http/1.1"] });
        await eventually(() => assert.equal(served.length, 1));
        const [made] = served as [tls.TLSSocket & { _tlsOptions: { ALPNProtocols?: Buffer } }];
        assert.deepEqual([made.alpnProtocol, made._tlsOptions.ALPNProtocols], ["http/1.1", undefined]);
        const timers = Object.getOwnPropertySymbols(made).filter(({ description }) => description === "timeout");
        assert.deepEqual(
            timers.map((name) => (made as unknown as Record<symbol, unknown>)[name]),
            [null],
        );
        socket.destroy();
    });

    it("knows the client's address through TLS", async () => {
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] });
        const socket = front.tls("a.test");
        const seen = (await ask(socket)) as Seen;
        assert.deepEqual([seen.remoteAddress, seen.remotePort, seen.localPort], ["127.0.0.1", socket.localPort, front.port]);
        assert.equal(front.connections.active, 1);
        socket.destroy();
        await eventually(() => assert.equal(front.connections.active, 0));
    });

    it("closes a connection whose name no chain has, and records it", async () => {
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] });
        assert.match(await certificateFor(front, "c.test"), /ECONNRESET|closed/);
        assert.match(await certificateFor(front, undefined), /ECONNRESET|closed/);
        assert.deepEqual(
            front.records.map((r) => [r.flags, r.details, r.serverName]),
            [
                ["NR", "filter_chain_not_found", "c.test"],
                ["NR", "filter_chain_not_found", ""],
            ],
        );
    });

    it("serves clients without a name by the chain without names", async () => {
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("b", b)],
            chains: [httpChain("A", ["a.test"], terminated("a")), httpChain("any", [], terminated("b"))],
        });
        assert.equal(await certificateFor(front, undefined), "b.test");
        assert.equal(await certificateFor(front, "unknown.test"), "b.test");
        assert.equal(await certificateFor(front, "a.test"), "a.test");
    });

    it("keeps versions and ciphers of one chain from another", async () => {
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("b", b)],
            chains: [
                httpChain("A", ["a.test"], terminated("a", { maxVersion: "TLSv1.2", cipherSuites: ["ECDHE-ECDSA-AES256-GCM-SHA384"] })),
                httpChain("B", ["b.test"], terminated("b", { minVersion: "TLSv1.3" })),
            ],
        });
        const first = front.tls("a.test");
        await once(first, "secureConnect");
        assert.deepEqual([first.getProtocol(), first.getCipher().name], ["TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
        assert.match(await certificateFor(front, "a.test", { minVersion: "TLSv1.3" }), /PROTOCOL_VERSION/);
        assert.match(await certificateFor(front, "b.test", { maxVersion: "TLSv1.2" }), /PROTOCOL_VERSION/);
        assert.equal(await certificateFor(front, "b.test"), "b.test");
    });

    it("offers neither CBC nor static RSA suites unless they are asked for", async () => {
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] });
        assert.match(
            await certificateFor(front, "a.test", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA" }),
            /HANDSHAKE_FAILURE/,
        );
        assert.equal(await certificateFor(front, "a.test", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" }), "a.test");
    });

    it("speaks TLS 1.0 where the chain allows it and names suites for it", async () => {
        const old = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" } as const;
        const named = terminated("a", { minVersion: "TLSv1", cipherSuites: ["ECDHE-ECDSA-AES128-SHA"] });
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("b", b)],
            chains: [httpChain("A", ["a.test"], named), httpChain("B", ["b.test"], terminated("b", { minVersion: "TLSv1" }))],
        });
        assert.equal(await certificateFor(front, "a.test", old), "a.test");
        assert.match(await certificateFor(front, "b.test", old), /HANDSHAKE_FAILURE|PROTOCOL_VERSION|INTERNAL_ERROR/);
        assert.equal(await certificateFor(front, "b.test"), "b.test");
    });

    it("offers only protocols that there is a codec for", async () => {
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] });
        const wanted = [["h2", "http/1.1"], ["http/1.1"], ["spdy/3", "http/1.1"]];
        const agreed = wanted.map(async (ALPNProtocols) => {
            const socket = front.tls("a.test", { ALPNProtocols });
            await once(socket, "secureConnect");
            return socket.alpnProtocol;
        });
        assert.deepEqual(await Promise.all(agreed), ["h2", "http/1.1", "http/1.1"]);
    });

    it("picks of an RSA and an ECDSA certificate the one the client can use", async () => {
        const rsa = await ca.issue({ dns: ["a.test"], commonName: "rsa", rsa: true });
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("a", a), secretEntry("rsa", rsa)],
            chains: [httpChain("A", ["a.test"], terminated(["rsa", "a"]))],
        });
        const options = { maxVersion: "TLSv1.2" as const };
        assert.equal(await certificateFor(front, "a.test", { ...options, ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }), "rsa");
        assert.equal(await certificateFor(front, "a.test", { ...options, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }), "a.test");
    });

    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        it(`asks for client certificates per chain (${maxVersion})`, async () => {
            await front.start({
                listeners: LISTENER,
                secrets: [secretEntry("a", a), secretEntry("b", b), secretEntry("ca", {}, ca.cert)],
                chains: [
                    httpChain("A", ["a.test"], terminated("a")),
                    httpChain("B", ["b.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca" })),
                ],
            });
            const own = { key: client.key, cert: client.cert };
            assert.equal(((await ask(front.tls("a.test", { maxVersion }))) as Seen).forwardedClientCert, "");
            assert.equal(typeof (await ask(front.tls("b.test", { maxVersion }))), "string", "without a certificate");
            assert.equal(
                typeof (await ask(front.tls("b.test", { maxVersion, key: stranger.key, cert: stranger.cert }))),
                "string",
                "of another CA",
            );
            const seen = (await ask(front.tls("b.test", { maxVersion, ...own }))) as Seen;
            assert.match(
                seen.forwardedClientCert,
                /^Hash=[0-9a-f]{64};Cert="-----BEGIN%20CERTIFICATE-----%0A[^"]+";Subject="CN=client";URI=spiffe:\/\/cluster\/ns\/x\/sa\/client;DNS=client\.test$/,
            );
        });

        it(`resumes on the chain that made the session, never on another (${maxVersion})`, async () => {
            await front.start({
                listeners: LISTENER,
                secrets: [secretEntry("a", a), secretEntry("b", b), secretEntry("ca", {}, ca.cert), secretEntry("ca2", {}, otherCa.cert)],
                chains: [
                    httpChain("A", ["a.test"], terminated("a")),
                    httpChain("B", ["b.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca" })),
                    httpChain("C", ["c.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca2" })),
                ],
            });
            const plain = await session(front, "a.test", { maxVersion });
            assert.equal(((await ask(front.tls("a.test", { maxVersion, session: plain }))) as Seen).reused, true);
            assert.equal(typeof (await ask(front.tls("b.test", { maxVersion, session: plain }))), "string");
            const mutual = await session(front, "b.test", { maxVersion, key: client.key, cert: client.cert });
            const again = (await ask(front.tls("b.test", { maxVersion, session: mutual }))) as Seen;
            assert.equal(again.reused, true);
            assert.match(again.forwardedClientCert, /Subject="CN=client"/, "the certificate is known on a resumed connection");
            assert.equal(typeof (await ask(front.tls("c.test", { maxVersion, session: mutual }))), "string", "another CA is asked there");
        });

        it(`gives a client with a refused certificate no session that would let it in (${maxVersion})`, async () => {
            await front.start({
                listeners: LISTENER,
                secrets: [secretEntry("b", b), secretEntry("ca", {}, ca.cert)],
                chains: [
                    httpChain("B", ["b.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca", subjectAltNames: ["spiffe://wanted"] })),
                ],
            });
            // Refused for its authority, and refused for its names alone.
            for (const own of [stranger, client]) {
                const socket = front.tls("b.test", { maxVersion, key: own.key, cert: own.cert });
                const tickets: Buffer[] = [];
                socket.on("session", (ticket: Buffer) => tickets.push(ticket));
                assert.equal(typeof (await ask(socket)), "string");
                for (const ticket of tickets) {
                    assert.equal(typeof (await ask(front.tls("b.test", { maxVersion, session: ticket }))), "string");
                    assert.equal(
                        typeof (await ask(front.tls("b.test", { maxVersion, session: ticket, key: own.key, cert: own.cert }))),
                        "string",
                    );
                }
            }
            assert.equal(front.connections.active, 0);
        });

        it(`does not resume a session from before the CA was changed (${maxVersion})`, async () => {
            const chains = [httpChain("B", ["b.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca" }))];
            await front.start({ listeners: LISTENER, secrets: [secretEntry("b", b), secretEntry("ca", {}, ca.cert)], chains });
            const ticket = await session(front, "b.test", { maxVersion, key: client.key, cert: client.cert });
            front.apply({ listeners: LISTENER, secrets: [secretEntry("b", b), secretEntry("ca", {}, otherCa.cert)], chains });
            assert.equal(typeof (await ask(front.tls("b.test", { maxVersion, session: ticket }))), "string");
        });
    }

    it("resumes across workers by shared ticket keys, and not after they were renewed", async () => {
        const entries = { listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [httpChain("A", ["a.test"], terminated("a"))] };
        await front.start(entries);
        const other = new Front();
        try {
            other.tickets.keys = front.tickets.keys;
            await other.start(entries);
            const ticket = await session(front, "a.test");
            assert.equal(((await ask(other.tls("a.test", { session: ticket }))) as Seen).reused, true);
            other.tickets.keys = Buffer.alloc(48, 9);
            other.renewTickets();
            assert.equal(((await ask(other.tls("a.test", { session: ticket }))) as Seen).reused, false);
        } finally {
            other.close();
        }
    });

    it("lets clients without a certificate in where it is optional, and refuses a bad one", async () => {
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("b", b), secretEntry("ca", {}, ca.cert)],
            chains: [httpChain("B", ["b.test"], terminated("b", { mode: "OPTIONAL_MUTUAL", caSecret: "ca" }))],
        });
        assert.equal(((await ask(front.tls("b.test"))) as Seen).forwardedClientCert, "");
        assert.match(((await ask(front.tls("b.test", { key: client.key, cert: client.cert }))) as Seen).forwardedClientCert, /CN=client/);
        assert.equal(typeof (await ask(front.tls("b.test", { key: stranger.key, cert: stranger.cert }))), "string");
    });

    it("wants one of the allowed names in the client's certificate", async () => {
        const chain = (subjectAltNames: string[]) => [
            httpChain("B", ["b.test"], terminated("b", { mode: "MUTUAL", caSecret: "ca", subjectAltNames })),
        ];
        const secrets = [secretEntry("b", b), secretEntry("ca", {}, ca.cert)];
        const own = { key: client.key, cert: client.cert };
        await front.start({ listeners: LISTENER, secrets, chains: chain(["spiffe://other"]) });
        assert.equal(typeof (await ask(front.tls("b.test", own))), "string");
        front.apply({ listeners: LISTENER, secrets, chains: chain(["spiffe://other", "spiffe://cluster/ns/x/sa/client"]) });
        assert.notEqual(typeof (await ask(front.tls("b.test", own))), "string");
        front.apply({ listeners: LISTENER, secrets, chains: chain(["CLIENT.test"]) });
        assert.notEqual(typeof (await ask(front.tls("b.test", own))), "string");
    });

    it("gives new connections a changed certificate at once, while open ones live on", async () => {
        const chains = [httpChain("A", ["a.test"], terminated("a"))];
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains });
        const open = front.tls("a.test");
        assert.notEqual(typeof (await ask(open)), "string");
        front.apply({
            listeners: LISTENER,
            secrets: [secretEntry("a", await ca.issue({ dns: ["a.test"], commonName: "second" }))],
            chains,
        });
        assert.equal(await certificateFor(front, "a.test"), "second");
        assert.equal(((await ask(open)) as Seen).chain, "A");
        assert.equal(String(open.getPeerCertificate().subject.CN), "a.test");
    });

    it("keeps serving the certificate before a bad one, and says so", async () => {
        const chains = [httpChain("A", ["a.test"], terminated("a")), httpChain("B", ["b.test"], terminated("b"))];
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a), secretEntry("b", b)], chains });
        for (const bad of [
            secretEntry("a", { cert: a.cert, key: b.key }),
            secretEntry("a", { cert: "nonsense", key: a.key }),
            secretEntry("a", {}),
        ]) {
            front.apply({ listeners: LISTENER, secrets: [bad, secretEntry("b", b)], chains });
            assert.equal(await certificateFor(front, "a.test"), "a.test");
            assert.deepEqual(
                front.findings().map((f) => [f.code, f.object?.name, f.field]),
                [["GH0481", "public", "spec.servers[0]"]],
            );
            assert.equal(JSON.stringify(front.findings()).includes("PRIVATE"), false);
        }
        front.apply({ listeners: LISTENER, secrets: [secretEntry("a", b), secretEntry("b", b)], chains });
        assert.equal(await certificateFor(front, "a.test"), "b.test");
        assert.deepEqual(front.findings(), []);
    });

    it("serves all as before until a change that is bound is taken up, and then all of it", async () => {
        const secrets = (one: TestCertificate, other: TestCertificate) => [secretEntry("a", one), secretEntry("b", other)];
        const chains = (first: string, second: string) => [
            httpChain("A", [first], terminated("a")),
            httpChain("B", [second], terminated("b")),
            httpChain("gone", [`gone.${first}`], terminated("a")),
        ];
        await front.start({ listeners: LISTENER, secrets: secrets(a, b), chains: chains("a.test", "b.test") });
        const open = front.tls("a.test");
        await ask(open);
        const left = once(open, "close");
        const names = ["a.test", "b.test", "gone.a.test", "new.test"];
        const served = async () => Promise.all(names.map(async (name) => certificateFor(front, name)));
        const before = await served();
        const take = front.prepare({ listeners: LISTENER, secrets: secrets(b, a), chains: chains("b.test", "new.test").slice(0, 2) });
        front.prepare({ listeners: [], secrets: [], chains: [] });
        assert.deepEqual(await served(), before);
        assert.deepEqual(before.slice(0, 3), ["a.test", "b.test", "a.test"]);
        assert.equal(((await ask(open)) as Seen).chain, "A");
        take();
        await left;
        const [lost, moved, gone, fresh] = await served();
        assert.deepEqual([moved, fresh], ["b.test", "a.test"]);
        for (const refused of [lost, gone]) assert.match(refused!, /ECONNRESET|closed/);
    });

    it("refuses handshakes of a chain without a usable certificate, and serves the others", async () => {
        await front.start({
            listeners: LISTENER,
            secrets: [secretEntry("b", b)],
            chains: [httpChain("A", ["a.test"], terminated("a")), httpChain("B", ["b.test"], terminated("b"))],
        });
        assert.match(await certificateFor(front, "a.test"), /ECONNRESET|closed/);
        assert.equal(await certificateFor(front, "b.test"), "b.test");
        assert.deepEqual(
            front.findings().map((f) => f.code),
            ["GH0480"],
        );
        assert.deepEqual(front.refused, ["a.test: no usable certificate"]);
    });

    it("tells which Secret it is that a chain lacks, and of one that is there what is wrong with it alone", async () => {
        const mixed = { ...secretEntry("kubernetes://edge/mixed", a), privateKey: b.key };
        await front.start({
            listeners: LISTENER,
            secrets: [mixed, secretEntry("b", b)],
            chains: [
                httpChain("A", ["a.test"], terminated("kubernetes://edge/absent")),
                httpChain("B", ["b.test"], terminated("kubernetes://edge/mixed")),
                httpChain("C", ["c.test"], terminated("b", { mode: "MUTUAL", caSecret: "kubernetes://edge/b-cacert" })),
                httpChain("D", ["d.test"], terminated(keyOfFiles("/etc/tls~d/tls.crt", "/etc/tls~d/tls.key"))),
            ],
        });
        assert.deepEqual(
            front
                .findings()
                .map(({ missing }) => (missing ? `${missing.kind} ${missing.namespace}/${missing.name}` : "none"))
                .sort(),
            ["File //etc/tls~d/tls.crt", "Secret edge/absent", "Secret edge/b-cacert", "none"],
        );
    });

    it("serves nobody rather than too many when client certificates are newly wanted and the CA is missing", async () => {
        const secrets = [secretEntry("a", a)];
        await front.start({ listeners: LISTENER, secrets, chains: [httpChain("A", ["a.test"], terminated("a"))] });
        front.apply({
            listeners: LISTENER,
            secrets,
            chains: [httpChain("A", ["a.test"], terminated("a", { mode: "MUTUAL", caSecret: "ca" }))],
        });
        assert.match(await certificateFor(front, "a.test"), /ECONNRESET|closed/);
        assert.deepEqual(
            front.findings().map((f) => f.code),
            ["GH0480"],
        );
    });

    it("does not build a server again when only a line number changed", async () => {
        const chain = httpChain("A", ["a.test"], terminated("a"));
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains: [chain] });
        const before = front.chain("a.test")!;
        front.apply({
            listeners: LISTENER,
            secrets: [secretEntry("a", a)],
            chains: [{ ...chain, origin: { ...chain.origin, file: "x.yaml", line: 9 } }],
        });
        const after = front.chain("a.test")!;
        assert.notEqual(after, before);
        assert.equal(after.tls!.server, before.tls!.server);
        assert.equal(after.entry.origin.line, 9);
    });

    it("serves more chains than it keeps built", async function () {
        this.timeout(600_000);
        const count = 2_300;
        const chains = Array.from({ length: count }, (_, i) => httpChain(`C${i}`, [`h${i}.test`], terminated("a")));
        await front.start({ listeners: LISTENER, secrets: [secretEntry("a", a)], chains });
        for (const i of [0, 1, count - 1, 0]) assert.equal(((await ask(front.tls(`h${i}.test`))) as Seen).chain, `C${i}`);
    });
});
