/** `gatehouse proxy --kubernetes` as a process, also before it is ready, and what people ask of it. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../../support/checkout";
import { eventually } from "../../../support/eventually";
import { run, type LogLine } from "../../../support/gatehouse";
import { freePorts } from "../../../../harness/ports";

const PATIENCE_MS = 60_000;

export class ClusterProxy {
    readonly log: LogLine[] = [];
    readonly #child: ChildProcess;
    readonly #exited: Promise<number>;
    readonly #admin: string;
    readonly #status: string;

    private constructor(child: ChildProcess, admin: string, status: string) {
        this.#child = child;
        this.#admin = admin;
        this.#status = status;
        this.#exited = new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 128)));
        createInterface({ input: child.stderr! }).on("line", (text) => {
            if (text.startsWith("{")) this.log.push(JSON.parse(text) as LogLine);
            else this.log.push({ msg: text });
        });
    }

    static async start(args: readonly string[]): Promise<ClusterProxy> {
        const [admin, status] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`) as [string, string];
        const child = spawn(
            process.execPath,
            [
                path.join(root, "cli", "gatehouse.js"),
                "proxy",
                "--kubernetes",
                "--bind",
                "127.0.0.1",
                "--concurrency",
                "1",
                "--admin",
                admin,
                "--status",
                status,
                "--metrics",
                "127.0.0.1:0",
                "--drain-seconds",
                "0",
                ...args,
            ],
            { cwd: root, stdio: ["ignore", "ignore", "pipe"] },
        );
        return new ClusterProxy(child, admin, status);
    }

    /** Waits until it says that it is ready. */
    async ready(): Promise<this> {
        await eventually(() => {
            if (!this.log.some(({ msg }) => msg === "ready")) throw new Error(`it is not ready: ${JSON.stringify(this.log)}`);
        }, PATIENCE_MS);
        return this;
    }

    /** The status of `/healthz/ready`; 0: nobody answers yet. */
    async readiness(): Promise<number> {
        return fetch(`http://${this.#status}/healthz/ready`).then(
            ({ status }) => status,
            () => 0,
        );
    }

    async admin<T>(at: string): Promise<T> {
        return (await fetch(`http://${this.#admin}${at}`)).json() as Promise<T>;
    }

    /** The findings that hold now, one a line. */
    async findings(): Promise<string> {
        const found = await this.admin<{ text: string }[]>("/findings").catch(() => []);
        return found.map(({ text }) => text).join("\n");
    }

    async untilFindings(fits: RegExp | ""): Promise<string> {
        let text = "";
        await eventually(async () => {
            text = await this.findings();
            if (fits === "" ? text !== "" : !fits.test(text)) throw new Error(`wanted findings ${String(fits)}, there are: ${text}`);
        }, PATIENCE_MS);
        return text;
    }

    async stop(): Promise<number> {
        this.#child.kill("SIGTERM");
        return this.#exited;
    }
}

/** What `http://host:port/` answers; the error of curl where nothing does. */
export async function get(host: string, port: number, scheme: "http" | "https" = "http"): Promise<string> {
    const { code, stdout, stderr } = await run("curl", [
        "--silent",
        "--show-error",
        "--insecure",
        "--max-time",
        "5",
        "--resolve",
        `${host}:${port}:127.0.0.1`,
        `${scheme}://${host}:${port}/`,
    ]);
    return code === 0 ? stdout : `curl ${code}: ${stderr.trim()}`;
}

export async function untilSays(host: string, port: number, text: string, scheme?: "http" | "https"): Promise<void> {
    await eventually(async () => {
        const said = await get(host, port, scheme);
        if (said !== text) throw new Error(`${host} says ${JSON.stringify(said)}, wanted ${JSON.stringify(text)}`);
    }, PATIENCE_MS);
}
