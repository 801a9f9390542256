/**
 * A text that an expression takes: of alternatives the first, of what may repeat as little as may be. Which characters a
 * class has is asked of RE2 itself, and so is whether it takes the outcome: bytes, as it sees them. Not for the hot path.
 */
import { readableText, wireText } from "../../../istio/wire-text";
import { compilePattern } from "./patterns";

/** Undefined: none was found, or the expression is none. */
export function patternExample(pattern: string): string | undefined {
    try {
        const wire = wireText(pattern);
        const expression = compilePattern(wire);
        const sketch = new Sketch(wire).alternatives();
        const text = readableText(sketch);
        return sketch.length <= MAX_LENGTH && expression.testExact(sketch) && wireText(text) === sketch ? text : undefined;
    } catch {
        return undefined;
    }
}

const MAX_LENGTH = 1000;
/** What is tried first where an expression leaves the choice. */
const CHARACTERS = "a0A-_/ ";

const GROUP = /\((?:\?(?:P?<\w+>|[a-zA-Z-]*(?<only>\)|:)))?/y;
const ONE_OF = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\\(?:[pP](?:\{\^?\w+\}|\w)|x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|.)|\./sy;
const REPEATED = /(?:[*?]|\{0(?:,\d*)?\}|\{(?<least>\d+)(?:,\d*)?\}|\+)\??/y;

class Sketch {
    #at = 0;
    readonly #pattern: string;

    constructor(pattern: string) {
        this.#pattern = pattern;
    }

    alternatives(): string {
        const first = this.#sequence();
        while (this.#pattern[this.#at] === "|") {
            this.#at += 1;
            this.#sequence();
        }
        return first;
    }

    #sequence(): string {
        let text = "";
        while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at] ?? "")) {
            const part = this.#part();
            const repeated = this.#take(REPEATED);
            text += repeated === undefined ? part : part.repeat(leastOf(repeated));
        }
        return text;
    }

    #part(): string {
        const group = this.#take(GROUP);
        if (group !== undefined) return group.groups?.["only"] === ")" ? "" : this.#rest();
        const [oneOf] = this.#take(ONE_OF) ?? [];
        if (oneOf !== undefined) return characterOf(oneOf);
        const character = this.#pattern[this.#at] ?? "";
        this.#at += 1;
        return character === "^" || character === "$" ? "" : character;
    }

    /** Of a group that was opened. */
    #rest(): string {
        const text = this.alternatives();
        this.#at += 1;
        return text;
    }

    #take(what: RegExp): RegExpExecArray | undefined {
        what.lastIndex = this.#at;
        const taken = what.exec(this.#pattern) ?? undefined;
        this.#at += taken?.[0].length ?? 0;
        return taken;
    }
}

function leastOf({ 0: text, groups }: RegExpExecArray): number {
    return text.startsWith("+") ? 1 : Number(groups?.["least"] ?? 0);
}

/** Of a class or an escape; empty where it stands for no character, as `\b` does. */
function characterOf(oneOf: string): string {
    const expression = compilePattern(oneOf);
    return [...CHARACTERS, ...oneOf].find((one) => expression.testExact(one)) ?? "";
}
