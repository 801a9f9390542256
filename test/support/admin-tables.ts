/** What docs/proxy.md says of the admin and the status server, as their tables have it. */
import { durationText } from "../../istio/durations";
import { GATEWAY_LIMITS, type GatewayLimit } from "../../istio/semantics";
import { ADMIN_ROUTES } from "../../proxy/admin/admin-routes";
import { CODEC_FIGURES } from "../../proxy/codec";
import { ABUSE, endingOf, type AbuseKind } from "../../proxy/codec/http2/abuse-kinds";
import type { AdminRoute } from "../../proxy/admin/route";
import { STATUS_ROUTES } from "../../proxy/admin/status-routes";
import { ACTIONS, type OverloadAction, type ResourceName } from "../../proxy/overload";
import { Figures } from "../../proxy/telemetry";
import { table } from "./markdown-tables";

/** The type without its parameters. */
const mediaType = (contentType: string): string => contentType.split(";", 1)[0] ?? "";

function routes(all: readonly AdminRoute<never>[]): string {
    return table(
        ["route", "type", "answer"],
        all.map(({ method, path, contentType, help }) => [`\`${method} ${path}\``, `\`${mediaType(contentType)}\``, help]),
    );
}

/** `§` is of RFC 9113 where nothing else is named. */
function abuse(): string {
    return table(
        ["what a peer does", "by its name in `http2_abuse`", "bound of a connection", "why", "ends with", "known as"],
        Object.entries<AbuseKind>(ABUSE).map(([name, kind]) => [
            kind.sides.length === 2 ? `${kind.what} †` : kind.what,
            `\`${name}\``,
            kind.bound,
            kind.reason,
            endingOf(kind),
            kind.source,
        ]),
    );
}

function bound(trigger: OverloadAction["triggers"][ResourceName]): string {
    if (trigger === undefined) return "–";
    const of = (part: number): string => `${Math.round(part * 100)} %`;
    return trigger.kind === "scaled"
        ? `from ${of(trigger.from)}, all at ${of(trigger.to)}`
        : `from ${of(trigger.from)} until ${of(trigger.until)}`;
}

function overload(): string {
    return table(
        ["step", "what is left undone", "memory", "heap", "loop, of a second", "counted in `limits_reached` as"],
        Object.entries<OverloadAction>(ACTIONS).map(
            ([
                name,
                {
                    what,
                    counter,
                    triggers: { memory, heap, loop },
                },
            ]) => [`\`${name}\``, what, bound(memory), bound(heap), bound(loop), `\`${counter}\``],
        ),
    );
}

function defaultText({ kind, default: value }: GatewayLimit): string {
    if (value === undefined) return "none";
    return kind === "duration" ? durationText(value) : String(value);
}

function limits(): string {
    return table(
        ["limit", "default", "what it bounds, and what is beyond it", "counted in `limits_reached` as"],
        Object.entries<GatewayLimit>(GATEWAY_LIMITS).map(([name, limit]) => [
            `\`${name}\``,
            defaultText(limit),
            limit.doc,
            limit.counter === undefined ? "–" : `\`${limit.counter}\``,
        ]),
    );
}

export const ADMIN_TABLES: Readonly<Record<string, string>> = {
    admin: routes(ADMIN_ROUTES),
    status: routes(STATUS_ROUTES),
    abuse: abuse(),
    overload: overload(),
    limits: limits(),
    figures: table(
        ["figure", "kind", "what it counts"],
        new Figures({ openConnections: () => 0, droppedLogLines: () => 0, codecs: CODEC_FIGURES }).registry.definitions.map(
            ({ name, kind, help }) => [`\`${name}\``, kind, help],
        ),
    ),
};
