/** How redirects in bulk travel: in ConfigMaps beside the gateway's pods, by tables that each fit into one; or as rules, for Istio's proxy. */
import { redirectOf, settingOf, type BulkRedirect } from "../../istio/semantics";
import type { HTTPRoute } from "../../istio";
import { nameByContent } from "../certificate";
import type { KnownArgs } from "../schema";
import type { RedirectArgs, RedirectsArgs } from "./redirects";

export type RedirectsData = readonly KnownArgs<RedirectArgs>[] | KnownArgs<RedirectsArgs>;

/** A ConfigMap holds 1 MiB. */
const MOST_BYTES = 900 * 1024;

export function redirectsData(given: RedirectsData | undefined): KnownArgs<RedirectsArgs> {
    return Array.isArray(given) ? { list: given as readonly KnownArgs<RedirectArgs>[] } : ((given ?? {}) as KnownArgs<RedirectsArgs>);
}

/** Those that are in order. */
export function soundRedirects(given: RedirectsData | undefined): BulkRedirect[] {
    return (redirectsData(given).list ?? []).flatMap((one) => {
        const read = settingOf(one, (value) => redirectOf(value, ""));
        return "fault" in read ? [] : [read.value];
    });
}

/** Tables, each of which fits into a ConfigMap. */
export function redirectTables(given: RedirectsData | undefined): string[] {
    const tables: string[] = [];
    let lines: string[] = [];
    let size = 0;
    for (const { from, to, status } of soundRedirects(given)) {
        const line = status === 301 ? `${from}\t${to}\n` : `${from}\t${to}\t${status}\n`;
        if (size + line.length > MOST_BYTES) {
            tables.push(lines.join(""));
            [lines, size] = [[], 0];
        }
        lines.push(line);
        size += line.length;
    }
    return lines.length === 0 ? tables : [...tables, lines.join("")];
}

/** By what is in it: the new one is there before the routes name it, and the old one goes when they no longer do. */
export const redirectMapName = (owner: string, table: string): string => nameByContent(owner, "redirects", { table });

/** What the bundled proxy reads. */
export function redirectsAnnotation(owner: string, given: RedirectsData | undefined): object | undefined {
    if (given === undefined) return undefined;
    const { configMaps = [], keepQuery } = redirectsData(given);
    const own = redirectTables(given).map((table) => redirectMapName(owner, table));
    return { ...(keepQuery === undefined ? {} : { keepQuery }), configMaps: [...own, ...configMaps] };
}

/** Rules that lead on, for Istio's proxy. */
export function redirectRoutes(given: RedirectsData | undefined): HTTPRoute[] {
    return soundRedirects(given).map(({ from, to, status }) => {
        const [, scheme, authority] = /^(https?):\/\/([^/?#]*)/i.exec(to) ?? [];
        const uri = authority === undefined || scheme === undefined ? to : to.slice(`${scheme}://${authority}`.length) || "/";
        return {
            match: [{ uri: { exact: from } }],
            redirect: {
                ...(scheme === undefined ? {} : { scheme: scheme.toLowerCase() }),
                ...(authority === undefined ? {} : { authority }),
                uri: uri.startsWith("/") ? uri : `/${uri}`,
                redirectCode: status,
            },
        };
    });
}
