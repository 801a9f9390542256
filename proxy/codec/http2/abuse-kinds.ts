/**
 * Every way to do too much with HTTP/2 that we know, in one table: how it ends, within which bound, why that one, who found it,
 * and the name that figures count it by, which is Envoy's where Envoy has the same. Tests walk it, and the page has it as it stands.
 */
import { BUDGETS, PREMATURE_MS, type BudgetName } from "./abuse";
import { COMPRESSION_ERROR, errorName } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import {
    MAX_CONTINUATIONS,
    MAX_HEADER_BLOCK_BYTES,
    MAX_HEADER_LIST_BYTES,
    MAX_SETTINGS_PER_FRAME,
    MAX_UNREAD_BYTES,
    STALLED_BYTES,
    TINY_FRAME_BYTES,
} from "./limits";

export interface AbuseKind {
    /** What a peer does. */
    readonly what: string;
    /** The faults that end it. */
    readonly faults: readonly Http2Fault[];
    readonly bound: string;
    /** Why no honest peer meets the bound, or what the abuse is for. */
    readonly reason: string;
    /** CVE, or section of RFC 9113. */
    readonly source: string;
    /** Who can be abused by it: a server by its client, a client by its backend. */
    readonly sides: readonly ("server" | "client")[];
}

const BOTH = ["server", "client"] as const;
const SERVER = ["server"] as const;

/** `600, then 50 a second and 1 for each stream`. */
function boundOf(name: BudgetName, unit = ""): string {
    const { burst, perSecond, credit = [], of = name } = BUDGETS[name];
    if (of !== name) return `together with \`${of === "resets" ? "too_many_premature_resets" : of}\``;
    const words = {
        framesSent: "frame of a message sent to it",
        framesReceived: "frame of a body of its own",
        bytesReceived: "byte of its bodies",
        streamsOpened: "request",
        streamsCompleted: "request that ends well",
    };
    const more = credit.map(([what, tokens]) => `, ${tokens} for each ${words[what]}`).join("");
    return `${burst}${unit}, then ${perSecond}${unit} a second${more}`;
}

export const ABUSE = Object.freeze({
    too_many_premature_resets: {
        what: `requests that are reset within ${PREMATURE_MS / 1000} s of their beginning (rapid reset); one that is reset in the same read reaches nobody at all`,
        faults: [BUDGETS.resets.fault],
        bound: boundOf("resets"),
        reason: "a page that is left cancels all it has open, at most 100; a player that seeks cancels some a second",
        source: "CVE-2023-44487",
        sides: SERVER,
    },
    provoked_resets: {
        what: "requests that break a rule so that we reset them (MadeYouReset)",
        faults: [BUDGETS.provokedResets.fault],
        bound: boundOf("provokedResets"),
        reason: "what the client makes us do is its own doing",
        source: "CVE-2025-8671",
        sides: SERVER,
    },
    refused_streams: {
        what: "requests beyond the limit of open ones",
        faults: [BUDGETS.refusedStreams.fault],
        bound: boundOf("refusedStreams"),
        reason: "a client that has not read our SETTINGS yet may open some hundreds",
        source: "§5.1.2",
        sides: SERVER,
    },
    continuation_flood: {
        what: "header blocks without an end, in full frames or in empty ones",
        faults: [FAULTS.continuations, FAULTS.headerBlock],
        bound: `${MAX_CONTINUATIONS} CONTINUATION frames, ${MAX_HEADER_BLOCK_BYTES / 1024} KiB a block`,
        reason: "a block of the limit of header lists fits into four frames",
        source: "CVE-2024-27316, CVE-2024-27983, CVE-2023-45288",
        sides: BOTH,
    },
    header_overflow: {
        what: "header lists beyond the limit, as a few bytes that name a large entry of the table again and again (HPACK bomb); each is answered 431",
        faults: [BUDGETS.largeLists.fault],
        bound: `${MAX_HEADER_LIST_BYTES / 1024} KiB, which are counted before anything is made; ${boundOf("largeLists")}`,
        reason: "a browser with too many cookies gets its 431 for every picture of a page",
        source: "CVE-2016-6581, §10.5.1",
        sides: BOTH,
    },
    compression_error: {
        what: "header blocks that cannot be decoded, as with table sizes that change without end",
        faults: [FAULTS.compression],
        bound: "the first",
        reason: "the tables of both sides no longer agree (RFC 7541 §4.2 allows two changes a block)",
        source: "§4.3",
        sides: BOTH,
    },
    unfinished_header_block: {
        what: "a header block, or a frame, that does not come to its end",
        faults: [FAULTS.frameTimeout],
        bound: "15 s, as for HTTP/1.1's heads",
        reason: "it keeps everybody else on the connection waiting",
        source: "§10.5",
        sides: BOTH,
    },
    inbound_settings_flood: {
        what: "SETTINGS, each of which wants an acknowledgement",
        faults: [BUDGETS.settings.fault, FAULTS.settingsMany],
        bound: `${boundOf("settings")}; ${MAX_SETTINGS_PER_FRAME} settings a frame`,
        reason: "clients that measure their line change their window some ten times",
        source: "CVE-2019-9515",
        sides: BOTH,
    },
    settings_timeout: {
        what: "our SETTINGS are never acknowledged",
        faults: [FAULTS.settingsTimeout],
        bound: "15 s",
        reason: "who does not keep to our limits must not go on (§6.5.3)",
        source: "§6.5.3",
        sides: BOTH,
    },
    inbound_ping_flood: {
        what: "PINGs, each of which wants an answer",
        faults: [BUDGETS.pings.fault],
        bound: boundOf("pings"),
        reason: "gRPC measures its line with one for each frame of data, and keeps connections alive with one in some seconds",
        source: "CVE-2019-9512",
        sides: BOTH,
    },
    inbound_priority_frames_flood: {
        what: "PRIORITY and PRIORITY_UPDATE, which we read and leave",
        faults: [BUDGETS.priorities.fault],
        bound: boundOf("priorities"),
        reason: "browsers send some at the beginning, and one when a picture comes into view",
        source: "CVE-2019-9513",
        sides: BOTH,
    },
    inbound_window_update_frames_flood: {
        what: "WINDOW_UPDATEs for what was never sent",
        faults: [BUDGETS.windowUpdates.fault],
        bound: boundOf("windowUpdates"),
        reason: "most clients send one for a good many frames, the eager ones two for each",
        source: "§10.5",
        sides: BOTH,
    },
    inbound_empty_frames_flood: {
        what: "DATA with nothing in it but padding that does not end its message either",
        faults: [BUDGETS.emptyFrames.fault],
        bound: boundOf("emptyFrames"),
        reason: "nobody has a use for them",
        source: "CVE-2019-9518",
        sides: BOTH,
    },
    inbound_padding_flood: {
        what: "padding",
        faults: [BUDGETS.padding.fault],
        bound: boundOf("padding", " bytes"),
        reason: "who hides the lengths of messages pads them some times over",
        source: "§10.7",
        sides: BOTH,
    },
    inbound_useless_frames_flood: {
        what: "frames of unknown types, GOAWAYs, acknowledgements of what was never sent, resets of what is over",
        faults: [BUDGETS.uselessFrames.fault],
        bound: boundOf("uselessFrames"),
        reason: "browsers send an unknown frame now and then, so that nobody forgets to leave them",
        source: "§5.5, §10.5",
        sides: BOTH,
    },
    tiny_windows: {
        what: `windows that make us cut bodies into frames below ${TINY_FRAME_BYTES} bytes`,
        faults: [BUDGETS.tinyWindows.fault],
        bound: boundOf("tinyWindows"),
        reason: "a window is used up to its end now and then, and not at every frame",
        source: "CVE-2019-9511",
        sides: BOTH,
    },
    tx_flush_timeout: {
        what: "a window that stays closed, or all but closed, while a body waits for it: that request is reset",
        faults: [FAULTS.stalled],
        bound: `1 min without ${STALLED_BYTES / 1024} KiB, as for HTTP/1.1's slow readers; 64 KiB wait meanwhile, and the backend is told to stop`,
        reason: "who pauses a film longer asks for the rest of it again",
        source: "CVE-2019-9517",
        sides: SERVER,
    },
    window_overflow: {
        what: "a window that grows above 2^31-1, of the connection; of a stream it is a provoked reset",
        faults: [FAULTS.connectionWindowOverflow, FAULTS.initialWindow],
        bound: "the first",
        reason: "whoever counts right never does",
        source: "§6.9.1",
        sides: BOTH,
    },
    window_exceeded: {
        what: "more bytes of bodies than the connection's window lets through",
        faults: [FAULTS.connectionWindow],
        bound: "the first byte",
        reason: "the window is what bounds our memory",
        source: "§6.9.1",
        sides: BOTH,
    },
    closed_streams: {
        what: "HEADERS and DATA on streams that are closed, or that nobody has opened",
        faults: [FAULTS.closed, FAULTS.idle, FAULTS.streamId],
        bound: "the first",
        reason: "what was on its way when a stream was reset is known and left",
        source: "§5.1",
        sides: BOTH,
    },
    outbound_control_flood: {
        what: "our answers (acknowledgements, resets, heads of responses) are never read while more are asked for",
        faults: [FAULTS.unread],
        bound: `${MAX_UNREAD_BYTES / 1024} KiB that wait; then nothing more is read of it, for 1 min at most`,
        reason: "they know no flow control",
        source: "CVE-2019-9512, CVE-2019-9514, CVE-2019-9515",
        sides: SERVER,
    },
} satisfies Readonly<Record<string, AbuseKind>>);

export type AbuseName = keyof typeof ABUSE;

const NAMES: ReadonlyMap<Http2Fault, AbuseName> = new Map(
    (Object.keys(ABUSE) as AbuseName[]).flatMap((name) => ABUSE[name].faults.map((fault) => [fault, name] as const)),
);

/** Undefined: a fault that costs nobody anything. */
export function abuseOf(fault: Http2Fault): AbuseName | undefined {
    // What cannot be decoded is told in the decoder's own words.
    return NAMES.get(fault) ?? (fault.code === COMPRESSION_ERROR ? "compression_error" : undefined);
}

/** How it ends, in the RFC's words. */
export function endingOf({ faults }: AbuseKind): string {
    return [...new Set(faults.map(({ code }) => errorName(code)))].join(", ");
}
