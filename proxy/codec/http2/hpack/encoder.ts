/**
 * Fields to header blocks (RFC 7541). What repeats costs one byte, what is secret is never indexed (§7.1.3), and what changes
 * each time does not thrash the table: each name remembers the value that it had in the table last, and whether that paid.
 *
 * No field is written that a peer would have to refuse (RFC 9113 §8.2): a list that has one is not written at all.
 *
 * Hot path: one look-up by name a field; bytes go straight into the caller's buffer, which has room for `encodedBound`.
 */
import type { HeaderList } from "../../../http/doors";
import { trimBlank } from "../../http1/fields";
import { NOT_IN_VALUE } from "../../http1/serializer";
import { BAD_NAME, COOKIE, PLAIN, TE, UNDERSCORED, kindOf } from "../field-names";
import { EncoderTable } from "./encoder-table";
import { policyOf, NAME_ONLY, NEVER, staticIndexOf, staticValueOf } from "./indexing";
import { writeInteger } from "./integers";
import { secrets } from "./secrets";
import { FIRST_DYNAMIC, INITIAL_TABLE_BYTES } from "./static-table";
import { ownText, writeString } from "./strings";

/** Beyond the strings of a field: two lengths and an index. */
const FIELD_OVERHEAD = 18;
/** Table size updates at the start of a block. */
const BLOCK_OVERHEAD = 12;

/** No block of this list is longer. `more`: of fields written besides, `name.length + value.length` and 18 each. */
export function encodedBound(list: HeaderList, more: number): number {
    let bytes = BLOCK_OVERHEAD + more;
    for (let index = 0; index < list.length; index += 2) bytes += list[index]!.length + list[index + 1]!.length + FIELD_OVERHEAD;
    return bytes;
}

const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const WITHOUT_INDEXING = 0;

/** Names that a connection remembers; with more it begins anew. */
const MAX_NAMES = 128;
/** What Latin1 would cut down to something else. */
const NOT_IN_NAME = /[^\x21-\x7e]/;

/** How many values are let by, at the most, before one is tried again. */
const MAX_BACKOFF = 63;

/** A list, or a field, holds what cannot be written: nothing of its block may be sent. */
export const UNWRITABLE = -1;

/** A name on this connection. */
interface NameState {
    /** Of field-names.ts. */
    readonly kind: number;
    /** 0: not in the static table. */
    readonly staticIndex: number;
    readonly policy: number;
    /** The value that this name has in the table, as long as `place` is in it. */
    value: string;
    place: number;
    /** The entry was referred to since it is there. */
    paid: boolean;
    /** Values to let by, now, and after the next entry that did not pay. */
    skip: number;
    backoff: number;
}

export class HpackEncoder {
    readonly #table = new EncoderTable(INITIAL_TABLE_BYTES);
    readonly #names = new Map<string, NameState>();
    #secretsVersion = secrets.version;
    /** The smallest size since the last block; -1: nothing to say. */
    #smallest = -1;

    /** The peer's SETTINGS_HEADER_TABLE_SIZE, 4096 until it says so. We use no more than that, and say so (§4.2). */
    setMaxTableBytes(bytes: number): void {
        const size = Math.min(bytes, INITIAL_TABLE_BYTES);
        if (size === this.#table.capacity && this.#smallest === -1) return;
        this.#smallest = this.#smallest === -1 ? size : Math.min(this.#smallest, size);
        this.#table.resize(size);
    }

    /**
     * Begins a block: pseudo-fields, and what the codec says itself, by `field` or `status`; the message's by `fields`. Gives, as
     * they all do, where the next one is written, or UNWRITABLE, which they all pass on.
     */
    begin(into: Buffer, at: number): number {
        if (secrets.version !== this.#secretsVersion) {
            this.#secretsVersion = secrets.version;
            this.#names.clear();
        }
        if (this.#smallest === -1) return at;
        const smallest = this.#smallest;
        this.#smallest = -1;
        if (smallest < this.#table.capacity) at = writeInteger(into, at, SIZE_UPDATE, 0x1f, smallest);
        return writeInteger(into, at, SIZE_UPDATE, 0x1f, this.#table.capacity);
    }

    status(status: number, into: Buffer, at: number): number {
        if (status === 200) {
            into[at] = INDEXED | 8;
            return at + 1;
        }
        return this.field(":status", String(status), into, at);
    }

    /** Fields as the doors have them. Names that are the codec's own are left out, whoever put them there. */
    fields(list: HeaderList, into: Buffer, at: number): number {
        for (let index = 0; index < list.length && at !== UNWRITABLE; index += 2) {
            const name = list[index]!;
            const state = this.#names.get(name) ?? this.#newName(name);
            const { kind } = state;
            // RFC 9113 §8.2.2: of te nothing but this.
            const isSent = kind === PLAIN || kind === COOKIE || kind === UNDERSCORED || (kind === TE && list[index + 1] === "trailers");
            if (isSent) {
                at = this.#write(state, name, list[index + 1]!, into, at);
            } else if (kind === BAD_NAME) {
                at = this.#refuse();
            }
        }
        return at;
    }

    field(name: string, value: string, into: Buffer, at: number): number {
        if (at === UNWRITABLE) return at;
        const state = this.#names.get(name) ?? this.#newName(name);
        return state.kind === BAD_NAME ? this.#refuse() : this.#write(state, name, value, into, at);
    }

    #write(state: NameState, name: string, given: string, into: Buffer, at: number): number {
        const inTable = this.#table.holds(state.place);
        if (inTable && state.value === given) {
            state.paid = true;
            return writeInteger(into, at, INDEXED, 0x7f, FIRST_DYNAMIC + this.#table.indexOf(state.place));
        }
        if (state.staticIndex !== 0) {
            const index = staticValueOf(state.staticIndex, name, given);
            if (index !== 0) return writeInteger(into, at, INDEXED, 0x7f, index);
        }
        if (NOT_IN_VALUE.test(given)) return this.#refuse();
        const value = endsInBlank(given) ? trimBlank(given) : given;
        const nameIndex = state.staticIndex !== 0 ? state.staticIndex : inTable ? FIRST_DYNAMIC + this.#table.indexOf(state.place) : 0;
        const indexing = this.#isWorthIndexing(state, name, value, nameIndex);
        if (indexing) at = writeInteger(into, at, WITH_INDEXING, 0x3f, nameIndex);
        else at = writeInteger(into, at, state.policy === NEVER ? NEVER_INDEXED : WITHOUT_INDEXING, 0x0f, nameIndex);
        if (nameIndex === 0) at = writeString(name, into, at);
        return writeString(value, into, at);
    }

    /** What was put into the table for a block that nobody will see is taken out with all the rest. */
    #refuse(): number {
        const { capacity } = this.#table;
        this.#table.resize(0);
        this.#table.resize(capacity);
        this.#smallest = 0;
        return UNWRITABLE;
    }

    /** Decides it, and puts the field into the table. */
    #isWorthIndexing(state: NameState, name: string, value: string, nameIndex: number): boolean {
        if (state.policy === NEVER || (state.policy === NAME_ONLY && nameIndex !== 0)) return false;
        if (state.skip > 0) {
            state.skip--;
            return false;
        }
        if (!this.#table.admits(name, value)) return false;
        if (state.place !== 0) state.backoff = state.paid ? 0 : Math.min(2 * state.backoff + 1, MAX_BACKOFF);
        state.skip = state.backoff;
        state.paid = false;
        state.value = ownText(value);
        state.place = this.#table.insert(name.length + value.length);
        return true;
    }

    #newName(name: string): NameState {
        if (this.#names.size >= MAX_NAMES) this.#names.clear();
        const kind = NOT_IN_NAME.test(name) ? BAD_NAME : kindOf(name);
        const state = {
            kind,
            staticIndex: staticIndexOf(name),
            policy: policyOf(name),
            value: "",
            place: 0,
            paid: false,
            skip: 0,
            backoff: 0,
        };
        this.#names.set(ownText(name), state);
        return state;
    }
}

function endsInBlank(value: string): boolean {
    if (value === "") return false;
    // Of what may stand in a value only SP and HTAB are below.
    return value.charCodeAt(0) <= 0x20 || value.charCodeAt(value.length - 1) <= 0x20;
}
