/**
 * Downgrades: what an HTTP/2 client sends that HTTP/1.1 would read in another way, or in two, reaches no HTTP/1.1 backend.
 * The backend keeps every byte; behind each attack the same client asks for something harmless, which has to come as it is.
 */
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import { HpackDecoder } from "../../../../proxy/codec/http2/hpack/decoder";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";
import { CODE, END_HEADERS, END_STREAM, TYPE, block, data, headers, ping } from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";

type Field = readonly [name: string, value: string];

const BASE: readonly Field[] = [
    [":method", "GET"],
    [":scheme", "http"],
    [":authority", "a.test"],
    [":path", "/attack"],
];
const without = (name: string): Field[] => BASE.filter(([one]) => one !== name);
const instead = (name: string, value: string): Field[] => BASE.map((field) => (field[0] === name ? [name, value] : field));
const beside = (...more: readonly Field[]): Field[] => [...BASE, ...more];

interface Case {
    readonly what: string;
    readonly fields: readonly Field[];
    /** Nothing: the head ends its stream. */
    readonly body?: string;
    readonly trailers?: readonly Field[];
    /** `bytes`: a word of the head itself is refused, whatever else; a number: the status that answers it. */
    readonly by?: number;
}

const heads = (what: string, fields: readonly Field[], by?: number): Case => ({ what, fields, ...(by === undefined ? {} : { by }) });

const INJECTED = "x\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n";
/** What may stand in no name, and in no value. */
const NOWHERE = ["\r", "\n", "\r\n", "\0", "\x01", "\x7f"];

const NAMES: readonly Case[] = [
    ...[
        "",
        "X-Upper",
        "x y",
        " x",
        "x ",
        "x\t",
        "x:y",
        "x:",
        "\u00fc",
        "x/y",
        "x(y)",
        'x"y',
        "Host",
        "Transfer-Encoding",
        "Content-Length",
    ],
    ...NOWHERE.map((byte) => `x${byte}y`),
    ...[`x: 1\r\ntransfer-encoding`, INJECTED, "content-length ", "transfer-encoding:", "host\0"],
].map((name) => heads(`the name ${JSON.stringify(name)}`, beside([name, "chunked"])));

const BAD_VALUES = [...NOWHERE.map((byte) => `a${byte}b`), INJECTED];
const VALUES: readonly Case[] = [
    ...BAD_VALUES.flatMap((value) => [
        ...["x-a", "cookie", "user-agent", "content-type"].map((name) =>
            heads(`${JSON.stringify(value)} in ${name}`, beside([name, value])),
        ),
        heads(`${JSON.stringify(value)} in host`, [...without(":authority"), ["host", value]]),
    ]),
    // Around other values blanks are taken away.
    ...[...BAD_VALUES, " a", "a ", "\ta", "a\t", " "].flatMap((value) => [
        ...[":method", ":path", ":authority", ":scheme"].map((name) => heads(`${JSON.stringify(value)} in ${name}`, instead(name, value))),
        heads(`${JSON.stringify(value)} in :protocol`, [...instead(":method", "CONNECT"), [":protocol", value]]),
    ]),
];

const CONNECTION: readonly Case[] = [
    ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"].flatMap((name) =>
        ["close", "chunked", "x-a", ""].map((value) => heads(`${name}: ${value}`, beside([name, value]))),
    ),
    heads("te: gzip", beside(["te", "gzip"])),
    heads("te: trailers, chunked", beside(["te", "trailers, chunked"])),
];

const PSEUDO: readonly Case[] = [
    ...BASE.map(([name]) => heads(`no ${name}`, without(name), name === ":authority" ? 400 : undefined)),
    ...BASE.map(([name, value]) => heads(`${name} twice`, beside([name, value]))),
    ...BASE.map(([name, value]) => heads(`${name} twice, another at first`, [[name, `${value}x`], ...BASE])),
    ...BASE.map(([name, value]) => heads(`${name} behind a field`, [...without(name), ["x-a", "1"], [name, value]])),
    heads(":status", beside([":status", "200"])),
    heads(":host", beside([":host", "b.test"])),
    heads(": alone", beside([":", "1"])),
    heads(":Path", beside([":Path", "/"])),
    heads(":path with a capital alone", [...without(":path"), [":Path", "/"]]),
    heads(":protocol without CONNECT", beside([":protocol", "websocket"])),
    heads("an extended CONNECT without a path", [
        [":method", "CONNECT"],
        [":protocol", "websocket"],
        [":scheme", "http"],
        [":authority", "a.test"],
    ]),
    ...["web socket", "", "a/b c"].map((value) =>
        heads(`:protocol ${JSON.stringify(value)}`, [...instead(":method", "CONNECT"), [":protocol", value]], 400),
    ),
];

const METHODS: readonly Case[] = [
    ...["G ET", "get", "", "GET /smuggled", "PRI", "UNKNOWN"].map((method) =>
        heads(`the method ${JSON.stringify(method)}`, instead(":method", method), 501),
    ),
    heads("TRACE", instead(":method", "TRACE"), 405),
    heads(
        "CONNECT",
        [
            [":method", "CONNECT"],
            [":authority", "a.test:443"],
        ],
        405,
    ),
    heads("CONNECT with a path", instead(":method", "CONNECT")),
];

const PATHS: readonly Case[] = [
    heads("an empty path", instead(":path", "")),
    ...[
        "attack",
        "http://b.test/attack",
        "?a",
        "*",
        "#",
        "a.test:443",
        "/a b",
        "/ HTTP/1.1",
        "/\u00fc",
        "/a\\b",
        "/%00",
        "/%",
        "/%zz",
        "/a\tb",
    ].map((path) => heads(`the path ${JSON.stringify(path)}`, instead(":path", path), 400)),
    heads(
        "POST *",
        [
            [":method", "POST"],
            [":scheme", "http"],
            [":authority", "a.test"],
            [":path", "*"],
        ],
        400,
    ),
];

const HOSTS: readonly Case[] = [
    ...[
        "",
        "a b",
        "user@a.test",
        "user:word@a.test",
        "a.test/x",
        "a.test:x",
        "a.test:99999",
        "a.test:80:80",
        "[::1",
        "[fe80::1%25a]",
        "a.test?x",
        "a.test#x",
        "\u00fc.test",
        "a.test,b.test",
        "a\\b",
    ]
        .filter((host) => host !== "a.test,b.test")
        .flatMap((host) => [
            heads(`the authority ${JSON.stringify(host)}`, instead(":authority", host), 400),
            heads(`the host ${JSON.stringify(host)} alone`, [...without(":authority"), ["host", host]], 400),
        ]),
    heads("a host that differs", beside(["host", "b.test"])),
    heads("a host with another port", beside(["host", "a.test:80"])),
    heads("two hosts", beside(["host", "a.test"], ["host", "a.test"])),
    ...["", "ftp", "javascript", "file"].map((scheme) => heads(`the scheme ${JSON.stringify(scheme)}`, instead(":scheme", scheme), 400)),
];

const upload = (what: string, more: readonly Field[], body: string, trailers?: readonly Field[]): Case => ({
    what,
    fields: [...instead(":method", "POST"), ...more],
    body,
    ...(trailers ? { trailers } : {}),
});

const LENGTHS: readonly Case[] = [
    heads("a length, and no body", beside(["content-length", "5"])),
    upload("a body longer than its length", [["content-length", "5"]], "hello" + INJECTED),
    upload("a body longer than none", [["content-length", "0"]], INJECTED),
    upload("a body shorter than its length", [["content-length", "10"]], "hello"),
    upload("trailers before the whole body", [["content-length", "10"]], "hello", [["x-a", "1"]]),
    upload(
        "two lengths, the same",
        [
            ["content-length", "5"],
            ["content-length", "5"],
        ],
        "hello",
    ),
    upload(
        "two lengths",
        [
            ["content-length", "5"],
            ["content-length", "50"],
        ],
        "hello",
    ),
    ...["+5", "-5", "5, 5", "0x5", "5.0", "five", "", "5 5", "9".repeat(20), "\u0665"].map((length) =>
        upload(`content-length ${length}`, [["content-length", length]], "hello"),
    ),
    upload(
        "transfer-encoding beside a length",
        [
            ["content-length", "5"],
            ["transfer-encoding", "chunked"],
        ],
        "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
    ),
];

const TRAILERS: readonly Case[] = [
    ...["transfer-encoding", "connection", "host", "content-length", ":path", ":status", "X-Upper", "x y", "x\r\ny", ""].map((name) =>
        upload(`${JSON.stringify(name)} in trailers`, [], "hello", [[name, "1"]]),
    ),
    ...NOWHERE.map((byte) => upload(`${JSON.stringify(byte)} in a trailer`, [], "hello", [["x-a", `a${byte}b`]])),
];

const ALL: Readonly<Record<string, readonly Case[]>> = { NAMES, VALUES, CONNECTION, PSEUDO, METHODS, PATHS, HOSTS, LENGTHS, TRAILERS };

/** What became of stream 1. */
interface Outcome {
    readonly status: number;
    readonly reset: number | undefined;
}

describe("an HTTP/2 request that HTTP/1.1 would read in another way", () => {
    let backend: http.Server;
    let gateway: TestProxy;
    /** Of each backend connection, what came. */
    const bytes = new Map<Socket, string>();
    let received: readonly string[] = [];

    before(async () => {
        backend = http.createServer((request, response) => {
            request.on("error", () => {});
            request.resume().on("end", () => response.end("answer"));
        });
        backend.on("connection", (socket) => {
            socket.prependListener("data", (chunk: Buffer) => {
                bytes.set(socket, (bytes.get(socket) ?? "") + chunk.toString("latin1"));
            });
        });
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        gateway = await startProxy(forwardingTo((backend.address() as AddressInfo).port));
    });
    after(async () => {
        await gateway.close();
        backend.closeAllConnections();
        backend.close();
    });

    /** Sends it in one write or, `parted`, each frame when the one before was read; then the harmless request. */
    async function attack(one: Case, parted: boolean): Promise<Outcome> {
        bytes.clear();
        const peer = await RawPeer.connect(gateway.port);
        await peer.settle();
        const frames = [headers(1, block(one.fields), END_HEADERS | (one.body === undefined ? END_STREAM : 0))];
        if (one.body !== undefined) frames.push(data(1, Buffer.from(one.body, "latin1"), one.trailers ? 0 : END_STREAM));
        if (one.trailers !== undefined) frames.push(headers(1, block(one.trailers), END_HEADERS | END_STREAM));
        for (const [index, bytes] of frames.entries()) {
            if (!parted || index === 0) peer.send(bytes);
            else if (await acknowledged(peer, index)) peer.send(bytes);
        }
        const decoder = new HpackDecoder(4096);
        const status = (payload: Buffer): number => {
            const fields: string[] = [];
            decoder.decode(payload, 0, payload.length, { add: (_kind, name, value) => fields.push(name, value) }, 65536, 100);
            assert.equal(fields[0], ":status");
            return Number(fields[1]);
        };
        const first = await peer.frame(({ type, id }) => id === 1 && (type === TYPE.HEADERS || type === TYPE.RST_STREAM));
        assert.ok(first, `${one.what}: the connection ended`);
        const outcome =
            first.type === TYPE.HEADERS
                ? { status: status(first.payload), reset: undefined }
                : { status: 0, reset: first.payload.readUInt32BE(0) };
        peer.send(headers(3, block(instead(":path", "/harmless"))));
        const second = await peer.frame(({ type, id }) => id === 3 && type === TYPE.HEADERS);
        assert.ok(second, `${one.what}: the connection ended before the harmless request was answered`);
        assert.equal(status(second.payload), 200, one.what);
        peer.destroy();
        received = [...bytes.values()];
        return outcome;
    }

    async function acknowledged(peer: RawPeer, round: number): Promise<boolean> {
        peer.send(ping(0, `round ${round}`.padEnd(8)));
        await peer.frame(({ type, flags, payload }) => type === TYPE.PING && flags === 1 && payload.toString().trim() === `round ${round}`);
        return !peer.frames.some(({ type, id }) => id === 1 && type === TYPE.RST_STREAM);
    }

    for (const [kind, cases] of Object.entries(ALL)) {
        it(`reaches nobody: ${kind.toLowerCase()}`, async () => {
            for (const one of cases) {
                const { status, reset } = await attack(one, false);
                if (one.by === undefined) assert.equal(reset, CODE.PROTOCOL_ERROR, `${one.what}: ${status}`);
                else assert.equal(status, one.by, `${one.what}: ${reset}`);
                const requests = received.join("").match(/^[^\r\n]* HTTP\/1\.1\r$/gm) ?? [];
                assert.deepEqual(requests, ["GET /harmless HTTP/1.1\r"], `${one.what}: ${received.join("|")}`);
            }
        });
    }

    it("has begun when its body or trailers turn out to be: the backend sees it cut off, and nothing behind it", async () => {
        // One without a body is whole before a body comes.
        const begins = ({ body, fields }: Case): boolean =>
            body !== undefined && fields.length <= 5 && !fields.some(([name, value]) => name === "content-length" && value === "0");
        for (const one of [...LENGTHS, ...TRAILERS].filter(begins)) {
            const { status, reset } = await attack(one, true);
            assert.equal(reset, CODE.PROTOCOL_ERROR, `${one.what}: ${status}`);
            assert.ok(received.length <= 2, one.what);
            const harmless = received.filter((text) => text.startsWith("GET /harmless HTTP/1.1\r\n"));
            assert.equal(harmless.length, 1, `${one.what}: ${received.join("|")}`);
            const [begun = ""] = received.filter((text) => !harmless.includes(text));
            assert.ok(!begun.includes("smuggled"), `${one.what}: ${begun}`);
            // Neither as many bytes as were said, nor a last chunk.
            const length = Number(/^content-length: (\d+)\r$/m.exec(begun)?.[1] ?? NaN);
            const body = begun.slice(begun.indexOf("\r\n\r\n") + 4);
            if (begun !== "" && length !== 0)
                assert.ok(Number.isNaN(length) ? !body.includes("0\r\n\r\n") : body.length <= length, `${one.what}: ${begun}`);
        }
    });

    it("is forwarded in one form where all agree on what it means", async () => {
        const sent = async (fields: readonly Field[], body?: string, trailers?: readonly Field[]): Promise<string> => {
            const { status } = await attack(
                { what: JSON.stringify(fields), fields, ...(body === undefined ? {} : { body }), ...(trailers ? { trailers } : {}) },
                false,
            );
            assert.equal(status, 200, JSON.stringify(fields));
            return received.join("").split("GET /harmless")[0]!;
        };
        const lines = (text: string, name: string): string[] =>
            [...text.matchAll(new RegExp(`^${name}: (.*)\r$`, "gm"))].map(([, value]) => value!);
        assert.deepEqual(lines(await sent(beside(["host", "A.test"])), "host"), ["a.test"]);
        assert.deepEqual(lines(await sent([...without(":authority"), ["host", "b.test"]]), "host"), ["b.test"]);
        assert.deepEqual(lines(await sent(beside(["cookie", "a=1"], ["x-a", "1"], ["cookie", "b=2"])), "cookie"), ["a=1; b=2"]);
        const te = await sent(beside(["te", "trailers"]));
        assert.deepEqual([lines(te, "te"), lines(te, "connection")], [["trailers"], ["te"]]);
        assert.match(await sent(instead(":path", "/a?b#c?d")), /^GET \/a\?b HTTP\/1\.1\r\n/);
        // Which scheme it is, the connection says.
        assert.deepEqual(lines(await sent(instead(":scheme", "https")), "x-forwarded-proto"), ["http"]);
        const post = instead(":method", "POST");
        const whole = await sent([...post, ["content-length", "5"]], "hello");
        assert.deepEqual([lines(whole, "content-length"), lines(whole, "transfer-encoding")], [["5"], []]);
        assert.match(whole, /\r\n\r\nhello$/);
        const streamed = await sent(post, "hello", [
            ["x-a", "1"],
            ["set-cookie", "a"],
        ]);
        assert.deepEqual([lines(streamed, "content-length"), lines(streamed, "transfer-encoding")], [[], ["chunked"]]);
        assert.match(streamed, /\r\n\r\n5\r\nhello\r\n0\r\nx-a: 1\r\n\r\n$/);
    });
});
