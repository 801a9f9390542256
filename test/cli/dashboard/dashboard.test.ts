/** `gatehouse dashboard`: where the page is, how a pod's is reached, and what is said when nobody answers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { dashboard, openBrowser } from "../../../cli/dashboard";
import { forwardLoopback } from "../../../cli/dashboard/forward";
import type { Terminal } from "../../../cli/terminal";
import { startAdminServer, type SideServer } from "../../../proxy/admin";
import { ADMIN_VIEW } from "../../support/admin-view";
import { eventually } from "../../support/eventually";
import { servePortForwards } from "../../support/port-forwards";

class Said implements Terminal {
    readonly printed: string[] = [];
    readonly others: string[] = [];
    print(text: string): void {
        this.printed.push(text);
    }
    progress(text: string): void {
        this.others.push(text);
    }
    finding(): void {}
    fault(text: string): void {
        this.others.push(text);
    }
    style(_style: unknown, text: string): string {
        return text;
    }
}

async function connected(address: string): Promise<net.Socket> {
    const [host, port] = address.split(":");
    const socket = net.connect({ host: host!, port: Number(port) });
    await once(socket, "connect");
    return socket;
}

describe("gatehouse dashboard", () => {
    let server: SideServer;
    let dir: string;
    let browser: string;
    let shownIn: string;
    before(() => {
        dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-dashboard-"));
        browser = path.join(dir, "browser");
        shownIn = path.join(dir, "shown");
        writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > ${shownIn}\n`);
        chmodSync(browser, 0o755);
    });
    after(() => rmSync(dir, { recursive: true, force: true }));
    beforeEach(async () => {
        server = await startAdminServer("127.0.0.1:0", ADMIN_VIEW);
        rmSync(shownIn, { force: true });
    });
    afterEach(() => server.close());

    it("prints the address of a proxy that is here, and ends", async () => {
        const said = new Said();
        const admin = `http://${server.address}`;
        assert.equal(await dashboard({ admin: [admin], adminPort: 15_000, open: false }, said, new Promise(() => undefined)), 0);
        assert.deepEqual(said.printed, [`${admin}  ${admin}/`]);
    });

    it("names who does not answer, or is something else, before a browser does", async () => {
        const free = server.address;
        server.close();
        await assert.rejects(
            dashboard({ admin: [free], adminPort: 15_000, open: true }, new Said(), Promise.resolve()),
            /no proxy answers/,
        );
        const other = http.createServer((_request, response) => response.writeHead(404).end("no")).listen(0, "127.0.0.1");
        await once(other, "listening");
        const { port } = other.address() as net.AddressInfo;
        await assert.rejects(
            dashboard({ admin: [`127.0.0.1:${port}`], adminPort: 15_000, open: true }, new Said(), Promise.resolve()),
            /is it the admin server of a gatehouse proxy/,
        );
        other.close();
    });

    it("opens the browser that somebody has, and says why where there is none", async () => {
        assert.equal(await openBrowser("http://127.0.0.1:1/", { BROWSER: browser }), "");
        await eventually(() => assert.ok(existsSync(shownIn) && readFileSync(shownIn, "utf8") === "http://127.0.0.1:1/"));
        assert.match(await openBrowser("http://127.0.0.1:1/", { BROWSER: path.join(dir, "nothing") }), /can't be run: ENOENT/);
        const failing = path.join(dir, "failing");
        writeFileSync(failing, "#!/bin/sh\nexit 3\n");
        chmodSync(failing, 0o755);
        assert.match(await openBrowser("http://127.0.0.1:1/", { BROWSER: failing }), /ended with 3/);
    });

    it("leads a port of this machine to a proxy elsewhere, connection by connection", async () => {
        const faults: string[] = [];
        const forward = await forwardLoopback(
            async () => connected(server.address),
            (reason) => faults.push(reason),
        );
        try {
            const page = await fetch(forward.url, { headers: { accept: "text/html" } });
            assert.equal(page.status, 200);
            assert.match(await page.text(), /<title>Gatehouse<\/title>/);
            assert.equal((await fetch(`${forward.url}page/overview`)).status, 200);
            assert.deepEqual(faults, []);
        } finally {
            forward.close();
        }
    });

    it("says why a connection there failed, and closes the one here", async () => {
        const faults: string[] = [];
        const forward = await forwardLoopback(
            async () => Promise.reject(new Error("pod a/b is gone")),
            (reason) => faults.push(reason),
        );
        await assert.rejects(fetch(forward.url));
        assert.deepEqual(faults, ["pod a/b is gone"]);
        forward.close();
    });

    it("shows the page of a pod, and of each pod of a gateway, through the API server for as long as it runs", async () => {
        const pod = (name: string) => ({ metadata: { namespace: "ns", name }, status: { phase: "Running" } });
        const api = http.createServer((request, response) => {
            const isList = (request.url ?? "").includes("labelSelector");
            response
                .writeHead(200, { "content-type": "application/json" })
                .end(JSON.stringify(isList ? { items: [pod("one"), pod("two")] } : pod("one")));
        });
        api.listen(0, "127.0.0.1");
        await once(api, "listening");
        const forwards = servePortForwards(api, "ports");
        const kubeconfig = path.join(dir, "kubeconfig");
        const cluster = { server: `http://127.0.0.1:${(api.address() as net.AddressInfo).port}` };
        writeFileSync(
            kubeconfig,
            JSON.stringify({
                "current-context": "c",
                contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
                clusters: [{ name: "c", cluster }],
                users: [{ name: "u", user: {} }],
            }),
        );
        const adminPort = Number(server.address.split(":")[1]);
        const choices = [{ pod: { namespace: "ns", name: "one" } }, { gateway: { namespace: "ns", name: "public" } }];
        try {
            for (const [at, choice] of choices.entries()) {
                const said = new Said();
                let end: () => void = () => undefined;
                const ended = new Promise<void>((resolve) => (end = resolve));
                const running = dashboard({ ...choice, kubeconfig, adminPort, open: false }, said, ended);
                await eventually(() => assert.ok(said.others.includes("Ctrl-C ends it.")));
                assert.equal(said.printed.length, at + 1);
                for (const line of said.printed) {
                    const [, url = ""] = line.split("  ");
                    const page = await fetch(url, { headers: { accept: "text/html" } });
                    assert.match(await page.text(), /<title>Gatehouse<\/title>/, line);
                    assert.equal((await fetch(`${url}page/overview`)).status, 200, line);
                }
                end();
                assert.equal(await running, 0);
                await assert.rejects(fetch(said.printed[0]!.split("  ")[1]!));
            }
        } finally {
            forwards.close();
            api.close();
            api.closeAllConnections();
        }
    });
});
