/** Whom the admin server answers: everybody on this machine but the web pages that a browser shows there. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, it } from "mocha";
import { startAdminServer, type SideServer } from "../../../proxy/admin";
import { ADMIN_ROUTES } from "../../../proxy/admin/admin-routes";
import { refusalOf } from "../../../proxy/admin/guard";
import { ADMIN_VIEW } from "../../support/admin-view";

/** What browsers send with a link that was followed. */
const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("the guard of the admin server", () => {
    let server: SideServer;
    before(async () => {
        server = await startAdminServer("127.0.0.1:0", ADMIN_VIEW);
    });
    after(() => server.close());

    async function ask(path: string, headers: http.OutgoingHttpHeaders, method = "GET"): Promise<http.IncomingMessage & { body: string }> {
        const [host, port] = server.address.split(":");
        return new Promise((resolve, reject) => {
            http.request({ host, port, path, method, headers, agent: false }, (response) => {
                let body = "";
                response
                    .setEncoding("utf8")
                    .on("data", (part: string) => (body += part))
                    .on("end", () => resolve(Object.assign(response, { body })));
            })
                .on("error", reject)
                .end();
        });
    }

    it("refuses what another origin asks, on every route and by every method", async () => {
        const foreign: readonly Readonly<Record<string, string>>[] = [
            { origin: "http://evil.test" },
            { origin: "null" },
            { origin: "" },
            { origin: "http://127.0.0.1:1" },
            { origin: `https://${server.address}` },
            { origin: `http://${server.address}.evil.test` },
            { origin: "http://localhost" },
            { "sec-fetch-site": "cross-site" },
            { "sec-fetch-site": "same-site" },
            { "sec-fetch-site": "anything" },
            { "sec-fetch-site": "cross-site", origin: `http://${server.address}` },
            { "sec-fetch-site": "same-origin", origin: "http://evil.test" },
        ];
        for (const path of ["/", "/nothing", ...ADMIN_ROUTES.map((one) => one.path)])
            for (const method of ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
                for (const headers of foreign)
                    assert.match(
                        refusalOf({ method, path, headers: { host: server.address, ...headers } }, "/") ?? "",
                        /another origin/,
                        `${method} ${path} ${JSON.stringify(headers)}`,
                    );
        for (const headers of foreign) {
            const { statusCode, headers: got, body } = await ask("/stats", headers, "POST");
            assert.equal(statusCode, 403, JSON.stringify(headers));
            assert.equal(got["access-control-allow-origin"], undefined);
            assert.match(body, /another origin/);
        }
    });

    it("answers its own page, a person who types the address, and whoever is no browser", async () => {
        const own: readonly http.OutgoingHttpHeaders[] = [
            {},
            { origin: `http://${server.address}` },
            { origin: `http://${server.address}`, "sec-fetch-site": "same-origin" },
            { "sec-fetch-site": "none", ...NAVIGATION },
            { host: "localhost:8080", origin: "http://localhost:8080", "sec-fetch-site": "same-origin" },
            { host: "LOCALHOST:8080", origin: "http://localhost:8080" },
            { host: "[::1]:8080", origin: "http://[::1]:8080" },
        ];
        for (const headers of own) assert.equal((await ask("/ready", headers)).statusCode, 200, JSON.stringify(headers));
    });

    it("lets a link on another site lead to the page, and to nothing else", async () => {
        for (const site of ["cross-site", "same-site"]) {
            const link = { "sec-fetch-site": site, ...NAVIGATION };
            assert.equal((await ask("/", link)).statusCode, 200);
            for (const path of ["/config_dump", "/stats", "/ready", "//"]) assert.equal((await ask(path, link)).statusCode, 403, path);
            assert.equal((await ask("/", link, "POST")).statusCode, 403);
            assert.equal((await ask("/", { ...link, "sec-fetch-dest": "iframe" })).statusCode, 403);
            assert.equal((await ask("/", { ...link, "sec-fetch-mode": "no-cors" })).statusCode, 403);
            assert.equal((await ask("/", { ...link, origin: "null" })).statusCode, 403);
            assert.equal((await ask("/", { ...link, host: "evil.test" })).statusCode, 403);
        }
    });

    it("tells browsers with every answer to guess no type, to frame nothing and to tell nobody where they came from", async () => {
        const asked: readonly (readonly [string, http.OutgoingHttpHeaders])[] = [
            ["/", {}],
            ["/stats", {}],
            ["/nothing", {}],
            ["/explain", {}],
            ["/ready", { host: "evil.test" }],
            ["/ready", { origin: "null" }],
        ];
        for (const [path, headers] of asked) {
            const got = (await ask(path, headers)).headers;
            assert.equal(got["x-content-type-options"], "nosniff", path);
            assert.equal(got["referrer-policy"], "no-referrer", path);
            assert.equal(got["cross-origin-resource-policy"], "same-origin", path);
            assert.match(String(got["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/, path);
        }
    });
});
