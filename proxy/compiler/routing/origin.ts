/** Where an entry came from. */
import { compareText } from "../../resources/text-order";
import type { Origin } from "../../tables/origin";
import { lineOf, type Subject } from "../context/place";

export function originOf(subject: Subject, field: string): Origin {
    const line = lineOf(subject, field);
    return { ...subject.ref, field, ...(line ? { file: line.file, line: line.line } : {}) };
}

/** Of several places that are as good as one another one is named: whichever was met first, the same. */
export function isEarlierOrigin(one: Origin, other: Origin): boolean {
    const order =
        compareText(one.kind, other.kind) ||
        compareText(one.namespace, other.namespace) ||
        compareText(one.name, other.name) ||
        compareText(one.field, other.field) ||
        compareText(one.group, other.group);
    return order < 0;
}
