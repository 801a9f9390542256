/** `proxy-config log`: the levels of the process log, and their change while it runs. */
import type { AdminSource } from "./admin-source";
import type { Section } from "./output";

export interface LogChange {
    /** `upstream:debug,config:info`, or one for all. */
    readonly level?: string;
    readonly reset?: boolean;
}

export async function logSection(proxy: AdminSource, { level, reset }: LogChange): Promise<Omit<Section, "proxy">> {
    const query = level === undefined ? (reset === true ? "reset=true" : undefined) : `level=${encodeURIComponent(level)}`;
    const levels = (query === undefined ? await proxy.get("/logging") : await proxy.post(`/logging?${query}`)) as Record<string, string>;
    const rows = Object.entries(levels).map(([scope, now]) => [`  ${scope}: ${now}`]);
    return { tables: [{ header: ["active loggers:"], rows, gap: 0 }], document: levels };
}
