/** What the page is served with, and what it is told: parts of lists, searched here, of any size. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { finding } from "../../../istio/findings";
import { startAdminServer, type AdminView, type SideServer } from "../../../proxy/admin";
import type { Overview, Part, Picture, RouteRow } from "../../../proxy/admin/page/rows";
import { ADMIN_VIEW } from "../../support/admin-view";
import { makeAuthority } from "../../support/certificates";
import { manyHosts } from "../../support/many-hosts";

const HOSTS = 300;

describe("the page at the admin server", () => {
    let server: SideServer;
    let asked = 0;
    before(async () => {
        const ca = await makeAuthority();
        const many = manyHosts(HOSTS, await ca.issue({ dns: ["many.example.com"] }));
        const view: AdminView = {
            ...ADMIN_VIEW,
            ...many,
            findings: [finding("GH0486", {}, "a worker fails"), { ...finding("GH0485", {}, "a filter"), level: "Warning" }],
            stats: async () => {
                asked++;
                return many.stats();
            },
        };
        server = await startAdminServer("127.0.0.1:0", view);
    });
    after(() => server.close());

    const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
        fetch(`http://${server.address}${path}`, { headers });
    const json = async <Answer>(path: string): Promise<Answer> => (await (await get(path)).json()) as Answer;

    it("is for browsers, and is told to load and ask nothing but itself; all others get the list of routes", async () => {
        const page = await get("/", { accept: "text/html,application/xhtml+xml" });
        assert.match(page.headers.get("content-type")!, /text\/html/);
        const policy = page.headers.get("content-security-policy")!;
        for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
            assert.ok(policy.split("; ").includes(rule), rule);
        assert.doesNotMatch(policy, /unsafe|\*|http/);
        assert.equal(page.headers.get("x-content-type-options"), "nosniff");
        const html = await page.text();
        for (const [, file] of html.matchAll(/(?:src|href)="(page\/[^"]+)"/g)) assert.equal((await get(`/${file}`)).status, 200, file);
        assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\son\w+=|https?:\/\/(?!www\.w3\.org)/);
        for (const accept of ["*/*", "application/json"]) assert.match(await (await get("/", { accept })).text(), /^GET \/ready/);
    });

    it("has a program that writes no markup and asks no other server", async () => {
        const program = await (await get("/page/page.js")).text();
        assert.doesNotMatch(program, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
        assert.doesNotMatch(program, /https?:\/\/(?!www\.w3\.org\/2000\/svg|shop\.example\.com)/);
    });

    it("sorts the whole of a list by any field of its rows, either way, and leaves it as it is for a field that there is not", async () => {
        const hosts = async (more: string): Promise<string[]> =>
            (await json<Part<{ readonly host: string }>>(`/page/hosts?count=3${more}`)).rows.map(({ host }) => host);
        assert.deepEqual(await hosts("&sort=host"), ["h0.example.com", "h1.example.com", "h2.example.com"], "numbers as numbers");
        assert.deepEqual(await hosts("&sort=host&order=descending"), ["h299.example.com", "h298.example.com", "h297.example.com"]);
        assert.deepEqual(await hosts("&sort=host&from=298"), ["h298.example.com", "h299.example.com"]);
        for (const field of ["nothing", "__proto__", "constructor", "toString"])
            assert.deepEqual(await hosts(`&sort=${field}`), await hosts(""), field);
        for (const field of ["certificates", "ports", "routes"]) assert.equal((await hosts(`&sort=${field}`)).length, 3, field);
        const { rows } = await json<Part<RouteRow>>("/page/routes?sort=figures&order=descending&count=200");
        const counts = rows.map(({ figures }) => figures?.requests ?? -1);
        assert.deepEqual(
            counts,
            counts.toSorted((a, b) => b - a),
        );
    });

    it("tells a part of each list, and how long the whole is", async () => {
        for (const name of ["gateways", "hosts", "routes", "endpoints", "certificates"]) {
            const { total, from, rows } = await json<Part<unknown>>(`/page/${name}`);
            assert.deepEqual([total, from, rows.length], [HOSTS, 0, 50], name);
            const last = await json<Part<unknown>>(`/page/${name}?from=290&count=1000`);
            assert.deepEqual([last.from, last.rows.length], [290, 10], name);
            const beyond = await json<Part<unknown>>(`/page/${name}?from=99999&count=-1`);
            assert.deepEqual([beyond.from, beyond.rows.length], [HOSTS - 1, 1], name);
            assert.ok((await json<Part<unknown>>(`/page/${name}?count=100000`)).rows.length <= 200, name);
        }
    });

    it("finds by every word, and makes no rows of what is not asked for", async () => {
        const { total, rows } = await json<Part<RouteRow>>("/page/routes?search=H123.EXAMPLE%20host-123");
        assert.deepEqual([total, rows[0]!.host, rows[0]!.figures!.requests], [1, "h123.example.com", 123]);
        assert.equal((await json<Part<RouteRow>>("/page/routes?search=h123%20nothing")).total, 0);
    });

    it("says what stands first, errors before all others, and draws one host", async () => {
        const overview = await json<Overview>("/page/overview");
        assert.deepEqual(
            [overview.standing, overview.counts.hosts, overview.findings.Warning, overview.expiring.length],
            ["ready", HOSTS, 1, 5],
        );
        const findings = await json<Part<{ level: string }>>("/page/findings");
        assert.deepEqual(
            findings.rows.map(({ level }) => level),
            ["Error", "Warning"],
        );
        const picture = await json<Picture>(`/page/picture?host=${encodeURIComponent("https.443.7 h7.example.com")}`);
        assert.deepEqual(picture.nodes.map(({ column }) => column).sort(), ["endpoint", "gateway", "host", "route", "service"]);
        assert.equal(picture.edges.length, 4);
        assert.equal((await get("/page/picture?host=nobody")).status, 404);
    });

    it("asks the workers once for all who look at the same time", async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_050));
        asked = 0;
        await Promise.all(Array.from({ length: 20 }, async () => json("/page/routes")));
        assert.ok(asked <= 2, String(asked));
    });
});
