/** So many tunnels at once that do next to nothing and then end in every way there is: what they held comes back. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import type net from "node:net";
import { eventually } from "../../support/eventually";
import { entry, GATEWAY, isWhole, Outside, read, Rig } from "./rig";

const DESCRIPTORS = "/proc/self/fd";
const AT_ONCE = 100;

/** Where descriptors can be counted. */
export const CAN_COUNT = existsSync(DESCRIPTORS);

function descriptors(): number {
    return readdirSync(DESCRIPTORS).length;
}

/** What every client sends comes back to it; who ends is told `bye`. */
export async function echoing(): Promise<Outside> {
    return Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end("bye")));
}

/** A forward proxy that leads to it. */
export async function proxyTo({ port }: Outside): Promise<Rig> {
    const annotations = { "gatehouse.dev/inner-addresses": "127.0.0.0/8" };
    const objects = GATEWAY + entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${port}`], annotations });
    return new Rig(objects, { "api.example.com": [["127.0.0.1"]] }).start();
}

async function tunnel(rig: Rig): Promise<net.Socket> {
    const socket = rig.connect();
    socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
    assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
    return socket;
}

/** `count`: a multiple of a hundred. */
export async function holdSlowTunnels(rig: Rig, outside: Outside, count: number): Promise<void> {
    (await tunnel(rig)).destroy();
    const { tunnels } = rig.runtime;
    await eventually(() => assert.equal(tunnels.size, 0));
    await eventually(() => assert.ok(outside.sockets.every(({ destroyed }) => destroyed)));
    const few = descriptors();
    const open: net.Socket[] = [];
    while (open.length < count) open.push(...(await Promise.all(Array.from({ length: AT_ONCE }, async () => tunnel(rig)))));
    assert.equal(tunnels.size, count);
    // Of each four: the client's end and the gateway's, the gateway's to the outside and the outside's.
    assert.ok(descriptors() >= few + 4 * count);
    for (const byte of ["a", "b"]) await Promise.all(open.filter((_, at) => at % 10 === 0).map(async (socket) => echo(socket, byte)));
    const ends = outside.sockets.filter(({ destroyed }) => !destroyed);
    for (const [at, socket] of open.entries()) {
        socket.resume();
        if (at % 4 === 0) socket.end();
        else if (at % 4 === 1) socket.destroy();
        else if (at % 4 === 2) socket.resetAndDestroy();
    }
    await eventually(() => assert.ok(tunnels.size <= count / 4, String(tunnels.size)));
    for (const socket of ends) socket.resetAndDestroy();
    await eventually(() => assert.equal(tunnels.size, 0));
    await eventually(() => assert.equal(rig.requests.length, count + 1));
    await eventually(() => assert.ok(descriptors() <= few, `${descriptors()} descriptors, and ${few} before`));
}

async function echo(socket: net.Socket, byte: string): Promise<void> {
    socket.write(byte);
    assert.equal(await read(socket, (text) => text !== ""), byte);
}
