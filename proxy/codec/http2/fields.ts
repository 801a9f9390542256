/**
 * What the fields of an HTTP/2 message may be (RFC 9113 §8.2, §8.3): pseudo-fields first, each once, and of those only what
 * the section knows; nothing that concerns one connection. What keeps the rules is gathered as the doors want it.
 *
 * Hot path: the decoder hands fields in one by one, with the kind that was found when the name was first read.
 */
import type { HeaderList } from "../../http/doors";
import { decimal, trimBlank } from "../http1/fields";
import { NOT_IN_VALUE } from "../http1/serializer";
import { mayTrail } from "../http1/trailers";
import {
    AUTHORITY,
    BAD_NAME,
    BAD_VALUE,
    CONNECTION_SPECIFIC,
    CONTENT_LENGTH,
    COOKIE,
    EXPECT,
    HOST,
    METHOD,
    PATH,
    PLAIN,
    PROTOCOL,
    SCHEME,
    STATUS,
    TE,
    UNDERSCORED,
    UNKNOWN_PSEUDO,
    type FieldSink,
} from "./field-names";

/** Which section of a message is read. */
export const REQUEST = 0;
export const RESPONSE = 1;
export const TRAILERS = 2;

/** A rule that a section broke: its message is malformed (RFC 9113 §8.1.1). */
export interface FieldFault {
    readonly section: string;
    readonly detail: string;
}

function fault(section: string, detail: string): FieldFault {
    return Object.freeze({ section: `RFC 9113 §${section}`, detail });
}

const FAULTS = Object.freeze({
    name: fault("8.2.1", "field name that is no token in lower case"),
    value: fault("8.2.1", "field value with a control character, or pseudo-field with blanks at an end"),
    connection: fault("8.2.2", "field that concerns one connection"),
    te: fault("8.2.2", "te with anything but trailers"),
    pseudoUnknown: fault("8.3", "unknown pseudo-field"),
    pseudoElsewhere: fault("8.3", "pseudo-field that this section does not have"),
    pseudoLate: fault("8.3", "pseudo-field behind other fields"),
    pseudoRepeated: fault("8.3", "pseudo-field given twice"),
    hostRepeated: fault("8.3.1", "more than one host"),
    contentLength: fault("8.1.1", "malformed or repeated content-length"),
    trailer: fault("8.1", "content-length or host in a trailer section"),
});

/** What a section said. Reused for each one: take out what lives on. */
export class FieldSection implements FieldSink {
    /** Pseudo-fields as they came; undefined: not given. */
    method: string | undefined;
    scheme: string | undefined;
    authority: string | undefined;
    path: string | undefined;
    protocol: string | undefined;
    status: string | undefined;
    /** Of the host field, which does not stand in the list. */
    host: string | undefined;
    /**
     * All others, in their order: cookies joined into one (§8.2.3), te as `trailers` alone; content-length and expect stand
     * there to be read. Of a trailer section, what may trail.
     */
    list: HeaderList = [];
    /** -1: not given. */
    contentLength = -1;
    /** Lower-case; empty: not given, `unknown`: given twice or empty. */
    expect = "";
    /** A name has an underscore, which CGI-like backends cannot tell from a hyphen. */
    underscored = false;
    /** The first rule that was broken. */
    fault: FieldFault | undefined;
    #section = REQUEST;
    #regular = false;
    #cookieAt = -1;
    #te = false;

    /** Begins one of these: REQUEST, RESPONSE, TRAILERS. */
    begin(section: number): void {
        this.#section = section;
        this.#regular = false;
        this.#cookieAt = -1;
        this.#te = false;
        this.method = undefined;
        this.scheme = undefined;
        this.authority = undefined;
        this.path = undefined;
        this.protocol = undefined;
        this.status = undefined;
        this.host = undefined;
        this.list = [];
        this.contentLength = -1;
        this.expect = "";
        this.underscored = false;
        this.fault = undefined;
    }

    add(kind: number, name: string, value: string): void {
        if (kind >= METHOD && kind <= UNKNOWN_PSEUDO) {
            this.#pseudo(kind, value);
            return;
        }
        this.#regular = true;
        if (kind !== PLAIN) this.#special(kind, name, value);
        else if (this.#section !== TRAILERS || mayTrail(name)) this.list.push(name, value);
    }

    #pseudo(kind: number, value: string): void {
        let before: string | undefined;
        if (this.#regular) return this.#broken(FAULTS.pseudoLate);
        if (kind === UNKNOWN_PSEUDO) return this.#broken(FAULTS.pseudoUnknown);
        if (this.#section !== (kind === STATUS ? RESPONSE : REQUEST)) return this.#broken(FAULTS.pseudoElsewhere);
        switch (kind) {
            case METHOD:
                before = this.method;
                this.method = value;
                break;
            case SCHEME:
                before = this.scheme;
                this.scheme = value;
                break;
            case AUTHORITY:
                before = this.authority;
                this.authority = value;
                break;
            case PATH:
                before = this.path;
                this.path = value;
                break;
            case PROTOCOL:
                before = this.protocol;
                this.protocol = value;
                break;
            case STATUS:
                before = this.status;
                this.status = value;
                break;
        }
        if (before !== undefined) this.#broken(FAULTS.pseudoRepeated);
    }

    /**
     * Blanks at a value's ends are forbidden (RFC 9113 §8.2.1), and still there are programs that write them. They are no
     * part of the value (RFC 9110 §5.5): without them nobody reads anything else in it.
     */
    #trimmed(kind: number, name: string, value: string): void {
        if (kind === BAD_NAME) return this.#broken(FAULTS.name);
        const trimmed = trimBlank(value);
        if ((kind >= METHOD && kind <= UNKNOWN_PSEUDO) || NOT_IN_VALUE.test(trimmed)) return this.#broken(FAULTS.value);
        this.add(kind, name, trimmed);
    }

    #special(kind: number, name: string, value: string): void {
        if (kind >= BAD_VALUE) return this.#trimmed(kind & ~BAD_VALUE, name, value);
        switch (kind) {
            case BAD_NAME:
                return this.#broken(FAULTS.name);
            case CONNECTION_SPECIFIC:
                return this.#broken(FAULTS.connection);
            case HOST:
                return this.#takeHost(value);
            case CONTENT_LENGTH:
                return this.#takeLength(name, value);
            case COOKIE:
                return this.#takeCookie(name, value);
            case TE:
                return this.#takeTe(name, value);
            case EXPECT:
                this.expect = this.expect === "" && value !== "" ? value.toLowerCase() : "unknown";
                if (this.#section !== TRAILERS) this.list.push(name, value);
                return;
            case UNDERSCORED:
                this.underscored = true;
                this.list.push(name, value);
                return;
        }
    }

    #takeHost(value: string): void {
        if (this.#section === TRAILERS) return this.#broken(FAULTS.trailer);
        if (this.host !== undefined) return this.#broken(FAULTS.hostRepeated);
        this.host = value;
    }

    /** A second one, even an equal one, is somebody's attempt to be read in two ways. */
    #takeLength(name: string, value: string): void {
        if (this.#section === TRAILERS) return this.#broken(FAULTS.trailer);
        const length = decimal(value);
        if (length < 0 || this.contentLength >= 0) return this.#broken(FAULTS.contentLength);
        this.contentLength = length;
        this.list.push(name, value);
    }

    /** §8.2.3: pieces are joined before anybody reads them who knows one cookie field only. */
    #takeCookie(name: string, value: string): void {
        if (this.#section === TRAILERS) return;
        if (this.#cookieAt === -1) {
            this.#cookieAt = this.list.push(name, value) - 1;
        } else {
            this.list[this.#cookieAt] += `; ${value}`;
        }
    }

    #takeTe(name: string, value: string): void {
        if (value.toLowerCase() !== "trailers") return this.#broken(FAULTS.te);
        if (this.#te || this.#section !== REQUEST) return;
        this.#te = true;
        this.list.push(name, "trailers");
    }

    #broken(fault: FieldFault): void {
        this.fault ??= fault;
    }
}
