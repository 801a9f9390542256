/** Server-sent events of a response; unlike EventSource, fetch tells why a proxy refuses them. */

export interface SentEvent {
    readonly event: string;
    readonly data: unknown;
}

export async function* eventsOf(response: Response): AsyncGenerator<SentEvent> {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        text += value;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            const one = eventOf(text.slice(0, end));
            text = text.slice(end + 2);
            if (one) yield one;
        }
    }
}

/** Undefined: a comment alone. */
function eventOf(block: string): SentEvent | undefined {
    let event = "message";
    let data = "";
    for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
    }
    return data === "" ? undefined : { event, data: JSON.parse(data) as unknown };
}
