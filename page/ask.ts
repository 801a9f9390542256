/** Asks the proxy, and knows whether it answers. */

const WITHIN_MS = 15_000;

/** It answered, and not with what was asked for. */
export class NotAnswered extends Error {
    readonly status: number;

    constructor(status: number, text: string) {
        super(text.trim() || `the proxy answered ${status}`);
        this.status = status;
    }
}

export async function ask<Answer>(path: string, values: URLSearchParams = new URLSearchParams()): Promise<Answer> {
    const query = values.toString();
    const response = await fetch(`${path}${query === "" ? "" : `?${query}`}`, { signal: AbortSignal.timeout(WITHIN_MS) });
    if (!response.ok) throw new NotAnswered(response.status, await response.text());
    return (await response.json()) as Answer;
}

/** What a person is told of it; said once for each change. */
export class Connection {
    readonly #shown: HTMLElement;
    #isAway = false;

    constructor(shown: HTMLElement) {
        this.#shown = shown;
    }

    here(): void {
        this.#say(this.#isAway ? "Connected again" : "Connected", false);
    }

    away(error: unknown): void {
        const why = error instanceof NotAnswered ? error.message : "The proxy does not answer";
        this.#say(`${why}. It is asked again.`, true);
    }

    #say(text: string, isAway: boolean): void {
        if (!isAway && !this.#isAway && this.#shown.textContent?.startsWith("Connected")) return;
        this.#isAway = isAway;
        if (this.#shown.textContent !== text) this.#shown.textContent = text;
        this.#shown.className = isAway ? "away" : "";
    }
}
