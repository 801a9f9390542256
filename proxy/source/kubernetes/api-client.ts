/** Asks the API server, over connections that are kept. It is not on the data path, so node:http serves. */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isDeepStrictEqual } from "node:util";
import { ApiError, failureOf, failureOfError, messageOfStatus, type ApiFailure } from "./api-failure";
import type { ApiCredentials } from "./credentials";
import type { Access } from "./access";
import { METHODS, type Verb } from "./verbs";

export interface ApiRequest {
    readonly verb: Verb;
    /** With its query. */
    readonly path: string;
    readonly accept: string;
    readonly signal: AbortSignal;
    /** What is written, as JSON: the whole object, or a merge patch. */
    readonly body?: object;
}

/** What has been asked of the API server so far. */
export interface ApiCounters {
    requests: number;
    lists: number;
    watches: number;
    failures: number;
    bytes: number;
}

/** An API server answers within a second; one that has to page through etcd within a few. */
const ANSWER_MS = 30_000;
/** A peer that is gone without a word is noticed by the system itself ten probes later. */
const KEEP_ALIVE_MS = 15_000;
const MAX_FAULT_BYTES = 64 * 1024;
const USER_AGENT = "gatehouse-proxy";

export class ApiClient {
    readonly counters: ApiCounters = { requests: 0, lists: 0, watches: 0, failures: 0, bytes: 0 };
    readonly credentials: ApiCredentials;
    #agent: http.Agent | undefined;
    #agentOf = "";

    constructor(credentials: ApiCredentials) {
        this.credentials = credentials;
    }

    /** The response of a success, its body unread. Throws an ApiError. */
    async open(request: ApiRequest): Promise<IncomingMessage> {
        const access = await this.credentials.access();
        const first = await this.#try(access, request);
        if (!("failure" in first)) return first.response;
        if (first.failure.kind === "unauthorized") {
            this.credentials.renew(access.generation);
            const renewed = await this.credentials.access();
            // With a token that was replaced meanwhile nothing is wrong at all.
            if (!isDeepStrictEqual([renewed.headers, renewed.tls], [access.headers, access.tls])) {
                const second = await this.#try(renewed, request);
                if (!("failure" in second)) return second.response;
                throw new ApiError(second.failure);
            }
        }
        throw new ApiError(first.failure);
    }

    /** The whole body of a success, parsed. Throws an ApiError. */
    async json(request: ApiRequest): Promise<unknown> {
        const response = await this.open(request);
        try {
            return JSON.parse(
                await textOf(response, (size) => {
                    this.counters.bytes += size;
                }),
            ) as unknown;
        } catch (error) {
            if (!request.signal.aborted) this.counters.failures += 1;
            throw new ApiError(
                error instanceof SyntaxError ? { kind: "refused", reason: "its answer is not JSON" } : failureOfError(error),
            );
        }
    }

    close(): void {
        this.#agent?.destroy();
    }

    async #try(access: Access, request: ApiRequest): Promise<{ readonly response: IncomingMessage } | { readonly failure: ApiFailure }> {
        try {
            const response = await this.#send(access, request);
            if (response.statusCode === 200 || response.statusCode === 201) return { response };
            throw await faultOf(response, request.verb);
        } catch (error) {
            if (request.signal.aborted) throw error;
            this.counters.failures += 1;
            return { failure: failureOfError(error) };
        }
    }

    async #send(access: Access, request: ApiRequest): Promise<IncomingMessage> {
        try {
            return await this.#sendOnce(access, request);
        } catch (error) {
            // A kept connection may have been closed while it was idle: that says nothing about the server.
            if (error instanceof StaleConnection) return this.#sendOnce(access, request);
            throw error;
        }
    }

    #sendOnce(access: Access, { verb, path, accept, signal, body }: ApiRequest): Promise<IncomingMessage> {
        const { counters } = this;
        counters.requests += 1;
        if (verb === "list") counters.lists += 1;
        if (verb === "watch") counters.watches += 1;
        const url = new URL(access.server + path);
        const { request: send } = url.protocol === "http:" ? http : https;
        return new Promise((resolve, reject) => {
            const text = body === undefined ? undefined : JSON.stringify(body);
            const written =
                text === undefined
                    ? {}
                    : {
                          "content-type": verb === "patch" ? "application/merge-patch+json" : "application/json",
                          "content-length": Buffer.byteLength(text),
                      };
            const headers = { ...access.headers, ...written, accept, "user-agent": USER_AGENT };
            const request = send(url, {
                method: METHODS[verb],
                headers,
                signal,
                agent: access.agent ?? this.#agentFor(access, url.protocol),
                ...access.tls,
            });
            const late = setTimeout(() => request.destroy(new Error(`there was no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
            request.once("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
            request.once("response", (response) => {
                clearTimeout(late);
                resolve(response);
            });
            request.on("error", (error: NodeJS.ErrnoException) => {
                clearTimeout(late);
                reject(
                    request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")
                        ? new StaleConnection(error.message, { cause: error })
                        : error,
                );
            });
            request.end(text);
        });
    }

    /** Connections belong to one identity: another certificate or CA gets connections of its own. */
    #agentFor({ tls }: Access, protocol: string): http.Agent {
        const of = JSON.stringify([protocol, tls]);
        if (this.#agent !== undefined && this.#agentOf === of) return this.#agent;
        const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxFreeSockets: 2 };
        this.#agent = protocol === "http:" ? new http.Agent(options) : new https.Agent(options);
        this.#agentOf = of;
        return this.#agent;
    }
}

class StaleConnection extends Error {}

async function faultOf(response: IncomingMessage, verb: Verb): Promise<ApiError> {
    const retryAfter = response.headers["retry-after"];
    const text = await textOf(response, () => undefined, MAX_FAULT_BYTES).catch(() => "");
    return new ApiError(failureOf(response.statusCode ?? 0, messageOfStatus(text), verb, retryAfter));
}

/** Fails when nothing comes for as long as an answer may take. */
async function textOf(response: IncomingMessage, onBytes: (size: number) => void, most = Infinity): Promise<string> {
    const parts: Buffer[] = [];
    let size = 0;
    const silence = setTimeout(() => response.destroy(new Error(`its answer stopped for ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    try {
        for await (const part of response as AsyncIterable<Buffer>) {
            silence.refresh();
            parts.push(part);
            size += part.length;
            onBytes(part.length);
            if (size > most) break;
        }
    } finally {
        clearTimeout(silence);
    }
    return Buffer.concat(parts).toString("utf8");
}
