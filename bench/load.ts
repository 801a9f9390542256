/** Load from wrk: connections that send one small request after the other. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Load {
    readonly connections: number;
    readonly seconds: number;
    /** Absent: `bench.example`. */
    readonly host?: string;
    /** A Lua file that makes the requests. */
    readonly script?: string;
}

/** A script by which each request is for the next of these hosts. */
export function eachHostInTurn(hosts: readonly string[]): string {
    return `local hosts = { ${hosts.map((host) => `"${host}"`).join(", ")} }
local at = 0
request = function()
    at = at % #hosts + 1
    return wrk.format("GET", "/", { Host = hosts[at] })
end
`;
}

/** How many requests were answered. Answers other than 2xx are an error: they would measure something else. */
export async function sendLoad(wrk: string, url: string, load: Load): Promise<number> {
    const amount = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`];
    const script = load.script === undefined ? [] : ["-s", load.script];
    const { stdout } = await run(wrk, [...amount, ...script, "-H", `Host: ${load.host ?? "bench.example"}`, url]);
    const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: .*/.exec(stdout);
    if (failed !== null) throw new Error(`${url}: ${failed[0]}`);
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
    if (requests === 0) throw new Error(`${url}: nothing was answered`);
    return requests;
}
