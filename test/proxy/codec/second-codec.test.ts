/** A protocol is a codec and nothing else: a second one, registered and served end to end over real sockets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { afterEach, before, describe, it } from "mocha";
import ts from "typescript";
import { CODECS, Codecs, serveHttp, type ClientOwner } from "../../../proxy/codec";
import { http1 } from "../../../proxy/codec/http1/codec";
import { createRequestHandler, createRuntime } from "../../../proxy/exchange";
import type { ConnectionInfo, HeaderList, RequestHead, ResetReason, ResponseHead, ResponseReceiver } from "../../../proxy/http/doors";
import { HTTP_ALPN, PROTOCOLS } from "../../../proxy/http/protocols";
import { bindSnapshot } from "../../../proxy/snapshot";
import type { RetryEntry, UpstreamTlsEntry } from "../../../proxy/tables";
import type { RequestRecord } from "../../../proxy/telemetry";
import { createUpstreamServices } from "../../../proxy/upstream";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { root, sourcesBelow } from "../../support/checkout";
import { eventually } from "../../support/eventually";
import { Front, httpChain, listenerEntry, secretEntry, terminated } from "../../support/front";
import { RawClient } from "../exchange/client";
import { startProxy, type TestProxy } from "../exchange/harness";
import { cluster, delta, DEFAULT_RETRY, endpoints, forwardingTo, forwardTo, NO_RETRY, route, virtualHost } from "../snapshot/entries";
import { EITHER_CODEC, lines, LinesClient, LinesServer, TWO_CODECS } from "./support/lines";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

class Answer implements ResponseReceiver {
    status = 0;
    headers: HeaderList = [];
    body = "";
    ended = false;
    trailers: HeaderList | undefined;
    wasReset: ResetReason | undefined;
    onInformational(): void {}
    onResponseHead(head: ResponseHead, end: boolean): void {
        this.status = head.status;
        this.headers = head.headers;
        this.ended = end;
    }
    onResponseData(chunk: Buffer): void {
        this.body += chunk.toString("latin1");
    }
    onResponseEnd(trailers: HeaderList | undefined): void {
        this.ended = true;
        this.trailers = trailers;
    }
    onResponseReset(reason: ResetReason): void {
        this.wasReset = reason;
    }
    onRequestWritable(): void {}
    async whole(): Promise<this> {
        await eventually(() => assert.ok(this.ended || this.wasReset !== undefined));
        return this;
    }
}

const NOBODY: ClientOwner = { onStreamEnd() {}, onCapacity() {}, onGoingAway() {}, onClosed() {} };

/** A client of the second protocol. */
class Client extends LinesClient {
    ask(target: string, body?: string, more: Partial<RequestHead> = {}): Answer {
        const answer = new Answer();
        const head: RequestHead = {
            method: body === undefined ? "GET" : "POST",
            scheme: "http",
            authority: "a.test",
            path: target,
            headers: [],
            contentLength: body === undefined ? 0 : -1,
            upgrade: "",
            expectContinue: false,
            underscored: false,
            protocol: "HTTP/2",
            ...more,
        };
        const writer = this.open(head, body === undefined, answer);
        if (body !== undefined) {
            writer.data(Buffer.from(body));
            writer.end(["t", "1"]);
        }
        return answer;
    }
}

interface Backend {
    readonly port: number;
    /** How many connections it was made, and by which protocols. */
    readonly spoken: string[];
    readonly connections: LinesServer[];
    /** Paths, in the order of arrival. */
    readonly asked: string[];
    /** Of requests to `/held…`. */
    readonly held: (() => void)[];
}

/** Echoes what it is asked, in either protocol: by the handshake with TLS, else by how the client begins. */
async function backend(options?: tls.TlsOptions): Promise<Backend> {
    const found: { spoken: string[]; connections: LinesServer[]; asked: string[]; held: (() => void)[] } = {
        spoken: [],
        connections: [],
        asked: [],
        held: [],
    };
    const noting = new Codecs(
        [lines, http1].map((codec) => ({
            ...codec,
            server: (service) => {
                const serve = codec.server(service);
                return (socket, info) => {
                    found.spoken.push(codec.protocol.text);
                    const made = serve(socket, info);
                    if (made instanceof LinesServer) found.connections.push(made);
                    return made;
                };
            },
        })),
    );
    const serve = serveHttp(
        {
            handler: (head, end, writer) => {
                found.asked.push(head.path);
                const text: string[] = [`${head.method} ${head.path} `];
                const answer = () => {
                    writer.head(
                        {
                            status: 200,
                            headers: ["x-tried", head.headers[head.headers.indexOf("x-envoy-attempt-count") + 1] ?? ""],
                            contentLength: -1,
                        },
                        false,
                    );
                    writer.data(Buffer.from(text.join("")));
                    writer.end(["u", "2"]);
                };
                const reply = () => void (head.path.startsWith("/held") ? found.held.push(answer) : answer());
                if (end) reply();
                return {
                    onRequestData: (chunk) => text.push(chunk.toString()),
                    onRequestEnd: (trailers) => {
                        text.push(` ${(trailers ?? []).join("=")}`);
                        reply();
                    },
                    onRequestReset() {},
                    onResponseWritable() {},
                };
            },
        },
        noting,
    );
    const sockets = new Set<net.Socket>();
    const take = (socket: net.Socket): void => {
        sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
        serve(socket, { scheme: "http" } as ConnectionInfo);
    };
    const server = options === undefined ? net.createServer({ allowHalfOpen: true }, take) : tls.createServer(options, take);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, "close");
    });
    return { port: (server.address() as net.AddressInfo).port, ...found };
}

const TLS: UpstreamTlsEntry = { mode: "SIMPLE", sni: "a.test", subjectAltNames: [], insecureSkipVerify: true };

async function proxy(
    port: number,
    codecs: Codecs,
    more: { readonly retry?: RetryEntry; readonly tls?: UpstreamTlsEntry } = {},
): Promise<TestProxy> {
    const tables = forwardingTo(port, { protocol: "http2", ...(more.tls ? { tls: more.tls } : {}) }, { retry: more.retry ?? NO_RETRY });
    const made = await startProxy(tables, { services: { codecs } });
    closing.push(() => made.close());
    return made;
}

function client(port: number): Client {
    const made = new Client(net.connect(port, "127.0.0.1"), NOBODY);
    closing.push(() => made.close());
    return made;
}

describe("a second codec, end to end", () => {
    it("carries heads, bodies and trailers on both sides, many at once on a connection each", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS);
        const one = client(gateway.port);
        const answers = [one.ask("/held/1"), one.ask("/2", "body"), one.ask("/held/3", "b")];
        assert.deepEqual(await answers[1]!.whole().then(({ status, body, trailers }) => [status, body, trailers]), [
            200,
            "POST /2 body t=1",
            ["u", "2"],
        ]);
        await eventually(() => assert.equal(up.held.length, 2));
        for (const answer of up.held.reverse()) answer();
        assert.equal((await answers[0]!.whole()).body, "GET /held/1 ");
        assert.equal((await answers[2]!.whole()).body, "POST /held/3 b t=1");
        assert.deepEqual(up.spoken, ["HTTP/2"]);
        const records = await gateway.recorded(3);
        assert.deepEqual(
            records.map(({ protocol, details, attempts }) => `${protocol} ${details} ${attempts}`),
            Array(3).fill("HTTP/2 via_upstream 1"),
        );
    });

    it("leads from one protocol to the other, either way", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS);
        assert.equal((await new RawClient(gateway.port).get("/a").until(/GET \/a /)).startsWith("HTTP/1.1 200"), true);
        assert.deepEqual(up.spoken, ["HTTP/2"]);
        const plain = await startProxy(forwardingTo(up.port, { protocol: "http1" }), { services: { codecs: TWO_CODECS } });
        closing.push(() => plain.close());
        assert.equal((await client(plain.port).ask("/b", "x").whole()).body, "POST /b x t=1");
        assert.deepEqual(up.spoken, ["HTTP/2", "HTTP/1.1"]);
    });

    it("is told by the client's first bytes, however they come; less than that is answered by the other", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS);
        const whole = `${lines.protocol.preface}${JSON.stringify(["head", 1, { method: "GET", scheme: "http", authority: "a.test", path: "/s", headers: [], contentLength: 0, upgrade: "", expectContinue: false, underscored: false, protocol: "HTTP/2" }, true])}\n`;
        for (let split = 1; split <= lines.protocol.preface.length; split++) {
            const raw = new RawClient(gateway.port).send(whole.slice(0, split));
            await new Promise((resolve) => setTimeout(resolve, 2));
            assert.match(await raw.send(whole.slice(split)).until(/\["end",1,.*\]\n/), /"status":200/);
            await raw.close();
        }
        const cut = new RawClient(gateway.port).send("LI");
        cut.socket.end();
        await cut.end();
        const other = new RawClient(gateway.port).send("L");
        await new Promise((resolve) => setTimeout(resolve, 2));
        assert.equal((await other.send("OOK / HTTP/1.1\r\nhost: a.test\r\n\r\n").response()).status, 501);
    });

    it("names its own faults in the log", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS);
        const one = client(gateway.port);
        one.ask("/held");
        await eventually(() => assert.equal(up.held.length, 1));
        one.socket.write("no frame\n");
        const [record] = await gateway.recorded(1);
        assert.deepEqual([record!.status, record!.flags, record!.details], [400, "DPE", "lines.codec_error"]);
        const plain = new RawClient(gateway.port).send("POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n");
        await plain.response();
        assert.equal((await gateway.recorded(2))[1]!.details, "http1.codec_error");
    });

    it("sends a request again with its body where nothing of it was processed", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS, { retry: { ...DEFAULT_RETRY, on: ["refused-stream"], backoffMs: 1 } });
        const one = client(gateway.port);
        const first = one.ask("/held/first");
        await eventually(() => assert.equal(up.held.length, 1));
        // Goes away behind the first: whatever comes to this connection after that is not processed.
        const second = one.ask("/held/second", "kept");
        await eventually(() => assert.equal(up.held.length, 2));
        up.connections[0]!.away(1);
        await eventually(() => assert.equal(up.held.length, 3));
        up.held[2]!();
        const { status, body } = await second.whole();
        assert.deepEqual([status, body, up.connections.length], [200, "POST /held/second kept t=1", 2]);
        up.held[0]!();
        assert.equal((await first.whole()).status, 200);
    });

    it("leaves a request alone that may have been processed", async () => {
        const up = await backend();
        const gateway = await proxy(up.port, TWO_CODECS, { retry: { ...DEFAULT_RETRY, backoffMs: 1 } });
        const one = client(gateway.port);
        const answers = [one.ask("/held/1"), one.ask("/held/2", "b")];
        await eventually(() => assert.equal(up.held.length, 2));
        up.connections[0]!.destroy();
        for (const answer of answers) assert.equal((await answer.whole()).status, 503);
        assert.equal(up.asked.length, 2);
        const records: readonly RequestRecord[] = await gateway.recorded(2);
        assert.deepEqual(
            records.map(({ flags, attempts }) => `${flags} ${attempts}`),
            ["UC 1", "UC 1"],
        );
    });
});

describe("which codec serves a TLS connection", () => {
    let pair: TestCertificate;
    before(async () => {
        pair = await (await makeAuthority()).issue({ dns: ["a.test"] });
    });

    async function front(codecs: Codecs, alpn: readonly string[], httpAlpn = codecs.alpn): Promise<Front> {
        const up = await backend({ ...pair, ALPNProtocols: ["lines/1", "http/1.1"] });
        const services = createUpstreamServices({ codecs: EITHER_CODEC });
        const snapshot = bindSnapshot(
            undefined,
            delta(1, {
                virtualHosts: [virtualHost("*", [route(forwardTo("c"))], { routeTable: "table A" })],
                clusters: [cluster("c", { protocol: "http2", tls: TLS })],
                endpoints: [endpoints("c", up.port)],
            }),
            services,
        );
        closing.push(() => void bindSnapshot(snapshot, { version: 0, full: true, set: {}, remove: {} }, services));
        const made = new Front({
            serveHttp: serveHttp({ handler: createRequestHandler(createRuntime(snapshot, [])) }, codecs),
            httpAlpn,
        });
        closing.push(() => made.close());
        return made.start({
            listeners: [listenerEntry("tls")],
            chains: [httpChain("A", ["a.test"], terminated("a", { alpn }))],
            secrets: [secretEntry("a", pair)],
        });
    }
    async function secure(from: Front, ...alpn: string[]): Promise<tls.TLSSocket> {
        const socket = from.tls("a.test", alpn.length > 0 ? { ALPNProtocols: alpn } : {});
        await once(socket, "secureConnect");
        return socket;
    }
    async function plain(socket: net.Socket): Promise<string> {
        socket.write("GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n");
        const [chunk] = (await once(socket, "data")) as [Buffer];
        return chunk.toString("latin1");
    }

    it("is agreed on in the handshake, and by the first bytes where nothing is", async () => {
        const listening = await front(TWO_CODECS, ["lines/1", "http/1.1"]);
        const both = await secure(listening, "http/1.1", "lines/1");
        assert.equal(both.alpnProtocol, "lines/1", "the gateway's preference");
        assert.equal((await new Client(both, NOBODY).ask("/t", "x").whole()).body, "POST /t x t=1");
        for (const alpn of [["http/1.1"], []]) assert.match(await plain(await secure(listening, ...alpn)), /^HTTP\/1\.1 200 /);
        const silent = await secure(listening);
        assert.equal((await new Client(silent, NOBODY).ask("/u").whole()).status, 200);
    });

    it("is never one that a chain offers and nothing here speaks", async () => {
        const listening = await front(CODECS, ["lines/1", "http/1.1"]);
        const both = await secure(listening, "lines/1", "http/1.1");
        assert.equal(both.alpnProtocol, "http/1.1");
        const socket = listening.tls("a.test", { ALPNProtocols: ["lines/1"] });
        await new Promise((resolve) => socket.once("close", resolve));
        assert.notEqual(socket.alpnProtocol, "lines/1");
        const astray = await secure(await front(CODECS, ["lines/1"], ["lines/1"]), "lines/1");
        astray.write("GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n");
        let answered = "";
        astray.on("data", (chunk: Buffer) => (answered += chunk.toString()));
        await once(astray, "close");
        assert.equal(answered, "", "what was agreed on is not read as something else");
    });

    it("is not waited for without end", async () => {
        let sockets = 0;
        const serve = serveHttp({ handler: () => assert.fail("nothing was asked") }, TWO_CODECS, 1);
        const server = net.createServer((socket) => void (sockets++, serve(socket, {} as ConnectionInfo))).listen(0, "127.0.0.1");
        await once(server, "listening");
        closing.push(() => void server.close());
        const silent = new RawClient((server.address() as net.AddressInfo).port).send("LIN");
        await silent.end();
        assert.deepEqual([sockets, silent.received], [1, ""]);
        silent.socket.destroy();
    });

    it("ends with a drain that comes before the client's first byte", async () => {
        const listening = await front(TWO_CODECS, ["lines/1", "http/1.1"]);
        const socket = await secure(listening);
        await eventually(() => assert.equal(listening.connections.active, 1));
        void listening.connections.drain(2000);
        assert.match(
            await plain(socket),
            /^HTTP\/1\.1 200[^]*\r\nconnection: close\r\n/,
            "what was on its way is answered, and is the last",
        );
        await once(socket.resume(), "close");
    });
});

describe("the border of the codecs", () => {
    it("has a codec for every protocol of the table, in its order", () => {
        assert.deepEqual(
            CODECS.all.map(({ protocol }) => protocol),
            Object.values(PROTOCOLS),
        );
        assert.deepEqual(CODECS.alpn, HTTP_ALPN);
        assert.throws(() => new Codecs([lines]), /No codec serves clients/);
    });

    it("is crossed by nobody: outside of it no source names a codec, an ALPN id, or details of one", () => {
        const names = /^(?:http\/1\.1|http1\..*|h2|.*codec\/http1.*)$/;
        const found = sourcesBelow("proxy")
            .filter((file) => !file.startsWith("proxy/codec/") && file !== "proxy/http/protocols.ts")
            .flatMap((file) =>
                literalsOf(file)
                    .filter((text) => names.test(text))
                    .map((text) => `${file}: ${text}`),
            );
        assert.deepEqual(found, [
            // A question is read as a client would have sent it.
            "proxy/explain/question-head.ts: ../codec/http1/parser",
        ]);
    });
});

function literalsOf(file: string): string[] {
    const texts: string[] = [];
    const walk = (node: ts.Node): void => {
        if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) texts.push(node.text);
        node.forEachChild(walk);
    };
    walk(ts.createSourceFile(file, readFileSync(path.join(root, file), "utf8"), ts.ScriptTarget.Latest));
    return texts;
}
