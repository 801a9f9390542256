/** What the tests of processes have a proxy serve, one text a listener or an echo, and how they ask for it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { httpChain, listenerEntry, ORIGIN, tcpChain } from "../../support/front";
import { clusterTo, says, type RigEntries } from "../../support/proxy-rig";

export const WEB = "0.0.0.0:80";
export const TCP = "0.0.0.0:31400";

export function web(text: string, key = WEB): RigEntries {
    const routeTable = `http.${key}`;
    return {
        listeners: [listenerEntry("http", key)],
        chains: [{ ...httpChain(`web ${key}`, [], undefined, key), target: { kind: "http", routeTable } }],
        routeTables: [{ key: routeTable, port: 80, origin: ORIGIN }],
        virtualHosts: [says(routeTable, "*", text)],
    };
}
/** Of two entries with one key only the last would be served: a mistake of the test. */
export function and(...all: RigEntries[]): RigEntries {
    const merged: Record<string, { readonly key: string }[]> = {};
    for (const entries of all)
        for (const [table, list] of Object.entries(entries)) (merged[table] ??= []).push(...(list as readonly { readonly key: string }[]));
    for (const list of Object.values(merged)) assert.equal(new Set(list.map((entry) => entry.key)).size, list.length, "keys are unique");
    return merged as RigEntries;
}

/** One request on a connection of its own. */
export async function get(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ port, host: "127.0.0.1", agent: false, headers: { host: "web.test" } }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString()));
            response.on("end", () => resolve(text));
        }).on("error", reject);
    });
}
export async function closed(socket: net.Socket): Promise<void> {
    socket.resume();
    if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

/** A connection to an echoing backend, known to be through. */
export async function echoing(port: number): Promise<{ socket: net.Socket; say(text: string): Promise<string> }> {
    const socket = net.connect({ port, host: "127.0.0.1" }).on("error", () => {});
    await once(socket, "connect");
    const say = async (text: string): Promise<string> => {
        socket.write(text);
        const [data] = (await once(socket, "data", { signal: AbortSignal.timeout(20_000) })) as [Buffer];
        return data.toString();
    };
    return { socket, say };
}

/** A TCP listener that leads to a backend of the test, and that backend. */
export async function echoBackend(): Promise<{ entries: RigEntries; close(): void }> {
    const backend = net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as net.AddressInfo;
    return {
        entries: { listeners: [listenerEntry("tcp", TCP)], chains: [tcpChain("echo", [], undefined, TCP)], ...clusterTo("echo", port) },
        close: () => void backend.close(),
    };
}

/** Connections whose bytes the kernel holds while the worker stands still; each gives the first line of what it is told. */
export async function waitingAt(port: number, bytes: string): Promise<Promise<string | undefined>[]> {
    const sockets = await Promise.all(
        Array.from({ length: 60 }, async () => {
            const socket = net.connect(port, "127.0.0.1");
            socket.on("error", () => {}).setEncoding("latin1");
            await new Promise<void>((resolve, reject) => {
                socket.once("error", reject);
                // Called back once the kernel has taken the bytes: from then on they wait with the connection.
                socket.write(bytes, () => resolve());
            });
            return socket;
        }),
    );
    return sockets.map(async (socket) => {
        let text = "";
        socket.on("data", (part: string) => (text += part));
        await closed(socket);
        return text.split("\r\n")[0];
    });
}
