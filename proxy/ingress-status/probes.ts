/** What a kubelet and a scraper ask of the process: whether it lives, whether it has read the cluster, and what it has done. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { IngressStatusReport } from "./run";

export interface Probes {
    readonly port: number;
    close(): void;
}

/** Rejects where the address can't be opened. */
export async function serveProbes(host: string, port: number, report: () => IngressStatusReport): Promise<Probes> {
    const server = http.createServer((request, response) => {
        const [status, text] = answerTo(request.url ?? "", report());
        response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
    });
    server.headersTimeout = 5_000;
    server.maxConnections = 100;
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, resolve);
    });
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function answerTo(url: string, report: IngressStatusReport): readonly [status: number, text: string] {
    switch (url) {
        case "/livez":
            return [200, "ok\n"];
        case "/healthz/ready":
            return report.synced ? [200, "ok\n"] : [503, "the cluster was not read yet\n"];
        case "/metrics":
            return [200, metricsOf(report)];
        default:
            return [404, "not found\n"];
    }
}

function metricsOf({ leads, writes, conflicts, failures }: IngressStatusReport): string {
    const lines = (name: string, type: string, help: string, value: number): string =>
        `# HELP gatehouse_ingress_status_${name} ${help}\n# TYPE gatehouse_ingress_status_${name} ${type}\ngatehouse_ingress_status_${name} ${value}\n`;
    return [
        lines("leader", "gauge", "1 where this process holds the Lease.", leads ? 1 : 0),
        lines("writes_total", "counter", "Statuses that were written.", writes),
        lines("conflicts_total", "counter", "Statuses that somebody else changed meanwhile; they are looked at again.", conflicts),
        lines("failures_total", "counter", "Requests that the API server did not answer as asked.", failures),
    ].join("");
}
