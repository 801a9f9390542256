/**
 * Names of endpoints become addresses: all of them, IPv4 and IPv6, asked for again when they run out. An answer that
 * fails changes nothing: the last good addresses stay.
 */
import { lookup, Resolver } from "node:dns/promises";

export interface NameResolution {
    readonly addresses: readonly string[];
    /** Seconds; 0: not known. */
    readonly ttl: number;
}
/** Rejects where a name has no address. */
export type Resolve = (name: string) => Promise<NameResolution>;

/** Istio's dnsRefreshRate: how long addresses hold whose time to live is not known. */
const REFRESH_MS = 60_000;
/** A time to live of 0 or 1 does not become a flood of questions. */
const MIN_REFRESH_MS = 5_000;
const RETRY_MS = 5_000;

const resolver = new Resolver({ timeout: 2_000, tries: 2 });

/**
 * The system's own way decides (hosts file, search domains); beside it the name servers are asked for the time to live,
 * which the system does not tell.
 */
export const resolveBySystem: Resolve = async (name) => {
    const [found, ttl] = await Promise.all([lookup(name, { all: true, order: "verbatim" }), timeToLive(name)]);
    return { addresses: found.map((one) => one.address), ttl };
};

async function timeToLive(name: string): Promise<number> {
    if (!name.includes(".")) return 0;
    const answers = await Promise.allSettled([resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })]);
    const times = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value.map((one) => one.ttl) : []));
    return times.length === 0 ? 0 : Math.max(1, Math.min(...times));
}

/** Keeps one name's addresses. */
export class NameWatch {
    /** Undefined until the first answer. */
    addresses: readonly string[] | undefined;
    /** Why the last question failed; empty: it did not. */
    fault = "";
    readonly #name: string;
    readonly #resolve: Resolve;
    readonly #onAnswer: () => void;
    readonly #isFirstMeant: boolean;
    #timer: NodeJS.Timeout | undefined;
    #stopped = false;

    /**
     * `onAnswer`: after the first answer or failure, and whenever the addresses changed. `isFirstMeant`: their order counts, IPv4
     * coming first, as Istio asks for it alone; otherwise they are in one order however they come.
     */
    constructor(name: string, resolve: Resolve, onAnswer: () => void, isFirstMeant = false) {
        this.#isFirstMeant = isFirstMeant;
        this.#name = name;
        this.#resolve = resolve;
        this.#onAnswer = onAnswer;
        this.ask();
    }

    get answered(): boolean {
        return this.addresses !== undefined || this.fault !== "";
    }

    stop(): void {
        this.#stopped = true;
        clearTimeout(this.#timer);
    }

    /** Now; its timer asks by itself. */
    ask(): void {
        this.#resolve(this.#name).then(
            ({ addresses, ttl }) => this.#take(this.#inOrder([...new Set(addresses)]), ttl),
            (error: unknown) => this.#fail((error as NodeJS.ErrnoException).code ?? String(error)),
        );
    }

    #inOrder(addresses: string[]): string[] {
        return this.#isFirstMeant ? addresses.sort((a, b) => Number(a.includes(":")) - Number(b.includes(":"))) : addresses.sort();
    }

    #take(addresses: readonly string[], ttl: number): void {
        if (this.#stopped) return;
        if (addresses.length === 0) {
            this.#fail("ENODATA");
            return;
        }
        const changed = this.addresses === undefined || this.addresses.join() !== addresses.join();
        this.addresses = addresses;
        this.fault = "";
        this.#again(ttl > 0 ? Math.max(ttl * 1000, MIN_REFRESH_MS) : REFRESH_MS);
        if (changed) this.#onAnswer();
    }

    #fail(code: string): void {
        if (this.#stopped) return;
        const first = !this.answered;
        this.fault = `${this.#name}: ${code}`;
        this.#again(RETRY_MS);
        if (first) this.#onAnswer();
    }

    #again(milliseconds: number): void {
        this.#timer = setTimeout(() => this.ask(), milliseconds).unref();
    }
}
