/** Drives the codec's parser over bytes parted in given places, and writes down what it found. */
import type { HeaderList, RequestHead, ResponseHead } from "../../../../proxy/http/doors";
import { DATA, END, FAILED, HEAD, INFORMATIONAL, NEED_DATA } from "../../../../proxy/codec/http1/events";
import { Http1Parser } from "../../../../proxy/codec/http1/parser";

export interface Message {
    head: RequestHead | ResponseHead;
    informational: boolean;
    body: string;
    trailers: HeaderList | undefined;
    whole: boolean;
}

export interface Result {
    messages: Message[];
    /** Status of the fault, 0 for none. */
    status: number;
    /** All of the input was accepted and nothing is half read. */
    idle: boolean;
}

export interface Driving {
    readonly acceptHttp10?: boolean;
    /** Method and upgrade that responses answer. */
    readonly method?: string;
    readonly upgrade?: string;
    /** The peer closes after the input. */
    readonly closes?: boolean;
}

export function parseRequests(bytes: string, cuts: readonly number[] = [], driving: Driving = {}): Result {
    const { acceptHttp10 = false } = driving;
    return drive(new Http1Parser({ scheme: "http", acceptHttp10 }), bytes, cuts, driving);
}

export function parseResponses(bytes: string, cuts: readonly number[] = [], driving: Driving = {}): Result {
    const parser = new Http1Parser();
    parser.expect(driving.method ?? "GET", driving.upgrade ?? "");
    return drive(parser, bytes, cuts, driving);
}

function drive(parser: Http1Parser, bytes: string, cuts: readonly number[], driving: Driving): Result {
    const result: Result = { messages: [], status: 0, idle: true };
    let open: Message | undefined;
    // As the connections do: what follows a message that ends its connection is not looked at.
    const over = (): boolean => open !== undefined && open.whole && !open.informational && !parser.keepAlive;
    const pull = (): void => {
        while (!over()) {
            const event = parser.next();
            switch (event) {
                case NEED_DATA:
                    return;
                case FAILED:
                    result.status = parser.fault!.status;
                    return;
                case HEAD:
                case INFORMATIONAL:
                    open = {
                        head: (parser.requestHead ?? parser.responseHead)!,
                        informational: event === INFORMATIONAL,
                        body: "",
                        trailers: undefined,
                        whole: event === INFORMATIONAL || parser.ended,
                    };
                    result.messages.push(open);
                    break;
                case DATA:
                    open!.body += parser.data.toString("latin1");
                    break;
                case END:
                    open!.whole = true;
                    open!.trailers = parser.trailers;
                    break;
            }
        }
    };
    for (const part of parts(bytes, cuts)) {
        if (result.status !== 0) break;
        // Lent as the shared read buffer is, with something older behind it: whatever the parser keeps of it must be a copy.
        const lent = Buffer.from(`${part}\r\n\r\n`, "latin1");
        parser.feed(lent, part.length, true);
        pull();
        parser.keep();
        lent.fill(0x7e);
    }
    if (over()) return { ...result, idle: false };
    result.idle = result.status === 0 && parser.idle;
    if (driving.closes === true && result.status === 0) {
        const last = parser.finish();
        if (last === END) open!.whole = true;
        else if (last === FAILED) result.status = parser.fault!.status;
    }
    return result;
}

export function parts(bytes: string, cuts: readonly number[]): string[] {
    const places = [0, ...cuts, bytes.length];
    return places
        .slice(1)
        .map((to, index) => bytes.slice(places[index], to))
        .filter((part) => part !== "");
}

/** Cuts for one piece, for each place in two, and for single bytes. */
export function everyCut(bytes: string): number[][] {
    const places = Array.from({ length: Math.max(bytes.length - 1, 0) }, (_, index) => index + 1);
    return [[], places, ...places.map((place) => [place])];
}
