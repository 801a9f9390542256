/** Node's own HTTP/2 (nghttp2) as a peer for header blocks: what it sends, by frames, and what it understands of ours. */
import http2 from "node:http2";
import { Duplex } from "node:stream";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS = 1;
const SETTINGS = 4;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;

export interface Frame {
    readonly type: number;
    readonly flags: number;
    readonly stream: number;
    readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
}

/** The other end of a connection, in this process: hands over whole frames. */
class Wire extends Duplex {
    #bytes = Buffer.alloc(0);
    readonly #onFrame: (frame: Frame) => void;
    #skip: number;

    constructor(skip: number, onFrame: (frame: Frame) => void) {
        super();
        this.#skip = skip;
        this.#onFrame = onFrame;
    }

    override _read(): void {}

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
        if (this.#skip > 0 && this.#bytes.length >= this.#skip) {
            this.#bytes = this.#bytes.subarray(this.#skip);
            this.#skip = 0;
        }
        while (this.#skip === 0 && this.#bytes.length >= 9) {
            const end = 9 + this.#bytes.readUIntBE(0, 3);
            if (this.#bytes.length < end) break;
            const [type, flags] = [this.#bytes[3]!, this.#bytes[4]!];
            this.#onFrame({ type, flags, stream: this.#bytes.readUInt32BE(5), payload: this.#bytes.subarray(9, end) });
            this.#bytes = this.#bytes.subarray(end);
        }
        done();
    }
}

type Fields = readonly (readonly [name: string, value: string])[];

function headersOf(fields: Fields): http2.OutgoingHttpHeaders {
    const headers: Record<string, string[] | string> = {};
    for (const [name, value] of fields) headers[name] = name in headers ? [headers[name]!, value].flat() : value;
    return headers;
}

/** The header blocks that Node's client sends for these requests, on one connection. */
export async function blocksOfNode(requests: readonly Fields[], tableBytes: number): Promise<Buffer[]> {
    const blocks: Buffer[] = [];
    let block: Buffer[] = [];
    return new Promise((resolve, reject) => {
        const wire = new Wire(PREFACE.length, ({ type, flags, payload }) => {
            if (type !== HEADERS && type !== CONTINUATION) return;
            block.push(payload);
            if ((flags & END_HEADERS) === 0) return;
            blocks.push(Buffer.concat(block));
            block = [];
            if (blocks.length === requests.length) {
                resolve(blocks);
                session.destroy();
            }
        });
        const session = http2.connect("http://node.test", { createConnection: () => wire });
        session.on("error", reject);
        const settings = Buffer.alloc(6);
        settings.writeUInt16BE(1, 0);
        settings.writeUInt32BE(tableBytes, 2);
        wire.push(frame(SETTINGS, 0, 0, settings));
        // Its settings bind a peer once it has read them.
        session.once("remoteSettings", () => {
            for (const fields of requests) session.request(headersOf(fields), { endStream: true }).on("error", () => undefined);
        });
    });
}

/** The raw fields that Node's server reads from these blocks, each a request of one connection. */
export async function readByNode(blocks: readonly Buffer[], tableBytes: number): Promise<string[][]> {
    const lists: string[][] = [];
    return new Promise((resolve, reject) => {
        const server = http2.createServer({ settings: { headerTableSize: tableBytes } });
        const wire = new Wire(0, ({ type, payload }) => {
            if (type === 7 && payload.readUInt32BE(4) !== 0) reject(new Error(`GOAWAY ${payload.readUInt32BE(4)}`));
            if (type === 3) reject(new Error(`RST_STREAM ${payload.readUInt32BE(0)}`));
        });
        server.on("session", (session) => {
            session.on("error", reject);
            session.on("stream", (_stream, _headers, _flags, raw: string[]) => {
                lists.push(raw);
                if (lists.length < blocks.length) return;
                resolve(lists);
                session.destroy();
            });
        });
        server.emit("connection", wire);
        wire.push(PREFACE);
        wire.push(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
        wire.push(frame(SETTINGS, 1, 0, Buffer.alloc(0)));
        blocks.forEach((block, index) => wire.push(frame(HEADERS, END_STREAM | END_HEADERS, 2 * index + 1, block)));
    });
}
