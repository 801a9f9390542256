/** What istiod tells an Envoy of AuthorizationPolicies, and what we read in them, in one form: of each rule what one of its ways in demands. */
import assert from "node:assert/strict";
import type { AttributeTest, AuthorizationRuleTests, ValueTest } from "../../../istio/semantics/authorization";

/** Each way by itself, its demands sorted: `+ path: exact /a, prefix /b`, `- host: exact a`. */
export interface ComparedRule {
    readonly permissions: readonly (readonly string[])[];
    readonly principals: readonly (readonly string[])[];
}

const PERMISSIONS: readonly AttributeTest["attribute"]["kind"][] = ["destination-address", "destination-port", "server-name"];

export function comparedRule({ from, to, when }: AuthorizationRuleTests): ComparedRule {
    const isPermission = ({ attribute }: AttributeTest): boolean => PERMISSIONS.includes(attribute.kind);
    const ways = (lists: readonly (readonly AttributeTest[])[], conditions: readonly AttributeTest[]): string[][] =>
        (lists.length === 0 ? [[]] : lists).map((tests) => [...tests, ...conditions].flatMap(demandsOf).sort());
    return {
        permissions: ways(to, when.filter(isPermission)),
        principals: ways(
            from,
            when.filter((test) => !isPermission(test)),
        ),
    };
}

function demandsOf({ attribute, values, notValues }: AttributeTest): string[] {
    const name =
        attribute.kind === "header"
            ? `header ${attribute.name}`
            : attribute.kind === "claim"
              ? `claim ${attribute.path.join(" > ")}`
              : attribute.kind === "audiences"
                ? "claim aud"
                : attribute.kind === "presenter"
                  ? "claim azp"
                  : attribute.kind;
    const text = (sign: string, tests: readonly ValueTest[]): string[] =>
        tests.length === 0 ? [] : [`${sign} ${name}: ${listed(tests.map(valueText))}`];
    return [...text("+", values), ...text("-", notValues)];
}

/** Each once: istiod drops some that are there twice. */
function listed(values: readonly string[]): string {
    return [...new Set(values)].join(", ");
}

function valueText(test: ValueTest): string {
    switch (test.kind) {
        case "present":
            return "present";
        case "principal":
            return `${valueText(test.issuer)} & ${valueText(test.subject)}`;
        case "network":
            return `${test.address}/${test.length}`;
        case "port":
            return String(test.value);
        case "template":
            return `template ${test.value.replaceAll("{*}", "*").replaceAll("{**}", "**")}`;
        case "regex":
            return `regex ${test.value}`;
        case "exact":
        case "prefix":
        case "suffix":
            return `${test.kind} ${test.value}${test.ignoreCase ? " (any case)" : ""}`;
        default:
            return test satisfies never;
    }
}

type Json = Readonly<Record<string, unknown>>;

/** Of each filter the rules by their names: `ns[shop]-policy[deny]-rule[0]`. */
export interface RbacFilter {
    readonly isHttp: boolean;
    readonly action: string;
    readonly rules: ReadonlyMap<string, ComparedRule>;
}

/** All RBAC filters in a dump of listeners, each once. */
export function rbacFilters(dump: unknown): RbacFilter[] {
    const found = new Map<string, RbacFilter>();
    const visit = (value: unknown): void => {
        if (typeof value !== "object" || value === null) return;
        const { "@type": type, rules } = value as { readonly "@type"?: string; readonly rules?: Json };
        if (typeof type === "string" && type.endsWith(".rbac.v3.RBAC") && rules !== undefined)
            found.set(JSON.stringify(value), filterOf(type, rules));
        for (const part of Object.values(value)) visit(part);
    };
    visit(dump);
    return [...found.values()];
}

function filterOf(type: string, { action = "ALLOW", policies = {} }: Json): RbacFilter {
    const rules = Object.entries(policies as Readonly<Record<string, { permissions: Json[]; principals: Json[] }>>).map(
        ([name, { permissions, principals }]) =>
            [name, { permissions: permissions.map(wayOf), principals: principals.map(wayOf) }] as const,
    );
    return { isHttp: type.includes(".http."), action: String(action), rules: new Map(rules) };
}

/** An `and` of demands; `any` demands nothing. */
function wayOf(way: Json): string[] {
    return listIn(way, "and_rules", "and_ids")
        .flatMap((one) => (one["any"] === true ? [] : [demand(one)]))
        .sort();
}

function demand(one: Json): string {
    const negated = (one["not_rule"] ?? one["not_id"]) as Json | undefined;
    const tested = negated ?? one;
    const list = has(tested, "or_rules", "or_ids") ? listIn(tested, "or_rules", "or_ids") : [tested];
    const compared = list.flatMap(comparedValues);
    const names = new Set(compared.map(([name]) => name));
    assert.equal(names.size, 1, JSON.stringify(one));
    return `${negated ? "-" : "+"} ${[...names].join("")}: ${listed(compared.map(([, value]) => value))}`;
}

function has(value: Json, ...names: readonly string[]): boolean {
    return names.some((name) => value[name] !== undefined);
}

function listIn(value: Json, ...names: readonly string[]): readonly Json[] {
    const set = names.map((name) => value[name]).find((one) => one !== undefined) as Readonly<Record<string, readonly Json[]>> | undefined;
    assert.ok(set, JSON.stringify(value));
    return set["rules"] ?? set["ids"] ?? [];
}

type Compared = readonly [name: string, value: string];

function comparedValues(one: Json): readonly Compared[] {
    const [[key = "", value] = []] = Object.entries(one).filter(([name]) => !name.startsWith("@"));
    const part = value as Json;
    switch (key) {
        case "direct_remote_ip":
            return [["source-address", block(part)]];
        case "remote_ip":
            return [["remote-address", block(part)]];
        case "destination_ip":
            return [["destination-address", block(part)]];
        case "destination_port":
            return [["destination-port", String(value)]];
        case "requested_server_name":
            return [["server-name", text(part)]];
        case "authenticated":
            return [["source-principal", text(part["principal_name"] as Json)]];
        case "header":
            return [[headerName(String(part["name"])), part["present_match"] === true ? "present" : text(part["string_match"] as Json)]];
        case "url_path":
            return [["path", text(part["path"] as Json)]];
        case "uri_template":
            return [["path", `template ${String((part["typed_config"] as Json)["path_template"])}`]];
        case "metadata":
            return claim(part);
        case "and_ids": {
            const [issuer, subject] = listIn(one, "and_ids").map((half) => claim(half["metadata"] as Json));
            return [["request-principal", `${issuer?.[0]?.[1]} & ${subject?.[0]?.[1]}`]];
        }
        default:
            throw new Error(`not known: ${JSON.stringify(one)}`);
    }
}

function headerName(name: string): string {
    const lower = name.toLowerCase();
    return lower === "host" || lower === ":authority" ? "host" : lower === ":method" ? "method" : `header ${lower}`;
}

function block({ address_prefix: address, prefix_len: length }: Json): string {
    return `${String(address)}/${Number(length ?? 0)}`;
}

/** A list claim or a text, each by the same values. */
function claim({ path, value }: Json): readonly Compared[] {
    const keys = (path as readonly { key: string }[]).map(({ key }) => key).slice(1);
    const name = `claim ${keys.join(" > ")}`;
    const { string_match: single, or_match: or } = value as { string_match?: Json; or_match?: { value_matchers: Json[] } };
    if (single) return [[name, text(single)]];
    const [list, plain] = or?.value_matchers ?? [];
    assert.deepEqual((list?.["list_match"] as { one_of: Json }).one_of, plain);
    const several = (plain as { or_match?: { value_matchers: Json[] } }).or_match?.value_matchers ?? [plain];
    return several.map((one) => [name, text((one as { string_match: Json }).string_match)]);
}

function text(matcher: Json): string {
    const fold = matcher["ignore_case"] === true ? " (any case)" : "";
    const regex = (matcher["safe_regex"] as { regex: string } | undefined)?.regex;
    if (regex !== undefined) return regex === ".+" ? "present" : `regex ${regex}`;
    for (const kind of ["exact", "prefix", "suffix"])
        if (typeof matcher[kind] === "string") return `${kind} ${String(matcher[kind])}${fold}`;
    throw new Error(`not known: ${JSON.stringify(matcher)}`);
}
