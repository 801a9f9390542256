/** nginx, as the static backend of all and as a proxy: one process, no access log, kept-alive connections both ways. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findTool } from "../../harness/tools";
import { startServer, type Running } from "../tools";
import { STREAMS, type Peer, type PeerSetting } from "./peer";

function start(folder: string, http: string, ports: readonly number[], connections = 1024, workers = 1): Promise<Running> {
    mkdirSync(folder, { recursive: true });
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
    const file = path.join(folder, "nginx.conf");
    writeFileSync(
        file,
        `
        daemon off; ${workers === 1 ? "master_process off" : `worker_processes ${workers}`}; pid ${folder}/nginx.pid; error_log stderr crit;
        events { worker_connections ${connections}; }
        http { access_log off; keepalive_requests 1000000000; ${temporary} ${http} }
    `,
    );
    return startServer(findTool("nginx")!, ["-c", file, "-p", folder, "-e", "stderr"], ports);
}

/** A small body from memory, on these addresses, for so many connections. */
export function startBackend(
    folder: string,
    port: number,
    addresses: readonly string[] = ["127.0.0.1"],
    connections = 1024 + 8 * addresses.length,
): Promise<Running> {
    const body = "x".repeat(45);
    const listens = addresses.map((one) => `listen ${one}:${port} backlog=1024;`).join(" ");
    return start(path.join(folder, "backend"), `server { ${listens} location / { return 200 "${body}"; } }`, [port], connections);
}

const UPGRADE = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** To an HTTP/2 backend nginx speaks as gRPC alone; on a plain port it speaks either protocol, not both. */
function proxyConfiguration({ backendPort, httpPort, httpsPort, certificate, key, http2, websocket }: PeerSetting): string {
    const protocol = http2 === undefined ? "" : "http2";
    const pass =
        http2 === "to http2"
            ? ["grpc_pass grpc://backend;", "grpc_set_header"]
            : [
                  `proxy_pass http://backend; proxy_http_version 1.1; ${websocket ? UPGRADE : 'proxy_set_header Connection "";'}`,
                  "proxy_set_header",
              ];
    const [way = "", header = ""] = pass;
    return `
        upstream backend { server 127.0.0.1:${backendPort}; keepalive 256; keepalive_requests 1000000000; }
        server {
            listen 127.0.0.1:${httpPort} ${protocol} backlog=1024;
            listen 127.0.0.1:${httpsPort} ssl ${protocol} backlog=1024;
            ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate ${certificate}; ssl_certificate_key ${key};
            http2_max_concurrent_streams ${STREAMS}; client_max_body_size 0;
            location / {
                ${way}
                ${header} Host $host; ${header} X-Request-Id $request_id;
                ${header} X-Forwarded-For $proxy_add_x_forwarded_for; ${header} X-Forwarded-Proto $scheme;
            }
        }`;
}

export const nginx: Peer = {
    name: "nginx",
    tools: ["nginx"],
    start: (setting) =>
        start(
            path.join(setting.folder, "nginx"),
            proxyConfiguration(setting),
            [setting.httpPort, setting.httpsPort],
            setting.connections && 2 * setting.connections,
            setting.workers,
        ),
};
