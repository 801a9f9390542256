/** Free loopback ports for processes that cannot be given port 0. */
import { createServer, type AddressInfo } from "node:net";

/** `count` different ports, held together until all are known, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
    const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => resolve(server));
    })));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return ports;
}

/** A port on which nobody listens: connecting to it is refused. */
export async function closedPort(): Promise<number> {
    const [port = 0] = await freePorts(1);
    return port;
}
