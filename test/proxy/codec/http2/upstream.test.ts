/** From either protocol to either, and back: bodies, trailers, interim responses, resets and flow control, against Node's own HTTP/2. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, before, describe, it } from "mocha";
import type { RequestRecord } from "../../../../proxy/telemetry";
import type { ClusterEntry, UpstreamTlsEntry } from "../../../../proxy/tables";
import { makeAuthority, type TestCertificate } from "../../../support/certificates";
import { eventually } from "../../../support/eventually";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

type Handler = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void;

async function backend(
    handler: Handler,
    pair?: TestCertificate,
): Promise<{ readonly port: number; readonly sessions: http2.Http2Session[] }> {
    const sessions: http2.Http2Session[] = [];
    const server = pair ? http2.createSecureServer({ ...pair }, handler) : http2.createServer({ maxSessionMemory: 100 }, handler);
    server.on("session", (session) => void sessions.push(session.on("error", () => {})));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(async () => {
        for (const session of sessions) session.destroy();
        server.close();
        await once(server, "close");
    });
    return { port: (server.address() as AddressInfo).port, sessions };
}

async function proxy(port: number, more: Partial<ClusterEntry> = {}): Promise<TestProxy> {
    const made = await startProxy(forwardingTo(port, { protocol: "http2", ...more }));
    closing.push(() => made.close());
    return made;
}

interface Asked {
    readonly method?: string;
    readonly body?: Buffer;
    readonly trailers?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
}
interface Answered {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: string;
    readonly trailers: Readonly<Record<string, unknown>>;
    readonly interim: readonly number[];
}
/** Asks in one protocol, and resolves once the answer is whole. */
type Client = (port: number, path: string, asked?: Asked) => Promise<Answered>;

const overHttp1: Client = async (port, path, { method = "GET", body, trailers, headers = {} } = {}) => {
    const request = http.request({
        port,
        host: "127.0.0.1",
        path,
        method,
        agent: false,
        headers: { host: "a.test", ...(trailers ? { trailer: "t" } : {}), ...headers },
    });
    const interim: number[] = [];
    request.on("information", ({ statusCode }) => interim.push(statusCode));
    if (trailers) request.addTrailers(trailers);
    request.end(body);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    return {
        status: response.statusCode!,
        headers: response.headers,
        body: Buffer.concat(parts).toString("latin1"),
        trailers: response.trailers,
        interim,
    };
};

const overHttp2: Client = async (port, path, { method = "GET", body, trailers, headers = {} } = {}) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    const stream = session.request(
        { ":path": path, ":method": method, ":authority": "a.test", ...headers },
        { endStream: body === undefined && trailers === undefined, waitForTrailers: trailers !== undefined },
    );
    const interim: number[] = [];
    stream.on("headers", (head) => interim.push(head[":status"]!));
    if (trailers) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    if (body !== undefined || trailers !== undefined) stream.end(body);
    let found: Record<string, unknown> = {};
    stream.on("trailers", (given) => (found = Object.fromEntries(Object.entries(given))));
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    session.close();
    return { status: head[":status"]!, headers: head, body: Buffer.concat(parts).toString("latin1"), trailers: found, interim };
};

const CLIENTS: readonly (readonly [name: string, client: Client])[] = [
    ["HTTP/1.1", overHttp1],
    ["HTTP/2", overHttp2],
];

const echo: Handler = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
        response.setHeader("x-got", JSON.stringify({ ...request.headers, trailers: request.trailers }));
        response.addTrailers({ u: "2" });
        response.end(Buffer.concat(parts));
    });
};
const gotOf = ({ headers }: Answered): Record<string, unknown> => JSON.parse(String(headers["x-got"])) as Record<string, unknown>;

for (const [name, ask] of CLIENTS) {
    describe(`${name} to HTTP/2`, () => {
        it("hands on heads, and no word that concerns a connection", async () => {
            const gateway = await proxy((await backend(echo)).port);
            const answer = await ask(gateway.port, "/p?q=1", {
                headers: {
                    cookie: "a=1; b=2",
                    te: "trailers",
                    ...(ask === overHttp1 ? { connection: "x-hop, te", "x-hop": "1", "keep-alive": "5" } : {}),
                },
            });
            const got = gotOf(answer);
            assert.deepEqual(
                [
                    got[":method"],
                    got[":path"],
                    got[":authority"],
                    got[":scheme"],
                    got["te"],
                    got["cookie"],
                    got["x-hop"],
                    got["keep-alive"],
                    got["host"],
                ],
                ["GET", "/p?q=1", "a.test", "http", "trailers", "a=1; b=2", undefined, undefined, undefined],
            );
            assert.equal(answer.status, 200);
            const [record] = await gateway.recorded(1);
            assert.deepEqual([record!.protocol, record!.details], [name, "via_upstream"]);
        });

        it("hands on bodies of known and unknown length, and trailers both ways", async () => {
            const gateway = await proxy((await backend(echo)).port);
            const known = await ask(gateway.port, "/", { method: "POST", body: Buffer.from("abc"), headers: { "content-length": "3" } });
            assert.deepEqual([known.body, gotOf(known)["content-length"], known.trailers], ["abc", "3", { u: "2" }]);
            const open = await ask(gateway.port, "/", { method: "POST", body: Buffer.from("abc"), trailers: { t: "1" } });
            assert.deepEqual([open.body, gotOf(open)["content-length"], gotOf(open)["trailers"]], ["abc", undefined, { t: "1" }]);
        });

        it("hands on answers without a body, and interim ones", async () => {
            const gateway = await proxy(
                (
                    await backend((request, response) => {
                        if (request.url === "/early") response.writeEarlyHints({ link: "</a>; rel=preload" });
                        if (request.url === "/304") response.writeHead(304, { "content-length": "7" });
                        else
                            response.writeHead(
                                request.url === "/204" ? 204 : 200,
                                request.method === "HEAD" ? { "content-length": "9" } : {},
                            );
                        response.end();
                    })
                ).port,
            );
            const head = await ask(gateway.port, "/", { method: "HEAD" });
            assert.deepEqual([head.status, head.headers["content-length"], head.body], [200, "9", ""]);
            assert.equal((await ask(gateway.port, "/204")).status, 204);
            assert.equal((await ask(gateway.port, "/304")).status, 304);
            const empty = await ask(gateway.port, "/");
            assert.deepEqual([empty.status, empty.body], [200, ""]);
            const early = await ask(gateway.port, "/early");
            assert.deepEqual([early.status, early.interim], [200, [103]]);
        });

        it("lets large bodies flow both ways, a window at a time", async () => {
            const gateway = await proxy(
                (await backend((request, response) => void request.pipe(response as unknown as NodeJS.WritableStream))).port,
            );
            const body = Buffer.alloc(3_000_000, "0123456789");
            const answer = await ask(gateway.port, "/", { method: "POST", body });
            assert.equal(answer.body === body.toString(), true);
        });
    });
}

describe("many clients", () => {
    it("share a connection, and one that does not read stops nobody", async () => {
        const up = await backend((request, response) => {
            if (request.url === "/big") response.end(Buffer.alloc(4_000_000));
            else response.end("small");
        });
        const gateway = await proxy(up.port);
        const stuck = Array.from({ length: 8 }, () => {
            const request = http.get({ port: gateway.port, host: "127.0.0.1", path: "/big", agent: false, headers: { host: "a.test" } });
            request.on("response", (response) => response.pause()).on("error", () => {});
            closing.push(() => void request.destroy());
            return once(request, "response");
        });
        await Promise.all(stuck);
        for (let count = 0; count < 20; count++) assert.equal((await overHttp1(gateway.port, "/small")).body, "small");
        assert.equal(up.sessions.length, 1);
    });
});

describe("TLS to HTTP/2", () => {
    const TLS: UpstreamTlsEntry = { mode: "SIMPLE", sni: "a.test", subjectAltNames: [], insecureSkipVerify: true };
    let pair: TestCertificate;
    before(async () => {
        pair = await (await makeAuthority()).issue({ dns: ["a.test"] });
    });

    it("is agreed on by h2", async () => {
        const up = await backend(echo, pair);
        const gateway = await proxy(up.port, { tls: TLS });
        for (const [, ask] of CLIENTS) assert.equal((await ask(gateway.port, "/", { method: "POST", body: Buffer.from("x") })).body, "x");
        assert.deepEqual(
            up.sessions.map(({ alpnProtocol }) => alpnProtocol),
            ["h2"],
        );
    });
});

describe("a cluster that is asked as the client asks", () => {
    it("is spoken to in both protocols", async () => {
        const plain = http.createServer((_request, response) => response.end("one")).listen(0, "127.0.0.1");
        await once(plain, "listening");
        closing.push(() => void plain.close());
        const gateway = await proxy((plain.address() as AddressInfo).port, { protocol: "client" });
        assert.equal((await overHttp1(gateway.port, "/")).body, "one");
        assert.equal((await overHttp2(gateway.port, "/")).status, 502, "an endpoint that speaks HTTP/1.1 only");
        const second = await proxy((await backend(echo)).port, { protocol: "client" });
        assert.equal((await overHttp2(second.port, "/", { method: "POST", body: Buffer.from("two") })).body, "two");
        assert.equal((await overHttp1(second.port, "/")).status, 502);
        const records: readonly RequestRecord[] = await gateway.recorded(2);
        assert.deepEqual(
            records.map(({ flags }) => flags),
            ["", "UPE"],
        );
        await eventually(() => assert.equal(second.records.length, 2));
        // Who called the port by the wrong name is told what the backend speaks.
        assert.equal(records[1]!.upstreamFailure, "HTTP/1.1 where HTTP/2 was to be spoken");
        assert.equal(second.records[1]!.upstreamFailure, "HTTP/2, by the first byte, where HTTP/1.1 was to be spoken");
    });
});
