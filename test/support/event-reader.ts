/** Reads server-sent events (HTML, "Server-sent events" §9.2.6) as far as a test asks for them. */
export interface ServerEvent {
    readonly event: string;
    readonly data: unknown;
}

export class EventReader {
    readonly response: Response;
    readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
    readonly #decoder = new TextDecoder();
    #text = "";

    constructor(response: Response) {
        this.response = response;
        this.#reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    }

    static async open(url: string): Promise<EventReader> {
        return new EventReader(await fetch(url));
    }

    /** The next event, comments left out; fails when none comes in time. */
    async next(withinMs = 10_000): Promise<ServerEvent> {
        const limit = AbortSignal.timeout(withinMs);
        for (;;) {
            const end = this.#text.indexOf("\n\n");
            if (end >= 0) {
                const lines = this.#text.slice(0, end).split("\n");
                this.#text = this.#text.slice(end + 2);
                const data = lines.flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
                if (data.length === 0) continue;
                const event = lines.find((line) => line.startsWith("event: "))?.slice(7) ?? "message";
                return { event, data: JSON.parse(data.join("\n")) as unknown };
            }
            const { done, value } = await Promise.race([
                this.#reader.read(),
                new Promise<never>((_resolve, reject) =>
                    limit.addEventListener("abort", () => reject(new Error(`no event within ${withinMs} ms`)), { once: true }),
                ),
            ]);
            if (done) throw new Error("the stream ended");
            this.#text += this.#decoder.decode(value, { stream: true });
        }
    }

    async close(): Promise<void> {
        await this.#reader.cancel();
    }
}
