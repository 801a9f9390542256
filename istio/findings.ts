/**
 * A finding is one thing that is wrong or doubtful about the user's input: it names the object, the field, what was
 * got, what was wanted and what to do. Every room reports in this shape; the code says which entry of the table in
 * `codes/` it is.
 */
import { refText, type ObjectRef } from "./types";
import { CODES, type Code } from "./codes";

export type Level = "Error" | "Warning" | "Info";

/** Where in a file a thing was read. */
export interface Place {
    readonly file: string;
    /** From 1. */
    readonly line: number;
}

export interface Finding {
    readonly code: Code;
    readonly level: Level;
    /** Absent where no object could be read at all, as in a malformed document. */
    readonly object?: ObjectRef;
    /** `spec.servers[0].port.number`; empty for the whole object. */
    readonly field: string;
    /** One sentence with what was got and what was wanted. Never a secret value. */
    readonly message: string;
    /** What to do about it; empty when the message says it. */
    readonly fix: string;
    readonly place?: Place;
    /** Which of several clusters the object is in. */
    readonly cluster?: string;
    /** The object, or the File, that is not there, where that is all that is wrong: whoever knows where it comes from may know better. */
    readonly missing?: ObjectRef;
}

/** Makes a finding; its level is the one the table gives the code. */
export function finding(
    code: Code,
    about: { readonly object?: ObjectRef; readonly field?: string; readonly place?: Place; readonly missing?: ObjectRef | undefined },
    message: string,
    fix = "",
): Finding {
    return {
        code,
        level: CODES[code].level,
        ...(about.object ? { object: about.object } : {}),
        field: about.field ?? "",
        message,
        fix,
        ...(about.place ? { place: about.place } : {}),
        ...(about.missing ? { missing: about.missing } : {}),
    };
}

/** `Error GH0102 VirtualService default/web spec.http[0].match: … (web.yaml:12). Fix.` in one line. */
export function findingText(f: Finding): string {
    const where = f.place ? ` (${f.place.file}:${f.place.line})` : "";
    const what = [f.object ? refText(f.object) : "", f.cluster === undefined ? "" : `(cluster ${f.cluster})`, f.field]
        .filter((part) => part !== "")
        .join(" ");
    return `${f.level} ${f.code}${what ? ` ${what}` : ""}: ${f.message.replace(/\.$/, "")}${where}.${f.fix ? ` ${f.fix}` : ""}`;
}
