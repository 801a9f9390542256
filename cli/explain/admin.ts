/** Asks a running proxy: it runs the question through its own tables, and no key leaves it. */
import type { Explanation } from "../../proxy/explain";
import { CommandError, EXIT } from "../exit";
import { inOneLine } from "../terminal";

const TIMEOUT_MS = 10_000;

export async function askAdmin(admin: string, query: URLSearchParams): Promise<Explanation> {
    const base = /^https?:\/\//.test(admin) ? admin : `http://${admin}`;
    let url: URL;
    try {
        url = new URL(`/explain?${query.toString()}`, base);
    } catch {
        throw new CommandError(EXIT.usage, `--admin: ${JSON.stringify(admin)} is not an address as http://127.0.0.1:15000`);
    }
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
        const { cause } = error as { cause?: { code?: string } };
        throw new CommandError(EXIT.unable, `--admin: no proxy answers at ${url.origin} (${cause?.code ?? error.message})`);
    });
    const text = await response.text();
    if (!response.ok)
        throw new CommandError(EXIT.unable, `--admin: the proxy at ${url.origin} answered ${response.status}: ${inOneLine(text.trim())}`);
    return JSON.parse(text) as Explanation;
}
