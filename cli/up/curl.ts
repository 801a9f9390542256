/** The line that a user pastes to try what is served: no DNS set-up, no trust store, no root. */
import { trialUrl, type Trial } from "./trial";

export interface LineOptions {
    readonly address: string;
    /** A PEM bundle; empty: the run has no certificates. */
    readonly caFile: string;
    /** Whether the environment sends curl to a proxy that knows nothing of these names. */
    readonly behindProxy: boolean;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
    return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A message of gRPC without a byte: its head alone. */
const EMPTY_MESSAGE = String.raw`printf '\0\0\0\0\0'`;
/** The answer is bytes that no terminal shows; its status is in the trailers, which stand with the head. */
const CALL_OPTIONS = ["-s", "-D", "-", "-o", "/dev/null", "--data-binary", "@-"];
/** Of gRPC-Web the trailers are in the body. */
const WEB_CALL_OPTIONS = ["-s", "-i", "-o", "-", "--data-binary", "@-"];

function httpLine(trial: Trial, { address, caFile, behindProxy }: LineOptions): string[] {
    const { protocol, host, port, proxy, presents, shape, expect, call } = trial;
    return [
        "curl",
        ...(call === "grpc" ? [protocol === "https" ? "--http2" : "--http2-prior-knowledge"] : []),
        // A redirect's answer is its head.
        ...(call === "grpc" ? CALL_OPTIONS : call === "grpc-web" ? WEB_CALL_OPTIONS : expect.kind === "status" ? ["-i"] : []),
        ...(proxy === undefined ? [] : ["-x", `http://${address}:${proxy}`]),
        ...(behindProxy && proxy === undefined ? ["--noproxy", "*"] : []),
        ...(presents === true ? ["--haproxy-protocol"] : []),
        // To send a body is to POST.
        ...(shape.method === "GET" || call !== undefined ? [] : shape.method === "HEAD" ? ["-I"] : ["-X", shape.method]),
        ...(host === address || proxy !== undefined ? [] : ["--resolve", `${host}:${port}:${address}`]),
        ...(protocol === "https" && caFile !== "" ? ["--cacert", caFile] : []),
        ...Object.entries(shape.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
        trialUrl(trial),
    ];
}

/** One line for a POSIX shell. */
export function commandLine(trial: Trial, options: LineOptions): string {
    switch (trial.protocol) {
        case "http":
        case "https":
            return `${trial.call === undefined ? "" : `${EMPTY_MESSAGE} | `}${httpLine(trial, options).map(shellWord).join(" ")}`;
        case "tcp":
            return ["nc", options.address, String(trial.port)].map(shellWord).join(" ");
        case "tls":
            return [
                "openssl",
                "s_client",
                "-quiet",
                "-connect",
                `${options.address}:${trial.port}`,
                "-servername",
                trial.host,
                ...(options.caFile === "" ? [] : ["-CAfile", options.caFile]),
            ]
                .map(shellWord)
                .join(" ");
        default:
            return trial.protocol satisfies never;
    }
}
