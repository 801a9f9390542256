/** The types of a package schema, each written down once under its token as properties ask for them. */
import { isDeepStrictEqual } from "node:util";
import type * as istio from "../../istio";
import type { Argument, ArgumentField, ObjectArgument } from "../schema";

export type Json = Readonly<Record<string, unknown>>;

interface Members {
    readonly properties: Readonly<Record<string, Json>>;
    readonly required: readonly string[];
}

const ANY = "pulumi.json#/Any";

const pascal = (text: string): string =>
    text
        .split(/[^A-Za-z0-9]+/)
        .filter((part) => part !== "")
        .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
        .join("");

/** Languages call what is given `…Args` by themselves. */
const typeName = (name: string): string => name.replace(/Args$/, "");

/** A value as a name of its own: `linux/amd64` as `LinuxAmd64`. */
const valueName = (value: string): string => pascal(value) || "Any";

const described = (doc: string): Json => (doc === "" ? {} : { description: doc });

/** `SIMPLE` says the same as the word; what has a default says it in its description. */
function phrase({ doc, default: otherwise }: { readonly doc: string; readonly default?: string }): string {
    return [doc, otherwise === undefined ? "" : `Default: ${otherwise}`].filter((part) => part !== "").join(" ");
}

export class TypeBook {
    readonly #types = new Map<string, Json>();
    readonly #kubernetes: string;

    constructor(kubernetes: string) {
        this.#kubernetes = kubernetes;
    }

    types(): Readonly<Record<string, Json>> {
        return Object.fromEntries([...this.#types].sort(([a], [b]) => (a < b ? -1 : 1)));
    }

    external(section: "types" | "resources", token: string): string {
        return `/kubernetes/v${this.#kubernetes}/schema.json#/${section}/kubernetes:${token.replace("/", "%2F")}`;
    }

    /** The properties of an object; those that have to be there. What only TypeScript can give is left out. */
    members({ fields }: ObjectArgument, owner: string): Members {
        const entries = Object.entries(fields).filter(([, field]) => isForAll(field));
        return {
            properties: Object.fromEntries(entries.map(([name, field]) => [name, this.property(field, owner, name)])),
            required: entries.filter(([, { required }]) => required).map(([name]) => name),
        };
    }

    /** `owner` and `name` call what has no name of its own. */
    property(field: Argument, owner: string, name: string): Json {
        const type = this.#typeOf(field, owner + pascal(name));
        return {
            ...type,
            ...(isInput(field) ? {} : { plain: true }),
            ...(field.secret ? { secret: true } : {}),
            ...described(phrase(field)),
        };
    }

    #typeOf(field: ArgumentField, called: string): Json {
        switch (field.type) {
            case "text":
                return field.words ? this.#enumOf(called, field.words) : { type: "string" };
            case "number":
                return { type: "integer" };
            case "flag":
                return { type: "boolean" };
            case "list":
                return { type: "array", items: this.#itemOf(field.of, called) };
            case "map":
                return { type: "object", additionalProperties: this.#itemOf(field.of, called) };
            case "object":
                return this.#objectOf(field);
            case "union":
                return this.#choiceOf(
                    field.name,
                    phrase(field),
                    Object.values(field.members).map(({ as, field: one }) => [as, one] as const),
                );
            case "variants":
                return this.#choiceOf(field.name, phrase(field), Object.entries(field.variants));
            case "istio":
                return this.#istioOf(field.table, typeName(field.name), field.instead ?? {});
            case "kubernetes":
                return { $ref: this.external("types", field.token) };
            case "rich":
                return field.twin ? this.#typeOf(field.twin, called) : { $ref: ANY };
            default:
                return field satisfies never;
        }
    }

    /** In a list or mapping of the program's own each value may come later where it may anywhere. */
    #itemOf(field: ArgumentField, called: string): Json {
        const type = this.#typeOf(field, called);
        return isInput(field) ? type : { ...type, plain: true };
    }

    /** The same type may be told of in other words where it is used. */
    #write(name: string, make: () => Json): Json {
        const token = `gatehouse:index:${name}`;
        const known = this.#types.get(token);
        // Put down first: a type may mention itself.
        if (!known) this.#types.set(token, {});
        const { description, ...type } = make();
        const { description: told = description, ...before } = known ?? {};
        if (Object.keys(before).length > 0 && !isDeepStrictEqual(before, type)) throw new Error(`there are two types ${token}`);
        this.#types.set(token, { ...(told === undefined ? {} : { description: told }), ...type });
        return { $ref: `#/types/${token}` };
    }

    #objectOf(field: ObjectArgument): Json {
        const name = typeName(field.name);
        return this.#write(name, () => ({ type: "object", ...described(field.doc), ...this.members(field, name) }));
    }

    /** One of the members is given. */
    #choiceOf(name: string, doc: string, members: readonly (readonly [string, ArgumentField])[]): Json {
        return this.#write(name, () => ({
            type: "object",
            description: `${doc}${doc === "" ? "" : " "}One of the members is given.`,
            properties: Object.fromEntries(members.map(([as, field]) => [as, this.property(field, name, as)])),
        }));
    }

    #enumOf(name: string, words: Readonly<Record<string, string>>): Json {
        return this.#write(name, () => ({
            type: "string",
            enum: Object.entries(words).map(([value, doc]) => ({ name: valueName(value), value, ...described(doc) })),
        }));
    }

    #istioOf(field: istio.Field, name: string, instead: Readonly<Record<string, ArgumentField>>): Json {
        switch (field.type) {
            case "text":
                return field.words ? this.#enumOf(name, Object.fromEntries(field.words.map((word) => [word, ""]))) : { type: "string" };
            case "number":
                return { type: field.whole ? "integer" : "number" };
            case "flag":
                return { type: "boolean" };
            case "list":
                return { type: "array", items: this.#istioItem(field.of, name, instead) };
            case "map":
                return { type: "object", additionalProperties: this.#istioItem(field.of, name, instead) };
            case "object":
                return this.#istioObject(field, name, instead);
            case "any":
            case "numberOrName":
                return { $ref: ANY };
            default:
                return field satisfies never;
        }
    }

    #istioItem(field: istio.Field, name: string, instead: Readonly<Record<string, ArgumentField>>): Json {
        const type = this.#istioOf(field, name, instead);
        return isLeaf(field) ? type : { ...type, plain: true };
    }

    #istioObject(field: Extract<istio.Field, { type: "object" }>, name: string, instead: Readonly<Record<string, ArgumentField>>): Json {
        // An old name of a field says the same as the new one.
        const entries = Object.entries(field.fields).filter(([, one]) => !one.outdated);
        const property = (key: string, one: istio.Field): Json => {
            const other = instead[key];
            return other
                ? this.property(other, name, key)
                : { ...this.#istioItem(one, name + pascal(key), instead), ...described(one.doc) };
        };
        return this.#write(name, () => ({
            type: "object",
            ...described(field.doc),
            properties: Object.fromEntries(entries.map(([key, one]) => [key, property(key, one)])),
            required: entries.filter(([, one]) => one.required).map(([key]) => key),
        }));
    }
}

/** Of a rich value any part may come later, or the whole of it. */
function isInput(field: ArgumentField): boolean {
    return ("input" in field && field.input === true) || field.type === "rich" || field.type === "kubernetes";
}

/** In Istio's objects every value may come later, and no object or list. */
function isLeaf({ type }: istio.Field): boolean {
    return type !== "object" && type !== "list" && type !== "map";
}

/** Functions stay in the language they are written in. */
function isForAll(field: ArgumentField): boolean {
    if (field.type === "list") return isForAll(field.of);
    return field.type !== "rich" || field.twin !== undefined;
}
