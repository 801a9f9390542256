/** What uses clusters, where their endpoints speak HTTP/2: mirrors, external checks, TLS with certificates on both sides. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, before, describe, it } from "mocha";
import type { SecretEntry, TablesDelta, UpstreamTlsEntry } from "../../../../proxy/tables";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../../support/certificates";
import { eventually } from "../../../support/eventually";
import { secretEntry } from "../../../support/front";
import { RawClient } from "../../exchange/client";
import { guarded, httpProvider } from "../../exchange/external-entries";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { cluster, delta, endpoints, forwardingTo, forwardTo, route, virtualHost } from "../../snapshot/entries";
import { RawEndpoint, response } from "./support/raw-endpoint";
import { goAway, settings, TYPE } from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

interface Backend {
    readonly port: number;
    readonly sessions: http2.ServerHttp2Session[];
    readonly asked: { readonly headers: http2.IncomingHttpHeaders; body: string }[];
}

async function backend(options: http2.SecureServerOptions = {}, answer: http2.OutgoingHttpHeaders = { ":status": 200 }): Promise<Backend> {
    const found: Omit<Backend, "port"> = { sessions: [], asked: [] };
    const server = options.key ? http2.createSecureServer(options) : http2.createServer();
    server.on(
        "session",
        (session: http2.ServerHttp2Session) => void found.sessions.push(session.on("error", () => {}) as http2.ServerHttp2Session),
    );
    server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
        const one = { headers, body: "" };
        stream.on("data", (chunk: Buffer) => (one.body += chunk.toString()));
        stream.on("end", () => {
            found.asked.push(one);
            stream.respond(answer);
            stream.end("ok");
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(async () => {
        for (const session of found.sessions) session.destroy();
        server.close();
        await once(server, "close");
    });
    return { port: (server.address() as AddressInfo).port, ...found };
}

async function start(tables: TablesDelta): Promise<TestProxy> {
    const made = await startProxy(tables);
    closing.push(() => made.close());
    return made;
}
const post = (gateway: TestProxy, body: string): RawClient =>
    new RawClient(gateway.port).send(`POST /a HTTP/1.1\r\nhost: a.test\r\ncontent-length: ${body.length}\r\n\r\n${body}`);

describe("endpoints of HTTP/2", () => {
    it("get copies of requests, with their bodies", async () => {
        const [main, copy] = [await backend(), await backend()];
        const gateway = await start(
            delta(1, {
                virtualHosts: [virtualHost("*", [route(forwardTo("c", { mirrors: [{ cluster: "m", percent: 100 }] }))])],
                clusters: [cluster("c", { protocol: "http2" }), cluster("m", { protocol: "http2" })],
                endpoints: [endpoints("c", main.port), endpoints("m", copy.port)],
            }),
        );
        assert.equal((await post(gateway, "body").until(/ok/)).startsWith("HTTP/1.1 200"), true);
        await eventually(() =>
            assert.deepEqual(
                copy.asked.map(({ headers, body }) => [headers[":path"], body]),
                [["/a", "body"]],
            ),
        );
    });

    it("decide for external checks, also behind one that has gone away", async () => {
        const main = await backend();
        for (const [status, wanted] of [
            [200, 200],
            [401, 401],
        ] as const) {
            const check = await backend({}, { ":status": status });
            const gateway = await start(
                guarded([[httpProvider()]], {
                    clusters: [cluster("c", { protocol: "http2" }), cluster("auth", { protocol: "http2" })],
                    endpoints: [endpoints("c", main.port), endpoints("auth", check.port)],
                }),
            );
            const { status: answered } = await new RawClient(gateway.port).get("/a").response();
            assert.equal(answered, wanted);
            assert.deepEqual(
                check.asked.map(({ headers }) => [headers[":method"], headers[":path"], headers[":authority"]]),
                [["GET", "/a", "web.test"]],
            );
        }
        let rounds = 0;
        const leaving = await RawEndpoint.listen(
            (peer, id) => void peer.send(rounds++ === 0 ? goAway(0) : response(id, [[":status", "403"]])),
        );
        closing.push(() => leaving.close());
        const gateway = await start(
            guarded([[httpProvider()]], {
                clusters: [cluster("c", { protocol: "http2" }), cluster("auth", { protocol: "http2" })],
                endpoints: [endpoints("c", main.port), endpoints("auth", leaving.port)],
            }),
        );
        assert.equal((await new RawClient(gateway.port).get("/a").response()).status, 403);
        assert.equal(rounds, 2);
    });

    it("take heads of more than a frame, and give them", async () => {
        const long = "x".repeat(30_000);
        const up = await backend({}, { ":status": 200, "x-long": long });
        const gateway = await start(forwardingTo(up.port, { protocol: "http2" }));
        const text = await new RawClient(gateway.port).get("/a", "a.test", `x-long: ${long}`).until(/\r\n\r\n/);
        assert.equal(text.includes(`x-long: ${long}\r\n`), true);
        assert.equal(up.asked[0]!.headers["x-long"], long);
    });
});

describe("TLS to endpoints of HTTP/2", () => {
    let authority: TestAuthority;
    let stranger: TestAuthority;
    let server: TestCertificate;
    before(async () => {
        [authority, stranger] = await Promise.all([makeAuthority(), makeAuthority()]);
        server = await authority.issue({ dns: ["a.test"] });
    });

    const asks = async (port: number, terms: Partial<UpstreamTlsEntry>, secrets: readonly SecretEntry[]): Promise<string> => {
        const gateway = await start(
            delta(1, {
                virtualHosts: [virtualHost("*", [route(forwardTo("c"))])],
                clusters: [
                    cluster("c", {
                        protocol: "http2",
                        tls: { mode: "SIMPLE", sni: "a.test", caSecret: "ca", subjectAltNames: [], insecureSkipVerify: false, ...terms },
                    }),
                ],
                endpoints: [endpoints("c", port)],
                secrets: [...secrets],
            }),
        );
        new RawClient(gateway.port).get("/");
        const [record] = await gateway.recorded(1);
        return `${record!.status} ${record!.flags}`;
    };
    const ca = ({ cert }: TestAuthority): SecretEntry => ({ ...secretEntry("ca", server), certificate: "", privateKey: "", ca: cert });

    it("holds their certificate against the authority and the name, before anything is sent", async () => {
        const up = await backend({ ...server });
        assert.equal(await asks(up.port, {}, [ca(authority)]), "200 ");
        assert.equal(await asks(up.port, {}, [ca(stranger)]), "503 UF");
        assert.equal(await asks(up.port, { sni: "b.test" }, [ca(authority)]), "503 UF");
        assert.equal(await asks(up.port, { sni: "b.test", subjectAltNames: ["a.test"] }, [ca(authority)]), "200 ");
        assert.equal(up.asked.length, 2);
    });

    it("shows the gateway's own", async () => {
        const own = await authority.issue({ dns: ["gateway.test"] });
        const up = await backend({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
        assert.equal(await asks(up.port, { mode: "MUTUAL", secret: "own" }, [ca(authority), secretEntry("own", own)]), "200 ");
        assert.equal((await asks(up.port, {}, [ca(authority)])).startsWith("503"), true);
        assert.equal(up.asked.length, 1);
    });

    it("speaks HTTP/2 to who agrees on nothing, and not at all to who wants something else", async () => {
        const spoken: (string | false | null)[] = [];
        for (const [protocols, wanted] of [
            [[], "200 "],
            [["http/1.1"], "503 UF"],
        ] as const) {
            const secure = tls.createServer({ ...server, ALPNProtocols: [...protocols] }, (socket) => {
                spoken.push(socket.alpnProtocol);
                const peer = new RawPeer(socket, true);
                peer.send(settings());
                void peer.frame(({ type }) => type === TYPE.HEADERS).then((head) => peer.send(response(head!.id, [[":status", "200"]])));
            });
            secure.listen(0, "127.0.0.1");
            await once(secure, "listening");
            closing.push(() => void secure.close());
            assert.equal(await asks((secure.address() as AddressInfo).port, {}, [ca(authority)]), wanted);
        }
        assert.deepEqual(spoken, [false]);
    });
});
