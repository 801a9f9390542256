/** Who may pass, from a folder of objects to the answer: real processes, a provider that is asked, a Secret that changes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import bcrypt from "bcryptjs";
import { after, before, describe, it } from "mocha";
import pino from "pino";
import { stringify } from "yaml";
import { runProxy, type RunningProxy } from "../../../proxy";
import { freePorts } from "../../../harness/ports";
import { eventually } from "../../support/eventually";
import { bundle, type Bundle } from "../../support/worker-bundle";

const NAMESPACE = "edge";
const HASH = bcrypt.hashSync("sesame", 4);

function object(apiVersion: string, kind: string, name: string, more: object): object {
    return { apiVersion, kind, ...more, metadata: { name, namespace: NAMESPACE, ...(more as { metadata?: object }).metadata } };
}

function policy(name: string, host: string): object {
    return object("security.istio.io/v1", "AuthorizationPolicy", name, {
        spec: { action: "CUSTOM", provider: { name }, rules: [{ to: [{ operation: { hosts: [host, `${host}:*`] } }] }] },
    });
}

describe("a policy that leaves its decision to a provider", function () {
    this.timeout(60_000);
    const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-access-"));
    let worker: Bundle | undefined;
    let proxy: RunningProxy | undefined;
    let provider: http.Server;
    let port = 0;

    const write = (name: string, objects: readonly object[]): void =>
        writeFileSync(path.join(dir, `${name}.yaml`), objects.map((one) => stringify(one)).join("---\n"));
    const passwords = (auth: string): void => write("secret", [object("v1", "Secret", "users", { stringData: { auth } })]);

    before(async () => {
        provider = http.createServer((request, response) =>
            response.writeHead(request.headers.cookie === "session=good" ? 200 : 302, { location: "/login" }).end(),
        );
        provider.listen(0, "127.0.0.1");
        await once(provider, "listening");
        const [free = 0] = await freePorts(1);
        port = free;
        const auth = (provider.address() as AddressInfo).port;
        const mesh = {
            extensionProviders: [
                { name: "login", envoyExtAuthzHttp: { service: "login.test", port: auth, includeRequestHeadersInCheck: ["cookie"] } },
                { name: "staff", gatehouseBasicAuth: { secretName: "users" } },
            ],
        };
        write("all", [
            object("networking.istio.io/v1", "Gateway", "web", {
                spec: { selector: { a: "b" }, servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
            }),
            object("networking.istio.io/v1", "VirtualService", "web", {
                spec: { hosts: ["*"], gateways: ["web"], http: [{ directResponse: { status: 200, body: { string: "in" } } }] },
            }),
            object("networking.istio.io/v1", "ServiceEntry", "login", {
                spec: {
                    hosts: ["login.test"],
                    resolution: "STATIC",
                    ports: [{ number: auth, name: "http", protocol: "HTTP" }],
                    endpoints: [{ address: "127.0.0.1" }],
                },
            }),
            object("v1", "ConfigMap", "own", {
                metadata: { labels: { "gatehouse.dev/mesh-config": "true" } },
                data: { mesh: stringify(mesh) },
            }),
            policy("login", "login.shop.test"),
            policy("staff", "staff.shop.test"),
            policy("nobody", "nobody.shop.test"),
        ]);
        passwords(`ann:${HASH}`);
        worker = bundle({ text: 'import { runWorker } from "./proxy/processes/worker"; runWorker();' });
        proxy = await runProxy({
            source: { kind: "directory", dir },
            namespace: NAMESPACE,
            labels: { a: "b" },
            bind: "127.0.0.1",
            portOffset: 0,
            concurrency: 1,
            admin: "127.0.0.1:0",
            status: "",
            drainSeconds: 0,
            signals: false,
            worker: { file: worker.file, args: [], execArgv: [] },
            log: pino({ level: "silent" }),
        });
        await proxy.ready;
    });
    after(async () => {
        await proxy?.drain({ delayMs: 0, drainMs: 0 });
        worker?.remove();
        provider.close();
        provider.closeAllConnections();
        rmSync(dir, { recursive: true, force: true });
    });

    function ask(host: string, headers: http.OutgoingHttpHeaders = {}): Promise<{ status: number; headers: http.IncomingHttpHeaders }> {
        return new Promise((resolve, reject) => {
            http.get({ host: "127.0.0.1", port, agent: false, headers: { host, ...headers } }, (response) => {
                response.resume();
                resolve({ status: response.statusCode ?? 0, headers: response.headers });
            }).on("error", reject);
        });
    }
    const basic = (password: string): http.OutgoingHttpHeaders => ({
        authorization: `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`,
    });

    it("asks it over HTTP, for the hosts that it is about", async () => {
        const first = await ask("login.shop.test");
        assert.deepEqual([first.status, first.headers.location], [302, "/login"]);
        assert.equal((await ask("login.shop.test:81", { cookie: "session=good" })).status, 200);
        assert.equal((await ask("other.shop.test")).status, 200);
    });

    it("denies what a provider is asked about that is not there, and says so", async () => {
        assert.equal((await ask("nobody.shop.test")).status, 403);
        assert.ok(proxy?.findings().some(({ code, message }) => code === "GH0474" && message.includes('"nobody"')));
    });

    it("compares names and passwords, by the Secret as it is now, and shows no hash", async () => {
        assert.equal((await ask("staff.shop.test")).headers["www-authenticate"], 'Basic realm="Restricted", charset="UTF-8"');
        assert.deepEqual(
            [(await ask("staff.shop.test", basic("sesame"))).status, (await ask("staff.shop.test", basic("wrong"))).status],
            [200, 401],
        );
        const dump = await (await fetch(`http://${proxy?.adminAddress}/config_dump`)).text();
        assert.match(dump, /"staff"/);
        assert.doesNotMatch(dump, /\$2[aby]\$/);
        passwords(`ann:${bcrypt.hashSync("changed", 4)}\nbob:plain-text`);
        await eventually(async () => assert.equal((await ask("staff.shop.test", basic("sesame"))).status, 401));
        assert.equal((await ask("staff.shop.test", basic("changed"))).status, 200);
        const said = (proxy?.findings() ?? []).map(({ code, message }) => `${code} ${message}`).join("\n");
        assert.match(said, /GH0476 Line 2 of auth is not taken/);
        assert.doesNotMatch(said, /plain-text|\$2/);
    });
});
