/** All that is wrong now, wherever it was found: each once, the same list as long as it is the same, and logged as it comes and goes. */
import type { Logger } from "pino";
import { findingText, type Finding } from "../../istio/findings";
import { FindingLog } from "../log";

export class ToldFindings {
    readonly #log: FindingLog;
    #findings: readonly Finding[] = [];
    /** What they were made of. */
    #heard: readonly Finding[] = [];

    constructor(log: Logger) {
        this.#log = new FindingLog(log);
    }

    get all(): readonly Finding[] {
        return this.#findings;
    }

    /** `all` are those that hold now; the same objects as before are not looked at again. */
    hear(all: readonly Finding[]): void {
        if (all.length === this.#heard.length && all.every((one, at) => one === this.#heard[at])) return;
        this.#heard = all;
        const unique = new Map(all.map((f) => [findingText(f), f]));
        const same = unique.size === this.#findings.length && this.#findings.every((f) => unique.has(findingText(f)));
        if (!same) this.#findings = [...unique.values()];
    }

    /** Says what is new and what is gone. */
    log(): void {
        this.#log.update(this.#findings);
    }
}
