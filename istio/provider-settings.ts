/**
 * The fields of one provider of a mesh configuration, read as Istio's reader of JSON takes them: a field by its name or in
 * snake case, a number also as a text. What is wrong is noted, and something harmless given in its place. A message never
 * repeats a value that may be a secret: values of added headers.
 */
import { FRAMING_HEADERS } from "./framing-headers";
import { parseDuration } from "./durations";
import { hasControl } from "./wire-text";

export interface SettingFault {
    /** `extensionProviders[0].envoyExtAuthzHttp.port`. */
    readonly field: string;
    /** `is …`: what follows the field. */
    readonly message: string;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Longer lists and texts are nobody's. */
const MAX_ITEMS = 1_000;
const MAX_TEXT = 8_192;
export class Settings {
    readonly faults: SettingFault[];
    readonly #values = new Map<string, unknown>();
    readonly #read = new Set<string>();
    readonly #field: string;

    /** `faults`: where those are noted of what this is a part of. */
    constructor(value: unknown, field: string, faults: SettingFault[] = []) {
        this.#field = field;
        this.faults = faults;
        if (typeof value !== "object" || value === null || Array.isArray(value)) {
            if (field !== "") this.fault("", "is no mapping");
            return;
        }
        for (const [key, one] of Object.entries(value)) if (one !== null && one !== undefined) this.#values.set(camelCase(key), one);
    }

    names(): readonly string[] {
        return [...this.#values.keys()];
    }

    has(name: string): boolean {
        return this.#values.has(name);
    }

    raw(name: string): unknown {
        this.#read.add(name);
        return this.#values.get(name);
    }

    fault(name: string, message: string): void {
        this.faults.push({ field: this.#fieldOf(name), message });
    }

    /** Fields that nobody has asked for. */
    unread(hint: (word: string, known: readonly string[]) => string): readonly SettingFault[] {
        const known = [...this.#read];
        return [...this.#values.keys()]
            .filter((name) => !this.#read.has(name))
            .map((name) => ({ field: this.#fieldOf(name), message: `is not known${hint(name, known)}` }));
    }

    text(name: string, otherwise: string): string {
        const value = this.raw(name);
        if (value === undefined) return otherwise;
        if (typeof value === "string" && value.length <= MAX_TEXT) return value;
        this.fault(name, typeof value === "string" ? `has more than ${MAX_TEXT} characters` : `is no text; write it in quotes`);
        return otherwise;
    }

    flag(name: string): boolean {
        const value = this.raw(name);
        if (typeof value === "boolean" || value === undefined) return value ?? false;
        this.fault(name, "is neither true nor false");
        return false;
    }

    whole(name: string, least: number, most: number): number {
        const value = this.raw(name);
        const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
        if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
        this.fault(name, `is ${value === undefined ? "not said" : "no such number"}; wanted is one from ${least} to ${most}`);
        return least;
    }

    /** Milliseconds, more than none. */
    duration(name: string, otherwise: number): number {
        const value = this.raw(name);
        if (value === undefined) return otherwise;
        const parsed = typeof value === "string" ? parseDuration(value) : undefined;
        if (parsed !== undefined && parsed > 0) return Math.max(1, Math.round(parsed));
        this.fault(name, "is no duration longer than none, as in 2s");
        return otherwise;
    }

    /** Names of headers, lower-case; `*` at one end stands for anything. */
    patterns(name: string): readonly string[] {
        const value = this.raw(name);
        if (value === undefined) return [];
        if (!Array.isArray(value) || value.length > MAX_ITEMS || !value.every((one) => typeof one === "string")) {
            this.fault(name, "is no list of header names");
            return [];
        }
        const patterns = (value as readonly string[]).map((one) => one.toLowerCase());
        for (const [index, one] of patterns.entries()) {
            const bare = one.startsWith("*") ? one.slice(1) : one.endsWith("*") ? one.slice(0, -1) : one;
            if (one === "*") this.fault(`${name}[${index}]`, "is a single *, which Istio does not take; write a prefix or a suffix");
            else if (!TOKEN.test(bare)) this.fault(`${name}[${index}]`, "is no name of a header");
        }
        return patterns;
    }

    /** In the order of their names, as istiod has them. */
    headers(name: string): readonly (readonly [name: string, value: string])[] {
        const value = this.raw(name);
        if (value === undefined) return [];
        if (typeof value !== "object" || value === null || Array.isArray(value)) {
            this.fault(name, "is no mapping of header names to values");
            return [];
        }
        const made: (readonly [string, string])[] = [];
        for (const [key, one] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
            const lower = key.toLowerCase();
            if (!TOKEN.test(lower) || FRAMING_HEADERS.has(lower)) this.fault(name, "has a name that no added header has");
            else if (typeof one !== "string" || one.length > MAX_TEXT || hasControl(one))
                this.fault(`${name}.${lower}`, "is no text of one line");
            else made.push([lower, one]);
        }
        return made;
    }

    /** One header, lower-case; empty: none. */
    headerName(name: string): string {
        const text = this.text(name, "").toLowerCase();
        if (text !== "" && (!TOKEN.test(text) || FRAMING_HEADERS.has(text) || text === "authorization")) {
            this.fault(name, "is no name of a header that can be set");
            return "";
        }
        return text;
    }

    /** What is wrong in it counts here. */
    inner(name: string): Settings {
        return new Settings(this.raw(name), this.#fieldOf(name), this.faults);
    }

    /** One of a list. */
    item(name: string, value: unknown): Settings {
        return new Settings(value, this.#fieldOf(name), this.faults);
    }

    #fieldOf(name: string): string {
        return name === "" ? this.#field : this.#field === "" ? name : `${this.#field}.${name}`;
    }
}

/** JSON of protobuf takes `path_prefix` for `pathPrefix`. */
function camelCase(name: string): string {
    return name.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
}
