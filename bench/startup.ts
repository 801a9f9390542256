/** How long a newcomer waits: from the command to the first 200 through the gateway. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { cpuMicrosecondsInAll } from "./cpu";
import { exit, median, temporaryFolder } from "./tools";

const root = path.join(__dirname, "..");

/** How often each is started. */
const RUNS = 3;

interface Served {
    readonly url: string;
}

/** Milliseconds from the command on, and of processor time until the answer, npm's own included. */
interface Start {
    readonly ready: number;
    readonly answered: number;
    readonly cpu: number;
}

/** The first URL in what `up -o json` prints, wherever it stands in the document. */
function firstUrl(document: unknown): string | undefined {
    if (typeof document !== "object" || document === null) return undefined;
    const { url } = document as Partial<Served>;
    if (typeof url === "string" && url.startsWith("https://")) return url;
    for (const value of Object.values(document)) {
        const found = firstUrl(value);
        if (found !== undefined) return found;
    }
    return undefined;
}

/** The status of one request to loopback, with the URL's host as SNI and Host. */
function statusOf(url: string): Promise<number> {
    const { hostname, port, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
        const request = https.get(
            { host: "127.0.0.1", port, path: pathname, servername: hostname, headers: { host: hostname }, rejectUnauthorized: false },
            (response) => {
                response.resume();
                resolve(response.statusCode ?? 0);
            },
        );
        request.once("error", reject);
    });
}

async function timed(file: string, args: readonly string[]): Promise<Start> {
    const start = performance.now();
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    const exited = exit(child);
    let text = "";
    const url = await new Promise<string>((resolve, reject) => {
        child.stdout.on("data", (chunk: Buffer) => {
            text += chunk.toString();
            const found = parsed(text);
            if (found !== undefined) resolve(found);
        });
        void exited.then(() => reject(new Error(`${args.join(" ")} ended before it served anything`)));
    });
    const ready = performance.now() - start;
    const status = await statusOf(url);
    const answered = performance.now() - start;
    const cpu = cpuMicrosecondsInAll(child.pid ?? 0) / 1000;
    child.kill("SIGTERM");
    await exited;
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    return { ready, answered, cpu };
}

/** `up -o json` prints one document once all is ready, npm a few lines before it; a table has the URL in clear. */
function parsed(text: string): string | undefined {
    const from = text.indexOf("{");
    if (from >= 0) {
        try {
            return firstUrl(JSON.parse(text.slice(from)));
        } catch {
            return undefined;
        }
    }
    return undefined;
}

export async function benchStartup(): Promise<void> {
    // With a state folder of its own each: as on a fresh machine, keys are made too.
    const options = (): string[] => ["-o", "json", "--port-offset", "auto"];
    const runs = [
        { name: "npm run demo, fresh", fresh: true, file: "npm", args: ["run", "--silent", "demo", "--", ...options()] },
        { name: "npm run demo", fresh: false, file: "npm", args: ["run", "--silent", "demo", "--", ...options()] },
        {
            name: "gatehouse up quickstart",
            fresh: false,
            file: process.execPath,
            args: [path.join("cli", "gatehouse.js"), "up", "quickstart", ...options()],
        },
    ];
    console.log(
        `From the command to the first 200, s (median of ${RUNS}; fresh: as in a clone, without anything that an earlier start kept)`,
    );
    for (const { name, file, args, fresh } of runs) {
        const starts: Start[] = [];
        for (let run = 0; run < RUNS; run++) {
            if (fresh) rmSync(path.join(root, "node_modules", ".cache", "gatehouse"), { recursive: true, force: true });
            starts.push(await timed(file, [...args, "--state", temporaryFolder()]));
        }
        const shown = (pick: (start: Start) => number): string =>
            `${(median(starts.map(pick)) / 1000).toFixed(2)} (first ${((starts[0] ? pick(starts[0]) : 0) / 1000).toFixed(2)})`;
        console.log(
            `    ${name.padEnd(26)} ready ${shown(({ ready }) => ready)}   first 200 ${shown(({ answered }) => answered)}   CPU ${shown(({ cpu }) => cpu)}`,
        );
    }
}
