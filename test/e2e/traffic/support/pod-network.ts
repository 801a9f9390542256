/**
 * Where the pods of backends live: a network namespace with a subnet of its own, reached from this machine alone.
 * The API server refuses loopback addresses in EndpointSlices, so that backends behind a Service need others.
 */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";

export class PodNetwork {
    /** Of the namespace; unique, since two runs may share a machine. */
    readonly name: string;
    readonly #prefix: string;
    readonly #device: string;
    #next = 10;

    constructor() {
        // 10.128/9, away from what kwok and the service range take; a subnet in use makes the next try.
        const [a, b] = [randomInt(128, 256), randomInt(0, 256)];
        this.#prefix = `10.${a}.${b}`;
        this.name = `gatehouse-${a}-${b}`;
        this.#device = `gh${a}x${b}`;
        ip("netns", "add", this.name);
        try {
            ip("link", "add", `${this.#device}h`, "type", "veth", "peer", "name", `${this.#device}p`, "netns", this.name);
            ip("addr", "add", `${this.#prefix}.1/24`, "dev", `${this.#device}h`);
            ip("link", "set", `${this.#device}h`, "up");
            ip("-n", this.name, "link", "set", "lo", "up");
            ip("-n", this.name, "link", "set", `${this.#device}p`, "up");
        } catch (error) {
            this.close();
            throw error;
        }
    }

    /** This machine's address in the subnet. */
    get hostAddress(): string {
        return `${this.#prefix}.1`;
    }

    /** A free address inside, which exists from now on. */
    address(): string {
        if (this.#next > 254) throw new Error("the subnet has no address left");
        const address = `${this.#prefix}.${this.#next++}`;
        ip("-n", this.name, "addr", "add", `${address}/24`, "dev", `${this.#device}p`);
        return address;
    }

    /** The command that runs another one inside. */
    inside(command: string, args: readonly string[]): [command: string, args: string[]] {
        return ["ip", ["netns", "exec", this.name, command, ...args]];
    }

    close(): void {
        try {
            ip("netns", "del", this.name);
        } catch {
            // It never came to be.
        }
    }
}

function ip(...args: readonly string[]): void {
    execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}
