/** External checks over real sockets: the way of a browser through a login, and providers that misbehave. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import type { HttpProviderEntry } from "../../../proxy/tables";
import { cluster, endpoints } from "../snapshot/entries";
import { RawClient } from "./client";
import { guarded, httpProvider } from "./external-entries";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";

/** As oauth2-proxy in front of an issuer: who has its cookie is let in, all others are sent to log in. */
function loginServer(): http.Server {
    return http.createServer((request, response) => {
        const url = new URL(request.url ?? "/", "http://login.test");
        const session = /(?:^|; )_oauth2_proxy=([a-z]+)/.exec(request.headers.cookie ?? "")?.[1];
        if (url.pathname === "/oauth2/callback") {
            response.writeHead(302, {
                location: url.searchParams.get("state") ?? "/",
                "set-cookie": "_oauth2_proxy=ann; HttpOnly; Path=/",
            });
        } else if (session !== undefined) {
            response.writeHead(200, { "x-auth-request-user": session, "x-auth-request-email": `${session}@shop.test` });
        } else {
            const rd = encodeURIComponent(`https://${request.headers.host}${url.pathname}${url.search}`);
            response.writeHead(302, { location: `/oauth2/start?rd=${rd}`, "set-cookie": "_oauth2_proxy_csrf=x; Path=/" });
        }
        response.end();
    });
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
    let give = (): void => undefined;
    const given = new Promise<void>((resolve) => {
        give = resolve;
    });
    return { given, give };
}

async function listening(server: http.Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}

describe("an external check over real sockets", () => {
    let proxy: TestProxy | undefined;
    let web: http.Server;
    let webPort = 0;
    let provider: Backend | undefined;

    before(async () => {
        web = http.createServer((request, response) => {
            const parts: Buffer[] = [];
            request
                .on("data", (part: Buffer) => parts.push(part))
                .on("end", () =>
                    response.end(JSON.stringify({ user: request.headers["x-auth-request-user"], body: Buffer.concat(parts).toString() })),
                );
        });
        webPort = await listening(web);
    });
    after(() => {
        web.close();
        web.closeAllConnections();
    });
    afterEach(async () => {
        await proxy?.close();
        await provider?.close();
        proxy = provider = undefined;
    });

    async function start(port: number, more: Partial<HttpProviderEntry> = {}): Promise<TestProxy> {
        const set = { clusters: [cluster("c"), cluster("auth")], endpoints: [endpoints("c", webPort), endpoints("auth", port)] };
        return (proxy = await startProxy(guarded([[httpProvider(more)]], set)));
    }

    it("leads a browser to the login, takes its cookie, and tells the backend who it is", async () => {
        const login = loginServer();
        try {
            const { port } = await start(await listening(login), {
                includeRequestHeaders: ["cookie", "x-forwarded-*"],
                headersToUpstreamOnAllow: ["x-auth-request-*"],
                headersToDownstreamOnDeny: ["set-cookie", "content-type"],
            });
            const client = new RawClient(port);
            const first = await client.get("/orders?id=1", "shop.test", "x-auth-request-user: root").response();
            assert.equal(first.status, 302);
            assert.match(first.text, /location: \/oauth2\/start\?rd=https%3A%2F%2Fshop.test%2Forders%3Fid%3D1\r\n/);
            assert.match(first.text, /set-cookie: _oauth2_proxy_csrf=x; Path=\/\r\n/);
            const back = await client.get("/oauth2/callback?state=%2Forders", "shop.test").response();
            const cookie = /set-cookie: ([^;]+)/.exec(back.text)?.[1] ?? "";
            assert.deepEqual([back.status, cookie], [302, "_oauth2_proxy=ann"]);
            const last = await client.get("/orders", "shop.test", `cookie: ${cookie}`, "x-auth-request-user: root").response();
            assert.deepEqual([last.status, JSON.parse(last.body)], [200, { user: "ann", body: "" }]);
            await client.close();
        } finally {
            login.close();
            login.closeAllConnections();
        }
    });

    const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    for (const [what, answer, status] of [
        ["says yes", OK, 200],
        ["says yes after an interim answer", `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 200],
        ["closes at once", "", 403],
        ["talks garbage", "garbage\r\n\r\n", 403],
        ["speaks half a head and goes", "HTTP/1.1 200 OK\r\nx-", 403],
        ["speaks half a body and goes", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", 403],
        ["switches protocols", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", 403],
        ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n", 403],
        ["says no in chunks", "HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 401],
    ] as const) {
        it(`is answered with ${status} by a provider that ${what}`, async () => {
            provider = await backend((socket) => {
                socket.once("data", () => socket.end(answer));
            });
            const { port } = await start(provider.port);
            const client = new RawClient(port);
            assert.equal((await client.get("/a").response()).status, status);
            await client.close();
        });
    }

    it("ends in time where a provider hangs, and closes the connection to it", async () => {
        const gone = signal();
        provider = await backend((socket) => void socket.resume().on("end", gone.give).on("close", gone.give));
        const { port } = await start(provider.port, { timeoutMs: 30, statusOnError: 503 });
        const client = new RawClient(port);
        assert.equal((await client.get("/a").response()).status, 503);
        await gone.given;
        await client.close();
    });

    it("is given up with its client", async () => {
        const [asked, gone] = [signal(), signal()];
        provider = await backend((socket) => {
            socket.on("data", asked.give);
            socket.on("end", gone.give).on("close", gone.give);
        });
        const { port, recorded } = await start(provider.port);
        const client = new RawClient(port).get("/a");
        await asked.given;
        await client.close();
        const [record] = await recorded(1);
        assert.equal(record?.flags, "DC");
        await gone.given;
    });

    it("carries a body to both, and 413 where it is too long", async () => {
        let seen = "";
        provider = await backend((socket) => {
            socket.on("data", (part) => {
                seen += part.toString("latin1");
                if (seen.endsWith("abcdefgh")) socket.write(OK);
            });
        });
        const { port } = await start(provider.port, { body: { maxBytes: 8, allowPartial: false } });
        const client = new RawClient(port);
        client.send("POST /a HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n").send("4\r\nefgh\r\n0\r\n\r\n");
        await client.until(/\r\n\r\n/);
        await client.until(/"body":"abcdefgh"/);
        assert.match(seen, /content-length: 8\r\n/);
        await client.close();
        const other = new RawClient(port).send("POST /a HTTP/1.1\r\nhost: web.test\r\ncontent-length: 9\r\n\r\nabcdefghi");
        assert.equal((await other.response()).status, 413);
        await other.close();
    });

    it("is made before a WebSocket is opened", async () => {
        provider = await backend((socket) => {
            socket.on("data", (part) => socket.write(part.includes("x-in: good") ? OK : "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"));
        });
        const upgraded = await backend((socket) => {
            socket.once("data", () => {
                socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
                socket.on("data", (part) => socket.write(part));
            });
        });
        const set = {
            clusters: [cluster("c"), cluster("auth")],
            endpoints: [endpoints("c", upgraded.port), endpoints("auth", provider.port)],
        };
        proxy = await startProxy(
            guarded([[httpProvider({ includeRequestHeaders: ["x-in"], body: { maxBytes: 9, allowPartial: false } })]], set),
        );
        const upgrade = ["connection: upgrade", "upgrade: websocket"];
        const denied = new RawClient(proxy.port).get("/ws", "web.test", ...upgrade);
        assert.equal((await denied.response()).status, 403);
        await denied.close();
        const client = new RawClient(proxy.port).get("/ws", "web.test", "x-in: good", ...upgrade);
        await client.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
        client.send("hello there, this is longer");
        await client.until(/hello there, this is longer/);
        await client.close();
        await upgraded.close();
    });

    it("is one for each of many requests at once, and mixes none of them up", async () => {
        const login = http.createServer((request, response) => {
            const user = /\d+/.exec(request.url ?? "")?.[0] ?? "";
            setImmediate(() => response.writeHead(Number(user) % 3 === 0 ? 403 : 200, { "x-auth-request-user": user }).end());
        });
        try {
            const { port } = await start(await listening(login), { headersToUpstreamOnAllow: ["x-auth-request-user"] });
            await Promise.all(
                Array.from({ length: 200 }, async (_none, at) => {
                    const client = new RawClient(port);
                    const { status, body } = await client.get(`/${at}`).response();
                    assert.equal(status, at % 3 === 0 ? 403 : 200);
                    if (status === 200) assert.equal((JSON.parse(body) as { user: string }).user, String(at));
                    await client.close();
                }),
            );
        } finally {
            login.close();
            login.closeAllConnections();
        }
    });
});
