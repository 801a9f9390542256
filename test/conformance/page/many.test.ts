/** The page of a proxy with ten thousand hosts, of one that goes away, and in a thousand tabs. */
import assert from "node:assert/strict";
import http from "node:http";
import type { Browser } from "playwright-core";
import { after, before, describe, it } from "mocha";
import { startAdminServer, type AdminView, type SideServer } from "../../../proxy/admin";
import { ADMIN_VIEW } from "../../support/admin-view";
import { makeAuthority } from "../../support/certificates";
import { findChromium, startChromium } from "../../support/chromium";
import { manyHosts } from "../../support/many-hosts";
import { skipWithout } from "../../support/tools";

/** On a connection of its own; 0: it was closed for others. */
async function statusOf(url: string): Promise<number> {
    return new Promise((resolve) => {
        http.get(url, { agent: false }, (response) => response.resume().on("close", () => resolve(response.statusCode ?? 0))).on(
            "error",
            () => resolve(0),
        );
    });
}

const HOSTS = 10_000;
const FIRST_PAINT_MS = 1_000;
const MOST_BYTES = 50 * 1024 * 1024;

describe("the page of a busy proxy", function () {
    this.timeout(60_000);
    let browser: Browser;
    let view: AdminView;
    before(async function () {
        const file = findChromium() ?? skipWithout(this, "the page of a busy proxy", "chromium (Debian's package, or GATEHOUSE_CHROMIUM)");
        const ca = await makeAuthority();
        const leaf = await ca.issue({ dns: ["many.example.com"] });
        view = { ...ADMIN_VIEW, ...manyHosts(HOSTS, leaf) };
        browser = await startChromium(file);
    });
    after(async () => browser?.close());

    it("is painted within a second of ten thousand hosts, and holds little", async () => {
        const server = await startAdminServer("127.0.0.1:0", view);
        const page = await browser.newPage();
        try {
            let received = 0;
            page.on(
                "response",
                (response) =>
                    void response.body().then(
                        ({ length }) => (received += length),
                        () => undefined,
                    ),
            );
            // A checkout makes the page's program when it is first asked for; in the package it is there.
            await page.goto(`http://${server.address}/`);
            for (const name of ["overview", "hosts", "routes", "endpoints", "certificates"]) {
                const paints: number[] = [];
                // Of three, for a machine that others use: the page paints the same each time.
                for (let n = 0; n < 3; n++) {
                    await page.goto("about:blank");
                    await page.goto(`http://${server.address}/#/${name}`);
                    await page
                        .locator(name === "overview" ? "dl.cards a" : "main tbody tr")
                        .first()
                        .waitFor();
                    await page.getByText("10,000").first().waitFor();
                    paints.push(
                        (await page.evaluate(`performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity`)) as number,
                    );
                }
                assert.ok(Math.min(...paints) < FIRST_PAINT_MS, `${name}: first paint after ${paints.join(", ")} ms`);
            }
            await page.goto(`http://${server.address}/#/hosts?search=h9999`);
            await page.getByText("h9999.example.com").first().waitFor();
            const heap = (await page.evaluate("performance.memory.usedJSHeapSize")) as number;
            assert.ok(heap < MOST_BYTES, `${heap} bytes of heap`);
            assert.ok(received < 2 * 1024 * 1024, `${received} bytes were sent`);
        } finally {
            await page.close();
            server.close();
        }
    });

    it("says that the proxy is away, and that it is there again", async () => {
        let server: SideServer = await startAdminServer("127.0.0.1:0", view);
        const { address } = server;
        const page = await browser.newPage();
        try {
            await page.goto(`http://${address}/#/overview`);
            await page.getByText("This proxy is ready.").waitFor();
            server.close();
            await page.locator("#connection.away").getByText("The proxy does not answer").waitFor();
            server = await startAdminServer(address, view);
            await page.locator("#connection").getByText("Connected again").waitFor();
        } finally {
            await page.close();
            server.close();
        }
    });

    it("asks the workers once for a thousand tabs", async () => {
        let asked = 0;
        const counting: AdminView = {
            ...view,
            stats: async () => {
                asked++;
                return view.stats();
            },
        };
        const server = await startAdminServer("127.0.0.1:0", counting);
        try {
            const all = await Promise.all(Array.from({ length: 1_000 }, async () => statusOf(`http://${server.address}/page/overview`)));
            assert.ok(all.includes(200));
            assert.ok(asked < 30, `${asked} times`);
            assert.equal((await fetch(`http://${server.address}/ready`)).status, 200);
        } finally {
            server.close();
        }
    });
});
