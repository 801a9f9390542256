/** The bytes that a log tells of an answer of the proxy's own are those that were sent, whoever answers: a codec, a rule, a limit, a page. */
import assert from "node:assert/strict";
import type { Logger } from "pino";
import { after, before, describe, it } from "mocha";
import { Notices } from "../../../proxy/processes/notices";
import { Figures, RequestObservers, type RequestRecord } from "../../../proxy/telemetry";
import { closedPort } from "../../../harness/ports";
import { cluster, delta, endpoints, forwardTo, NO_RETRY, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { startProxy, type TestProxy } from "./harness";

const SILENT = { warn: () => undefined } as unknown as Logger;
const rate = { name: "one", requests: 1, perMs: 3_600_000, burst: 1, matches: [], routes: [], status: 429, shadow: false } as const;
const LIMITS = [{ key: "Service edge/front", isOfGateway: true, rates: [{ ...rate, tells: "limited" as const }], origin: ORIGIN }];

const get = (path: string, host = "web.test", ...more: string[]): string =>
    [`GET ${path} HTTP/1.1`, `host: ${host}`, ...more, "", ""].join("\r\n");

/** What is asked, and the status that comes. */
const ASKED: readonly (readonly [title: string, bytes: string, status: number])[] = [
    ["HTTP/1.0", "GET / HTTP/1.0\r\nhost: web.test\r\n\r\n", 426],
    ["no HTTP", "nonsense\r\n\r\n", 400],
    ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["an unknown method", "NONE / HTTP/1.1\r\nhost: web.test\r\n\r\n", 501],
    ["a head too large", get("/", "web.test", `x-a: ${"a".repeat(70_000)}`), 431],
    ["no such host", get("/", "other.test"), 404],
    ["no such route", get("/nothing"), 404],
    ["a direct response", get("/direct"), 200],
    ["a direct response to HEAD", get("/direct").replace("GET", "HEAD"), 200],
    ["a redirect", get("/moved"), 301],
    ["no endpoint", get("/empty"), 503],
    ["no such cluster", get("/lost"), 503],
    ["an endpoint that is closed", get("/closed"), 503],
];

describe("the bytes of the proxy's own answers", () => {
    let proxy: TestProxy;
    const told: RequestRecord[] = [];
    const starting = async (limits: boolean): Promise<TestProxy> => {
        const on = (path: string, action: object): ReturnType<typeof route> =>
            route(action as Parameters<typeof route>[0], {
                match: { path: { kind: "exact", value: path, ignoreCase: false }, headers: [], queryParams: [], claims: [] },
            });
        const tables = delta(1, {
            virtualHosts: [
                virtualHost("web.test", [
                    on("/direct", { kind: "direct", status: 200, body: Buffer.from("said by a rule").toString("base64") }),
                    on("/moved", { kind: "redirect", status: 301, path: { kind: "full", value: "/there" } }),
                    on("/empty", forwardTo("empty", { retry: NO_RETRY })),
                    on("/lost", forwardTo("lost", { retry: NO_RETRY })),
                    on("/closed", forwardTo("closed", { retry: NO_RETRY })),
                ]),
            ],
            clusters: [cluster("empty"), cluster("closed")],
            endpoints: [endpoints("empty"), endpoints("closed", await closedPort())],
        });
        const observer = { requestStarted: () => undefined, requestFinished: (record: RequestRecord) => void told.push(record) };
        const notices = new Notices(SILENT, new Figures({ openConnections: () => 0, droppedLogLines: () => 0, codecs: [] }));
        return startProxy(limits ? { ...tables, set: { ...tables.set, limits: LIMITS } } : tables, {
            observer,
            onRefused: (refused, connection, recorded) =>
                notices.refused(refused, connection, recorded ? undefined : new RequestObservers([observer])),
        });
    };
    const check = async (bytes: string, status: number): Promise<void> => {
        told.length = 0;
        const client = new RawClient(proxy.port);
        client.send(bytes);
        const head = await client.until(/\r\n\r\n/);
        const length = bytes.startsWith("HEAD") ? 0 : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        if (length > 0) await client.until(new RegExp(`^[^]{${length}}`));
        assert.equal(head.slice(9, 12), String(status));
        assert.deepEqual(
            told.map((one) => [one.status, one.bytesSent]),
            [[status, length]],
        );
        assert.equal(client.received, "");
        await client.close();
    };

    before(async () => {
        proxy = await starting(false);
    });
    after(() => proxy.close());

    for (const [title, bytes, status] of ASKED) it(`are those that were sent: ${title}`, () => check(bytes, status));

    it("are those that were sent: a limit", async () => {
        await proxy.close();
        proxy = await starting(true);
        await check(get("/direct"), 200);
        await check(get("/direct"), 429);
    });
});
