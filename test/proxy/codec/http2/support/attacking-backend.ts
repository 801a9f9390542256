/** A backend of HTTP/2 that does as it is told, and a client of ours that asks it again and again. */
import { once } from "node:events";
import net from "node:net";
import type { ClientOwner } from "../../../../../proxy/codec";
import { Http2ClientConnection } from "../../../../../proxy/codec/http2/client-connection";
import { HTTP2_CLIENT_DEFAULTS } from "../../../../../proxy/codec/http2/client-options";
import type { Http2SessionOptions } from "../../../../../proxy/codec/http2/session-core";
import { Sweeper } from "../../../../../proxy/codec/sweeper";
import type { RequestHead, RequestWriter, ResponseReceiver } from "../../../../../proxy/http/doors";
import type { Attacked } from "./attacks";
import { settings as settingsFrame } from "./raw-frames";
import { RawPeer } from "./raw-peer";

const OPEN = 10;
const UPLOAD_BYTES = 256 * 1024;

/** How many requests are open, and how many there were. */
export interface Asking {
    readonly attacked: Attacked;
    readonly connection: Http2ClientConnection;
    readonly requests: { open: number; ended: number };
    readonly closed: Promise<void>;
}

/** The body of an upload waits for its window; `stuck`: nobody takes what is answered. */
export async function askedOf(
    options: Partial<Http2SessionOptions>,
    first: Buffer = settingsFrame(),
    more: { readonly upload?: boolean; readonly stuck?: boolean } = {},
): Promise<Asking> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = net.connect({ port: (server.address() as net.AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
    const [[accepted]] = (await Promise.all([once(server, "connection"), once(socket, "connect")])) as [[net.Socket], unknown];
    server.close();
    const peer = new RawPeer(accepted, true);
    peer.send(first);
    const requests = { open: 0, ended: 0 };
    let onClosed!: () => void;
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const ask = (): void => {
        if (connection.capacity <= requests.open || requests.open >= OPEN) return;
        requests.open++;
        let isOver = false;
        const over = (): void => {
            if (isOver) return;
            isOver = true;
            requests.open--;
            requests.ended++;
            setImmediate(ask);
        };
        const receiver: ResponseReceiver = {
            onInformational: () => {},
            onResponseHead: (_head, end) => (end ? over() : more.stuck && writer.pauseResponse()),
            onResponseData: () => {},
            onResponseEnd: over,
            onResponseReset: over,
            onRequestWritable: () => {},
        };
        const writer: RequestWriter = connection.open(headOf(more.upload === true), more.upload !== true, receiver);
        if (more.upload === true) writer.data(Buffer.alloc(UPLOAD_BYTES));
    };
    const owner: ClientOwner = { onStreamEnd: () => {}, onCapacity: () => {}, onGoingAway: () => {}, onClosed };
    const connection = new Http2ClientConnection(socket, owner, undefined, {
        ...HTTP2_CLIENT_DEFAULTS,
        sweeper: new Sweeper(20),
        ...options,
    });
    // What is asked before that has the windows that the RFC gives everybody.
    while (!connection.settled) await new Promise((resolve) => setImmediate(resolve));
    for (let count = 0; count < OPEN; count++) ask();
    let id = -1;
    return { attacked: { peer, next: () => (id += 2) }, connection, requests, closed };
}

function headOf(isUpload: boolean): RequestHead {
    return {
        method: isUpload ? "POST" : "GET",
        scheme: "http",
        authority: "any.test",
        path: "/",
        headers: [],
        contentLength: isUpload ? -1 : 0,
        upgrade: "",
        expectContinue: false,
        underscored: false,
        protocol: "HTTP/2",
    };
}
