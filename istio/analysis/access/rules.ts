/** The rules of an AuthorizationPolicy with the texts that stand in them: what each condition looks at, what it wants and where it stands. */
import { conditionReading, OPERATION_FIELDS, SOURCE_FIELDS, type AttributeReading } from "../../semantics/authorization/attributes";
import type { Attribute } from "../../semantics/authorization";
import type { AuthorizationPolicy, AuthorizationRule } from "../../types";
import type { Loose } from "../../validation";

export interface RuleCondition {
    readonly attribute: Attribute;
    /** Its name in the rule: `paths`, `request.headers[x-a]`. */
    readonly name: string;
    /** Connections that are passed on as they are have none. */
    readonly isHttp: boolean;
    readonly values: readonly string[];
    readonly notValues: readonly string[];
    /** `spec.rules[0].to[0].operation.paths`. */
    readonly valuesField: string;
    readonly notValuesField: string;
}

export interface StatedRule {
    /** `spec.rules[0]`. */
    readonly field: string;
    /** One of these holds, and of one all conditions; none: nothing is demanded. */
    readonly from: readonly (readonly RuleCondition[])[];
    readonly to: readonly (readonly RuleCondition[])[];
    readonly when: readonly RuleCondition[];
}

type FieldList = readonly (readonly [values: string, notValues: string, reading: AttributeReading])[];

export function rulesOfPolicy(spec: Loose<AuthorizationPolicy> | undefined): StatedRule[] {
    return (spec?.rules ?? []).flatMap((rule, at) => (rule === undefined ? [] : [statedRule(rule, `spec.rules[${at}]`)]));
}

function statedRule(rule: Loose<AuthorizationRule>, field: string): StatedRule {
    return {
        field,
        from: (rule.from ?? []).map((one, at) => conditionsOf(SOURCE_FIELDS, one?.source, `${field}.from[${at}].source`)),
        to: (rule.to ?? []).map((one, at) => conditionsOf(OPERATION_FIELDS, one?.operation, `${field}.to[${at}].operation`)),
        when: (rule.when ?? []).flatMap((one, at) => {
            const reading = one?.key === undefined ? "unknown" : conditionReading(one.key);
            if (typeof reading === "string") return [];
            return conditionIn(
                reading,
                one?.key ?? "",
                [one?.values, one?.notValues],
                [`${field}.when[${at}].values`, `${field}.when[${at}].notValues`],
            );
        }),
    };
}

function conditionsOf(fields: FieldList, stated: Readonly<Record<string, unknown>> | undefined, below: string): RuleCondition[] {
    return fields.flatMap(([name, notName, reading]) => {
        const lists = [stated?.[name], stated?.[notName]] as const;
        const shown = textsIn(lists[0]).length > 0 ? name : notName;
        return conditionIn(reading, shown, lists, [`${below}.${name}`, `${below}.${notName}`]);
    });
}

function conditionIn(
    { attribute, isHttp }: AttributeReading,
    name: string,
    lists: readonly [unknown, unknown],
    [valuesField, notValuesField]: readonly [string, string],
): RuleCondition[] {
    const [values, notValues] = [textsIn(lists[0]), textsIn(lists[1])];
    return values.length + notValues.length === 0 ? [] : [{ attribute, name, isHttp, values, notValues, valuesField, notValuesField }];
}

function textsIn(value: unknown): string[] {
    return Array.isArray(value) ? value.filter((one: unknown) => typeof one === "string" && one !== "") : [];
}

export function conditionsOfRule({ from, to, when }: StatedRule): readonly RuleCondition[] {
    return [...from.flat(), ...to.flat(), ...when];
}

/** What only a verified token has. */
export function isOfToken({ kind }: Attribute): boolean {
    return kind === "request-principal" || kind === "audiences" || kind === "presenter" || kind === "claim";
}
