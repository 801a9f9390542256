/** The answer of envoy.service.auth.v3.Authorization/Check, read as Envoy reads it, and judged: what is no answer lets nobody pass. Pure. */
import { hasControl } from "../../../istio/wire-text";
import { BYTES, readFields, VARINT, type ProtoField } from "../../http/protobuf";

/** A header that an answer sets. Names are lower-case. */
export interface HeaderChange {
    readonly name: string;
    readonly value: string;
    /** The older field `append`; undefined: it is not said. */
    readonly append: boolean | undefined;
    /** `append_action`: 0 adds, 1 only where there is none, 2 sets, 3 only where there is one. */
    readonly action: number;
}

export interface Allowed {
    readonly kind: "allowed";
    readonly headers: readonly HeaderChange[];
    readonly remove: readonly string[];
    readonly responseHeaders: readonly HeaderChange[];
    readonly setQuery: readonly (readonly [name: string, value: string])[];
    readonly removeQuery: readonly string[];
}

/** `failed`: who was asked says that nobody can say. Status 0: none is said. */
export interface Denied {
    readonly kind: "denied" | "failed";
    readonly status: number;
    readonly headers: readonly HeaderChange[];
    readonly body: Buffer;
}

/**
 * It has been read, and says what nobody can do. Somebody has judged all the same, so that this is not an error that may let
 * pass: a request would go on without what the judgement asks for, or against it.
 */
export interface Unfit {
    readonly kind: "unfit";
    readonly why: string;
}

export type Checked = Allowed | Denied | Unfit;

/** Nobody says more of one request. */
const MAX_CHANGES = 256;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const NOBODY = Buffer.alloc(0);

const DENIED = 2;
const OK = 3;
const ERROR = 5;

/** Why it is no answer. */
class Fault extends Error {
    readonly isUnfit: boolean;

    constructor(why: string, isUnfit = true) {
        super(why);
        this.isUnfit = isUnfit;
    }
}

/** A text: why it is none. */
export function readCheck(message: Buffer): Checked | string {
    try {
        return check(message);
    } catch (error) {
        if (error instanceof Fault) return error.isUnfit ? { kind: "unfit", why: error.message } : error.message;
        throw error;
    }
}

function check(message: Buffer): Checked {
    const fields = fieldsOf(message);
    const code = numberOf(fieldsOf(mergedOf(fields, 1)), 1);
    // Of several that exclude each other the last one counts (oneof).
    const which = fields.findLast(({ field, type }) => type === BYTES && (field === DENIED || field === OK || field === ERROR))?.field;
    if (code === 0) return allowed(which === OK ? mergedOf(fields, OK) : NOBODY);
    if (which === ERROR) return failed(mergedOf(fields, ERROR));
    return denied("denied", which === DENIED ? mergedOf(fields, DENIED) : NOBODY);
}

function allowed(message: Buffer): Allowed {
    const fields = fieldsOf(message);
    if (fields.length > MAX_CHANGES) throw new Fault("more changes than are made");
    return {
        kind: "allowed",
        headers: changesOf(fields, 2),
        remove: textsOf(fields, 5).map((name) => name.toLowerCase()),
        responseHeaders: changesOf(fields, 6),
        setQuery: all(fields, 7).map((one) => {
            const parameter = fieldsOf(one);
            return [textOf(parameter, 1), textOf(parameter, 2)] as const;
        }),
        removeQuery: textsOf(fields, 8),
    };
}

function denied(kind: Denied["kind"], message: Buffer): Denied {
    const fields = fieldsOf(message);
    if (fields.length > MAX_CHANGES) throw new Fault("more headers than are sent");
    const status = numberOf(fieldsOf(mergedOf(fields, 1)), 1);
    return { kind, status, headers: changesOf(fields, 2), body: all(fields, 3).at(-1) ?? NOBODY };
}

/** Who can't say has judged nothing, whatever stands in what it says. */
function failed(message: Buffer): Denied {
    try {
        return denied("failed", message);
    } catch (error) {
        throw error instanceof Fault ? new Fault(error.message, false) : error;
    }
}

function changesOf(fields: readonly ProtoField[], field: number): HeaderChange[] {
    return all(fields, field).map((option) => {
        const parts = fieldsOf(option);
        const header = fieldsOf(mergedOf(parts, 1));
        const raw = all(header, 3).at(-1);
        const name = textOf(header, 1).toLowerCase();
        const value = raw === undefined || raw.length === 0 ? textOf(header, 2) : raw.toString("latin1");
        if (!TOKEN.test(name))
            throw new Fault(name.startsWith(":") ? "a pseudo-header, which is not changed" : "a name that no header has");
        if (hasControl(value)) throw new Fault(`a value that no header has, of ${name}`);
        const append = parts.some(({ field: one, type }) => one === 2 && type === BYTES)
            ? numberOf(fieldsOf(mergedOf(parts, 2)), 1) !== 0
            : undefined;
        return { name, value, append, action: numberOf(parts, 3) };
    });
}

function fieldsOf(message: Buffer): ProtoField[] {
    const fields = readFields(message);
    if (fields === undefined) throw new Fault("no message of protobuf", false);
    if (fields === "too-many") throw new Fault("more fields than are read");
    return fields;
}

/** Of another wire type it is a field that nobody knows. */
function all(fields: readonly ProtoField[], field: number): Buffer[] {
    return fields.filter((one) => one.field === field && one.type === BYTES).map(({ bytes }) => bytes);
}

function numberOf(fields: readonly ProtoField[], field: number): number {
    return fields.findLast((one) => one.field === field && one.type === VARINT)?.number ?? 0;
}

/** A message that stands there in parts is what they say together. */
function mergedOf(fields: readonly ProtoField[], field: number): Buffer {
    const parts = all(fields, field);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function textOf(fields: readonly ProtoField[], field: number): string {
    return all(fields, field).at(-1)?.toString("latin1") ?? "";
}

function textsOf(fields: readonly ProtoField[], field: number): string[] {
    return all(fields, field).map((bytes) => bytes.toString("latin1"));
}
