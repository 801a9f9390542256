import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { Duplex } from "node:stream";
import tls from "node:tls";
import { readInto, type ByteSink } from "../../../proxy/codec/socket-reader";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";

/** One end of a connection in memory, whose bytes can be held back and then arrive within a call. */
class End extends Duplex {
    other!: End;
    #held: Buffer[] | undefined;

    hold(): void {
        this.#held = [];
    }

    get held(): number {
        return this.#held?.length ?? 0;
    }

    release(): void {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const chunk of held) this.push(chunk);
    }

    arrive(chunk: Buffer): void {
        if (this.#held) this.#held.push(chunk);
        else this.push(chunk);
    }

    override _read(): void {}

    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
        this.other.arrive(chunk);
        done();
    }
}

class Noted implements ByteSink {
    text = "";
    readonly borrowed = new Set<boolean>();
    onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        this.text += chunk.toString("latin1", 0, length);
        this.borrowed.add(borrowed);
    }
}

describe("reading a socket into shared memory", () => {
    let certificate: TestCertificate;
    before(async () => {
        certificate = await (await makeAuthority()).issue({ dns: ["a.test"] });
    });

    async function secured(): Promise<{ client: tls.TLSSocket; server: tls.TLSSocket; end: End }> {
        const [near, end] = [new End(), new End()];
        near.other = end;
        end.other = near;
        const server = new tls.TLSSocket(end as unknown as net.Socket, {
            isServer: true,
            secureContext: tls.createSecureContext({ cert: certificate.cert, key: certificate.key }),
        });
        const client = tls.connect({ socket: near, servername: "a.test", rejectUnauthorized: false });
        await once(client, "secureConnect");
        return { client, server, end };
    }

    it("gives a plain socket's bytes, and those that were there before", async () => {
        const noted = new Noted();
        const server = net
            .createServer((socket) => {
                socket.once("readable", () => readInto(socket, noted));
            })
            .listen(0, "127.0.0.1");
        await once(server, "listening");
        const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
        client.write("early ");
        await eventually(() => assert.equal(noted.text, "early "));
        client.end("late");
        await eventually(() => assert.equal(noted.text, "early late"));
        client.destroy();
        server.close();
    });

    it("gives a TLS socket's bytes without a Buffer for each", async () => {
        const { client, server } = await secured();
        const noted = new Noted();
        readInto(server, noted);
        const text = "0123456789".repeat(20_000);
        client.write(text);
        await eventually(() => assert.equal(noted.text.length, text.length));
        assert.equal(noted.text, text);
        assert.deepEqual(noted.borrowed, new Set([true]));
    });

    it("keeps one TLS socket's bytes as they are while another one's come in the midst of its callback", async () => {
        const [one, other] = [await secured(), await secured()];
        const inner = new Noted();
        readInto(other.server, inner);
        other.end.hold();
        other.client.write("bbb");
        await eventually(() => assert.ok(other.end.held > 0));
        const seen: string[] = [];
        readInto(one.server, {
            onBytes: (chunk, length) => {
                seen.push(chunk.toString("latin1", 0, length));
                other.end.release();
                seen.push(inner.text, chunk.toString("latin1", 0, length));
            },
        });
        one.client.write("aaa");
        await eventually(() => assert.equal(seen.length, 3));
        assert.deepEqual(seen, ["aaa", "bbb", "aaa"]);
    });
});
