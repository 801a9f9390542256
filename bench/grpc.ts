/** What a gRPC call, a message of a stream and a large body cost, HTTP/2 on both sides, beside Envoy, HAProxy and nginx. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { findTool } from "../harness/tools";
import { sendH2Load } from "./http2/h2load";
import { ALL, measureAndPrint, missingFor, startProxies, stopProxies, type Measured } from "./http2/measure";
import { startClient, startHttp2Backend, type Client } from "./http2/programs";
import { temporaryFolder } from "./tools";

const CALLS = 20_000;
const MESSAGES = 500;
const MESSAGE_BYTES = 64;
const TALK = { connections: 8, streams: 16 };
const LARGE = 400;
const LARGE_BYTES = 1 << 20;
const HEADERS = ["content-type: application/grpc", "te: trailers"];

function works(h2load: string, client: Client, folder: string): readonly Measured[] {
    const file = (name: string, bytes: number): string => {
        const message = Buffer.alloc(bytes + 5, "x");
        message.writeUIntBE(bytes, 0, 5);
        writeFileSync(path.join(folder, name), message);
        return path.join(folder, name);
    };
    const [small, large] = [file("small", MESSAGE_BYTES), file("large", LARGE_BYTES)];
    const asked = (body: string, requests: number, connections: number, streams: number) => (port: number) =>
        sendH2Load(h2load, port, true, { requests, connections, streams, body, headers: HEADERS });
    return [
        {
            name: `unary calls with ${MESSAGE_BYTES} bytes, 8 x 16 streams`,
            tls: true,
            unit: "call",
            count: CALLS,
            wanted: { Envoy: 0.7 },
            load: asked(small, CALLS, 8, 16),
        },
        {
            name: `messages of ${MESSAGE_BYTES} bytes to and fro on ${TALK.connections} x ${TALK.streams} streams`,
            tls: true,
            unit: "message",
            count: MESSAGES * TALK.connections * TALK.streams,
            wanted: { Envoy: 0.9 },
            load: (port) => client.carryOut({ what: "talk", port, tls: true, ...TALK, messages: MESSAGES, bytes: MESSAGE_BYTES }),
        },
        {
            name: "1 MiB there and back, 4 x 4 streams",
            tls: true,
            unit: "call",
            count: LARGE,
            wanted: { Envoy: 1.1 },
            load: asked(large, LARGE, 4, 4),
        },
    ];
}

export async function benchGrpc(): Promise<void> {
    const missing = missingFor(["h2load", "openssl"]);
    if (missing !== undefined) {
        console.log(`gRPC: skipped, as there is no ${missing} on the PATH (Debian packages: nghttp2-client, openssl).`);
        return;
    }
    console.log("gRPC, TLS from the client, HTTP/2 without it to the backend");
    const folder = temporaryFolder();
    const backend = await startHttp2Backend("echo");
    const client = startClient();
    const proxies = await startProxies(ALL, folder, backend.port, "to http2");
    try {
        await measureAndPrint(works(findTool("h2load")!, client, folder), proxies);
    } finally {
        await stopProxies(proxies);
        await client.stop();
        await backend.stop();
    }
}
