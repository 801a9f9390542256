/** A proxy that can be asked, wherever it is: its admin server, reached by an address or through a tunnel. */
import http from "node:http";
import type { Duplex } from "node:stream";
import { CommandError, EXIT } from "../exit";
import { inOneLine } from "../terminal";

/** One proxy. What can't be answered is a CommandError that names it. */
export interface AdminSource {
    /** For people: an address, `pod istio-ingress/public-7d9f`, a gateway of `up`. */
    readonly name: string;
    /** Where a browser of this machine finds it: `http://127.0.0.1:15000`. Of one behind a tunnel only the tunnel leads there. */
    readonly origin: string;
    /** A connection of its own to it, of one behind a tunnel. */
    readonly connect?: () => Promise<Duplex>;
    /** JSON as it is, other types as text. */
    get(path: string): Promise<unknown>;
    /** The same of a change. */
    post(path: string): Promise<unknown>;
}

/** A proxy of ten thousand hosts takes a while to write its tables. */
const WITHIN_MS = 30_000;

interface Place {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    /** A connection of its own for each request; absent: by TCP. */
    readonly connect?: () => Promise<Duplex>;
    /** Why nobody answers, in words of the place. */
    readonly unreachable: (reason: string) => string;
}

export function adminSource(place: Place): AdminSource {
    return {
        name: place.name,
        origin: `http://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`,
        ...(place.connect ? { connect: place.connect } : {}),
        get: (path) => ask(place, "GET", path),
        post: (path) => ask(place, "POST", path),
    };
}

/** `http://127.0.0.1:15000`, or without its scheme. `name`: where it is known better than by its address. */
export function adminAt(admin: string, name?: string): AdminSource {
    let url: URL;
    try {
        url = new URL(/^[a-z]+:\/\//i.test(admin) ? admin : `http://${admin}`);
        if (url.protocol !== "http:" || url.pathname !== "/" || url.search !== "") throw new Error("no admin address");
    } catch {
        throw new CommandError(EXIT.usage, `--admin: ${JSON.stringify(admin)} is not an address as http://127.0.0.1:15000`);
    }
    return adminSource({
        name: name ?? url.origin,
        host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: Number(url.port || "80"),
        unreachable: (reason) => `no proxy answers at ${url.origin} (${reason})`,
    });
}

async function ask(place: Place, method: "GET" | "POST", path: string): Promise<unknown> {
    const { status, type, text } = await exchange(place, method, path);
    if (status === 404) throw new CommandError(EXIT.unable, `${place.name} knows no ${path.split("?")[0] ?? ""}: ${sayingWho(text)}`);
    if (status < 200 || status > 299)
        throw new CommandError(EXIT.unable, `${place.name} answered ${status}: ${inOneLine(text.trim().slice(0, 500))}`);
    if (!type.startsWith("application/json")) return text;
    let body: unknown;
    try {
        body = JSON.parse(text);
    } catch {
        throw new CommandError(EXIT.unable, `${place.name} answered what is no JSON: is it the admin server of a gatehouse proxy?`);
    }
    if (typeof body === "object" && body !== null && "configs" in body)
        throw new CommandError(EXIT.unable, `${place.name} is an Envoy: ask it with istioctl proxy-config`);
    return body;
}

function sayingWho(text: string): string {
    return text.startsWith("wanted one of") ? "it is a gatehouse proxy of another version" : "is it the admin server of a gatehouse proxy?";
}

function reasonOf({ name, code, message }: NodeJS.ErrnoException): string {
    return name === "AbortError" || name === "TimeoutError" ? `no whole answer within ${WITHIN_MS / 1000} s` : (code ?? message);
}

async function exchange(
    place: Place,
    method: "GET" | "POST",
    path: string,
): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
    const tunnel = await place.connect?.();
    return new Promise((resolve, reject) => {
        const failed = (error: NodeJS.ErrnoException): void => {
            tunnel?.destroy();
            reject(new CommandError(EXIT.unable, place.unreachable(reasonOf(error))));
        };
        if (tunnel?.errored) return failed(tunnel.errored);
        tunnel?.once("error", failed);
        const request = http.request(
            {
                host: place.host,
                port: place.port,
                method,
                path,
                // The Host that a proxy takes: it is asked as if from its own machine.
                headers: tunnel ? { host: "localhost", connection: "close" } : { connection: "close" },
                agent: false,
                signal: AbortSignal.timeout(WITHIN_MS),
                ...(tunnel ? { createConnection: () => tunnel } : {}),
            },
            (response) => {
                const parts: Buffer[] = [];
                response
                    .on("data", (part: Buffer) => parts.push(part))
                    .on("end", () => {
                        tunnel?.destroy();
                        const type = response.headers["content-type"] ?? "";
                        resolve({ status: response.statusCode ?? 0, type, text: Buffer.concat(parts).toString("utf8") });
                    })
                    .on("error", failed);
            },
        );
        request.on("error", failed);
        request.end();
    });
}
