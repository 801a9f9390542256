/** The pictures of the page in the docs: `UPDATE=1 npx mocha test/conformance/page/shots.test.ts` takes them anew. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { root } from "../../support/checkout";
import { findChromium, startChromium } from "../../support/chromium";
import { startPageStage } from "../../support/page-stage";
import { skipWithout } from "../../support/tools";

const docs = path.join(root, "docs");
const MOST_BYTES = 150 * 1024;
const SHOTS: Readonly<Record<string, { readonly view: string; readonly ready: string; readonly colorScheme: "light" | "dark" }>> = {
    "page-overview.png": { view: "overview", ready: "main svg.spark", colorScheme: "light" },
    "page-picture.png": { view: "picture?host=http.PORT%20shop.example.com", ready: "svg.picture", colorScheme: "dark" },
};

describe("the pictures of the page", function () {
    this.timeout(60_000);

    it("are taken of a proxy that serves", async function () {
        if (!process.env["UPDATE"]) return this.skip();
        const file = findChromium() ?? skipWithout(this, "the pictures of the page", "chromium (Debian's package, or GATEHOUSE_CHROMIUM)");
        const stage = await startPageStage();
        const browser = await startChromium(file);
        try {
            for (const [name, { view, ready, colorScheme }] of Object.entries(SHOTS)) {
                const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 760 } });
                const requests = setInterval(() => void stage.request(Math.random() < 0.1 ? "/admin" : "/"), 50);
                await page.goto(`${stage.admin}/#/${view.replace("PORT", String(stage.httpPort))}`);
                await page.locator(ready).waitFor();
                await page.waitForTimeout(8_000);
                clearInterval(requests);
                await page.screenshot({ path: path.join(docs, name) });
                await page.close();
            }
        } finally {
            await browser.close();
            await stage.stop();
        }
    });

    it("are there, are small, and stand in a page", () => {
        const text = readFileSync(path.join(docs, "observability.md"), "utf8");
        assert.deepEqual(
            readdirSync(docs).filter((name) => name.startsWith("page-")),
            Object.keys(SHOTS),
        );
        for (const name of Object.keys(SHOTS)) {
            assert.ok(statSync(path.join(docs, name)).size < MOST_BYTES, name);
            assert.ok(text.includes(`](${name})`), name);
        }
    });
});
