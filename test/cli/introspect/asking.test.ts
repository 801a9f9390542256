/** Whoever is asked and does not answer as a proxy does is named, with what to do; pods are asked by Kubernetes' own protocol. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { adminAt } from "../../../cli/introspect/admin-source";
import { writeDump } from "../../../cli/introspect/dump";
import { localProxies } from "../../../cli/introspect/local-runs";
import { PodAccess } from "../../../cli/introspect/pods";
import { proxyConfig } from "../../../cli/introspect/proxy-config";
import { proxyStatus } from "../../../cli/introspect/proxy-status";
import type { Terminal } from "../../../cli/terminal";
import { forgetRun, writeRun } from "../../../cli/up/run-record";
import { servePortForwards, type PortForwards } from "../../support/port-forwards";

async function listening(server: http.Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as net.AddressInfo).port;
}

describe("an admin address", () => {
    let server: http.Server;
    let admin: string;
    let answer: { status: number; type: string; body: string };
    before(async () => {
        server = http.createServer((_request, response) => {
            response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
        });
        admin = `http://127.0.0.1:${await listening(server)}`;
    });
    after(() => server.close());

    it("that nobody answers at is named, and one that is no address is wrong usage", async () => {
        const closed = http.createServer();
        const port = await listening(closed);
        closed.close();
        await once(closed, "close");
        await assert.rejects(adminAt(`127.0.0.1:${port}`).get("/sync"), {
            exitCode: 3,
            message: `no proxy answers at http://127.0.0.1:${port} (ECONNREFUSED)`,
        });
        for (const text of ["https://127.0.0.1:1", "http://127.0.0.1:1/path", "what is this", ""])
            assert.throws(() => adminAt(text), { exitCode: 2 }, text);
    });

    it("of something else is told apart from a proxy", async () => {
        const rejects = async (status: number, type: string, body: string, message: RegExp): Promise<void> => {
            answer = { status, type, body };
            await assert.rejects(
                adminAt(admin).get("/sync"),
                (error: Error) => message.test(error.message) && !error.message.includes("\n"),
            );
        };
        await rejects(200, "application/json", '{"configs": []}', /is an Envoy: ask it with istioctl/);
        await rejects(200, "application/json", "<html>", /is no JSON: is it the admin server/);
        await rejects(404, "text/html", "<html>", /knows no \/sync: is it the admin server of a gatehouse proxy\?/);
        await rejects(404, "text/plain", "wanted one of /ready\n", /a gatehouse proxy of another version/);
        await rejects(403, "text/plain", "the Host header must be an address\n", /answered 403: the Host header/);
    });
});

describe("several proxies", () => {
    const servers: http.Server[] = [];
    after(() => {
        for (const server of servers) server.close();
    });
    const said = { out: "", fault: "" };
    const terminal: Terminal = {
        print: (text) => void (said.out += `${text}\n`),
        progress: () => undefined,
        finding: () => undefined,
        fault: (text) => void (said.fault += `${text}\n`),
        style: (_style, text) => text,
    };
    const serving = async (answers: Readonly<Record<string, unknown>>): Promise<string> => {
        const server = http.createServer((request, response) => {
            response
                .writeHead(200, { "content-type": "application/json" })
                .end(JSON.stringify(answers[(request.url ?? "").split("?")[0] ?? ""] ?? []));
        });
        servers.push(server);
        return `http://127.0.0.1:${await listening(server)}`;
    };
    const gone = "http://127.0.0.1:1";

    it("are shown, those that answer, where one does not, and the exit code says so", async () => {
        const here = await serving({ "/config_dump": { version: 1 } });
        const options = { admin: [gone, here], adminPort: 15_000, output: "table" } as const;
        assert.equal(await proxyConfig("clusters", {}, options, terminal), 1);
        assert.match(said.out, /^http:\/\/127\.0\.0\.1:\d+:\nSERVICE FQDN/);
        assert.match(said.fault, /no proxy answers at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/);
        await assert.rejects(proxyConfig("clusters", {}, { ...options, admin: [gone, gone] }, terminal), { exitCode: 3 });
    });

    it("are stale for so long, or never acknowledged anything, in istioctl's words", async () => {
        const synced = { number: 1, restarts: 0, version: 7, inSync: true, staleSeconds: 0 };
        const sync = { gatehouse: "1.0.0", ready: true, draining: false, version: 7, source: {}, rejected: [] };
        const shown = async (worker: object): Promise<string> => {
            said.out = "";
            const admin = [await serving({ "/sync": { ...sync, workers: [synced, { ...synced, number: 2, inSync: false, ...worker }] } })];
            assert.equal(await proxyStatus({ admin, adminPort: 15_000, output: "table" }, terminal), 1);
            return said.out;
        };
        assert.match(await shown({ version: 6, staleSeconds: 12 }), /^\S+( +STALE \(12s\)){5} +1\/2 +7 +1\.0\.0$/m);
        assert.match(await shown({ version: 0, staleSeconds: 3 }), /^\S+( +STALE \(Never Acknowledged\)){5} +1\/2 +7 +1\.0\.0$/m);
    });

    it("can't move the cursor by what they say", async () => {
        const object = { group: "", kind: "Secret", namespace: "ns", name: "a\u001b[2Jb" };
        const rejected = [{ object, field: "spec\u009b2J", code: "GH0101", reason: "x\ny\u202ez", fix: "", served: "nothing of it" }];
        const sync = { gatehouse: "\u001b", ready: true, draining: false, version: 1, workers: [], source: {}, rejected };
        said.out = "";
        assert.equal(await proxyStatus({ admin: [await serving({ "/sync": sync })], adminPort: 15_000, output: "table" }, terminal), 1);
        assert.doesNotMatch(said.out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
        assert.match(said.out, /REJECTED: Secret ns\/a\?\[2Jb spec\?2J: x\?y\?z/);
    });

    it("are each in a folder of a support bundle, however alike their names are", async () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-bundle-"));
        const one = await serving({ "/sync": { version: 1 } });
        const out = path.join(folder, "a.tar.gz");
        assert.equal(await writeDump({ admin: [one, one], adminPort: 15_000, out }, terminal), 0);
        const files = execFileSync("tar", ["tzf", out], { encoding: "utf8" }).trim().split("\n");
        rmSync(folder, { recursive: true, force: true });
        assert.equal(files.filter((file) => file.endsWith("/sync.json")).length, 2);
        assert.equal(new Set(files).size, files.length);
    });
});

describe("the proxies of gatehouse up", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-runs-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const proxy = { namespace: "default", name: "public", kind: "gateway", admin: "http://127.0.0.1:1" };

    it("are known by the folders of its runs, of the stacks too, while it runs", () => {
        const states = [".gatehouse", ".gatehouse/run-2", "stacks/quickstart/.gatehouse", "named"].map((one) => path.join(folder, one));
        for (const state of states) mkdirSync(state, { recursive: true });
        states.forEach((state, at) => writeRun(state, [{ ...proxy, name: `g${at}` }]));
        const names = (state?: string): string[] => localProxies(state, folder).map(({ name }) => name);
        assert.deepEqual([names(), names("named"), names("nowhere")], [["g0", "g1", "g2"], ["g3"], []]);
        forgetRun(states[0]!);
        // Its process was killed, and could not forget it.
        writeFileSync(path.join(states[1]!, "proxies.json"), JSON.stringify({ pid: 2 ** 22 + 1, proxies: [proxy] }));
        writeFileSync(path.join(states[2]!, "proxies.json"), "{ half");
        assert.deepEqual(names(), []);
    });
});

describe("a pod", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-pods-"));
    let api: http.Server;
    let admin: http.Server;
    let pods: PodAccess;
    let forwards: PortForwards;
    let refusal: { status: number; message: string } | undefined;
    let adminPort = 0;

    before(async () => {
        admin = http.createServer((request, response) => {
            response
                .writeHead(200, { "content-type": "application/json" })
                .end(JSON.stringify({ host: request.headers.host, filler: "x".repeat(300_000) }));
        });
        adminPort = await listening(admin);
        api = http.createServer((request, response) => {
            const found: Record<string, unknown> = {
                "/api/v1/namespaces/ns/pods/one": { metadata: { namespace: "ns", name: "one" }, status: { phase: "Running" } },
                "/api/v1/namespaces/ns/pods/new": { metadata: { namespace: "ns", name: "new" }, status: { phase: "Pending" } },
                "/api/v1/namespaces/ns/pods?labelSelector=gateway-name%3Dpublic": {
                    items: ["one", "two", "ended"].map((name) => ({
                        metadata: { namespace: "ns", name },
                        status: { phase: name === "ended" ? "Succeeded" : "Running" },
                    })),
                },
                "/api/v1/namespaces/ns/pods?labelSelector=gateway-name%3Dshared": { items: [] },
                "/apis/networking.istio.io/v1/namespaces/ns/gateways/shared": { spec: { selector: { istio: "ingress", app: "x" } } },
                "/api/v1/pods?labelSelector=istio%3Dingress%2Capp%3Dx": {
                    items: [{ metadata: { namespace: "other", name: "three" }, status: { phase: "Running" } }],
                },
                "/api/v1/namespaces/ns/pods?labelSelector=gateway-name%3Dnobody": { items: [] },
            };
            const body = found[request.url ?? ""];
            response
                .writeHead(body ? 200 : 404, { "content-type": "application/json" })
                .end(JSON.stringify(body ?? { message: "not found" }));
        });
        forwards = servePortForwards(api, "ports", (socket) => {
            if (!refusal) return false;
            const body = JSON.stringify({ kind: "Status", message: refusal.message });
            socket.end(`HTTP/1.1 ${refusal.status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
            return true;
        });
        const kubeconfig = path.join(folder, "config");
        writeFileSync(
            kubeconfig,
            JSON.stringify({
                "current-context": "c",
                contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
                clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${await listening(api)}` } }],
                users: [{ name: "u", user: {} }],
            }),
        );
        pods = new PodAccess({ kubeconfig }, adminPort);
    });
    afterEach(() => {
        forwards.failure = "";
        refusal = undefined;
    });
    after(() => {
        pods.close();
        forwards.close();
        api.close();
        admin.close();
        rmSync(folder, { recursive: true, force: true });
    });

    it("is asked over a WebSocket as from its own machine, however long the answer is", async () => {
        const said = (await (await pods.one({ namespace: "ns", name: "one" })).get("/")) as { host: string; filler: string };
        assert.deepEqual([said.host, said.filler.length], ["localhost", 300_000]);
    });

    it("that is not there, or does not run, is named", async () => {
        await assert.rejects(pods.one({ namespace: "ns", name: "none" }), /there is no pod ns\/none at http/);
        await assert.rejects(pods.one({ namespace: "ns", name: "new" }), /pod ns\/new is Pending: only a running pod can be asked/);
    });

    it("that is no gateway, and one to which no port-forward is allowed, is told apart", async () => {
        const pod = await pods.one({ namespace: "ns", name: "one" });
        forwards.failure = "error forwarding port: dial tcp4 127.0.0.1:15000: connect: connection refused";
        await assert.rejects(
            pod.get("/"),
            /pod ns\/one: nothing listens on its port \d+: is it a Gatehouse gateway\? .*connection refused/,
        );
        forwards.failure = "container not running";
        await assert.rejects(pod.get("/"), /^Error: pod ns\/one: container not running|pod ns\/one: container not running/);
        forwards.failure = "";
        refusal = { status: 403, message: 'pods "one" is forbidden: User "ann" cannot get resource "pods/portforward"' };
        await assert.rejects(
            pod.get("/"),
            /port-forward is forbidden: pods "one" is forbidden: User "ann".*verbs get and create on pods\/portforward/,
        );
        refusal = { status: 401, message: "Unauthorized" };
        await assert.rejects(pod.get("/"), /the API server does not know who we are/);
        refusal = { status: 500, message: "unable to upgrade connection: pod does not exist" };
        await assert.rejects(pod.get("/"), /answered 500 to a port-forward: unable to upgrade connection/);
    });

    it("of a gateway is found by the workload's name, or by what a Gateway selects in any namespace", async () => {
        const names = async (name: string): Promise<string[]> => (await pods.ofGateway({ namespace: "ns", name })).map((one) => one.name);
        assert.deepEqual(await names("public"), ["pod ns/one", "pod ns/two"]);
        assert.deepEqual(await names("shared"), ["pod other/three"]);
        await assert.rejects(names("nobody"), /no pod in ns has the label gateway-name=nobody, and there is no Gateway ns\/nobody/);
    });
});
