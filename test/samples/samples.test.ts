/** The samples over real sockets: what the stacks, the checks and the pages rely on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, afterEach, describe, it } from "mocha";
import { jwtVerify } from "jose";
import { WebSocket } from "ws";
import { SAMPLES, startSample, type SampleEnvironment, type RunningSample } from "../../samples";

const running: RunningSample[] = [];
const start = async (name: string, environment: SampleEnvironment = {}): Promise<RunningSample> => {
    const sample = await startSample(name, environment);
    running.push(sample);
    return sample;
};
afterEach(async () => {
    await Promise.all(running.splice(0).map((sample) => sample.close()));
});

interface Answer {
    readonly status: number;
    readonly body: string;
    readonly peer?: string;
}

function get(url: string, options: https.RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const request = (url.startsWith("https:") ? https : http).request(url, { agent: false, ...options }, (response) => {
            const chunks: Buffer[] = [];
            const { socket } = response;
            const peer =
                "getPeerCertificate" in socket
                    ? String((socket as import("node:tls").TLSSocket).getPeerCertificate().subject?.CN)
                    : undefined;
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () =>
                resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), ...(peer ? { peer } : {}) }),
            );
        });
        request.on("error", reject);
        request.end();
    });
}

/** Connects, collects until the text is there, writes, and collects until that came back. */
function converse(port: number, until: string, write: string): Promise<{ greeting: string; echo: string }> {
    return new Promise((resolve, reject) => {
        const socket = net.connect(port, "127.0.0.1");
        let all = "";
        let greeting: string | undefined;
        socket.setEncoding("latin1");
        socket.on("error", reject);
        socket.on("data", (text: string) => {
            all += text;
            if (greeting === undefined && all.includes(until)) {
                greeting = all;
                all = "";
                socket.write(write);
            } else if (greeting !== undefined && all.includes(write)) {
                socket.destroy();
                resolve({ greeting, echo: all });
            }
        });
    });
}

describe("the samples", () => {
    it("refuse an unknown name and list the known ones", async () => {
        await assert.rejects(
            startSample("toString", {}),
            /there is no sample "toString"; there are web, catalog, login, issuer, grpc-echo, grpc-page, external, tcp-echo, tls-echo, mysql-echo/,
        );
    });

    it("refuse a PORT that is none", async () => {
        await assert.rejects(startSample("web", { PORT: "eighty" }), /PORT is "eighty"; wanted a number from 0 to 65535/);
    });

    it("close although a client keeps its connection open", async () => {
        const sample = await startSample("tcp-echo", {});
        const socket = net.connect(sample.port, "127.0.0.1");
        await new Promise((resolve) => socket.once("data", resolve));
        const gone = new Promise((resolve) => socket.once("close", resolve));
        await sample.close();
        await gone;
    });

    it("each say in one line what they are", () => {
        for (const { summary } of Object.values(SAMPLES)) assert.match(summary, /^[^\n]{10,160}$/);
    });
});

describe("web", () => {
    it("answers the catalogue, statuses, delays and headers", async () => {
        const { port } = await start("web");
        const url = `http://127.0.0.1:${port}`;
        assert.ok(Array.isArray(JSON.parse((await get(`${url}/api/catalog?x=1`)).body)));
        assert.equal((await get(`${url}/status/418`)).status, 418);
        assert.equal((await get(`${url}/delay/0.01`)).body, '{"delayed":0.01}\n');
        const { headers } = JSON.parse((await get(`${url}/headers`, { headers: { "x-tried": "yes" } })).body) as {
            headers: Record<string, string>;
        };
        assert.equal(headers["x-tried"], "yes");
    });

    it("tells any other request back, with its pod and the size of its body", async () => {
        const { port } = await start("web", { POD_NAME: "web-7" });
        const echoed = await new Promise<string>((resolve, reject) => {
            const request = http.request({ port, host: "127.0.0.1", method: "PUT", path: "/any/thing", agent: false }, (response) => {
                response.setEncoding("utf8");
                response.on("data", resolve);
            });
            request.on("error", reject);
            request.end("12345");
        });
        const { pod, method, path: told, bodyBytes } = JSON.parse(echoed) as Record<string, unknown>;
        assert.deepEqual({ pod, method, told, bodyBytes }, { pod: "web-7", method: "PUT", told: "/any/thing", bodyBytes: 5 });
    });

    it("survives a target that is no URL", async () => {
        const { port } = await start("web");
        const status = await new Promise((resolve, reject) => {
            http.request({ port, host: "127.0.0.1", path: "//", agent: false }, (response) => resolve(response.resume().statusCode))
                .on("error", reject)
                .end();
        });
        assert.equal(status, 200);
    });

    it("echoes WebSocket messages of several sizes and closes in agreement", async () => {
        const { port } = await start("web");
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
        await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
        for (const size of [0, 1, 125, 126, 4000, 60_000]) {
            const back = new Promise<Buffer>((resolve) => socket.once("message", (data: Buffer) => resolve(data)));
            socket.send(Buffer.alloc(size, "w"));
            assert.deepEqual(await back, Buffer.alloc(size, "w"));
        }
        const closed = new Promise<number>((resolve) => socket.once("close", resolve));
        socket.close(1000);
        assert.equal(await closed, 1000);
    });
});

describe("catalog", () => {
    it("has items, one by its number, and 404 for the rest", async () => {
        const { port } = await start("catalog");
        const url = `http://127.0.0.1:${port}`;
        assert.equal((JSON.parse((await get(`${url}/items`)).body) as unknown[]).length, 3);
        assert.equal((JSON.parse((await get(`${url}/items/0`)).body) as { id: number }).id, 0);
        assert.equal((await get(`${url}/items/9`)).status, 404);
        assert.equal((await get(`${url}/other`)).status, 404);
    });
});

describe("the TCP samples", () => {
    it("greet with where they run, and echo", async () => {
        const { port } = await start("tcp-echo", {
            NODE_NAME: "n1",
            POD_NAME: "p1",
            POD_NAMESPACE: "ns1",
            POD_IP: "10.0.0.7",
            SERVICE_ACCOUNT: "sa1",
        });
        const { greeting, echo } = await converse(port, "Service account", "hello\n");
        assert.match(greeting, /node n1\.\n.*Pod p1\.\n.*namespace ns1\.\n.*address 10\.0\.0\.7\.\nService account sa1\./);
        assert.equal(echo, "hello\n");
    });

    it("speak first as MySQL does", async () => {
        const { port } = await start("mysql-echo");
        const { greeting } = await converse(port, "gatehouse-sample", "ping");
        assert.equal(greeting.charCodeAt(0), greeting.length - 4, "the packet's length is that of its body");
        assert.equal(greeting.charCodeAt(4), 10);
    });
});

describe("tls-echo", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-tls-echo-"));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("answers with the certificate mounted below FILE_ROOT and tells the name it was asked for", async () => {
        mkdirSync(path.join(folder, "etc/tls"), { recursive: true });
        execFileSync(
            "openssl",
            [
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=own.example.com",
                "-keyout",
                path.join(folder, "etc/tls/tls.key"),
                "-out",
                path.join(folder, "etc/tls/tls.crt"),
            ],
            { stdio: "ignore" },
        );
        const { port } = await start("tls-echo", { FILE_ROOT: folder });
        const answer = await get(`https://127.0.0.1:${port}/hello`, { servername: "own.example.com", rejectUnauthorized: false });
        assert.equal(answer.peer, "own.example.com");
        assert.equal((JSON.parse(answer.body) as { serverName: string }).serverName, "own.example.com");
    });

    it("is external too, on the port where it speaks plain HTTP", async () => {
        const { port } = await start("external", { FILE_ROOT: folder });
        const plain = JSON.parse((await get(`http://127.0.0.1:${port}/a`)).body) as Readonly<Record<string, unknown>>;
        assert.deepEqual([plain["tls"], plain["path"], "caller" in plain], [false, "/a", false]);
        const [cert, key] = ["crt", "key"].map((end) => readFileSync(path.join(folder, `etc/tls/tls.${end}`)));
        const options = { servername: "own.example.com", rejectUnauthorized: false, cert, key } as https.RequestOptions;
        const secure = JSON.parse((await get(`https://127.0.0.1:${port}/b`, options)).body) as Readonly<Record<string, unknown>>;
        assert.deepEqual([secure["tls"], secure["serverName"], secure["caller"]], [true, "own.example.com", "own.example.com"]);
    });

    it("says which file is missing", async () => {
        await assert.rejects(startSample("tls-echo", { FILE_ROOT: path.join(folder, "none") }), /ENOENT.*none\/etc\/tls\/tls\.crt/);
    });
});

describe("login", () => {
    it("lets in who has its cookie, and sends others to where it is given", async () => {
        const { port } = await start("login");
        const ask = (path: string, cookie = ""): Promise<http.IncomingMessage> =>
            new Promise((resolve, reject) => {
                http.get({ host: "127.0.0.1", port, path, agent: false, headers: { cookie } }, (response) => {
                    response.resume();
                    resolve(response);
                }).on("error", reject);
            });
        const stranger = await ask("/wiki?a=1");
        assert.equal(stranger.statusCode, 302);
        assert.equal(stranger.headers.location, "/login?to=%2Fwiki%3Fa%3D1");
        const given = await ask("/login?user=alice&to=%2Fwiki");
        assert.equal(given.headers.location, "/wiki");
        const [cookie = ""] = given.headers["set-cookie"] ?? [];
        const known = await ask("/wiki", `other=1; ${cookie.split(";")[0] ?? ""}`);
        assert.deepEqual([known.statusCode, known.headers["x-user"]], [200, "alice"]);
        for (const forged of ["session=alice.00", "session=alice", "session=", cookie.replace("alice", "carol").split(";")[0] ?? ""])
            assert.equal((await ask("/", forged)).statusCode, 302, forged);
        for (const elsewhere of ["//evil.example", "https://evil.example", "/\\evil.example"])
            assert.equal((await ask(`/login?user=alice&to=${encodeURIComponent(elsewhere)}`)).headers.location, "/", elsewhere);
    });
});

describe("issuer", () => {
    it("gives tokens that its public key verifies", async () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-issuer-"));
        after(() => rmSync(folder, { recursive: true, force: true }));
        mkdirSync(path.join(folder, "etc/tls"), { recursive: true });
        const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        writeFileSync(path.join(folder, "etc/tls/tls.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
        const { port } = await start("issuer", { FILE_ROOT: folder, ISSUER: "https://issuer.example.com" });
        const { body } = await get(`http://127.0.0.1:${port}/token?sub=bob&group=staff&group=ops`);
        const { payload, protectedHeader } = await jwtVerify(body.trim(), publicKey, { issuer: "https://issuer.example.com" });
        assert.equal(protectedHeader.alg, "ES256");
        assert.deepEqual([payload.sub, payload["groups"]], ["bob", ["staff", "ops"]]);
    });
});
