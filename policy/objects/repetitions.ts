/** How a regular expression repeats: whether something unbounded stands inside something unbounded, and how far it counts. */

export interface Repetitions {
    readonly nested: boolean;
    /** The highest bound of a counted repetition. */
    readonly largest: number;
}

const COUNTED = /^\{(\d+)(,(\d*))?\}/;

/** A quantifier at a place in the expression. */
function quantifierAt(
    regex: string,
    at: number,
): { readonly length: number; readonly unbounded: boolean; readonly count: number } | undefined {
    const character = regex[at];
    if (character === "*" || character === "+") return { length: 1, unbounded: true, count: 0 };
    const [all, low, comma, high] = COUNTED.exec(regex.slice(at, at + 24)) ?? [];
    if (all === undefined) return undefined;
    return { length: all.length, unbounded: comma !== undefined && high === "", count: Number(high || low) };
}

/** Where a class ends that begins here: `]` as the first of it is a member. */
function classEnd(regex: string, start: number): number {
    let at = regex[start + 1] === "^" ? start + 2 : start + 1;
    if (regex[at] === "]") at += 1;
    while (at < regex.length && regex[at] !== "]")
        at += regex[at] === "\\" ? 2 : regex.startsWith("[:", at) ? Math.max(2, regex.indexOf(":]", at) + 2 - at) : 1;
    return at;
}

export function repetitionsOf(regex: string): Repetitions {
    let nested = false;
    let largest = 0;
    /** For each open group, whether something unbounded stands in it. */
    const open: boolean[] = [false];
    /** Whether what was just read is a group with something unbounded in it. */
    let before = false;
    for (let at = 0; at < regex.length; ) {
        const character = regex[at];
        const quantifier = quantifierAt(regex, at);
        if (quantifier) {
            largest = Math.max(largest, quantifier.count);
            nested ||= quantifier.unbounded && before;
            if (quantifier.unbounded) open[open.length - 1] = true;
            // A `?` behind it makes it lazy.
            at += quantifier.length + (regex[at + quantifier.length] === "?" ? 1 : 0);
            continue;
        }
        before = false;
        if (character === "(") open.push(false);
        else if (character === ")") {
            before = open.length > 1 ? (open.pop() ?? false) : false;
            if (before) open[open.length - 1] = true;
        }
        if (character === "[") at = classEnd(regex, at);
        at += character === "\\" ? 2 : 1;
    }
    return { nested, largest };
}
