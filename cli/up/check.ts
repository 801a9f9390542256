/** Sends the requests that a run promises to answer, and says of each how it went. */
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { readableText, wireText } from "../../istio/wire-text";
import { callOverHttp2, callOverWeb, type CallTarget } from "./grpc-call";
import { trialUrl, type CallForm, type Expectation, type Trial } from "./trial";

export interface CheckResult {
    readonly url: string;
    readonly outcome: "passed" | "failed" | "untried";
    /** `200 in 4 ms`, why it failed, or why it was not tried. */
    readonly detail: string;
}

export interface LiveCheckOptions {
    readonly address: string;
    /** PEM bundle. */
    readonly ca: string;
    readonly timeoutMs: number;
}

/** Whether an answer is the one wanted; the reason where it is not. */
export function judge(expect: Expectation, status: number, location: string | undefined): string | undefined {
    switch (expect.kind) {
        case "answer":
            return status < 400 ? undefined : `answered ${status}; wanted an answer below 400`;
        case "status":
            if (status !== expect.status) return `answered ${status}; wanted ${expect.status}`;
            return expect.location === undefined || location === expect.location
                ? undefined
                : `led to ${location ?? "nowhere"}; wanted ${expect.location}`;
        case "bytes":
            return undefined;
        case "closed":
            return `answered ${status}; wanted the connection to be closed`;
        default:
            return expect satisfies never;
    }
}

/** TLS as a client that has the bundle and nothing else; a chain may end in any certificate of the bundle. */
function tlsOptions(trial: Trial, { ca }: LiveCheckOptions): tls.ConnectionOptions {
    return {
        ca,
        allowPartialTrustChain: true,
        ALPNProtocols: ["http/1.1"],
        ...(net.isIP(trial.host) === 0 ? { servername: trial.host } : {}),
    };
}

/** Node writes a character of a head as one byte, and reads it so. */
function onWire(headers: Trial["shape"]["headers"]): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, wireText(value)]));
}

function readable(text: string | undefined): string | undefined {
    return text === undefined ? undefined : readableText(text);
}

/** What is done with an answer: all of it is read, and judged by its head. */
function settles(
    expect: Expectation,
    resolve: (said: string) => void,
    reject: (error: Error) => void,
): (response: http.IncomingMessage) => void {
    return (response) => {
        const fault = judge(expect, response.statusCode ?? 0, readable(response.headers.location));
        response
            .on("error", reject)
            .on("end", () => (fault === undefined ? resolve(String(response.statusCode)) : reject(new Error(fault))))
            .resume();
    };
}

function send(request: http.ClientRequest, { timeoutMs }: LiveCheckOptions, reject: (error: Error) => void): void {
    request
        .on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
        .on("error", reject)
        .end();
}

function request(trial: Trial, options: LiveCheckOptions): Promise<string> {
    const { protocol, host, port, shape, expect } = trial;
    const settings = {
        host: options.address,
        port,
        method: shape.method,
        path: shape.path,
        headers: { host: `${host}:${port}`, "user-agent": "gatehouse-check", ...onWire(shape.headers) },
        timeout: options.timeoutMs,
        agent: false,
    } as const;
    return new Promise((resolve, reject) => {
        const judged = settles(expect, resolve, reject);
        const sent =
            protocol === "https" ? https.request({ ...settings, ...tlsOptions(trial, options) }, judged) : http.request(settings, judged);
        send(sent, options, reject);
    });
}

/** A call of gRPC: its HTTP status is what is expected, and of one that is let in its gRPC status OK. */
async function callOf(trial: Trial, form: CallForm, options: LiveCheckOptions): Promise<string> {
    const { protocol, host, port, shape, expect } = trial;
    const target: CallTarget = {
        address: options.address,
        port,
        authority: `${host}:${port}`,
        path: shape.path,
        headers: { "user-agent": "gatehouse-check", ...onWire(shape.headers) },
        tls: protocol === "https" ? { ...tlsOptions(trial, options), ALPNProtocols: ["h2"] } : undefined,
        timeoutMs: options.timeoutMs,
    };
    const { status, grpcStatus, grpcMessage, location } = await (form === "grpc" ? callOverHttp2 : callOverWeb)(target);
    const said =
        grpcStatus === undefined
            ? "without a gRPC status"
            : `with gRPC status ${grpcStatus}${grpcMessage === "" ? "" : ` (${grpcMessage})`}`;
    const fault = judge(expect, status, location);
    if (fault !== undefined) throw new Error(`${fault}, ${said}`);
    const wanted = expect.kind === "answer" ? 0 : expect.kind === "status" ? expect.grpcStatus : undefined;
    if (wanted !== undefined && grpcStatus !== String(wanted)) throw new Error(`answered ${status} ${said}; wanted gRPC status ${wanted}`);
    return grpcStatus === undefined ? String(status) : `gRPC status ${grpcStatus}`;
}

class ClosedError extends Error {}

/** A line goes out; it, or whatever the backend says first, comes back. */
function converse(trial: Trial, options: LiveCheckOptions): Promise<string> {
    return new Promise((resolve, reject) => {
        const line = `gatehouse check ${randomBytes(8).toString("hex")}\n`;
        const address = { host: options.address, port: trial.port };
        const socket =
            trial.protocol === "tls"
                ? tls.connect({ ...address, ...tlsOptions(trial, options) }, () => socket.write(line))
                : net.connect(address, () => socket.write(line));
        let received = Buffer.alloc(0);
        const settle = (fault?: Error): void => {
            socket.destroy();
            if (fault === undefined) resolve(received.includes(line) ? "echoed" : `${received.length} bytes came back`);
            else reject(fault);
        };
        socket.setTimeout(options.timeoutMs, () =>
            settle(received.length > 0 ? undefined : new Error(`nothing came back within ${options.timeoutMs} ms`)),
        );
        socket.on("data", (chunk: Buffer) => {
            received = Buffer.concat([received, chunk]);
            if (received.includes(line)) settle();
        });
        socket.on("error", reject);
        socket.on("close", () => settle(received.length > 0 ? undefined : new ClosedError("the connection was closed without a byte")));
    });
}

/** Nothing comes back: neither an answer nor a handshake. */
async function findClosed(trial: Trial, options: LiveCheckOptions): Promise<string> {
    try {
        await converse({ ...trial, protocol: trial.protocol === "tcp" ? "tcp" : "tls" }, options);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (error instanceof ClosedError || code === "ECONNRESET" || code === "EPIPE") return "closed";
        throw error;
    }
    throw new Error("the connection is served; wanted it to be closed");
}

/** By a proxy: in absolute form, or over a tunnel. */
function requestByProxy(trial: Trial, proxy: number, options: LiveCheckOptions): Promise<string> {
    const { protocol, host, port, shape, expect } = trial;
    const authority = `${host}:${port}`;
    const hop = { host: options.address, port: proxy, timeout: options.timeoutMs, agent: false } as const;
    const headers = { host: authority, "user-agent": "gatehouse-check", ...onWire(shape.headers) };
    return new Promise((resolve, reject) => {
        const judged = settles(expect, resolve, reject);
        if (protocol === "http")
            return send(
                http.request({ ...hop, method: shape.method, path: `http://${authority}${shape.path}`, headers }, judged),
                options,
                reject,
            );
        const tunnel = http.request({ ...hop, method: "CONNECT", path: authority, headers: { host: authority } });
        tunnel.on("connect", (response, socket) => {
            if (response.statusCode !== 200) {
                socket.destroy();
                const fault = judge(expect, response.statusCode ?? 0, undefined);
                return fault === undefined ? resolve(String(response.statusCode)) : reject(new Error(fault));
            }
            const secured = tls.connect({ socket, ...tlsOptions(trial, options) });
            // The tunnel's own time is over with its answer.
            secured.setTimeout(options.timeoutMs, () => secured.destroy(new Error(`no answer within ${options.timeoutMs} ms`)));
            const within = https.request({ method: shape.method, path: shape.path, headers, createConnection: () => secured }, judged);
            send(within, options, reject);
        });
        send(tunnel, options, reject);
    });
}

function attempt(trial: Trial, options: LiveCheckOptions): Promise<string> {
    const { protocol, call, expect } = trial;
    if (trial.proxy !== undefined) return requestByProxy(trial, trial.proxy, options);
    if (expect.kind === "closed") return findClosed(trial, options);
    if (protocol !== "http" && protocol !== "https") return converse(trial, options);
    return call === undefined ? request(trial, options) : callOf(trial, call, options);
}

async function tryOne(trial: Trial, options: LiveCheckOptions): Promise<CheckResult> {
    const url = trialUrl(trial);
    if (trial.untried !== "") return { url, outcome: "untried", detail: trial.untried };
    const before = performance.now();
    try {
        const said = await attempt(trial, options);
        return { url, outcome: "passed", detail: `${said} in ${Math.round(performance.now() - before)} ms` };
    } catch (error) {
        const { message } = error as Error;
        return { url, outcome: "failed", detail: trial.foretold === "" ? message : `${message}; explain says: ${trial.foretold}` };
    }
}

/** All at once: a local run has a handful. */
export function checkAll(trials: readonly Trial[], options: LiveCheckOptions): Promise<CheckResult[]> {
    return Promise.all(trials.map((trial) => tryOne(trial, options)));
}
