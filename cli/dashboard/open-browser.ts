/** Shows an address in the browser that somebody has. */
import { spawn } from "node:child_process";
import type { Terminal } from "../terminal";

/** A program that goes on is one that shows it. */
const SHOWN_MS = 2_000;

function programOf(url: string, { BROWSER }: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly [string, readonly string[]] {
    if (BROWSER !== undefined && BROWSER !== "") return [BROWSER, [url]];
    switch (platform) {
        case "darwin":
            return ["open", [url]];
        case "win32":
            return ["rundll32", ["url.dll,FileProtocolHandler", url]];
        default:
            return ["xdg-open", [url]];
    }
}

/** Why it is not shown; empty: it is. The program outlives this one. */
export async function openBrowser(url: string, env = process.env, platform = process.platform): Promise<string> {
    const [program, args] = programOf(url, env, platform);
    return new Promise((resolve) => {
        const child = spawn(program, args, { stdio: "ignore", detached: true });
        const timer = setTimeout(() => {
            child.unref();
            resolve("");
        }, SHOWN_MS);
        const end = (why: string): void => {
            clearTimeout(timer);
            resolve(why);
        };
        child.once("error", ({ code, message }: NodeJS.ErrnoException) => end(`${program} can't be run: ${code ?? message}`));
        child.once("exit", (code) => end(code === 0 ? "" : `${program} ended with ${code ?? "a signal"}`));
    });
}

/** Shows it, or says why not. */
export async function showInBrowser(url: string, terminal: Terminal): Promise<void> {
    const why = await openBrowser(url);
    if (why !== "") terminal.progress(`No browser was opened (${why}); open the address yourself.`);
}
