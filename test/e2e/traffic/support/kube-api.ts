/** The API server as a kubelet or a load balancer talks to it: JSON over HTTPS with every right. */
import { readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import type { ControlPlane } from "../../../support/control-plane";

export interface KubeObject {
    readonly metadata: {
        readonly name: string;
        readonly namespace: string;
        readonly uid: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly deletionTimestamp?: string;
    };
}

export class KubeApi {
    readonly #plane: ControlPlane;
    readonly #agent: https.Agent;

    constructor(plane: ControlPlane) {
        this.#plane = plane;
        this.#agent = new https.Agent({ keepAlive: true, maxSockets: 8, ca: readFileSync(path.join(plane.folder, "apiserver.crt")) });
    }

    async list<T extends KubeObject>(url: string): Promise<readonly T[]> {
        return ((await this.send("GET", url)) as { items: readonly T[] }).items;
    }

    /** Rejects with the server's message for every status from 400 on; what is read or deleted and is not there is undefined. */
    send(method: string, url: string, body?: unknown, type = "application/json"): Promise<unknown> {
        return new Promise((resolve, reject) => {
            const content = body === undefined ? "" : JSON.stringify(body);
            // Of a DELETE Node sends no length by itself, and its body would be read as the next request.
            const headers = {
                authorization: `Bearer ${this.#plane.adminToken}`,
                "content-type": type,
                "content-length": Buffer.byteLength(content),
            };
            const request = https.request(
                `${this.#plane.server}${url}`,
                { method, headers, agent: this.#agent, timeout: 20_000 },
                (response) => {
                    const parts: Buffer[] = [];
                    response
                        .on("data", (part: Buffer) => parts.push(part))
                        .on("error", reject)
                        .on("end", () => {
                            const text = Buffer.concat(parts).toString();
                            const { statusCode = 0 } = response;
                            if (statusCode === 404 && (method === "GET" || method === "DELETE")) return resolve(undefined);
                            if (statusCode >= 400) return reject(new Error(`${method} ${url}: ${statusCode} ${text}`));
                            resolve(JSON.parse(text));
                        });
                },
            );
            request.on("error", reject).on("timeout", () => request.destroy(new Error(`${method} ${url}: no answer`)));
            request.end(content);
        });
    }

    /** Merges into the status subresource. */
    async patchStatus(url: string, status: object): Promise<void> {
        await this.send("PATCH", `${url}/status`, { status }, "application/merge-patch+json");
    }

    close(): void {
        this.#agent.destroy();
    }
}
