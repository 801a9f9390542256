/**
 * Free ports for processes that cannot be given port 0. They lie below the range from which the system itself gives
 * ports to listeners on port 0 and to outgoing connections: nobody gets one by chance between its choice and its use.
 */
import { createServer } from "node:net";

/** Also below those that `up` takes by itself. */
const LOWEST = 11_000;
const COUNT = 9_000;

const given = new Set<number>();

/** `count` different ports, none of which this process was given before. */
export async function freePorts(count: number): Promise<number[]> {
    const ports: number[] = [];
    while (ports.length < count) {
        const port = LOWEST + Math.floor(Math.random() * COUNT);
        if (given.has(port)) continue;
        given.add(port);
        if (await isFree(port)) ports.push(port);
    }
    return ports;
}

/** A port on which nobody listens: connecting to it is refused. */
export async function closedPort(): Promise<number> {
    const [port = 0] = await freePorts(1);
    return port;
}

/** On every address: with one of them taken the port is of no use to who listens on all. */
async function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
    });
}
