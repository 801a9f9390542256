/** Texts, numbers and flags by their fields: types, limits, words, forms. */
import { didYouMean } from "../did-you-mean";
import { durationFault } from "./durations";
import type { NumberField, TextField } from "../fields";
import { wrongType, type FieldWalk } from "./field-walk";
import { looksSecret, shown, shownText } from "../shown";

export function walkFlag(value: unknown, path: string, walking: FieldWalk): boolean | undefined {
    return typeof value === "boolean" ? value : wrongType(value, "true or false", path, walking, flagFix(value));
}

function flagFix(value: unknown): string {
    if (typeof value !== "string" || !/^(true|false)$/i.test(value)) {
        return "";
    }
    return `Write ${value.toLowerCase()} without quotes.`;
}

export function walkText(value: unknown, field: TextField, path: string, walking: FieldWalk): string | undefined {
    if (typeof value !== "string") {
        const isScalar = typeof value === "number" || typeof value === "boolean";
        const written = walking.secret || !isScalar ? undefined : (walking.writtenOf?.(path) ?? String(value));
        const quoted = quotedFix(written, field);
        // `010` is the number 8 to YAML: what was got is not what was written.
        const got =
            written !== undefined && written !== String(value) ? `${shownText(written)}, which is ${shown(value)} to YAML` : undefined;
        return wrongType(value, "a text", path, walking, isScalar ? quoted : "", got);
    }
    const fault = textFault(value, field);
    if (fault) {
        walking.report("GH0104", path, fault.message, fault.fix);
    }
    const today = field.wordsOutdated && Object.hasOwn(field.wordsOutdated, value) ? field.wordsOutdated[value] : undefined;
    if (today) {
        walking.report("GH0111", path, `${shownText(value)} is an old word`, `Write \`${today}\`.`);
    }
    return value;
}

/** What to write for a number or flag where a text is wanted: quotes alone do not make a duration or one of some words of it. */
function quotedFix(written: string | undefined, field: TextField): string {
    if (written === undefined || looksSecret(written)) return "Put it in quotes.";
    const fault = textFault(written, field);
    if (fault === undefined) return `Put it in quotes: ${JSON.stringify(written)}.`;
    return fault.fix !== "" ? fault.fix : `Write one of ${field.words?.join(", ") ?? ""}.`;
}

function textFault(value: string, field: TextField): { message: string; fix: string } | undefined {
    if (field.words && !field.words.includes(value)) {
        const near = field.words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? didYouMean(value, field.words);
        return {
            message: `got ${shownText(value)}, wanted one of ${field.words.join(", ")}`,
            fix: near ? `Did you mean \`${near}\`?` : "",
        };
    }
    if (field.minLength !== undefined && value.length < field.minLength) {
        return { message: "is empty", fix: "" };
    }
    if (field.maxLength !== undefined && value.length > field.maxLength) {
        return field.maxLength === 0
            ? { message: "must not be set", fix: "Leave it out." }
            : { message: `has ${value.length} characters, more than the ${field.maxLength} allowed`, fix: "" };
    }
    switch (field.format) {
        case undefined:
            return undefined;
        case "bytes":
            return value !== "" && !/[\r\n]/.test(value) && isBase64(value)
                ? undefined
                : { message: "is no base64", fix: value === "" ? "Leave it out." : "" };
        case "span":
        case "fineSpan":
        case "idle":
        case "duration": {
            const fault = durationFault(value, field.format);
            return fault ? { message: `got ${shownText(value)}, ${fault.wanted}`, fix: fault.fix } : undefined;
        }
        default:
            return field.format satisfies never;
    }
}

export function isBase64(value: string): boolean {
    const compact = value.replace(/[\r\n]/g, "");
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

export function walkNumber(value: unknown, field: NumberField, path: string, walking: FieldWalk): number | undefined {
    const wanted = field.whole ? "a whole number" : "a number";
    if (typeof value !== "number" || !Number.isFinite(value)) {
        const quoted = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
        return wrongType(value, wanted, path, walking, quoted && !looksSecret(value) ? "Leave the quotes out." : "");
    }
    if (field.whole && !Number.isInteger(value)) {
        return wrongType(value, wanted, path, walking);
    }
    zeroFirst(value, path, walking);
    if (value < field.min || value > field.max) {
        walking.report("GH0104", path, `got ${shown(value)}, wanted ${rangeText(field)}`);
        // Out of its limits it is of no use to a rule either.
        return undefined;
    }
    return value;
}

/** Nobody who writes a port as `0443` means 291. */
function zeroFirst(value: number, path: string, walking: FieldWalk): void {
    const written = walking.writtenOf?.(path);
    if (written !== undefined && /^[-+]?0_*\d/.test(written)) {
        const plain = written.replaceAll("_", "").replace(/^([-+]?)0+(?=\d)/, "$1");
        walking.report(
            "GH0126",
            path,
            `${shownText(written)} is ${shown(value)} to YAML${plain === String(value) ? "" : ", which reads digits behind a 0 as octal"}`,
            `Write \`${plain}\`, or \`${String(value)}\` where that is meant.`,
        );
    }
}

function rangeText(field: NumberField): string {
    return field.max >= 2_147_483_647
        ? `at least ${field.min}${field.max > 4_294_967_295 ? "" : ` and at most ${field.max}`}`
        : `${field.min} to ${field.max}`;
}

export function walkNumberOrName(value: unknown, path: string, walking: FieldWalk): unknown {
    if (typeof value === "number" && Number.isInteger(value)) {
        zeroFirst(value, path, walking);
        if (value >= 1 && value <= 65535) {
            return value;
        }
        walking.report("GH0104", path, `got ${shown(value)}, wanted 1 to 65535 or a port's name`);
        return undefined;
    }
    return typeof value === "string" ? value : wrongType(value, "a port's number or name", path, walking);
}
