/** Where the live page of each gateway is, and the first of them in a browser for who wants it. */
import { showInBrowser } from "../dashboard/open-browser";
import type { Terminal } from "../terminal";
import type { UpReport } from "./report";

export async function showLivePages({ gateways }: Pick<UpReport, "gateways">, isOpen: boolean, terminal: Terminal): Promise<void> {
    for (const { admin, namespace, name } of gateways) terminal.progress(`Live page of ${namespace}/${name}: ${admin}/`);
    const [first] = gateways;
    if (isOpen && first) await showInBrowser(`${first.admin}/`, terminal);
}
