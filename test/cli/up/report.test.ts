/** The result of `up`: the table that people read, the document that programs read. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Terminal } from "../../../cli/terminal";
import { jsonReport, tableReport, type UpReport } from "../../../cli/up/report";
import type { ServedServer, Trial } from "../../../cli/up/trial";
import { trial } from "./trials";

const plain: Terminal = {
    print: () => undefined,
    progress: () => undefined,
    finding: () => undefined,
    fault: () => undefined,
    style: (_style, text) => text,
};
const lines = { address: "127.0.0.1", caFile: "/s/ca.pem", behindProxy: false };

const served = (path: string): Trial => trial({ protocol: "https", port: 8443, shape: { method: "GET", path, headers: {} } });

const report: UpReport = {
    stacks: [{ project: "quickstart", env: "dev", dir: "/p" }],
    gateways: [
        {
            name: "public",
            kind: "gateway",
            namespace: "ingress",
            labels: { istio: "public" },
            pid: 41,
            admin: "http://127.0.0.1:1",
            status: "http://127.0.0.1:2",
            logFile: "/s/logs/public.log",
            servers: [
                {
                    gateway: "ingress/web",
                    server: "https",
                    protocol: "HTTPS",
                    declaredPort: 443,
                    address: "127.0.0.1",
                    port: 8443,
                    hosts: ["web.example.com"],
                    versions: ["HTTP/1.1"],
                    tls: "SIMPLE",
                    url: "https://web.example.com:8443/api",
                    access: [],
                    trials: [served("/api"), { ...served("/db"), untried: "Service apps/db has no backend that runs here" }],
                },
            ],
        },
        {
            name: "idle",
            kind: "gateway",
            namespace: "ingress",
            labels: {},
            pid: 42,
            admin: "http://127.0.0.1:3",
            status: "http://127.0.0.1:4",
            logFile: "/s/logs/idle.log",
            servers: [],
        },
    ],
    backends: [{ name: "web", namespace: "apps", sample: "web", pid: 43, address: "127.0.0.1", port: 21001 }],
    notRun: [
        {
            ref: { group: "apps", kind: "Deployment", namespace: "apps", name: "db" },
            reason: "its pods have no annotation gatehouse.dev/run",
        },
    ],
    findings: [],
    check: [{ url: "https://web.example.com:8443/api", outcome: "passed", detail: "200 in 4 ms" }],
    state: "/s",
    objects: "/s/objects",
    ca: "/s/ca.pem",
    timings: { ready: 2149 },
};

describe("the table", () => {
    it("says what is served where, how to try it, and what is not run", () => {
        assert.equal(
            tableReport(report, lines, plain),
            `\
quickstart (dev) is served, ready in 2.1 s

Gateway ingress/public  pid 41  admin http://127.0.0.1:1  status http://127.0.0.1:2
  URL                               ADDRESS         PORT       HOSTS
  https://web.example.com:8443/api  127.0.0.1:8443  443 HTTPS  web.example.com

Gateway ingress/idle  pid 42  admin http://127.0.0.1:3  status http://127.0.0.1:4
  nothing: no Gateway and no Ingress is for it

Try
  curl --resolve web.example.com:8443:127.0.0.1 --cacert /s/ca.pem https://web.example.com:8443/api
  # Service apps/db has no backend that runs here
  curl --resolve web.example.com:8443:127.0.0.1 --cacert /s/ca.pem https://web.example.com:8443/db

Backends
  apps/web  web  127.0.0.1:21001  pid 43

Not run here
  Deployment apps/db: its pods have no annotation gatehouse.dev/run

Checked
  ok  https://web.example.com:8443/api  200 in 4 ms

Objects, keys and logs: /s`,
        );
    });
});

describe("the table of servers that not everybody may ask", () => {
    it("names who is asked, once for all hosts that are asked about alike", () => {
        const [first, ...others] = report.gateways;
        const [server] = first?.servers ?? [];
        assert.ok(first && server);
        const rows = (access: ServedServer["access"]): string =>
            tableReport({ ...report, gateways: [{ ...first, servers: [{ ...server, access }] }, ...others] }, lines, plain);
        const policies = ["token ingress/company", "DENY ingress/keep"];
        assert.match(
            rows([
                { host: "a.example.com", policies },
                { host: "b.example.com", policies },
            ]),
            / HOSTS {12}ACCESS\n.* {2}web\.example\.com {2}token ingress\/company, DENY ingress\/keep\n/,
        );
        assert.match(
            rows([
                { host: "a.example.com", policies },
                { host: "b.example.com", policies: ["ALLOW ingress/may"] },
            ]),
            / {2}a\.example\.com: token ingress\/company, DENY ingress\/keep; b\.example\.com: ALLOW ingress\/may\n/,
        );
    });
});

describe("the JSON document", () => {
    it("gives each server its URL, address, port, hosts and command, each gateway its admin, status and pid", () => {
        const document = JSON.parse(jsonReport(report, lines)) as { gateways: Record<string, unknown>[]; notRun: unknown };
        const { servers, ...gateway } = document.gateways[0] as { servers: Record<string, unknown>[] };
        assert.deepEqual(gateway, {
            name: "public",
            namespace: "ingress",
            labels: { istio: "public" },
            pid: 41,
            kind: "gateway",
            admin: "http://127.0.0.1:1",
            status: "http://127.0.0.1:2",
            logFile: "/s/logs/public.log",
        });
        assert.deepEqual(servers[0], {
            gateway: "ingress/web",
            server: "https",
            protocol: "HTTPS",
            declaredPort: 443,
            address: "127.0.0.1",
            port: 8443,
            hosts: ["web.example.com"],
            versions: ["HTTP/1.1"],
            tls: "SIMPLE",
            url: "https://web.example.com:8443/api",
            access: [],
            commands: ["/api", "/db"].map(
                (path) => `curl --resolve web.example.com:8443:127.0.0.1 --cacert /s/ca.pem https://web.example.com:8443${path}`,
            ),
        });
        assert.deepEqual(document.notRun, [
            { group: "apps", kind: "Deployment", namespace: "apps", name: "db", reason: "its pods have no annotation gatehouse.dev/run" },
        ]);
    });
});
