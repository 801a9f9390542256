/**
 * A client that has a connection asks on it for every host that its certificate covers (RFC 9113 §9.1.1). Over real TLS: what
 * the servers of one port serve on each other's connections, and what they send back to a connection of its own.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { serveHttp, type ServeConnection } from "../../../proxy/codec";
import { createRequestHandler, createRuntime } from "../../../proxy/exchange";
import type { FilterChainEntry, TlsTermination, VirtualHostEntry } from "../../../proxy/tables";
import type { RequestRecord } from "../../../proxy/telemetry";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { Front, httpChain, listenerEntry, secretEntry, tcpChain, terminated } from "../../support/front";
import { route, virtualHost } from "../snapshot/entries";

/** Answers with the name of the server whose routes it is among. */
function served(server: string, domain: string): VirtualHostEntry {
    const body = Buffer.from(server).toString("base64");
    return virtualHost(domain, [route({ kind: "direct", status: 200, body })], { routeTable: `table ${server}` });
}

describe("a host that is asked for on another one's connection", () => {
    let front: Front;
    let serve: ServeConnection;
    let client: TestCertificate;
    const records: RequestRecord[] = [];

    before(async () => {
        const ca: TestAuthority = await makeAuthority();
        const wildcard = await ca.issue({ dns: ["*.test", "b.example"] });
        client = await ca.issue({ dns: ["client"] });
        const server = (name: string, hosts: string[], more: Partial<TlsTermination> = {}): FilterChainEntry =>
            httpChain(name, hosts, terminated("wildcard", more));
        const mutual: Partial<TlsTermination> = { mode: "MUTUAL", caSecret: "ca" };
        front = await new Front({ serveHttp: (socket, info) => serve(socket, info) }).start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("wildcard", wildcard), secretEntry("ca", {}, ca.cert)],
            chains: [
                server("ab", ["a.test", "b.test", "uncovered.org"]),
                server("c", ["c.test"]),
                server("rest", ["*.test"]),
                server("m", ["m.test"], mutual),
                server("n", ["n.test"], mutual),
                server("o", ["o.test"], { mode: "OPTIONAL_MUTUAL", caSecret: "ca" }),
                tcpChain("p", ["p.test"], { mode: "PASSTHROUGH" }),
                server("x", ["*.x.test"]),
            ],
            virtualHosts: [
                served("ab", "a.test"),
                served("ab", "b.test"),
                served("ab", "uncovered.org"),
                served("c", "c.test"),
                served("rest", "*.test"),
                served("m", "m.test"),
                served("n", "n.test"),
                served("o", "o.test"),
                served("x", "known.x.test"),
            ],
        });
        const runtime = createRuntime(front.snapshot, [{ requestFinished: (record) => void records.push(record) }]);
        serve = serveHttp({ handler: createRequestHandler(runtime) });
    });
    after(() => front.close());

    const HOW: Readonly<Record<string, (socket: tls.TLSSocket, host: string) => Promise<string>>> = {
        "http/1.1": askHttp1,
        h2: askHttp2,
    };

    // [name that the connection was made for, host that is asked for, what comes]
    const CASES: readonly (readonly [serverName: string, host: string, answer: string, why: string])[] = [
        ["a.test", "a.test", "200 ab", "its own"],
        ["a.test", "b.test", "200 ab", "the same server's"],
        ["a.test", "B.TEST:443", "200 ab", "the same, as others write it"],
        ["a.test", "uncovered.org", "200 ab", "the same server's, though its certificate does not say so: as Istio serves it"],
        ["a.test", "c.test", "421", "another server's"],
        ["a.test", "d.test", "421", "the wildcard's"],
        ["d.test", "e.test", "200 rest", "two of a wildcard"],
        ["d.test", "c.test", "200 rest", "the wildcard's too, as in Istio"],
        ["a.test", "p.test", "421", "one whose bytes are passed on"],
        ["a.test", "nobody.org", "404", "nobody's"],
        ["a.test", "known.x.test", "421", "one that a wildcard server has routes for"],
        ["d.test", "m.test", "421", "one that wants a certificate, though the wildcard has routes for it"],
        ["d.test", "o.test", "421", "one that looks at certificates"],
        ["m.test", "m.test", "200 m", "its own, with a certificate"],
        ["m.test", "n.test", "421", "another one that wants a certificate: who may ask there is its own to say"],
        ["m.test", "a.test", "421", "one that wants none, with a certificate"],
        ["m.test", "nobody.org", "404", "nobody's, with a certificate"],
        ["o.test", "m.test", "421", "one that wants a certificate, from one that would take none"],
    ];

    for (const [protocol, ask] of Object.entries(HOW))
        for (const [serverName, host, answer, why] of CASES)
            it(`is ${answer} over ${protocol}: ${host} on ${serverName}'s, ${why}`, async () => {
                const key = serverName.startsWith("m") ? client : undefined;
                const socket = front.tls(serverName, { ALPNProtocols: [protocol], ...(key ? { cert: key.cert, key: key.key } : {}) });
                records.length = 0;
                assert.equal((await ask(socket, host)).trim(), answer);
                if (answer !== "421") return;
                const [record] = records;
                assert.deepEqual([record?.flags, record?.details, record?.routeName], ["NR", "misdirected_request", ""]);
            });
});

async function askHttp1(socket: tls.TLSSocket, host: string): Promise<string> {
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    await new Promise((resolve) => socket.once("close", resolve));
    const [head = "", body = ""] = text.split("\r\n\r\n");
    return `${head.split(" ")[1]} ${body}`;
}

async function askHttp2(socket: tls.TLSSocket, host: string): Promise<string> {
    const session = http2.connect("https://any.test", { createConnection: () => socket });
    const stream = session.request({ ":authority": host });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    let body = "";
    for await (const chunk of stream) body += String(chunk);
    session.destroy();
    return `${headers[":status"]} ${body}`;
}
