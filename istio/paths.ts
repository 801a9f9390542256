/**
 * Field paths as messages write them: `spec.http[0].match[1].headers["x.id"].exact`. A key that is not a plain word is
 * quoted, so that a path can be read back to the place in the file it names.
 */
import { looksPem } from "./shown";

export type PathSegment = string | number;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export function childPath(parent: string, key: string): string {
    if (looksPem(key)) {
        return `${parent}["(not shown)"]`;
    }
    if (!PLAIN.test(key)) {
        return `${parent}[${JSON.stringify(key)}]`;
    }
    return parent === "" ? key : `${parent}.${key}`;
}

export function itemPath(parent: string, index: number): string {
    return `${parent}[${index}]`;
}

const SEGMENT = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy;

/** The segments of a path; what follows a part that is none is left out. */
export function pathSegments(path: string): PathSegment[] {
    const segments: PathSegment[] = [];
    for (const [, word, index, quoted] of path.matchAll(SEGMENT)) {
        segments.push(word ?? (index !== undefined ? Number(index) : unquote(quoted ?? '""')));
    }
    return segments;
}

function unquote(text: string): string {
    try {
        return String(JSON.parse(text));
    } catch {
        return text;
    }
}
