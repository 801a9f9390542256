import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import type { ClusterEntry, SecretEntry, UpstreamTlsEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices } from "../../../proxy/upstream";
import { dnsName, labAuthority, labCertificate } from "../../support/certificate-lab";
import { eventually } from "../../support/eventually";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { cluster as entry, endpoints, ORIGIN } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";

const SIMPLE: UpstreamTlsEntry = { mode: "SIMPLE", caSecret: "ca", sni: "", subjectAltNames: [], insecureSkipVerify: false };

function secret(key: string, more: Partial<SecretEntry>): SecretEntry {
    return { key, certificate: "", privateKey: "", ca: "", fingerprint: key, origin: ORIGIN, ...more };
}

describe("TLS towards endpoints", () => {
    let authority: TestAuthority;
    let client: TestCertificate;
    let server: tls.Server;
    let port: number;
    let seen: { servername: string | false | null; peer: string; alpn: string | false | null }[] = [];
    const clusters: Cluster[] = [];
    const secrets = new Map<string, SecretEntry>();

    before(async () => {
        authority = await makeAuthority("upstream CA");
        const own = await authority.issue({ dns: ["web.test", "*.wild.test"], uris: ["spiffe://web"], ips: ["127.0.0.1"] });
        client = await authority.issue({ dns: ["client.test"] });
        const other = await makeAuthority("other CA");
        secrets.set("ca", secret("ca", { ca: authority.cert }));
        secrets.set("other", secret("other", { ca: other.cert }));
        secrets.set("client", secret("client", { certificate: client.cert, privateKey: client.key, ca: authority.cert }));
        secrets.set("broken", secret("broken", { certificate: "no PEM", privateKey: "no PEM" }));
        server = tls.createServer(
            {
                cert: own.cert,
                key: own.key,
                ca: authority.cert,
                requestCert: true,
                rejectUnauthorized: false,
                ALPNProtocols: ["h2", "http/1.1"],
            },
            (socket) => {
                seen.push({
                    servername: (socket as unknown as { servername: string | false }).servername,
                    peer: socket.getPeerCertificate().subject?.CN?.toString() ?? "",
                    alpn: socket.alpnProtocol,
                });
                socket.on("error", () => {});
                socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
            },
        );
        server.on("tlsClientError", () => {});
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        port = (server.address() as net.AddressInfo).port;
    });
    after(() => {
        for (const cluster of clusters) cluster.drain();
        server.close();
    });

    function make(more: Partial<UpstreamTlsEntry>, bounds: Partial<ClusterEntry> = {}): Cluster {
        seen = [];
        const cluster = new Cluster(
            createUpstreamServices(),
            entry("c", { tls: { ...SIMPLE, ...more }, connectTimeoutMs: 2000, ...bounds }),
            endpoints("c", port),
            secrets,
        );
        clusters.push(cluster);
        return cluster;
    }
    const outcome = async (more: Partial<UpstreamTlsEntry>, host = "web.test"): Promise<string> => {
        const one = await new NotedWaiter(make(more), { host }).answered();
        if (one.failure !== undefined) return `${one.failure} ${one.detail}`;
        return `${(await one.get()).status}`;
    };

    it("names the request's host and holds the certificate against it", async () => {
        assert.equal(await outcome({}), "200");
        assert.deepEqual(seen, [{ servername: "web.test", peer: "", alpn: "http/1.1" }]);
        assert.match(await outcome({}, "other.test"), /^tls-failure .*other\.test/);
    });

    it("names what the cluster says, and holds the certificate against that", async () => {
        assert.equal(await outcome({ sni: "a.wild.test" }, "anything.test"), "200");
        assert.equal(seen[0]!.servername, "a.wild.test");
        assert.match(await outcome({ sni: "b.test" }), /^tls-failure/);
    });

    it("names no address, and holds the certificate against it all the same", async () => {
        assert.match(await outcome({}, "[::1]"), /^tls-failure .*IP:_::1/);
        assert.equal(await outcome({}, ""), "200");
        assert.equal(seen[0]!.servername, false);
    });

    it("takes a certificate with one of the names that are asked for", async () => {
        for (const name of ["web.test", "x.wild.test", "spiffe://web", "127.0.0.1"])
            assert.equal(await outcome({ subjectAltNames: ["no.test", name] }, "any.test"), "200", name);
        for (const name of ["no.test", "spiffe://we", "127.0.0.2"])
            assert.match(await outcome({ subjectAltNames: [name] }), /^tls-failure .*none_of_the_subject/, name);
    });

    it("lives on after a certificate whose key, or whose authority's key, is on a curve without a name of NIST", async () => {
        const root = labAuthority("Root");
        const names = [dnsName("web.test")];
        const issuing = labAuthority("Issuing", { signer: root, key: "secp256k1" });
        const below = labCertificate({ cn: "web", names, signer: issuing });
        secrets.set("lab", secret("lab", { ca: root.cert }));
        for (const shown of [
            labCertificate({ cn: "web", names, signer: root, key: "brainpool" }),
            { cert: `${below.cert}${issuing.cert}`, key: below.key },
        ]) {
            const open: net.Socket[] = [];
            const other = tls
                .createServer(shown, (socket) => {
                    socket.on("error", () => {});
                })
                .on("connection", (socket: net.Socket) => open.push(socket))
                .listen(0, "127.0.0.1");
            await once(other, "listening");
            const cluster = new Cluster(
                createUpstreamServices(),
                entry("c", { tls: { ...SIMPLE, caSecret: "lab" }, connectTimeoutMs: 2000 }),
                endpoints("c", (other.address() as net.AddressInfo).port),
                secrets,
            );
            clusters.push(cluster);
            const one = await new NotedWaiter(cluster, { host: "web.test" }).answered();
            assert.ok(one.failure === undefined || one.failure === "tls-failure");
            other.close();
            for (const socket of open) socket.destroy();
        }
    });

    it("refuses an authority that it was not told of", async () => {
        assert.match(await outcome({ caSecret: "other" }), /^tls-failure/);
        const { caSecret: _, ...without } = SIMPLE;
        seen = [];
        const cluster = new Cluster(createUpstreamServices(), entry("c", { tls: without }), endpoints("c", port), secrets);
        clusters.push(cluster);
        assert.equal(
            (await new NotedWaiter(cluster, { host: "web.test" }).answered()).failure,
            "tls-failure",
            "the machine's own list does not have it",
        );
    });

    it("takes anything where it is told to", async () =>
        assert.equal(await outcome({ caSecret: "other", insecureSkipVerify: true }, "other.test"), "200"));

    it("shows its own certificate in mode MUTUAL", async () => {
        assert.equal(await outcome({ mode: "MUTUAL", secret: "client" }), "200");
        assert.equal(seen[0]!.peer, "client.test");
    });

    it("says what is wrong with a secret, at each request, without a secret in it", async () => {
        assert.equal(
            await outcome({ caSecret: "kubernetes://istio-system/gone" }),
            "tls-failure secret kubernetes://istio-system/gone is not there",
        );
        assert.match(await outcome({ mode: "MUTUAL", secret: "broken" }), /^tls-failure its certificates cannot be used: /);
        assert.match(await outcome({ mode: "MUTUAL" }), /^tls-failure no client certificate/);
    });

    it("keeps connections for different hosts apart", async () => {
        const cluster = make({});
        const first = await new NotedWaiter(cluster, { host: "web.test" }).get();
        const other = await new NotedWaiter(cluster, { host: "a.wild.test" }).get();
        assert.notEqual(first.connection, other.connection);
        assert.equal((await new NotedWaiter(cluster, { host: "web.test" }).get()).connection, first.connection);
    });

    it("gives up connections that were made with another secret", async () => {
        const cluster = make({});
        const first = await new NotedWaiter(cluster, { host: "web.test" }).get();
        cluster.update(cluster.entry, secrets);
        assert.equal((await new NotedWaiter(cluster, { host: "web.test" }).get()).connection, first.connection, "nothing had changed");
        cluster.update(cluster.entry, new Map([...secrets, ["ca", secret("ca", { ca: authority.cert, fingerprint: "new" })]]));
        assert.notEqual((await new NotedWaiter(cluster, { host: "web.test" }).get()).connection, first.connection);
    });

    it("is given up on when the handshake takes longer than a connection may", async () => {
        const silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
        await once(silent, "listening");
        const cluster = new Cluster(
            createUpstreamServices(),
            entry("c", { tls: SIMPLE, connectTimeoutMs: 50 }),
            endpoints("c", (silent.address() as net.AddressInfo).port),
            secrets,
        );
        const one = await new NotedWaiter(cluster, { host: "web.test" }).answered();
        assert.deepEqual([one.failure, one.detail], ["connect-timeout", "no handshake within 50 ms"]);
        silent.close();
    });

    it("is a TLS failure where nobody speaks it", async () => {
        const plain = net
            .createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"))
            .listen(0, "127.0.0.1");
        await once(plain, "listening");
        const cluster = new Cluster(
            createUpstreamServices(),
            entry("c", { tls: SIMPLE }),
            endpoints("c", (plain.address() as net.AddressInfo).port),
            secrets,
        );
        assert.equal((await new NotedWaiter(cluster, { host: "web.test" }).answered()).failure, "tls-failure");
        plain.close();
    });

    it("is by what holds now for who waited while it was changed", async () => {
        const cluster = make({ sni: "web.test" }, { maxConnections: 1 });
        const one = await new NotedWaiter(cluster).answered();
        const two = new NotedWaiter(cluster);
        await eventually(() => assert.equal(seen.length, 1));
        cluster.update(entry("c", { tls: { ...SIMPLE, sni: "a.wild.test" }, connectTimeoutMs: 2000, maxConnections: 1 }), secrets);
        one.connection!.release();
        assert.equal((await two.get()).status, 200);
        assert.deepEqual(
            seen.map(({ servername }) => servername),
            ["web.test", "a.wild.test"],
        );
    });

    it("keeps connections of so many hosts that clients invent, and those of the hosts that were asked for last", async () => {
        const cluster = make({});
        const get = async (host: string): Promise<void> => {
            assert.equal((await new NotedWaiter(cluster, { host }).get()).status, 200);
        };
        for (let at = 0; at < 200; at++) await get(`h${at}.wild.test`);
        assert.ok(cluster.connections <= 64, `${cluster.connections} are kept`);
        assert.equal(seen.length, 200);
        await get("h199.wild.test");
        await get("h198.wild.test");
        assert.equal(seen.length, 200, "the last ones are used again");
    });

    it("gives hosts no more connections together than the cluster may have, and each its turn", async () => {
        const cluster = make({}, { maxConnections: 3 });
        const most: number[] = [];
        await Promise.all(
            Array.from({ length: 30 }, async (_, at) => {
                const one = await new NotedWaiter(cluster, { host: `h${at}.wild.test` }).get();
                most.push(cluster.connections);
                assert.equal(one.status, 200, one.detail);
            }),
        );
        assert.ok(Math.max(...most) <= 3, `${Math.max(...most)} at once`);
        for (let at = 0; at < 10; at++) assert.equal((await new NotedWaiter(cluster, { host: `again${at}.wild.test` }).get()).status, 200);
        assert.ok(cluster.connections <= 3);
    });
});
