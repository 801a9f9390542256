/**
 * A program that asks at a fixed rate, however fast it is answered. A request that is due while its connection is busy waits
 * for it, and that wait is part of what it took.
 */
import { connect, type Socket } from "node:net";
import type { LatencyAnswer, LatencyOrder } from "./programs";

const REQUEST = "GET / HTTP/1.1\r\nHost: bench.example\r\n\r\n";
const END_OF_HEAD = "\r\n\r\n";

/** One connection, with what is due on it: times in the order in which they came. */
class Lane {
    readonly #socket: Socket;
    readonly #done: (due: number) => void;
    readonly #due: number[] = [];
    #isBusy = false;
    #got = "";

    constructor(port: number, done: (due: number) => void, failed: (why: Error) => void) {
        this.#done = done;
        this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
        this.#socket.setEncoding("latin1");
        this.#socket.on("data", (text: string) => this.#read(text, failed));
        this.#socket.once("error", failed).once("close", () => failed(new Error("a connection was closed")));
    }

    ask(due: number): void {
        this.#due.push(due);
        if (!this.#isBusy) this.#send();
    }

    close(): void {
        this.#socket.removeAllListeners("close").destroy();
    }

    #send(): void {
        this.#isBusy = true;
        this.#socket.write(REQUEST);
    }

    #read(text: string, failed: (why: Error) => void): void {
        this.#got += text;
        const end = this.#got.indexOf(END_OF_HEAD);
        if (end === -1) return;
        if (!this.#got.startsWith("HTTP/1.1 200")) return failed(new Error("a request was not answered 200"));
        const length = Number(/content-length: (\d+)/i.exec(this.#got)?.[1] ?? 0);
        if (this.#got.length < end + END_OF_HEAD.length + length) return;
        this.#got = "";
        this.#done(this.#due.shift()!);
        if (this.#due.length > 0) this.#send();
        else this.#isBusy = false;
    }
}

function carryOut({ port, rate, seconds, connections }: LatencyOrder): Promise<LatencyAnswer> {
    return new Promise((resolve, reject) => {
        const count = rate * seconds;
        const took: number[] = [];
        const lanes = Array.from(
            { length: connections },
            () =>
                new Lane(
                    port,
                    (due) => {
                        took.push(performance.now() - due);
                        if (took.length === count) finish(() => resolve(quantiles(took)));
                    },
                    (why) => finish(() => reject(why)),
                ),
        );
        const finish = (then: () => void): void => {
            clearImmediate(turn);
            for (const lane of lanes) lane.close();
            then();
        };
        const start = performance.now() + FIRST_MS;
        let sent = 0;
        let turn: NodeJS.Immediate | undefined;
        const send = (): void => {
            // All that is due by now: a timer's millisecond is too coarse for it.
            const due = Math.min(count, Math.floor(((performance.now() - start) * rate) / 1_000));
            for (; sent < due; sent++) lanes[sent % connections]!.ask(start + (sent * 1_000) / rate);
            if (sent < count) turn = setImmediate(send);
        };
        setTimeout(send, FIRST_MS);
    });
}

/** Until all are connected. */
const FIRST_MS = 200;

function quantiles(took: number[]): LatencyAnswer {
    const sorted = took.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

process.on("message", (order: LatencyOrder) => {
    carryOut(order).then(
        (answer) => process.send?.(answer),
        (error: unknown) => process.send?.({ why: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
