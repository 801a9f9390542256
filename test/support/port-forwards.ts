/** The kubelet's side of port-forward over WebSocket: each connection leads to the port that is asked for, of this machine. */
import type http from "node:http";
import net from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

const PROTOCOL = "v4.channel.k8s.io";

export interface PortForwards {
    /** What it says instead of connecting; empty: nothing. */
    failure: string;
    close(): void;
}

/** `parameter`: of the query, in which the port stands. `refuses`: has answered by itself. */
export function servePortForwards(
    server: http.Server,
    parameter: string,
    refuses: (socket: NodeJS.WritableStream) => boolean = () => false,
): PortForwards {
    const open = new Set<WebSocket>();
    const forwards: PortForwards = {
        failure: "",
        close: () => {
            for (const one of open) one.terminate();
        },
    };
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (all) => all.has(PROTOCOL) && PROTOCOL });
    server.on("upgrade", (request, socket, head) => {
        if (refuses(socket)) return;
        const port = Number(new URL(request.url ?? "", "http://kubelet").searchParams.get(parameter));
        sockets.handleUpgrade(request, socket, head, (ws) => {
            open.add(ws);
            for (const channel of [0, 1]) ws.send(Buffer.from([channel, port & 255, port >> 8]));
            const fail = (text: string): void => {
                ws.send(Buffer.concat([Buffer.of(1), Buffer.from(text)]));
                ws.close();
            };
            if (forwards.failure !== "") return fail(forwards.failure);
            const backend = net.connect(port, "127.0.0.1");
            backend.on("data", (part: Buffer) => ws.send(Buffer.concat([Buffer.of(0), part])));
            backend.on("end", () => ws.close());
            backend.on("error", (error) => fail(`error forwarding port ${port}: ${error.message}: connection refused`));
            ws.on("message", (part: Buffer) => backend.write(part.subarray(1)));
            ws.on("close", () => {
                open.delete(ws);
                backend.destroy();
            });
        });
    });
    return forwards;
}
