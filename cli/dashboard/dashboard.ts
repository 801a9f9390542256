/** Shows the live page of a proxy, wherever it is: one here by its own address, a pod's by a port of this machine. */
import { EXIT, type ExitCode } from "../exit";
import { findOneOrPods, type AdminSource, type ProxyChoice } from "../introspect";
import type { Terminal } from "../terminal";
import { forwardLoopback, type PortForward } from "./forward";
import { showInBrowser } from "./open-browser";

export interface DashboardOptions extends ProxyChoice {
    /** False: the address is printed and that is all. */
    readonly open: boolean;
}

/** Where nothing had to be forwarded it ends at once; otherwise when `ended` is, with the way there. Throws a CommandError. */
export async function dashboard(options: DashboardOptions, terminal: Terminal, ended: Promise<void>): Promise<ExitCode> {
    const found = await findOneOrPods(options);
    const forwards: PortForward[] = [];
    try {
        const urls: string[] = [];
        for (const proxy of found.proxies) {
            // Who can't be reached, or has no page, is named before a browser shows an error of its own.
            await proxy.get("/page/overview");
            const url = await urlOf(proxy, terminal, forwards);
            urls.push(url);
            terminal.print(`${proxy.name}  ${url}`);
        }
        if (options.open && urls[0] !== undefined) await showInBrowser(urls[0], terminal);
        if (forwards.length === 0) return EXIT.ok;
        terminal.progress("Ctrl-C ends it.");
        await ended;
        return EXIT.ok;
    } finally {
        for (const one of forwards) one.close();
        found.close();
    }
}

async function urlOf(proxy: AdminSource, terminal: Terminal, forwards: PortForward[]): Promise<string> {
    const { connect } = proxy;
    if (!connect) return `${proxy.origin}/`;
    let said = "";
    const forward = await forwardLoopback(connect, (reason) => {
        if (reason !== said) terminal.fault(`${proxy.name}: ${reason}`);
        said = reason;
    });
    forwards.push(forward);
    return forward.url;
}
