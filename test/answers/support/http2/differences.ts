/** What we answer over HTTP/2 where Istio's gateway does otherwise. */
import type { Answer, Differences, Received } from "../case";

const NOTHING = {
    ended: undefined,
    informational: undefined,
    headers: undefined,
    body: undefined,
    trailers: undefined,
    backend: undefined,
};

const each = (titles: readonly string[], ours: object, why: string): Differences => answers(why, titles, { ...NOTHING, ...ours });

/** The stream ends with this, and nobody has heard of the request. */
export const resets = (why: string, titles: readonly string[], ended = "reset PROTOCOL_ERROR"): Differences =>
    each(titles, { status: 0, ended }, why);

/** Refused by a status. */
export const refuses = (status: number, why: string, titles: readonly string[], headers: Answer["headers"] = {}): Differences =>
    each(titles, { status, headers }, why);

/** Served by the two backends as `toBoth` has them, who get these headers beside those of every request. */
export function passes(
    why: string,
    title: string,
    request: string,
    headers: Readonly<Record<string, string>> = {},
    overHttp1: Readonly<Record<string, string>> = {},
): Differences {
    return Object.fromEntries(
        (["HTTP/1.1", "HTTP/2"] as const).map((protocol) => [
            `to ${protocol}: ${title}`,
            {
                ours: {
                    ...NOTHING,
                    ...served(protocol, request, protocol === "HTTP/1.1" ? { ...headers, ...overHttp1 } : headers),
                } as Partial<Answer>,
                why,
            },
        ]),
    );
}

export function served(protocol: "HTTP/1.1" | "HTTP/2", request: string, headers: Readonly<Record<string, string>> = {}): Partial<Answer> {
    const at = protocol === "HTTP/2" ? "http2.backends.test" : "one.backends.test";
    const received: Received = {
        at,
        request: `${request} ${protocol}`,
        headers: {
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
            ...(protocol === "HTTP/2" ? { ":authority": "h2.test", ":scheme": "http" } : { host: "h.test" }),
            ...headers,
        },
    };
    return { status: 200, headers: { "content-type": "text/plain", "x-backend": at }, backend: [received] };
}

export const toEach = (...titles: readonly string[]): string[] =>
    titles.flatMap((title) => [`to HTTP/1.1: ${title}`, `to HTTP/2: ${title}`]);

/** Why what Envoy closes the connection for ends its stream here. */
export const MALFORMED = "RFC 9113 §8.1.1: a malformed request is an error of its stream; the others of the connection did nothing wrong";
/** Why it is answered. */
export const ANSWERED = "RFC 9113 §8.1.1: a server may answer before it ends the stream, and a status says more than a reset";

/** Of an answer: what it is instead; the rest stays. */
export function answers(why: string, titles: readonly string[], ours: object | ((recorded: Answer) => Partial<Answer>)): Differences {
    return Object.fromEntries(titles.map((title) => [title, { ours: ours as Differences[string]["ours"], why }]));
}

export const byBoth = (...titles: readonly string[]): string[] => titles.flatMap((title) => [`HTTP/1.1: ${title}`, `HTTP/2: ${title}`]);
export const byHttp1 = (...titles: readonly string[]): string[] => titles.map((title) => `HTTP/1.1: ${title}`);
export const byHttp2 = (...titles: readonly string[]): string[] => titles.map((title) => `HTTP/2: ${title}`);

/** The backend is asked so often. */
export const asked = (times: number, why: string, titles: readonly string[], more: object = {}): Differences =>
    Object.fromEntries(
        titles.map((title) => [
            title,
            {
                ours: ({ backend = [] }: Answer) =>
                    ({ ...more, backend: Array.from({ length: times }, () => backend[0]) }) as Partial<Answer>,
                why,
            },
        ]),
    );

/** The client's connection ends before anything was written. */
export const CUT = { status: 0, ended: "closed", headers: undefined, body: undefined, trailers: undefined };
