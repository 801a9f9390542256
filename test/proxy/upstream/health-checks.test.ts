/** Active health checks over real sockets. */
import assert from "node:assert/strict";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry, HealthCheckEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices, NO_EVENTS } from "../../../proxy/upstream";
import { closedPort } from "../../../harness/ports";
import { eventually } from "../../support/eventually";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

async function listening<Server extends net.Server>(server: Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => void server.close());
    return (server.address() as AddressInfo).port;
}

const CHECK: HealthCheckEntry = {
    ask: { kind: "tcp" },
    intervalMs: 5,
    jitterMs: 2,
    timeoutMs: 2_000,
    unhealthyThreshold: 2,
    healthyThreshold: 2,
};

interface Made {
    readonly cluster: Cluster;
    readonly told: string[];
}

function make(ports: readonly number[], healthCheck: Partial<HealthCheckEntry>, more: Partial<ClusterEntry> = {}): Made {
    const told: string[] = [];
    const name = (endpoint: string): number => ports.findIndex((port) => endpoint.endsWith(`:${port}`));
    const services = createUpstreamServices({
        random: () => 0,
        events: {
            ...NO_EVENTS,
            checkedUnhealthy: (_cluster, endpoint, detail) => told.push(`${name(endpoint)} ill: ${detail}`),
            checkedHealthy: (_cluster, endpoint) => told.push(`${name(endpoint)} well`),
        },
    });
    const cluster = new Cluster(
        services,
        entry("c", { healthCheck: { ...CHECK, ...healthCheck }, ...more }),
        endpoints("c", ...ports),
        new Map(),
    );
    closing.push(() => cluster.drain());
    return { cluster, told };
}
const asked = ({ cluster }: Made): number[] => cluster.endpoints.list.map((one) => cluster.members.indexOf(one));

describe("an endpoint that is asked over HTTP", () => {
    const HTTP = { kind: "http", path: "/healthz?deep=1", host: "app.test", statuses: [[200, 200]] } as const;

    it("is left out while it answers another status, and asked for by path and host", async () => {
        let status = 200;
        const seen = new Set<string>();
        const port = await listening(
            http.createServer((request, response) => {
                seen.add(`${request.method} ${request.url} ${request.headers.host}`);
                response.writeHead(status).end("x".repeat(1000));
            }),
        );
        const other = await listening(http.createServer((_request, response) => response.end()));
        const made = make([port, other], { ask: HTTP });
        await eventually(() => assert.ok(seen.size > 0));
        status = 503;
        await eventually(() => assert.deepEqual([asked(made), made.told], [[1], ["0 ill: status 503"]]));
        status = 200;
        await eventually(() =>
            assert.deepEqual(
                [asked(made), made.told],
                [
                    [0, 1],
                    ["0 ill: status 503", "0 well"],
                ],
            ),
        );
        assert.deepEqual([...seen], ["GET /healthz?deep=1 app.test"]);
    });

    it("is left out at once where its first answer is none, and comes back after so many", async () => {
        let fine = 0;
        const silent = await listening(http.createServer(() => undefined));
        const made = make([await closedPort(), silent], { ask: HTTP, timeoutMs: 30, unhealthyThreshold: 1_000 });
        await eventually(() => assert.deepEqual([...made.told].sort(), ["0 ill: ECONNREFUSED", "1 ill: no answer within 30 ms"]));
        assert.deepEqual(asked(made), []);
        const port = await listening(http.createServer((_request, response) => response.writeHead(++fine % 3 === 0 ? 500 : 200).end()));
        const flapping = make([port], { ask: HTTP, healthyThreshold: 2, unhealthyThreshold: 2 });
        await eventually(() => assert.ok(fine > 12));
        assert.deepEqual([flapping.told, asked(flapping)], [[], [0]], "one bad answer in a row is not two");
    });

    it("may answer any of the statuses that are wanted, on a port of its own", async () => {
        const port = await listening(http.createServer((_request, response) => response.writeHead(302).end()));
        const statuses = [
            [200, 204],
            [301, 399],
        ] as const;
        const made = make([await closedPort()], { ask: { ...HTTP, statuses }, port });
        const strict = make([port], { ask: HTTP });
        await eventually(() => assert.deepEqual(strict.told, ["0 ill: status 302"]));
        assert.deepEqual(made.told, []);
    });

    it("is spoken to in HTTP/2 where requests are", async () => {
        let versions = "";
        const server = http2.createServer((request, response) => {
            versions = request.httpVersion;
            response.end();
        });
        const made = make([await listening(server)], { ask: HTTP }, { protocol: "http2" });
        await eventually(() => assert.equal(versions, "2.0"));
        assert.deepEqual(made.told, []);
    });
});

describe("an endpoint that is asked for a connection", () => {
    it("is well where it takes one", async () => {
        let taken = 0;
        const port = await listening(
            net.createServer((socket) => {
                taken++;
                socket.on("error", () => undefined).resume();
            }),
        );
        const made = make([port, await closedPort()], {});
        await eventually(() => assert.deepEqual(asked(made), [0]));
        await eventually(() => assert.ok(taken > 3));
        assert.deepEqual(made.told, ["1 ill: ECONNREFUSED"]);
    });
});

describe("an endpoint that is asked over gRPC", () => {
    it("is well where it says that it serves", async () => {
        const seen = new Set<string>();
        const answering = async (bytes: number[], status = "0"): Promise<number> => {
            const server = http2.createServer();
            server.on("stream", (stream, headers) => {
                const parts: Buffer[] = [];
                stream.on("data", (part: Buffer) => parts.push(part));
                stream.on("end", () => {
                    seen.add(`${headers[":path"]} ${headers[":authority"]} ${Buffer.concat(parts).toString("hex")}`);
                    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
                    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
                    stream.end(Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]));
                });
            });
            return listening(server);
        };
        const ports = [await answering([8, 1]), await answering([8, 2]), await answering([], "12")];
        const made = make(ports, { ask: { kind: "grpc", service: "shop", host: "app.test" } });
        await eventually(() => assert.deepEqual([...made.told].sort(), ["1 ill: it does not say that it serves", "2 ill: grpc-status 12"]));
        assert.deepEqual(asked(made), [0]);
        assert.deepEqual([...seen], ["/grpc.health.v1.Health/Check app.test 00000000060a0473686f70"]);
    });
});

describe("health checks that change", () => {
    it("leave out nobody once nobody asks, and are asked of those alone that are listed", async () => {
        const port = await closedPort();
        const made = make([port], {});
        await eventually(() => assert.deepEqual(asked(made), []));
        made.cluster.update(entry("c", { healthCheck: { ...CHECK, intervalMs: 6 } }), new Map());
        assert.deepEqual(asked(made), [], "another interval makes it no better");
        made.cluster.update(entry("c"), new Map());
        assert.deepEqual([asked(made), made.told], [[0], ["0 ill: ECONNREFUSED", "0 well"]]);
    });
});

describe("health checks of a cluster with special connections", () => {
    const NOBODY = "PROXY UNKNOWN\r\n";

    it("begin as its connections begin: with a header of the PROXY protocol that is for no client", async () => {
        const begins: string[] = [];
        const port = await listening(
            net.createServer((socket) =>
                socket
                    .on("error", () => undefined)
                    .on("data", (data) => {
                        begins.push(data.toString("latin1", 0, NOBODY.length));
                        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                    }),
            ),
        );
        const ask = { kind: "http", path: "/", host: "app.test", statuses: [[200, 200]] } as const;
        make([port], { ask }, { proxyProtocol: "V1" });
        await eventually(() => assert.equal(begins[0], NOBODY));
    });

    it("are asked of nobody where clients say whom they mean to reach", async () => {
        const port = await closedPort();
        const made = make([], {}, { discovery: "original" });
        await new NotedWaiter(made.cluster, { original: { address: "127.0.0.1", port } }).answered();
        made.cluster.update({ ...made.cluster.entry }, new Map());
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.deepEqual([made.cluster.members.map((one) => one.isWell), made.told], [[true], []]);
    });
});
