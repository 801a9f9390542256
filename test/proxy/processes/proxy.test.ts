import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualHostEntry } from "../../../proxy/tables";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, secretEntry, tcpChain, terminated } from "../../support/front";
import { ProxyRig, type RigEntries } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { freePorts } from "../../../harness/ports";
import { gone } from "../../support/processes";
import { and, echoBackend, echoing as echoingAt, get, TCP, waitingAt, WEB, web } from "./support";

const TLS = "0.0.0.0:443";
/** What a worker fails on and can't even name. */
const NOBODYS = new Map<string, VirtualHostEntry>([["nobody", null as unknown as VirtualHostEntry]]);

describe("primary and workers", () => {
    let worker: Bundle;
    let backend: Awaited<ReturnType<typeof echoBackend>>;
    let rig: ProxyRig;

    before(async function () {
        this.timeout(600_000);
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        backend = await echoBackend();
    });
    after(() => {
        worker.remove();
        backend.close();
    });
    beforeEach(() => {
        rig = new ProxyRig();
    });
    afterEach(() => rig.stop());

    const echo = (): RigEntries => backend.entries;
    const echoing = async () => echoingAt(rig.port(TCP));

    /** Connections of the worker that does not stand still: which of two takes one is chance, and a busy machine's most of all. */
    async function heldWhileStopped(pid: number): Promise<Awaited<ReturnType<typeof echoing>>[]> {
        process.kill(pid, "SIGSTOP");
        try {
            await eventually(() => assert.match(readFileSync(`/proc/${pid}/stat`, "utf8"), /\) T /));
            const open = await Promise.all(Array.from({ length: 4 }, () => echoing()));
            for (const one of open) assert.equal(await one.say("a"), "a");
            return open;
        } finally {
            process.kill(pid, "SIGCONT");
        }
    }

    async function firstWorker(): Promise<Awaited<ReturnType<ProxyRig["workers"]>>[number]> {
        return (await rig.workers())[0]!;
    }

    it("is ready only when every worker has acknowledged the first full sync, and says so once", async () => {
        await rig.start(worker.file, undefined, { concurrency: 2 });
        assert.equal(await rig.status("/healthz/ready"), 503);
        assert.equal(await rig.status("/livez"), 200);
        rig.set(web("one"));
        const ready = await rig.proxy.ready;
        assert.equal(await rig.status("/healthz/ready"), 200);
        assert.equal(await get(rig.port(WEB)), "one");
        rig.set(web("two"));
        await eventually(async () => assert.equal(await get(rig.port(WEB)), "two"));
        const lines = rig.log.filter((line) => line.msg === "ready");
        assert.equal(lines.length, 1);
        assert.deepEqual([lines[0]!["admin"], lines[0]!["status"], lines[0]!["listeners"]], [ready.admin, ready.status, ready.listeners]);
        assert.deepEqual(ready.listeners, [{ key: WEB, address: "127.0.0.1", port: rig.port(WEB), declaredPort: 80 }]);
        // One worker's answer says nothing of the other.
        await eventually(async () =>
            assert.deepEqual(
                (await rig.workers()).map(({ inSync, version }) => [inSync, version]),
                [
                    [true, 2],
                    [true, 2],
                ],
            ),
        );
    });

    it("takes every new connection while its only worker is killed again and again", async function () {
        this.timeout(600_000);
        await rig.start(worker.file, web("hello"));
        await rig.proxy.ready;
        const port = rig.port(WEB);
        let refused = 0;
        let served = 0;
        let running = true;
        const load = Array.from({ length: 4 }, async () => {
            while (running) {
                await new Promise<void>((resolve) => {
                    const socket = net.connect(port, "127.0.0.1", () => {
                        served++;
                        socket.destroy();
                    });
                    socket.on("error", () => refused++);
                    socket.on("close", () => resolve());
                });
                await sleep(1);
            }
        });
        for (let kill = 1; kill <= 2; kill++) {
            const { pid } = await firstWorker();
            process.kill(pid, "SIGKILL");
            // Made while there is no worker at all; it is answered by the next one.
            await eventually(() => assert.ok(gone(pid)));
            assert.equal(await get(port), "hello");
            assert.equal((await rig.workers())[0]!.restarts, kill);
        }
        running = false;
        await Promise.all(load);
        assert.equal(refused, 0);
        assert.ok(served > 50, `${served}`);
        assert.equal(rig.log.filter((line) => line.msg === "worker died").length, 2);
        assert.equal(rig.log.filter((line) => line.msg === "ready").length, 1);
    });

    it("keeps what the other worker serves when one dies", async () => {
        await rig.start(worker.file, echo(), { concurrency: 2 });
        await rig.proxy.ready;
        const [first, second] = await rig.workers();
        const lost = await heldWhileStopped(second!.pid);
        const kept = await heldWhileStopped(first!.pid);
        const closed = Promise.all(lost.map(({ socket }) => once(socket, "close")));
        process.kill(first!.pid, "SIGKILL");
        await closed;
        await eventually(async () => assert.ok((await rig.workers()).every((one) => one.inSync && one.pid !== first!.pid)));
        for (const one of kept) {
            assert.equal(one.socket.destroyed, false);
            assert.equal(await one.say("b"), "b");
            one.socket.destroy();
        }
    });

    it("ends up in sync when workers are killed in the middle of changes", async function () {
        this.timeout(600_000);
        await rig.start(worker.file, web("0"), { concurrency: 2 });
        await rig.proxy.ready;
        for (let change = 1; change <= 6; change++) {
            const workers = await rig.workers();
            rig.set(and(web(String(change)), change % 2 ? echo() : {}));
            const victim = workers[change % 2]?.pid;
            if (victim && change % 2) process.kill(victim, "SIGKILL");
            await sleep(30);
        }
        await eventually(async () =>
            assert.ok(
                (await rig.workers()).every((one) => one.inSync && one.version === 7),
                JSON.stringify(await rig.workers()),
            ),
        );
        for (let i = 0; i < 8; i++) assert.equal(await get(rig.port(WEB)), "6");
    });

    it("keeps a listener's socket and connections whatever changes on it", async () => {
        // One port number, declared first as 80 and then as 81 with another kind of server.
        const [fixed = 0] = await freePorts(1);
        const tcp = (key: string): RigEntries => ({
            ...echo(),
            listeners: [{ ...listenerEntry("tcp", key), targetPort: fixed }],
            chains: [tcpChain("echo", [], undefined, key)],
        });
        // Who is connected has the time to drain to finish.
        await rig.start(worker.file, tcp(TCP), { drainSeconds: 600 });
        await rig.proxy.ready;
        const before = await echoing();
        assert.equal(await before.say("x"), "x");
        let refused = 0;
        let running = true;
        const load = (async () => {
            while (running) {
                await new Promise<void>((resolve) => {
                    const socket = net.connect(fixed, "127.0.0.1", () => {
                        socket.destroy();
                    });
                    socket.on("error", () => refused++).on("close", () => resolve());
                });
            }
        })();
        const asWeb = web("web", "0.0.0.0:81");
        rig.set({ ...asWeb, listeners: [{ ...asWeb.listeners![0]!, targetPort: fixed }] });
        await eventually(async () => assert.equal(await get(fixed), "web"));
        rig.set(tcp("0.0.0.0:82"));
        await eventually(() => assert.equal(rig.proxy.listeners()[0]?.key, "0.0.0.0:82"));
        assert.equal(await before.say("y"), "y");
        running = false;
        await load;
        assert.equal(refused, 0);
        before.socket.destroy();
    });

    it("stops accepting on a removed listener while its open connections finish", async () => {
        await rig.start(worker.file, and(web("web"), echo()), { drainSeconds: 600 });
        await rig.proxy.ready;
        const open = await echoing();
        assert.equal(await open.say("accepted"), "accepted");
        const port = rig.port(TCP);
        rig.set(web("web"));
        await eventually(async () => {
            const socket = net.connect(port, "127.0.0.1");
            const [error] = (await Promise.race([
                once(socket, "error"),
                once(socket, "connect").then(() => {
                    socket.destroy();
                    return [{}];
                }),
            ])) as [NodeJS.ErrnoException];
            assert.equal(error.code, "ECONNREFUSED");
        });
        assert.equal(await open.say("on"), "on");
        open.socket.destroy();
    });

    it("reports a port that is taken for its listener alone, and opens it when it is free", async () => {
        const squatter = net.createServer().listen(0, "127.0.0.1");
        await once(squatter, "listening");
        const port = (squatter.address() as net.AddressInfo).port;
        const blocked = { ...echo(), listeners: [{ ...listenerEntry("tcp", TCP), targetPort: port }] };
        const same = { listeners: [{ ...listenerEntry("tcp", "0.0.0.0:31401"), targetPort: port }] };
        await rig.start(worker.file, and(web("web"), blocked, same));
        await rig.proxy.ready;
        assert.equal(await get(rig.port(WEB)), "web");
        const codes = () => rig.proxy.findings().map((f) => [f.code, f.object?.name, f.field]);
        assert.deepEqual(codes(), [
            ["GH0483", "public", "spec.servers[0]"],
            ["GH0482", "public", "spec.servers[0]"],
        ]);
        assert.match(rig.proxy.findings()[1]!.message, /EADDRINUSE/);
        squatter.close();
        await eventually(async () => assert.equal(await (await echoing()).say("now"), "now"));
        assert.deepEqual(codes(), [["GH0483", "public", "spec.servers[0]"]]);
        await sleep(0);
        assert.equal(rig.log.filter((line) => line["code"] === "GH0482" && line.msg !== "finding resolved").length, 1, "logged once");
        rig.set(web("web"));
    });

    it("finishes what is open when a worker has a fault of its own, and gets another one", async () => {
        await rig.start(worker.file, echo());
        await rig.proxy.ready;
        const open = await echoing();
        assert.equal(await open.say("a"), "a");
        const { pid } = await firstWorker();
        rig.setTables({ ...rig.tables, virtualHosts: NOBODYS });
        await eventually(() => assert.ok(rig.log.some((line) => line.msg === "worker failed")));
        assert.equal(await open.say("b"), "b");
        rig.set(echo());
        await eventually(async () => {
            const now = await firstWorker();
            assert.ok(now.inSync && now.pid !== pid);
        });
        const next = await echoing();
        assert.equal(await next.say("c"), "c");
        open.socket.destroy();
        next.socket.destroy();
        await eventually(() => assert.ok(gone(pid)));
    });

    it("survives workers that fail again and again, and says so until one serves", async () => {
        await rig.start(worker.file, web("web"), { concurrency: 2 });
        await rig.proxy.ready;
        rig.setTables({ ...rig.tables, virtualHosts: NOBODYS });
        const failing = () =>
            rig.proxy
                .findings()
                .filter((f) => f.code === "GH0486")
                .map((f) => f.message.split(" fails")[0]);
        await eventually(() => assert.deepEqual(failing().sort(), ["Worker 1", "Worker 2"]));
        assert.equal(await rig.status("/healthz/ready"), 503);
        const waiting = get(rig.port(WEB));
        rig.set(web("healed"));
        assert.equal(await waiting, "healed", "connections wait for a worker");
        await eventually(() => assert.deepEqual(failing(), []));
    });

    it("counts and lists without secrets, for local callers only", async () => {
        const ca = await makeAuthority();
        const pair = await ca.issue({ dns: ["a.test"] });
        await rig.start(
            worker.file,
            and(web("web"), {
                listeners: [listenerEntry("tls", TLS)],
                chains: [httpChain("A", ["a.test"], terminated("a"), TLS)],
                secrets: [secretEntry("a", pair, ca.cert)],
            }),
        );
        await rig.proxy.ready;
        await get(rig.port(WEB));
        const stats = (await rig.admin("/stats")) as { total: Record<string, number> };
        assert.deepEqual([stats.total["requests"], stats.total["responses_2xx"]], [1, 1]);
        const dump = JSON.stringify(await rig.admin("/config_dump"));
        const body = pair.key.split("\n")[1]!;
        assert.ok(dump.includes("a.test") && dump.includes("notAfter"));
        assert.ok(!dump.includes("PRIVATE KEY") && !dump.includes("BEGIN") && !dump.includes(body));
        const { pid } = await firstWorker();
        for (const file of ["environ", "cmdline"]) assert.ok(!readFileSync(`/proc/${pid}/${file}`, "latin1").includes(body));
        assert.ok(!JSON.stringify(rig.log).includes(body));
        const rebound = await new Promise<number>((resolve) => {
            const [host, port] = rig.proxy.adminAddress.split(":") as [string, string];
            http.get({ host, port, path: "/config_dump", headers: { host: "evil.test" } }, (response) => {
                response.resume();
                resolve(response.statusCode!);
            });
        });
        assert.equal(rebound, 403);
    });

    it("has in its figures what workers counted that are gone, and of what is open only what is", async () => {
        await rig.start(worker.file, and(web("web"), echo()));
        await rig.proxy.ready;
        const figures = async (): Promise<{ total: Record<string, number>; workers: Record<string, Record<string, number>> }> =>
            (await rig.admin("/stats")) as Awaited<ReturnType<typeof figures>>;
        const { pid } = await firstWorker();
        for (let n = 0; n < 3; n++) await get(rig.port(WEB));
        const open = await echoing();
        assert.equal(await open.say("x"), "x");
        const before = await figures();
        // The primary's own figures are in the total alone, and what it has of a process is of both.
        for (const [name, value] of Object.entries(before.workers["1"]!).filter(([key]) => !key.startsWith("process_")))
            assert.equal(before.total[name], value, name);
        assert.deepEqual([before.total["requests"], before.total["requests_active"], before.total["tcp_connections_active"]], [3, 0, 1]);
        process.kill(pid, "SIGKILL");
        await eventually(async () => assert.notEqual((await firstWorker()).pid, pid));
        assert.equal(await get(rig.port(WEB)), "web");
        const after = await figures();
        assert.deepEqual([after.workers["1"]!["requests"], after.total["requests"], after.total["tcp_connections"]], [1, 4, 1]);
        assert.deepEqual(
            [after.total["tcp_connections_active"], after.total["connections_active"]],
            [0, after.workers["1"]!["connections_active"]],
        );
        open.socket.destroy();
    });

    it("answers who waits to be accepted on a listener that is removed", async () => {
        await rig.start(worker.file, and(web("web"), web("other", "0.0.0.0:81")));
        await rig.proxy.ready;
        assert.equal(await get(rig.port(WEB)), "web");
        const { pid } = await firstWorker();
        process.kill(pid, "SIGSTOP");
        // Only a head that is not whole is answered by the codec alone, whatever became of the routes.
        const answers = await waitingAt(rig.port("0.0.0.0:81"), "nonsense\r\n\r\n");
        rig.set(web("web"));
        process.kill(pid, "SIGCONT");
        assert.deepEqual(new Set(await Promise.all(answers)), new Set(["HTTP/1.1 400 Bad Request"]));
        assert.equal(await get(rig.port(WEB)), "web");
    });

    describe("certificates", () => {
        let ca: TestAuthority;
        let first: TestCertificate;
        let second: TestCertificate;
        before(async () => {
            ca = await makeAuthority();
            [first, second] = await Promise.all([
                ca.issue({ dns: ["a.test"], commonName: "first" }),
                ca.issue({ dns: ["a.test"], commonName: "second" }),
            ]);
        });

        const served = (pair: TestCertificate): RigEntries => ({
            ...web("secure", TLS),
            listeners: [listenerEntry("tls", TLS)],
            chains: [{ ...httpChain("A", ["a.test"], terminated("a"), TLS), target: { kind: "http", routeTable: `http.${TLS}` } }],
            secrets: [secretEntry("a", pair)],
        });
        const dial = async (options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> => {
            const socket = tls
                .connect({ port: rig.port(TLS), host: "127.0.0.1", servername: "a.test", ca: ca.cert, ...options })
                .on("error", () => {});
            await once(socket, "secureConnect");
            return socket;
        };
        const ask = async (socket: tls.TLSSocket): Promise<string> => {
            socket.write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
            const [data] = (await once(socket, "data")) as [Buffer];
            return data.toString();
        };

        it("are changed for new connections while open ones live on", async () => {
            await rig.start(worker.file, served(first), { concurrency: 2 });
            await rig.proxy.ready;
            const open = await dial();
            assert.match(await ask(open), /^HTTP\/1\.1 200 [^]*secure/);
            rig.set(served(second));
            await eventually(async () => {
                for (let i = 0; i < 6; i++) {
                    const socket = await dial();
                    const name = socket.getPeerCertificate().subject.CN;
                    socket.destroy();
                    assert.equal(name, "second");
                }
            });
            assert.match(await ask(open), /^HTTP\/1\.1 200/);
            open.destroy();
        });

        it("are another server's where they are named anew: open connections have the time to drain, and are cut then", async () => {
            await rig.start(worker.file, served(first), { drainSeconds: 1 });
            await rig.proxy.ready;
            const open = await dial();
            const cut = once(open, "close", { signal: AbortSignal.timeout(8_000) });
            assert.match(await ask(open), /^HTTP\/1\.1 200 (?![^]*connection: close)/);
            open.write("POST / HTTP/1.1\r\n");
            const { chains = [] } = served(first);
            rig.set({ ...served(first), chains: chains.map((chain) => ({ ...chain, tls: terminated("a", { minVersion: "TLSv1.3" }) })) });
            open.resume();
            await cut;
        });

        it("share ticket keys: a session resumes whichever worker takes the connection", async () => {
            await rig.start(worker.file, served(first), { concurrency: 3 });
            await rig.proxy.ready;
            const socket = await dial();
            const session = once(socket, "session");
            await ask(socket);
            const [ticket] = (await session) as [Buffer];
            const again = await Promise.all(Array.from({ length: 12 }, () => dial({ session: ticket })));
            assert.deepEqual(
                again.map((one) => one.isSessionReused()),
                again.map(() => true),
            );
            for (const one of [socket, ...again]) one.destroy();
        });
    });
});
