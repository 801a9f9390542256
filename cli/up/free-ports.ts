/** The ports of this machine's loopback address. */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { PortSupply } from "./ports";

export const LOOPBACK = "127.0.0.1";
/** Above what well-known development servers use, below every system's ephemeral range. */
const LOWEST = 20_000;
const EPHEMERAL_BY_DEFAULT = 32_768;

function ephemeralStart(): number {
    try {
        const start = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/)[0]);
        return start > LOWEST + 1000 ? start : EPHEMERAL_BY_DEFAULT;
    } catch {
        return EPHEMERAL_BY_DEFAULT;
    }
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
    });
}

/** Every port of the range once, from a place of its own: two runs that start at once seldom meet. */
function* candidates(): Iterable<number> {
    const size = ephemeralStart() - LOWEST;
    const start = Math.floor(Math.random() * size);
    for (let step = 0; step < size; step++) yield LOWEST + ((start + step) % size);
}

export const machinePorts: PortSupply = { isFree, candidates };
