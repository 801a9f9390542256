/** What somebody wants to know: one request, as a client would send it, every text of it as it stands on the wire. */
import net from "node:net";
import { isToken, wireText } from "../../istio/wire-text";
import type { HeaderList } from "../http/doors";
import { GRPC_TYPE } from "../http/grpc";

export interface Question {
    readonly scheme: "http" | "https" | "tcp" | "tls";
    /** Where the client connects; the listener is found by it. */
    readonly port: number;
    /** Host header, with its port where it has one. */
    readonly authority: string;
    /** Path and query. */
    readonly path: string;
    readonly method: string;
    /** What a proxy is asked for: a whole URL, or of CONNECT host and port. Absent: a server is asked. */
    readonly target?: string;
    /** The connection speaks HTTP/2; absent: HTTP/1.1. */
    readonly http2?: true;
    /** Names lower-case; without host. */
    readonly headers: HeaderList;
    /** SNI; empty: the client sends none. */
    readonly serverName: string;
    /** Whom the connection comes from; absent: an address that is nobody's. */
    readonly clientAddress?: string;
    /** URIs in the client's certificate, as `spiffe://cluster.local/ns/shop/sa/web`; empty: it has none in it. Absent: there is none. */
    readonly clientPrincipals?: readonly string[];
}

export interface QuestionOptions {
    /** Default: GET, of a call POST. */
    readonly method?: string;
    readonly http2?: boolean;
    /** Where a forward proxy is asked for it: http as it is, everything else by CONNECT. */
    readonly proxyPort?: number;
    /** A call of gRPC: over HTTP/2, with what every client of gRPC sends. */
    readonly grpc?: boolean;
    /** `Name: value`. */
    readonly headers?: readonly string[];
    /** Default: the URL's host; an IP address is never sent. Empty: none. */
    readonly serverName?: string;
    /** Goes as `Authorization: Bearer`. */
    readonly token?: string;
    readonly clientAddress?: string;
    /** With or without `spiffe://`, as policies write them. */
    readonly clientPrincipals?: readonly string[];
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
/** Not the URL class: what a client may send, it would make another path of. */
const URL_SHAPE =
    /^(?<scheme>https?|tcp|tls):\/\/(?<host>\[[0-9A-Fa-f:.]+\]|[^/?#:@\s]+)(?::(?<port>\d{1,5}))?(?<path>\/\S*|\?\S*)?(?:#\S*)?$/;

/** Throws an Error that says what is wrong with it. */
export function parseQuestion(url: string, options: QuestionOptions = {}): Question {
    const question = plainQuestion(url, options);
    return options.proxyPort === undefined ? question : proxied(question, url, options.proxyPort);
}

function proxied(question: Question, url: string, port: number): Question {
    if (question.http2) throw new Error("a proxy is asked in HTTP/1.1 here");
    const { scheme, authority } = question;
    if (scheme === "http") return { ...question, port, target: url.replace(/#.*$/, "") };
    const { host = "" } = URL_SHAPE.exec(url)?.groups ?? {};
    const target = `${host}:${question.port}`;
    return {
        ...question,
        scheme: "http",
        port,
        method: "CONNECT",
        path: "",
        target,
        authority: authority === host ? target : authority,
        serverName: "",
    };
}

function plainQuestion(url: string, options: QuestionOptions): Question {
    const { grpc = false, http2 = grpc, headers = [], serverName, token, clientAddress, clientPrincipals } = options;
    const { method = grpc ? "POST" : "GET" } = options;
    const parts = URL_SHAPE.exec(url)?.groups;
    if (!parts) throw new Error(`${JSON.stringify(url)} is not a URL as https://host[:port]/path; http, https, tcp and tls are known`);
    const scheme = parts["scheme"] as Question["scheme"];
    const host = parts["host"] ?? "";
    const port = Number(parts["port"] ?? DEFAULT_PORTS[scheme] ?? 0);
    if (port < 1 || port > 65_535)
        throw new Error(
            parts["port"] === undefined
                ? `${JSON.stringify(url)} names no port, and ${scheme} has none of its own`
                : `${parts["port"]} is no port`,
        );
    if (!isToken(method)) throw new Error(`${JSON.stringify(method)} is no method`);
    if (clientAddress !== undefined && net.isIP(clientAddress) === 0) throw new Error(`${JSON.stringify(clientAddress)} is no IP address`);
    if (http2 && scheme !== "http" && scheme !== "https") throw new Error(`HTTP/2 is asked for by http and https URLs, not by ${scheme}`);
    const given = headers.map(parseHeader);
    const list = [...given, ...(grpc ? callHeaders(given) : []), ...(token === undefined ? [] : [bearerHeader(token)])];
    const named = list.findLast(([name]) => name === "host")?.[1];
    const isDefault = parts["port"] === undefined || port === DEFAULT_PORTS[scheme];
    const rest = parts["path"] ?? "/";
    return {
        scheme,
        port,
        authority: named ?? wireText(isDefault ? host : `${host}:${port}`),
        path: wireText(rest.startsWith("?") ? `/${rest}` : rest),
        method,
        ...(http2 ? { http2 } : {}),
        headers: list.filter(([name]) => name !== "host").flat(),
        serverName:
            serverName?.toLowerCase() ?? (net.isIP(host.replace(/^\[(.*)\]$/, "$1")) === 0 ? host.toLowerCase().replace(/\.$/, "") : ""),
        ...(clientAddress === undefined ? {} : { clientAddress }),
        ...(clientPrincipals === undefined ? {} : { clientPrincipals: clientPrincipals.map(principalUri) }),
    };
}

const CALL_HEADERS: readonly [name: string, value: string][] = [
    ["content-type", GRPC_TYPE],
    ["te", "trailers"],
];

function callHeaders(given: readonly [name: string, value: string][]): readonly [name: string, value: string][] {
    return CALL_HEADERS.filter(([name]) => !given.some(([known]) => known === name));
}

/** What is wrong with it is for the proxy to say; what is no header value would be another request. */
function bearerHeader(token: string): [name: string, value: string] {
    const text = token.trim().replace(/^Bearer\s+/i, "");
    if (text === "") throw new Error("the token is empty");
    if (/[^\x21-\x7e]/.test(text)) throw new Error("the token has characters that no token has, as spaces or line breaks: give it alone");
    return ["authorization", `Bearer ${text}`];
}

function principalUri(text: string): string {
    return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ? text : `spiffe://${text}`;
}

function parseHeader(text: string): [name: string, value: string] {
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (!isToken(name)) throw new Error(`${JSON.stringify(text)} is not a header as Name: value`);
    return [name, wireText(text.slice(colon + 1).trim())];
}
