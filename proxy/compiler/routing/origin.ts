/** Where an entry came from. */
import type { Origin } from "../../tables/origin";
import { lineOf, type Subject } from "../context/place";

export function originOf(subject: Subject, field: string): Origin {
    const line = lineOf(subject, field);
    return { ...subject.ref, field, ...(line ? { file: line.file, line: line.line } : {}) };
}
