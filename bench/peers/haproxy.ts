/** HAProxy with one thread, as the other C proxy to be compared with. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { findTool } from "../../harness/tools";
import { startServer } from "../tools";
import { STREAMS, type Peer } from "./peer";

export const haproxy: Peer = {
    name: "HAProxy",
    tools: ["haproxy"],
    start: ({ folder, backendPort, httpPort, httpsPort, bundle, http2, connections, workers }) => {
        const file = path.join(folder, "haproxy.cfg");
        writeFileSync(
            file,
            `
global
    nbthread ${workers ?? 1}
    maxconn ${connections ?? 9000}
    tune.h2.max-concurrent-streams ${STREAMS}
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
    option forwardfor
    unique-id-format %[uuid]
    unique-id-header x-request-id
frontend plain
    bind 127.0.0.1:${httpPort}
    http-request set-header x-forwarded-proto http
    default_backend all
frontend encrypted
    bind 127.0.0.1:${httpsPort} ssl crt ${bundle} alpn h2,http/1.1
    http-request set-header x-forwarded-proto https
    default_backend all
backend all
    http-reuse always
    server one 127.0.0.1:${backendPort}${http2 === "to http2" ? " proto h2" : ""}
`,
        );
        return startServer(findTool("haproxy")!, ["-db", "-f", file], [httpPort, httpsPort]);
    },
};
