/** The answer of envoy.service.auth.v3.Authorization/Check, read as Envoy reads it, and judged: what is no answer lets nobody pass. Pure. */
import { hasControl } from "../../../istio/wire-text";
import { readFields, type ProtoField } from "./protobuf";

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

export type Checked = Allowed | Denied;

/** Nobody says more of one request. */
const MAX_CHANGES = 256;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const NOBODY = Buffer.alloc(0);

const DENIED = 2;
const OK = 3;
const ERROR = 5;

/** Why it is no answer. */
class Fault extends Error {}

/** A text: why it is none. */
export function readCheck(message: Buffer): Checked | string {
    try {
        return check(message);
    } catch (error) {
        if (error instanceof Fault) return error.message;
        throw error;
    }
}

function check(message: Buffer): Checked {
    const fields = fieldsOf(message);
    const code = fieldsOf(mergedOf(fields, 1)).findLast(({ field }) => field === 1)?.number ?? 0;
    // Of several that exclude each other the last one counts (oneof).
    const which = fields.findLast(({ field }) => field === DENIED || field === OK || field === ERROR)?.field;
    if (code === 0) return allowed(which === OK ? mergedOf(fields, OK) : NOBODY);
    if (which === ERROR) return denied("failed", mergedOf(fields, ERROR));
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
    const status = fieldsOf(mergedOf(fields, 1)).findLast(({ field }) => field === 1)?.number ?? 0;
    return { kind, status, headers: changesOf(fields, 2), body: all(fields, 3).at(-1) ?? NOBODY };
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
        const append = parts.some((part) => part.field === 2)
            ? (fieldsOf(mergedOf(parts, 2)).findLast((part) => part.field === 1)?.number ?? 0) !== 0
            : undefined;
        return { name, value, append, action: parts.findLast((part) => part.field === 3)?.number ?? 0 };
    });
}

function fieldsOf(message: Buffer): ProtoField[] {
    const fields = readFields(message);
    if (fields === undefined) throw new Fault("no message of protobuf");
    return fields;
}

function all(fields: readonly ProtoField[], field: number): Buffer[] {
    return fields.filter((one) => one.field === field).map(({ bytes }) => bytes);
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
