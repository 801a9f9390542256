/**
 * A document of YAML in the form in which machines and most people write it: mappings and lists by indentation, one scalar a
 * line, plain or in quotes, and blocks of text behind `|`. It is read in a tenth of the time that the whole language takes.
 * Whatever else there is (brackets, anchors, tags, folded lines, a key that stands twice, and all that is wrong) makes it no
 * such document, and YAML's reader says what becomes of it.
 */
import type { LineBranch, ShortDocument } from "./line-tree";
import { ownText } from "./own-text";
import { resolveScalar, type YamlScalar } from "./yaml-scalars";

/** Undefined: it is to be read as YAML. */
export function readPlainYaml(text: string): ShortDocument | undefined {
    if (!PRINTED.test(text)) return undefined;
    try {
        return new PlainReader(text).document();
    } catch (error) {
        if (error === OTHER) return undefined;
        throw error;
    }
}

/** It is something else. Without a stack, which would cost more than the reading. */
const OTHER = { isOther: true };

function other(): never {
    throw OTHER; // oxlint-disable-line typescript/only-throw-error -- caught above, and no error
}

/** No tab, no control character, no mark of lines or bytes, no half of a character. */
const PRINTED = /^[\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/;
/** Deeper documents are YAML's reader's to refuse. */
const MAX_DEPTH = 50;
/** Kubernetes' names, and those of fields: none of them has a meaning to YAML but those that resolve to no text. */
const KEY = /([A-Za-z_][A-Za-z0-9_./-]{0,250}):(?: +|(?=\n)|$)/y;
const ITEM = /-(?: +|(?=\n)|$)/y;
/** `__proto__` must not simply be given to an object. */
const UNFIT = "__proto__";
/** What a scalar without quotes may begin with here: none of it is an indicator. */
const PLAIN_START = /[A-Za-z0-9/._~+$(^<=;\\]|-(?=[A-Za-z0-9./])/y;
const REST = / *(?:#.*)?(?=\n|$)/y;
/** Behind a scalar, where a comment needs a space before it. */
const AFTER = /(?: +#.*| *)(?=\n|$)/y;
const DOUBLE = /"((?:[^"\\\n]|\\["\\/bfnrt])*)"/y;
const SINGLE = /'((?:[^'\n]|'')*)'/y;
const MARK = /---(?: +#.*| *)(?:\n|$)/y;

class PlainReader {
    readonly #text: string;
    /** Where what is not read begins; at the first character of a line that has something, behind its indentation. */
    #at = 0;
    #line = 0;
    /** Of that line; -1: there is none. */
    #indent = -1;

    constructor(text: string) {
        this.#text = text;
    }

    document(): ShortDocument {
        this.#toContent();
        if (this.#indent === 0 && this.#match(MARK) !== undefined) {
            this.#line++;
            this.#toContent();
        }
        if (this.#indent !== 0 || this.#sees(ITEM)) other();
        const root = this.#mapping(0, this.#line, 0);
        if (this.#at < this.#text.length) other();
        return root;
    }

    /** From the start of a line to the next that has something. */
    #toContent(): void {
        const text = this.#text;
        let at = this.#at;
        for (;;) {
            const start = at;
            while (text.charCodeAt(at) === 0x20) at++;
            const code = text.charCodeAt(at);
            if (code === 0x23) {
                const end = text.indexOf("\n", at);
                at = end === -1 ? text.length : end;
            } else if (at < text.length && code !== 0x0a) {
                this.#indent = at - start;
                break;
            }
            if (at >= text.length) {
                this.#indent = -1;
                break;
            }
            at++;
            this.#line++;
        }
        this.#at = at;
    }

    /** To the next line that has something, from where nothing but a comment is left of this one. */
    #endLine(pattern: RegExp): void {
        if (this.#match(pattern) === undefined) other();
        if (this.#at < this.#text.length) {
            this.#at++;
            this.#line++;
            this.#toContent();
        } else this.#indent = -1;
    }

    #mapping(indent: number, line: number, depth: number): ShortDocument {
        if (depth > MAX_DEPTH) other();
        const value: Record<string, unknown> = {};
        const lines: LineBranch = [2 * line];
        do {
            const at = this.#line;
            const key = this.#match(KEY, 1);
            if (
                key === undefined ||
                key === UNFIT ||
                Object.hasOwn(value, key) ||
                resolveScalar(key, true, undefined)["value" as never] !== key
            )
                other();
            const part = this.#behindKey(indent, at, depth);
            value[key] = part.value;
            lines.push(part.lines);
        } while (this.#indent === indent && !this.#sees(ITEM));
        if (this.#indent > indent) other();
        return { value, lines };
    }

    #behindKey(indent: number, line: number, depth: number): ShortDocument {
        if (!this.#sees(REST)) return this.#scalar(indent, line);
        this.#endLine(REST);
        // A list may stand as far left as its key.
        if (this.#indent >= indent && this.#sees(ITEM)) return this.#list(this.#indent, line, depth + 1);
        if (this.#indent > indent) {
            if (!this.#sees(KEY)) other();
            return this.#mapping(this.#indent, line, depth + 1);
        }
        // Nothing behind a key is null, and written as nothing.
        return other();
    }

    #list(indent: number, line: number, depth: number): ShortDocument {
        if (depth > MAX_DEPTH) other();
        const value: unknown[] = [];
        const lines: LineBranch = [2 * line];
        while (this.#indent === indent && this.#sees(ITEM)) {
            const at = this.#line;
            const dash = this.#match(ITEM)!;
            if (this.#sees(REST)) other();
            const inner = indent + dash.length;
            if (this.#sees(KEY)) {
                this.#indent = inner;
                const item = this.#mapping(inner, at, depth + 1);
                value.push(item.value);
                lines.push(item.lines);
            } else {
                const item = this.#scalar(indent, at);
                value.push(item.value);
                lines.push(item.lines);
            }
        }
        if (this.#indent > indent) other();
        // A copy has room for no more than there is: of ten thousand objects the lists are kept.
        return { value: value.slice(), lines };
    }

    /** Of one line, or a block of text. What follows must stand no further right than what it belongs to. */
    #scalar(indent: number, line: number): ShortDocument {
        const first = this.#text.charCodeAt(this.#at);
        const part =
            first === 0x22 || first === 0x27
                ? this.#quoted(first, line)
                : first === 0x7c
                  ? this.#block(indent, line)
                  : first === 0x5b || first === 0x7b
                    ? this.#empty(first, line)
                    : this.#plain(line);
        if (this.#indent > indent) other();
        return part;
    }

    #quoted(mark: number, line: number): ShortDocument {
        const content = this.#match(mark === 0x22 ? DOUBLE : SINGLE, 1);
        if (content === undefined) other();
        const value =
            mark === 0x27 ? content.replaceAll("''", "'") : content.includes("\\") ? (JSON.parse(`"${content}"`) as string) : content;
        this.#endLine(AFTER);
        return { value: ownText(value), lines: 2 * line + 1 };
    }

    #plain(line: number): ShortDocument {
        if (!this.#sees(PLAIN_START)) other();
        const text = this.#text;
        const end = text.indexOf("\n", this.#at);
        let written = text.slice(this.#at, end === -1 ? text.length : end);
        const comment = written.indexOf(" #");
        if (comment !== -1) written = written.slice(0, comment);
        written = written.replace(/ +$/, "");
        if (written.includes(": ") || written.endsWith(":")) other();
        const resolved = resolveScalar(written, true, undefined);
        const value: YamlScalar = "value" in resolved ? resolved.value : other();
        // What it is written as is asked for: only what is itself, however it is written.
        if (typeof value !== "string" && String(value) !== written) other();
        if (typeof value === "number" && !Number.isFinite(value)) other();
        this.#at += written.length;
        this.#endLine(AFTER);
        return { value: typeof value === "string" ? ownText(value) : value, lines: 2 * line };
    }

    /** `[]` or `{}`. */
    #empty(first: number, line: number): ShortDocument {
        const isList = first === 0x5b;
        if (this.#text.charCodeAt(this.#at + 1) !== (isList ? 0x5d : 0x7d)) other();
        this.#at += 2;
        this.#endLine(AFTER);
        return { value: isList ? [] : {}, lines: [2 * line] };
    }

    /** Behind `|` or `|-`: lines that stand further right than what they belong to, as far as the first of them does. */
    #block(indent: number, line: number): ShortDocument {
        const text = this.#text;
        this.#at++;
        const isStripped = text.charCodeAt(this.#at) === 0x2d;
        if (isStripped) this.#at++;
        if (this.#match(AFTER) === undefined || this.#at >= text.length) other();
        this.#at++;
        this.#line++;
        const content: string[] = [];
        let inner = -1;
        while (this.#at < text.length) {
            const newline = text.indexOf("\n", this.#at);
            const end = newline === -1 ? text.length : newline;
            let from = this.#at;
            while (from < end && text.charCodeAt(from) === 0x20) from++;
            const own = from - this.#at;
            if (from < end) {
                if (inner === -1) {
                    if (own <= indent || content.length > 0) other();
                    inner = own;
                }
                if (own < inner) {
                    // A comment that stands left of its text.
                    if (own > indent || text.charCodeAt(from) === 0x23) other();
                    break;
                }
            } else if (own > 0 || newline === -1) other();
            content.push(from < end ? text.slice(this.#at + inner, end) : "");
            this.#at = newline === -1 ? end : end + 1;
            this.#line++;
            // Without a line's end behind its last line the text has none.
            if (newline === -1) other();
        }
        if (inner === -1) other();
        while (content.at(-1) === "") content.pop();
        this.#toContent();
        return { value: content.join("\n") + (isStripped ? "" : "\n"), lines: 2 * line + 1 };
    }

    #sees(pattern: RegExp): boolean {
        pattern.lastIndex = this.#at;
        return pattern.test(this.#text);
    }

    #match(pattern: RegExp, group = 0): string | undefined {
        pattern.lastIndex = this.#at;
        const found = pattern.exec(this.#text);
        if (found === null) return undefined;
        this.#at += found[0].length;
        return found[group];
    }
}
