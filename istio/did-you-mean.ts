/** The nearest known word to a misspelt one: the half of an error message that saves the look into the docs. */

/**
 * The number of letters to insert, drop, change or swap with a neighbour to get from one word to the other
 * (Damerau-Levenshtein, restricted); at most `limit + 1`.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
    if (Math.abs(a.length - b.length) > limit) {
        return limit + 1;
    }
    let before: number[] = [];
    let last = Array.from({ length: b.length + 1 }, (_, column) => column);
    for (let row = 1; row <= a.length; row += 1) {
        const current = [row];
        for (let column = 1; column <= b.length; column += 1) {
            const same = a[row - 1] === b[column - 1];
            let least = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
            if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
                least = Math.min(least, (before[column - 2] ?? 0) + 1);
            }
            current.push(least);
        }
        before = last;
        last = current;
    }
    return last[b.length] ?? 0;
}

/** How far a typo may be from the word it means: short words get one letter. */
function tolerance(word: string): number {
    return word.length <= 3 ? 1 : word.length <= 7 ? 2 : 3;
}

/** The nearest of `known`; undefined where none is near. Case, `_` and `-` weigh nothing: `tls_mode` means `tlsMode`. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
    const plain = flat(word);
    const limit = tolerance(plain);
    let best: string | undefined;
    let least = limit + 1;
    for (const candidate of known) {
        const distance = editDistance(plain, flat(candidate), limit);
        // A word that shares no letter is not a misspelling, however short both are.
        if (distance < least && distance < Math.max(plain.length, 1)) {
            best = candidate;
            least = distance;
        }
    }
    return best;
}

function flat(word: string): string {
    return word.slice(0, 100).replace(/[-_]/g, "").toLowerCase();
}
