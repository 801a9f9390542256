/**
 * Every kind of abuse of the table, played by a peer that is told what to send frame by frame. An attack goes on until the
 * connection is closed or it has sent so much that nobody can say it was stopped.
 */
import type { AbuseName } from "../../../../../proxy/codec/http2/abuse-kinds";
import {
    ACK,
    block,
    continuation,
    data,
    END_HEADERS,
    END_STREAM,
    frame,
    goAway,
    headers,
    indexed,
    indexedLiteral,
    literal,
    paddedData,
    ping,
    request,
    reset,
    settings,
    SETTINGS_ACK,
    tableSize,
    TYPE,
    upload,
    windowUpdate,
} from "./raw-frames";
import type { RawPeer } from "./raw-peer";

/** What the attacked offers: a request that ends at once, one that never does, a long answer, one of a large head, a body that nobody takes. */
export const PATHS = { quick: "/quick", hang: "/hang", big: "/big", heavy: "/heavy", stuck: "/stuck" } as const;

export interface Attacked {
    readonly peer: RawPeer;
    /** A new stream of a client: the id of the next one. Towards a client: one that it has opened. */
    readonly next: () => number;
}

export interface Attack {
    readonly name: string;
    /** Sent before everything else in place of empty SETTINGS. */
    readonly settings?: Buffer;
    /** Our SETTINGS stay without acknowledgement. */
    readonly unsettled?: boolean;
    /** Nothing of what comes is read. */
    readonly deaf?: boolean;
    run(attacked: Attacked): Promise<void>;
}

const MOST = 4000;

/** Until what was sent has been read. */
const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** So many at a time: what fits into a read. */
function times(count: number, make: (at: number) => Buffer): Buffer {
    return Buffer.concat(Array.from({ length: count }, (_, at) => make(at)));
}

/** The same bytes again and again. */
function flood(name: string, make: (attacked: Attacked) => Buffer, more: Partial<Attack> = {}): Attack {
    return { name, run: async (attacked) => attacked.peer.flood(() => make(attacked), MOST), ...more };
}

/** One stream that is begun, and then the same frames on it again and again. */
function floodOn(name: string, begin: (id: number) => Buffer, make: (id: number) => Buffer, more: Partial<Attack> = {}): Attack {
    return {
        name,
        run: async ({ peer, next }) => {
            const id = next();
            peer.send(begin(id));
            await peer.flood(() => make(id), MOST);
        },
        ...more,
    };
}

function once(name: string, make: (attacked: Attacked) => Buffer, more: Partial<Attack> = {}): Attack {
    return { name, run: async (attacked) => void attacked.peer.send(make(attacked)), ...more };
}

/** Streams that break the rule each, so that the server resets them. */
function provoked(name: string, make: (id: number) => Buffer): Attack {
    return flood(name, ({ next }) => times(50, () => make(next())));
}

/** A list of the size of some hundred tables from a block of some hundred bytes. */
const bomb = (): Buffer => Buffer.concat([indexedLiteral("x-large", "a".repeat(3900)), ...Array.from({ length: 2000 }, () => indexed(62))]);

/** Towards a server: what its client may do too much of. */
export const CLIENT_ATTACKS: Readonly<Partial<Record<AbuseName, readonly Attack[]>>> = {
    too_many_premature_resets: [
        flood("reset in the same read", ({ next }) =>
            times(50, () => {
                const id = next();
                return Buffer.concat([headers(id, request(PATHS.hang)), reset(id)]);
            }),
        ),
        {
            name: "reset in the next read",
            run: async ({ peer, next }) => {
                for (let batch = 0; batch < MOST && !peer.closed; batch++) {
                    const ids = Array.from({ length: 50 }, next);
                    peer.send(...ids.map((id) => headers(id, request(PATHS.hang))));
                    await pause();
                    peer.send(...ids.map((id) => reset(id)));
                    await pause();
                }
            },
        },
    ],
    provoked_resets: [
        provoked("windows that grow by 0", (id) => Buffer.concat([headers(id, request(PATHS.hang)), windowUpdate(id, 0)])),
        provoked("windows above 2^31-1", (id) => Buffer.concat([headers(id, request(PATHS.hang)), windowUpdate(id, 0x7fff_ffff)])),
        provoked("DATA behind the end", (id) => Buffer.concat([headers(id, request(PATHS.hang)), data(id, "x")])),
        provoked("PRIORITY of 4 bytes", (id) =>
            Buffer.concat([headers(id, request(PATHS.hang)), frame(TYPE.PRIORITY, 0, id, Buffer.alloc(4))]),
        ),
        provoked("bodies that are longer than they say", (id) =>
            Buffer.concat([headers(id, upload(PATHS.hang, ["content-length", "1"]), END_HEADERS), data(id, "xx")]),
        ),
        provoked("requests without a path", (id) =>
            headers(
                id,
                block([
                    [":method", "GET"],
                    [":scheme", "http"],
                ]),
            ),
        ),
    ],
    refused_streams: [flood("requests without an end", ({ next }) => times(50, () => headers(next(), request(PATHS.hang))))],
    continuation_flood: [
        floodOn(
            "empty frames",
            (id) => headers(id, request(), END_STREAM),
            (id) => times(100, () => continuation(id, Buffer.alloc(0))),
        ),
        floodOn(
            "full frames",
            (id) => headers(id, request(), END_STREAM),
            (id) => continuation(id, Buffer.concat(Array.from({ length: 100 }, () => literal("x-more", "y".repeat(100))))),
        ),
        floodOn(
            "HEADERS without a byte",
            (id) => headers(id, Buffer.alloc(0), 0),
            (id) => continuation(id, Buffer.alloc(0)),
        ),
    ],
    header_overflow: [flood("lists from a large entry", ({ next }) => headers(next(), Buffer.concat([request(PATHS.quick), bomb()])))],
    compression_error: [
        once("an index that nothing has", ({ next }) => headers(next(), Buffer.concat([request(), indexed(5000)]))),
        once("a table above its limit", ({ next }) => headers(next(), Buffer.concat([tableSize(1 << 20), request()]))),
        once("sizes without end", ({ next }) =>
            headers(next(), Buffer.concat([...Array.from({ length: 4000 }, (_, at) => tableSize(at % 2 === 0 ? 0 : 4096)), request()])),
        ),
    ],
    unfinished_header_block: [
        once("a block", ({ next }) => headers(next(), request(), END_STREAM)),
        once("a frame", ({ next }) => headers(next(), request()).subarray(0, 20)),
    ],
    inbound_settings_flood: [
        flood("empty", () => times(100, () => settings())),
        flood("that change the window", () => times(100, (at) => settings([4, 60_000 + at]))),
        flood("with hundreds of settings", () => settings(...Array.from({ length: 500 }, (_, at) => [4, 60_000 + at] as const))),
    ],
    settings_timeout: [{ name: "no acknowledgement", unsettled: true, run: async () => {} }],
    inbound_ping_flood: [flood("PINGs", () => times(100, () => ping()))],
    inbound_priority_frames_flood: [
        flood("PRIORITY", () => times(100, (at) => frame(TYPE.PRIORITY, 0, 1001 + 2 * at, Buffer.from([0, 0, 0, 0, 16])))),
        flood("PRIORITY_UPDATE", () => times(100, () => frame(TYPE.PRIORITY_UPDATE, 0, 0, Buffer.from("\0\0\0\x01u=1", "latin1")))),
    ],
    inbound_window_update_frames_flood: [flood("of the connection", () => times(100, () => windowUpdate(0, 1)))],
    inbound_empty_frames_flood: [
        floodOn(
            "DATA",
            (id) => headers(id, upload(PATHS.hang), END_HEADERS),
            (id) => times(100, () => data(id, "")),
        ),
        floodOn(
            "DATA of padding alone",
            (id) => headers(id, upload(PATHS.hang), END_HEADERS),
            (id) => times(100, () => paddedData(id, "", 0)),
        ),
    ],
    inbound_padding_flood: [
        floodOn(
            "DATA of a byte",
            (id) => headers(id, upload(PATHS.quick), END_HEADERS),
            (id) => times(100, () => paddedData(id, "x", 255)),
        ),
    ],
    inbound_useless_frames_flood: [
        flood("of unknown types", () => times(100, () => frame(0xfa, 0, 0, Buffer.from("grease")))),
        flood("GOAWAY", () => times(100, () => goAway(0))),
        flood("acknowledgements of PINGs", () => times(100, () => ping(ACK))),
        flood("acknowledgements of SETTINGS", () => times(100, () => SETTINGS_ACK)),
        {
            name: "resets of what is over",
            run: async ({ peer, next }) => {
                const id = next();
                peer.send(headers(id, request(PATHS.quick)));
                await peer.frame((one) => one.id === id && (one.flags & END_STREAM) !== 0);
                await peer.flood(() => times(100, () => reset(id)), MOST);
            },
        },
    ],
    tiny_windows: [
        {
            name: "of a byte",
            settings: settings([4, 1]),
            run: async ({ peer, next }) => {
                const id = next();
                peer.send(headers(id, request(PATHS.big)));
                for (let bytes = 1; bytes < MOST && !peer.closed; bytes++) {
                    await peer.frame(() => peer.dataBytes === bytes);
                    peer.send(windowUpdate(id, 1));
                }
            },
        },
    ],
    tx_flush_timeout: [once("of 0", ({ next }) => headers(next(), request(PATHS.big)), { settings: settings([4, 0]) })],
    window_overflow: [once("WINDOW_UPDATE", () => windowUpdate(0, 0x7fff_ffff)), once("SETTINGS", () => settings([4, 0x8000_0000]))],
    window_exceeded: [
        {
            name: "bodies that nobody takes",
            run: async ({ peer, next }) => {
                const ids = Array.from({ length: 20 }, next);
                peer.send(...ids.map((id) => headers(id, upload(PATHS.stuck), END_HEADERS)));
                for (let frames = 0; frames < 8 && !peer.closed; frames++) peer.send(...ids.map((id) => data(id, Buffer.alloc(16_000))));
            },
        },
    ],
    closed_streams: [
        once("DATA on one that nobody has opened", () => data(901, "x")),
        once("HEADERS on one below the last", ({ next }) => {
            const [low, high] = [next(), next()];
            return Buffer.concat([headers(high, request()), headers(low, request())]);
        }),
    ],
    outbound_control_flood: [
        {
            name: "answers",
            deaf: true,
            run: async ({ peer, next }) => {
                for (let batch = 0; batch < MOST / 4 && !peer.closed; batch++) {
                    peer.send(times(20, () => headers(next(), request(PATHS.heavy))));
                    await pause();
                }
            },
        },
    ],
};
