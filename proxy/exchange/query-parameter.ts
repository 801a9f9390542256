/**
 * One parameter of a query, decoded as Envoy does for `%QUERY_PARAM(name)%`. A client wrote it: a value that would hold
 * what no header may stays encoded. Hot path: no object, no regular expression.
 */

/** Empty: there is none. One character a byte. */
export function queryParameter(path: string, name: string): string {
    let from = path.indexOf("?") + 1;
    if (from === 0) return "";
    while (from <= path.length) {
        let end = path.indexOf("&", from);
        if (end === -1) end = path.length;
        let middle = path.indexOf("=", from);
        if (middle === -1 || middle > end) middle = end;
        if (decoded(path.slice(from, middle)) === name) return middle === end ? "" : decoded(path.slice(middle + 1, end));
        from = end + 1;
    }
    return "";
}

function decoded(text: string): string {
    if (text.indexOf("%") === -1) return text;
    let value = "";
    for (let at = 0; at < text.length; at++) {
        const high = text[at] === "%" ? digit(text.charCodeAt(at + 1)) : -1;
        const low = high === -1 ? -1 : digit(text.charCodeAt(at + 2));
        if (low === -1) {
            value += text[at];
            continue;
        }
        const byte = high * 16 + low;
        if (byte < 0x20 || byte === 0x7f) return text;
        value += String.fromCharCode(byte);
        at += 2;
    }
    return value;
}

function digit(code: number): number {
    if (code >= 0x30 && code <= 0x39) return code - 0x30;
    const letter = code | 0x20;
    return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
