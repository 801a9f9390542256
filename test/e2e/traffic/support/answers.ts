/** What a gateway answers to a list of requests, reduced to what two data planes must agree in. */
import { once } from "node:events";
import net from "node:net";
import { run } from "../../../support/gatehouse";

export interface Asked {
    /** `https://shop.example.com/items`; the port is the gateway's own. */
    readonly url: string;
    readonly curl?: readonly string[];
}

/** Each side's own: who it is, when it was, which of the pods it was. */
const OWN_HEADERS = /^(date|server|x-envoy-.*|x-request-id|content-length|connection|transfer-encoding|keep-alive|vary)$/;
const OWN_REQUEST_HEADERS =
    /^(x-envoy-.*|x-request-id|x-forwarded-for|x-b3-.*|traceparent|tracestate|content-length|transfer-encoding|connection)$/;

/** Connects to `address` whatever the URL's host says. */
export async function answerTo({ url, curl = [] }: Asked, address: string, caFile: string): Promise<unknown> {
    const { code, stdout } = await run("curl", [
        "-s",
        "-i",
        "--http1.1",
        "--max-time",
        "20",
        "--cacert",
        caFile,
        "--connect-to",
        `::${address}:`,
        ...curl,
        url,
    ]);
    if (code !== 0) return { curl: code };
    const end = stdout.indexOf("\r\n\r\n");
    const [status = "", ...lines] = stdout.slice(0, end).split("\r\n");
    const headers = lines
        .map((line) => line.split(/:\s*/, 2) as [string, string])
        .map(([name, value]): [string, string] => [name.toLowerCase(), value]);
    return {
        status: Number(status.split(" ")[1]),
        headers: headers.filter(([name]) => !OWN_HEADERS.test(name)).sort(),
        body: reduced(stdout.slice(end + 4)),
    };
}

/** A sample tells back what it was asked; that too is compared. Of text that a proxy made itself only its presence is. */
function reduced(body: string): unknown {
    let parsed: unknown;
    try {
        parsed = JSON.parse(body);
    } catch {
        return /upstream|timeout|no healthy/.test(body) ? "(the proxy's own words)" : body;
    }
    if (typeof parsed !== "object" || parsed === null || !("headers" in parsed)) return parsed;
    const { pod: _, headers, ...rest } = parsed as { pod?: string; headers: Record<string, string> };
    return {
        ...rest,
        headers: Object.entries(headers)
            .filter(([name]) => !OWN_REQUEST_HEADERS.test(name))
            .sort(),
    };
}

/** What a TCP backend says after its greeting to one line. */
export async function echoOf(host: string, port: number, line: string): Promise<string> {
    const socket = net.connect({ host, port, timeout: 20_000 }).setEncoding("utf8");
    socket.on("timeout", () => socket.destroy(new Error("no answer")));
    let text = "";
    socket.on("data", (part: string) => {
        text += part;
    });
    socket.write(`${line}\n`);
    while (!text.includes(`${line}\n`)) await once(socket, "data");
    socket.destroy();
    return text.slice(text.lastIndexOf(line));
}

/** The subject of the certificate that a name gets; undefined where there is no handshake. */
export async function certificateFor(host: string, port: number, serverName: string | undefined): Promise<string | undefined> {
    const sni = serverName === undefined ? ["-noservername"] : ["-servername", serverName];
    const { stdout } = await run("openssl", ["s_client", "-connect", `${host}:${port}`, ...sni], { timeoutMs: 20_000 });
    return /^subject=(.*)$/m.exec(stdout)?.[1];
}
