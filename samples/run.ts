/**
 * Runs one sample as a process: PORT (0: any free one) on HOST says where, and the address that was really taken is
 * told to whoever listens. SIGTERM closes it at once; a parent that goes away takes it along.
 */
import type { AddressInfo, Server, Socket } from "node:net";
import type { SampleEnvironment } from "./sample";
import { SAMPLES } from "./registry";

export interface RunningSample {
    readonly address: string;
    readonly port: number;
    /** Stops accepting and cuts what is open; resolves once nothing is left. */
    close(): Promise<void>;
}

function trackSockets(server: Server): Set<Socket> {
    const open = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
    });
    return open;
}

/** The port in PORT; 0 without one. */
function portOf(environment: SampleEnvironment): number {
    const text = environment["PORT"] ?? "0";
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65535) throw new Error(`PORT is ${JSON.stringify(text)}; wanted a number from 0 to 65535`);
    return port;
}

/** Starts the sample that the registry knows by this name. */
export async function startSample(name: string, environment: SampleEnvironment): Promise<RunningSample> {
    const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined;
    if (!sample) throw new Error(`there is no sample ${JSON.stringify(name)}; there are ${Object.keys(SAMPLES).join(", ")}`);
    const server = sample.create(environment);
    const open = trackSockets(server);
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(portOf(environment), environment["HOST"] ?? "127.0.0.1", () => resolve());
    });
    const { address, port } = server.address() as AddressInfo;
    return {
        address,
        port,
        close: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                for (const socket of open) socket.destroy();
            }),
    };
}
