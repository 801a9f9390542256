/**
 * Field lines: of a head and of a trailer section alike. Names are lower-cased and interned, values checked byte by
 * byte and trimmed; what frames or concerns one connection is read here. Of it only content-length and expect stand in the
 * list that travels on, to be read there.
 *
 * Hot path: one scratch object, one pass over the bytes, strings sliced out of one string for the whole head.
 */
import type { HeaderList } from "../../http/doors";
import { COLON, CR, FIELD_VALUE, LF, SPACE, TAB, TOKEN, ZERO } from "./bytes";
import {
    CONNECTION,
    CONTENT_LENGTH,
    DROPPED,
    EXPECT,
    HOST,
    PLAIN,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    hashStep,
    isProtectedFromConnection,
    kindOfName,
    knownName,
} from "./field-names";
import { FAULTS, type CodecFault } from "./fault";
import { MAX_CONTENT_LENGTH_DIGITS, MAX_HEADERS } from "./limits";

/** What a section of field lines said. Reused for each one: take out what lives on. */
export class HeaderFields {
    list: HeaderList = [];
    count = 0;
    /** So many and no more. */
    most = MAX_HEADERS;
    /** The first rule broken that is not one of syntax: those of syntax come first. */
    fault: CodecFault | undefined;
    hosts = 0;
    hostFrom = 0;
    hostTo = 0;
    /** -1: not given. */
    contentLength = -1;
    codings = 0;
    coding = "";
    close = false;
    keepAlive = false;
    upgradeListed = false;
    /** Other names that connection lists. */
    listed: string[] | undefined;
    upgrade = "";
    expect = "";
    te = "";
    /** A name has an underscore, which CGI-like backends cannot tell from a hyphen. */
    underscored = false;

    reset(): void {
        this.list = [];
        this.count = 0;
        this.fault = undefined;
        this.hosts = 0;
        this.contentLength = -1;
        this.codings = 0;
        this.coding = "";
        this.close = false;
        this.keepAlive = false;
        this.upgradeListed = false;
        this.listed = undefined;
        this.upgrade = "";
        this.expect = "";
        this.te = "";
        this.underscored = false;
    }
}

/**
 * Reads the field lines from `from` up to the empty line, which must be there. `text` is the latin1 text of the buffer
 * from `base` on. Gives the first fault of syntax.
 */
export function parseFields(buffer: Buffer, from: number, text: string, base: number, fields: HeaderFields): CodecFault | undefined {
    let at = from;
    for (;;) {
        const nameFrom = at;
        let hash = 0;
        let byte: number;
        while ((byte = TOKEN[buffer[at]!]!) !== 0) {
            hash = hashStep(hash, byte);
            at++;
        }
        if (at === nameFrom) {
            byte = buffer[at]!;
            if (byte === CR && buffer[at + 1] === LF) return undefined;
            return byte === SPACE || byte === TAB ? FAULTS.folding : byte === CR || byte === LF ? FAULTS.lineEnd : FAULTS.fieldName;
        }
        const nameTo = at;
        if (buffer[at] !== COLON) return FAULTS.fieldName;
        at++;
        while ((byte = buffer[at]!) === SPACE || byte === TAB) at++;
        const valueFrom = at;
        while (FIELD_VALUE[buffer[at]!] === 1) at++;
        if (buffer[at] !== CR || buffer[at + 1] !== LF) {
            return buffer[at] === CR || buffer[at] === LF ? FAULTS.lineEnd : FAULTS.fieldValue;
        }
        let valueTo = at;
        while (valueTo > valueFrom && ((byte = buffer[valueTo - 1]!) === SPACE || byte === TAB)) valueTo--;
        at += 2;

        if (++fields.count > fields.most) {
            fields.fault = FAULTS.tooManyFields;
            continue;
        }
        const known = knownName(buffer, nameFrom, nameTo, hash);
        if (known !== undefined && known.kind === PLAIN) {
            fields.list.push(known.name, text.slice(valueFrom - base, valueTo - base));
            continue;
        }
        const name = known === undefined ? text.slice(nameFrom - base, nameTo - base).toLowerCase() : known.name;
        const kind = known === undefined ? (kindOfName(name) ?? PLAIN) : known.kind;
        if (kind === HOST) {
            fields.hosts++;
            fields.hostFrom = valueFrom;
            fields.hostTo = valueTo;
        } else if (kind !== PLAIN) {
            const value = text.slice(valueFrom - base, valueTo - base);
            special(fields, kind, value);
            if (kind === CONTENT_LENGTH || kind === EXPECT) fields.list.push(name, value);
        } else {
            if (name.includes("_")) fields.underscored = true;
            fields.list.push(name, text.slice(valueFrom - base, valueTo - base));
        }
    }
}

function special(fields: HeaderFields, kind: number, value: string): void {
    switch (kind) {
        case CONTENT_LENGTH:
            // A second one, even an equal one, is somebody's attempt to be read in two ways.
            if (fields.contentLength >= 0) fields.fault ??= FAULTS.contentLength;
            fields.contentLength = decimal(value);
            if (fields.contentLength < 0) fields.fault ??= FAULTS.contentLength;
            return;
        case TRANSFER_ENCODING:
            fields.codings++;
            fields.coding = value;
            return;
        case CONNECTION:
            readConnection(fields, value);
            return;
        case UPGRADE:
            if (fields.upgrade === "") fields.upgrade = firstProtocol(fields, value);
            return;
        case EXPECT:
            // An empty or a second one is an expectation too, and none that we know.
            fields.expect = fields.expect === "" && value !== "" ? value.toLowerCase() : "unknown";
            return;
        case TE:
            fields.te = fields.te === "" ? value : `${fields.te},${value}`;
            return;
        case DROPPED:
            return;
    }
}

/** 1*DIGIT (RFC 9110 §8.6): no sign, no list, no space; -1 for anything else. */
export function decimal(value: string): number {
    if (value.length === 0 || value.length > MAX_CONTENT_LENGTH_DIGITS) return -1;
    let number = 0;
    for (let index = 0; index < value.length; index++) {
        const digit = value.charCodeAt(index) - ZERO;
        if (digit < 0 || digit > 9) return -1;
        number = number * 10 + digit;
    }
    return number;
}

function readConnection(fields: HeaderFields, value: string): void {
    if (value === "keep-alive" || value === "Keep-Alive") {
        fields.keepAlive = true;
        return;
    }
    for (const element of value.split(",")) {
        const option = trimBlank(element).toLowerCase();
        if (option === "") continue;
        if (option === "close") fields.close = true;
        else if (option === "keep-alive") fields.keepAlive = true;
        else if (option === "upgrade") fields.upgradeListed = true;
        else if (!isToken(option)) fields.fault ??= FAULTS.connection;
        else if (!isProtectedFromConnection(option)) (fields.listed ??= []).push(option);
    }
}

/** The first protocol of an Upgrade field: `token["/" token]`, lower-case. */
function firstProtocol(fields: HeaderFields, value: string): string {
    const protocol = trimBlank(value.split(",", 1)[0]!).toLowerCase();
    const slash = protocol.indexOf("/");
    const sound = slash < 0 ? isToken(protocol) : isToken(protocol.slice(0, slash)) && isToken(protocol.slice(slash + 1));
    if (sound) return protocol;
    fields.fault ??= FAULTS.upgrade;
    return "";
}

/** `te` travels on as `trailers` or not at all: codings are a matter of one connection (RFC 9110 §10.1.4). */
export function acceptsTrailers(te: string): boolean {
    return te.split(",").some((element) => trimBlank(element).toLowerCase() === "trailers");
}

/** Only SP and HTAB are blank in a field; `trim` would take away more. */
export function trimBlank(value: string): string {
    let from = 0;
    let to = value.length;
    while (from < to && isBlank(value.charCodeAt(from))) from++;
    while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
    return value.slice(from, to);
}

function isBlank(code: number): boolean {
    return code === SPACE || code === TAB;
}

export function isToken(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index);
        if (code > 255 || TOKEN[code] === 0) return false;
    }
    return text.length > 0;
}

/** Takes what connection named out of the list: a head has room for tens of thousands of names, so each is looked at once. */
export function removeListed(list: HeaderList, listed: readonly string[]): HeaderList {
    const names = new Set(listed);
    const kept: HeaderList = [];
    for (let index = 0; index < list.length; index += 2) {
        if (!names.has(list[index]!)) kept.push(list[index]!, list[index + 1]!);
    }
    return kept;
}
