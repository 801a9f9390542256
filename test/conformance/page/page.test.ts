/** The page of a proxy in a real browser: what it shows, to whom, and what it never shows. */
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { after, afterEach, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { findChromium, startChromium } from "../../support/chromium";
import { startPageStage, SEEDED, type PageStage } from "../../support/page-stage";
import { EventReader } from "../../support/event-reader";
import { skipWithout } from "../../support/tools";

const VIEWS = [
    "overview",
    "gateways",
    "hosts",
    "routes",
    "endpoints",
    "certificates",
    "picture",
    "refusals",
    "findings",
    "changes",
    "tail",
    "explain",
] as const;

describe("the page in a browser", function () {
    this.timeout(60_000);
    let browser: Browser;
    let stage: PageStage;
    let context: BrowserContext | undefined;

    before(async function () {
        const file = findChromium() ?? skipWithout(this, "the page in a browser", "chromium (Debian's package, or GATEHOUSE_CHROMIUM)");
        [browser, stage] = await Promise.all([startChromium(file), startPageStage()]);
    });
    after(async () => {
        await Promise.all([browser?.close(), stage?.stop()]);
    });
    afterEach(async () => {
        await context?.close();
        context = undefined;
    });

    interface Opened {
        readonly page: Page;
        readonly faults: string[];
        readonly urls: string[];
        readonly bodies: string[];
    }

    async function open(view: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Opened> {
        await context?.close();
        context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        const page = await context.newPage();
        const opened: Opened = { page, faults: [], urls: [], bodies: [] };
        page.on("console", (message) => {
            if (message.type() === "error" || message.type() === "warning") opened.faults.push(message.text());
        });
        page.on("pageerror", (error) => opened.faults.push(String(error)));
        page.on("request", (request) => opened.urls.push(request.url()));
        page.on("response", (response) => {
            if (response.url().includes("/tail")) return;
            void response.text().then(
                (text) => opened.bodies.push(text),
                () => undefined,
            );
        });
        await page.goto(`${stage.admin}/#/${view}`);
        await shown(page);
        return opened;
    }

    /** In the page, where its own policy lets nothing be evaluated that is text. */
    async function holds(page: Page, expression: string): Promise<void> {
        await eventually(async () => assert.ok(await page.evaluate(expression), expression));
    }

    async function shown(page: Page): Promise<void> {
        await holds(
            page,
            `document.querySelector("#connection").textContent.startsWith("Connect") && document.querySelector("main h1[tabindex]") !== null`,
        );
    }

    async function go(page: Page, view: string): Promise<void> {
        await page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
        await holds(page, `document.querySelector('nav a[aria-current][href^="#/${view.split("?")[0]}"]') !== null`);
    }

    const text = async (page: Page): Promise<string> => page.locator("main").innerText();
    const has = async (page: Page, wanted: string): Promise<void> => page.getByText(wanted).first().waitFor({ timeout: 10_000 });

    it("says what is served, to whom, and what is wrong, under a policy that lets it load nothing else", async () => {
        assert.deepEqual([await stage.request("/"), await stage.request("/admin/x")], [200, 403]);
        const { page, faults, urls } = await open("overview");
        await has(page, "This proxy is ready.");
        await has(page, "edge/no-admin");
        await has(page, "kubernetes://edge/shop-tls");
        const wanted: Readonly<Record<string, readonly string[]>> = {
            gateways: ["Gateway edge/public", "HTTPS, SIMPLE"],
            hosts: ["shop.example.com", "api.example.com", "4 days left"],
            routes: ["web.shop.svc.cluster.local:80", "redirect with 301", "/door*, header x-door"],
            endpoints: ["web.shop.svc.cluster.local", "healthy", "127.0.0.1:"],
            certificates: ["kubernetes://edge/shop-tls", "4 days left"],
            refusals: ["edge/no-admin", "denied"],
            findings: ["VirtualService shop/api"],
            changes: ["everything, for the first time"],
        };
        for (const [view, texts] of Object.entries(wanted)) {
            await go(page, view);
            for (const one of texts) await has(page, one);
        }
        await go(page, "picture?host=" + encodeURIComponent(await hostKey("shop.example.com")));
        await page.locator("svg.picture .good").first().waitFor();
        assert.match((await page.locator("svg.picture").textContent())!, /Gateway edge\/public/);
        assert.deepEqual(faults, []);
        assert.deepEqual(
            urls.filter((url) => !url.startsWith(`${stage.admin}/`) && !url.startsWith("data:")),
            [],
        );
    });

    async function hostKey(host: string): Promise<string> {
        const { rows } = (await (await fetch(`${stage.admin}/page/hosts?search=${host}`)).json()) as { rows: { key: string }[] };
        return rows[0]!.key;
    }

    it("shows rates and latencies of routes while requests come", async () => {
        const { page } = await open("routes?search=shop.example.com");
        await has(page, "redirect with 301");
        for (let n = 0; n < 20; n++) await stage.request(n % 2 === 0 ? "/" : "/broken");
        const isBusy = `[...document.querySelectorAll("main tbody tr")].some((row) => {
            const cells = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
            return Number(cells[3]) > 0 && Number(cells[4]) > 0 && /ms|s$/.test(cells[5]);
        })`;
        await eventually(async () => assert.ok(await page.evaluate(isBusy)));
        assert.ok((await page.locator("main svg.spark polyline").first().getAttribute("points"))!.includes(","));
    });

    it("names what a change brought and what was rejected, with object and reason", async () => {
        const { page } = await open("changes");
        await has(page, "everything, for the first time");
        stage.write(
            "late.yaml",
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: late, namespace: shop }\nspec:\n  hosts: [late.example.com]\n  gateways: [edge/public]\n  http: [{ redirect: { uri: / } }]\n",
        );
        await has(page, "VirtualService shop/late");
        stage.write(
            "bad.yaml",
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: bad, namespace: edge }\nspec:\n  servers: [{ port: { number: 99999, name: http, protocol: HTTP }, hosts: ['*'] }]\n",
        );
        await has(page, "Gateway edge/bad");
        stage.write("bad.yaml", "");
        await has(page, "resolved");
        stage.write("late.yaml", "");
    });

    it("shows requests as they end, as text whatever is in them, by a filter that is kept in the address", async () => {
        const { page, faults } = await open("tail");
        await has(page, "Watching.");
        const hostile = "/<img%20src=x%20onerror=alert(1)>?q=%3Cscript%3E";
        const until = async (path: string, wanted: string): Promise<void> => {
            for (let n = 0; (await page.getByText(wanted).count()) === 0; n++) {
                assert.ok(n < 100, `${wanted} is not shown`);
                await stage.request(path);
                await page.waitForTimeout(100);
            }
        };
        await until(hostile, "onerror");
        assert.equal(await page.locator("main img, main script").count(), 0);
        await page.locator(".tail summary").first().click();
        await has(page, "response_code_details");
        await page.getByLabel("Filter").fill("response.code == 403");
        await page.getByRole("button", { name: "Watch" }).click();
        await page.getByRole("button", { name: "Clear" }).click();
        await has(page, "Watching.");
        await until("/admin/filtered", "/admin/filtered");
        await stage.request("/not-filtered");
        await page.waitForTimeout(500);
        assert.doesNotMatch(await text(page), /not-filtered/);
        assert.match(page.url(), /filter=response\.code/);
        await page.getByLabel("Filter").fill("response.code >=");
        await page.getByRole("button", { name: "Watch" }).click();
        await has(page, "it ends where a value should be");
        assert.deepEqual(
            faults.filter((fault) => !fault.includes("400")),
            [],
        );
    });

    it("says when too many watch already, and goes on when there is room again", async () => {
        const readers = await Promise.all(Array.from({ length: 32 }, async () => EventReader.open(`${stage.admin}/tail`)));
        const { page } = await open("tail");
        await has(page, "32 watch already");
        assert.equal(await stage.request("/"), 200);
        await Promise.all(readers.map(async (one) => one.close()));
        await has(page, "Watching.");
    });

    it("explains a request step by step, from an address that can be passed on and has no password", async () => {
        const { page } = await open("explain");
        await page.getByLabel("URL").fill(`http://shop.example.com:${stage.httpPort}/old?x=1&token=${SEEDED.bearer}`);
        await page.getByLabel("Headers").fill(`authorization: Bearer ${SEEDED.bearer}\nx-user: jason`);
        await page.getByRole("button", { name: "Explain" }).click();
        await has(page, "Outcome: redirect");
        await has(page, "VirtualService shop/shop");
        assert.match(page.url(), /x-user/);
        assert.match(page.url(), /x%3D1/);
        assert.doesNotMatch(page.url(), /seeded|authorization|token/i);
        const again = page.url();
        await page.goto("about:blank");
        await page.goto(again);
        await has(page, "Outcome: redirect");
        await page.getByLabel("URL").fill("nonsense");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.locator("main .fault:not([hidden])").waitFor();
    });

    it("never shows or is sent a key, a password or the value of a header that may be one", async () => {
        const { page, bodies } = await open("overview");
        await stage.request("/door", { "x-door": SEEDED.header, authorization: `Bearer ${SEEDED.bearer}`, cookie: SEEDED.hash });
        let seen = "";
        for (const view of VIEWS) {
            await go(page, view);
            await page.waitForTimeout(300);
            if (view === "tail") {
                await stage.request(`/door?token=${SEEDED.bearer}&${SEEDED.hash}`, {
                    "x-door": SEEDED.header,
                    authorization: `Bearer ${SEEDED.bearer}`,
                    "x-password": SEEDED.queryOfPolicy,
                });
                await page.locator(".tail summary").first().click();
            }
            if (view === "explain") {
                await go(
                    page,
                    `explain?url=${encodeURIComponent(`http://shop.example.com:${stage.httpPort}/door`)}&header=x-door%3A+other`,
                );
                await has(page, "secret-door");
            }
            seen += await page.content();
        }
        assert.ok(bodies.length > VIEWS.length);
        for (const secret of stage.secrets) {
            assert.ok(!seen.includes(secret), `${secret} is shown`);
            assert.ok(!bodies.some((body) => body.includes(secret)), `${secret} is sent`);
        }
        assert.doesNotMatch(seen + bodies.join(""), /PRIVATE KEY/);
    });

    it("is for everybody: names, contrast, headings and landmarks, in both schemes and at both widths", async () => {
        const axe = require.resolve("axe-core");
        for (const [colorScheme, width] of [
            ["light", 1280],
            ["dark", 1280],
            ["light", 390],
            ["dark", 390],
        ] as const) {
            const { page } = await open("overview", { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
            await page.addScriptTag({ path: axe });
            for (const view of VIEWS) {
                await go(page, view);
                await page.waitForTimeout(250);
                const [violations, beyond] = (await page.evaluate(
                    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => [
                        violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).slice(0, 3).join(" | ")),
                        document.documentElement.scrollWidth - window.innerWidth,
                    ])`,
                )) as [string[], number];
                assert.deepEqual(violations, [], `${view} ${colorScheme}`);
                assert.ok(beyond <= 0, `${view} is ${beyond} px wider than ${width}`);
            }
        }
    });

    it("sorts its tables by the heads of their columns, which say how, with the keyboard too", async () => {
        const { page } = await open("hosts");
        await has(page, "shop.example.com");
        const hosts = (): Promise<string[]> => page.locator("td[data-title=Host]").allTextContents();
        const [head, button] = [page.getByRole("columnheader", { name: "Host" }), page.getByRole("button", { name: "Host" })];
        const given = await hosts();
        assert.equal(await head.getAttribute("aria-sort"), "none");
        const upwards = given.toSorted(new Intl.Collator("en", { numeric: true }).compare);
        for (const [said, wanted] of [
            ["ascending", upwards],
            ["descending", upwards.toReversed()],
            ["none", given],
        ] as const) {
            await button.focus();
            await page.keyboard.press("Enter");
            await eventually(async () => assert.deepEqual([await head.getAttribute("aria-sort"), await hosts()], [said, wanted]));
        }
        await button.click();
        assert.match(page.url(), /sort=host/);
        await page.reload();
        await eventually(async () => assert.deepEqual([await head.getAttribute("aria-sort"), await hosts()], ["ascending", upwards]));
        await page.setViewportSize({ width: 390, height: 900 });
        await page.getByLabel("Sort by").selectOption("host descending");
        await eventually(async () => assert.deepEqual(await hosts(), upwards.toReversed()));
    });

    it("is reached by the keyboard alone, and shows where that is", async () => {
        const { page } = await open("hosts");
        await has(page, "shop.example.com");
        const reached: string[] = [];
        await page.evaluate("document.activeElement.blur()");
        for (let n = 0; n < 40; n++) {
            await page.keyboard.press("Tab");
            const [name, outline] = (await page.evaluate(
                `[document.activeElement.tagName + " " + document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]`,
            )) as [string, string];
            if (name.startsWith("BODY")) break;
            reached.push(name);
            assert.notEqual(outline, "none", name);
        }
        for (const wanted of ["A Skip to the content", "A Live requests", "A shop.example.com"])
            assert.ok(reached.includes(wanted), wanted);
        assert.ok(reached.some((one) => one.startsWith("SELECT")) && reached.some((one) => one.startsWith("INPUT")));
        await page.getByRole("link", { name: "Routes", exact: true }).first().focus();
        await page.keyboard.press("Enter");
        await holds(page, `document.activeElement.tagName === "H1" && document.activeElement.textContent === "Routes"`);
    });

    it("has the colours of the system unless somebody chose others, and keeps that choice", async () => {
        const ground = async (page: Page): Promise<string> => page.evaluate("getComputedStyle(document.body).backgroundColor");
        const { page } = await open("overview", { colorScheme: "dark" });
        assert.equal(await ground(page), "rgb(14, 17, 22)");
        await page.getByLabel("Colours").selectOption("light");
        assert.equal(await ground(page), "rgb(255, 255, 255)");
        await page.reload();
        await shown(page);
        assert.equal(await ground(page), "rgb(255, 255, 255)");
    });
});
