import assert from "node:assert/strict";
import { once } from "node:events";
import { spawn, spawnSync } from "node:child_process";
import net from "node:net";
import { Readable } from "node:stream";
import tls from "node:tls";
import fc from "fast-check";
import { getExtensionData, readTlsClientHello } from "read-tls-client-hello";
import { ClientHelloReader, MAX_HELLO_BYTES, type ClientHello, type HelloResult } from "../../../proxy/tls/client-hello";

function u16(value: number): Buffer {
    return Buffer.from([value >> 8, value & 255]);
}
function vector16(content: Buffer): Buffer {
    return Buffer.concat([u16(content.length), content]);
}
function extension(type: number, content: Buffer): Buffer {
    return Buffer.concat([u16(type), vector16(content)]);
}
function serverName(name: string): Buffer {
    return extension(0, vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from(name, "latin1"))])));
}
function alpn(...names: string[]): Buffer {
    return extension(16, vector16(Buffer.concat(names.map((name) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name)])))));
}
/** The handshake message, without records. */
function message(extensions: Buffer[]): Buffer {
    const body = Buffer.concat([
        u16(0x0303),
        Buffer.alloc(32, 7),
        Buffer.from([0]),
        vector16(u16(0x1301)),
        Buffer.from([1, 0]),
        vector16(Buffer.concat(extensions)),
    ]);
    return Buffer.concat([Buffer.from([1, body.length >> 16, (body.length >> 8) & 255, body.length & 255]), body]);
}
function records(content: Buffer, size = 16384): Buffer {
    const out: Buffer[] = [];
    for (let at = 0; at < content.length; at += size) out.push(Buffer.from([22, 3, 1]), vector16(content.subarray(at, at + size)));
    return Buffer.concat(out);
}
function read(bytes: Buffer, ...splits: number[]): HelloResult {
    const reader = new ClientHelloReader();
    let last = 0;
    let result: HelloResult = { kind: "more" };
    for (const split of [...splits, bytes.length]) {
        if (result.kind !== "more") break;
        result = reader.push(bytes.subarray(last, split));
        last = split;
    }
    if (result.kind === "hello") assert.deepEqual(reader.bytes(), bytes.subarray(0, last));
    return result;
}
function helloOf(result: HelloResult): ClientHello {
    assert.equal(result.kind, "hello", JSON.stringify(result));
    return (result as { hello: ClientHello }).hello;
}

/** What a real client sends first. */
async function capture(connect: (port: number) => void): Promise<Buffer> {
    const server = net.createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    connect((server.address() as net.AddressInfo).port);
    const [socket] = (await once(server, "connection")) as [net.Socket];
    socket.on("error", () => {});
    const chunks: Buffer[] = [];
    const reader = new ClientHelloReader();
    await new Promise<void>((resolve) =>
        socket.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            if (reader.push(chunk).kind !== "more") resolve();
        }),
    );
    socket.destroy();
    server.close();
    return Buffer.concat(chunks);
}
async function captureNode(options: tls.ConnectionOptions): Promise<Buffer> {
    return capture((port) => tls.connect({ port, host: "127.0.0.1", ...options }).on("error", () => {}));
}

describe("ClientHello reader", () => {
    it("reads name, protocols and versions of a hello made by node, at every split", async () => {
        const bytes = await captureNode({ servername: "WebApp.Example.com", ALPNProtocols: ["h2", "http/1.1"], maxVersion: "TLSv1.3" });
        const whole = helloOf(read(bytes));
        assert.deepEqual(whole, { serverName: "webapp.example.com", alpn: ["h2", "http/1.1"], versions: [0x0304, 0x0303] });
        for (let split = 0; split <= bytes.length; split++) assert.deepEqual(helloOf(read(bytes, split)), whole, `split at ${split}`);
        assert.deepEqual(helloOf(read(bytes, ...Array.from(bytes.keys()))), whole, "byte by byte");
    });

    it("reads a hello without server name, and one of TLS 1.2 alone", async () => {
        assert.equal(helloOf(read(await captureNode({}))).serverName, "");
        assert.deepEqual(helloOf(read(await captureNode({ maxVersion: "TLSv1.2", servername: "a.test" }))).versions, [0x0303]);
    });

    it("reads what openssl sends", async function () {
        if (spawnSync("openssl", ["version"]).status !== 0) this.skip();
        const bytes = await capture((port) => {
            spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "openssl.test", "-alpn", "http/1.1"], {
                stdio: "ignore",
            }).on("error", () => {});
        });
        const hello = helloOf(read(bytes));
        assert.equal(hello.serverName, "openssl.test");
        assert.deepEqual(hello.alpn, ["http/1.1"]);
        assert.ok(hello.versions.includes(0x0304));
    });

    it("reads a message spread over records of any size, also of more than 16 KiB", () => {
        const big = message([extension(0xfff0, Buffer.alloc(30_000)), serverName("far.test"), alpn("h2")]);
        for (const size of [1, 2, 3, 5, 100, 16384]) {
            const bytes = records(size < 100 ? message([serverName("far.test"), alpn("h2")]) : big, size);
            const hello = helloOf(read(bytes, 1, 7, Math.floor(bytes.length / 2)));
            assert.deepEqual([hello.serverName, hello.alpn], ["far.test", ["h2"]], `records of ${size}`);
        }
    });

    it("takes the outer name of an encrypted client hello", () => {
        assert.equal(
            helloOf(read(records(message([extension(0xfe0d, Buffer.alloc(200, 1)), serverName("public.test")])))).serverName,
            "public.test",
        );
    });

    it("knows at the first bytes that something is not TLS", () => {
        for (const text of ["GET / HTTP/1.1\r\n", "\x80\x2e\x01", "SSH-2.0-x", "\x16\x02\x01", "\0"]) {
            assert.equal(new ClientHelloReader().push(Buffer.from(text, "latin1")).kind, "not-tls", JSON.stringify(text));
        }
        assert.equal(new ClientHelloReader().push(Buffer.from([22])).kind, "more");
        assert.equal(new ClientHelloReader().push(Buffer.from([22, 3, 1, 0, 100, 2])).kind, "malformed");
    });

    it("refuses what is broken, without waiting for more", () => {
        const cases: Record<string, Buffer> = {
            "two names": message([
                extension(
                    0,
                    vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from("a")), Buffer.from([0]), vector16(Buffer.from("b"))])),
                ),
            ]),
            "two server_name extensions": message([serverName("a.test"), serverName("b.test")]),
            "a NUL in the name": message([serverName("a\0b.test")]),
            "a line break in the name": message([serverName("a\nb.test")]),
            "an empty name": message([serverName("")]),
            "an empty protocol": message([alpn("")]),
            "an extension that is cut": message([u16(0), u16(50)]),
        };
        for (const [name, content] of Object.entries(cases)) assert.equal(read(records(content)).kind, "malformed", name);
        assert.equal(read(Buffer.from([22, 3, 1, 0, 0])).kind, "malformed", "empty record");
        assert.equal(read(Buffer.from([22, 3, 1, 0xff, 0xff])).kind, "malformed", "record too long");
        assert.equal(
            read(Buffer.concat([records(message([]), 10).subarray(0, 15), Buffer.from([23, 3, 3, 0, 1])])).kind,
            "malformed",
            "other record",
        );
        assert.equal(read(Buffer.from([22, 3, 1, 0, 4, 1, 2, 0, 0])).kind, "malformed", "message over the bound");
    });

    it("gives up after 64 KiB", () => {
        const content = message([extension(0xfff0, Buffer.alloc(60_000))]);
        const bytes = records(content, 8).subarray(0, MAX_HELLO_BYTES + 1);
        assert.equal(read(bytes.subarray(0, MAX_HELLO_BYTES)).kind, "more");
        assert.equal(read(bytes).kind, "malformed");
    });

    it("does constant work a byte when fed byte by byte", () => {
        const bytes = records(message([extension(0xfff0, Buffer.alloc(40_000)), serverName("slow.test")]));
        const feed = (): number => {
            const started = process.cpuUsage();
            assert.equal(helloOf(read(bytes, ...Array.from(bytes.keys()))).serverName, "slow.test");
            const used = process.cpuUsage(started);
            return used.user + used.system;
        };
        // The least of some: a collection of garbage that falls into one of them counts as well.
        const used = Math.min(feed(), feed(), feed());
        assert.ok(used < 400_000, `${used} µs`);
    });

    it("never throws, whatever comes in", () => {
        const hello = records(message([serverName("x.test"), alpn("h2", "http/1.1")]));
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, split) => {
                read(Buffer.from(bytes), Math.min(split, bytes.length));
                read(Buffer.concat([Buffer.from([22, 3, 1, 0, bytes.length, 1]), Buffer.from(bytes)]));
            }),
        );
        fc.assert(
            fc.property(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(hello.length), (at, value, split) => {
                const broken = Buffer.from(hello);
                broken[at] = value;
                assert.deepEqual(read(broken, split), read(broken), "a split changes nothing");
            }),
            { numRuns: 500 },
        );
    });

    it("agrees with read-tls-client-hello on name and protocols", async () => {
        const label = fc.stringMatching(/^[a-zA-Z0-9-]{1,20}$/);
        await fc.assert(
            fc.asyncProperty(
                fc.array(label, { minLength: 1, maxLength: 5 }),
                fc.array(fc.constantFrom("h2", "http/1.1", "acme-tls/1"), { minLength: 1, maxLength: 3 }),
                fc.integer({ min: 0, max: 3000 }),
                async (labels, protocols, padding) => {
                    const name = labels.join(".");
                    const bytes = records(message([extension(21, Buffer.alloc(padding)), serverName(name), alpn(...protocols)]));
                    const ours = helloOf(read(bytes, bytes.length >> 1));
                    const theirs = await readTlsClientHello(Readable.from([bytes], { objectMode: false }));
                    assert.equal(ours.serverName, getExtensionData(theirs, "server_name")?.serverName?.toLowerCase());
                    assert.deepEqual(ours.alpn, getExtensionData(theirs, "application_layer_protocol_negotiation")?.protocols);
                },
            ),
            { numRuns: 60 },
        );
    });
});
