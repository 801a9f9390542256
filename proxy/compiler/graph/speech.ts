/** What computations say besides their values, by kind. It has no order: nobody may care who said what first. */
import type { Speaker } from "./node";

export class Speech<S> {
    readonly #kindOf: (said: S) => string;
    readonly #speakers = new Map<string, Set<Speaker>>();
    /** Of what was not said by a computation. */
    #others: S[] = [];
    /** As long as nobody says anything else. */
    readonly #lists = new Map<string, readonly S[]>();

    constructor(kindOf: (said: S) => string) {
        this.#kindOf = kindOf;
    }

    begin(): void {
        for (const one of this.#others) this.#lists.delete(this.#kindOf(one));
        this.#others = [];
    }

    /** From outside of any computation. */
    add(one: S): void {
        this.#others.push(one);
        this.#lists.delete(this.#kindOf(one));
    }

    change(cell: Speaker, before: readonly S[], now: readonly S[]): void {
        for (const kind of this.#kindsOf(before)) {
            this.#lists.delete(kind);
            this.#speakers.get(kind)?.delete(cell);
        }
        for (const kind of this.#kindsOf(now)) {
            this.#lists.delete(kind);
            const speakers = this.#speakers.get(kind);
            if (speakers) speakers.add(cell);
            else this.#speakers.set(kind, new Set([cell]));
        }
    }

    of(kind: string): readonly S[] {
        const known = this.#lists.get(kind);
        if (known) return known;
        const list = this.#others.filter((one) => this.#kindOf(one) === kind);
        for (const { said } of this.#speakers.get(kind) ?? [])
            for (const one of said as readonly S[]) if (this.#kindOf(one) === kind) list.push(one);
        this.#lists.set(kind, list);
        return list;
    }

    #kindsOf(said: readonly S[]): ReadonlySet<string> {
        return new Set(said.map(this.#kindOf));
    }
}
