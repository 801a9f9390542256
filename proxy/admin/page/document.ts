/**
 * The page itself: one document, one program, one style, all of this server. Its policy lets it load and ask nothing else, and
 * lets no text become markup or a program (Trusted Types).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { builtPage } from "./built-page";

const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
].join("; ");

/** Where it stands; who is no browser gets the list of routes there. */
export const PAGE_PATH = "/";

export function wantsPage(path: string, { method, headers }: IncomingMessage): boolean {
    const isRead = method === "GET" || method === "HEAD";
    return path === PAGE_PATH && isRead && /\btext\/html\b/.test(headers.accept ?? "");
}

export function servePage({ method }: IncomingMessage, response: ServerResponse): void {
    const html = Buffer.from(builtPage().html);
    response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "content-length": html.length,
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        vary: "accept",
    });
    response.end(method === "HEAD" ? undefined : html);
}
