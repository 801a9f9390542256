/** The same by a backend, towards whom its requests come from: `next` gives the next one that came. */
import type { AbuseName } from "../../../../../proxy/codec/http2/abuse-kinds";
import type { Attack, Attacked } from "./attacks";
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
    paddedData,
    ping,
    settings,
    SETTINGS_ACK,
    tableSize,
    TYPE,
    windowUpdate,
} from "./raw-frames";

const MOST = 4000;
const OK = block([[":status", "200"]]);

function times(count: number, make: (at: number) => Buffer): Buffer {
    return Buffer.concat(Array.from({ length: count }, (_, at) => make(at)));
}

function flood(name: string, make: () => Buffer, more: Partial<Attack> = {}): Attack {
    return { name, run: async ({ peer }) => peer.flood(make, MOST), ...more };
}

/** A response that has begun, and then the same frames of it again and again. */
function floodOn(name: string, begin: (id: number) => Buffer, make: (id: number) => Buffer): Attack {
    return {
        name,
        run: async ({ peer, next }) => {
            const id = next();
            peer.send(begin(id));
            await peer.flood(() => make(id), MOST);
        },
    };
}

function once(name: string, make: (attacked: Attacked) => Buffer, more: Partial<Attack> = {}): Attack {
    return { name, run: async (attacked) => void attacked.peer.send(make(attacked)), ...more };
}

const response = (id: number): Buffer => headers(id, OK, END_HEADERS);

export const BACKEND_ATTACKS: Readonly<Partial<Record<AbuseName, readonly Attack[]>>> = {
    continuation_flood: [
        floodOn(
            "empty frames",
            (id) => headers(id, OK, 0),
            (id) => times(100, () => continuation(id, Buffer.alloc(0))),
        ),
        floodOn(
            "full frames",
            (id) => headers(id, OK, 0),
            (id) => continuation(id, Buffer.alloc(16_000)),
        ),
    ],
    header_overflow: [
        {
            name: "lists from a large entry",
            run: async ({ peer, next }) => {
                const bomb = Buffer.concat([
                    OK,
                    indexedLiteral("x-large", "a".repeat(3900)),
                    ...Array.from({ length: 2000 }, () => indexed(62)),
                ]);
                for (let count = 0; count < MOST && !peer.closed; count++) {
                    const one = next();
                    await peer.frame(({ type, id }) => type === TYPE.HEADERS && id === one);
                    peer.send(headers(one, bomb));
                }
            },
        },
    ],
    compression_error: [
        once("an index that nothing has", ({ next }) => headers(next(), indexed(5000))),
        once("sizes without end", ({ next }) =>
            headers(next(), Buffer.concat([times(4000, (at) => tableSize(at % 2 === 0 ? 0 : 4096)), OK])),
        ),
    ],
    unfinished_header_block: [
        once("a block", ({ next }) => headers(next(), OK, 0)),
        once("a frame", ({ next }) => headers(next(), OK).subarray(0, 12)),
    ],
    inbound_settings_flood: [
        flood("empty", () => times(100, () => settings())),
        flood("with hundreds of settings", () => settings(...Array.from({ length: 500 }, (_, at) => [4, 60_000 + at] as const))),
    ],
    settings_timeout: [{ name: "no acknowledgement", unsettled: true, run: async () => {} }],
    inbound_ping_flood: [flood("PINGs", () => times(100, () => ping()))],
    inbound_priority_frames_flood: [
        flood("PRIORITY", () => times(100, (at) => frame(TYPE.PRIORITY, 0, 1001 + 2 * at, Buffer.from([0, 0, 0, 0, 16])))),
    ],
    inbound_window_update_frames_flood: [flood("of the connection", () => times(100, () => windowUpdate(0, 1)))],
    inbound_empty_frames_flood: [floodOn("DATA", response, (id) => times(100, () => data(id, "")))],
    inbound_padding_flood: [floodOn("DATA of a byte", response, (id) => times(100, () => paddedData(id, "x", 255)))],
    inbound_useless_frames_flood: [
        flood("of unknown types", () => times(100, () => frame(0xfa, 0, 0, Buffer.from("grease")))),
        flood("GOAWAY", () => times(100, () => goAway(0x7fff_ffff))),
        flood("acknowledgements of PINGs", () => times(100, () => ping(ACK))),
        flood("acknowledgements of SETTINGS", () => times(100, () => SETTINGS_ACK)),
    ],
    tiny_windows: [
        {
            name: "of a byte",
            settings: settings([4, 1]),
            run: async ({ peer, next }) => {
                const id = next();
                for (let count = 0; count < MOST && !peer.closed; count++) {
                    const had = peer.dataBytes;
                    peer.send(windowUpdate(id, 1));
                    await peer.frame(() => peer.dataBytes > had);
                }
            },
        },
    ],
    window_overflow: [once("WINDOW_UPDATE", () => windowUpdate(0, 0x7fff_ffff)), once("SETTINGS", () => settings([4, 0x8000_0000]))],
    window_exceeded: [
        {
            name: "bodies that nobody takes",
            run: async ({ peer, next }) => {
                const ids = Array.from({ length: 5 }, next);
                peer.send(...ids.map(response));
                for (let frames = 0; frames < 2000 && !peer.closed; frames++) {
                    peer.send(...ids.map((id) => data(id, Buffer.alloc(16_000))));
                    await new Promise((resolve) => setImmediate(resolve));
                }
            },
        },
    ],
    closed_streams: [
        once("DATA on one that nobody has opened", () => data(901, "x")),
        once("a stream of its own", () => headers(2, OK, END_HEADERS | END_STREAM)),
    ],
};
