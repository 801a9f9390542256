/**
 * Steady load whose every request is accounted for: some clients keep their connection, some take a new one each time.
 * Whatever is not a 200 is kept: a connection refused, reset or closed before its answer, another status.
 */
import https from "node:https";
import type { TLSSocket } from "node:tls";

export interface LoadOptions {
    readonly port: number;
    readonly host: string;
    readonly path: string;
    readonly ca: string;
    /** Clients that keep their connection. */
    readonly kept: number;
    /** Clients that take a new one for each request. */
    readonly fresh: number;
}

export interface Answer {
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly serial: string;
}

/** Between two requests of a client: the load must leave the machine room for what is under test. */
const PAUSE_MS = 15;
const TIMEOUT_MS = 30_000;

export class Load {
    answered = 0;
    readonly lost: string[] = [];
    #last: Answer | undefined;
    #runs = true;
    readonly #clients: Promise<void>[];
    readonly #agents: https.Agent[];

    constructor(options: LoadOptions) {
        const agent = (keepAlive: boolean): https.Agent =>
            new https.Agent({ keepAlive, maxSockets: 1, ca: options.ca, servername: options.host, maxCachedSessions: 0 });
        this.#agents = [
            ...Array.from({ length: options.kept }, () => agent(true)),
            ...Array.from({ length: options.fresh }, () => agent(false)),
        ];
        this.#clients = this.#agents.map((one) => this.#client(one, options));
    }

    /** The newest answer on a connection of its own. */
    get last(): Answer | undefined {
        return this.#last;
    }

    /** Resolves once `count` more requests were answered, or lost. */
    async more(count: number): Promise<void> {
        const goal = this.answered + this.lost.length + count;
        while (this.answered + this.lost.length < goal) await new Promise((resolve) => setTimeout(resolve, 20));
    }

    async stop(): Promise<void> {
        this.#runs = false;
        await Promise.all(this.#clients);
        for (const agent of this.#agents) agent.destroy();
    }

    async #client(agent: https.Agent, options: LoadOptions): Promise<void> {
        while (this.#runs) {
            await this.#ask(agent, options).then(
                (answer) => {
                    this.answered += 1;
                    if (!agent.options.keepAlive) this.#last = answer;
                },
                (error: Error) => this.lost.push(`${new Date().toISOString()} ${error.message}`),
            );
            await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
    }

    #ask(agent: https.Agent, { port, host, path }: LoadOptions): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const request = https.get({ port, host: "127.0.0.1", path, agent, headers: { host }, timeout: TIMEOUT_MS }, (response) => {
                const serial = (response.socket as TLSSocket).getPeerX509Certificate()?.serialNumber ?? "";
                response
                    .on("error", reject)
                    .on("end", () => {
                        if (response.statusCode === 200) resolve({ headers: response.headers, serial });
                        else reject(new Error(`status ${response.statusCode}`));
                    })
                    .resume();
            });
            request.on("error", (error) => reject(new Error(`${error.message}${request.reusedSocket ? " on a kept connection" : ""}`)));
            request.on("timeout", () => request.destroy(new Error("no answer")));
        });
    }
}
