/** Load from h2load: so many requests on so many streams of so many connections. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface H2Load {
    readonly requests: number;
    readonly connections: number;
    /** On each of them at a time. */
    readonly streams: number;
    /** A file that each request sends; absent: GET. */
    readonly body?: string;
    readonly headers?: readonly string[];
}

/** Ends when each request was answered. An answer other than 2xx is an error: it would measure something else. */
export async function sendH2Load(h2load: string, port: number, tls: boolean, load: H2Load): Promise<void> {
    const target = `127.0.0.1:${port}`;
    const amount = [`-n${load.requests}`, `-c${load.connections}`, `-m${load.streams}`, "-t1"];
    const body = load.body === undefined ? [] : ["-d", load.body];
    const headers = (load.headers ?? []).flatMap((one) => ["-H", one]);
    const { stdout } = await run(h2load, [
        ...amount,
        ...body,
        ...headers,
        `--connect-to=${target}`,
        `${tls ? "https" : "http"}://bench.example/bench.Echo/Ask`,
    ]);
    const protocol = /Application protocol: (\S+)/.exec(stdout)?.[1];
    if (protocol !== "h2" && protocol !== "h2c") throw new Error(`${target}: ${protocol ?? "nothing"} was spoken, not HTTP/2`);
    const good = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0);
    const whole = Number(/(\d+) succeeded/.exec(stdout)?.[1] ?? 0);
    if (good !== load.requests || whole !== good)
        throw new Error(`${target}: ${good} of ${load.requests} requests were answered with 2xx, ${whole} of them whole`);
}
