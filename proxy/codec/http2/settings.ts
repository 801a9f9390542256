/** SETTINGS in both directions (RFC 9113 §6.5): ours as the bytes that announce them, the peer's as they are kept. */
import {
    DEFAULT_TABLE_SIZE,
    DEFAULT_WINDOW,
    DEFAULT_FRAME_SIZE,
    ENABLE_CONNECT_PROTOCOL,
    ENABLE_PUSH,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    LARGEST_FRAME_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    MAX_HEADER_LIST_SIZE,
    MAX_WINDOW,
    NO_RFC7540_PRIORITIES,
} from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { MAX_HEADER_LIST_BYTES } from "./limits";

/** What the peer has said; the RFC's defaults until then. */
export class PeerSettings {
    tableSize = DEFAULT_TABLE_SIZE;
    /** The smallest that the last frame has said on its way to that: so far its table is emptied (RFC 7541 §4.2). */
    smallestTable = Infinity;
    maxStreams = Infinity;
    initialWindow = DEFAULT_WINDOW;
    maxHeaderListBytes = Infinity;
    extendedConnect = false;

    /** One frame's, in their order. */
    read(bytes: Buffer, from: number, to: number): Http2Fault | undefined {
        this.smallestTable = Infinity;
        for (let at = from; at < to; at += 6) {
            const fault = this.#set((bytes[at]! << 8) | bytes[at + 1]!, bytes.readUInt32BE(at + 2));
            if (fault !== undefined) return fault;
        }
        return undefined;
    }

    /** Ids that nobody knows are passed over (§6.5.2). */
    #set(id: number, value: number): Http2Fault | undefined {
        switch (id) {
            case HEADER_TABLE_SIZE:
                this.tableSize = value;
                this.smallestTable = Math.min(this.smallestTable, value);
                return undefined;
            case ENABLE_PUSH:
                return value > 1 ? FAULTS.enablePush : undefined;
            case MAX_CONCURRENT_STREAMS:
                this.maxStreams = value;
                return undefined;
            case INITIAL_WINDOW_SIZE:
                this.initialWindow = value;
                return value > MAX_WINDOW ? FAULTS.initialWindow : undefined;
            // Ours stay at the least that everybody takes.
            case MAX_FRAME_SIZE:
                return value < DEFAULT_FRAME_SIZE || value > LARGEST_FRAME_SIZE ? FAULTS.maxFrameSize : undefined;
            case MAX_HEADER_LIST_SIZE:
                this.maxHeaderListBytes = value;
                return undefined;
            case ENABLE_CONNECT_PROTOCOL:
                if (value > 1 || (value === 0 && this.extendedConnect)) return FAULTS.enableConnect;
                this.extendedConnect = value === 1;
                return undefined;
            default:
                return undefined;
        }
    }
}

export interface OwnSettings {
    readonly server: boolean;
    readonly maxOpenStreams: number;
    readonly streamWindow: number;
    /** Of a header list. */
    readonly maxHeadBytes?: number;
}

/** The payload of our SETTINGS. What is the RFC's default is not said. */
export function settingsPayload({ server, maxOpenStreams, streamWindow, maxHeadBytes = MAX_HEADER_LIST_BYTES }: OwnSettings): Buffer {
    const settings: (readonly [id: number, value: number])[] = server
        ? [
              [MAX_CONCURRENT_STREAMS, maxOpenStreams],
              [ENABLE_CONNECT_PROTOCOL, 1],
              [NO_RFC7540_PRIORITIES, 1],
          ]
        : [
              [ENABLE_PUSH, 0],
              [MAX_CONCURRENT_STREAMS, 0],
          ];
    settings.push([INITIAL_WINDOW_SIZE, streamWindow], [MAX_HEADER_LIST_SIZE, maxHeadBytes]);
    const payload = Buffer.alloc(settings.length * 6);
    settings.forEach(([id, value], index) => payload.writeUInt32BE(value, payload.writeUInt16BE(id, index * 6)));
    return payload;
}
