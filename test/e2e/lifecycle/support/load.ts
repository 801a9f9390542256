/** Clients that ask one request after the other for as long as they are let, and note each that was not answered. */
import http from "node:http";
import https from "node:https";

export interface LoadOptions {
    readonly name: string;
    readonly clients: number;
    /** One connection for many requests, or one for each. */
    readonly keepAlive: boolean;
    readonly port: number;
    readonly host: string;
    /** With it over TLS, verified against this CA. */
    readonly ca?: string;
    /** The longest pause between two requests. */
    readonly pauseMs: number;
}

export class Load {
    readonly lost: string[] = [];
    answered = 0;
    readonly serials = new Set<string>();
    readonly #options: LoadOptions;
    readonly #running: Promise<void>[];
    #going = true;

    constructor(options: LoadOptions) {
        this.#options = options;
        this.#running = Array.from({ length: options.clients }, (_, number) => this.#client(number));
    }

    async stop(): Promise<void> {
        this.#going = false;
        await Promise.all(this.#running);
    }

    async #client(number: number): Promise<void> {
        const { ca, keepAlive, pauseMs, name, host } = this.#options;
        const agent =
            ca === undefined
                ? new http.Agent({ keepAlive, maxSockets: 1 })
                : new https.Agent({ keepAlive, maxSockets: 1, maxCachedSessions: 0, ca, servername: host });
        for (let at = 0; this.#going; at++) {
            const body = `${name} ${number} ${at}`;
            try {
                const text = await this.#ask(agent, body);
                if (text === body) this.answered++;
                else this.lost.push(`${body}: ${text}`);
            } catch (error) {
                this.lost.push(`${body}: ${(error as Error).message}`);
            }
            await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
        }
        agent.destroy();
    }

    /** A POST is sent once: nobody on the way may send it again. The backend answers with its body. */
    async #ask(agent: http.Agent, body: string): Promise<string> {
        const { ca, port, host } = this.#options;
        return new Promise((resolve, reject) => {
            const outgoing = (ca === undefined ? http : https).request(
                { agent, host: "127.0.0.1", port, method: "POST", path: "/", headers: { host, "content-length": Buffer.byteLength(body) } },
                (response) => {
                    if (ca !== undefined) this.#noteSerial(response);
                    let text = "";
                    response
                        .setEncoding("utf8")
                        .on("data", (part: string) => {
                            text += part;
                        })
                        .on("error", reject)
                        .on("end", () => resolve(response.statusCode === 200 ? text : `${response.statusCode} ${text}`));
                },
            );
            outgoing.on("error", reject).end(body);
        });
    }

    #noteSerial(response: http.IncomingMessage): void {
        const { serialNumber } = (response.socket as import("node:tls").TLSSocket).getPeerCertificate();
        this.serials.add(serialNumber);
    }
}
