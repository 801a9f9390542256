/** Backends that are told whose a connection is: HTTP, TLS, TCP. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry } from "../../../proxy/tables";
import { Cluster, connectTcp, createUpstreamServices, type TcpConnectOutcome } from "../../../proxy/upstream";
import { makeSelfSigned } from "../../support/certificates";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { backend, startProxy, type TestProxy } from "./harness";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** What came on each connection before the first request, or of bytes; `onPlain` has what follows the header. */
async function noting(begins: string[], serve: (socket: net.Socket, rest: Buffer) => void): Promise<number> {
    const made = await backend((socket) => {
        socket.once("data", (chunk: Buffer) => {
            const end = chunk.indexOf("\r\n") + 2;
            begins.push(chunk.subarray(0, end).toString("latin1"));
            socket.pause();
            serve(socket, chunk.subarray(end));
        });
    });
    closing.push(() => made.close());
    return made.port;
}

async function proxyTo(port: number, entry: Partial<ClusterEntry>): Promise<TestProxy> {
    const made = await startProxy(
        delta(1, {
            virtualHosts: [virtualHost("web.test", [route(forwardTo("c"))])],
            clusters: [cluster("c", { proxyProtocol: "V1", ...entry })],
            endpoints: [endpoints("c", port)],
        }),
    );
    closing.push(() => made.close());
    return made;
}

async function client(of: TestProxy): Promise<RawClient> {
    const made = new RawClient(of.port);
    closing.push(() => made.close());
    await once(made.socket, "connect");
    return made;
}

const headerOf = ({ socket }: RawClient, of: TestProxy): string => `PROXY TCP4 127.0.0.1 127.0.0.1 ${socket.localPort} ${of.port}\r\n`;

describe("a backend that is told whose a connection is", () => {
    it("gets one of each client, which is used again for that client alone", async () => {
        const begins: string[] = [];
        const answering = (socket: net.Socket, rest: Buffer): void => {
            if (rest.length > 0) socket.write(OK);
            socket.on("data", () => socket.write(OK)).resume();
        };
        const made = await proxyTo(await noting(begins, answering), {});
        const [one, other] = [await client(made), await client(made)];
        for (const asking of [one, other, one, other]) assert.equal((await asking.get("/").response()).status, 200);
        assert.deepEqual(begins, [headerOf(one, made), headerOf(other, made)]);
    });

    it("hears of it before TLS", async () => {
        const { cert, key } = await makeSelfSigned({ dns: ["web.test"] });
        const secureContext = tls.createSecureContext({ cert, key });
        const begins: string[] = [];
        const made = await proxyTo(
            await noting(begins, (socket, rest) => {
                if (rest.length > 0) socket.unshift(rest);
                const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
                secure.on("error", () => undefined).on("data", () => secure.write(OK));
            }),
            { tls: { mode: "SIMPLE", sni: "web.test", subjectAltNames: [], insecureSkipVerify: true } },
        );
        const one = await client(made);
        assert.equal((await one.get("/").response()).status, 200);
        assert.equal((await one.get("/again").response()).status, 200);
        assert.deepEqual(begins, [headerOf(one, made)]);
    });

    it("hears of it on connections of TCP, and that they are ours where they are", async () => {
        const begins: string[] = [];
        const port = await noting(begins, (socket) => socket.end());
        const made = new Cluster(createUpstreamServices(), cluster("c", { proxyProtocol: "V1" }), endpoints("c", port), new Map());
        closing.push(() => made.drain());
        const ends = { remoteAddress: "10.0.0.1", remotePort: 5, localAddress: "10.0.0.2", localPort: 6 };
        for (const options of [{ ends }, {}]) {
            const outcome = await new Promise<TcpConnectOutcome>((done) => connectTcp(new Map([["c", made]]), "c", options, done));
            assert.ok(outcome.kind === "connected");
            outcome.socket.resume().end();
            await once(outcome.socket, "close");
        }
        assert.deepEqual(begins, ["PROXY TCP4 10.0.0.1 10.0.0.2 5 6\r\n", "PROXY UNKNOWN\r\n"]);
    });
});
