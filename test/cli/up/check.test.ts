/** `--check` against real servers: what passes, what fails, and what is said about it. */
import assert from "node:assert/strict";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { checkAll, type CheckResult } from "../../../cli/up/check";
import { certificatesIn, trustBundle } from "../../../cli/up/certificates";
import type { Trial } from "../../../cli/up/trial";
import { startSample } from "../../../samples";
import { makeAuthority, makeSelfSigned, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { secret } from "../objects";
import { trial } from "./trials";

const servers: Server[] = [];
const sockets = new Set<Socket>();
async function listen(one: Server): Promise<number> {
    servers.push(one);
    one.on("connection", (socket: Socket) => {
        sockets.add(socket.on("error", () => undefined));
    });
    await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    return (one.address() as AddressInfo).port;
}
after(() => {
    for (const socket of sockets) socket.destroy();
    for (const one of servers) one.close();
});

describe("a check", () => {
    let ca: TestAuthority;
    let web: TestCertificate;
    let httpPort: number;
    let httpsPort: number;
    before(async () => {
        ca = await makeAuthority();
        web = await ca.issue({ dns: ["web.example.com"] });
        const answer = (request: http.IncomingMessage, response: http.ServerResponse): void => {
            const status = Number(/^\/status\/(\d+)/.exec(request.url ?? "")?.[1] ?? 200);
            response.writeHead(status, { location: `https://${request.headers.host}/`, "x-host": request.headers.host }).end("body");
        };
        httpPort = await listen(http.createServer(answer));
        httpsPort = await listen(https.createServer({ cert: web.cert, key: web.key }, answer));
    });

    const path = (text: string): Partial<Trial> => ({ shape: { method: "GET", path: text, headers: {} } });
    const one = async (over: Partial<Trial>, options: { ca?: string; timeoutMs?: number } = {}): Promise<CheckResult> => {
        const [result] = await checkAll([trial({ port: httpPort, ...over })], {
            address: "127.0.0.1",
            ca: options.ca ?? ca.cert,
            timeoutMs: options.timeoutMs ?? 2_000,
        });
        assert.ok(result);
        return result;
    };

    it("asks a proxy in absolute form and over a tunnel, and takes the proxy's own word", async () => {
        const seen: string[] = [];
        const hop = http.createServer((request, response) => {
            seen.push(`${request.method} ${request.url}`);
            response.writeHead(request.url?.includes("nobody") ? 403 : 200).end("by proxy");
        });
        hop.on("connect", (request, socket: Socket) => {
            seen.push(`${request.method} ${request.url}`);
            if (request.url?.includes("nobody")) return socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            const backend = net.connect(httpsPort, "127.0.0.1", () => {
                socket.write("HTTP/1.1 200 OK\r\n\r\n");
                socket.pipe(backend).pipe(socket);
            });
            sockets.add(backend.on("error", () => undefined));
        });
        const proxy = await listen(hop);
        const refused = { kind: "status", status: 403 } as const;
        const asked: readonly Partial<Trial>[] = [
            { port: 80 },
            { port: 80, host: "nobody.invalid", expect: refused },
            { port: 443, protocol: "https" },
            { port: 443, protocol: "https", host: "nobody.invalid", expect: refused },
            { port: 443, protocol: "https", host: "nobody.invalid" },
        ];
        const outcomes: string[] = [];
        for (const over of asked) outcomes.push((await one({ ...over, proxy })).outcome);
        assert.deepEqual(outcomes, ["passed", "passed", "passed", "passed", "failed"]);
        assert.deepEqual(seen, [
            "GET http://web.example.com:80/",
            "GET http://nobody.invalid:80/",
            "CONNECT web.example.com:443",
            "CONNECT nobody.invalid:443",
            "CONNECT nobody.invalid:443",
        ]);
    });

    it("waits no longer behind a tunnel than for any other answer", async () => {
        const hop = http.createServer();
        hop.on("connect", (_request, socket: Socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
        const proxy = await listen(hop);
        const { outcome, detail } = await one({ port: 443, protocol: "https", proxy }, { timeoutMs: 100 });
        assert.deepEqual({ outcome, detail }, { outcome: "failed", detail: "no answer within 100 ms" });
    });

    it("passes for an answer, and tells it", async () => {
        const { outcome, url, detail } = await one({});
        assert.deepEqual([outcome, url], ["passed", `http://web.example.com:${httpPort}/`]);
        assert.match(detail, /^200 in \d+ ms$/);
    });

    it("fails for an error status and says which was wanted", async () => {
        assert.deepEqual((await one(path("/status/503"))).detail, "answered 503; wanted an answer below 400");
        assert.deepEqual((await one({ expect: { kind: "status", status: 301 } })).detail, "answered 200; wanted 301");
        assert.equal(
            (await one({ ...path("/status/503"), foretold: "it has no endpoint" })).detail,
            "answered 503; wanted an answer below 400; explain says: it has no endpoint",
        );
    });

    it("holds a redirect to its status and its place", async () => {
        const redirected = {
            ...path("/status/301"),
            expect: { kind: "status", status: 301, location: `https://web.example.com:${httpPort}/` },
        } as const;
        assert.equal((await one(redirected)).outcome, "passed");
        const elsewhere = await one({ ...redirected, expect: { ...redirected.expect, location: "https://other.example.com" } });
        assert.match(elsewhere.detail, /led to https:\/\/web\.example\.com.*; wanted https:\/\/other/);
    });

    it("verifies a server's certificate by the bundle and the host's name", async () => {
        const overTls = { protocol: "https", port: httpsPort } as const;
        assert.equal((await one(overTls)).outcome, "passed");
        assert.match((await one({ ...overTls, host: "other.example.com" })).detail, /does not match certificate/);
        assert.match((await one(overTls, { ca: (await makeAuthority()).cert })).detail, /unable to (get|verify)/);
    });

    it("trusts a certificate that stands itself in the bundle", async () => {
        assert.equal((await one({ protocol: "https", port: httpsPort }, { ca: web.cert })).outcome, "passed");
    });

    it("fails where nobody listens, and where nobody answers in time", async () => {
        const silent = await listen(net.createServer());
        assert.match((await one({ port: silent }, { timeoutMs: 50 })).detail, /no answer within 50 ms/);
        const gone = net.createServer();
        const port = await listen(gone);
        await new Promise((resolve) => gone.close(resolve));
        assert.match((await one({ port })).detail, /ECONNREFUSED/);
    });

    it("of TCP passes when bytes come back, echo or greeting, and fails on a closed connection", async () => {
        const echo = await listen(net.createServer((socket) => socket.pipe(socket)));
        const greets = await listen(net.createServer((socket) => socket.write("hello")));
        const closes = await listen(net.createServer((socket) => socket.end()));
        const tcp = { protocol: "tcp", expect: { kind: "bytes" } } as const;
        assert.match((await one({ ...tcp, port: echo })).detail, /^echoed in/);
        assert.match((await one({ ...tcp, port: greets }, { timeoutMs: 50 })).detail, /^5 bytes came back/);
        assert.match((await one({ ...tcp, port: closes })).detail, /closed without a byte/);
    });

    it("of TLS without HTTP verifies the certificate too", async () => {
        const echo = await listen(
            tls.createServer({ cert: web.cert, key: web.key }, (socket) => socket.on("error", () => undefined).pipe(socket)),
        );
        const overTls = { protocol: "tls", port: echo, expect: { kind: "bytes" } } as const;
        assert.match((await one(overTls)).detail, /^echoed in/);
        assert.equal((await one({ ...overTls, host: "other.example.com" })).outcome, "failed");
    });

    it("of gRPC wants status OK in the trailers, and tells any other", async () => {
        const echo = await startSample("grpc-echo", {});
        const call = (path: string, over: Partial<Trial> = {}): Partial<Trial> => ({
            call: "grpc",
            port: echo.port,
            shape: { method: "POST", path, headers: { "content-type": "application/grpc", te: "trailers" } },
            ...over,
        });
        try {
            assert.match((await one(call("/echo.v1.Echo/Say"))).detail, /^gRPC status 0 in \d+ ms$/);
            assert.match((await one(call("/echo.v1.Echo/Repeat"))).detail, /^gRPC status 0 in/);
            assert.equal(
                (await one(call("/echo.v1.Echo/No"))).detail,
                "answered 200 with gRPC status 12 (there is no /echo.v1.Echo/No); wanted gRPC status 0",
            );
            const denied = { expect: { kind: "status", status: 200, grpcStatus: 7 } } as const;
            assert.equal((await one(call("/echo.v1.Echo/Say", denied))).detail, "answered 200 with gRPC status 0; wanted gRPC status 7");
            assert.match((await one(call("/grpc.health.v1.Health/Watch"), { timeoutMs: 100 })).detail, /no answer within 100 ms/);
            const plain = { shape: { method: "POST", path: "/", headers: {} } };
            assert.equal((await one(call("/", plain))).detail, "answered 415; wanted an answer below 400, without a gRPC status");
            assert.equal((await one(call("/", { port: httpPort }))).outcome, "failed");
        } finally {
            await echo.close();
        }
        const secure = http2.createSecureServer({ cert: web.cert, key: web.key });
        secure.on("stream", (stream) => stream.respond({ ":status": 200, "grpc-status": "0" }, { endStream: true }));
        const overTls = call("/a.B/C", { protocol: "https", port: await listen(secure) });
        assert.match((await one(overTls)).detail, /^gRPC status 0/);
        assert.match((await one({ ...overTls, host: "other.example.com" })).detail, /does not match certificate/);
        assert.equal((await one({ ...overTls, port: httpsPort })).outcome, "failed");
    });

    it("of gRPC-Web reads the status behind the messages", async () => {
        const frame = (flag: number, text: string): Buffer => Buffer.concat([Buffer.from([flag, 0, 0, 0, text.length]), Buffer.from(text)]);
        const answers: Readonly<Record<string, Buffer>> = {
            "/a.B/Ok": Buffer.concat([frame(0, "message"), frame(0x80, "grpc-status: 0\r\ngrpc-message: \r\n")]),
            "/a.B/Late": frame(0x80, "grpc-status:4\r\ngrpc-message:late\r\n"),
            "/a.B/Cut": Buffer.from([0, 0, 0, 0]),
        };
        const port = await listen(http.createServer((request, response) => response.end(answers[request.url ?? ""])));
        const call = (path: string): Partial<Trial> => ({ call: "grpc-web", port, shape: { method: "POST", path, headers: {} } });
        assert.match((await one(call("/a.B/Ok"))).detail, /^gRPC status 0/);
        assert.equal((await one(call("/a.B/Late"))).detail, "answered 200 with gRPC status 4 (late); wanted gRPC status 0");
        assert.equal((await one(call("/a.B/Cut"))).detail, "answered 200 without a gRPC status; wanted gRPC status 0");
    });

    it("is not sent where the backend does not run here", async () => {
        assert.deepEqual(await one({ port: 1, untried: "Service a/b has no backend that runs here" }), {
            url: "http://web.example.com:1/",
            outcome: "untried",
            detail: "Service a/b has no backend that runs here",
        });
    });
});

describe("the trust bundle", () => {
    const pems = (bundle: string): string[] => certificatesIn(bundle).map(({ subject }) => subject);

    it("has the authorities that sign what is served, and no other", async () => {
        const ca = await makeAuthority("Mine");
        const other = await makeAuthority("Other");
        const leaf = await ca.issue({ dns: ["a.example.com"] });
        assert.deepEqual(pems(trustBundle([secret("s", "ns", { "tls.crt": leaf.cert, "tls.key": leaf.key })], [ca.cert, other.cert], [])), [
            "CN=Mine",
        ]);
        assert.deepEqual(pems(trustBundle([], [ca.cert], [])), []);
    });

    it("has an authority that stands in the Secret itself", async () => {
        const ca = await makeAuthority("Mine");
        const leaf = await ca.issue({ dns: ["a.example.com"] });
        assert.deepEqual(pems(trustBundle([secret("s", "ns", { "tls.crt": leaf.cert, "ca.crt": ca.cert })], [], [])), ["CN=Mine"]);
    });

    it("has the certificate itself where nobody known signed it, from Secrets and from mounted files", async () => {
        const own = await makeSelfSigned({ dns: ["self.example.com"] });
        const mounted = await makeSelfSigned({ dns: ["mounted.example.com"] });
        const bundle = trustBundle(
            [secret("s", "ns", { cert: own.cert, key: own.key })],
            [],
            [
                { file: "etc/tls.crt", content: Buffer.from(mounted.cert) },
                { file: "etc/tls.key", content: Buffer.from(mounted.key) },
            ],
        );
        assert.deepEqual(pems(bundle).sort(), ["CN=mounted.example.com", "CN=self.example.com"]);
        assert.doesNotMatch(bundle, /PRIVATE/);
    });

    it("is made although a Secret holds nonsense", () => {
        assert.equal(
            trustBundle(
                [secret("s", "ns", { "tls.crt": "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----" })],
                ["nonsense"],
                [],
            ),
            "",
        );
    });
});
