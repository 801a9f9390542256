/** One watch: the events of one response, until it ends, is cut, or is silent for too long. */
import type { IncomingMessage } from "node:http";
import { isRecord } from "../../../istio/validation";
import { ApiError, failureOf } from "./api-failure";
import { JsonLines } from "./json-lines";

export interface WatchHandlers {
    event(type: "ADDED" | "MODIFIED" | "DELETED", object: unknown): void;
    /** Everything up to this version has come. */
    seen(resourceVersion: string): void;
    bytes(size: number): void;
}

/**
 * Resolves when the API server ends the watch in its own time. Throws an ApiError when it says that we can't go on, and
 * any error when the connection is cut. `silenceMs`: a live watch has a bookmark every minute or so.
 */
export async function readWatch(response: IncomingMessage, silenceMs: number, handlers: WatchHandlers): Promise<void> {
    const lines = new JsonLines((value) => takeEvent(value, handlers));
    const silence = setTimeout(() => response.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
    try {
        // Half a line at the end is no event: the next watch begins before it.
        for await (const chunk of response as AsyncIterable<Buffer>) {
            silence.refresh();
            handlers.bytes(chunk.length);
            lines.push(chunk);
        }
    } finally {
        clearTimeout(silence);
        response.destroy();
    }
}

function takeEvent(value: unknown, handlers: WatchHandlers): void {
    const { type, object } = isRecord(value) ? value : {};
    switch (type) {
        case "ADDED":
        case "MODIFIED":
        case "DELETED":
            handlers.event(type, object);
            seen(object, handlers);
            break;
        case "BOOKMARK":
            seen(object, handlers);
            break;
        case "ERROR": {
            const { code, message } = isRecord(object) ? object : {};
            throw new ApiError(
                failureOf(typeof code === "number" ? code : 500, typeof message === "string" ? message : "", "watch", undefined),
            );
        }
        default:
            // A kind of event that does not exist yet says nothing to us.
            break;
    }
}

function seen(object: unknown, handlers: WatchHandlers): void {
    const metadata = isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
    const version = metadata["resourceVersion"];
    if (typeof version === "string" && version !== "") handlers.seen(version);
}
