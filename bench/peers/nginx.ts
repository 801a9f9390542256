/** nginx, as the static backend of all and as a proxy: one process, no access log, kept-alive connections both ways. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findTool } from "../../harness/tools";
import { startServer, type Running } from "../tools";
import type { Peer, PeerSetting } from "./peer";

function start(folder: string, http: string, ports: readonly number[]): Promise<Running> {
    mkdirSync(folder, { recursive: true });
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
    const file = path.join(folder, "nginx.conf");
    writeFileSync(
        file,
        `
        daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr crit;
        events { worker_connections 1024; }
        http { access_log off; keepalive_requests 1000000000; ${temporary} ${http} }
    `,
    );
    return startServer(findTool("nginx")!, ["-c", file, "-p", folder, "-e", "stderr"], ports);
}

/** A small body from memory. */
export function startBackend(folder: string, port: number): Promise<Running> {
    const body = "x".repeat(45);
    return start(path.join(folder, "backend"), `server { listen 127.0.0.1:${port} backlog=1024; location / { return 200 "${body}"; } }`, [
        port,
    ]);
}

function proxyConfiguration({ backendPort, httpPort, httpsPort, certificate, key }: PeerSetting): string {
    return `
        upstream backend { server 127.0.0.1:${backendPort}; keepalive 64; keepalive_requests 1000000000; }
        server {
            listen 127.0.0.1:${httpPort} backlog=1024;
            listen 127.0.0.1:${httpsPort} ssl backlog=1024;
            ssl_certificate ${certificate}; ssl_certificate_key ${key};
            location / {
                proxy_pass http://backend; proxy_http_version 1.1;
                proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
            }
        }`;
}

export const nginx: Peer = {
    name: "nginx",
    tools: ["nginx"],
    start: (setting) => start(path.join(setting.folder, "nginx"), proxyConfiguration(setting), [setting.httpPort, setting.httpsPort]),
};
