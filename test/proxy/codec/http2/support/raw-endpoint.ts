/** An endpoint of HTTP/2 that answers each request as the test says, frame by frame, and never by itself. */
import { once } from "node:events";
import net from "node:net";
import { block, headers, settings, SETTINGS_ACK, TYPE, END_HEADERS, END_STREAM, type RawFrame } from "./raw-frames";
import { RawPeer } from "./raw-peer";

export class RawEndpoint {
    readonly peers: RawPeer[] = [];
    readonly port: number;
    readonly #server: net.Server;

    private constructor(server: net.Server) {
        this.#server = server;
        this.port = (server.address() as net.AddressInfo).port;
    }

    /** `answer`: told of each HEADERS frame. `first`: what is sent before all else; nothing: the test sends its SETTINGS. */
    static async listen(answer: (peer: RawPeer, id: number, frame: RawFrame) => void, first: Buffer = settings()): Promise<RawEndpoint> {
        const server = net.createServer({ noDelay: true });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const endpoint = new RawEndpoint(server);
        server.on("connection", (socket) => {
            const peer = new RawPeer(socket, true);
            endpoint.peers.push(peer);
            peer.send(first);
            let seen = 0;
            socket.on("data", () => {
                for (; seen < peer.frames.length; seen++) {
                    const frame = peer.frames[seen]!;
                    if (frame.type === TYPE.SETTINGS && frame.flags === 0 && first.length > 0) peer.send(SETTINGS_ACK);
                    if (frame.type === TYPE.HEADERS) answer(peer, frame.id, frame);
                }
            });
        });
        return endpoint;
    }

    async close(): Promise<void> {
        for (const peer of this.peers) peer.destroy();
        this.#server.close();
        await once(this.#server, "close");
    }
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** A response's head; `end`: all of it. */
export function response(id: number, fields: Fields, end = true): Buffer {
    return headers(id, block(fields), END_HEADERS | (end ? END_STREAM : 0));
}
