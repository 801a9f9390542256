/** An API server that a test scripts: it has objects, and does to lists and watches whatever the test wants. */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import os from "node:os";
import path from "node:path";

export interface ApiObject {
    readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
}

export interface Asked {
    readonly resource: string;
    /** `/apis/networking.istio.io/v1/gateways`. */
    readonly path: string;
    readonly verb: "list" | "watch";
    readonly query: URLSearchParams;
    readonly token: string;
    readonly accept: string;
}

/** What a request gets instead of what it asked for. */
export interface Refusal {
    readonly status: number;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
}

export class ScriptedApiServer {
    readonly asked: Asked[] = [];
    /** Says no to a request; undefined lets it through. */
    refuse: (asked: Asked) => Refusal | undefined = () => undefined;
    readonly folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-api-"));
    readonly #objects = new Map<string, Map<string, ApiObject>>();
    readonly #watches = new Map<string, Set<ServerResponse>>();
    readonly #waiting = new Set<() => void>();
    readonly #sockets = new Set<Socket>();
    #server = this.#create();
    #port = 0;
    #version = 100;

    async start(): Promise<this> {
        await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
        this.#port = (this.#server.address() as AddressInfo).port;
        return this;
    }

    /** Nobody listens any more, and every connection is gone. */
    async away(): Promise<void> {
        const closed = new Promise((resolve) => this.#server.close(resolve));
        for (const socket of this.#sockets) socket.destroy();
        await closed;
        this.#server = this.#create();
    }

    async stop(): Promise<void> {
        await this.away();
        rmSync(this.folder, { recursive: true, force: true });
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}`;
    }

    /** A kubeconfig of one context; `user` as kubeconfigs have it. */
    kubeconfig(user: object): string {
        const file = path.join(this.folder, "kubeconfig");
        writeFileSync(
            file,
            JSON.stringify({
                "current-context": "test",
                contexts: [{ name: "test", context: { cluster: "c", user: "u" } }],
                clusters: [{ name: "c", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
                users: [{ name: "u", user }],
            }),
        );
        return file;
    }

    /** Makes or changes an object, and tells who watches. */
    put(resource: string, object: ApiObject): void {
        const all = this.#of(resource);
        const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
        const type = all.has(key) ? "MODIFIED" : "ADDED";
        const stored = this.#stamped(object);
        all.set(key, stored);
        this.send(resource, { type, object: stored });
    }

    /** Changes what there is without telling anybody. */
    putQuietly(resource: string, object: ApiObject): void {
        this.#of(resource).set(`${object.metadata.namespace ?? ""}/${object.metadata.name}`, this.#stamped(object));
    }

    remove(resource: string, namespace: string, name: string, quietly = false): void {
        const all = this.#of(resource);
        const object = all.get(`${namespace}/${name}`);
        all.delete(`${namespace}/${name}`);
        if (object && !quietly) this.send(resource, { type: "DELETED", object: this.#stamped(object) });
    }

    /** One line on every watch of a resource. */
    send(resource: string, event: object): void {
        this.sendText(resource, `${JSON.stringify(event)}\n`);
    }

    sendText(resource: string, text: string): void {
        for (const watch of this.#watches.get(resource) ?? []) watch.write(text);
    }

    bookmark(resource: string): string {
        const resourceVersion = String(++this.#version);
        this.send(resource, { type: "BOOKMARK", object: { metadata: { resourceVersion } } });
        return resourceVersion;
    }

    /** Ends the watches of a resource as an API server does in its time, or cuts their connections. */
    endWatches(resource: string, how: "end" | "cut"): void {
        for (const watch of this.#watches.get(resource) ?? []) {
            if (how === "end") watch.end();
            else watch.socket?.destroy();
        }
        this.#watches.delete(resource);
    }

    /** Requests of a resource so far. */
    of(resource: string, verb?: "list" | "watch"): Asked[] {
        return this.asked.filter((one) => one.resource === resource && (verb === undefined || one.verb === verb));
    }

    /** Resolves once that many watches of a resource have been asked for. */
    async watched(resource: string, times = 1): Promise<Asked> {
        while (this.of(resource, "watch").length < times) await new Promise<void>((resolve) => this.#waiting.add(resolve));
        return this.of(resource, "watch")[times - 1]!;
    }

    #create(): http.Server {
        const server = http.createServer((request, response) => this.#answer(request, response));
        server.on("connection", (socket) => {
            this.#sockets.add(socket);
            socket.on("close", () => this.#sockets.delete(socket));
        });
        return server;
    }

    #answer(request: IncomingMessage, response: ServerResponse): void {
        const url = new URL(request.url ?? "/", this.url);
        const asked: Asked = {
            resource: url.pathname.split("/").at(-1)!,
            path: url.pathname,
            verb: url.searchParams.has("watch") ? "watch" : "list",
            query: url.searchParams,
            token: (request.headers.authorization ?? "").replace("Bearer ", ""),
            accept: request.headers.accept ?? "",
        };
        this.asked.push(asked);
        const refusal = this.refuse(asked);
        if (refusal) {
            response.writeHead(refusal.status, { "content-type": "application/json", ...refusal.headers });
            response.end(JSON.stringify({ kind: "Status", code: refusal.status, message: refusal.message ?? "" }));
        } else if (asked.verb === "list") this.#list(asked, response);
        else this.#watch(asked, response);
        for (const wake of [...this.#waiting]) wake();
        this.#waiting.clear();
    }

    #list({ resource, query, accept }: Asked, response: ServerResponse): void {
        const all = [...this.#of(resource).values()];
        const from = Number(query.get("continue") ?? 0);
        const to = from + Number(query.get("limit") ?? all.length);
        const more = to < all.length ? { continue: String(to) } : {};
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
            JSON.stringify({
                kind: "List",
                metadata: { resourceVersion: String(this.#version), ...more },
                items: all.length === 0 && accept.includes("PartialObjectMetadataList") ? null : all.slice(from, to),
            }),
        );
    }

    #watch({ resource }: Asked, response: ServerResponse): void {
        response.writeHead(200, { "content-type": "application/json" });
        response.flushHeaders();
        const watches = this.#watches.get(resource) ?? new Set();
        this.#watches.set(resource, watches.add(response));
        response.on("close", () => watches.delete(response));
    }

    #of(resource: string): Map<string, ApiObject> {
        const all = this.#objects.get(resource) ?? new Map<string, ApiObject>();
        this.#objects.set(resource, all);
        return all;
    }

    #stamped(object: ApiObject): ApiObject {
        return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    }
}
