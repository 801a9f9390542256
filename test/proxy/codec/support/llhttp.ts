/** Node's strict parser over the same bytes. Its binding is internal: the one synchronous way to it, for tests only. */

export interface Reference {
    method: string;
    url: string;
    status: number;
    minor: number;
    /** As received: name, value, … */
    headers: string[];
    trailers: string[];
    body: string;
    whole: boolean;
    upgrade: boolean;
}

interface Binding {
    new (): Record<number, unknown> & {
        initialize(type: number, resource: object, maxHeader: number, lenient: number): void;
        execute(bytes: Buffer): number | Error;
        finish(): number | Error | undefined;
    };
    REQUEST: number;
    RESPONSE: number;
    kOnHeaders: number;
    kOnHeadersComplete: number;
    kOnBody: number;
    kOnMessageComplete: number;
}

// oxlint-disable-next-line typescript/no-require-imports -- not a public module: no import has types for it
const { HTTPParser, methods } = require("_http_common") as { HTTPParser: Binding; methods: string[] };

/** All messages that llhttp finds, whether or not it fails later. `method`: what the responses answer. */
export function reference(
    type: "request" | "response",
    bytes: string,
    method = "GET",
    closes = false,
): { messages: Reference[]; failed: boolean } {
    const parser = new HTTPParser();
    const messages: Reference[] = [];
    const current = (): Reference => messages.at(-1)!;
    let early: string[] = [];
    let earlyUrl = "";
    let inBody = false;
    parser.initialize(type === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 80 * 1024, 0);
    parser[HTTPParser.kOnHeaders] = (headers: string[], url: string) => {
        if (inBody) current().trailers.push(...headers);
        else early.push(...headers);
        if (!inBody) earlyUrl += url;
    };
    parser[HTTPParser.kOnHeadersComplete] = (
        _major: number,
        minor: number,
        headers: string[] | undefined,
        verb: number,
        url: string | undefined,
        status: number | null,
        _text: string,
        upgrade: boolean,
    ) => {
        messages.push({
            method: methods[verb] ?? "",
            url: earlyUrl + (url ?? ""),
            status: status ?? 0,
            minor,
            headers: [...early, ...(headers ?? [])],
            trailers: [],
            body: "",
            whole: false,
            upgrade,
        });
        early = [];
        earlyUrl = "";
        inBody = true;
        return type === "response" && method === "HEAD" ? 1 : upgrade && status === 101 ? 2 : 0;
    };
    parser[HTTPParser.kOnBody] = (chunk: Buffer) => {
        current().body += chunk.toString("latin1");
    };
    parser[HTTPParser.kOnMessageComplete] = () => {
        current().whole = true;
        inBody = false;
    };
    const result = parser.execute(Buffer.from(bytes, "latin1"));
    let failed = result instanceof Error;
    if (!failed && closes && messages.at(-1)?.upgrade !== true) failed = parser.finish() instanceof Error;
    return { messages, failed };
}
