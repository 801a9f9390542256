/** How many connections a server for people and probes holds: descriptors are what workers and listeners need. */
import type { Server } from "node:net";

/** More than probes, scrapers and people ever hold at once. */
export const MOST_CONNECTIONS = 128;

/**
 * Closes the oldest connection for each one beyond `most`: who holds many idle ones keeps no probe out, as refusing the
 * newest would. What is returned takes a connection out of the count, whose kind has a bound of its own. Stands alone: its
 * text is run in a thread of its own too.
 */
export function boundConnections(server: Server, most: number): (socket: { destroy(): void }) => void {
    const open = new Set<{ destroy(): void }>();
    server.on("connection", (socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
        for (const oldest of open) {
            if (open.size <= most) break;
            open.delete(oldest);
            oldest.destroy();
        }
    });
    return (socket) => void open.delete(socket);
}
