/** Both servers answer by a table of routes: every one of them, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import {
    READY,
    SharedStatus,
    startAdminServer,
    startStatusServer,
    type AdminView,
    type ContextState,
    type EndpointState,
    type WorkerInspection,
    type SideServer,
} from "../../../proxy/admin";
import { ADMIN_ROUTES } from "../../../proxy/admin/admin-routes";
import { respond, type AdminRoute } from "../../../proxy/admin/route";
import { STATUS_ROUTES } from "../../../proxy/admin/status-routes";
import { ADMIN_TABLES } from "../../support/admin-tables";
import { ADMIN_VIEW } from "../../support/admin-view";
import { root } from "../../support/checkout";
import { withTables } from "../../support/markdown-tables";

interface Got {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
}

async function ask(address: string, target: string, method = "GET", headers: http.OutgoingHttpHeaders = {}): Promise<Got> {
    const [host, port] = address.split(":");
    return new Promise((resolve, reject) => {
        http.request({ host, port, path: target, method, headers, agent: false }, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => (body += part))
                .on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        })
            .on("error", reject)
            .end();
    });
}

const SERVERS: readonly {
    readonly name: string;
    readonly routes: readonly AdminRoute<never>[];
    readonly start: () => Promise<SideServer>;
}[] = [
    { name: "admin", routes: ADMIN_ROUTES, start: async () => startAdminServer("127.0.0.1:0", ADMIN_VIEW) },
    {
        name: "status",
        routes: STATUS_ROUTES,
        start: async () => {
            const status = new SharedStatus();
            status.set(READY);
            status.stop();
            return startStatusServer("127.0.0.1:0", status);
        },
    },
];

for (const { name, routes, start } of SERVERS) {
    describe(`the ${name} server`, () => {
        let server: SideServer;
        beforeEach(async () => {
            server = await start();
        });
        afterEach(() => server.close());

        it("answers every route of its table with the type that stands there, and HEAD with the same head", async () => {
            for (const { path, contentType } of routes.filter(({ method }) => method === "GET")) {
                if (contentType === "text/event-stream") {
                    const { status, headers, body } = await ask(server.address, path, "HEAD");
                    assert.deepEqual([status, headers["content-type"], headers["cache-control"], body], [200, contentType, "no-store", ""]);
                    continue;
                }
                // A question that can be answered.
                const asked = path === "/explain" ? "/explain?url=http://a.test/" : path;
                const got = await ask(server.address, asked);
                assert.deepEqual(
                    [got.status, got.headers["content-type"], got.headers["cache-control"]],
                    [200, contentType, "no-store"],
                    path,
                );
                assert.equal(got.headers["content-length"], String(Buffer.byteLength(got.body)), path);
                if (contentType === "application/json") JSON.parse(got.body);
                const head = await ask(server.address, asked, "HEAD");
                assert.deepEqual([head.status, head.body], [200, ""], path);
                assert.deepEqual({ ...head.headers, date: "" }, { ...got.headers, date: "" }, path);
            }
        });

        it("lists its routes at /", async () => {
            const { status, headers, body } = await ask(server.address, "/");
            assert.deepEqual([status, headers["content-type"]], [200, "text/plain; charset=utf-8"]);
            assert.deepEqual(
                body.trimEnd().split("\n"),
                routes.map(
                    ({ method, path, help }) => `${method} ${path.padEnd(Math.max(...routes.map((one) => one.path.length)))}  ${help}`,
                ),
            );
        });

        it("answers 404 for another path, whatever the method, and 405 for another method, with those that it takes", async () => {
            for (const path of ["/nothing", "/constructor", "//", `${routes[0]!.path}/`, `http://a.test${routes[0]!.path}`])
                for (const method of ["GET", "HEAD", "POST"]) {
                    const { status, headers, body } = await ask(server.address, path, method);
                    assert.deepEqual([status, headers["content-type"], headers.allow], [404, "text/plain; charset=utf-8", undefined], path);
                    if (method !== "HEAD") assert.equal(body, `wanted one of ${[...new Set(routes.map((one) => one.path))].join(", ")}\n`);
                }
            for (const path of ["/", ...routes.map((one) => one.path), `${routes[0]!.path}?a=b`]) {
                const here = routes.filter((one) => one.path === path).map(({ method }) => method);
                const taken: readonly string[] = here.length === 0 ? ["GET"] : here;
                const allow = taken.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])).join(", ");
                for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"].filter((one) => !taken.includes(one))) {
                    const { status, headers, body } = await ask(server.address, path, method);
                    assert.deepEqual([status, headers.allow, body], [405, allow, `only ${taken.join(", ")}\n`], `${method} ${path}`);
                }
            }
        });
    });
}

describe("the admin server", () => {
    let server: SideServer;
    afterEach(() => server.close());

    it("is for a Host that is an address or localhost, whatever is asked", async () => {
        server = await startAdminServer("127.0.0.1:0", ADMIN_VIEW);
        for (const host of ["127.0.0.1", "localhost:15000", "[::1]:15000", "[::1]", "10.0.0.1:1"])
            assert.equal((await ask(server.address, "/ready", "GET", { host })).status, 200, host);
        for (const host of ["evil.test", "evil.test:15000", "localhost.evil.test", "127.0.0.1.evil.test"])
            for (const [method, path] of [
                ["GET", "/ready"],
                ["GET", "/"],
                ["POST", "/ready"],
                ["GET", "/nothing"],
            ] as const) {
                const { status, headers, body } = await ask(server.address, path, method, { host });
                assert.deepEqual(
                    [status, headers["content-type"], body],
                    [403, "text/plain; charset=utf-8", "the Host header must be an address or localhost\n"],
                    host,
                );
            }
        assert.equal((await ask(server.address, "/ready", "HEAD", { host: "evil.test" })).body, "");
    });

    it("takes a question mark in a query for a part of it", async () => {
        const filters: string[] = [];
        const tail: AdminView["tail"] = {
            refusal: (filter) => {
                filters.push(filter);
                return undefined;
            },
            watch: () => () => undefined,
        };
        server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, tail });
        const { body } = await ask(server.address, "/explain?url=ftp://a.test/x?y=1?z");
        assert.match(body, /^"ftp:\/\/a\.test\/x\?y=1\?z" is not a URL/);
        await ask(server.address, "/tail?filter='?'?x", "HEAD");
        assert.deepEqual(filters, ["'?'?x"]);
    });

    it("says in text why it can't answer", async () => {
        const text = "text/plain; charset=utf-8";
        const answers = async (view: Partial<AdminView>, path: string): Promise<unknown[]> => {
            server?.close();
            server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, ...view });
            const { status, headers, body } = await ask(server.address, path);
            return [status, headers["content-type"], body];
        };
        assert.deepEqual(await answers({ isReady: false }, "/ready"), [503, text, "not in sync\n"]);
        assert.deepEqual(await answers({ isReady: false, draining: true }, "/ready"), [503, text, "draining\n"]);
        assert.deepEqual(await answers({ tables: undefined }, "/explain?url=http://a.test/"), [503, text, "not in sync\n"]);
        assert.deepEqual((await answers({}, "/explain")).slice(0, 2), [400, text]);
        assert.deepEqual(await answers({ tables: undefined }, "/config_dump"), [200, "application/json", '{\n  "version": 0\n}\n']);
        assert.deepEqual(await answers({}, "/source"), [200, "application/json", "null\n"]);
        const stats = async (): Promise<never> => {
            throw new Error("no worker was asked");
        };
        assert.deepEqual(await answers({ stats }, "/stats"), [500, text, "no worker was asked\n"]);
    });

    it("tells figures by name, with their labels where they have some", async () => {
        const family = { name: "f", kind: "counter", labels: ["code"], bounds: [], series: [[["200"], [3]]] } as const;
        const counts = [{ ...family, name: "requests", labels: [], series: [[[], [4]]] } as const, family];
        server = await startAdminServer("127.0.0.1:0", {
            ...ADMIN_VIEW,
            stats: async () => ({ total: counts, workers: new Map([[1, counts]]) }),
        });
        const said = { requests: 4, 'f{code="200"}': 3 };
        assert.equal((await ask(server.address, "/stats")).body, `${JSON.stringify({ total: said, workers: { "1": said } }, null, 2)}\n`);
    });
});

describe("the levels of the log", () => {
    it("are changed by POST, put back, and refused with the reason", async () => {
        const told: string[] = [];
        const logging = {
            levels: { proxy: "info" },
            change: (text: string) => {
                if (text === "bad") return "there is no such level";
                told.push(text);
                return "";
            },
            reset: () => void told.push("reset"),
        };
        const server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, logging });
        const post = async (path: string): Promise<unknown[]> => {
            const { status, body } = await ask(server.address, path, "POST");
            return [status, body];
        };
        const levels = '{\n  "proxy": "info"\n}\n';
        assert.deepEqual(await post("/logging?level=proxy:debug"), [200, levels]);
        assert.deepEqual(await post("/logging?reset=true"), [200, levels]);
        assert.deepEqual(await post("/logging?level=bad"), [400, "there is no such level\n"]);
        assert.deepEqual(await post("/logging"), [400, "wanted level=PART:LEVEL,... or reset=true\n"]);
        assert.deepEqual(told, ["proxy:debug", "reset"]);
        server.close();
    });
});

describe("the dump of the configuration", () => {
    it("is of the tables that are asked for, and of no other name", async () => {
        const server = await startAdminServer("127.0.0.1:0", ADMIN_VIEW);
        const keys = async (path: string): Promise<string[]> => Object.keys(JSON.parse((await ask(server.address, path)).body) as object);
        assert.deepEqual(await keys("/config_dump?table=clusters&table=listeners"), ["version", "clusters", "listeners"]);
        const { status, body } = await ask(server.address, "/config_dump?table=constructor");
        assert.deepEqual([status, body], [400, 'there is no table "constructor"\n']);
        server.close();
    });
});

describe("what workers hold", () => {
    const endpoint: EndpointState = {
        cluster: "outbound|80||web",
        address: "10.0.0.1:8080",
        weight: 1,
        priority: 0,
        locality: "eu/a",
        ejected: false,
        failing: false,
        active: 2,
        connections: 3,
    };
    const context: ContextState = { chain: "web", served: true, problem: "" };
    const NONE: WorkerInspection = { version: 1, endpoints: [], unresolved: [], contexts: [] };

    it("is one list: an endpoint is out where one worker leaves it out, and what is under way is added up", async () => {
        const inspections = new Map([
            [1, { ...NONE, endpoints: [endpoint, { ...endpoint, address: "10.0.0.2:8080" }] }],
            [2, { ...NONE, endpoints: [{ ...endpoint, ejected: true, active: 0, connections: 1 }] }],
        ]);
        const server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, inspect: async () => inspections });
        const { endpoints } = JSON.parse((await ask(server.address, "/endpoints")).body) as { endpoints: unknown[] };
        server.close();
        const first = { worker: 1, ejected: false, failing: false, active: 2, connections: 3 };
        assert.deepEqual(endpoints, [
            {
                ...endpoint,
                ejected: true,
                connections: 4,
                workers: [first, { worker: 2, ejected: true, failing: false, active: 0, connections: 1 }],
            },
            { ...endpoint, address: "10.0.0.2:8080", workers: [first] },
        ]);
    });

    it("says why a cluster has no endpoint and a chain no certificate, and of which workers that is so", async () => {
        const unresolved = [{ cluster: "outbound|443||gone", why: "ENOTFOUND" }];
        const refused = { chain: "shop", served: false, problem: "kubernetes://ns/shop is not there" };
        const inspections = new Map([
            [1, { ...NONE, unresolved, contexts: [context, refused] }],
            [2, { ...NONE, unresolved, contexts: [context] }],
        ]);
        const server = await startAdminServer("127.0.0.1:0", { ...ADMIN_VIEW, inspect: async () => inspections });
        const got = async (path: string): Promise<unknown> => JSON.parse((await ask(server.address, path)).body);
        assert.deepEqual(await got("/endpoints"), { endpoints: [], unresolved: [{ ...unresolved[0], workers: [1, 2] }] });
        assert.deepEqual(await got("/contexts"), [
            { ...context, workers: [1, 2] },
            { ...refused, workers: [1] },
        ]);
        server.close();
    });
});

describe("the pages", () => {
    it("list what both servers answer, and their figures", () => {
        const page = path.join(root, "docs", "proxy.md");
        const wanted = withTables(readFileSync(page, "utf8"), ADMIN_TABLES);
        // `UPDATE=1 npx mocha test/proxy/admin` writes the page anew after a route or a figure was added.
        if (process.env["UPDATE"]) writeFileSync(page, wanted);
        assert.equal(readFileSync(page, "utf8"), wanted);
    });
});

describe("a table of routes", () => {
    const ROUTES: readonly AdminRoute<undefined>[] = [
        {
            method: "GET",
            path: "/both",
            contentType: "text/plain; version=0.0.4",
            help: "reads",
            answer: () => ({ status: 200, body: "read" }),
        },
        { method: "POST", path: "/both", contentType: "text/plain", help: "does", answer: async () => ({ status: 202, body: "done" }) },
        { method: "POST", path: "/act", contentType: "application/json", help: "acts", answer: () => ({ status: 200, body: ["acted"] }) },
    ];
    let server: http.Server;
    let address: string;
    before((done) => {
        server = http.createServer((request, response) => void respond(request, response, ROUTES, undefined));
        server.listen(0, "127.0.0.1", () => {
            const bound = server.address();
            address = typeof bound === "object" ? `127.0.0.1:${bound?.port}` : "";
            done();
        });
    });
    after(() => server.close());

    it("may have routes for other methods, and another one for each method of a path", async () => {
        const got = async (path: string, method: string): Promise<unknown[]> => {
            const { status, headers, body } = await ask(address, path, method);
            return [status, headers["content-type"], headers.allow, body];
        };
        assert.deepEqual(await got("/both", "GET"), [200, "text/plain; version=0.0.4", undefined, "read"]);
        assert.deepEqual(await got("/both", "POST"), [202, "text/plain", undefined, "done"]);
        assert.deepEqual(await got("/act", "POST"), [200, "application/json", undefined, '[\n  "acted"\n]\n']);
        assert.deepEqual((await got("/both", "PUT"))[2], "GET, HEAD, POST");
        for (const method of ["GET", "HEAD"])
            assert.deepEqual((await got("/act", method)).slice(0, 3), [405, "text/plain; charset=utf-8", "POST"]);
    });
});
