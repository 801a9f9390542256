/**
 * Chooses a filter chain by server name: the exact name, then the longest wildcard, then the chain without names.
 * The cost depends on the length of the name, never on the number of hosts.
 */
export class ServerNames<T> {
    readonly #exact = new Map<string, T>();
    /** By what stands after the star, with its dot: `.example.com`. */
    readonly #wildcards = new Map<string, T>();
    #unnamed: T | undefined;
    /** No wildcard's suffix is longer: what a stranger asks for is looked up by no more of it. */
    #longest = 0;

    /** `names` are lower-case; none, or `*`, means any name and also no name. */
    add(names: readonly string[], value: T): void {
        if (names.length === 0) this.#unnamed = value;
        for (const name of names) {
            if (name === "*") this.#unnamed = value;
            else if (name.startsWith("*.")) {
                this.#wildcards.set(name.slice(1), value);
                this.#longest = Math.max(this.#longest, name.length - 1);
            } else this.#exact.set(name, value);
        }
    }

    /** Takes back `value` from the names it still has. */
    remove(names: readonly string[], value: T): void {
        if (this.#unnamed === value && (names.length === 0 || names.includes("*"))) this.#unnamed = undefined;
        for (const name of names) {
            const map = name.startsWith("*.") ? this.#wildcards : this.#exact;
            const key = name.startsWith("*.") ? name.slice(1) : name;
            if (map.get(key) === value) map.delete(key);
        }
    }

    choose(name: string): T | undefined {
        if (name === "") return this.#unnamed;
        const exact = this.#exact.get(name);
        if (exact !== undefined) return exact;
        if (this.#wildcards.size > 0) {
            // From the second character: `*.example.com` asks for a label before its dot.
            for (let dot = name.indexOf(".", Math.max(1, name.length - this.#longest)); dot !== -1; dot = name.indexOf(".", dot + 1)) {
                const found = this.#wildcards.get(name.slice(dot));
                if (found !== undefined) return found;
            }
        }
        return this.#unnamed;
    }
}
