/** Where the live page of each gateway is, and the first of them in a browser for who wants it. */
import { openBrowser } from "../dashboard/open-browser";
import type { Terminal } from "../terminal";
import type { UpReport } from "./report";

export async function showLivePages({ gateways }: Pick<UpReport, "gateways">, isOpen: boolean, terminal: Terminal): Promise<void> {
    for (const { admin, namespace, name } of gateways) terminal.progress(`Live page of ${namespace}/${name}: ${admin}/`);
    const [first] = gateways;
    if (!isOpen || !first) return;
    const why = await openBrowser(`${first.admin}/`);
    if (why !== "") terminal.progress(`No browser was opened (${why}); open the address yourself.`);
}
