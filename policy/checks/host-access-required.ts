/** A host that a team wants guarded and that no rule guards is open to everybody who finds its name. */
import { isSubsetOf, isWildcard } from "../../istio";
import { accessOf, type GatewayGroup, type PolicyView } from "../../istio/analysis/access/access-index";
import { conditionsOfRule, type RuleCondition, type StatedRule } from "../../istio/analysis/access/rules";
import { fitsText } from "../../istio/analysis/access/values";
import { gatewaysOf } from "../../istio/analysis/bindings";
import { textTest } from "../../istio/semantics/authorization/values";
import type { Checks } from "../check";
import { analysedWorld, type AnalysedCluster } from "../objects/analysed-world";
import { isVirtualService } from "../objects/virtual-service";
import type { ParametersOf } from "../table";
import { fault, type Thing } from "../thing";
import { at, texts } from "../values";

type Demands = ParametersOf<"host-access-required">;

/** Whether a team demands a rule for a host, by its name or by a label of the VirtualService. */
function isDemanded(thing: Thing, { hosts, labels }: Demands, host: string): boolean {
    const own = hosts[String(thing.namespace)] ?? hosts["*"] ?? [];
    const isLabelled = labels.some((label) => {
        const [key = "", value = ""] = label.split("=");
        return at(thing.value, "metadata", "labels", key) === value;
    });
    return isLabelled || own.some((one) => isSubsetOf(host, one));
}

/** Whether a rule is about a host, as far as its hosts say. */
function isAbout(rule: StatedRule, host: string): boolean {
    const meets = (conditions: readonly RuleCondition[]): boolean =>
        conditions.every(
            ({ attribute, values, notValues }) =>
                attribute.kind !== "host" ||
                ((values.length === 0 || values.some((value) => fitsHost(value, host))) &&
                    !notValues.some((value) => fitsHost(value, host))),
        );
    return (rule.to.length === 0 || rule.to.some(meets)) && meets(rule.when);
}

function fitsHost(value: string, host: string): boolean {
    const test = textTest(value.toLowerCase());
    if (!isWildcard(host)) return fitsText(test, host) || fitsText(test, `${host}:443`);
    return test.kind === "present" || (test.kind === "suffix" && host.slice(1).endsWith(test.value));
}

/** Of whom nothing is asked but the host. */
function asksNothing(rule: StatedRule): boolean {
    return conditionsOfRule(rule).every(({ attribute }) => attribute.kind === "host" || attribute.kind === "destination-port");
}

/** DENY and CUSTOM guard what they are about; ALLOW guards what it does not let in unasked. */
function isGuarded(policies: readonly PolicyView[], host: string): boolean {
    const inForce = policies.filter(({ isDryRun }) => !isDryRun);
    const about = (...actions: readonly PolicyView["action"][]): StatedRule[] =>
        inForce.filter(({ action }) => actions.includes(action)).flatMap(({ rules }) => rules.filter((rule) => isAbout(rule, host)));
    return about("DENY", "CUSTOM").length > 0 || (inForce.some(({ action }) => action === "ALLOW") && !about("ALLOW").some(asksNothing));
}

/** Where everybody may ask for a host; servers that let in certificates of their authorities alone guard it themselves. */
function openAt(thing: Thing, host: string, { index }: AnalysedCluster): string[] {
    const service = index.find("VirtualService", String(thing.namespace), String(thing.name));
    const gateways = service ? gatewaysOf(service, index) : [];
    const isOpen = ({ servers }: GatewayGroup): boolean =>
        servers.some(
            ({ gateway, kind, mode, hosts }) =>
                gateways.includes(gateway) &&
                (kind === "http" || kind === "https") &&
                mode !== "MUTUAL" &&
                hosts.some((one) => isSubsetOf(host, one) || isSubsetOf(one, host)),
        );
    return accessOf(index)
        .groups.filter((group) => isOpen(group) && !isGuarded(group.policies, host))
        .flatMap(({ names }) => names);
}

export const hostAccessRequired: Checks<"host-access-required"> = {
    stack: (world, demands) => {
        if (Object.keys(demands.hosts).length === 0 && demands.labels.length === 0) return [];
        return (world.derive(analysedWorld) ?? []).flatMap((cluster) =>
            [...cluster.things.values()].filter(isVirtualService).flatMap((thing) =>
                texts(at(thing.value, "spec", "hosts")).flatMap((written, position) => {
                    const host = written.toLowerCase();
                    const open = isDemanded(thing, demands, host) ? openAt(thing, host, cluster) : [];
                    return open.length === 0
                        ? []
                        : [
                              fault(
                                  thing,
                                  `spec.hosts[${position}]`,
                                  `is ${host}, which everybody may ask for at ${open.join(", ")}, and its team demands a rule. Give it an AuthorizationPolicy, as by a VirtualHost's \`access\`.`,
                              ),
                          ];
                }),
            ),
        );
    },
};
