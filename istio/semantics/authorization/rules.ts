/**
 * What the rules of an AuthorizationPolicy mean, for requests and for connections that are passed on as they are (model.go). What
 * can't be compared there – HTTP's fields on a connection, a condition that nothing is known of – makes a rule of ALLOW match
 * nothing, and is left out of a rule of any other action, which then matches more.
 */
import type { AuthorizationPolicy, AuthorizationRule } from "../../types";
import { conditionReading, OPERATION_FIELDS, SOURCE_FIELDS, type AttributeReading, type Fields } from "./attributes";
import type { AttributeTest, AuthorizationRuleTests, ValueTest } from "./tests";
import { withAliases } from "./trust-domains";

export interface AuthorizationFault {
    /** `spec.rules[0].from[0].source.ipBlocks[1]`. */
    readonly field: string;
    readonly reason: string;
}

export interface AuthorizationReading {
    /** In the order in which Envoy tries them. */
    readonly rules: readonly AuthorizationRuleTests[];
    readonly connectionRules: readonly AuthorizationRuleTests[];
    /** Where there is one, nobody knows what the policy means. */
    readonly faults: readonly AuthorizationFault[];
    /** Fields that only HTTP has: `spec.rules[0].to[0].operation.paths`. */
    readonly httpFields: readonly string[];
    /** Conditions that can't be compared anywhere: `spec.rules[0].when[1]`. */
    readonly unusable: readonly string[];
}

/** A field or a condition of a rule; without a test it can't be compared. */
interface Part {
    readonly field: string;
    readonly isHttp: boolean;
    readonly test: AttributeTest | undefined;
}

interface ReadRule {
    readonly field: string;
    readonly index: number;
    readonly from: readonly (readonly Part[])[];
    readonly to: readonly (readonly Part[])[];
    readonly when: readonly Part[];
}

/** `trustDomains`: that of the mesh, and those that stand for it. */
export function readAuthorization(policy: AuthorizationPolicy, namespace: string, trustDomains: readonly string[]): AuthorizationReading {
    const reader = new RuleReader(namespace, trustDomains);
    const action = policy.action ?? "ALLOW";
    const read = (policy.rules ?? []).map((rule, index) => reader.read(rule, index)).sort(byName);
    const parts = read.flatMap((rule) => partsOf(rule).map((part) => ({ ...part, field: `${rule.field}.${part.field}` })));
    return {
        rules: read.flatMap((rule) => testsOf(rule, action, false) ?? []),
        connectionRules: read.flatMap((rule) => testsOf(rule, action, true) ?? []),
        faults: reader.faults,
        httpFields: parts.filter(({ isHttp }) => isHttp).map(({ field }) => field),
        unusable: parts.filter(({ test }) => test === undefined).map(({ field }) => field),
    };
}

/** Undefined: it matches nothing. */
function testsOf(rule: ReadRule, action: string, isConnection: boolean): AuthorizationRuleTests | undefined {
    const isCompared = ({ test, isHttp }: Part): boolean => test !== undefined && !(isConnection && isHttp);
    if (action === "ALLOW" && !partsOf(rule).every(isCompared)) return undefined;
    const testsIn = (parts: readonly Part[]): readonly AttributeTest[] => parts.filter(isCompared).flatMap(({ test }) => test ?? []);
    return { field: rule.field, index: rule.index, from: rule.from.map(testsIn), to: rule.to.map(testsIn), when: testsIn(rule.when) };
}

function partsOf({ from, to, when }: ReadRule): readonly Part[] {
    return [...from.flat(), ...to.flat(), ...when];
}

/** Envoy sorts rules by their names, in which the index is a text: `rule[10]` comes before `rule[1]`. */
function byName(a: ReadRule, b: ReadRule): number {
    const [one, other] = [`${a.index}]`, `${b.index}]`];
    return one < other ? -1 : Number(one > other);
}

class RuleReader {
    readonly faults: AuthorizationFault[] = [];
    readonly #namespace: string;
    readonly #trustDomains: readonly string[];

    constructor(namespace: string, trustDomains: readonly string[]) {
        this.#namespace = namespace;
        this.#trustDomains = trustDomains;
    }

    read(rule: AuthorizationRule, index: number): ReadRule {
        const field = `spec.rules[${index}]`;
        return {
            field,
            index,
            from: (rule.from ?? []).map(({ source }, at) => this.#fields(SOURCE_FIELDS, source, field, `from[${at}].source`)),
            to: (rule.to ?? []).map(({ operation }, at) => this.#fields(OPERATION_FIELDS, operation, field, `to[${at}].operation`)),
            when: (rule.when ?? []).flatMap(({ key, ...lists }, at): readonly Part[] => {
                const [values, notValues] = [lists.values ?? [], lists.notValues ?? []];
                if (values.length === 0 && notValues.length === 0) return [];
                const below = `when[${at}]`;
                const reading = conditionReading(key);
                if (reading === "unknown") this.faults.push({ field: `${field}.${below}.key`, reason: `there is no attribute ${key}` });
                if (typeof reading === "string") return [{ field: below, isHttp: false, test: undefined }];
                return [
                    this.#part(reading, field, below, {
                        values: [`${below}.values`, values],
                        notValues: [`${below}.notValues`, notValues],
                    }),
                ];
            }),
        };
    }

    #fields<T extends object>(fields: Fields<T>, stated: T | undefined, rule: string, below: string): readonly Part[] {
        return fields.flatMap(([name, notName, reading]) => {
            const list = (one: keyof T): readonly string[] => (stated?.[one] as readonly string[] | undefined) ?? [];
            const [values, notValues] = [list(name), list(notName)];
            if (values.length === 0 && notValues.length === 0) return [];
            const field = `${below}.${values.length > 0 ? name : notName}`;
            return [
                this.#part(reading, rule, field, { values: [`${below}.${name}`, values], notValues: [`${below}.${notName}`, notValues] }),
            ];
        });
    }

    #part(
        reading: AttributeReading,
        rule: string,
        field: string,
        { values, notValues }: { readonly [K in "values" | "notValues"]: readonly [field: string, list: readonly string[]] },
    ): Part {
        const tests = ([below, list]: typeof values): readonly ValueTest[] => this.#values(reading, `${rule}.${below}`, list);
        return {
            field,
            isHttp: reading.isHttp,
            test: { attribute: reading.attribute, values: tests(values), notValues: tests(notValues), field },
        };
    }

    #values({ aliases, test }: AttributeReading, field: string, list: readonly string[]): readonly ValueTest[] {
        return list.flatMap((value, at) => {
            const all = aliases === undefined ? [value] : withAliases(aliases, value, this.#trustDomains);
            return all.flatMap((one): readonly ValueTest[] => {
                const made = one === "" ? undefined : test(one, this.#namespace);
                if (made === undefined) this.faults.push({ field: `${field}[${at}]`, reason: `nothing can be compared with it` });
                return made ? [made] : [];
            });
        });
    }
}
