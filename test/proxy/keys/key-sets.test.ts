/** Keys of issuers, from real servers: what is fetched, what is refused and in which words, and what is kept meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, before, describe, it } from "mocha";
import pino from "pino";
import { fetchKeys, KeySets } from "../../../proxy/keys";
import { runProxy, type RunningProxy } from "../../../proxy";
import type { FetchedKeySet, KeySource } from "../../../proxy/tables";
import { freePorts } from "../../../harness/ports";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { issuer, keySet, type Issuer } from "../../support/tokens";
import { bundle } from "../../support/worker-bundle";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

const closers: (() => void | Promise<unknown>)[] = [];

async function serving(serve: Serve, server: http.Server | https.Server = http.createServer()): Promise<string> {
    server.on("request", serve).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => {
        server.closeAllConnections();
        server.close();
    });
    return `${server instanceof https.Server ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function source(address: string, kind: KeySource["kind"] = "keys", timeoutMs = 5_000): KeySource {
    return { key: address, kind, address, timeoutMs };
}

const failure = (address: string, kind?: KeySource["kind"], timeoutMs?: number): Promise<string> =>
    fetchKeys(source(address, kind, timeoutMs)).then(
        () => assert.fail("it was fetched"),
        (error: Error) => error.message,
    );

describe("keys of issuers", () => {
    let key: Issuer;
    before(async () => {
        key = await issuer("ES256", "k1");
    });
    afterEach(async () => {
        for (const close of closers.splice(0)) await close();
    });

    it("are fetched from their address, through redirects, or from where the issuer's configuration says", async () => {
        const address = await serving(({ url }, response) => {
            if (url === "/.well-known/openid-configuration") response.end(JSON.stringify({ jwks_uri: `${address}/keys` }));
            else if (url === "/moved") response.writeHead(302, { location: "/keys" }).end();
            else response.end(keySet(key));
        });
        for (const one of [
            source(`${address}/keys`),
            source(`${address}/moved`),
            source(`${address}/.well-known/openid-configuration`, "discovery"),
        ])
            assert.deepEqual(JSON.parse(await fetchKeys(one)), JSON.parse(keySet(key)));
    });

    it("that are none are refused in one line, which repeats nothing of what was said", async () => {
        const address = await serving(({ url }, response) => {
            switch (url) {
                case "/500":
                    return void response.writeHead(500).end("SECRET");
                case "/hangs":
                    return undefined;
                case "/trickles":
                    return void setInterval(() => response.write(" "), 10).unref();
                case "/long":
                    return void response.end(`{"keys":[${'"x",'.repeat(2_500_000)}"x"]}`);
                case "/round":
                    return void response.writeHead(301, { location: "/round" }).end();
                case "/nowhere":
                    return void response.writeHead(301, { location: "ftp://x.test/" }).end();
                case "/oct":
                    return void response.end('{"keys":[{"kty":"oct","k":"U0VDUkVU"}]}');
                default:
                    return void response.end("<html>SECRET</html>");
            }
        });
        const none = (what: string, why: string): string =>
            `what ${address}${what} answers with is no set of keys to verify tokens by: ${why}`;
        assert.equal(await failure(`${address}/500`), `${address}/500 answers with status 500`);
        assert.equal(await failure(`${address}/hangs`, "keys", 100), `${address}/hangs does not answer within 100 ms`);
        assert.equal(await failure(`${address}/trickles`, "keys", 200), `${address}/trickles does not answer within 200 ms`);
        assert.equal(await failure(`${address}/long`), `${address}/long answers with more than 1048576 bytes`);
        assert.equal(await failure(`${address}/round`), `${address}/round redirects more than 10 times`);
        assert.equal(await failure(`${address}/nowhere`), "it is no http or https address");
        assert.equal(await failure(`${address}/html`), none("/html", "it is no JSON"));
        assert.match(await failure(`${address}/oct`), /none of its keys verifies tokens: one is a shared secret/);
        assert.equal(await failure(`${address}/html`, "discovery"), "its OpenID configuration is no JSON");
        assert.match(await failure("http://127.0.0.1:1/x"), /^http:\/\/127\.0\.0\.1:1\/x can't be asked: .*ECONNREFUSED/);
        assert.match(await failure("http://user:SECRET@127.0.0.1:1/x?SECRET"), /^(?!.*SECRET)/);
    });

    it("come over TLS from whoever has a certificate that is trusted, and from nobody else", async () => {
        const authority = await makeAuthority();
        const { cert, key: privateKey } = await authority.issue({ ips: ["127.0.0.1"] });
        const address = await serving((_, response) => void response.end(keySet(key)), https.createServer({ cert, key: privateKey }));
        assert.match(
            await failure(address),
            /^https:\/\/127\.0\.0\.1:\d+\/ has a certificate that is not trusted: .*\((UNABLE_TO|SELF_SIGNED|DEPTH)/,
        );
        assert.notEqual(await fetchKeys(source(address), [authority.cert]), "");
        const plain = await serving((_, response) => void response.end(keySet(key)));
        const down = await serving(
            (_, response) => void response.writeHead(302, { location: plain }).end(),
            https.createServer({ cert, key: privateKey }),
        );
        await assert.rejects(fetchKeys(source(down), [authority.cert]), /redirects to an address without TLS/);
    });

    it("are asked for again after a failure, and the last good ones are kept meanwhile", async () => {
        let answer = "";
        const heard: (FetchedKeySet | undefined)[] = [];
        const keys = new KeySets({
            onChange: () => heard.push(keys.states.get("a")),
            times: { refreshMs: 5, firstRetryMs: 1, lastRetryMs: 4, keepMs: 60_000 },
            fetch: async () => (answer === "" ? Promise.reject(new Error("it is dead")) : answer),
        });
        closers.push(() => keys.stop());
        keys.want([source("a")]);
        assert.equal(keys.settled, false);
        await eventually(() => assert.deepEqual(heard, [{ jwks: "", why: "it is dead" }]));
        assert.equal(keys.settled, true);
        answer = "one";
        await eventually(() => assert.deepEqual(heard.at(-1), { jwks: "one", why: "" }));
        answer = "";
        await eventually(() => assert.deepEqual(heard.at(-1), { jwks: "one", why: "it is dead" }));
        answer = "two";
        await eventually(() => assert.deepEqual(heard.at(-1), { jwks: "two", why: "" }));
        keys.want([]);
        assert.equal(keys.states.size, 0);
        assert.equal(heard.length, 4, "nothing is told that is no news");
    });

    it("that can't be fetched stop no proxy: who has no token goes on, and who has one once they are there", async function () {
        this.timeout(60_000);
        let alive = false;
        const address = await serving((_, response) => (alive ? void response.end(keySet(key)) : void response.writeHead(503).end()));
        const worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        closers.push(() => worker.remove());
        const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-keys-"));
        closers.push(() => rmSync(dir, { recursive: true, force: true }));
        const [free = 0] = await freePorts(1);
        writeFileSync(path.join(dir, "all.yaml"), objects(`${address}/keys`, free));
        const proxy: RunningProxy = await runProxy({
            source: { kind: "directory", dir },
            namespace: "istio-system",
            bind: "127.0.0.1",
            portOffset: 0,
            concurrency: 1,
            admin: "",
            status: "",
            drainSeconds: 0,
            worker: { file: worker.file, args: [], execArgv: [] },
            log: pino({ level: "silent" }),
            signals: false,
        });
        closers.push(() => proxy.drain({ delayMs: 0, drainMs: 0 }));
        const { listeners } = await proxy.ready;
        const { port } = listeners[0]!;
        const codes = (): string[] => proxy.findings().map(({ code, field }) => `${code} ${field}`);
        assert.deepEqual(codes(), ["GH0467 spec.jwtRules[0].jwksUri"]);
        const token = await key.sign({ iss: "i" });
        assert.deepEqual([await ask(port), await ask(port, token)], ["204 ", "401 Jwt verification fails"]);
        alive = true;
        await eventually(async () => assert.equal(await ask(port, token), "204 "));
        await eventually(() => assert.deepEqual(codes(), []));
    });
});

async function ask(port: number, token?: string): Promise<string> {
    const headers = { host: "a.example", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const request = http.get({ port, host: "127.0.0.1", agent: false, headers });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    let text = "";
    for await (const chunk of response) text += String(chunk);
    return `${response.statusCode} ${text}`;
}

function objects(jwksUri: string, port: number): string {
    return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: istio-system }
spec: { servers: [{ port: { number: ${port}, name: http, protocol: HTTP }, hosts: [a.example] }], selector: { istio: ingressgateway } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: istio-system }
spec: { hosts: [a.example], gateways: [gw], http: [{ directResponse: { status: 204 } }] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt, namespace: istio-system }
spec: { jwtRules: [{ issuer: i, jwksUri: "${jwksUri}" }] }
`;
}
