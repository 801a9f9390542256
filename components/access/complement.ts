/**
 * The complement of rules that let in, as rules that keep out. An ALLOW policy on a gateway's pods closes every host that it
 * does not name, so what is for one host alone is said as a DENY policy: by De Morgan a request that none of the rules lets in
 * fails each of them in one field at least, and a rule of the complement is a choice of one such field for each.
 */
import type { AuthorizationCondition, AuthorizationOperation, AuthorizationRule, AuthorizationSource } from "../../istio";

/** More are no longer read by anybody, and each costs every request. */
export const MOST_RULES = 64;
/** On the way to it there may be more, of which others say the same. */
const MOST_ON_THE_WAY = 4096;

/** One field that a request fails by. */
interface Failing {
    readonly part: "source" | "operation" | "when";
    /** Of the field, without `not`; of a condition its key. */
    readonly name: string;
    readonly values: readonly string[];
    /** Whether none of the values fits; else one of them does. */
    readonly not: boolean;
}

/** Those that a request fails by all at once: a bit for each, by its place in the book. */
type Choice = bigint;

export type Complement =
    | { readonly rules: readonly AuthorizationRule[] }
    /** What the rules say cannot be turned round; the field of which that holds. */
    | { readonly unsayable: string }
    | { readonly tooMany: true };

/** What a condition calls a field: two demands on one field cannot stand in one source or operation. */
const CONDITION_OF: Readonly<Record<string, string>> = {
    ipBlocks: "source.ip",
    remoteIpBlocks: "remote.ip",
    namespaces: "source.namespace",
    principals: "source.principal",
    serviceAccounts: "source.serviceAccount",
    trustDomains: "source.trustDomain",
    requestPrincipals: "request.auth.principal",
    ports: "destination.port",
};

const plainName = (field: string): string => {
    const name = field.replace(/^not/, "");
    return name === field ? field : name.charAt(0).toLowerCase() + name.slice(1);
};
const notName = (name: string): string => `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** Each field that there is to fail by, once. */
class Book {
    readonly all: Failing[] = [];
    readonly #bits = new Map<string, Choice>();

    choiceOf(one: Failing): Choice {
        const key = JSON.stringify([one.part, one.name, one.not, one.values]);
        let bit = this.#bits.get(key);
        if (bit === undefined) {
            bit = 1n << BigInt(this.all.length);
            this.#bits.set(key, bit);
            this.all.push(one);
        }
        return bit;
    }

    in(choice: Choice): Failing[] {
        return this.all.filter((_, index) => (choice & (1n << BigInt(index))) !== 0n);
    }
}

const NOTHING: readonly Choice[] = [0n];

function failingIn(part: "source" | "operation", fields: AuthorizationSource | AuthorizationOperation | undefined): Failing[] {
    return Object.entries((fields ?? {}) as Readonly<Record<string, readonly string[] | undefined>>).flatMap(([field, values]) =>
        values === undefined || values.length === 0 ? [] : [{ part, name: plainName(field), values, not: plainName(field) === field }],
    );
}

function failingConditions({ key, values = [], notValues = [] }: AuthorizationCondition): Failing[] {
    return [
        ...(values.length > 0 ? [{ part: "when", name: key, values, not: true } as const] : []),
        ...(notValues.length > 0 ? [{ part: "when", name: key, values: notValues, not: false } as const] : []),
    ];
}

function sizeOf(choice: Choice): number {
    let size = 0;
    for (let rest = choice; rest !== 0n; rest &= rest - 1n) size += 1;
    return size;
}

/** A choice that another one is part of says nothing that the other does not. */
function withoutIncluded(choices: readonly Choice[]): Choice[] {
    const bySize = [...new Set(choices)].map((choice) => [sizeOf(choice), choice] as const).sort(([a], [b]) => a - b);
    const kept: Choice[] = [];
    for (const [, one] of bySize) if (!kept.some((other) => (one & other) === other)) kept.push(one);
    return kept;
}

/** All of these at once: one choice of each. Undefined where there are too many. */
function both(first: readonly Choice[], second: readonly Choice[]): Choice[] | undefined {
    if (first.length * second.length > MOST_ON_THE_WAY) return undefined;
    return withoutIncluded(first.flatMap((one) => second.map((other) => one | other)));
}

/** The ways in which a request fails a rule. */
function failures(book: Book, { from = [], to = [], when = [] }: AuthorizationRule): Choice[] | undefined {
    const alternatives = (all: readonly (readonly Failing[])[]): Choice[] | undefined =>
        all.reduce<Choice[] | undefined>(
            (made, next) =>
                made &&
                both(
                    made,
                    next.map((one) => book.choiceOf(one)),
                ),
            [...NOTHING],
        );
    const sources = from.length === 0 ? [] : alternatives(from.map(({ source }) => failingIn("source", source)));
    const operations = to.length === 0 ? [] : alternatives(to.map(({ operation }) => failingIn("operation", operation)));
    const conditions = when.flatMap(failingConditions).map((one) => book.choiceOf(one));
    return sources && operations && withoutIncluded([...sources, ...operations, ...conditions]);
}

const isPattern = (value: string): boolean => value.includes("*") || value.includes("{");

/** Values of both lists, where that can be told of the texts; undefined where it cannot. */
function common(first: readonly string[], second: readonly string[]): string[] | undefined {
    return first.some(isPattern) || second.some(isPattern) ? undefined : first.filter((value) => second.includes(value));
}

type Fields = Record<string, string[]>;
/** What of a choice cannot be said, or cannot be met by any request. */
type Unmade = "never" | { readonly unsayable: string };
type Made<T> = { readonly made: T } | Unmade;
const isMade = <T>(one: Made<T>): one is { readonly made: T } => typeof one === "object" && "made" in one;

/** The fields of a source or an operation; what has no room in it goes to `when`. */
function fieldsOf(all: readonly Failing[], when: AuthorizationCondition[]): Made<Fields> {
    const fields: Fields = {};
    for (const { name, values, not } of all) {
        const field = not ? notName(name) : name;
        const before = fields[field];
        if (before === undefined) fields[field] = [...values];
        else if (not) fields[field] = [...new Set([...before, ...values])];
        else {
            const key = CONDITION_OF[name];
            if (key !== undefined) when.push({ key, values });
            else {
                const shared = common(before, values);
                if (shared === undefined) return { unsayable: notName(name) };
                if (shared.length === 0) return "never";
                fields[field] = shared;
            }
        }
    }
    return { made: fields };
}

const ACCOUNTS = ["serviceAccounts", "notServiceAccounts"];
const BESIDE_NO_ACCOUNTS = ["principals", "notPrincipals", "namespaces", "notNamespaces"];

/** Istio takes service accounts beside principals and namespaces as conditions only. */
function withoutAccounts(fields: Fields, when: AuthorizationCondition[]): Fields {
    if (!BESIDE_NO_ACCOUNTS.some((name) => fields[name])) return fields;
    const { serviceAccounts, notServiceAccounts } = fields;
    if (serviceAccounts) when.push({ key: "source.serviceAccount", values: serviceAccounts });
    if (notServiceAccounts) when.push({ key: "source.serviceAccount", notValues: notServiceAccounts });
    return Object.fromEntries(Object.entries(fields).filter(([name]) => !ACCOUNTS.includes(name)));
}

function rendered(all: readonly Failing[]): Made<AuthorizationRule> {
    const when: AuthorizationCondition[] = [];
    const source = fieldsOf(
        all.filter(({ part }) => part === "source"),
        when,
    );
    const operation = fieldsOf(
        all.filter(({ part }) => part === "operation"),
        when,
    );
    for (const { name, values, not } of all.filter(({ part }) => part === "when"))
        when.push(not ? { key: name, notValues: values } : { key: name, values });
    if (!isMade(source)) return source;
    if (!isMade(operation)) return operation;
    const sources = withoutAccounts(source.made, when);
    return {
        made: {
            ...(Object.keys(sources).length > 0 ? { from: [{ source: sources }] } : {}),
            ...(Object.keys(operation.made).length > 0 ? { to: [{ operation: operation.made }] } : {}),
            ...(when.length > 0 ? { when } : {}),
        },
    };
}

/** Rules that match what none of `allow` matches; none where each request is matched by one of them. */
export function complement(allow: readonly AuthorizationRule[]): Complement {
    const book = new Book();
    const choices = allow.reduce<Choice[] | undefined>(
        (made, rule) => {
            const next = made && failures(book, rule);
            return made && next && both(made, next);
        },
        [...NOTHING],
    );
    if (!choices) return { tooMany: true };
    const rules: AuthorizationRule[] = [];
    for (const choice of choices) {
        const rule = rendered(book.in(choice));
        if (isMade(rule)) rules.push(rule.made);
        else if (rule !== "never") return rule;
    }
    return rules.length > MOST_RULES ? { tooMany: true } : { rules };
}
