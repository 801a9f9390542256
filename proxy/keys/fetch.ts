/**
 * One document from an issuer, within a time and a size, as istiod fetches it: redirects are followed, certificates are verified
 * by the CAs of Node and of the system, `HTTPS_PROXY` and its like are heeded.
 */
import http from "node:http";
import https from "node:https";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

const MAX_REDIRECTS = 10;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

export interface FetchOptions {
    readonly timeoutMs: number;
    readonly maxBytes: number;
    /** PEM, instead of the system's. */
    readonly ca?: readonly string[];
}

/** Rejects with an Error whose message says what went wrong, and where: never with what the answer says. */
export async function fetchText(address: string, options: FetchOptions): Promise<string> {
    let url = urlOf(address);
    // Before the time begins: to read all of the system's CAs takes as long as some issuers are given.
    if (url.protocol === "https:") trust(options);
    const signal = AbortSignal.timeout(options.timeoutMs);
    for (let redirects = 0; ; redirects++) {
        const answer = await get(url, options, signal);
        if (typeof answer === "string") return answer;
        const next = URL.parse(answer.location, url.href);
        if (next === null) throw new Error(`${shown(url)} redirects to what is no address`);
        // Whoever is between could put keys of their own in their place.
        if (url.protocol === "https:" && next.protocol !== "https:") throw new Error(`${shown(url)} redirects to an address without TLS`);
        if (redirects === MAX_REDIRECTS) throw new Error(`${shown(url)} redirects more than ${MAX_REDIRECTS} times`);
        url = urlOf(next.href);
    }
}

function urlOf(address: string): URL {
    const url = URL.parse(address);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) throw new Error("it is no http or https address");
    return url;
}

/** The body, or where it is instead. */
function get(url: URL, options: FetchOptions, signal: AbortSignal): Promise<string | { readonly location: string }> {
    return new Promise((resolve, reject) => {
        const fail = (error: Error): void => reject(new Error(`${shown(url)} ${reasonOf(error, options)}`));
        const headers = { accept: "application/json", "user-agent": "gatehouse" };
        const request =
            url.protocol === "https:"
                ? https.request(url, { headers, signal, agent: new https.Agent({ secureContext: trust(options), proxyEnv: process.env }) })
                : http.request(url, { headers, signal, agent: new http.Agent({ proxyEnv: process.env }) });
        request.on("error", fail);
        request.on("response", (response) => {
            const { statusCode = 0, headers: said } = response;
            const refuse = (why: string): void => {
                reject(new Error(`${shown(url)} ${why}`));
                request.destroy();
            };
            if (REDIRECTS.includes(statusCode) && said.location !== undefined) {
                resolve({ location: said.location });
                request.destroy();
                return;
            }
            if (statusCode < 200 || statusCode > 299) return refuse(`answers with status ${statusCode}`);
            const chunks: Buffer[] = [];
            let length = 0;
            response.on("data", (chunk: Buffer) => {
                length += chunk.length;
                if (length > options.maxBytes) refuse(`answers with more than ${options.maxBytes} bytes`);
                else chunks.push(chunk);
            });
            response.on("error", fail);
            response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        });
        request.end();
    });
}

function reasonOf(error: Error & { readonly code?: unknown }, { timeoutMs }: FetchOptions): string {
    if (error.name === "TimeoutError" || error.name === "AbortError") return `does not answer within ${timeoutMs} ms`;
    const code = typeof error.code === "string" ? error.code : "";
    if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return `has a certificate that is not trusted: ${error.message} (${code})`;
    return `can't be asked: ${code !== "" && !error.message.includes(code) ? `${error.message} (${code})` : error.message}`;
}

/** For people: who may ask there is not said. */
export function shown(address: URL | string): string {
    const { protocol, host, pathname } = new URL(address);
    return `${protocol}//${host}${pathname}`;
}

let system: SecureContext | undefined;

function trust({ ca }: FetchOptions): SecureContext {
    if (ca !== undefined) return createSecureContext({ ca: [...ca] });
    return (system ??= createSecureContext({ ca: [...new Set([...getCACertificates("default"), ...getCACertificates("system")])] }));
}
