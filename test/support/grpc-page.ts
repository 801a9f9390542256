/** The sample's page without a browser: its script runs in a context of its own, with a document that has what it asks for. */
import http from "node:http";
import vm from "node:vm";

interface Element {
    value: string;
    textContent: string;
    readonly listeners: Map<string, (event: object) => void>;
    addEventListener(name: string, listener: (event: object) => void): void;
}

export interface PlayedPage {
    /** What the page shows once the call has ended. */
    click(button: string, event?: string): Promise<string>;
}

const ENDED = /^(OK|[A-Z_]+: .*|the .*)$/m;

/** As `fetch` of a browser whose address bar has the origin; the host is another than where it is found. */
function fetchAt(origin: string, host: string): (target: string, options?: RequestInit) => Promise<Response> {
    return (target, { method = "GET", headers = {}, body } = {}) =>
        new Promise((resolve, reject) => {
            const sent = http.request(`${origin}${target}`, {
                method,
                headers: { ...(headers as Record<string, string>), host },
                agent: false,
            });
            sent.on("error", reject);
            sent.on("response", (response) => {
                const stream = new ReadableStream<Uint8Array>({
                    start(controller) {
                        response.on("data", (chunk: Buffer) => controller.enqueue(new Uint8Array(chunk)));
                        response.on("end", () => controller.close());
                        response.on("error", (error) => controller.error(error));
                    },
                });
                const known = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
                resolve(new Response(stream, { status: response.statusCode ?? 0, headers: known }));
            });
            sent.end(body as Uint8Array | undefined);
        });
}

/** Loads the page of an origin, under the name that its gateway knows it by. */
export async function playPage(origin: string, host: string): Promise<PlayedPage> {
    const fetch = fetchAt(origin, host);
    const text = await (await fetch("/")).text();
    const script = /<script>(.*)<\/script>/s.exec(text)?.[1];
    if (script === undefined) throw new Error(`there is no script in the page: ${text.slice(0, 200)}`);
    const elements = new Map<string, Element>();
    const getElementById = (id: string): Element => {
        const listeners = new Map<string, (event: object) => void>();
        const known = elements.get(id) ?? {
            value: "hello",
            textContent: "",
            listeners,
            addEventListener: (name: string, listener: (event: object) => void) => void listeners.set(name, listener),
        };
        elements.set(id, known);
        return known;
    };
    const out = getElementById("out");
    let shown = "";
    let told: ((text: string) => void) | undefined;
    Object.defineProperty(out, "textContent", {
        get: () => shown,
        set: (value: string) => {
            shown = value;
            if (ENDED.test(value)) told?.(value);
        },
    });
    vm.runInNewContext(script, { document: { getElementById }, fetch, TextEncoder, TextDecoder });
    return {
        click: (button, event = "click") => {
            const ended = new Promise<string>((resolve) => {
                told = resolve;
            });
            elements.get(button)?.listeners.get(event)?.({ preventDefault: () => undefined });
            return ended;
        },
    };
}
