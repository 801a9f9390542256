/**
 * The live request log of a run: what its gateways tell at `/tail`, a line each, as it happens. Nobody waits for it, and a
 * storm of requests is shown in part: so many lines a second, and how many there were besides.
 */
import http from "node:http";
import type { Terminal } from "../terminal";
import { requestLineFor, type ShownRecord } from "./request-line";

/** More than people read. */
const MOST_LINES_PER_SECOND = 50;
const AGAIN_MS = 1_000;
/** A record that is longer is none of ours. */
const MOST_EVENT = 1024 * 1024;

export interface Followed {
    /** `istio-ingress/public`. */
    readonly name: string;
    /** `http://127.0.0.1:15000`. */
    readonly admin: string;
}

export class RequestLog {
    readonly #say: (line: string) => void;
    readonly #style: Terminal["style"];
    readonly #signal: AbortSignal;
    #followed = new Map<string, AbortController>();
    #second = 0;
    #lines = 0;
    #unshown = 0;
    #telling: NodeJS.Timeout | undefined;

    constructor(say: (line: string) => void, style: Terminal["style"], signal: AbortSignal) {
        this.#say = say;
        this.#style = style;
        this.#signal = signal;
        signal.addEventListener("abort", () => clearTimeout(this.#telling));
    }

    /** From now on these, and no others. */
    follow(gateways: readonly Followed[]): void {
        const admins = new Set(gateways.map(({ admin }) => admin));
        for (const [admin, ending] of this.#followed) {
            if (admins.has(admin)) continue;
            ending.abort();
            this.#followed.delete(admin);
        }
        for (const gateway of gateways) {
            if (this.#followed.has(gateway.admin)) continue;
            const ending = new AbortController();
            this.#followed.set(gateway.admin, ending);
            this.#open(gateway, AbortSignal.any([this.#signal, ending.signal]));
        }
    }

    #open(gateway: Followed, signal: AbortSignal): void {
        if (signal.aborted) return;
        let isOver = false;
        const again = (): void => {
            if (isOver || signal.aborted) return;
            isOver = true;
            setTimeout(() => this.#open(gateway, signal), AGAIN_MS).unref();
        };
        const request = http.get(`${gateway.admin}/tail?values=shown`, { signal, agent: false }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part: string) => {
                text += part;
                const events = text.split("\n\n");
                text = events.pop()!;
                if (text.length > MOST_EVENT) request.destroy();
                if (response.statusCode === 200) for (const event of events) this.#event(event, gateway);
            });
            response.on("close", again).on("error", () => undefined);
        });
        request.on("error", again);
    }

    #event(event: string, { name }: Followed): void {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) return;
        if (/^event: lost$/m.test(event)) this.#miss((JSON.parse(data) as { lines: number }).lines);
        else if (this.#hasRoom()) this.#say(requestLineFor(JSON.parse(data) as ShownRecord, name, this.#style));
        else this.#miss(1);
    }

    #hasRoom(): boolean {
        const second = Math.floor(performance.now() / 1000);
        if (second !== this.#second) {
            this.#second = second;
            this.#lines = 0;
        }
        return ++this.#lines <= MOST_LINES_PER_SECOND;
    }

    /** Told once a second, together. */
    #miss(lines: number): void {
        this.#unshown += lines;
        this.#telling ??= setTimeout(() => {
            this.#telling = undefined;
            this.#say(this.#style("dim", `… ${this.#unshown} more that are not shown`));
            this.#unshown = 0;
        }, 1_000).unref();
    }
}
