/** A format as two functions that write a line: of a request, and of a connection. Hot path: a line is one pass over its pieces. */
import type { LogFormatSettings } from "../../../istio/log-format";
import { UsualText } from "./escape";
import { jsonLine } from "./json-line";
import type { LineFormat } from "./line-format";
import { textPieces, type Piece } from "./pieces";

/** Among those that COALESCE chooses from they have quotes before them. */
const TLS_OPERATOR = /[%"]DOWNSTREAM_(?:TLS|PEER|LOCAL)_(?!ADDRESS|PORT)|CEL\(/;

/** Whether formats that stand in a text say something of the TLS handshake. */
export function asksTls(text: string): boolean {
    return TLS_OPERATOR.test(text);
}

/** Of a format that can be read: what can't is refused where it is said. */
export function lineFormat(settings: LogFormatSettings): LineFormat {
    const wantsTls = asksTls(JSON.stringify(settings));
    if (settings.kind === "json") return { ...jsonLine(settings.fields, settings.omitEmpty), wantsTls };
    const { requests, connections } = textPieces(settings.text);
    const missing = settings.omitEmpty ? "" : "-";
    const usual = requests.map(() => new UsualText());
    return {
        request: (record) => textOf(requests, usual, record, missing),
        connection: (record) => textOf(connections, usual, record, missing),
        wantsTls,
    };
}

function textOf<Logged>(pieces: readonly Piece<Logged>[], usual: readonly UsualText[], record: Logged, missing: string): string {
    let text = "";
    for (let at = 0; at < pieces.length; at++) {
        const piece = pieces[at]!;
        if (typeof piece === "string") {
            text += piece;
            continue;
        }
        const value = piece(record);
        text += typeof value === "string" ? usual[at]!.safe(value) : value === undefined ? missing : value;
    }
    return text;
}
