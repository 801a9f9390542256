/** Maintenance as a worker keeps it: what is answered, and who passes. */
import { bindNetworks, networkOf, type Networks } from "../../net/networks";
import type { EdgePart, Origin } from "../../tables";
import { formsOf, type PageForm } from "./error-pages";

export interface BoundMaintenance {
    readonly origin: Origin;
    readonly status: number;
    readonly retryAfter: string;
    /** In the order in which one is taken that the client likes as well as another; none: the plain answer. */
    readonly forms: readonly PageForm[];
    readonly header: { readonly name: string; readonly value: Buffer } | undefined;
    readonly cookie: { readonly name: string; readonly value: Buffer } | undefined;
    readonly networks: Networks | undefined;
    readonly paths: ReadonlySet<string>;
    readonly prefixes: readonly string[];
}

/** Undefined: it is served. */
export function bindMaintenance({ value, origin }: EdgePart<"maintenance">): BoundMaintenance | undefined {
    if (value === false) return undefined;
    const { header, cookie, addresses, paths } = value.bypass;
    return {
        origin,
        status: value.status,
        retryAfter: value.retryAfter,
        forms: formsOf(value.page),
        header: header && { name: header.name, value: Buffer.from(header.value, "latin1") },
        cookie: cookie && { name: cookie.name, value: Buffer.from(cookie.value, "latin1") },
        networks: addresses.length === 0 ? undefined : bindNetworks(addresses.map(networkOf)),
        paths: new Set(paths.filter((path) => !path.endsWith("*"))),
        prefixes: paths.filter((path) => path.endsWith("*")).map((path) => path.slice(0, -1)),
    };
}
