/**
 * Counts of all workers of a proxy together, by key. Each knows its own exactly, and those of the others as they were told of last:
 * what changes is told at once, but at most every ten milliseconds, so that all together may pass a limit by what came in that time.
 */
const TELL_MS = 10;

export type CountChanges = readonly (readonly [key: string, count: number])[];

export class SharedCounts {
    readonly #own = new Map<string, number>();
    readonly #others = new Map<string, number>();
    readonly #changed = new Set<string>();
    #timer: NodeJS.Timeout | undefined;
    #told = 0;
    /** Tells the others what is counted here now; undefined: there are none. */
    tell: ((changes: CountChanges) => void) | undefined;

    of(key: string): number {
        return (this.#own.get(key) ?? 0) + (this.#others.get(key) ?? 0);
    }

    add(key: string): void {
        this.#own.set(key, (this.#own.get(key) ?? 0) + 1);
        this.#change(key);
    }

    remove(key: string): void {
        const left = (this.#own.get(key) ?? 0) - 1;
        if (left > 0) this.#own.set(key, left);
        else this.#own.delete(key);
        this.#change(key);
    }

    /** Nothing is counted by it any more. */
    forget(key: string): void {
        if (this.#own.delete(key)) this.#change(key);
    }

    /** What all others together count. */
    hear(changes: CountChanges): void {
        for (const [key, count] of changes)
            if (count > 0) this.#others.set(key, count);
            else this.#others.delete(key);
    }

    #change(key: string): void {
        if (this.tell === undefined) return;
        this.#changed.add(key);
        if (this.#timer !== undefined) return;
        const wait = Math.max(0, this.#told + TELL_MS - performance.now());
        this.#timer = setTimeout(() => this.#tellAll(), wait);
    }

    #tellAll(): void {
        this.#timer = undefined;
        this.#told = performance.now();
        const changes = [...this.#changed].map((key) => [key, this.#own.get(key) ?? 0] as const);
        this.#changed.clear();
        this.tell?.(changes);
    }
}
