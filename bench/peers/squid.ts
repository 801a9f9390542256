/** Squid as a forward proxy of tunnels alone: one process, no cache, no log. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findTool } from "../../harness/tools";
import { startServer, type Running } from "../tools";

export interface SquidSetting {
    readonly folder: string;
    readonly port: number;
    /** What it lets through, and where that is. */
    readonly host: string;
    readonly address: string;
}

export function startSquid({ folder, port, host, address }: SquidSetting): Promise<Running> {
    mkdirSync(folder, { recursive: true });
    // As root it becomes another user, who must reach its files.
    chmodSync(path.dirname(folder), 0o711);
    const hosts = path.join(folder, "hosts");
    writeFileSync(hosts, `${address} ${host}\n`);
    const file = path.join(folder, "squid.conf");
    writeFileSync(
        file,
        `
http_port 127.0.0.1:${port}
acl tunnel method CONNECT
acl outside dstdomain ${host}
http_access allow tunnel outside
http_access deny all
hosts_file ${hosts}
access_log none
cache_log /dev/null
cache deny all
cache_mem 0
pid_filename none
pinger_enable off
coredump_dir ${folder}
shutdown_lifetime 0 seconds
`,
    );
    return startServer(findTool("squid")!, ["-N", "-n", `bench${port}`, "-f", file], [port]);
}
