/**
 * Which local port stands for which port of which gateway: the declared number plus the offset where that is free,
 * otherwise (and always with `auto`) a free one below the range that the system gives to outgoing connections. A port
 * once given is kept for as long as the run lives: a reload never moves a listener.
 */
import { CommandError, EXIT } from "../exit";

export interface PortWant {
    /** The gateway workload's key. */
    readonly gateway: string;
    /** The number in the Gateway's server. */
    readonly declared: number;
}

export interface PortSupply {
    /** Whether a listener could be opened there now. */
    isFree(port: number): Promise<boolean>;
    /** Ports to try, in order. */
    candidates(): Iterable<number>;
}

const HIGHEST = 65_535;

export class LocalPorts {
    readonly #offset: number | "auto";
    readonly #supply: PortSupply;
    readonly #taken = new Set<number>();
    readonly #given = new Map<string, number>();

    constructor(offset: number | "auto", supply: PortSupply) {
        this.#offset = offset;
        this.#supply = supply;
    }

    /** The local port of a gateway's declared port; the same one whenever it is asked for again. */
    async portFor({ gateway, declared }: PortWant): Promise<number> {
        const key = `${gateway} ${declared}`;
        const known = this.#given.get(key);
        if (known !== undefined) return known;
        const port = (await this.#preferred(declared)) ?? (await this.#anyPort());
        this.#taken.add(port);
        this.#given.set(key, port);
        return port;
    }

    /** The local port of a sample, which nobody types: any free one. */
    async samplePort(sample: string): Promise<number> {
        const key = `sample ${sample}`;
        const port = this.#given.get(key) ?? (await this.#anyPort());
        this.#taken.add(port);
        this.#given.set(key, port);
        return port;
    }

    async #anyPort(): Promise<number> {
        for (const port of this.#supply.candidates()) {
            if (await this.#isFree(port)) return port;
        }
        throw new CommandError(EXIT.unable, "no local port is free");
    }

    async #preferred(declared: number): Promise<number | undefined> {
        if (this.#offset === "auto") return undefined;
        const port = declared + this.#offset;
        return (await this.#isFree(port)) ? port : undefined;
    }

    async #isFree(port: number): Promise<boolean> {
        return port > 0 && port <= HIGHEST && !this.#taken.has(port) && (await this.#supply.isFree(port));
    }
}
