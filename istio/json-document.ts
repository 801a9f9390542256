/**
 * A document of YAML that is JSON, as machines write it, in a fraction of the time. What of JSON means something else in YAML, or
 * is to be said something of (a key that stands twice, a number in another form than its own, an escaped character), is no such
 * document: YAML's reader says what becomes of it.
 */
import { inKeyOrder, type LineBranch, type ShortDocument } from "./line-tree";
import { ownText } from "./own-text";

/** The mark before a document, and what is empty between. */
const BEGIN = /^(?:---[ \t]*\r?\n)?(?: |\r?\n)*(?=\{)/;

/** Undefined: it is to be read as YAML. */
export function readJson(text: string): ShortDocument | undefined {
    const begin = BEGIN.exec(text)?.[0];
    if (begin === undefined) return undefined;
    return new JsonReader(text, begin.length, begin.split("\n").length - 1).document();
}

/** Deeper documents are YAML's reader's to refuse. */
const MAX_DEPTH = 50;
/** YAML looks so far for the colon of a key. */
const MAX_KEY = 500;
/** A number that is itself however it is read. */
const NUMBER = /-?[1-9]\d{0,14}(?=[ \t\r\n,\]}])|0(?=[ \t\r\n,\]}])/y;
const WORD = /(?:true|false|null)(?=[ \t\r\n,\]}])/y;
const ESCAPED = '"\\/bfnrt';
/** Names that YAML's reader gives a meaning, or that an object of ours must not simply be given. */
const UNFIT: ReadonlySet<string> = new Set(["<<", "__proto__"]);

class JsonReader {
    readonly #text: string;
    #line: number;
    #at: number;

    constructor(text: string, start: number, line: number) {
        this.#text = text;
        this.#at = start;
        this.#line = line;
    }

    document(): ShortDocument | undefined {
        const root = this.#value(this.#line, 0);
        return root && this.#next() === "" ? root : undefined;
    }

    /** Undefined: there is none that is simple. */
    #value(line: number, depth: number): ShortDocument | undefined {
        switch (this.#next()) {
            case "{":
                return depth > MAX_DEPTH ? undefined : this.#object(line, depth);
            case "[":
                return depth > MAX_DEPTH ? undefined : this.#array(line, depth);
            case '"': {
                const value = this.#string();
                return value === undefined ? undefined : { value, lines: 2 * line + 1 };
            }
            default: {
                const written = this.#match(NUMBER) ?? this.#match(WORD);
                return written === undefined ? undefined : { value: JSON.parse(written) as unknown, lines: 2 * line };
            }
        }
    }

    #object(line: number, depth: number): ShortDocument | undefined {
        const value: Record<string, unknown> = {};
        const names: string[] = [];
        const lines: LineBranch = [2 * line];
        let isNumbered = false;
        this.#at++;
        if (this.#take("}")) return { value, lines };
        for (;;) {
            if (this.#next() !== '"') return undefined;
            const at = this.#line;
            const key = this.#string();
            if (key === undefined || key.length > MAX_KEY || UNFIT.has(key) || Object.hasOwn(value, key) || !this.#takeColon())
                return undefined;
            const field = this.#value(at, depth + 1);
            if (field === undefined) return undefined;
            isNumbered ||= isDigit(key.charCodeAt(0));
            names.push(key);
            lines.push(field.lines);
            value[key] = field.value;
            if (this.#take("}")) return { value, lines: isNumbered ? inKeyOrder(value, names, lines) : lines };
            if (!this.#take(",")) return undefined;
        }
    }

    #array(line: number, depth: number): ShortDocument | undefined {
        const value: unknown[] = [];
        const lines: LineBranch = [2 * line];
        this.#at++;
        if (this.#take("]")) return { value, lines };
        for (;;) {
            this.#next();
            const item = this.#value(this.#line, depth + 1);
            if (item === undefined) return undefined;
            lines.push(item.lines);
            value.push(item.value);
            if (this.#take("]")) return { value, lines };
            if (!this.#take(",")) return undefined;
        }
    }

    /** On the line of its key, or there is none. */
    #takeColon(): boolean {
        const { length } = this.#text;
        while (this.#at < length && this.#text[this.#at] === " ") this.#at++;
        if (this.#text[this.#at] !== ":") return false;
        this.#at++;
        return true;
    }

    #take(mark: string): boolean {
        if (this.#next() !== mark) return false;
        this.#at++;
        return true;
    }

    /** The character behind what is empty, which is not taken; "" at the end. */
    #next(): string {
        for (;;) {
            const code = this.#text.charCodeAt(this.#at);
            if (code === 0x0a) this.#line++;
            else if (code !== 0x20 && code !== 0x09 && !(code === 0x0d && this.#text.charCodeAt(this.#at + 1) === 0x0a))
                return this.#text.charAt(this.#at);
            this.#at++;
        }
    }

    #match(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.#at;
        const found = pattern.exec(this.#text)?.[0];
        if (found !== undefined) this.#at += found.length;
        return found;
    }

    #string(): string | undefined {
        const text = this.#text;
        const start = this.#at;
        let isEscaped = false;
        let at = start + 1;
        for (; text.charCodeAt(at) !== 0x22; at++) {
            const code = text.charCodeAt(at);
            if (code === 0x5c) {
                at++;
                isEscaped = true;
                if (at >= text.length || !ESCAPED.includes(text.charAt(at))) return undefined;
            } else if (!isPrinted(code)) return undefined;
        }
        this.#at = at + 1;
        return isEscaped ? (JSON.parse(text.slice(start, at + 1)) as string) : ownText(text.slice(start + 1, at));
    }
}

function isDigit(code: number): boolean {
    return code >= 0x30 && code <= 0x39;
}

/** What stands for itself, also to YAML: no control character, no mark of lines or bytes, no half of a character. NaN: the end. */
function isPrinted(code: number): boolean {
    return (
        (code >= 0x20 && code < 0x7f) ||
        (code >= 0xa0 && code < 0x2028) ||
        (code > 0x2029 && code < 0xd800) ||
        (code >= 0xe000 && code < 0xfeff) ||
        (code > 0xfeff && code <= 0xfffd)
    );
}
