/** Configuration changes and the end of the process, seen by clients that are in the middle of something. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { after, before, describe, it } from "mocha";
import { eventually } from "../support/eventually";
import { gatehouse } from "../support/gatehouse";
import { backendOf, denyYaml, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const objects = (weight: number): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: app, namespace: default }
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
    - match: [{ uri: { prefix: /sink } }]
      route: [{ destination: { host: sink, port: { number: 80 } } }]
    - route:
        - { destination: { host: app, port: { number: 80 } }, weight: ${weight} }
        - { destination: { host: app2, port: { number: 80 } }, weight: ${100 - weight} }
`;

const DENY = denyYaml("fast-only", "[{ to: [{ operation: { notPaths: [/sink] } }] }]");

describe("change under load", function () {
    this.timeout(600_000);
    let backends: Backend[];
    let scenario: Scenario;

    before(async () => {
        // Where sources have changed a command bundles them first, in its own process: memory that is none of a proxy's.
        await gatehouse(["--version"]);
        const web = (): Promise<Backend> =>
            httpBackend((incoming, response) => {
                if (incoming.url === "/slow") setTimeout(() => response.end("slow"), 400);
                else response.end("ok");
            });
        // Takes any amount, slowly at first, and answers with the count: a reader that makes the proxy hold back.
        const sink = backendOf(
            createServer({ allowHalfOpen: true }, (socket) => {
                let headEnd = -1;
                let seen = Buffer.alloc(0);
                let received = 0;
                let total = 0;
                socket.pause();
                setTimeout(() => socket.resume(), 300);
                socket.on("data", (chunk: Buffer) => {
                    if (headEnd < 0) {
                        seen = Buffer.concat([seen, chunk]);
                        headEnd = seen.indexOf("\r\n\r\n");
                        if (headEnd < 0) return;
                        total = Number(/content-length: (\d+)/i.exec(seen.subarray(0, headEnd).toString("latin1"))?.[1] ?? 0);
                        received = seen.length - headEnd - 4;
                    } else received += chunk.length;
                    if (received >= total)
                        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${String(received).length}\r\nconnection: close\r\n\r\n${received}`);
                });
            }),
        );
        backends = await Promise.all([web(), web(), sink]);
        const [app, app2, third] = backends;
        assert.ok(app && app2 && third);
        scenario = await play({
            ports: [80],
            args: ["--drain-seconds", "2"],
            files: {
                "objects.yaml": objects(50),
                "services.yaml": [
                    serviceYaml("app", 80, app.port),
                    serviceYaml("app2", 80, app2.port),
                    serviceYaml("sink", 80, third.port),
                ].join("---\n"),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    const get = (agent: Agent, target = "/"): Promise<{ status: number; reused: boolean }> =>
        new Promise((resolve, reject) => {
            const outgoing = request({ agent, host: "127.0.0.1", port: scenario.port(80), path: target }, (response) => {
                response
                    .resume()
                    .on("end", () => resolve({ status: response.statusCode ?? 0, reused: outgoing.reusedSocket }))
                    .on("error", reject);
            });
            outgoing.on("error", reject).end();
        });

    // It comes first: what reloads and requests leave in memory is no part of it.
    it("streams 384 MiB upwards to a slow reader in under 150 MB of memory", async () => {
        const SIZE = 384 << 20;
        const received = await new Promise<string>((resolve, reject) => {
            const outgoing = request(
                { host: "127.0.0.1", port: scenario.port(80), path: "/sink", method: "POST", headers: { "content-length": SIZE } },
                (response) => {
                    let text = "";
                    response
                        .setEncoding("utf8")
                        .on("data", (chunk: string) => {
                            text += chunk;
                        })
                        .on("end", () => resolve(text));
                },
            );
            outgoing.on("error", reject);
            const chunk = Buffer.alloc(1 << 20);
            let left = SIZE / chunk.length;
            const send = (): void => {
                while (left > 0) {
                    left -= 1;
                    if (!outgoing.write(chunk)) return void outgoing.once("drain", send);
                }
                outgoing.end();
            };
            send();
        });
        assert.equal(received, String(SIZE));
        assert.ok(peakMemoryMb() < 150, `a process of the proxy peaked at ${peakMemoryMb()} MB`);
    });

    it("reloads twenty times while clients send, without losing a request or a connection", async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 4 });
        let changing = true;
        let fresh = 0;
        let served = 0;
        const client = async (): Promise<void> => {
            while (changing) {
                const { status, reused } = await get(agent);
                assert.equal(status, 200);
                served += 1;
                if (!reused) fresh += 1;
            }
        };
        const clients = [client(), client(), client(), client()];
        for (let weight = 1; weight <= 20; weight += 1) {
            await scenario.write("objects.yaml", objects(weight));
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await eventually(() => assert.ok(served > 100, `only ${served} requests were served`));
        changing = false;
        await Promise.all(clients);
        agent.destroy();
        assert.ok(fresh <= 4, `${fresh} connections were opened by 4 clients`);
    });

    it("denies from a policy's change on what begins after it, without losing a connection or what is under way", async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 4 });
        const seen: { readonly begun: number; readonly ended: number; readonly status: number; readonly reused: boolean }[] = [];
        let changing = true;
        const client = async (): Promise<void> => {
            while (changing) {
                const begun = performance.now();
                const { status, reused } = await get(agent);
                seen.push({ begun, ended: performance.now(), status, reused });
            }
        };
        const clients = [client(), client(), client(), client()];
        /** Until a client sees it: whatever begins later must see it too. */
        const turned = async (status: number): Promise<number> => {
            const from = seen.length;
            await eventually(() => assert.ok(seen.slice(from).some((one) => one.status === status)));
            return seen.slice(from).find((one) => one.status === status)!.ended;
        };
        const phases: { readonly status: number; readonly from: number; readonly to: number }[] = [];
        for (let round = 0; round < 6; round += 1) {
            const slow = get(new Agent(), "/slow");
            await scenario.write("policy.yaml", DENY);
            const denied = await turned(403);
            await eventually(() => assert.ok(seen.length > 0 && seen.at(-1)!.begun > denied));
            phases.push({ status: 403, from: denied, to: performance.now() });
            // It began before the policy was there.
            assert.equal((await slow).status, 200);
            await scenario.remove("policy.yaml");
            const open = await turned(200);
            await eventually(() => assert.ok(seen.at(-1)!.begun > open));
            phases.push({ status: 200, from: open, to: performance.now() });
        }
        changing = false;
        await Promise.all(clients);
        agent.destroy();
        for (const { status, from, to } of phases) {
            const within = seen.filter(({ begun, ended }) => begun > from && ended < to);
            assert.ok(within.length > 0);
            assert.deepEqual([...new Set(within.map((one) => one.status))], [status]);
        }
        assert.ok(seen.filter(({ reused }) => !reused).length <= 4, "a connection was opened anew");
    });

    it("finishes what is under way on SIGTERM and exits with 0", async () => {
        const agent = new Agent({ keepAlive: true });
        await get(agent);
        const slow = get(agent, "/slow");
        await new Promise((resolve) => setTimeout(resolve, 100));
        const exit = scenario.proxy.stop();
        assert.equal((await slow).status, 200);
        assert.equal(await exit, 0);
        agent.destroy();
    });

    /** The most resident memory that the primary or a worker ever had. */
    function peakMemoryMb(): number {
        const children = readFileSync(`/proc/${scenario.proxy.pid}/task/${scenario.proxy.pid}/children`, "utf8")
            .trim()
            .split(" ")
            .filter(Boolean);
        return Math.max(
            ...[String(scenario.proxy.pid), ...children].map(
                (pid) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
            ),
        );
    }
});
