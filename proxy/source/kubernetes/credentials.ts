/** The credentials for the next request, read again as their files change. */
import { readFileSync } from "node:fs";
import { reasonOf } from "../walk";
import type { Access } from "./access";
import { ApiError } from "./api-failure";
import { pluginAccess } from "./plugin-credentials";
import { findCluster, type WatchedCluster, type ClusterOptions } from "./cluster";

/** Projected tokens are replaced when a fifth of their time is left: minutes, at the least. */
const READ_AGAIN_MS = 30_000;
const PLUGIN_AGAIN_MS = 10_000;

export class ApiCredentials {
    readonly #options: ClusterOptions;
    #cluster: WatchedCluster;
    #access: Promise<Access> | undefined;
    #readAt = -Infinity;
    #expiry: Date | undefined;
    #generation = 0;
    #plugin: ((cluster: WatchedCluster) => Promise<Omit<Access, "generation">>) | undefined;

    /** Throws a NoClusterError. */
    constructor(options: ClusterOptions) {
        this.#options = options;
        this.#cluster = findCluster(options);
    }

    get server(): string {
        return this.#cluster.server;
    }

    /** How they are come by, for messages. */
    get origin(): string {
        const { user, origin } = this.#cluster;
        return user.kind === "static" && user.tokenFile !== undefined ? `the token of ${user.tokenFile}` : origin;
    }

    /** When the token that was used last ends, where that stands in it. */
    get expiry(): Date | undefined {
        return this.#expiry;
    }

    /** Throws an ApiError. */
    access(): Promise<Access> {
        if (this.#access === undefined || performance.now() - this.#readAt > READ_AGAIN_MS) this.#read();
        return this.#access!;
    }

    /** What was read as `generation` has been refused: everything is read anew, the kubeconfig too. */
    renew(generation: number): void {
        if (generation !== this.#generation) return;
        // A program that gives credentials takes its time, and several kinds are refused together.
        if (this.#cluster.user.kind === "plugin" && performance.now() - this.#readAt < PLUGIN_AGAIN_MS) return;
        try {
            this.#cluster = findCluster(this.#options);
        } catch {
            // Half written, most likely; what is known stays.
        }
        this.#plugin = undefined;
        this.#read();
    }

    #read(): void {
        const generation = ++this.#generation;
        this.#readAt = performance.now();
        const reading = this.#now().then(
            (access) => {
                this.#expiry = expiryOf(access.headers["authorization"]);
                return { ...access, generation };
            },
            (error: unknown) => {
                throw error instanceof ApiError
                    ? error
                    : new ApiError({ kind: "unauthorized", reason: error instanceof Error ? error.message : String(error) });
            },
        );
        // A failure is not remembered: the next who asks tries again.
        reading.catch(() => {
            this.#readAt = -Infinity;
        });
        this.#access = reading;
    }

    async #now(): Promise<Omit<Access, "generation">> {
        const cluster = this.#cluster;
        if (cluster.user.kind === "plugin" || cluster.needsProxy) {
            this.#plugin ??= pluginAccess();
            return this.#plugin(cluster);
        }
        const { token, tokenFile, basic, certificate, key } = cluster.user;
        const bearer = tokenFile === undefined ? token : contentOf({ file: tokenFile }).trim();
        const authorization =
            bearer !== undefined
                ? `Bearer ${bearer}`
                : basic
                  ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`
                  : undefined;
        return {
            server: cluster.server,
            headers: authorization === undefined ? {} : { authorization },
            tls: {
                ...(cluster.ca ? { ca: contentOf(cluster.ca) } : {}),
                ...(certificate ? { cert: contentOf(certificate) } : {}),
                ...(key ? { key: contentOf(key) } : {}),
                ...(cluster.serverName === undefined ? {} : { servername: cluster.serverName }),
                rejectUnauthorized: !cluster.insecure,
            },
        };
    }
}

function contentOf(source: { readonly file: string } | { readonly pem: string }): string {
    if ("pem" in source) return source.pem;
    try {
        return readFileSync(source.file, "utf8");
    } catch (error) {
        throw new ApiError({ kind: "unauthorized", reason: `${source.file} can't be read: ${reasonOf(error)}` });
    }
}

/** When a token that is a JWT ends; undefined where that does not stand in it. */
function expiryOf(authorization: string | undefined): Date | undefined {
    const [, payload] = (authorization ?? "").split(".");
    if (payload === undefined) return undefined;
    try {
        const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { exp?: unknown };
        return typeof exp === "number" ? new Date(exp * 1000) : undefined;
    } catch {
        return undefined;
    }
}
