/** The pieces of one text: what stands as it is, and what is read of each record. */
import { parseLogFormat } from "../../../istio/log-format";
import type { ConnectionRecord, RequestRecord } from "../../telemetry";
import type { LogValue } from "./reader";
import { readerOf } from "./readers";

export type Piece<Logged> = string | ((record: Logged) => LogValue);

export interface TextPieces {
    readonly requests: readonly Piece<RequestRecord>[];
    readonly connections: readonly Piece<ConnectionRecord>[];
}

export function textPieces(text: string): TextPieces {
    const parsed = parseLogFormat(text);
    const pieces = typeof parsed === "string" ? [] : parsed.pieces;
    const readers = pieces.map((piece) => (typeof piece === "string" ? piece : readerOf(piece)));
    return {
        requests: readers.map((one) => (typeof one === "string" ? one : one.request)),
        connections: readers.map((one) => (typeof one === "string" ? one : one.connection)),
    };
}

/** Put together as it is, without an escape: whoever is told it writes no line of it. `missing`: in the place of what is not there. */
export function rawText<Logged>(pieces: readonly Piece<Logged>[], record: Logged, missing: string): string {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : (piece(record) ?? missing);
    return text;
}
