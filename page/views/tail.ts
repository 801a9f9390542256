/** Requests and connections as they end. Newest first; a bounded number of them; who can't see is told sums from time to time. */
import { element, readable, setText } from "../dom";
import { eventsOf } from "../events";
import { hrefOf, noteFragment, type Shown } from "../place";
import type { OpenView, View } from "../view";

const MOST_LINES = 200;
const SHOW_MS = 250;
/** So often a screen reader is told of what came at most. */
const TELL_MS = 10_000;
const FIRST_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 10_000;

type TailRecord = Readonly<Record<string, unknown>>;

export const tailView: View = { name: "tail", title: "Live requests", open: (place) => new Tail(place).view };

class Tail {
    readonly #filter: HTMLInputElement;
    readonly #fault = element("p", { class: "fault", role: "alert", id: "filter-fault", hidden: "" });
    readonly #state = element("p", { class: "note", role: "status" });
    readonly #sums = element("p", { class: "note", role: "status" });
    readonly #lines = element("ol", { class: "tail", "aria-label": "Requests and connections, the newest first" });
    readonly #pause = element("button", { type: "button", "aria-pressed": "false" }, "Pause");
    readonly #waiting: HTMLLIElement[] = [];
    #reading = new AbortController();
    #isPaused = false;
    #seen = 0;
    #errors = 0;
    readonly #timers: number[] = [];

    constructor({ values }: Shown) {
        this.#filter = element("input", {
            type: "text",
            value: values.get("filter") ?? "",
            placeholder: "response.code >= 400",
            spellcheck: "false",
            autocomplete: "off",
            "aria-describedby": "filter-fault",
        });
    }

    get view(): OpenView {
        const clear = element("button", { type: "button" }, "Clear");
        const form = element(
            "form",
            {},
            element("label", { class: "wide" }, "Filter, in CEL as a Telemetry has it", this.#filter),
            element("button", { type: "submit" }, "Watch"),
            this.#pause,
            clear,
        );
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            noteFragment(hrefOf("tail", { filter: this.#filter.value.trim() }));
            this.#start();
        });
        clear.addEventListener("click", () => this.#lines.replaceChildren());
        this.#pause.addEventListener("click", () => {
            this.#isPaused = !this.#isPaused;
            this.#pause.setAttribute("aria-pressed", String(this.#isPaused));
        });
        this.#timers.push(
            setInterval(() => this.#show(), SHOW_MS),
            setInterval(() => this.#tell(), TELL_MS),
        );
        document.addEventListener("visibilitychange", this.#seenAgain);
        this.#start();
        const lead = "Each request and connection as it ends, whether it is logged or not.";
        const root = element("div", {}, element("p", { class: "lead" }, lead), form, this.#fault, this.#state, this.#sums, this.#lines);
        return { root, close: () => this.#close() };
    }

    /** Who looks at another tab holds no stream. */
    readonly #seenAgain = (): void => {
        if (document.hidden) this.#reading.abort();
        else this.#start();
    };

    #close(): void {
        this.#reading.abort();
        document.removeEventListener("visibilitychange", this.#seenAgain);
        for (const timer of this.#timers) clearInterval(timer);
    }

    #start(): void {
        this.#reading.abort();
        this.#reading = new AbortController();
        void this.#read(this.#reading.signal);
    }

    async #read(signal: AbortSignal): Promise<void> {
        let againMs = FIRST_AGAIN_MS;
        while (!signal.aborted) {
            try {
                const query = new URLSearchParams({ filter: this.#filter.value.trim() });
                const response = await fetch(`tail?${query.toString()}`, { signal });
                if (response.status === 400) return this.#refused(await response.text());
                this.#refused("");
                if (response.ok) {
                    setText(this.#state, "Watching.");
                    againMs = FIRST_AGAIN_MS;
                    for await (const { event, data } of eventsOf(response)) this.#take(event, data);
                    if (!signal.aborted) setText(this.#state, "The proxy ended the stream. It is asked again.");
                } else setText(this.#state, `${readable((await response.text()).trim())}. It is asked again.`);
            } catch {
                if (!signal.aborted) setText(this.#state, "The proxy does not answer. It is asked again.");
            }
            if (signal.aborted) return;
            const waitMs = againMs;
            await new Promise((resolve) => setTimeout(resolve, waitMs));
            againMs = Math.min(2 * againMs, LONGEST_AGAIN_MS);
        }
    }

    #refused(text: string): void {
        setText(this.#fault, readable(text.trim()));
        this.#fault.hidden = text === "";
        if (text !== "") setText(this.#state, "");
        this.#filter.setAttribute("aria-invalid", String(text !== ""));
    }

    #take(event: string, data: unknown): void {
        if (this.#isPaused || typeof data !== "object" || data === null) return;
        const record = data as TailRecord;
        if (event === "lost") this.#add(element("li", { class: "said" }, `${numberOf(record["lines"])} more came than could be shown.`));
        else {
            this.#seen++;
            if (numberOf(record["response_code"]) >= 400) this.#errors++;
            this.#add(lineOf(record));
        }
    }

    #add(line: HTMLLIElement): void {
        this.#waiting.push(line);
        if (this.#waiting.length > MOST_LINES) this.#waiting.shift();
    }

    #show(): void {
        if (this.#waiting.length === 0) return;
        this.#lines.prepend(...this.#waiting.toReversed());
        this.#waiting.length = 0;
        while (this.#lines.childElementCount > MOST_LINES) this.#lines.lastElementChild!.remove();
    }

    #tell(): void {
        if (this.#seen === 0) return;
        setText(this.#sums, `${this.#seen} in the last seconds, ${this.#errors} of them with an error.`);
        this.#seen = 0;
        this.#errors = 0;
    }
}

function lineOf(record: TailRecord): HTMLLIElement {
    const code = numberOf(record["response_code"]);
    const method = textOf(record["method"]);
    const what =
        method === ""
            ? `connection to ${textOf(record["requested_server_name"]) || textOf(record["downstream_local_address"])}`
            : `${method} ${textOf(record["authority"])}${textOf(record["path"])}`;
    // No flag is a hyphen, as Envoy has it.
    const told = textOf(record["response_flags"]);
    const flags = told === "-" ? "" : told;
    const tone = code >= 500 || (code === 0 && flags !== "") ? "bad" : code >= 400 ? "warn" : "good";
    const summary = element(
        "summary",
        {},
        element("span", { class: "mono" }, textOf(record["start_time"]).slice(11, 23)),
        element("span", { class: `mono ${tone}` }, code === 0 ? "–" : String(code)),
        element("span", { class: "mono" }, readable(what, 300)),
        element("span", { class: "note" }, `${numberOf(record["duration"])} ms`),
        ...(flags === "" ? [] : [element("span", { class: "bad" }, readable(flags))]),
    );
    const details = element("details", {}, summary);
    details.addEventListener("toggle", () => details.append(fieldsOf(record)), { once: true });
    return element("li", {}, details);
}

function fieldsOf(record: TailRecord): HTMLElement {
    const all = Object.entries(record).filter(([, value]) => value !== null && value !== "");
    return element(
        "dl",
        { class: "fields" },
        ...all.flatMap(([name, value]) => [element("dt", {}, readable(name)), element("dd", { class: "mono" }, readable(textOf(value)))]),
    );
}

function numberOf(value: unknown): number {
    return typeof value === "number" ? value : 0;
}

function textOf(value: unknown): string {
    if (typeof value === "string") return value;
    return value === null || value === undefined ? "" : Array.isArray(value) ? value.map(String).join(", ") : JSON.stringify(value);
}
