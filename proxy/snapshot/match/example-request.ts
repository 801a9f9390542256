/** A request in the making, every text of it as it is sent, which conditions change until it meets them. Not for the hot path. */
import { percentEncoded } from "../../../istio/semantics/path";

export interface ExampleRequest {
    method: string;
    /** Its listener's. */
    readonly scheme: string;
    authority: string;
    pathname: string;
    /** Without the question mark; empty: none. */
    query: string;
    /** Names in small letters. */
    readonly headers: Map<string, string>;
}

/** Undefined: the header is taken away. What conditions name as a header and is none is put where it is kept. */
export function changeHeader(request: ExampleRequest, name: string, value: string | undefined): void {
    switch (name) {
        case ":method":
            request.method = value ?? request.method;
            break;
        case "host":
        case ":authority":
            request.authority = value ?? request.authority;
            break;
        case ":path":
            changePath(request, value);
            break;
        // The port decides the one; who asks for the other wants to speak something else than a sample request does.
        case ":scheme":
        case "upgrade":
            break;
        default:
            if (value === undefined) request.headers.delete(name);
            else request.headers.set(name, value);
    }
}

function changePath(request: ExampleRequest, path: string | undefined): void {
    if (path === undefined) return;
    const [pathname = "/", query = ""] = path.split("?");
    request.pathname = pathname;
    request.query = query;
}

/** Bytes that can't stand in a request line are encoded, whoever compares them as they are. */
export function changeQuery(request: ExampleRequest, name: string, value: string | undefined): void {
    if (value === undefined) return;
    const parameter = `${encoded(name)}=${encoded(value)}`;
    request.query = request.query === "" ? parameter : `${request.query}&${parameter}`;
}

function encoded(text: string): string {
    return text.replace(/[^!-~]|[#&]/g, percentEncoded);
}
