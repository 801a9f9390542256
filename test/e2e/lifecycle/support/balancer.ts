/**
 * What a Service with a load balancer does, in small: it looks now and then which proxies are ready, gives each new
 * connection to the next of those, and leaves open connections where they are. It never tries a second proxy: a
 * connection that its choice refuses is lost, and the client sees it.
 */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";

export interface Target {
    /** `host:port` of `/healthz/ready`. */
    readonly status: string;
    /** Where a port of the balancer is open at this proxy. */
    port(declared: number): number;
}

/** As a kubelet and the programming of nodes are together: a proxy is known to be gone late. */
const LOOK_EVERY_MS = 500;

export class Balancer {
    readonly #targets = new Set<Target>();
    readonly #ready: Target[] = [];
    readonly #servers = new Map<number, net.Server>();
    readonly #sockets = new Set<net.Socket>();
    #next = 0;
    #looking: NodeJS.Timeout | undefined;

    async start(...declared: readonly number[]): Promise<this> {
        for (const port of declared) {
            const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#splice(socket, port));
            this.#servers.set(port, server.listen(0, "127.0.0.1"));
            await once(server, "listening");
        }
        this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
        return this;
    }

    port(declared: number): number {
        return (this.#servers.get(declared)?.address() as net.AddressInfo).port;
    }

    /** Resolves once connections may come to it. */
    async add(target: Target): Promise<void> {
        this.#targets.add(target);
        while (!this.#ready.includes(target)) await new Promise((resolve) => setTimeout(resolve, 20));
    }

    remove(target: Target): void {
        this.#targets.delete(target);
    }

    get ready(): readonly Target[] {
        return this.#ready;
    }

    stop(): void {
        clearInterval(this.#looking);
        for (const server of this.#servers.values()) server.close();
        for (const socket of this.#sockets) socket.destroy();
    }

    async #look(): Promise<void> {
        const targets = [...this.#targets];
        const answers = await Promise.all(targets.map(isReady));
        this.#ready.splice(0, Infinity, ...targets.filter((_, index) => answers[index]));
    }

    #splice(client: net.Socket, declared: number): void {
        const target = this.#ready[this.#next++ % this.#ready.length];
        if (!target) return void client.on("error", () => {}).destroy();
        const server = net.connect({ port: target.port(declared), host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
        for (const [one, other] of [
            [client, server],
            [server, client],
        ] as const) {
            this.#sockets.add(one);
            one.on("error", () => other.resetAndDestroy()).on("close", () => {
                this.#sockets.delete(one);
                if (!other.writableEnded) other.destroy();
            });
            one.pipe(other);
        }
    }
}

function isReady({ status }: Target): Promise<boolean> {
    return new Promise((resolve) => {
        const asking = http.get(`http://${status}/healthz/ready`, { agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        asking.on("error", () => resolve(false));
    });
}
