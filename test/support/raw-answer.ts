/** Requests that are written as they are: a client library would mend them, or send others. */
import { once } from "node:events";
import net from "node:net";

/** Whatever comes back until the connection ends, as latin1. */
export async function rawAnswer(port: number, bytes: string | Buffer): Promise<string> {
    const socket = net.connect(port, "127.0.0.1").setEncoding("latin1");
    let text = "";
    socket.on("data", (part: string) => {
        text += part;
    });
    socket.on("error", () => undefined);
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    await once(socket, "close");
    return text;
}
