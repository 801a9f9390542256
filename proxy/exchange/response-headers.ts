/** The headers that every response bears, whoever made it. */
import { headerAt, setHeader } from "../http/header-list";
import type { HeaderList } from "../http/doors";

/** What ran upstream is nobody's business outside: `server` is ours. `date` is added where there is none (RFC 9110 §6.6.1). */
export function finishResponseHeaders(headers: HeaderList, serverName: string): void {
    setHeader(headers, "server", serverName);
    if (headerAt(headers, "date") === -1) headers.push("date", httpDate());
}

let second = 0;
let text = "";

/** IMF-fixdate (RFC 9110 §5.6.7), made once a second. */
export function httpDate(): string {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
        second = now;
        text = new Date(now * 1000).toUTCString();
    }
    return text;
}
