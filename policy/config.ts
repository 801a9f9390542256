/**
 * The configuration of policies, in Pulumi's own form: for `all` and for each policy a level, or a mapping with
 * `enforcementLevel` and the policy's parameters.
 */
import { didYouMean, shown, shownText } from "../istio";
import { fits, wanted, type ParameterSchemas } from "./parameters";
import { entryOf, POLICY_NAMES, type EnforcementLevel, type PolicyName } from "./table";
import { isMapping, type Mapping } from "./values";

export interface PolicySetting {
    readonly level: EnforcementLevel;
    /** Each given or its default. */
    readonly parameters: Mapping;
}
export type PolicySettings = ReadonlyMap<PolicyName, PolicySetting>;

/** What is wrong with a configuration, and where in it. */
export interface ConfigFault {
    readonly path: readonly string[];
    readonly message: string;
    readonly fix: string;
}

const LEVELS: readonly string[] = ["advisory", "mandatory", "remediate", "disabled"];
const LEVEL = "enforcementLevel";
const ALL = "all";

function isLevel(value: unknown): value is EnforcementLevel {
    return typeof value === "string" && LEVELS.includes(value);
}

function isPolicyName(name: string): name is PolicyName {
    return (POLICY_NAMES as readonly string[]).includes(name);
}

function didYouMeanText(word: string, known: readonly string[]): string {
    const near = didYouMean(word, known);
    return near === undefined ? "" : `Did you mean ${shownText(near)}?`;
}

function got(value: unknown): string {
    return Array.isArray(value) && value.some((one) => typeof one !== "string") ? "a list of other things" : shown(value);
}

/** A policy's parameters with their defaults, and what is wrong with those that are given. */
export function readParameters(
    name: PolicyName,
    given: Mapping,
): { readonly parameters: Mapping; readonly faults: readonly ConfigFault[] } {
    const schemas: ParameterSchemas = entryOf(name).parameters ?? {};
    const faults = Object.entries(given).flatMap(([key, value]): ConfigFault[] => {
        const schema = Object.hasOwn(schemas, key) ? schemas[key] : undefined;
        if (schema)
            return fits(schema, value) ? [] : [{ path: [name, key], message: `got ${got(value)}, wanted ${wanted(schema)}`, fix: "" }];
        const known = Object.keys(schemas);
        const fix =
            didYouMeanText(key, [...known, LEVEL]) || (known.length > 0 ? `Its parameters are ${known.join(", ")}.` : "It has none.");
        return [{ path: [name, key], message: `${name} has no parameter ${shownText(key)}`, fix }];
    });
    const bad = new Set(faults.map(({ path }) => path.at(-1)));
    const parameters = Object.fromEntries(
        Object.entries(schemas).map(([key, schema]) => [key, Object.hasOwn(given, key) && !bad.has(key) ? given[key] : schema.default]),
    );
    return { parameters, faults };
}

/** A level, or a mapping that may hold one. */
function levelOf(
    value: unknown,
    path: readonly string[],
): { readonly level?: EnforcementLevel; readonly rest: Mapping; readonly faults: readonly ConfigFault[] } {
    const wantedLevel = `wanted one of ${LEVELS.join(", ")}`;
    if (isLevel(value)) return { level: value, rest: {}, faults: [] };
    if (!isMapping(value)) {
        const fix = typeof value === "string" ? didYouMeanText(value, LEVELS) : "";
        return { rest: {}, faults: [{ path, message: `got ${shown(value)}, ${wantedLevel}, or a mapping`, fix }] };
    }
    const { [LEVEL]: level, ...rest } = value;
    if (level === undefined || isLevel(level)) return { ...(level === undefined ? {} : { level }), rest, faults: [] };
    return {
        rest,
        faults: [
            {
                path: [...path, LEVEL],
                message: `got ${shown(level)}, ${wantedLevel}`,
                fix: typeof level === "string" ? didYouMeanText(level, LEVELS) : "",
            },
        ],
    };
}

/** The settings of all policies. What is wrong is left at its default. */
export function readConfig(config: unknown): { readonly settings: PolicySettings; readonly faults: readonly ConfigFault[] } {
    const given = config === undefined || config === null ? {} : config;
    if (!isMapping(given))
        return {
            settings: readConfig({}).settings,
            faults: [{ path: [], message: `got ${shown(given)}, wanted a mapping of policies`, fix: "" }],
        };
    const unknown = Object.keys(given)
        .filter((name) => name !== ALL && !isPolicyName(name))
        .map(
            (name): ConfigFault => ({
                path: [name],
                message: `there is no policy ${shownText(name)}`,
                fix: didYouMeanText(name, POLICY_NAMES) || `Policies are ${POLICY_NAMES.join(", ")}.`,
            }),
        );
    const all = given[ALL] === undefined ? { rest: {}, faults: [] } : levelOf(given[ALL], [ALL]);
    const stray = Object.keys(all.rest).map(
        (key): ConfigFault => ({
            path: [ALL, key],
            message: "`all` takes a level alone",
            fix: `Write ${shownText(key)} at the policy that it is for.`,
        }),
    );
    const faults = [...unknown, ...all.faults, ...stray];
    const settings = new Map(
        POLICY_NAMES.map((name) => {
            const own = given[name] === undefined ? { rest: {}, faults: [] } : levelOf(given[name], [name]);
            const { parameters, faults: more } = readParameters(name, own.rest);
            faults.push(...own.faults, ...more);
            return [name, { level: own.level ?? all.level ?? entryOf(name).enforcementLevel, parameters }] as const;
        }),
    );
    return { settings, faults };
}

/** A fault in one line. */
export function configFaultText({ path, message, fix }: ConfigFault): string {
    return `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}.${fix === "" ? "" : ` ${fix}`}`;
}
