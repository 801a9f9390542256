/** Requests over HTTP/2: as a case says them, and those that it says in HTTP/1.1. */
import type { Ask } from "../case";
import { data, headers } from "./frames";

export interface Request2 {
    /** Default `http`, and `https` on TLS. */
    readonly scheme?: string;
    readonly body?: string;
    /** `name: value` each. */
    readonly trailers?: readonly string[];
    /** In front of all. */
    readonly pseudo?: readonly string[];
}

/** `METHOD target` on a connection of its own; a header line is `name: value`, sent as it is. */
export function ask2(host: string, request: string, lines: readonly string[] = [], more: Partial<Ask> & Request2 = {}): Ask {
    const { body = "", trailers = [], scheme, pseudo, ...rest } = more;
    const [method = "", target = ""] = request.split(" ");
    const head = pseudo ?? [":method", method, ":scheme", scheme ?? (rest.tls ? "https" : "http"), ":authority", host, ":path", target];
    const length = body === "" ? [] : ["content-length", `${Buffer.byteLength(body)}`];
    const list = [...head, ...length, ...lines.flatMap(fieldOf)];
    return { sends: [Buffer.concat(framesOf(list, body, trailers.flatMap(fieldOf)))], http2: { method }, ...rest };
}

/** A POST in frames: its head, then what follows; those that nothing is waited for between in one write, so that they come together. */
export function post2(host: string, list: readonly string[], ...frames: readonly (Buffer | RegExp)[]): Ask {
    const head = [":method", "POST", ":scheme", "http", ":authority", host, ":path", "/", ...list];
    return { sends: together([headers(head, frames.length === 0), ...frames]), http2: { method: "POST" } };
}

function together(sends: readonly (Buffer | RegExp)[]): (Buffer | RegExp)[] {
    const all: (Buffer | RegExp)[] = [];
    for (const send of sends) {
        const last = all.at(-1);
        if (last instanceof Buffer && send instanceof Buffer) all[all.length - 1] = Buffer.concat([last, send]);
        else all.push(send);
    }
    return all;
}

function framesOf(list: readonly string[], body: string, trailers: readonly string[]): Buffer[] {
    const frames = [headers(list, body === "" && trailers.length === 0)];
    if (body !== "") frames.push(data(body, trailers.length === 0));
    if (trailers.length > 0) frames.push(headers(trailers, true));
    return frames;
}

/** The name is what is before the first colon that does not begin it. */
export function fieldOf(line: string): [string, string] {
    const colon = line.indexOf(":", 1);
    return colon === -1 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** What only HTTP/1.1 says of a message, and what becomes `:authority`. */
const NOT_IN_HTTP2 = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host", "http2-settings"]);

/** The same request over HTTP/2; undefined where it is about HTTP/1.1 itself. */
export function overHttp2(asked: Ask): Ask | undefined {
    const { sends, end: _end, http2, ...rest } = asked;
    const [text] = sends;
    if (http2 || sends.length !== 1 || typeof text !== "string") return undefined;
    const parsed = /^([A-Z-]+) (\S+) HTTP\/1\.1\r\n((?:[!-9;-~]+:[^\r\n]*\r\n)*)\r\n([^]*)$/.exec(text);
    if (!parsed) return undefined;
    const [, method = "", target = "", lines = "", body = ""] = parsed;
    const fields = lines
        .split("\r\n")
        .filter((line) => line !== "")
        .map(fieldOf)
        .map(([name, value]): [string, string] => [name.toLowerCase(), value]);
    const hosts = fields.filter(([name]) => name === "host");
    const isOwn = (name: string): boolean => fields.some(([other]) => other === name);
    if (hosts.length !== 1 || method === "CONNECT" || isOwn("transfer-encoding") || isOwn("upgrade")) return undefined;
    if (!/^[/*]/.test(target)) return undefined;
    const options = fields.filter(([name]) => name === "connection").flatMap(([, value]) => value.split(","));
    if (options.some((option) => !/^[\w-]*$/.test(option.trim()))) return undefined;
    const scheme = rest.tls ? "https" : "http";
    const list = [":method", method, ":scheme", scheme, ":authority", hosts[0]?.[1] ?? "", ":path", target];
    const kept = fields.filter(([name, value]) => !NOT_IN_HTTP2.has(name) && !(name === "te" && value !== "trailers"));
    const length = Number(fields.find(([name]) => name === "content-length")?.[1] ?? 0);
    const sent = Number.isNaN(length) ? body : body.slice(0, length);
    return { ...rest, sends: [Buffer.concat(framesOf([...list, ...kept.flat()], sent, []))], http2: { method } };
}
