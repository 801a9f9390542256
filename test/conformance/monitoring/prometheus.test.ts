/**
 * GatewayMonitoring beside a real Prometheus: every panel of the dashboard has something to draw, no alert is told while
 * all is well, and each is told once what it is about has happened.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { dashboardQueries } from "../../../components/gateway-monitoring/dashboard";
import { planGatewayMonitoring } from "../../../components/gateway-monitoring/plan";
import { alertRules } from "../../../components/gateway-monitoring/alerts";
import { freePorts } from "../../../harness/ports";
import { ingressRef } from "../../components/support/refs";
import { makeAuthority, type TestAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { startProxy, type RunningProxy } from "../../support/gatehouse";
import { findTool, skipWithout } from "../../support/tools";
import { BROKEN, LOST, objectsYaml, secretYaml, type Places } from "./objects";
import { Prometheus, WINDOW } from "./prometheus";

const SLOW_MS = 1_500;
const WITHIN_MS = 40_000;
const HOST = "web.example.com";

describe("a gateway that is monitored", function () {
    this.timeout(300_000);
    let folder: string;
    let places: Places;
    let proxy: RunningProxy;
    let prometheus: Prometheus;
    let authority: TestAuthority;
    const servers: (http.Server | net.Server)[] = [];
    const plan = planGatewayMonitoring("mon", { gateway: ingressRef(), limits: { latencyMs: 1_000 } });

    const write = (name: string, text: string): void => writeFileSync(path.join(folder, "objects", name), text);
    const status = (target: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
        new Promise((resolve) => {
            const request = http.get(
                { host: "127.0.0.1", port: places.http, path: target, agent: false, headers: { host: HOST, ...headers } },
                (response) => {
                    response.resume().on("end", () => resolve(response.statusCode ?? 0));
                },
            );
            request.on("error", () => resolve(0));
        });
    const certificate = (days: number): Promise<{ cert: string; key: string }> =>
        authority.issue({ dns: [HOST], notAfter: new Date(Date.now() + days * 86_400_000) });
    /** Sends bytes as they are and waits for the end. */
    const sent = (port: number, bytes: string): Promise<string> =>
        new Promise((resolve) => {
            let answer = "";
            const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
            socket.setEncoding("latin1").on("data", (part: string) => (answer += part));
            socket.setTimeout(2_000, () => socket.destroy());
            socket.on("error", () => undefined).on("close", () => resolve(answer));
        });
    const handshake = (serverName: string): Promise<void> =>
        new Promise((resolve) => {
            const socket = tls.connect({ host: "127.0.0.1", port: places.https, servername: serverName, rejectUnauthorized: false }, () =>
                socket.end(),
            );
            socket.on("error", () => undefined).on("close", () => resolve());
        });
    const workers = (): number[] =>
        readdirSync("/proc")
            .filter((name) => /^\d+$/.test(name))
            .filter((pid) => {
                try {
                    return new RegExp(`^PPid:\\s+${proxy.pid}$`, "m").test(readFileSync(`/proc/${pid}/status`, "utf8"));
                } catch {
                    return false;
                }
            })
            .map(Number);
    const listening = async (server: http.Server | net.Server): Promise<number> => {
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return (server.address() as net.AddressInfo).port;
    };

    before(async function () {
        const program = findTool("prometheus") ?? skipWithout(this, "the gateway beside Prometheus", "Debian's package prometheus");
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-monitoring-"));
        mkdirSync(path.join(folder, "objects"));
        const backend = (): http.Server =>
            http.createServer((request, response) => {
                if (request.url?.startsWith("/fail")) response.writeHead(503).end();
                else if (request.url?.startsWith("/slow")) setTimeout(() => response.end("late\n"), SLOW_MS);
                else response.end("well\n");
            });
        const [plain = 0, secure = 0, tcp = 0, forward = 0] = await freePorts(4);
        places = {
            http: plain,
            https: secure,
            tcp,
            proxy: forward,
            backend: await listening(backend()),
            other: await listening(backend()),
            echo: await listening(net.createServer((socket) => socket.on("error", () => undefined).pipe(socket))),
        };
        authority = await makeAuthority();
        write("objects.yaml", objectsYaml(places));
        write("secret.yaml", secretYaml(await certificate(300)));
        proxy = await startProxy([
            "--config",
            path.join(folder, "objects"),
            "--bind",
            "127.0.0.1",
            "--concurrency",
            "2",
            "--namespace",
            "istio-ingress",
        ]);
        prometheus = await Prometheus.start(program, folder, plan, String(proxy.ready["metrics"]));
    });
    after(async () => {
        await prometheus?.daemon.stop();
        await proxy?.stop();
        for (const server of servers) {
            if (server instanceof http.Server) server.closeAllConnections();
            server.close();
        }
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    it("is left in peace while all is well", async () => {
        const until = Date.now() + 15_000;
        while (Date.now() < until) {
            assert.equal(await status("/"), 200);
            await handshake(HOST);
            await sent(places.tcp, "hello\n");
        }
        assert.notDeepEqual(await prometheus.query(`rate(istio_requests_total{gateway="${plan.gateway}"}[${WINDOW}])`), []);
        assert.deepEqual([...(await prometheus.firing())], []);
    });

    it("has something to draw in every panel", async () => {
        const missing = async (): Promise<string[]> => {
            const empty: string[] = [];
            for (const { panel, expr } of dashboardQueries(plan.gateway)) {
                const asked = expr.replaceAll("$__rate_interval", WINDOW).replaceAll("$pod", ".*");
                if ((await prometheus.query(asked)).length === 0) empty.push(`${panel}: ${asked}`);
            }
            return empty;
        };
        await eventually(async () => {
            await Promise.all([
                ...["/", "/fail", "/again", "/denied", "/ejected", "/empty", "/narrow", "/narrow", "/narrow", "/narrow"].map((target) =>
                    status(target),
                ),
                handshake(HOST),
                handshake("nobody.example.com"),
                sent(places.tcp, "hello\n"),
                sent(places.https, "no TLS at all\r\n\r\n"),
                sent(places.http, "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n"),
                sent(places.proxy, "CONNECT nobody.example:443 HTTP/1.1\r\nHost: nobody.example:443\r\n\r\n"),
                sent(places.http, PING_FLOOD),
            ]);
            assert.deepEqual(await missing(), []);
        }, WITHIN_MS);
    });

    /** Makes it happen, again and again, until it is told. */
    const told = async (alert: string, provoke: () => Promise<unknown>): Promise<void> => {
        await eventually(async () => {
            await provoke();
            const firing = await prometheus.firing();
            assert.ok(firing.has(alert), `${alert} is not told; ${[...firing].join(", ") || "nothing"} is`);
        }, WITHIN_MS);
    };
    const many = (target: string, count: number): Promise<unknown> => Promise.all(Array.from({ length: count }, () => status(target)));

    const provoked: Readonly<Record<string, () => Promise<unknown>>> = {
        GatehouseErrorRatio: () => many("/fail", 10),
        GatehouseLatency: () => many("/slow", 10),
        GatehouseNoHealthyUpstream: () => many("/empty", 5),
        GatehouseEndpointsEjected: () => many("/ejected", 5),
        GatehouseUpstreamOverflow: () => many("/narrow", 8),
        GatehouseCertificateExpiresSoon: async () => write("secret.yaml", secretYaml(await certificate(10))),
        GatehouseCertificateExpires: async () => write("secret.yaml", secretYaml(await certificate(1))),
        GatehouseAccessLogLost: async () => {
            write("lost.yaml", LOST);
            await many("/", 20);
        },
        GatehouseTelemetryLost: () => many("/", 500),
        GatehouseConfigErrors: () => Promise.resolve(write("broken.yaml", BROKEN)),
    };
    for (const [alert, provoke] of Object.entries(provoked)) it(`is told of as ${alert}`, () => told(alert, provoke));

    it("is told of as GatehouseNotInSync while a worker stands still", async () => {
        const [worker = 0] = workers();
        process.kill(worker, "SIGSTOP");
        try {
            unlinkSync(path.join(folder, "objects", "broken.yaml"));
            await told("GatehouseNotInSync", () => Promise.resolve());
        } finally {
            try {
                process.kill(worker, "SIGCONT");
            } catch {
                // It was replaced.
            }
        }
    });

    it("is told of as GatehouseEventLoopLag where a process stands still again and again", async () => {
        await told("GatehouseEventLoopLag", async () => {
            const [worker = 0] = workers();
            process.kill(worker, "SIGSTOP");
            await new Promise((resolve) => setTimeout(resolve, 800));
            process.kill(worker, "SIGCONT");
            await new Promise((resolve) => setTimeout(resolve, 400));
        });
    });

    it("is told of as GatehouseWorkerRestarts when a worker is killed", async () => {
        const [worker = 0] = workers();
        process.kill(worker, "SIGKILL");
        await told("GatehouseWorkerRestarts", () => Promise.resolve());
    });

    it("is told of as GatehousePodDown and GatehouseAbsent once it is gone", async () => {
        await proxy.stop();
        await told("GatehousePodDown", () => Promise.resolve());
        await told("GatehouseAbsent", () => Promise.resolve());
    });

    it("has an alert for nothing else", () => {
        const others = ["GatehouseNotInSync", "GatehouseEventLoopLag", "GatehouseWorkerRestarts", "GatehousePodDown", "GatehouseAbsent"];
        assert.deepEqual(
            alertRules(plan.gateway, plan.limits)
                .map(({ alert }) => alert)
                .filter((alert) => !Object.hasOwn(provoked, alert) && !others.includes(alert)),
            [],
        );
    });
});

/** HTTP/2 with prior knowledge, and more PINGs than anybody needs (RFC 9113 §10.5). */
const PING_FLOOD = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\x04\0\0\0\0\0" + ("\0\0\x08\x06\0\0\0\0\0" + "12345678").repeat(20_000);
