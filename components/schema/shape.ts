/**
 * What is wrong with the shape of arguments, which the types hold and programs in JavaScript may not: names that there are
 * not, things that come later though they say which resources there are, values of another type.
 */
import { didYouMean, editDistance } from "../../istio/did-you-mean";
import { childPath } from "../../istio/paths";
import { fault, refuse, type Fault } from "../arguments/faults";
import { isLater, mentionsUnknown } from "../arguments/unknown";
import type {
    ArgumentField,
    ListArgument,
    MapArgument,
    NumberArgument,
    ObjectArgument,
    Sort,
    TextArgument,
    UnionField,
    VariantsField,
} from "./field";

type Plain = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

/** Throws unless these are arguments at all, whose outline is there. */
export function demandArguments(owner: string, schema: ObjectArgument, args: unknown): void {
    if (typeof args !== "object" || args === null) {
        return refuse(owner, [
            fault("GH0210", "args", `${args === undefined ? "there are no arguments" : "these are no arguments"}; wanted an object.`),
        ]);
    }
    const given = args as Plain;
    const decisive = Object.entries(schema.fields).filter(([name, { decides }]) => decides && given[name] !== undefined);
    const later = decisive.filter(([name]) => isLater(given[name]));
    const single = decisive.filter(([name, { type }]) => type === "list" && !Array.isArray(given[name]) && !isLater(given[name]));
    refuse(owner, [
        ...later.map(
            ([name]): Fault =>
                fault(
                    "GH0210",
                    name,
                    "this says which resources there are, and is not known yet.",
                    "Give it as it is; only values in it may be Outputs.",
                ),
        ),
        ...single.map(([name]): Fault => fault("GH0210", name, "this is not a list.")),
        ...nameFaults(args, schema, ""),
        ...Object.entries(schema.elsewhere ?? {}).flatMap(([name, { message, fix }]) =>
            given[name] === undefined ? [] : [fault("GH0210", name, message, fix)],
        ),
    ]);
}

/**
 * Names that are near to one that there is, and mean it: what they say would be lost. A program may give an object that has
 * more than is asked for.
 */
function nameFaults(value: unknown, field: ArgumentField, path: string): Fault[] {
    if (typeof value !== "object" || value === null || isLater(value)) return [];
    switch (field.type) {
        case "object":
            return field.open ? [] : objectNameFaults(value as Plain, field, path);
        case "list":
            return Array.isArray(value) ? value.flatMap((one, index) => nameFaults(one, field.of, `${path}[${index}]`)) : [];
        case "map":
            return Object.entries(value).flatMap(([key, one]) => nameFaults(one, field.of, childPath(path, key)));
        case "union": {
            const member = field.members[sortOf(value)];
            return member ? nameFaults(value, member.field, path) : [];
        }
        case "variants": {
            const variant = variantOf(value as Plain, field);
            return variant ? nameFaults(value, variant, path) : [];
        }
        case "text":
        case "number":
        case "flag":
        case "istio":
        case "kubernetes":
        case "rich":
            return [];
        default:
            return field satisfies never;
    }
}

/** None where its kind is none of them. */
function variantOf({ kind }: Plain, { variants }: VariantsField): ObjectArgument | undefined {
    return typeof kind === "string" && Object.hasOwn(variants, kind) ? variants[kind] : undefined;
}

/** Of words as short as `tags` and `tls`, those that are two letters apart are two words. */
const isOtherWord = (name: string, known: string): boolean => Math.min(name.length, known.length) <= 4 && editDistance(name, known, 1) > 1;

function objectNameFaults(value: Plain, { fields }: ObjectArgument, path: string): Fault[] {
    return Object.keys(value).flatMap((name): Fault[] => {
        // Nothing is said by it, as in an object that is spread from another.
        if (value[name] === undefined) return [];
        const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (known) return nameFaults(value[name], known, childPath(path, name));
        // One that is there already is not what a misspelt one means.
        const free = Object.keys(fields).filter((one) => value[one] === undefined);
        const near =
            name === "kind"
                ? undefined
                : didYouMean(
                      name,
                      free.filter((one) => !isOtherWord(name, one)),
                  );
        return near === undefined
            ? []
            : [fault("GH0210", childPath(path, name), "there is no such argument.", `Did you mean \`${near}\`?`)];
    });
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "this";

const listed = (words: readonly string[]): string =>
    [words.slice(0, -1).join(", "), words.at(-1)].filter((one) => one !== "").join(" and ");

/**
 * Values of the wrong type. They are told only where nothing more exact is: `weak`.
 */
export function shapeFaults(value: unknown, field: ArgumentField, path = ""): Fault[] {
    const known = "known" in field && field.known === true;
    if (value === undefined || (value === null && !known)) return [];
    const wrong = (message: string): Fault[] => [{ ...fault("GH0210", path, message), weak: true }];
    if (mentionsUnknownItself(value) && !known) return [];
    switch (field.type) {
        case "text":
            return textFaults(value, field, wrong);
        case "number":
            return numberFaults(value, field, wrong);
        case "flag":
            return typeof value === "boolean" ? [] : wrong(`${shown(value)} is neither true nor false.`);
        case "list":
            return Array.isArray(value) ? listFaults(value, field, path) : wrong("this is not a list.");
        case "map":
            return isRecord(value) ? mapFaults(value, field, path) : wrong("this is not an object.");
        case "object":
            return isRecord(value) ? objectFaults(value, field, path) : wrong("this is not an object.");
        case "union":
            return unionFaults(value, field, path, wrong);
        case "variants": {
            if (!isRecord(value)) return wrong("this is not an object.");
            const variant = variantOf(value, field);
            return variant ? objectFaults(value, variant, path) : [];
        }
        // By the rules for Istio's objects, by the API server, by the component itself.
        case "istio":
        case "kubernetes":
        case "rich":
            return [];
        default:
            return field satisfies never;
    }
}

type Wrong = (message: string) => Fault[];

/** An object or list may hold what is not known and still be looked at. */
function mentionsUnknownItself(value: unknown): boolean {
    return typeof value === "string" && mentionsUnknown(value);
}

function textFaults(value: unknown, { words, orNumber }: TextArgument, wrong: Wrong): Fault[] {
    if (words === undefined)
        return typeof value === "string" || (orNumber && typeof value === "number") ? [] : wrong(`${shown(value)} is not a text.`);
    return typeof value === "string" && Object.hasOwn(words, value)
        ? []
        : wrong(`${shown(value)} is not one of ${listed(Object.keys(words))}.`);
}

function numberFaults(value: unknown, { least }: NumberArgument, wrong: Wrong): Fault[] {
    return typeof value === "number" && Number.isInteger(value) && value >= least
        ? []
        : wrong(`${shown(value)} is not a whole number from ${least}.`);
}

function listFaults(value: readonly unknown[], { of }: ListArgument, path: string): Fault[] {
    return value.flatMap((one, index) => shapeFaults(one, of, `${path}[${index}]`));
}

function mapFaults(value: Plain, { of }: MapArgument, path: string): Fault[] {
    return Object.entries(value).flatMap(([key, one]) => shapeFaults(one, of, childPath(path, key)));
}

function objectFaults(value: Plain, { fields }: ObjectArgument, path: string): Fault[] {
    return Object.entries(fields).flatMap(([name, field]) => {
        const given = value[name];
        const at = childPath(path, name);
        if (given === undefined && field.required && !field.apart)
            return [{ ...fault("GH0210", at, "this is missing.", field.doc), weak: true as const }];
        return field.apart ? [] : shapeFaults(given, field, at);
    });
}

function sortOf(value: unknown): Sort {
    switch (typeof value) {
        case "string":
            return "text";
        case "number":
            return "number";
        case "boolean":
            return "flag";
        default:
            return Array.isArray(value) ? "list" : "object";
    }
}

const CALLED: Readonly<Record<Sort, string>> = {
    text: "a text",
    number: "a number",
    flag: "true or false",
    list: "a list",
    object: "an object",
};

function unionFaults(value: unknown, { members }: UnionField, path: string, wrong: Wrong): Fault[] {
    const member = members[sortOf(value)];
    const only = (field: ArgumentField): boolean | undefined => (field.type === "flag" ? field.only : undefined);
    if (member && (only(member.field) ?? value) === value) return shapeFaults(value, member.field, path);
    const called = (Object.keys(members) as Sort[]).map((sort) => {
        const field = members[sort]?.field;
        return String((field && only(field)) ?? CALLED[sort]);
    });
    return wrong(`${shown(value)} is not what is wanted: ${called.join(" or ")}.`);
}
