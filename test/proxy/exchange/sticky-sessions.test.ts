/** Clients of a cookie's session through real sockets, while endpoints die, go and come. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { ClusterEntry, TablesDelta } from "../../../proxy/tables";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";

const CLIENTS = 24;

const named = (name: string): Promise<Backend> =>
    backend((socket) =>
        socket.on("data", () => {
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`);
        }),
    );

for (const lb of ["RING_HASH", "MAGLEV"] as const)
    describe(`sessions by ${lb}`, () => {
        const names = ["a", "b", "c", "d"];
        let backends: Backend[] = [];
        let proxy: TestProxy;
        const entry: Partial<ClusterEntry> = {
            lb,
            hash: { policy: { kind: "cookie", name: "sid", ttlSeconds: 0, path: "/", attributes: [] } },
        };
        const tables = (version: number, which: readonly Backend[]): TablesDelta =>
            delta(version, {
                virtualHosts: [virtualHost("*", [route(forwardTo("c", { retry: { ...DEFAULT_RETRY, backoffMs: 1 } }))])],
                clusters: [cluster("c", entry)],
                endpoints: [endpoints("c", ...which.map(({ port }) => port))],
            });

        before(async () => {
            backends = await Promise.all(names.map(named));
            proxy = await startProxy(tables(1, backends));
        });
        after(async () => {
            await proxy.close();
            await Promise.all(backends.map((one) => one.close().catch(() => undefined)));
        });

        /** Who answers, and what the client is to keep. */
        async function ask(cookie?: string): Promise<{ readonly from: string; readonly cookie: string | undefined }> {
            const client = new RawClient(proxy.port).get("/", "web.test", "connection: close", ...(cookie ? [`cookie: ${cookie}`] : []));
            const { status, text, body } = await client.response();
            assert.equal(status, 200);
            await client.end();
            return { from: body, cookie: /^set-cookie: ([^;\r]+)/im.exec(text)?.[1] };
        }

        it("stay with their endpoints when another one dies or goes, and come back to one that comes back", async () => {
            const first = await Promise.all(Array.from({ length: CLIENTS }, () => ask()));
            assert.ok(new Set(first.map(({ from }) => from)).size > 2, "they are spread");
            const asked = (): Promise<{ from: string; cookie: string | undefined }[]> =>
                Promise.all(first.map(({ cookie }) => ask(cookie)));
            const unmoved = async (but: string): Promise<void> => {
                for (const [at, { from, cookie }] of (await asked()).entries()) {
                    assert.equal(cookie, undefined, "nobody gets a second cookie");
                    if (first[at]!.from === but) assert.notEqual(from, but);
                    else if (lb === "RING_HASH") assert.equal(from, first[at]!.from);
                }
            };
            await unmoved("");
            await backends[1]!.close();
            await unmoved("b");
            proxy.apply(
                tables(
                    2,
                    backends.filter((_, at) => at !== 1),
                ),
            );
            await unmoved("b");
            proxy.apply(tables(3, backends));
            await unmoved("b");
        });
    });
