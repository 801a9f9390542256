/**
 * What the fields of an HTTP/2 message may be (RFC 9113 §8.2, §8.3): pseudo-fields first, once each and of those that
 * the section knows; names lower-case tokens; nothing that concerns one connection. What keeps the rules is gathered as
 * the doors want it.
 *
 * Hot path: the decoder hands fields in one by one, with a kind that it found when the name was first read.
 */
import type { HeaderList } from "../../http/doors";

/** What is done with a field, by its name. The decoder keeps it beside the name in its table. */
export const PLAIN = 0;
export const METHOD = 1;
export const SCHEME = 2;
export const AUTHORITY = 3;
export const PATH = 4;
export const PROTOCOL = 5;
export const STATUS = 6;
export const HOST = 7;
export const CONTENT_LENGTH = 8;
export const COOKIE = 9;
export const TE = 10;
export const EXPECT = 11;
/** A name with an underscore, otherwise plain. */
export const UNDERSCORED = 12;
/** Of one connection: connection, keep-alive, proxy-connection, transfer-encoding, upgrade (§8.2.2). */
export const CONNECTION_SPECIFIC = 13;
/** A pseudo-field that nobody knows. */
export const UNKNOWN_PSEUDO = 14;
/** No lower-case token (§8.2.1). */
export const BAD_NAME = 15;
/** The name was sound, and the value is not: CTLs, or blanks at either end (§8.2.1). */
export const BAD_VALUE = 16;

/** Takes the fields of a section in their order. */
export interface FieldSink {
    add(kind: number, name: string, value: string): void;
}

/** Which section of a message is read. */
export const REQUEST = 0;
export const RESPONSE = 1;
export const TRAILERS = 2;

/** A rule broken by a section: its stream is malformed (RFC 9113 §8.1.1). */
export interface FieldFault {
    readonly section: string;
    readonly detail: string;
}

/** What a section said. Reused for each one: take out what lives on. */
export class FieldSection implements FieldSink {
    /** Pseudo-fields as they came; undefined: not given. */
    method: string | undefined;
    scheme: string | undefined;
    authority: string | undefined;
    path: string | undefined;
    protocol: string | undefined;
    status: string | undefined;
    /** The host field, which the list does not have. */
    host: string | undefined;
    /**
     * All others, in their order: cookies joined into one (§8.2.3), te only as `trailers`; content-length and expect are
     * there to be read. Of trailers only those that may trail.
     */
    list: HeaderList = [];
    /** -1: not given. */
    contentLength = -1;
    /** Lower-case; empty: not given. */
    expect = "";
    underscored = false;
    /** The first rule broken. */
    fault: FieldFault | undefined;

    /** Forgets the section before, and begins one of these: REQUEST, RESPONSE, TRAILERS. */
    begin(_section: number): void {
        throw new Error("being written");
    }

    add(_kind: number, _name: string, _value: string): void {
        throw new Error("being written");
    }
}
