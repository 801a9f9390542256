/**
 * Pool safety: clients and backends that go away at any byte. Each body repeats the id of the request it answers, so a
 * response that reaches another request is seen; afterwards the sockets are counted.
 */
import assert from "node:assert/strict";
import net from "node:net";
import { eventually } from "../../../support/eventually";
import { startRelay, startScript, type Relay } from "./relay";

const CLIENTS = 200;
const SEED = 20_260_101;

/** A small generator (mulberry32): the same run each time. */
function generator(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
}

const random = generator(SEED);
let backendAborts = 0;

/** Answers by length, in chunks or by closing; one time in three it goes away at some byte, or lies. */
function answer(head: string, socket: net.Socket): void {
    const id = /\/(\d+) /.exec(head)![1]!;
    const body = `<${id}>`.repeat(1 + random(40));
    const whole = [
        `HTTP/1.1 200 OK\r\nx-id: <${id}>\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        `HTTP/1.1 200 OK\r\nx-id: <${id}>\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
        `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nx-id: <${id}>\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ][random(3)]!;
    switch (random(9)) {
        case 0:
            backendAborts++;
            socket.write(whole.slice(0, random(whole.length)), () => socket.resetAndDestroy());
            return;
        case 1:
            backendAborts++;
            socket.end(whole.slice(0, random(whole.length)));
            return;
        case 2:
            // One response too many: whoever comes next must not get it.
            backendAborts++;
            socket.write(whole + `HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<poison>`);
            return;
        case 3:
            socket.write(whole.slice(0, 20));
            setImmediate(() => socket.write(whole.slice(20)));
            return;
        default:
            socket.write(whole);
    }
}

/** One client connection: some requests after each other, left at a random moment as often as not. Tells how many times it was. */
function visit(port: number, firstId: number): Promise<number> {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
        const count = 1 + random(3);
        const leaves = random(4) !== 0;
        let text = "";
        let id = firstId;
        let left = 0;
        const leave = (): void => {
            left = 1;
            if (random(2) === 0) socket.resetAndDestroy();
            else socket.destroy();
        };
        const send = (): void => {
            text = "";
            const body = `<${id}>`;
            const bytes =
                random(2) === 0
                    ? `GET /${id} HTTP/1.1\r\nHost: a\r\n\r\n`
                    : `POST /${id} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
            const goes = leaves && random(count) === 0;
            if (goes && random(2) === 0) socket.write(bytes.slice(0, random(bytes.length)), leave);
            else socket.write(bytes);
            if (goes) setTimeout(leave, random(3));
        };
        socket.on("connect", send);
        socket.on("error", () => {});
        socket.on("data", (chunk) => {
            text += chunk.toString("latin1");
            for (const [, found] of text.matchAll(/<(\w+)>/g)) {
                if (found !== String(id)) return reject(new Error(`the response to ${id} holds ${found}: ${text}`));
            }
            if (isWhole(text)) {
                if (++id >= firstId + count) socket.end();
                else send();
            }
        });
        socket.on("end", () => socket.end());
        socket.on("close", () => resolve(left));
    });
}

/** Naive on purpose: the relay's own framing is known here. */
function isWhole(text: string): boolean {
    const final = text.indexOf("HTTP/1.1", text.startsWith("HTTP/1.1 103") ? 10 : 0);
    const end = text.indexOf("\r\n\r\n", Math.max(final, 0));
    if (final < 0 || end < 0) return false;
    const length = /content-length: (\d+)/.exec(text.slice(final, end));
    return length === null ? text.endsWith("\r\n0\r\n\r\n") : text.length >= end + 4 + Number(length[1]);
}

async function visitUntil(relay: Relay, aborts: number): Promise<void> {
    let id = 1;
    let clientAborts = 0;
    const client = async (): Promise<void> => {
        while (clientAborts + backendAborts < aborts) {
            id += 4;
            clientAborts += await visit(relay.port, id);
        }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** No socket is left behind, and no response reached another request, after so many of them. Once a process: the run hangs on what went before. */
export async function abortAtRandom(aborts: number): Promise<void> {
    const backend = await startScript(answer);
    const relay = await startRelay(backend.port);
    await visitUntil(relay, aborts);
    await eventually(() => {
        assert.equal(relay.downstream.size, 0);
        assert.equal(relay.upstream.size, relay.idle.length);
    });
    assert.equal(new Set(relay.idle).size, relay.idle.length);
    for (const connection of relay.idle) assert.ok(connection.idle);
    for (const connection of [...relay.idle]) connection.close();
    await eventually(() => assert.deepEqual([relay.upstream.size, backend.sockets.size], [0, 0]));
    await relay.close();
    await backend.close();
}
