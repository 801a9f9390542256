/**
 * A process of its own that attacks a gateway over TLS as fast as it can, one kind after the other as it is told: some
 * connections at once, and a new one for each that is ended. It tells how many were.
 */
import http from "node:http";
import type net from "node:net";
import { CLIENT_ATTACKS, PATHS, type Attack } from "../../../proxy/codec/http2/support/attacks";
import { RawPeer } from "../../../proxy/codec/http2/support/raw-peer";
import type { AbuseName } from "../../../../proxy/codec/http2/abuse-kinds";

export interface Order {
    readonly port: number;
    readonly kind: AbuseName;
    readonly at: number;
    readonly milliseconds: number;
}

export interface Told {
    readonly ended: number;
    /** Of their GOAWAYs. */
    readonly codes: readonly (number | undefined)[];
}

const CONNECTIONS = 4;

export function runAttackers(): void {
    process.on("message", (order: Order) => {
        void attackWith(order).then((told) => process.send!(told));
    });
}

async function attackWith({ port, kind, at, milliseconds }: Order): Promise<Told> {
    const until = Date.now() + milliseconds;
    const attack = CLIENT_ATTACKS[kind]![at]!;
    const codes = new Set<number | undefined>();
    let ended = 0;
    const peers = new Set<RawPeer>();
    const one = async (): Promise<void> => {
        while (Date.now() < until) {
            const peer = await begin(port, attack);
            peers.add(peer);
            let id = -1;
            await attack.run({ peer, next: () => (id += 2) });
            const { code } = await peer.ending();
            peers.delete(peer);
            if (Date.now() >= until) return;
            ended++;
            codes.add(code);
        }
    };
    const all = Promise.allSettled(Array.from({ length: CONNECTIONS }, one));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    for (const peer of peers) peer.destroy();
    await all;
    return { ended, codes: [...codes] };
}

async function begin(port: number, attack: Attack): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, { secure: true, ...(attack.settings ? { settings: attack.settings } : {}) });
    if (!attack.unsettled) await peer.settle();
    if (attack.deaf) peer.socket.pause();
    return peer;
}

/** What is attacked through the gateway: long answers, none, and bodies that nobody takes. It tells its port. */
export function runBackend(): void {
    const backend = http.createServer((request, response) => {
        request.on("error", () => {});
        if (request.url === PATHS.big) response.end(Buffer.alloc(1024 * 1024));
        else if (request.url === PATHS.stuck) request.pause();
    });
    backend.on("connection", (socket: net.Socket) => socket.on("error", () => {}));
    backend.listen(0, "127.0.0.1", () => process.send!((backend.address() as net.AddressInfo).port));
}
