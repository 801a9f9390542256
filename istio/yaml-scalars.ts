/**
 * What a scalar of YAML is to Kubernetes. kubectl reads YAML 1.1 as go-yaml has it and turns it into JSON: `y` is true,
 * `010` is 8, `1_000` is a thousand, `12:30` and dates are text. A proxy that read them otherwise would serve something
 * else than the cluster does.
 */
export type YamlScalar = string | number | boolean | null;

export type ResolvedScalar = { readonly value: YamlScalar } | { readonly fault: string };

const PREFIX = "tag:yaml.org,2002:";
/** The tags that say what a text is to become; any other leaves it a text. */
type Tag = "str" | "bool" | "int" | "float" | "null" | "timestamp";

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
    ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
    ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
    ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);
const INFINITE: ReadonlyMap<string, number> = new Map([
    ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
    ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Number.POSITIVE_INFINITY] as const),
    ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

/** `plain`: without quotes and no block of text. `tag` is the long form of an explicit one. */
export function resolveScalar(text: string, plain: boolean, tag: string | undefined): ResolvedScalar {
    if (tag === undefined || tag === "!") {
        return { value: plain && tag === undefined ? valueOf(text) : text };
    }
    switch (tag) {
        case `${PREFIX}binary`:
            return decoded(text);
        case `${PREFIX}bool`:
        case `${PREFIX}int`:
        case `${PREFIX}float`:
        case `${PREFIX}null`:
        case `${PREFIX}timestamp`:
            return asTagged(text, tag.slice(PREFIX.length) as Tag);
        default:
            return { value: text };
    }
}

/** A mapping's key, of a scalar that resolves: JSON has texts there only. Undefined where it can be none. */
export function keyOf(text: string, value: YamlScalar): string | undefined {
    switch (typeof value) {
        case "string":
            return value;
        case "boolean":
            return String(value);
        case "number":
            return numberKey(text, value);
        default:
            return undefined;
    }
}

function numberKey(text: string, value: number): string | undefined {
    const whole = isWhole(text) ? wholeNumber(text.replaceAll("_", "")) : undefined;
    if (whole !== undefined) {
        return whole >= 2n ** 63n ? undefined : whole.toString();
    }
    return /^-[0._]+$/.test(text) ? "-0" : floatText(value);
}

function valueOf(text: string): YamlScalar {
    const first = text.charCodeAt(0);
    // Most texts begin with a letter that no word and no number begins with.
    if (!STARTS[first] && text !== "") {
        return text;
    }
    const word = WORDS.get(text);
    if (word !== undefined) {
        return word;
    }
    return INFINITE.get(text) ?? numberOf(text) ?? text;
}

const STARTS: readonly boolean[] = Array.from({ length: 128 }, (_, code) => "+-.~0123456789yYnNtTfFoO".includes(String.fromCharCode(code)));

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** A text that begins with its point is read without leave for more than one underscore at a place. */
const POINT_FIRST = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const LONGEST_NUMBER = 400;

function numberOf(text: string): number | undefined {
    const first = text.charCodeAt(0);
    if (text.length > LONGEST_NUMBER || first > 57) {
        return undefined;
    }
    if (first === 46) {
        return POINT_FIRST.test(text) ? finite(text.replaceAll("_", "")) : undefined;
    }
    const plain = text.replaceAll("_", "");
    if (INTEGER.test(plain)) {
        const whole = wholeNumber(plain);
        if (whole !== undefined) {
            return Number(whole);
        }
    }
    return FLOAT.test(plain) ? finite(plain) : undefined;
}

/** Undefined beyond 64 bits. */
function wholeNumber(plain: string): bigint | undefined {
    const negative = plain.startsWith("-");
    const digits = plain.replace(/^[-+]/, "");
    const octal = /^0[oO]?([0-7]+)$/.exec(digits);
    const size = BigInt(octal ? `0o${octal[1] ?? ""}` : digits.toLowerCase());
    const most = negative ? 2n ** 63n : plain.startsWith("+") ? 2n ** 63n - 1n : 2n ** 64n - 1n;
    return size > most ? undefined : negative ? -size : size;
}

function finite(text: string): number | undefined {
    const value = Number(text);
    return Number.isFinite(value) ? value + 0 : undefined;
}

function asTagged(text: string, tag: Tag): ResolvedScalar {
    const value = valueOf(text);
    const isDate = typeof value === "string" && isTimestamp(text);
    const is =
        isDate && tag === "timestamp"
            ? "timestamp"
            : value === null
              ? "null"
              : typeof value === "boolean"
                ? "bool"
                : typeof value === "number"
                  ? isWhole(text)
                      ? "int"
                      : "float"
                  : "str";
    return is === tag || (tag === "float" && is === "int") ? { value } : { fault: `a tag says \`!!${tag}\`, and the value is none` };
}

function isWhole(text: string): boolean {
    const plain = text.replaceAll("_", "");
    return !text.startsWith(".") && INTEGER.test(plain) && wholeNumber(plain) !== undefined;
}

const TIMESTAMP =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

function isTimestamp(text: string): boolean {
    const [, year = "", month = "", day = ""] = TIMESTAMP.exec(text) ?? [];
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    return year !== "" && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

function decoded(text: string): ResolvedScalar {
    const compact = text.replace(/[\r\n]/g, "");
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
        ? { value: Buffer.from(compact, "base64").toString("utf8") }
        : { fault: "a tag says `!!binary`, and the value is no base64" };
}

/** Go's shortest text of a 32-bit float, which is what a key that is a fraction becomes. */
function floatText(value: number): string {
    const narrow = Math.fround(value);
    if (!Number.isFinite(narrow)) {
        return Number.isNaN(narrow) ? ".nan" : narrow > 0 ? ".inf" : "-.inf";
    }
    if (narrow === 0) {
        return "0";
    }
    let digits = 1;
    while (digits < 9 && Math.fround(Number(narrow.toPrecision(digits))) !== narrow) {
        digits += 1;
    }
    const [mantissa = "", exponent = "0"] = narrow.toExponential(digits - 1).split("e");
    const power = Number(exponent);
    if (power >= -4 && power < 6) {
        return Number(narrow.toPrecision(digits)).toString();
    }
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
