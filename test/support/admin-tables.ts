/** What docs/proxy.md says of the admin and the status server, as their tables have it. */
import { ADMIN_ROUTES } from "../../proxy/admin/admin-routes";
import type { AdminRoute } from "../../proxy/admin/route";
import { STATUS_ROUTES } from "../../proxy/admin/status-routes";
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

export const ADMIN_TABLES: Readonly<Record<string, string>> = {
    admin: routes(ADMIN_ROUTES),
    status: routes(STATUS_ROUTES),
    figures: table(
        ["figure", "kind", "what it counts"],
        new Figures({ openConnections: () => 0, droppedLogLines: () => 0 }).registry.definitions.map(({ name, kind, help }) => [
            `\`${name}\``,
            kind,
            help,
        ]),
    ),
};
