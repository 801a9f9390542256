/** Things with labels, found by selector at the cost of what is found. */
import { labelEntries, selects, selectorText, type Labels } from "../semantics";

/**
 * Things with labels, found by selector without looking at each of them: a selector's rarest label leads to few
 * candidates. Answers are kept, for most Gateways of a cluster share one selector.
 */
export class LabelIndex<T> {
    readonly #items: readonly { readonly item: T; readonly labels: Labels }[];
    readonly #byLabel = new Map<string, number[]>();
    readonly #answers = new Map<string, readonly T[]>();

    constructor(items: readonly T[], labelsOf: (item: T) => Labels) {
        this.#items = items.map((item) => ({ item, labels: labelsOf(item) }));
        this.#items.forEach(({ labels }, position) => {
            for (const [key, value] of labelEntries(labels)) {
                const label = `${key}=${value}`;
                const known = this.#byLabel.get(label);
                if (known) {
                    known.push(position);
                } else {
                    this.#byLabel.set(label, [position]);
                }
            }
        });
    }

    /** In the order they were given. */
    selected(selector: Labels): readonly T[] {
        const text = selectorText(selector);
        const known = this.#answers.get(text);
        if (known) {
            return known;
        }
        const answer = this.#find(selector);
        this.#answers.set(text, answer);
        return answer;
    }

    #find(selector: Labels): readonly T[] {
        const buckets = labelEntries(selector).map(([key, value]) => this.#byLabel.get(`${key}=${value}`) ?? []);
        const [first, ...others] = buckets;
        if (!first) {
            return this.#items.map(({ item }) => item);
        }
        const rarest = others.reduce((least, bucket) => (bucket.length < least.length ? bucket : least), first);
        return rarest.flatMap((position) => {
            const found = this.#items[position];
            return found && selects(selector, found.labels) ? [found.item] : [];
        });
    }
}
