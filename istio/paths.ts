/**
 * Field paths as messages write them: `spec.http[0].match[1].headers["x.id"].exact`. A key that is not a plain word is
 * quoted, so that a path can be read back to the place in the file it names.
 */
import { looksPem } from "./shown";

export type PathSegment = string | number;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export function childPath(parent: string, key: string): string {
    const step = steps.of(key);
    return parent === "" && step.startsWith(".") ? key : parent + step;
}

/** What is made of a text, for as long as the texts are few: fields have the same names in thousands of objects. */
class Remembered<V> {
    readonly #make: (text: string) => V;
    readonly #known = new Map<string, V>();

    constructor(make: (text: string) => V) {
        this.#make = make;
    }

    of(text: string): V {
        let made = this.#known.get(text);
        if (made === undefined) {
            made = this.#make(text);
            if (this.#known.size < MOST_KNOWN && text.length < LONGEST_KNOWN) this.#known.set(text, made);
        }
        return made;
    }
}

const MOST_KNOWN = 2000;
const LONGEST_KNOWN = 100;

const steps = new Remembered((key) => {
    if (looksPem(key)) return '["(not shown)"]';
    return PLAIN.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
});

export function itemPath(parent: string, index: number): string {
    return `${parent}[${index}]`;
}

const SEGMENT = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy;

/** The segments of a path; what follows a part that is none is left out. */
export function pathSegments(path: string): readonly PathSegment[] {
    return paths.of(path);
}

const paths = new Remembered(segmentsIn);

function segmentsIn(path: string): readonly PathSegment[] {
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
