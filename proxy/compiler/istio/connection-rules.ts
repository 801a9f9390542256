/** A VirtualService's tcp and tls rules in the proxy's words. */
import { resolveGateways, resolveShortName, type ConnectionLimits } from "../../../istio/semantics";
import type { L4MatchAttributes, RouteDestination } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { CompilerSettings } from "../context/context";
import { fieldBelow } from "../context/place";
import { listText, type CompilerRemark } from "../context/report";
import { NOTHING_TO_SAY, type Scope, type SniRule, type TcpRule, type WeightedDestination } from "../routing/model/rules";
import { namesUs } from "./conditions";
import { connectionLimit } from "./host-limits";
import { destinationOf, weightOf } from "./http-rules";

type VirtualService = Placed<"VirtualService">;

const EVERYWHERE: readonly Scope[] = [{}];

const KNOWN: ReadonlySet<string> = new Set([
    "destinationSubnets",
    "port",
    "sourceLabels",
    "sourceNamespace",
    "sourceSubnet",
    "gateways",
    "sniHosts",
]);

export function tcpRules(virtualService: VirtualService, settings: CompilerSettings): TcpRule[] {
    const limits = limitsOf(virtualService, settings);
    return (virtualService.object.spec.tcp ?? []).map((block, index) => {
        const field = fieldBelow("spec", "tcp", index);
        const matches = block.match ?? [];
        const remarks = matches.flatMap((match, at) => remarkOn(match, `${field}.match[${at}]`) ?? []);
        return {
            subject: virtualService,
            field,
            scopes: matches.length === 0 ? EVERYWHERE : matches.flatMap((match) => scopeOf(match, virtualService, settings) ?? []),
            to: destinationsOf(block.route ?? [], virtualService, field, settings),
            ...limits,
            isRefused: remarks.length > 0 || limits.isRefused,
            remarks: remarks.length === 0 ? NOTHING_TO_SAY : remarks,
        };
    });
}

export function sniRules(virtualService: VirtualService, settings: CompilerSettings): SniRule[] {
    const limits = limitsOf(virtualService, settings);
    return (virtualService.object.spec.tls ?? []).flatMap((block, index) => {
        const toField = fieldBelow("spec", "tls", index);
        const to = destinationsOf(block.route ?? [], virtualService, toField, settings);
        return block.match.flatMap((match, at) => {
            const field = fieldBelow(toField, "match", at);
            const scope = scopeOf(match, virtualService, settings);
            if (scope === undefined) return [];
            const remark = remarkOn(match, field);
            return {
                subject: virtualService,
                field,
                scope,
                names: (match.sniHosts ?? []).map((name, one) => ({ name, field: fieldBelow(field, "sniHosts", one) })),
                to,
                toField,
                ...limits,
                isRefused: remark !== undefined || limits.isRefused,
                remarks: remark ? [remark] : NOTHING_TO_SAY,
            };
        });
    });
}

/** An application's own traffic has no bound here. */
function limitsOf(
    virtualService: VirtualService,
    { mode }: CompilerSettings,
): { readonly limits?: ConnectionLimits; readonly isRefused: boolean } {
    const limits = mode === "mesh" ? undefined : connectionLimit(virtualService);
    if (typeof limits === "string") return { isRefused: true };
    return { ...(limits ? { limits } : {}), isRefused: false };
}

/**
 * Undefined: it is about other pods. Where it was sent from and what it was meant for are asked of an application's own traffic
 * alone: at a gateway Istio looks at neither.
 */
function scopeOf(match: L4MatchAttributes, { ref }: VirtualService, settings: CompilerSettings): Scope | undefined {
    const { port, gateways, destinationSubnets } = match;
    const isMesh = settings.mode === "mesh";
    if (isMesh && !namesUs(match, settings)) return undefined;
    return {
        ...(port ? { port } : {}),
        ...(gateways?.length ? { gateways: resolveGateways(gateways, ref.namespace) } : {}),
        ...(isMesh && destinationSubnets?.length ? { destinations: destinationSubnets } : {}),
    };
}

/** A condition that nobody knows is never met; connections that may meet it are closed rather than left to another rule. */
function remarkOn(match: L4MatchAttributes, field: string): CompilerRemark | undefined {
    const unknown = Object.entries(match)
        .filter(([name, value]) => value !== undefined && !KNOWN.has(name))
        .map(([name]) => name);
    if (unknown.length === 0) return undefined;
    return {
        code: "GH0448",
        field,
        message: `${listText(unknown)}: not known to the bundled proxy; connections that may meet it are closed.`,
        fix: "",
    };
}

function destinationsOf(
    route: readonly RouteDestination[],
    { ref }: VirtualService,
    field: string,
    { domain }: CompilerSettings,
): readonly WeightedDestination[] {
    return route.map(({ destination, weight }, index) => ({
        ...destinationOf(
            { ...destination, host: resolveShortName(destination.host, ref.namespace, domain) },
            fieldBelow(fieldBelow(field, "route", index), "destination"),
        ),
        weight: weightOf(weight, route.length),
    }));
}
