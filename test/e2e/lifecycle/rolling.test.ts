/**
 * Replacing, adding and removing proxies, and rotating their certificates, while clients ask: every request is answered.
 * The proxies are the real command; before them stands a small load balancer that knows only what they say of themselves.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeAuthority, type TestAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { startProxy, type RunningProxy } from "../../support/gatehouse";
import { freePorts } from "../../../harness/ports";
import { httpBackend, serviceYaml, type Backend } from "../../support/scenario";
import { Balancer, type Target } from "./support/balancer";
import { Load } from "./support/load";

const HOST = "shop.example.com";
/** As a share of it the proxy goes on to accept: several looks of the balancer. */
const DRAIN_SECONDS = 4;

const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop, namespace: ingress }
spec:
  selector: { istio: ingress }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["${HOST}"] }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["${HOST}"], tls: { mode: SIMPLE, credentialName: shop } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: ingress }
spec:
  hosts: ["${HOST}"]
  gateways: [shop]
  http: [{ route: [{ destination: { host: shop.default.svc.cluster.local } }] }]
`;

interface Replica extends Target {
    readonly process: RunningProxy;
}

describe("under steady load", function () {
    this.timeout(300_000);
    let ca: TestAuthority;
    let backend: Backend;
    let dir: string;
    let balancer: Balancer;
    let replicas: Replica[];
    let loads: Load[];

    before(async () => {
        ca = await makeAuthority();
        // Some requests are under way when a proxy is told to end.
        backend = await httpBackend((request, response) => {
            let text = "";
            request
                .on("data", (part: Buffer) => {
                    text += part.toString();
                })
                .on("end", () => {
                    if (request.url === "/slow") response.write("begun");
                    setTimeout(() => response.end(text), request.url === "/slow" ? 2_000 : Math.random() * 20);
                });
        });
    });
    after(() => backend.stop());

    beforeEach(async () => {
        dir = mkdtempSync(path.join(tmpdir(), "gatehouse-rolling-"));
        writeFileSync(path.join(dir, "shop.yaml"), OBJECTS);
        writeFileSync(path.join(dir, "service.yaml"), serviceYaml("shop", 80, backend.port));
        await rotate();
        [replicas, loads] = [[], []];
        balancer = await new Balancer().start(80, 443);
        for (let count = 0; count < 2; count++) await grow();
        const plain = { port: balancer.port(80), host: HOST, pauseMs: 20 };
        const secure = { port: balancer.port(443), host: HOST, pauseMs: 20, ca: ca.cert };
        loads = [
            new Load({ ...plain, name: "kept-alive", clients: 8, keepAlive: true }),
            new Load({ ...plain, name: "new", clients: 4, keepAlive: false }),
            new Load({ ...secure, name: "TLS kept-alive", clients: 4, keepAlive: true }),
            new Load({ ...secure, name: "TLS new", clients: 2, keepAlive: false, pauseMs: 50 }),
        ];
    });

    afterEach(async () => {
        await Promise.all(loads.map((load) => load.stop()));
        balancer.stop();
        await Promise.all(replicas.map((replica) => replica.process.stop("SIGINT")));
        rmSync(dir, { recursive: true, force: true });
    });

    async function rotate(): Promise<void> {
        const { cert, key } = await ca.issue({ dns: [HOST] });
        const [crt, pem] = [cert, key].map((text) => Buffer.from(text).toString("base64"));
        writeFileSync(
            path.join(dir, "secret.yaml"),
            `apiVersion: v1\nkind: Secret\nmetadata: { name: shop, namespace: ingress }\ntype: kubernetes.io/tls\ndata: { tls.crt: ${crt}, tls.key: ${pem} }\n`,
        );
    }

    /** Starts one more, and returns when connections come to it. */
    async function grow(): Promise<void> {
        const offset = (await freePorts(1))[0]!;
        const process = await startProxy([
            "--config",
            dir,
            "--labels",
            "istio=ingress",
            "--namespace",
            "ingress",
            "--bind",
            "127.0.0.1",
            "--port-offset",
            String(offset),
            "--concurrency",
            "2",
            "--drain-seconds",
            String(DRAIN_SECONDS),
        ]);
        const replica = { process, status: String(process.ready["status"]), port: (declared: number) => declared + offset };
        replicas.push(replica);
        await balancer.add(replica);
    }

    /** Ends the oldest one as Kubernetes does. */
    async function shrink(): Promise<void> {
        const replica = replicas.shift()!;
        const code = await replica.process.stop();
        balancer.remove(replica);
        assert.equal(code, 0);
        assert.deepEqual(
            replica.process.log.filter(({ msg }) => /died|failed|fault/.test(String(msg))),
            [],
        );
    }

    /** Let them ask for a moment more, and see that nothing was lost in all that time. */
    async function settled(): Promise<void> {
        const before = loads.map((load) => load.answered);
        await eventually(() => assert.ok(loads.every((load, at) => load.answered > before[at]! + 20)));
        await Promise.all(loads.map((load) => load.stop()));
        assert.deepEqual(
            loads.flatMap((load) => load.lost),
            [],
        );
    }

    it("every proxy is replaced, a new one first, and no request is lost", async () => {
        for (let round = 0; round < 4; round++) {
            await grow();
            await shrink();
        }
        await settled();
    });

    it("proxies are added and taken away, also several at once, and no request is lost", async () => {
        await Promise.all([grow(), grow()]);
        await Promise.all([shrink(), shrink(), shrink()]);
        await grow();
        await shrink();
        await settled();
    });

    it("certificates are rotated, and no request is lost", async () => {
        const [, , , fresh] = loads;
        for (let round = 0; round < 10; round++) {
            const seen = fresh!.serials.size;
            await rotate();
            await eventually(() => assert.ok(fresh!.serials.size > seen));
        }
        await settled();
    });

    it("a response that is under way when its proxy is told to end is whole", async () => {
        const [first] = replicas;
        let ended: Promise<void> | undefined;
        const body = await new Promise<string>((resolve, reject) => {
            const outgoing = http.request(
                { agent: false, host: "127.0.0.1", port: first!.port(80), method: "POST", path: "/slow", headers: { host: HOST } },
                (response) => {
                    let text = "";
                    response
                        .setEncoding("utf8")
                        .on("data", (part: string) => {
                            ended ??= shrink();
                            text += part;
                        })
                        .on("end", () => resolve(text))
                        .on("error", reject);
                },
            );
            outgoing.on("error", reject).end(" and done");
        });
        assert.equal(body, "begun and done");
        await ended;
        await settled();
    });
});
