/** What goes out over TLS, in records as the wire has them: each costs its reader a wait, and both sides a header and a tag. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { after, afterEach, before, describe, it } from "mocha";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../snapshot/entries";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";

const APPLICATION_DATA = 0x17;
const HEADER = 5;
/** The most that a record holds (RFC 8446 §5.1), and what its type and tag take beside. */
const MOST = 16 * 1024;
const BESIDE = 17;

/** Stands between a client and the proxy, and notes the sizes of records of application data that come of the proxy. */
class Wire {
    readonly records: number[] = [];
    readonly #server: net.Server;
    #rest: Buffer = Buffer.alloc(0);

    constructor(to: number) {
        this.#server = net.createServer((client) => {
            const proxy = net.connect(to, "127.0.0.1");
            client.pipe(proxy);
            proxy.pipe(client);
            proxy.on("data", (chunk: Buffer) => this.#read(chunk)).on("error", () => client.destroy());
            client.on("error", () => proxy.destroy());
        });
    }

    async open(): Promise<number> {
        this.#server.listen(0, "127.0.0.1");
        await once(this.#server, "listening");
        return (this.#server.address() as net.AddressInfo).port;
    }

    close(): void {
        this.#server.close();
    }

    #read(chunk: Buffer): void {
        this.#rest = Buffer.concat([this.#rest, chunk]);
        while (this.#rest.length >= HEADER) {
            const length = this.#rest.readUInt16BE(3);
            if (this.#rest.length < HEADER + length) return;
            if (this.#rest[0] === APPLICATION_DATA) this.records.push(length);
            this.#rest = this.#rest.subarray(HEADER + length);
        }
    }
}

describe("records of TLS", () => {
    let certificate: TestCertificate;
    let serving: Backend;
    let proxy: TestProxy;
    let wire: Wire;

    before(async () => {
        certificate = await (await makeAuthority()).issue({ dns: ["web.test"] });
        // Head and body come apart, as backends send them.
        serving = await backend((socket) =>
            socket.on("data", (request: Buffer) => {
                const length = Number(/GET \/(\d+)/.exec(request.toString("latin1"))?.[1]);
                socket.write(
                    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`), Buffer.alloc(length, "x")]),
                );
            }),
        );
    });
    after(() => serving.close());
    afterEach(async () => {
        wire.close();
        await proxy.close();
    });

    async function connect(): Promise<tls.TLSSocket> {
        proxy = await startProxy(
            delta(1, {
                virtualHosts: [virtualHost("web.test", [route(forwardTo("c", {}))])],
                clusters: [cluster("c", {})],
                endpoints: [endpoints("c", serving.port)],
            }),
            { tls: certificate },
        );
        wire = new Wire(proxy.port);
        const socket = tls.connect({ port: await wire.open(), host: "127.0.0.1", servername: "web.test", rejectUnauthorized: false });
        await once(socket, "secureConnect");
        return socket;
    }

    /** Sizes of the records that an answer with a body of so many bytes came in. */
    async function recordsOf(length: number): Promise<number[]> {
        const socket = await connect();
        let got = "";
        const answer = async (size: number): Promise<void> => {
            got = "";
            socket.write(`GET /${size} HTTP/1.1\r\nhost: web.test\r\n\r\n`);
            while (got.length - (got.indexOf("\r\n\r\n") + 4) < size)
                got += ((await once(socket, "data")) as [Buffer])[0].toString("latin1");
        };
        // Behind the first answer all tickets are there, which look like data too.
        await answer(1);
        wire.records.length = 0;
        await answer(length);
        socket.destroy();
        return [...wire.records];
    }

    for (const length of [1, 1_000, 4_000, 8_000])
        it(`are one for head and body of ${length} bytes`, async () => {
            const records = await recordsOf(length);
            assert.equal(records.length, 1, `records of ${records.join(", ")} bytes`);
            assert.ok(records[0]! > length);
        });

    it("bear answers whole and in order to who asks ahead and reads late, and then the end", async () => {
        const socket = await connect();
        const sizes = Array.from({ length: 40 }, (_, at) => [1, 700, 5_000, 20_000, 300_000][at % 5]! + at);
        socket.pause();
        for (const [at, size] of sizes.entries())
            socket.write(`GET /${size} HTTP/1.1\r\nhost: web.test\r\n${at === sizes.length - 1 ? "connection: close\r\n" : ""}\r\n`);
        await new Promise((resolve) => setTimeout(resolve, 30));
        let got = "";
        socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
        socket.resume();
        await once(socket, "end");
        const bodies = got.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)*\r\n/).slice(1);
        assert.deepEqual(
            bodies.map((body) => (/^x*$/.test(body) ? body.length : body.slice(0, 50))),
            sizes,
        );
        socket.destroy();
    });

    it("are as large as they may be where there is much", async () => {
        const length = 1 << 20;
        const records = await recordsOf(length);
        assert.ok(records.every((size) => size <= MOST + BESIDE));
        assert.ok(records.length <= 1.25 * Math.ceil(length / MOST), `${records.length} records for ${length} bytes`);
    });
});
