/** Calls of grpc-js to servers of grpc-js, in the clear and over TLS on both sides. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { after, afterEach, before, describe, it } from "mocha";
import { CODECS, serveHttp } from "../../../proxy/codec";
import { createRequestHandler } from "../../../proxy/exchange";
import type { ClusterEntry, ExternalProviderEntry, SecretEntry, TablesDelta } from "../../../proxy/tables";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { answerOf, askedIn, AUTHORIZATION, set, type Asked } from "../../support/ext-authz";
import { EchoClient, EchoServer, ended } from "../../support/grpc-calls";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { grpcProvider, guarded } from "./external-entries";
import { startProxy, type TestProxy } from "./harness";

const LARGE = Buffer.alloc(3 * 1024 * 1024, "gatehouse ");

interface Sides {
    readonly authority: TestCertificate;
    readonly pair: TestCertificate;
}

function secret(key: string, { cert }: TestCertificate): SecretEntry {
    return { key, certificate: "", privateKey: "", ca: cert, fingerprint: key, origin: ORIGIN };
}

/** A server over TLS in front of the same exchange. */
async function overTls(proxy: TestProxy, { pair }: Sides): Promise<tls.Server> {
    const serve = serveHttp({ handler: createRequestHandler(proxy.runtime) }, CODECS);
    const server = tls.createServer({ ...pair, ALPNProtocols: ["h2", "http/1.1"] }, (socket) =>
        serve(socket, {
            ...{
                remoteAddress: "127.0.0.1",
                remotePort: 1,
                localAddress: "127.0.0.1",
                localPort: 443,
                port: 443,
                scheme: "https" as const,
            },
            ...{ serverName: "echo.test", routeTable: "http.80", chain: "", forwardedClientCert: "" },
        }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
}

for (const isTls of [false, true]) {
    describe(`gRPC ${isTls ? "over TLS on both sides" : "in the clear"}`, () => {
        let sides: Sides;
        let server: EchoServer;
        let proxy: TestProxy;
        let client: EchoClient;
        let front: tls.Server | undefined;

        const tablesOf = (port: number, more: Partial<ClusterEntry> = {}, timeoutMs = 0): TablesDelta =>
            delta(1, {
                virtualHosts: [virtualHost("*", [route(forwardTo("c", { timeoutMs, retry: { ...DEFAULT_RETRY, backoffMs: 1 } }))])],
                secrets: [secret("ca", sides.authority)],
                clusters: [
                    cluster("c", {
                        protocol: "http2",
                        ...(isTls
                            ? { tls: { mode: "SIMPLE", caSecret: "ca", sni: "echo.test", subjectAltNames: [], insecureSkipVerify: false } }
                            : {}),
                        ...more,
                    }),
                ],
                endpoints: [endpoints("c", port)],
            });
        const serverCredentials = (): grpc.ServerCredentials =>
            isTls
                ? grpc.ServerCredentials.createSsl(null, [
                      { cert_chain: Buffer.from(sides.pair.cert), private_key: Buffer.from(sides.pair.key) },
                  ])
                : grpc.ServerCredentials.createInsecure();
        const connect = (): EchoClient =>
            isTls
                ? new EchoClient(
                      `127.0.0.1:${(front!.address() as AddressInfo).port}`,
                      grpc.credentials.createSsl(Buffer.from(sides.authority.cert)),
                      { "grpc.ssl_target_name_override": "echo.test", "grpc.default_authority": "echo.test" },
                  )
                : new EchoClient(`127.0.0.1:${proxy.port}`);

        before(async () => {
            const authority = await makeAuthority();
            sides = { authority, pair: await authority.issue({ dns: ["echo.test"] }) };
            server = await new EchoServer(serverCredentials()).start();
            proxy = await startProxy(tablesOf(server.port));
            if (isTls) front = await overTls(proxy, sides);
            client = connect();
        });
        after(async () => {
            client.close();
            front?.close();
            await proxy.close();
            server.stop();
        });
        afterEach(() => {
            server.failures = [];
            server.seen.length = 0;
        });

        it("passes unary calls, with metadata of both kinds in the head and behind it", async () => {
            const metadata = new grpc.Metadata();
            metadata.set("x-text", "one");
            metadata.set("x-data-bin", Buffer.from([0, 255, 7]));
            const call = await client.unary("hello", { metadata });
            assert.deepEqual([call.code, call.messages.map(String)], [grpc.status.OK, ["hello"]]);
            assert.deepEqual(call.leading?.get("x-leading"), ["1"]);
            assert.deepEqual([call.trailing.get("x-trailing"), call.trailing.get("x-bytes-bin")], [["1"], [Buffer.from([0, 255, 1])]]);
            const [seen] = server.seen;
            assert.deepEqual([seen?.metadata.get("x-text"), seen?.metadata.get("x-data-bin")], [["one"], [Buffer.from([0, 255, 7])]]);
        });

        it("passes streams of the client, of the server and of both", async () => {
            const parts = Array.from({ length: 50 }, (_, at) => Buffer.alloc(1000, at));
            const collected = await client.collect(parts);
            assert.ok(Buffer.concat(collected.messages).equals(Buffer.concat(parts)));
            const expanded = await client.expand(Buffer.from("abc"));
            assert.deepEqual([expanded.messages.map(String), expanded.trailing.get("x-trailing")], [["a", "b", "c"], ["1"]]);
            const talk = client.talk();
            const outcome = ended(talk);
            for (const word of ["one", "two"]) {
                const answered = once(talk, "data");
                talk.write(Buffer.from(word));
                // Each message is answered while both streams are open.
                assert.equal(String((await answered)[0]), word);
            }
            talk.end();
            assert.equal((await outcome).code, grpc.status.OK);
        });

        it("passes messages that are larger than any window", async () => {
            const { messages, code } = await client.unary(LARGE);
            assert.ok(code === grpc.status.OK && messages[0]?.equals(LARGE));
        });

        it("passes many calls at once on one connection", async () => {
            const calls = await Promise.all(Array.from({ length: 200 }, (_, at) => client.unary(`call ${at}`)));
            assert.deepEqual(
                calls.map(({ messages }) => String(messages[0])),
                calls.map((_, at) => `call ${at}`),
            );
        });

        it("passes statuses, their words and metadata", async () => {
            server.failures = [grpc.status.NOT_FOUND];
            const { code, details, trailing, messages } = await client.unary("x");
            assert.deepEqual([code, details, messages, trailing.get("x-trailing")], [grpc.status.NOT_FOUND, "told so: ü", [], ["1"]]);
        });

        it("tries again what is unavailable, as often as Istio does", async () => {
            server.failures = [grpc.status.UNAVAILABLE, grpc.status.CANCELLED];
            const { code, messages } = await client.unary("again");
            assert.deepEqual([code, messages.map(String), server.seen.length], [grpc.status.OK, ["again"], 3]);
        });

        it("tells the server that a client has given up", async () => {
            const call = client.startUnary("wait");
            const outcome = ended(call);
            await eventually(() => assert.equal(server.seen.length, 1));
            call.cancel();
            assert.equal((await outcome).code, grpc.status.CANCELLED);
            await server.seen[0]?.cancelled;
        });

        it("keeps a call's deadline, and tells the server of it", async () => {
            const { code } = await client.unary("wait", { deadline: Date.now() + 80 });
            assert.ok(code === grpc.status.DEADLINE_EXCEEDED || code === grpc.status.UNAVAILABLE, String(code));
            const [seen] = server.seen;
            assert.ok(seen !== undefined && Math.abs(seen.deadline - Date.now()) < 2_000);
            await seen.cancelled;
        });

        it("serves on over a server that goes away and comes again", async () => {
            const other = await new EchoServer(serverCredentials()).start();
            const { port } = other;
            const second = await startProxy(tablesOf(port));
            const tlsFront = isTls ? await overTls(second, sides) : undefined;
            const [own, ownFront] = [proxy, front];
            [proxy, front] = [second, tlsFront];
            const caller = connect();
            [proxy, front] = [own, ownFront];
            let again: EchoServer | undefined;
            try {
                assert.equal((await caller.unary("first")).code, grpc.status.OK);
                await other.leave();
                again = await new EchoServer(serverCredentials()).start(port);
                for (const word of ["second", "third"]) assert.equal((await caller.unary(word)).code, grpc.status.OK);
            } finally {
                caller.close();
                tlsFront?.close();
                await second.close();
                other.stop();
                again?.stop();
            }
        });

        it("says in a status what the gateway answers itself", async () => {
            proxy.apply(
                delta(2, {
                    virtualHosts: [virtualHost("*", [route({ kind: "direct", status: 403, body: Buffer.from("no").toString("base64") })])],
                }),
            );
            const refused = await client.unary("x");
            assert.deepEqual([refused.code, refused.details], [grpc.status.PERMISSION_DENIED, "no"]);
            proxy.apply({ ...tablesOf(1), version: 3, full: true });
            const nowhere = await client.unary("x");
            assert.equal(nowhere.code, grpc.status.UNAVAILABLE);
            assert.match(nowhere.details, /^upstream connect error/);
            proxy.apply({ ...tablesOf(server.port), version: 4, full: true });
            assert.equal((await client.unary("x")).code, grpc.status.OK);
        });
    });
}

describe("gRPC-Web of a browser to a server of grpc-js", () => {
    const framed = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);
    const ask = async (
        port: number,
        path: string,
        type: string,
        body: Buffer,
    ): Promise<{ readonly type: string | null; readonly status: string | null; readonly bytes: Buffer }> => {
        const answered = await fetch(`http://127.0.0.1:${port}/test.Echo/${path}`, {
            method: "POST",
            headers: { "content-type": type, accept: type, "x-grpc-web": "1" },
            body: new Uint8Array(body),
        });
        const bytes = Buffer.from(await answered.arrayBuffer());
        return { type: answered.headers.get("content-type"), status: answered.headers.get("grpc-status"), bytes };
    };

    it("is answered over HTTP/1.1, in bytes and in text, one message and several", async () => {
        const server = await new EchoServer().start();
        const proxy = await startProxy(
            delta(1, {
                routeTables: [{ key: "http.80", port: 80, grpcWeb: true, origin: ORIGIN }],
                virtualHosts: [virtualHost("*", [route(forwardTo("c"))])],
                clusters: [cluster("c", { protocol: "http2" })],
                endpoints: [endpoints("c", server.port)],
            }),
        );
        try {
            const unary = await ask(proxy.port, "Unary", "application/grpc-web+proto", framed("hello"));
            assert.equal(unary.type, "application/grpc-web+proto");
            assert.ok(unary.bytes.subarray(0, 10).equals(framed("hello")));
            assert.equal(unary.bytes[10], 0x80);
            assert.match(unary.bytes.subarray(15).toString(), /^(?:[a-z-]+:.*\r\n)*grpc-status:0\r\n/);
            const text = await ask(proxy.port, "Expand", "application/grpc-web-text", Buffer.from(framed("abc").toString("base64")));
            assert.equal(text.type, "application/grpc-web-text+proto");
            const messages = ["a", "b", "c"].map((one) => framed(one).toString("base64")).join("");
            assert.equal(text.bytes.subarray(0, messages.length).toString(), messages);
            assert.match(Buffer.from(text.bytes.subarray(messages.length).toString(), "base64").subarray(5).toString(), /x-trailing:1\r\n/);
            server.failures = [grpc.status.NOT_FOUND];
            const failed = await ask(proxy.port, "Unary", "application/grpc-web", framed("x"));
            assert.ok(failed.status === "5" || failed.bytes.toString().includes("grpc-status:5"), failed.bytes.toString());
        } finally {
            await proxy.close();
            server.stop();
        }
    });
});

describe("a check by a server of grpc-js", () => {
    it("is asked about calls, and its word is done", async () => {
        const asked: Asked[] = [];
        const checks = new grpc.Server();
        const check = AUTHORIZATION["Check"]!;
        checks.register(
            check.path,
            (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
                const said = askedIn(call.request);
                asked.push(said);
                const isAnn = said.attributes.request?.http.headers["x-who"] === "ann";
                done(
                    null,
                    answerOf(
                        isAnn
                            ? { ok_response: { headers: [set("x-user", "ann")] } }
                            : { status: { code: 16 }, denied_response: { status: { code: 401 }, body: "who?" } },
                    ),
                );
            },
            (message: Buffer) => message,
            (message: Buffer) => message,
            "unary",
        );
        const port = await new Promise<number>((resolve) =>
            checks.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_error, bound) => resolve(bound)),
        );
        const server = await new EchoServer().start();
        const provider: ExternalProviderEntry = grpcProvider();
        const proxy = await startProxy(
            guarded([[provider]], {
                clusters: [cluster("c", { protocol: "http2" }), cluster("auth", { protocol: "http2" })],
                endpoints: [endpoints("c", server.port), endpoints("auth", port)],
            }),
        );
        const client = new EchoClient(`127.0.0.1:${proxy.port}`);
        try {
            const metadata = new grpc.Metadata();
            metadata.set("x-who", "ann");
            assert.equal((await client.unary("in", { metadata })).code, grpc.status.OK);
            assert.deepEqual(server.seen[0]?.metadata.get("x-user"), ["ann"]);
            const refused = await client.unary("out");
            assert.deepEqual([refused.code, refused.details, server.seen.length], [grpc.status.UNAUTHENTICATED, "who?", 1]);
            const http = asked[0]?.attributes.request?.http;
            assert.deepEqual(
                [http?.method, http?.path, http?.protocol, http?.headers["te"]],
                ["POST", "/test.Echo/Unary", "HTTP/2", "trailers"],
            );
            checks.forceShutdown();
            assert.equal((await client.unary("in", { metadata })).code, grpc.status.PERMISSION_DENIED);
        } finally {
            client.close();
            await proxy.close();
            server.stop();
            checks.forceShutdown();
        }
    });
});
